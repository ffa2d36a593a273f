"""Reads the time: the only place that does, so that a test or a command can move it."""

from __future__ import annotations

import asyncio
import time
from datetime import UTC, datetime
from typing import Protocol
from zoneinfo import ZoneInfo

JAKARTA = ZoneInfo("Asia/Jakarta")
YEARS = range(1900, 3000)  # leaves room for time zones, leases and periods at both ends


class Clock(Protocol):
    """What everything that needs the time is given."""

    def now(self) -> datetime:
        """Return the time of day, aware and in UTC."""

    def monotonic(self) -> float:
        """Return seconds that never run backwards, for pacing and durations."""

    async def sleep(self, seconds: float) -> None:
        """Wait; a test's clock returns as soon as it has been moved that far."""


class SystemClock:
    """The machine's clock."""

    def now(self) -> datetime:
        return datetime.now(UTC)

    def monotonic(self) -> float:
        return time.monotonic()

    async def sleep(self, seconds: float) -> None:
        await asyncio.sleep(seconds)


async def wait_for(event: asyncio.Event, clock: Clock, seconds: float) -> bool:
    """Wait for an event, at most so long by this clock; tell whether it came."""
    if event.is_set():
        return True
    waits = {asyncio.ensure_future(event.wait()), asyncio.ensure_future(clock.sleep(seconds))}
    try:
        await asyncio.wait(waits, return_when=asyncio.FIRST_COMPLETED)
    finally:
        for wait in waits:
            wait.cancel()
        await asyncio.gather(*waits, return_exceptions=True)
    return event.is_set()


def moment(text: str) -> datetime:
    """Return an ISO time as UTC; without an offset it is Jakarta's. Raises ValueError for anything else."""
    given = datetime.fromisoformat(text)
    if given.year not in YEARS:
        raise ValueError("a year that nobody means")
    return (given if given.tzinfo else given.replace(tzinfo=JAKARTA)).astimezone(UTC)


class SettableClock(SystemClock):
    """The machine's clock until it is set; then it stands at that time of day. For one line of a command."""

    def __init__(self) -> None:
        self._at: datetime | None = None

    def set(self, at: datetime | None) -> None:
        """Stand at this time, or run again with None."""
        self._at = at

    def now(self) -> datetime:
        return self._at or super().now()
