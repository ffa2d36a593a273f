"""Fetches updates and tells Telegram that we have them only after they are stored."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Coroutine, Sequence
from datetime import timedelta
from typing import Any, Final, TypeVar

import structlog
import telegram
from telegram.error import Conflict, TelegramError

from bot.channels.telegram import errors, updates
from bot.channels.telegram.transport import AiohttpRequest, RateLimitedError
from bot.clock import Clock

log = structlog.get_logger()

LONG_POLL: Final = timedelta(seconds=25)
BATCH: Final = 100  # the most Telegram gives at once

FIRST_PAUSE: Final = timedelta(seconds=0.5)
LONGEST_PAUSE: Final = timedelta(seconds=30)

Receive = Callable[[Sequence[telegram.Update]], Awaitable[None]]

_T = TypeVar("_T")


class UpdatesRequest(AiohttpRequest):
    """The transport for fetching updates: one that can't be read comes out empty, so that the others pass."""

    @staticmethod
    def parse_json_payload(payload: bytes) -> dict[str, Any]:
        """Return the answer with a bare id in place of each update that the library could not read."""
        answer = AiohttpRequest.parse_json_payload(payload)
        result = answer.get("result")
        if isinstance(result, list):
            answer["result"] = _readable(result)
        return answer


class Polling:
    """Telegram's updates for a bot without a webhook.

    `receive` gets each batch and returns when all of it is stored. If it fails, the same batch comes again; so it
    must stand a repeat, and must not fail for ever because of one update.
    """

    def __init__(self, bot: telegram.Bot, receive: Receive, clock: Clock) -> None:
        self._bot = bot
        self._receive = receive
        self._clock = clock
        self._offset: int | None = None

    async def run(self, stop: asyncio.Event) -> None:
        """Fetch and pass on until `stop` is set: waiting ends at once, a batch being stored is finished first."""
        failures = 0
        while not stop.is_set():
            try:
                await self._step(stop)
            except TelegramError as exc:
                pause = _pause(failures, exc)
            except Exception:  # the loop that must go on: nothing is confirmed, so all of it comes again
                log.exception("polling_failed", action="receive_updates")
                pause = _pause(failures)
            else:
                failures = 0
                continue
            failures += 1
            await _unless_stopped(stop, self._clock.sleep(pause.total_seconds()), name="telegram-polling-pause")

    async def _step(self, stop: asyncio.Event) -> None:
        fetched = await _unless_stopped(stop, self._fetch(), name="telegram-get-updates")
        if fetched is None:
            return
        if fetched:
            await self._receive(fetched)
            self._offset = max(update.update_id for update in fetched) + 1
        else:
            # All before the offset is confirmed now. After a quiet week Telegram starts again at a random id,
            # which may be lower: keeping the offset could wait for ever.
            self._offset = None

    async def _fetch(self) -> tuple[telegram.Update, ...]:
        return await self._bot.get_updates(
            offset=self._offset, limit=BATCH, timeout=LONG_POLL, allowed_updates=updates.ALLOWED
        )


def _pause(failures: int, error: TelegramError | None = None) -> timedelta:
    """Return how long to wait after `failures` earlier ones, and log Telegram's error."""
    pause = min(FIRST_PAUSE * (1 << min(failures, 10)), LONGEST_PAUSE)
    if error is None:
        return pause
    if isinstance(error, Conflict):
        log.warning("polling_conflict")
    else:
        log.warning("polling_unreachable", reason=errors.explain(error).reason)
    return max(pause, error.pause) if isinstance(error, RateLimitedError) else pause


async def _unless_stopped(stop: asyncio.Event, work: Coroutine[Any, Any, _T], *, name: str) -> _T | None:
    """Return what the work returns, or None as soon as `stop` is set: the work is then cancelled."""
    task = asyncio.create_task(work, name=name)
    stopped = asyncio.create_task(stop.wait(), name=f"{name}-stop")
    try:
        await asyncio.wait((task, stopped), return_when=asyncio.FIRST_COMPLETED)
        return None if stop.is_set() else task.result()
    finally:
        for each in (task, stopped):
            each.cancel()
        await asyncio.gather(task, stopped, return_exceptions=True)


def _readable(result: list[Any]) -> list[Any]:
    kept = []
    for item in result:
        if updates.read(item) is not None:
            kept.append(item)
        else:
            log.warning("update_unreadable")
            if isinstance(item, dict) and updates.is_id(item.get("update_id")):
                kept.append({"update_id": item["update_id"]})
    if result and not kept:
        raise TelegramError("updates without ids")
    return kept
