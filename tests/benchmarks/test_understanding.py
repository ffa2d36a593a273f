"""Our matcher beside likeness of strings and BM25 over the same phrasings: time, memory, share answered rightly.

"first" is the share of our questions whose best id is right; "right" the share of all messages with the right answer,
or with none where the question is somebody else's. For "right" the others get the threshold that is best for them on
these very messages; ours keeps its own. Every round begins with a new engine that has seen no message yet.
"""

from __future__ import annotations

import gc
import math
import random
import time
import tracemalloc
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pytest
from pytest_benchmark.fixture import BenchmarkFixture
from rapidfuzz import fuzz, process

from faq import labelled, learned, model, normalise, reading
from faq.features import Features
from faq.labelled import Labelled
from faq.learned import Learned
from faq.library import Library
from faq.match import Matcher
from faq.phrasing import FOREIGN, Phrasing
from faq.reading import Reader
from faq.training import AROUND
from tests.conftest import LEARNED

ARTICLES = 5_000
PHRASINGS = 5
EPOCHS = 1  # how well it has learned does not change how long it takes to answer
ROUNDS = {"real": 3, "made_up": 1}
OWN = labelled.read(Path(__file__).parents[1] / "questions" / "own.tsv")
K1, B = 1.5, 0.75


class Found(NamedTuple):
    """What an engine finds; `ids` are none when it stays silent, `best` is what it would have said."""

    ids: tuple[str, ...]
    score: float
    best: str | None


Engine = Callable[[str], Found]


class Content(NamedTuple):
    phrasings: Sequence[Phrasing]  # of what can be answered
    library: Library
    kept: bytes  # what the matcher has learned
    seconds: float | None = None  # that learning took, when it was done here


# Content


def real(library: Library) -> Content:
    content = library.content
    spoken = {found.id: (*found.phrasings.values(),) for found in content.articles.values()}
    spoken |= {name: (*texts.values(),) for name, texts in content.commands.items()}
    phrasings = [
        Phrasing(name, "command" if name in content.commands else "article", None, text)
        for name, both in spoken.items()
        for texts in both
        for text in texts
    ]
    return Content(phrasings, library, learned.to_bytes(library.matcher._learned))


def made_up(library: Library) -> Content:
    """Return articles whose phrasings are of words of ours and of made-up ones, so that messages meet many features."""
    chance = random.Random(1985)
    ours = [word for each in real(library).phrasings for word in normalise.words(each.text)]  # the frequent ones often
    strange = ["".join(chance.choice("bcdgjklmnprst") + chance.choice("aiueo") for _ in range(3)) for _ in range(8_000)]
    phrasings = []
    for number in range(ARTICLES):
        about = [*chance.sample(ours, 4), *chance.sample(strange, 2)]
        for _ in range(PHRASINGS):
            words = [*chance.sample(about, 4), *chance.choices(ours, k=3)]
            phrasings.append(Phrasing(f"article_{number}", "article", None, " ".join(words)))
    started = time.perf_counter()
    taught = teach(phrasings, library)
    return Content(phrasings, library, learned.to_bytes(taught), time.perf_counter() - started)


def teach(phrasings: Sequence[Phrasing], library: Library) -> Learned:
    """Learn as the assistant does, but without practice."""
    content = library.content
    around = [reading.plain_words(text, content.lexicon) for text in content.practice.around]
    plain = [reading.plain_words(each.text, content.lexicon) for each in phrasings]
    counts = dict(Counter(word for words in (*plain, *around) for word in words))
    known = dict(Counter(word for words in plain for word in set(words)))
    reader, finder = Reader(content.lexicon, counts), Features(content.lexicon.meanings, known)
    lessons = [(reader.read(each.text), each.id) for each in phrasings]
    lessons += [(words, AROUND) for words in around]
    lessons += [(reader.read(text), FOREIGN) for text in content.practice.foreign]
    taught = [finder.of(words, own=name != FOREIGN) for words, name in lessons]
    trained = model.train(taught, [name for _, name in lessons], len(lessons), epochs=EPOCHS)
    return Learned(trained, counts, known, library.matcher._learned.english)


@pytest.fixture(scope="module", params=["real", "made_up"])
def content(request: pytest.FixtureRequest) -> Content:
    library = Library.load(cache=LEARNED)
    return {"real": real, "made_up": made_up}[request.param](library)


# Engines


def matcher(content: Content) -> Engine:
    lexicon = content.library.content.lexicon
    kinds = {each.id: each.kind for each in content.phrasings}
    kinds |= dict.fromkeys(content.library.content.smalltalk, "smalltalk")
    parents = {found.id: found.parent for found in content.library.articles.values() if found.parent}
    made = Matcher(learned.from_bytes(content.kept), lexicon, kinds, parents)

    def find(text: str) -> Found:
        match = made.match(text)
        ids = match.ids if match.decision in ("answer", "command") else ()
        return Found(ids, match.score, match.candidates[0].id if match.candidates else None)

    return find


