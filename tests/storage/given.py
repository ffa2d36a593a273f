"""What a test of storage begins with, and how it looks at what became of it."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta
from typing import Any

import sqlalchemy as sa

from storage import contacts, outbox
from storage.contacts import Identity
from storage.database import Database
from storage.outbox import REPLY, Claim, Draft, File, Lease
from storage.schema import outbox as outbox_table

NOW = datetime(2026, 11, 24, 3, 0, tzinfo=UTC)
SECOND = timedelta(seconds=1)
LEASE = timedelta(seconds=60)
TELEGRAM = "telegram"


def at(seconds: float) -> datetime:
    return NOW + timedelta(seconds=seconds)


def lease(owner: str = "one", now: datetime = NOW) -> Lease:
    return Lease(owner, now, LEASE)


async def people(database: Database, count: int) -> list[int]:
    """Make so many people, with Telegram ids from 1."""
    async with database.transaction() as tx:
        met = await contacts.meet(tx, [Identity(telegram_id=number) for number in range(1, count + 1)], NOW)
    return [person.id for person in met]


async def person(database: Database) -> int:
    (person_id,) = await people(database, 1)
    return person_id


async def queue(
    database: Database,
    person_id: int,
    *texts: str,
    channel: str = TELEGRAM,
    priority: int = REPLY,
    files: tuple[File, ...] = (),
    now: datetime = NOW,
) -> None:
    async with database.transaction() as tx:
        await outbox.add(tx, [Draft(person_id, channel, text, priority=priority, files=files) for text in texts], now)


async def claim(database: Database, limit: int = 100, *, owner: str = "one", now: datetime = NOW) -> list[Claim]:
    async with database.transaction() as tx:
        return await outbox.claim(tx, TELEGRAM, lease(owner, now), limit)


async def intend(database: Database, claims: list[Claim], *, owner: str = "one", now: datetime = NOW) -> set[int]:
    async with database.transaction() as tx:
        return await outbox.intend(tx, claims, lease(owner, now))


async def settle(database: Database, claim: Claim, status: str, *, now: datetime = NOW, **how: Any) -> None:
    async with database.transaction() as tx:
        await outbox.settle(tx, [outbox.Settlement(claim, status, **how)], now)


async def rows(database: Database, *columns: str) -> list[tuple[Any, ...]]:
    """Return these columns of the outbox, in the order of writing."""
    query = sa.select(*(outbox_table.c[name] for name in columns)).order_by(outbox_table.c.id)
    async with database.reading() as tx:
        return [tuple(row) for row in (await tx.execute(query)).all()]


async def statuses(database: Database) -> dict[str, str]:
    """Return every message's status by its text."""
    return {text: status for text, status in await rows(database, "text", "status")}


async def count(database: Database, table: sa.Table) -> int:
    async with database.reading() as tx:
        return int((await tx.execute(sa.select(sa.func.count()).select_from(table))).scalar_one())


async def until_somebody_waits_for_a_lock(database: Database) -> None:
    """Return when a connection to this PostgreSQL database is held up by another's lock."""
    query = sa.text(
        "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'"
    )
    async with asyncio.timeout(10):
        while True:
            async with database.reading() as tx:
                if (await tx.execute(query)).scalar_one():
                    return
            await asyncio.sleep(0)
