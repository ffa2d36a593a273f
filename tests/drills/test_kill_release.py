"""A stage is released at a set moment to many, and processes are killed while they tell: nobody before, each once."""

from __future__ import annotations

import asyncio
import random
import time
from collections import Counter
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import sqlalchemy as sa

from storage import migrate
from storage.database import Database
from storage.proposals.tables import links, proposal_events, proposals
from storage.schema import outbox, people
from tests.service import ServiceProcess
from tests.stubs.telegram import TelegramStub

LINKED = 5_000
KILLS = 4
WAIT = 12.0  # seconds from the release being set to its moment
SETTLE_SECONDS = 300  # leases of killed processes run out after 40 s; then what was in flight is called unsure
SECRET = "a-secret-of-the-drill-0123456789"

pytestmark = pytest.mark.drill


async def fill(database: Database, released_at: datetime) -> None:
    """Put proposals on record, each tied to one person and released at that moment."""
    now = released_at - timedelta(days=1)
    numbers = range(1, LINKED + 1)
    async with database.transaction() as tx:
        await tx.execute(
            sa.insert(people),
            [
                {"id": n, "telegram_id": 10_000 + n, "language": "id", "created_at": now, "last_seen_at": now}
                for n in numbers
            ],
        )
        await tx.execute(
            sa.insert(proposals),
            [
                {"number": f"UPK-{n}", "edition": 2026, "category": "pengabdian", "title": "", "confirmed_at": now}
                for n in numbers
            ],
        )
        await tx.execute(
            sa.insert(proposal_events),
            [
                {
                    "number": f"UPK-{n}",
                    "position": 1,
                    "state": "penilaian_substansi",
                    "entered_at": now,
                    "released_at": released_at,
                    "recorded_at": now,
                }
                for n in numbers
            ],
        )
        await tx.execute(
            sa.insert(links),
            [
                {"person_id": n, "number": f"UPK-{n}", "role": "proposer", "channel": "telegram", "created_at": now}
                for n in numbers
            ],
        )


async def told(database: Database) -> Counter[str]:
    async with database.reading() as tx:
        rows = await tx.execute(sa.select(outbox.c.status, sa.func.count()).group_by(outbox.c.status))
        return Counter(dict(rows.all()))


async def unsure(database: Database) -> set[int]:
    query = sa.select(people.c.telegram_id).join(outbox).where(outbox.c.status == "unsure")
    async with database.reading() as tx:
        return set((await tx.execute(query)).scalars())


async def all_settled(database: Database) -> Counter[str]:
    async with asyncio.timeout(SETTLE_SECONDS):
        while True:
            counts = await told(database)
            if counts.total() == LINKED and not counts["queued"] + counts["claimed"] + counts["sending"]:
                return counts
            await asyncio.sleep(0.2)  # other processes: there is nothing to wait on but the database


async def test_each_is_told_once_and_nobody_before(
    database_url: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    chance = random.Random(database_url[:6])
    database = Database(database_url)
    await migrate.upgrade(database)
    async with TelegramStub(lanes="telegram") as stub:
        services = [
            ServiceProcess(
                tmp_path,
                database_url=database_url,
                telegram_token=stub.token,
                telegram_api_url=stub.url,
                telegram_mode="webhook",
                telegram_secret=SECRET,
                telegram_messages_per_second=1000,
                public_url="http://127.0.0.1:9",
            )
            for _ in range(1 if database.is_sqlite else 2)
        ]
        try:
            for service in services:
                await service.start()
            released_at = datetime.now(UTC) + timedelta(seconds=WAIT)
            moment = time.monotonic() + WAIT
            await fill(database, released_at)
            stub.faults.slow(0.02)  # a real answer takes time, in which a process can die
            await asyncio.sleep(moment - time.monotonic() - 0.5)
            before = await told(database)
            for _ in range(KILLS):
                await asyncio.sleep(chance.uniform(2.0, 6.0))  # the random moment
                victim = chance.choice(services)
                await victim.kill()
                await victim.start(wait=False)
            for service in services:
                await service.healthy()
            counts = await all_settled(database)
            doubtful = await unsure(database)
            statuses = [await service.terminate() for service in services]
        finally:
            for service in services:
                await service.__aexit__()
            await database.close()

    arrived = Counter(sent.chat_id for sent in stub.sent if sent.accepted)
    early = [sent.chat_id for sent in stub.sent if sent.at < moment]
    lost = {10_000 + n for n in range(1, LINKED + 1)} - set(arrived) - doubtful
    with capsys.disabled():
        print(
            f"\nrelease, {database_url.partition(':')[0]}, {len(services)} process(es): {LINKED} linked, {KILLS} kills,"
            f" {len(arrived)} told, {len(doubtful)} unsure, outbox {dict(counts)}"
        )

    assert (before.total(), early) == (0, [])
    assert [chat for chat, count in arrived.items() if count > 1] == []
    assert lost == set()
    assert stub.violations == []
    assert statuses == [0] * len(services)
