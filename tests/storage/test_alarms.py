"""Alarms tell what, when and about whom, and are found by their time and their proposal."""

from __future__ import annotations

import sqlalchemy as sa

from storage import alarms
from storage.alarms import Alarm
from storage.database import Database
from storage.schema import people
from tests.storage import given
from tests.storage.emptied import ON_BOTH
from tests.storage.given import NOW, at


async def raised(database: Database, *raised: Alarm) -> None:
    async with database.transaction() as tx:
        for alarm in raised:
            await alarms.raise_(tx, alarm)


async def test_an_alarm_is_kept_as_it_was(store: Database) -> None:
    alarm = Alarm("code_used_again", NOW, await given.person(store), "UPK-1")
    await raised(store, alarm, Alarm("portal_impossible", NOW))
    async with store.reading() as tx:
        assert await alarms.since(tx, NOW) == [Alarm("portal_impossible", NOW), alarm]


async def test_alarms_count_from_a_moment_on_and_come_newest_first(store: Database) -> None:
    kept = [Alarm("a", at(count)) for count in range(4)]
    await raised(store, *kept)
    async with store.reading() as tx:
        assert await alarms.since(tx, at(1)) == kept[:0:-1]
        assert await alarms.since(tx, at(1), limit=2) == [kept[3], kept[2]]
        assert await alarms.since(tx, at(4)) == []


async def test_alarms_are_found_by_their_proposal(store: Database) -> None:
    kept = [Alarm("a", at(count), number="UPK-1") for count in range(3)]
    await raised(store, *kept, Alarm("a", NOW, number="UPK-2"), Alarm("a", NOW))
    async with store.reading() as tx:
        assert await alarms.of_number(tx, "UPK-1", 2) == [kept[2], kept[1]]
        assert await alarms.of_number(tx, "UPK-3", 2) == []


async def test_alarms_are_counted_by_kind(store: Database) -> None:
    await raised(store, Alarm("a", at(-1)), Alarm("a", NOW), Alarm("a", at(1)), Alarm("b", NOW))
    async with store.reading() as tx:
        assert await alarms.counts(tx, NOW) == {"a": 2, "b": 1}
        assert await alarms.counts(tx, at(2)) == {}


async def test_an_alarm_outlives_the_person_it_was_about(store: Database) -> None:
    await raised(store, Alarm("a", NOW, await given.person(store), "UPK-1"))
    async with store.transaction() as tx:
        await tx.execute(sa.delete(people))
        assert await alarms.since(tx, NOW) == [Alarm("a", NOW, None, "UPK-1")]


@ON_BOTH
async def test_each_alarm_is_to_be_told_once_while_it_is_news(store: Database) -> None:
    await raised(store, Alarm("a", at(-86_400)), Alarm("b", at(-1)), Alarm("b", NOW), Alarm("c", NOW))
    async with store.transaction() as tx:
        assert await alarms.untold(tx, ("a", "b"), NOW) == ["b"]
        assert await alarms.untold(tx, ("a", "b"), NOW) == []
        assert await alarms.untold(tx, ("c",), NOW) == ["c"]
