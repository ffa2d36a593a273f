"""No more people than allowed are written to first within 24 hours, however many processes do it."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from datetime import datetime, timedelta

import pytest

from storage import openings
from storage.database import Database
from storage.openings import DAY, Cap
from tests.storage import given
from tests.storage.emptied import ON_BOTH
from tests.storage.given import NOW, at


async def take(store: Database, *person_ids: int, limit: int = 3, now: datetime = NOW) -> set[int]:
    async with store.transaction() as tx:
        await openings.hold(tx, "whatsapp", now)
        return await openings.take(tx, person_ids, limit, now)


async def frees(store: Database, now: datetime = NOW) -> list[datetime]:
    async with store.reading() as tx:
        return await openings.frees(tx, now)


@pytest.mark.parametrize(("people", "bulk"), [(250, 200), (1000, 800), (6, 4), (5, 4), (2, 1), (1, 1)])
def test_a_fifth_is_kept_free_of_announcements(people: int, bulk: int) -> None:
    cap = Cap(people, timedelta(hours=23))

    assert cap.bulk == bulk
    assert cap.closed_before(NOW) == NOW - timedelta(hours=23)


@ON_BOTH
async def test_places_are_given_as_far_as_there_are_any(store: Database) -> None:
    await given.people(store, 5)

    assert await take(store) == set()
    assert await take(store, 1, 2) == {1, 2}
    assert await take(store, 3, 4, 5) == {3}
    assert await take(store, 5) == set()


@ON_BOTH
async def test_whoever_has_a_place_needs_no_other_and_keeps_it_from_the_last_time_on(store: Database) -> None:
    await given.people(store, 4)
    await take(store, 1, 2, 3)

    assert await take(store, 4, 1, 1, now=at(3600)) == {1}
    assert await frees(store, at(3600)) == [NOW + DAY, NOW + DAY, at(3600) + DAY]
    assert await take(store, 4, now=NOW + DAY - timedelta(seconds=1)) == set()
    assert await take(store, 4, now=NOW + DAY) == {4}
    assert await frees(store, NOW + DAY) == [at(3600) + DAY, NOW + 2 * DAY]


@ON_BOTH
async def test_two_processes_never_give_more_than_there_are(
    store: Database, open_again: Callable[[], Database]
) -> None:
    await given.people(store, 40)
    processes = [store, open_again(), open_again()]
    parts = [(process, range(1 + place, 41, 3)) for place, process in enumerate(processes)]
    given_ones = await asyncio.gather(*(take(each, *part, limit=25) for each, part in parts for _ in range(2)))

    assert len(set().union(*given_ones)) == 25
    assert len(await frees(store)) == 25


def test_turns_come_as_places_get_free_and_then_a_day_later() -> None:
    free = [at(10), at(20), at(30)]

    assert openings.when(free, 2, range(5), NOW) == [at(20), at(30), at(20) + DAY, at(30) + DAY, at(20) + 2 * DAY]
    assert openings.when(free, 3, [0, 3], at(15)) == [at(15), at(15) + DAY]
    assert openings.when([], 3, [0, 1], NOW) == [NOW, NOW + DAY]
