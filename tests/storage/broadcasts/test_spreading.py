"""Announcements go to as many people as a day allows; the others wait until there is room, or until they write."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
import sqlalchemy as sa

from storage import openings
from storage.broadcasts import running, spreading
from storage.broadcasts.audience import Audience
from storage.broadcasts.spreading import Spread, Waiting
from storage.database import Database
from storage.openings import DAY, Cap
from storage.schema import people, subscriptions
from tests.storage import given
from tests.storage.broadcasts import announced
from tests.storage.emptied import ON_BOTH
from tests.storage.given import NOW, TELEGRAM, at

pytestmark = ON_BOTH
CAP = Cap(5, timedelta(hours=23))  # four for announcements
LATER = NOW + DAY


async def subscribers(store: Database, count: int, wrote_at: datetime | None = None, first: int = 1) -> None:
    await announced.subscribers(store, count, first)
    if wrote_at is not None:
        async with store.transaction() as tx:
            await tx.execute(sa.update(people).where(people.c.id >= first).values(whatsapp_seen_at=wrote_at))


async def take(store: Database, now: datetime = NOW, limit: int = 100) -> list[int]:
    """Do what a sender does; return who gets it."""
    claims = await announced.taken(store, limit, held=given.lease(now=now))
    async with store.transaction() as tx:
        await openings.hold(tx, TELEGRAM, now)
        room = await openings.take(tx, [claim.person_id for claim in claims], CAP.bulk, now)
        without = [claim for claim in claims if claim.person_id not in room]
        await spreading.put_off(tx, TELEGRAM, without, CAP, now)
    for claim in claims:
        if claim.person_id in room:
            await given.settle(store, claim, "sent", now=now)
    return sorted(room)


async def waiting(store: Database, broadcast_id: int) -> Waiting | None:
    async with store.reading() as tx:
        return await spreading.waiting(tx, broadcast_id)


async def forecast(store: Database, cap: Cap = CAP, now: datetime = NOW) -> Spread:
    async with store.reading() as tx:
        wanted = (Audience(), "announcements")
        (found,) = await spreading.forecast(tx, wanted, announced.SERVED, {TELEGRAM: cap}, now)  # type: ignore[arg-type]
    return found


async def test_it_goes_to_as_many_each_day_as_there_is_room_for(store: Database) -> None:
    await announced.office(store)
    await subscribers(store, 10)
    broadcast_id = await announced.under_way(store)

    assert await take(store) == [1, 2, 3, 4]
    assert await waiting(store, broadcast_id) == Waiting(6, LATER, LATER + DAY)
    assert await take(store, LATER - timedelta(seconds=1)) == []
    assert await take(store, LATER) == [5, 6, 7, 8]
    assert await waiting(store, broadcast_id) == Waiting(2, LATER + DAY, LATER + DAY)
    assert await take(store, LATER + DAY) == [9, 10]
    assert await waiting(store, broadcast_id) is None
    async with store.transaction() as tx:
        assert await running.finish(tx, NOW) == [broadcast_id]
    assert set(await given.rows(store, "attempts")) == {(1,)}


async def test_who_comes_next_is_put_off_at_once_and_not_looked_at_again(store: Database) -> None:
    await announced.office(store)
    await subscribers(store, 40)
    await announced.under_way(store)
    await take(store, limit=5)

    assert await announced.taken(store) == []
    assert {status for (status,) in await given.rows(store, "status")} == {"sent", "queued"}


async def test_who_wrote_lately_or_has_a_place_is_not_put_off(store: Database) -> None:
    await announced.office(store)
    await subscribers(store, 5)
    await subscribers(store, 2, NOW - CAP.quiet + timedelta(seconds=1), first=6)
    await subscribers(store, 2, NOW - CAP.quiet, first=8)
    async with store.transaction() as tx:
        await openings.take(tx, [9], CAP.bulk, at(-60))
    await announced.under_way(store)
    await take(store, limit=5)

    assert sorted(claim.person_id for claim in await announced.taken(store)) == [6, 7, 9]


async def test_whoever_finds_no_room_when_it_should_be_there_is_the_next(store: Database) -> None:
    await announced.office(store)
    await subscribers(store, 12)
    await announced.under_way(store)
    await take(store)
    news = [person_id for (person_id,) in (await given.rows(store, "person_id"))[-2:]]
    async with store.transaction() as tx:  # two are written to for another reason meanwhile
        await openings.take(tx, news, CAP.bulk, LATER)
    second = await take(store, LATER)
    rows = dict(await given.rows(store, "person_id", "not_before"))

    assert second == [5, 6]
    assert (rows[7], rows[8], rows[9]) == (LATER + DAY, LATER + DAY, LATER + DAY)


async def test_a_message_for_one_person_waits_for_the_next_place(store: Database) -> None:
    await given.people(store, 6)
    async with store.transaction() as tx:
        for person_id in range(1, 6):
            await openings.take(tx, [person_id], CAP.people, at(person_id))
    await given.queue(store, 6, "kabar")
    (claim,) = await given.claim(store, now=at(10))
    async with store.transaction() as tx:
        await spreading.put_off(tx, TELEGRAM, [claim], CAP, at(10))

    assert await given.rows(store, "status", "reason", "not_before", "attempts") == [
        ("queued", spreading.NO_ROOM, at(1) + DAY, 0)
    ]


async def test_who_writes_gets_what_waits_for_room_at_once(store: Database) -> None:
    await announced.office(store)
    await subscribers(store, 10)
    await announced.under_way(store)
    await take(store)
    async with store.transaction() as tx:
        await spreading.release(tx, [], at(5))
        await spreading.release(tx, [7, 1], at(5))

    assert [claim.person_id for claim in await announced.taken(store, held=given.lease(now=at(5)))] == [7]


@pytest.mark.parametrize(("count", "days"), [(0, ()), (3, (3,)), (4, (4,)), (5, (4, 1)), (8, (4, 4)), (9, (4, 4, 1))])
async def test_a_forecast_says_how_many_go_each_day(store: Database, count: int, days: tuple[int, ...]) -> None:
    if count:
        await subscribers(store, count)
    await subscribers(store, 3, NOW, first=100)

    assert await forecast(store) == Spread(TELEGRAM, CAP, count, days)


async def test_those_who_wait_already_go_before(store: Database) -> None:
    await announced.office(store)
    await subscribers(store, 13)
    await announced.under_way(store)
    await take(store)
    async with store.transaction() as tx:  # five who did not get it want the next one
        await tx.execute(sa.delete(subscriptions).where(subscriptions.c.person_id <= 8))

    assert await forecast(store, now=at(1)) == Spread(TELEGRAM, CAP, 5, (0, 0, 3, 2))
