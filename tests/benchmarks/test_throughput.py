"""Updates a second, end to end (webhook in, sendMessage out), beside a bare echo bot that keeps nothing."""

from __future__ import annotations

import asyncio
import os
import sys
import time
from pathlib import Path

import aiohttp
import pytest
from pytest_benchmark.fixture import BenchmarkFixture

from tests.service import ServiceProcess, free_port
from tests.stubs.telegram import TelegramStub

UPDATES = 1500
PEOPLE = 500
ROUNDS = 3
ECHO = Path(__file__).with_name("echo_bot.py")


async def pump(stub: TelegramStub) -> float:
    """Push all updates and return the seconds until the last answer was sent."""
    before = len(stub.sent)
    started = time.perf_counter()
    for number in range(UPDATES):
        stub.text(1000 + number % PEOPLE, "kapan pendaftaran ditutup?")
    await stub.wait_for(lambda: len(stub.sent) >= before + UPDATES, timeout=120)
    return time.perf_counter() - started


async def assistant(folder: Path) -> float:
    async with TelegramStub(validate=False) as stub:
        service = ServiceProcess(
            folder,
            telegram_token=stub.token,
            telegram_api_url=stub.url,
            telegram_mode="webhook",
            telegram_secret="a-secret-of-the-benchmark",
            telegram_messages_per_second=10_000,
        )
        service._environment["UPAKARTI_PUBLIC_URL"] = service.url
        async with service:
            await stub.wait_for(lambda: stub.counts["setWebhook"], timeout=20)
            return await pump(stub)


async def bare_echo(_folder: Path) -> float:
    async with TelegramStub(validate=False) as stub:
        port = free_port()
        environment = os.environ | {"ECHO_API": stub.url, "ECHO_TOKEN": stub.token, "ECHO_PORT": str(port)}
        process = await asyncio.create_subprocess_exec(sys.executable, ECHO, env=environment)
        try:
            await listening(f"http://127.0.0.1:{port}/healthz")
            return await pump(stub)
        finally:
            process.kill()
            await process.wait()


async def listening(url: str) -> None:
    async with aiohttp.ClientSession() as session, asyncio.timeout(30):
        while True:
            try:
                async with session.get(url):
                    return
            except aiohttp.ClientError:
                await asyncio.sleep(0.05)  # another process: there is nothing to wait on but its port


@pytest.mark.filterwarnings("default")
@pytest.mark.parametrize("bot", [bare_echo, assistant], ids=["bare_echo", "assistant"])
def test_updates_end_to_end(bot: object, tmp_path: Path, benchmark: BenchmarkFixture) -> None:
    seconds: list[float] = []

    def once() -> None:
        folder = tmp_path / str(len(seconds))
        folder.mkdir()
        seconds.append(asyncio.run(bot(folder)))  # type: ignore[operator]

    benchmark.pedantic(once, rounds=ROUNDS)
    benchmark.extra_info["updates_per_second"] = UPDATES / sorted(seconds)[ROUNDS // 2]
    print(f"\n{bot.__name__}: {UPDATES / sorted(seconds)[ROUNDS // 2]:.0f} updates/s (median)")  # type: ignore[attr-defined]