def likeness(content: Content, scorer: Callable[..., float]) -> Engine:
    texts = [plain(each.text) for each in content.phrasings]
    ids = [each.id for each in content.phrasings]

    def find(text: str) -> Found:
        best = process.extractOne(plain(text), texts, scorer=scorer)
        return Found((ids[best[2]],), best[1], ids[best[2]]) if best else Found((), 0.0, None)

    return find


def wratio(content: Content) -> Engine:
    return likeness(content, fuzz.WRatio)


def token_set_ratio(content: Content) -> Engine:
    return likeness(content, fuzz.token_set_ratio)


def bm25(content: Content) -> Engine:
    documents = [Counter(normalise.words(each.text)) for each in content.phrasings]
    ids = [each.id for each in content.phrasings]
    lengths = [sum(words.values()) for words in documents]
    average = sum(lengths) / len(lengths)
    places: dict[str, list[int]] = {}
    for place, words in enumerate(documents):
        for word in words:
            places.setdefault(word, []).append(place)
    index = {}
    for word, where in places.items():
        rarity = math.log(1 + (len(documents) - len(where) + 0.5) / (len(where) + 0.5))
        weights = [
            rarity * n * (K1 + 1) / (n + K1 * (1 - B + B * lengths[place] / average))
            for place, n in ((place, documents[place][word]) for place in where)
        ]
        index[word] = np.array(where), np.array(weights)
    size = len(ids)

    def find(text: str) -> Found:
        scores = np.zeros(size)
        for word in normalise.words(text):
            if word in index:
                where, weights = index[word]
                scores[where] += weights
        best = int(scores.argmax())
        return Found((ids[best],) if scores[best] else (), float(scores[best]), ids[best])

    return find


def plain(text: str) -> str:
    return " ".join(normalise.words(text))


# Measuring


def right(message: Labelled, ids: Sequence[str]) -> bool:
    if not message.in_scope:
        return not ids
    return message.ids == set(ids) if message.all_of else bool(ids) and set(ids) <= message.ids


def share_right(found: Sequence[Found], *, own_threshold: bool) -> float:
    """Return the share of messages handled rightly: the right id, or silence when it is somebody else's question."""
    thresholds = [0.0] if own_threshold else sorted({each.score for each in found})
    return max(
        sum(
            right(message, each.ids if each.score >= threshold else ())
            for message, each in zip(OWN, found, strict=True)
        )
        for threshold in thresholds
    ) / len(found)


def share_first(found: Sequence[Found]) -> float:
    """Return the share of our questions whose best id is right, however sure the engine is."""
    ours = [each.best in message.ids for message, each in zip(OWN, found, strict=True) if message.in_scope]
    return sum(ours) / len(ours)


def timed(engine: Engine) -> tuple[list[Found], list[float]]:
    found, seconds = [], []
    for message in OWN:
        started = time.perf_counter()
        found.append(engine(message.text))
        seconds.append(time.perf_counter() - started)
    return found, seconds


@pytest.fixture(scope="module")
def table() -> Iterator[list[str]]:
    lines = [f"{'':24}{'p50 ms':>9}{'p95 ms':>9}{'MB':>8}{'first':>8}{'right':>8}"]
    yield lines
    print("\n\n" + "\n".join(lines))


def megabytes(make: Callable[[Content], Engine], content: Content) -> float:
    """Return what the engine holds on to, without what it was made from."""
    gc.collect()
    tracemalloc.start()
    engine = make(content)
    gc.collect()
    held = tracemalloc.get_traced_memory()[0]
    tracemalloc.stop()
    del engine
    return held / 1e6


@pytest.mark.parametrize("make", [matcher, wratio, token_set_ratio, bm25])
def test_a_message_is_understood(
    make: Callable[[Content], Engine],
    content: Content,
    benchmark: BenchmarkFixture,
    table: list[str],
    request: pytest.FixtureRequest,
) -> None:
    size = request.node.callspec.params["content"]
    seconds: list[float] = []
    found: list[Found] = []

    def once(engine: Engine) -> None:
        found[:], taken = timed(engine)
        seconds.extend(taken)

    benchmark.pedantic(once, setup=lambda: ((make(content),), {}), rounds=ROUNDS[size])

    p50, p95 = np.percentile(seconds, [50, 95]) * 1000
    held = megabytes(make, content)
    benchmark.extra_info.update(p50_ms=round(p50, 3), p95_ms=round(p95, 3), megabytes=round(held, 1))
    row = f"{size} {make.__name__:24}"[:24] + f"{p50:9.2f}{p95:9.2f}{held:8.1f}"
    if size == "real":
        first, answered = share_first(found), share_right(found, own_threshold=make is matcher)
        benchmark.extra_info.update(first=round(first, 3), right=round(answered, 3))
        row += f"{first:8.1%}{answered:8.1%}"
    if make is matcher and content.seconds is not None:
        benchmark.extra_info["learned_in_seconds"] = round(content.seconds, 1)
        row += f"   learned in {content.seconds:.0f} s"
    table.append(row)
