"""The service's memory and speed with a broadcast to 10,000 and to 1,000,000: both have to stay as they are."""

from __future__ import annotations

import asyncio
import time
from datetime import UTC, datetime
from pathlib import Path

import pytest
import sqlalchemy as sa
from pytest_benchmark.fixture import BenchmarkFixture

from storage import migrate
from storage.broadcasts import drafts, steering
from storage.broadcasts.drafts import Draft, Text
from storage.broadcasts.tables import broadcasts
from storage.database import Database
from storage.office.tables import staff
from storage.schema import outbox
from tests.benchmarks.test_broadcast import instant_api
from tests.service import ServiceProcess
from tests.stubs.telegram import TOKEN

SENT = 3_000  # after all are written down

PEOPLE = sa.text(
    "WITH RECURSIVE n(id) AS (SELECT 1 UNION ALL SELECT id + 1 FROM n WHERE id < :count)"
    " INSERT INTO people (id, telegram_id, created_at, last_seen_at, last_channel)"
    " SELECT id, id, :now, :now, 'telegram' FROM n"
)
SUBSCRIPTIONS = sa.text(
    "INSERT INTO subscriptions (person_id, topic, since) SELECT id, 'announcements', :now FROM people"
)


async def start_broadcast(database: Database, count: int) -> None:
    now = datetime.now(UTC)
    written = now.strftime("%Y-%m-%d %H:%M:%S.%f")
    async with database.transaction() as tx:
        officers = [{"id": n, "name": str(n), "role": "officer", "invited_at": now} for n in (1, 2)]
        await tx.execute(sa.insert(staff), officers)
        await tx.execute(PEOPLE, {"count": count, "now": written})
        await tx.execute(SUBSCRIPTIONS, {"now": written})
        broadcast_id = await drafts.create(tx, Draft(1, texts={"id": Text("Pendaftaran dibuka.")}), now)
        await steering.approve(tx, broadcast_id, 1, 2, now)
        await steering.start(tx, broadcast_id, 2, now, now)


async def frozen(database: Database) -> None:
    while True:
        async with database.reading() as tx:
            if (await tx.execute(sa.select(broadcasts.c.status))).scalar() == "running":
                return
        await asyncio.sleep(0.05)  # another process: there is nothing to wait on but the database


async def sent(database: Database) -> int:
    query = sa.select(sa.func.count()).where(outbox.c.broadcast_id == 1, outbox.c.status == "sent")
    async with database.reading() as tx:
        return int((await tx.execute(query)).scalar_one())


def megabytes(pid: int, line: str) -> int:
    """Return what the system says of a process's memory: VmRSS now, VmHWM at most so far."""
    lines = Path(f"/proc/{pid}/status").read_text(encoding="ascii").splitlines()
    return int(next(found.split()[1] for found in lines if found.startswith(f"{line}:"))) // 1024


async def measure(folder: Path, count: int) -> dict[str, float]:
    url = f"sqlite+aiosqlite:///{folder}/service.db"
    database = Database(url)
    await migrate.upgrade(database)
    await start_broadcast(database, count)
    async with instant_api() as api:
        service = ServiceProcess(
            folder, telegram_token=TOKEN, telegram_api_url=api, telegram_messages_per_second=10_000
        )
        async with service:
            pid, idle, started = service.pid, megabytes(service.pid, "VmRSS"), time.monotonic()
            await frozen(database)
            freezing, before, began = time.monotonic() - started, await sent(database), time.monotonic()
            while (now := await sent(database)) < min(before + SENT, count):  # noqa: ASYNC110 - another process
                await asyncio.sleep(0.2)
            speed = (now - before) / (time.monotonic() - began)
            most = megabytes(pid, "VmHWM")
    await database.close()
    size = sum(path.stat().st_size for path in folder.glob("service.db*")) / 1e6
    return {"idle_mb": idle, "most_mb": most, "freezing_s": freezing, "per_second": speed, "database_mb": size}


@pytest.mark.filterwarnings("default")
@pytest.mark.parametrize("count", [10_000, 1_000_000])
def test_memory_stays_flat(count: int, tmp_path: Path, benchmark: BenchmarkFixture) -> None:
    found = benchmark.pedantic(lambda: asyncio.run(measure(tmp_path, count)), rounds=1)
    benchmark.extra_info |= found
    print(f"\n{count:,} recipients: " + ", ".join(f"{name} {value:.0f}" for name, value in found.items()))
