"""What a test of broadcasts begins with: staff, subscribers, and a broadcast on its way."""

from __future__ import annotations

from datetime import datetime

import sqlalchemy as sa

from storage.broadcasts import drafts, running, sending, steering
from storage.broadcasts.drafts import Draft, Text
from storage.broadcasts.steering import Approval
from storage.database import Database
from storage.office.tables import staff
from storage.outbox import Claim, Lease
from storage.schema import people, subscriptions
from tests.storage.given import NOW, TELEGRAM, lease

SERVED = ("telegram", "web")
AUTHOR, SECOND = 1, 2


async def office(database: Database) -> None:
    """Two officers."""
    rows = [{"id": n, "name": name, "role": "officer", "invited_at": NOW} for n, name in ((1, "Rina"), (2, "Budi"))]
    async with database.transaction() as tx:
        await tx.execute(sa.insert(staff), rows)


async def subscribers(database: Database, count: int, first: int = 1, topic: str = "announcements") -> list[int]:
    """Make so many people on Telegram who subscribed."""
    ids = list(range(first, first + count))
    known = [
        {"id": n, "telegram_id": 10_000 + n, "created_at": NOW, "last_seen_at": NOW, "last_channel": TELEGRAM}
        for n in ids
    ]
    async with database.transaction() as tx:
        await tx.execute(sa.insert(people), known)
        await tx.execute(sa.insert(subscriptions), [{"person_id": n, "topic": topic, "since": NOW} for n in ids])
    return ids


async def drafted(database: Database, draft: Draft | None = None) -> int:
    """Write a draft of the first officer."""
    async with database.transaction() as tx:
        return await drafts.create(tx, draft or Draft(AUTHOR, texts={"id": Text("Halo")}), NOW)


async def approved(database: Database, draft: Draft | None = None, at: datetime = NOW) -> int:
    """Write a draft, let the second officer approve it, and start it at that time."""
    broadcast_id = await drafted(database, draft)
    async with database.transaction() as tx:
        found = await drafts.find(tx, broadcast_id)
        assert found is not None
        assert await steering.approve(tx, broadcast_id, found.version, SECOND, NOW) is Approval.DONE
        assert await steering.start(tx, broadcast_id, SECOND, at, NOW)
    return broadcast_id


async def carried(database: Database, now: datetime = NOW) -> list[int]:
    """Do what the service does again and again; return what finished."""
    async with database.transaction() as tx:
        await running.begin(tx, now)
    more = True
    while more:
        async with database.transaction() as tx:
            more = await running.freeze(tx, SERVED, now)
    async with database.transaction() as tx:
        return await running.finish(tx, now)


async def under_way(database: Database, draft: Draft | None = None) -> int:
    """Write, approve, start and freeze a broadcast."""
    broadcast_id = await approved(database, draft)
    await carried(database)
    return broadcast_id


async def taken(database: Database, limit: int = 100, *, held: Lease | None = None) -> list[Claim]:
    async with database.transaction() as tx:
        return await sending.take(tx, TELEGRAM, held or lease(), limit)


async def status(database: Database, broadcast_id: int) -> str:
    async with database.reading() as tx:
        found = await drafts.find(tx, broadcast_id)
    assert found is not None
    return found.status
