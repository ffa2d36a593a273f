"""Chores come again in their own time, also after they failed."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

from structlog.testing import capture_logs

from bot import periodic
from bot.periodic import Chore
from tests.bot.conftest import WatchedClock


class Work:
    """A chore that counts how often it was done, and fails when told to."""

    def __init__(self) -> None:
        self.times: list[float] = []
        self.fails = False

    def on(self, clock: WatchedClock) -> Callable[[], asyncio.Future[None]]:
        async def do() -> None:
            self.times.append(clock.monotonic())
            if self.fails:
                raise RuntimeError("the text of somebody")

        return lambda: asyncio.ensure_future(do())


@asynccontextmanager
async def running(chore: Chore, clock: WatchedClock) -> AsyncIterator[asyncio.Event]:
    stop = asyncio.Event()
    task = asyncio.create_task(periodic.run(chore, clock, stop))
    yield stop
    stop.set()
    await task


async def test_a_chore_is_done_first_after_its_time_and_then_again(clock: WatchedClock) -> None:
    work = Work()
    async with running(Chore("count", 15, work.on(clock)), clock):
        for _ in range(3):
            await clock.until_asleep()
            clock.move(15)
        await clock.until_asleep()

    assert work.times == [15, 30, 45]


async def test_a_chore_at_once_is_done_before_any_waiting(clock: WatchedClock) -> None:
    work = Work()
    async with running(Chore("recover", 5, work.on(clock), at_once=True), clock):
        await clock.until_asleep()
        clock.move(5)
        await clock.until_asleep()

    assert work.times == [0, 5]


async def test_a_chore_that_fails_is_logged_and_comes_again(clock: WatchedClock) -> None:
    work = Work()
    work.fails = True
    with capture_logs() as logged:
        async with running(Chore("forget", 60, work.on(clock), at_once=True), clock):
            await clock.until_asleep()
            clock.move(60)
            await clock.until_asleep()

    assert work.times == [0, 60]
    assert [(line["event"], line["chore"]) for line in logged] == [("chore_failed", "forget")] * 2


async def test_a_stop_ends_the_waiting(clock: WatchedClock) -> None:
    work = Work()
    async with running(Chore("count", 3600, work.on(clock)), clock) as stop:
        await clock.until_asleep()
        stop.set()

    assert (work.times, clock.sleepers) == ([], 0)
