"""Failed proofs cost waits that grow, by person and by number, and are forgotten after a day."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from datetime import datetime, timedelta

import pytest
import sqlalchemy as sa

from storage import attempts
from storage.attempts import Count, Standing
from storage.database import Database
from storage.schema import attempts as attempts_table
from tests.storage.emptied import ON_POSTGRESQL
from tests.storage.given import NOW, SECOND, at

MOMENT = timedelta(microseconds=1)
MINUTE, HOUR = timedelta(minutes=1), timedelta(hours=1)


async def fail(
    database: Database, times: int = 1, *, person: int = 1, number: str = "UPK-1", now: datetime = NOW
) -> Standing:
    async with database.transaction() as tx:
        for _ in range(times):
            standing = await attempts.fail(tx, person, number, now)
    return standing


async def standing(database: Database, person: int = 1, number: str = "UPK-1", now: datetime = NOW) -> Standing:
    async with database.reading() as tx:
        return await attempts.standing(tx, person, number, now)


def standing_at(person: int, number: int = 0) -> Standing:
    return Standing(Count(person, NOW if person else None), Count(number, NOW if number else None))


@pytest.mark.parametrize(
    ("failures", "wait"),
    [(0, None), (2, None), (3, MINUTE), (4, 5 * MINUTE), (5, 15 * MINUTE), (6, HOUR), (7, HOUR), (100, HOUR)],
)
def test_a_persons_wait_grows_with_their_failures(failures: int, wait: timedelta | None) -> None:
    assert standing_at(failures).blocked_until(NOW) == (NOW + wait if wait else None)


@pytest.mark.parametrize(
    ("failures", "wait"),
    [
        (9, None),
        (10, MINUTE),
        (11, MINUTE),
        (12, 5 * MINUTE),
        (13, 5 * MINUTE),
        (14, 15 * MINUTE),
        (19, 15 * MINUTE),
        (20, HOUR),
        (1000, HOUR),
    ],
)
def test_a_numbers_wait_grows_more_slowly_and_stays_bearable(failures: int, wait: timedelta | None) -> None:
    assert standing_at(0, failures).blocked_until(NOW) == (NOW + wait if wait else None)


@pytest.mark.parametrize(("before", "blocked"), [(MOMENT, True), (timedelta(0), False), (-MOMENT, False)])
def test_a_wait_ends_at_its_moment(before: timedelta, *, blocked: bool) -> None:
    end = NOW + MINUTE

    assert standing_at(3).blocked_until(end - before) == (end if blocked else None)


def test_of_two_waits_the_longer_counts() -> None:
    assert standing_at(3, 14).blocked_until(NOW) == NOW + 15 * MINUTE
    assert standing_at(6, 10).blocked_until(NOW) == NOW + HOUR
    assert standing_at(3, 14).blocked_until(NOW + 2 * MINUTE) == NOW + 15 * MINUTE


async def test_nobody_begins_with_failures(store: Database) -> None:
    assert await standing(store) == Standing(Count(), Count())


async def test_failures_are_counted_by_person_and_by_number(store: Database) -> None:
    await fail(store, 2)
    await fail(store, person=2, now=at(5))
    await fail(store, number="UPK-2", now=at(7))

    assert await standing(store) == Standing(Count(3, at(7)), Count(3, at(5)))
    assert await standing(store, 2, "UPK-2") == Standing(Count(1, at(5)), Count(1, at(7)))


async def test_a_failure_returns_how_things_stand_then(store: Database) -> None:
    assert await fail(store, 3) == standing_at(3, 3)


@pytest.mark.parametrize(
    ("since", "left"), [(-MOMENT, 3), (timedelta(0), 3), (MOMENT, 0)], ids=["just below", "at", "just above"]
)
async def test_failures_are_forgotten_a_day_after_the_last(store: Database, since: timedelta, left: int) -> None:
    await fail(store, 3)
    later = NOW + attempts.FORGOTTEN_AFTER + since
    found = await standing(store, now=later)
    after = await fail(store, now=later)

    assert found == standing_at(left, left)
    assert after == Standing(Count(left + 1, later), Count(left + 1, later))


async def test_the_number_itself_is_not_kept(store: Database) -> None:
    await fail(store, number="UPK-2024-001")
    async with store.reading() as tx:
        subjects = list((await tx.execute(sa.select(attempts_table.c.subject))).scalars())

    assert len(subjects) == 2
    assert not any("UPK" in subject for subject in subjects)


@ON_POSTGRESQL
async def test_failures_at_the_same_moment_are_all_counted(store: Database, open_again: Callable[[], Database]) -> None:
    others = [open_again() for _ in range(4)]
    await asyncio.gather(
        *(fail(other, 5, person=count, now=NOW + count * SECOND) for count, other in enumerate(others))
    )
    found = await standing(store, 0)

    assert (found.person.failures, found.number.failures) == (5, 20)
