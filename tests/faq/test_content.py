"""The content we ship has enough ways of asking, and none of them is taken from the messages it is measured by."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from rapidfuzz import fuzz, process

from faq import labelled, normalise
from faq.library import Library
from tests.conftest import SHARED

MEASURED = SHARED / "questions" / "dev.tsv"
OWN = Path(__file__).parents[1] / "questions" / "own.tsv"
FEWEST_PHRASINGS = 40  # of both languages together
FEWEST_FOREIGN = 1_000
ALIKE = 85  # of 100


def test_every_article_has_enough_phrasings(library: Library) -> None:
    numbers = {found.id: sum(map(len, found.phrasings.values())) for found in library.articles.values()}

    assert {name: number for name, number in numbers.items() if number < FEWEST_PHRASINGS} == {}


def test_every_command_has_enough_phrasings(library: Library) -> None:
    numbers = {name: sum(map(len, spoken.values())) for name, spoken in library.content.commands.items()}

    assert {name: number for name, number in numbers.items() if number < FEWEST_PHRASINGS} == {}


def test_there_are_enough_messages_that_nothing_answers(library: Library) -> None:
    assert len(set(library.content.practice.foreign)) >= FEWEST_FOREIGN


def our_messages(library: Library) -> Iterator[str]:
    """Yield everything that was written to be learned from or to be measured with."""
    for found in library.articles.values():
        yield from (*found.titles.values(), *found.buttons.values())
    spoken = [*library.content.commands.values(), *library.content.smalltalk.values()]
    for phrasings in (*(found.phrasings for found in library.articles.values()), *spoken):
        for texts in phrasings.values():
            yield from texts
    yield from library.content.practice.foreign
    yield from library.content.practice.around
    yield from (message.text for message in labelled.read(OWN))


@pytest.mark.skipif(not MEASURED.exists(), reason="the messages to measure with are not here")
@pytest.mark.parametrize("scorer", [fuzz.ratio, fuzz.token_sort_ratio], ids=["ratio", "token_sort_ratio"])
@pytest.mark.parametrize("shown", [str, normalise.plain], ids=["as written", "plain"])
def test_nothing_is_like_a_message_to_measure_with(
    library: Library, scorer: Callable[..., float], shown: Callable[[str], str]
) -> None:
    # Signs alone are no words, and alike when nothing is left of them.
    ours = [text for text in our_messages(library) if normalise.plain(text)]
    measured = [message.text for message in labelled.read(MEASURED) if normalise.plain(message.text)]
    alike = process.cdist(
        [shown(text) for text in ours], [shown(text) for text in measured], scorer=scorer, score_cutoff=ALIKE
    ).max(axis=1)

    assert [text for text, likeness in zip(ours, alike, strict=True) if likeness >= ALIKE] == []
