"""Acts are written down in the transaction that does them, and come back newest first."""

from __future__ import annotations

import pytest

from storage import audit
from storage.audit import Act
from storage.database import Database
from storage.schema import audit as audit_table
from tests.storage import given
from tests.storage.given import NOW, at


def act(count: int = 0) -> Act:
    return Act(
        "command:budi", "release", f"UPK-{count}", {"events": count, "at": "2026-11-24T10:00:00+07:00"}, at(count)
    )


async def test_an_act_is_kept_as_it_was(store: Database) -> None:
    async with store.transaction() as tx:
        await audit.record(tx, act(3))
        found = await audit.latest(tx, 10)

    assert found == [act(3)]


async def test_the_last_acts_come_newest_first(store: Database) -> None:
    async with store.transaction() as tx:
        for count in range(5):
            await audit.record(tx, act(count))
        found = await audit.latest(tx, 2)

    assert found == [act(4), act(3)]


async def test_acts_of_one_moment_keep_their_order(store: Database) -> None:
    acts = [Act("a", "release", str(count), {}, NOW) for count in range(3)]
    async with store.transaction() as tx:
        for each in acts:
            await audit.record(tx, each)
        found = await audit.latest(tx, 10)

    assert found == acts[::-1]


async def test_an_act_that_was_not_done_is_not_kept(store: Database) -> None:
    async def fail() -> None:
        async with store.transaction() as tx:
            await audit.record(tx, act())
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        await fail()

    assert await given.count(store, audit_table) == 0
