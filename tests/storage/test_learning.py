"""What was not understood and what helped are kept without a person."""

from __future__ import annotations

from datetime import timedelta

from storage import feedback, unanswered
from storage.database import Database
from storage.feedback import Feedback, Tally
from storage.unanswered import Unanswered
from tests.storage.given import NOW

LATER = NOW + timedelta(hours=1)


async def test_what_was_not_understood_is_listed_from_a_time_on(store: Database) -> None:
    early, late = Unanswered("apa", "id", NOW), Unanswered("what", "en", LATER)
    async with store.transaction() as tx:
        await unanswered.add(tx, [early, late])
        await unanswered.add(tx, [])
    async with store.reading() as tx:
        found = [await unanswered.since(tx, NOW), await unanswered.since(tx, LATER)]

    assert found == [[early, late], [late]]


async def test_presses_are_counted_by_article_the_least_helpful_first(store: Database) -> None:
    async with store.transaction() as tx:
        await feedback.add(tx, [Feedback("purpose", True, NOW), Feedback("how_often", False, NOW)])
        await feedback.add(tx, [Feedback("purpose", False, LATER), Feedback("how_often", False, LATER)])
        await feedback.add(tx, [])
    async with store.reading() as tx:
        found = [await feedback.tallies(tx, NOW), await feedback.tallies(tx, LATER)]

    assert found == [
        [Tally("how_often", 0, 2), Tally("purpose", 1, 1)],
        [Tally("how_often", 0, 1), Tally("purpose", 0, 1)],
    ]
