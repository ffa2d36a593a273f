"""Messages of a broadcast a second, limits lifted, beside a bare client that sends the same and keeps nothing."""

from __future__ import annotations

import asyncio
import statistics
import sys
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path

import pytest
import sqlalchemy as sa
from pytest_benchmark.fixture import BenchmarkFixture
from telegram import LinkPreviewOptions

from bot import app
from bot.app import Assistant
from bot.channels.telegram import channel as telegram
from bot.channels.telegram.channel import TelegramChannel
from bot.cli import uncollected
from bot.clock import SystemClock
from bot.sender import BULK_IN_FLIGHT
from storage import migrate
from storage.broadcasts import drafts, reporting, steering
from storage.broadcasts.drafts import Draft, Text
from storage.database import Database
from storage.office.tables import staff
from storage.schema import people, subscriptions
from tests.bot.serving import settings
from tests.stubs.telegram import TOKEN

MESSAGES = 3_000
ROUNDS = 5
LEAST = 0.5  # of the bare client's speed, on SQLite
TEXT = "Pendaftaran Upakarti dibuka sampai 30 November. Ketik *jadwal* untuk melihat semua tanggal."
API = Path(__file__).with_name("instant_api.py")


@asynccontextmanager
async def instant_api() -> AsyncIterator[str]:
    pipe = asyncio.subprocess.PIPE
    process = await asyncio.create_subprocess_exec(sys.executable, API, stdin=pipe, stdout=pipe)
    assert process.stdout is not None
    try:
        yield f"http://127.0.0.1:{int(await process.stdout.readline())}"
    finally:
        process.kill()
        await process.wait()


@asynccontextmanager
async def office(database: Database, url: str, folder: Path) -> AsyncIterator[Assistant]:
    """Put the assistant together as the service does, with officers and subscribers on record."""
    now = datetime.now(UTC)
    numbers = range(1, MESSAGES + 1)
    given = settings(folder, telegram_token=TOKEN, telegram_api_url=url, telegram_messages_per_second=10_000)
    clock = SystemClock()
    assistant = app.build(given, database, clock, app.service_channels(given, database, clock))
    known = [{"id": n, "telegram_id": n, "created_at": now, "last_seen_at": now} for n in numbers]
    async with database.transaction() as tx:
        officers = [{"id": n, "name": str(n), "role": "officer", "invited_at": now} for n in (1, 2)]
        await tx.execute(sa.insert(staff), officers)
        await tx.execute(sa.insert(people), known)
        topic = {"topic": "announcements", "since": now}
        await tx.execute(sa.insert(subscriptions), [{"person_id": n} | topic for n in numbers])
    channel = assistant.channels["telegram"]
    assert isinstance(channel, TelegramChannel)
    await channel._sign_in()
    with uncollected():  # as at the start of the service: its library is looked through for garbage no more
        pass
    try:
        yield assistant
    finally:
        await channel.close()


async def broadcast(assistant: Assistant) -> float:
    """Send one to all, and return how many messages a second that were, from the start to the last result."""
    now, database = datetime.now(UTC), assistant.database
    async with database.transaction() as tx:
        broadcast_id = await drafts.create(tx, Draft(1, texts={"id": Text(TEXT)}), now)
        await steering.approve(tx, broadcast_id, 1, 2, now)
        await steering.start(tx, broadcast_id, 2, now, now)
    await assistant.carry_broadcasts()
    sender, stop = assistant.senders["telegram"], asyncio.Event()
    done = assistant.metrics.sends.labels("telegram", "sent")
    before = done._value.get()
    started = time.perf_counter()
    running = asyncio.create_task(sender.run(stop))
    while done._value.get() < before + MESSAGES:  # noqa: ASYNC110 - a counter has no event
        await asyncio.sleep(0.005)
    stop.set()
    sender.wake()
    await running
    seconds = time.perf_counter() - started
    async with database.reading() as tx:
        assert (await reporting.counts(tx, broadcast_id)).of("sent") == MESSAGES
    return MESSAGES / seconds


async def bare_client(url: str) -> float:
    """Send the same by the same library, as many at once, and keep nothing."""
    channel = telegram.connect(TOKEN, url)
    await channel._sign_in()
    chats = iter(range(1, MESSAGES + 1))
    preview = LinkPreviewOptions(is_disabled=True)
    text, entities = telegram._formatted(TEXT)

    async def work() -> None:
        for chat in chats:
            await channel._bot.send_message(chat, text, entities=entities, link_preview_options=preview)

    started = time.perf_counter()
    await asyncio.gather(*(work() for _ in range(BULK_IN_FLIGHT)))
    seconds = time.perf_counter() - started
    await channel.close()
    return MESSAGES / seconds


async def compare(database_url: str, folder: Path) -> tuple[list[float], list[float]]:
    """Return the speeds of some rounds, one beside the other: the machine may be busy with something else."""
    ours, bare = [], []
    database = Database(database_url)
    await migrate.upgrade(database)
    async with instant_api() as url, office(database, url, folder) as assistant:
        for _ in range(ROUNDS):
            bare.append(await bare_client(url))
            ours.append(await broadcast(assistant))
    await database.close()
    return ours, bare


@pytest.mark.filterwarnings("default")
def test_a_broadcast_beside_a_bare_client(database_url: str, tmp_path: Path, benchmark: BenchmarkFixture) -> None:
    ours, bare = benchmark.pedantic(lambda: asyncio.run(compare(database_url, tmp_path)), rounds=1)
    ratio = statistics.median(mine / theirs for mine, theirs in zip(ours, bare, strict=True))
    benchmark.extra_info |= {"broadcast": ours, "bare": bare, "ratio": ratio}
    system = database_url.partition("+")[0]
    print(
        f"\n{system}: broadcast {statistics.median(ours):.0f} messages/s, bare client {statistics.median(bare):.0f},"
        f" {ratio:.2f} of it"
    )

    assert ratio >= (LEAST if system == "sqlite" else 0)
