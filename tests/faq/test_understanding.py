"""Messages that were never learned are understood at least as well as the day these floors were set."""

from __future__ import annotations

from pathlib import Path

import pytest

from faq import check, labelled
from faq.check import Report
from faq.library import Library
from tests.conftest import SHARED

OWN = Path(__file__).parents[1] / "questions" / "own.tsv"
MEASURED = SHARED / "questions" / "dev.tsv"


def measured(library: Library, path: Path) -> Report:
    parents = {found.id: found.parent for found in library.articles.values() if found.parent}
    return check.measure(labelled.read(path), library.match, parents)


def broken(report: Report, least: dict[str, float], most: dict[str, float]) -> dict[str, float]:
    """Return the shares that are below what they must be at least, or above what they may be at most."""
    shares = {name: getattr(report.total, name) for name in (*least, *most)}
    return {
        name: share
        for name, share in shares.items()
        if share is None or share < least.get(name, 0) or share > most.get(name, 100)
    }


def test_our_own_messages_are_understood(library: Library) -> None:
    """They are harder than most: each was written to be unlike any phrasing."""
    report = measured(library, OWN)
    least = {"right": 60, "right_or_among": 81, "language": 95}
    most = {"wrong": 9, "foreign_answered": 8, "foreign_answered_or_offered": 25}

    assert broken(report, least, most) == {}
    assert (report.right_with_slips or 0) >= 50
    assert (report.right_without_vowels or 0) >= 50


def test_the_ids_of_our_own_messages_are_known(library: Library) -> None:
    known = library.articles.keys() | library.content.commands.keys() | {labelled.FOREIGN}

    assert {name for message in labelled.read(OWN) for name in message.ids} <= known


@pytest.mark.skipif(not MEASURED.exists(), reason="the messages to measure with are not here")
def test_the_messages_to_measure_with_are_understood(library: Library) -> None:
    report = measured(library, MEASURED)
    least = {"right": 85, "right_or_among": 95, "language": 97}
    most = {"wrong": 4, "foreign_answered": 5, "foreign_answered_or_offered": 25}

    assert broken(report, least, most) == {}
