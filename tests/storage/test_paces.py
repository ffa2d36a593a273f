"""When the next message may go is kept for all processes, and one at a time changes it."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from datetime import timedelta

from storage import paces
from storage.database import Database
from tests.storage import given
from tests.storage.emptied import ON_POSTGRESQL
from tests.storage.given import NOW


async def test_a_moment_is_kept_by_name(store: Database) -> None:
    later = NOW + timedelta(seconds=1)
    async with store.transaction() as tx:
        assert await paces.hold(tx, "telegram:1", NOW) == NOW
        await paces.set_to(tx, "telegram:1", later)
        assert await paces.hold(tx, "telegram:2", NOW) == NOW

    async with store.transaction() as tx:
        assert await paces.hold(tx, "telegram:1", NOW) == later


@ON_POSTGRESQL
async def test_another_process_waits_until_it_is_set(store: Database, open_again: Callable[[], Database]) -> None:
    later = NOW + timedelta(seconds=1)

    async def read() -> object:
        async with open_again().transaction() as tx:
            return await paces.hold(tx, "telegram:1", NOW)

    async with store.transaction() as tx:
        await paces.hold(tx, "telegram:1", NOW)
    async with store.transaction() as tx:
        await paces.hold(tx, "telegram:1", NOW)
        reading = asyncio.create_task(read())
        await given.until_somebody_waits_for_a_lock(store)
        await paces.set_to(tx, "telegram:1", later)

    assert await reading == later
