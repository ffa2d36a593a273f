"""Time is read in one place, can be moved, and is Jakarta's where nobody says otherwise."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta

import pytest

from bot import clock as clocks
from bot.clock import SettableClock, SystemClock
from tests.bot.conftest import WatchedClock


def test_a_time_without_an_offset_is_jakartas() -> None:
    assert clocks.moment("2026-11-24T10:00") == datetime(2026, 11, 24, 3, 0, tzinfo=UTC)


def test_a_time_with_an_offset_is_taken_at_its_word() -> None:
    assert clocks.moment("2026-11-24T10:00:00+09:00") == datetime(2026, 11, 24, 1, 0, tzinfo=UTC)


def test_a_date_alone_is_jakartas_midnight() -> None:
    assert clocks.moment("2026-11-24") == datetime(2026, 11, 23, 17, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    "text", ["", "besok", "24-11-2026", "2026-13-01", "0001-01-01", "1899-12-31", "3000-01-01", "9999-12-31"]
)
def test_anything_else_is_no_time(text: str) -> None:
    with pytest.raises(ValueError, match=r".+"):
        clocks.moment(text)


def test_the_machines_clock_is_aware_and_in_utc() -> None:
    assert SystemClock().now().utcoffset() == timedelta(0)


async def test_the_machines_clock_does_not_run_backwards() -> None:
    clock = SystemClock()
    before = clock.monotonic()
    await clock.sleep(0)

    assert clock.monotonic() >= before


def test_a_settable_clock_stands_where_it_is_set_and_runs_again() -> None:
    clock = SettableClock()
    at = datetime(2024, 8, 3, 16, 59, tzinfo=UTC)
    clock.set(at)
    stood = clock.now()
    clock.set(None)

    assert stood == at
    assert clock.now() > at


async def test_waiting_for_an_event_that_is_set_does_not_wait(clock: WatchedClock) -> None:
    event = asyncio.Event()
    event.set()

    assert await clocks.wait_for(event, clock, 5) is True


async def test_waiting_ends_when_the_event_comes(clock: WatchedClock) -> None:
    event = asyncio.Event()
    waiting = asyncio.create_task(clocks.wait_for(event, clock, 5))
    await clock.until_asleep()
    event.set()

    assert await waiting is True
    assert clock.sleepers == 0


async def test_waiting_ends_when_the_time_is_over(clock: WatchedClock) -> None:
    waiting = asyncio.create_task(clocks.wait_for(asyncio.Event(), clock, 5))
    await clock.until_asleep()
    clock.move(5)

    assert await waiting is False


async def test_waiting_that_is_cancelled_leaves_nobody_asleep(clock: WatchedClock) -> None:
    waiting = asyncio.create_task(clocks.wait_for(asyncio.Event(), clock, 5))
    await clock.until_asleep()
    waiting.cancel()
    await asyncio.gather(waiting, return_exceptions=True)

    assert (waiting.cancelled(), clock.sleepers) == (True, 0)
