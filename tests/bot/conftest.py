"""For the tests of the edge: a clock that tells who sleeps by it, the library read once, logging put back."""

from __future__ import annotations

import asyncio
import functools
import logging
from collections.abc import Iterator

import pytest
import structlog

from faq.library import CONTENT, Library
from handlers.wording import Wording
from tests.conftest import LEARNED, ManualClock
from tests.storage.emptied import (  # noqa: F401 - fixtures
    emptied_postgresql,
    open_again,
    sqlite_unless_asked,
    store,
)
from tests.stubs.portal import portal, portal_database  # noqa: F401 - fixtures

read_once = functools.cache(functools.partial(Library.load, CONTENT, cache=LEARNED))


phrases_read_once = functools.cache(Wording.load)


@pytest.fixture(autouse=True)
def content_is_read_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """Every service of these tests uses the same real library and phrases: they take long to read, and never change."""
    phrases = phrases_read_once()
    monkeypatch.setattr(Library, "load", lambda **_: read_once())
    monkeypatch.setattr(Wording, "load", lambda *_: phrases)


class WatchedClock(ManualClock):
    """A clock moved by hand that also says when somebody has gone to sleep by it."""

    def __init__(self) -> None:
        super().__init__()
        self._waiters: list[asyncio.Future[None]] = []

    async def sleep(self, seconds: float) -> None:
        if seconds > 0:
            waiters, self._waiters = self._waiters, []
            for waiter in waiters:
                if not waiter.done():
                    waiter.set_result(None)
        await super().sleep(seconds)

    async def until_asleep(self, count: int = 1) -> None:
        """Return once that many sleep."""
        async with asyncio.timeout(20):
            while self.sleepers < count:
                waiter = asyncio.get_running_loop().create_future()
                self._waiters.append(waiter)
                await waiter

    async def run(self, work: asyncio.Task[object], step: float) -> None:
        """Move on by `step` seconds whenever somebody sleeps, until the work is done."""
        while not work.done():
            asleep = asyncio.create_task(self.until_asleep())
            await asyncio.wait({work, asleep}, return_when=asyncio.FIRST_COMPLETED)
            asleep.cancel()
            await asyncio.gather(asleep, return_exceptions=True)
            if self.sleepers:
                self.move(step)


@pytest.fixture
def clock() -> WatchedClock:
    return WatchedClock()


@pytest.fixture
def logging_restored() -> Iterator[None]:
    """Put logging back after a test that configures it for good."""
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    levels = {name: logger.level for name, logger in _loggers()}
    yield
    root.handlers[:] = handlers
    root.setLevel(level)
    for name, logger in _loggers():
        logger.setLevel(levels.get(name, logging.NOTSET))
    structlog.reset_defaults()


def _loggers() -> list[tuple[str, logging.Logger]]:
    known = logging.root.manager.loggerDict.items()
    return [(name, logger) for name, logger in known if isinstance(logger, logging.Logger)]
