"""What the overlay of 500 taught phrasings adds to the time of a message."""

from __future__ import annotations

import random
import statistics
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path

from pytest_benchmark.fixture import BenchmarkFixture

from faq import labelled
from faq.library import Library
from faq.taught import Taught
from tests.conftest import LEARNED

TAUGHT = 500
MOST_SLOWER = 0.05  # of the median
OWN = [each.text for each in labelled.read(Path(__file__).parents[1] / "questions" / "own.tsv")]


def median(do: Callable[[], object], *more: Callable[[], object]) -> float:
    """Return the median time of these in seconds; of five rounds the quickest counts for each."""
    took: dict[int, float] = {}
    for _ in range(5):
        for number, each in enumerate((do, *more)):
            started = time.perf_counter()
            each()
            took[number] = min(time.perf_counter() - started, took.get(number, 1.0))
    return statistics.median(took.values())


def phrasings(library: Library) -> list[Taught]:
    """Return questions with words of ours, and one that nobody knows in each."""
    chance = random.Random(1985)
    asked = [each.text for each in library.phrasings() if each.kind == "article"]
    strange = [
        "".join(chance.choice("bcdgjklmnprst") + chance.choice("aiueo") for _ in range(3)) for _ in range(TAUGHT)
    ]
    return [Taught(f"{chance.choice(asked)} {word}", "organizer") for word in strange]


def test_five_hundred_taught_phrasings_slow_nobody_down(benchmark: BenchmarkFixture) -> None:
    library = Library.load(cache=LEARNED)
    started = time.perf_counter()
    overlay = library.with_taught(phrasings(library)).taught
    built = time.perf_counter() - started
    matches = [library.match(text) for text in OWN]
    matching = median(*(partial(library.match, text) for text in OWN))
    adding = median(*(partial(overlay.over, match) for match in matches))
    benchmark.extra_info |= {
        "build_ms": round(built * 1e3, 1),
        "match_us": round(matching * 1e6, 1),
        "overlay_us": round(adding * 1e6, 1),
        "slower_percent": round(100 * adding / matching, 2),
    }
    benchmark.pedantic(lambda: [overlay.over(match) for match in matches], rounds=3)

    assert adding <= matching * MOST_SLOWER
