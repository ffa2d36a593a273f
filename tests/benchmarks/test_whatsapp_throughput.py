"""Messages a second that are received and answered, on WhatsApp and on Telegram, in one run and from the same people.

A person on WhatsApp may be sent ten messages at once and one in six seconds then, so each writes three times.
"""

from __future__ import annotations

import asyncio
import time
from pathlib import Path

import pytest
from pytest_benchmark.fixture import BenchmarkFixture

from bot.whatsapp_line import WHATSAPP_PATH
from tests.service import ServiceProcess
from tests.stubs.telegram import TelegramStub
from tests.stubs.whatsapp import WhatsAppStub

MESSAGES = 1500
PEOPLE = 500
ROUNDS = 3
QUESTION = "kapan pendaftaran ditutup?"
CONNECTIONS = 40  # as many as Telegram's webhook has
AT_ONCE = 8  # messages in one post of Meta's, under load
UNLIMITED = 10_000  # messages a second: what is measured is us


async def whatsapp(folder: Path, batch: int) -> float:
    """Push all messages and return the seconds until the last answer was sent."""
    async with WhatsAppStub(oracle=folder / "none") as meta:
        meta.delivery.reports, meta.delivery.batch, meta.delivery.connections = (), batch, CONNECTIONS
        async with ServiceProcess(folder, whatsapp_messages_per_second=UNLIMITED, **meta.settings()) as service:
            started = time.perf_counter()
            for number in range(MESSAGES):
                meta.text(f"person {number % PEOPLE}", QUESTION)
            meta.webhook = f"{service.url}{WHATSAPP_PATH}"
            meta.wake()
            await meta.wait_for(lambda: len(meta.sent) >= MESSAGES, timeout=120)
            return time.perf_counter() - started


async def one_by_one(folder: Path) -> float:
    return await whatsapp(folder, 1)


async def in_batches(folder: Path) -> float:
    return await whatsapp(folder, AT_ONCE)


async def telegram(folder: Path) -> float:
    async with TelegramStub(validate=False) as stub:
        service = ServiceProcess(
            folder,
            telegram_token=stub.token,
            telegram_api_url=stub.url,
            telegram_mode="webhook",
            telegram_secret="a-secret-of-the-benchmark",
            telegram_messages_per_second=UNLIMITED,
        )
        service._environment["UPAKARTI_PUBLIC_URL"] = service.url
        async with service:
            await stub.wait_for(lambda: stub.counts["setWebhook"], timeout=20)
            started = time.perf_counter()
            for number in range(MESSAGES):
                stub.text(1000 + number % PEOPLE, QUESTION)
            await stub.wait_for(lambda: len(stub.sent) >= MESSAGES, timeout=120)
            return time.perf_counter() - started


@pytest.mark.filterwarnings("default")
@pytest.mark.parametrize(
    "line", [telegram, one_by_one, in_batches], ids=["telegram", "whatsapp", "whatsapp in batches"]
)
def test_received_and_answered(line: object, tmp_path: Path, benchmark: BenchmarkFixture) -> None:
    seconds: list[float] = []

    def once() -> None:
        folder = tmp_path / str(len(seconds))
        folder.mkdir()
        seconds.append(asyncio.run(line(folder)))  # type: ignore[operator]

    benchmark.pedantic(once, rounds=ROUNDS)
    per_second = MESSAGES / sorted(seconds)[ROUNDS // 2]
    benchmark.extra_info["messages_per_second"] = per_second
    print(f"\n{line.__name__}: {per_second:.0f} messages/s (median of {ROUNDS})")  # type: ignore[attr-defined]
