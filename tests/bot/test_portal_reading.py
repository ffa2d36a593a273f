"""The view is read again and again; when it falls silent that is said once, and everything else goes on."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import aiohttp
import pytest
import sqlalchemy as sa
from structlog.testing import capture_logs

from bot import service as services
from bot.metrics import Metrics
from bot.portal_reading import PortalReading
from bot.service import Service
from storage import api_keys
from storage.database import Database
from storage.proposals import portal as portals
from storage.proposals.portal import Portal
from storage.proposals.tables import portal_readings
from storage.proposals.view import View
from tests.bot import serving
from tests.bot.conftest import WatchedClock
from tests.service import ServiceProcess
from tests.stubs.portal import GRANT, VIEW, PortalStub

NOWHERE = "postgresql+asyncpg://somebody:a-secret-password@127.0.0.1:1/portal"


@pytest.fixture
async def database(tmp_path: Path) -> AsyncIterator[Database]:
    database = await services.open_database(serving.settings(tmp_path))
    yield database
    await database.close()


@pytest.fixture
def metrics() -> Metrics:
    return Metrics()


@pytest.fixture
async def reading(
    portal: PortalStub, database: Database, clock: WatchedClock, metrics: Metrics
) -> AsyncIterator[PortalReading]:
    reading = PortalReading(Portal(View(portal.url), database), clock, metrics)
    yield reading
    await reading.close()


async def read(reading: PortalReading) -> list[dict[str, Any]]:
    """Do the chore once; return what it logs."""
    with capture_logs() as logged:
        await reading.read(asyncio.Event())
    return [dict(event) for event in logged]


def sample(metrics: Metrics, name: str, **labels: str) -> float:
    return metrics.registry.get_sample_value(name, labels) or 0.0


async def test_what_was_read_is_counted_and_told(
    portal: PortalStub, reading: PortalReading, clock: WatchedClock, metrics: Metrics
) -> None:
    await portal.propose("A-1")
    await portal.propose("B-2", (1, "menang"))
    logged = await read(reading)

    assert logged == [
        {"event": "portal_read", "log_level": "info", "added": 1, "changed": 0, "deleted": 0},
        {"event": "portal_refused", "log_level": "warning", "unknown_state": 1},
    ]
    assert sample(metrics, "upakarti_portal_rounds_total", result="read") == 2
    assert sample(metrics, "upakarti_portal_read_timestamp_seconds") == clock.now().timestamp()
    assert await read(reading) == []


async def test_a_silence_is_said_once_and_so_is_its_end(
    portal: PortalStub, reading: PortalReading, clock: WatchedClock, metrics: Metrics
) -> None:
    await portal.propose()
    await read(reading)
    await portal.do("DROP VIEW upakarti_status")
    clock.move(15)

    assert await read(reading) == [{"event": "portal_silent", "log_level": "warning", "reason": "no_view"}]

    clock.move(15)

    assert await read(reading) == []

    await portal.do(VIEW)

    assert await read(reading) == [{"event": "portal_silent", "log_level": "warning", "reason": "not_allowed"}]

    await portal.do(GRANT)
    clock.move(15)

    assert await read(reading) == [{"event": "portal_back", "log_level": "info", "seconds": 30}]
    assert sample(metrics, "upakarti_portal_rounds_total", result="no_view") == 2
    assert sample(metrics, "upakarti_portal_read_timestamp_seconds") == clock.now().timestamp()


async def test_a_portal_that_was_never_there_is_no_trouble_but_said(
    database: Database, clock: WatchedClock, metrics: Metrics
) -> None:
    reading = PortalReading(Portal(View(NOWHERE), database), clock, metrics)
    logged = await read(reading)
    await reading.close()

    assert logged == [{"event": "portal_silent", "log_level": "warning", "reason": "unreachable"}]
    assert sample(metrics, "upakarti_portal_read_timestamp_seconds") == 0


async def test_a_view_that_lost_too_much_is_said(
    portal: PortalStub, reading: PortalReading, clock: WatchedClock
) -> None:
    for number in range(11):
        await portal.propose(f"A-{number}")
    await read(reading)
    await portal.do("DELETE FROM usulan")
    clock.move(3600)

    assert await read(reading) == [{"event": "portal_shrank", "log_level": "warning", "kept": 11}]


async def test_a_stop_ends_a_long_reading(portal: PortalStub, reading: PortalReading, metrics: Metrics) -> None:
    await portal.propose()
    stop = asyncio.Event()
    stop.set()
    await reading.read(stop)

    assert sample(metrics, "upakarti_portal_rounds_total", result="read") == 0


# In the service


def chores(service: Service) -> list[str]:
    return [chore.name for chore in service.chores()]


async def test_without_a_view_there_is_no_such_chore(
    tmp_path: Path, database: Database, clock: WatchedClock, reading: PortalReading
) -> None:
    service = serving.assemble(serving.settings(tmp_path), database, clock)

    assert "portal" not in chores(service)

    service.portal = reading

    assert "portal" in chores(service)


async def test_a_service_without_a_view_calls_nothing_old(
    tmp_path: Path, database: Database, clock: WatchedClock
) -> None:
    async with database.transaction() as tx:
        await tx.execute(sa.insert(portal_readings), {"id": 1, "read_at": clock.now() - timedelta(days=9)})
    async with serving.serving(serving.settings(tmp_path)), database.reading() as tx:
        kept = await portals.reading(tx)

    assert kept.read_at is None


async def get(url: str) -> tuple[int, str]:
    async with aiohttp.ClientSession() as session, session.get(url) as answer:
        return answer.status, await answer.text()


async def until(url: str, word: str) -> str:
    """Return the metrics once they say that."""
    async with asyncio.timeout(30):
        while True:
            _, text = await get(f"{url}/metrics")
            if word in text:
                return text
            await asyncio.sleep(0.05)  # another process: there is nothing to wait on but its port


async def test_a_service_starts_and_serves_without_its_portal_and_says_no_secret(tmp_path: Path) -> None:
    async with ServiceProcess(tmp_path, status_database_url=NOWHERE) as process:
        await until(process.url, 'upakarti_portal_rounds_total{result="unreachable"} 1.0')
        healthy = await get(f"{process.url}/healthz")
        status = await process.terminate()

    assert (healthy[0], status) == (200, 0)
    assert process.log.count('"portal_silent"') == 1
    assert not [
        word for word in ("a-secret", "somebody", "127.0.0.1:1", "chore_failed", "raceback") if word in process.log
    ]


async def test_a_service_reads_the_view_as_it_starts(tmp_path: Path, portal: PortalStub) -> None:
    await portal.propose(title="Rahasia", phone="081234567890", code_sha256="a" * 64)
    with capture_logs() as logged:
        async with serving.serving(serving.settings(tmp_path, status_database_url=portal.url)) as url:
            await until(url, 'upakarti_portal_rounds_total{result="read"}')

    assert {"event": "portal_read", "log_level": "info", "added": 1, "changed": 0, "deleted": 0} in logged
    assert not [word for word in ("Rahasia", "8123", "aaaa", "a-password", "chore_failed") if word in str(logged)]


async def test_where_the_view_is_read_the_portals_calls_write_nothing(
    tmp_path: Path, portal: PortalStub, database: Database, clock: WatchedClock
) -> None:
    key = api_keys.new_key()
    async with database.transaction() as tx:
        await api_keys.add(tx, "portal", key, clock.now())
    given = serving.settings(tmp_path, status_database_url=portal.url)
    async with serving.serving(given) as url, aiohttp.ClientSession() as session:
        call = {"json": {"edition": 2026, "category": "pengabdian"}, "headers": {"Authorization": f"Bearer {key}"}}
        async with session.put(f"{url}/api/v1/proposals/A-1", **call) as answer:
            refused = (answer.status, (await answer.json())["type"].rpartition(":")[2])

    assert refused == (409, "view_is_source")
