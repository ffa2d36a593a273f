"""Does the chores that return: each in its own time, and none stopped by another's failure."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

import structlog

from bot.clock import Clock, wait_for

log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class Chore:
    """Something to be done every so many seconds; first after that time, unless `at_once`."""

    name: str
    seconds: float
    do: Callable[[], Awaitable[None]]
    at_once: bool = False


async def run(chore: Chore, clock: Clock, stop: asyncio.Event) -> None:
    """Do the chore until `stop` is set."""
    if not chore.at_once:
        await wait_for(stop, clock, chore.seconds)
    while not stop.is_set():
        try:
            await chore.do()
        except Exception:  # it comes again, and the others must go on
            log.exception("chore_failed", chore=chore.name)
        await wait_for(stop, clock, chore.seconds)
