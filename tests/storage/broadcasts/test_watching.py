"""Of several processes one shows how far a broadcast has come."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from datetime import datetime, timedelta

import pytest
import sqlalchemy as sa

from storage.broadcasts import watching
from storage.database import Database, Transaction
from tests.storage.broadcasts import announced
from tests.storage.emptied import ON_BOTH, ON_POSTGRESQL
from tests.storage.given import NOW

PAUSE = timedelta(seconds=5)
WAITING = "SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND datname = current_database()"


async def due(tx: Transaction, now: datetime) -> list[int]:
    return await watching.due_progress(tx, lambda _: PAUSE, now)


@pytest.fixture
async def shown(store: Database) -> int:
    """A broadcast under way whose progress was shown just now."""
    await announced.office(store)
    await announced.subscribers(store, 1)
    broadcast_id = await announced.under_way(store)
    async with store.transaction() as tx:
        assert await watching.begun(tx, NOW) == [broadcast_id]
    return broadcast_id


@ON_BOTH
async def test_it_is_shown_after_each_pause_once(store: Database, shown: int) -> None:
    async with store.transaction() as tx:
        early = await due(tx, NOW + PAUSE - timedelta(seconds=1))
        now = await due(tx, NOW + PAUSE)
        again = await due(tx, NOW + PAUSE)

    assert (early, now, again) == ([], [shown], [])


@ON_POSTGRESQL
async def test_of_two_processes_at_the_same_moment_one_shows_it(
    store: Database, shown: int, open_again: Callable[[], Database]
) -> None:
    async def second() -> list[int]:
        async with open_again().transaction() as tx:
            return await due(tx, NOW + PAUSE)

    async with store.transaction() as tx:
        first = await due(tx, NOW + PAUSE)
        other = asyncio.create_task(second())
        async with asyncio.timeout(10), store.reading() as looking:
            while not (await looking.execute(sa.text(WAITING))).scalar():  # noqa: ASYNC110 - nothing tells of it
                await asyncio.sleep(0)

    assert (first, await other) == ([shown], [])
