"""Does the small things around messages (read ticks, "typing …") as well as it can: none is worth a message."""

from __future__ import annotations

import asyncio
from typing import Any, Final

import structlog

from bot.channels.base import SendError
from bot.channels.whatsapp.client import CloudApi

log = structlog.get_logger()

WORKERS: Final = 4
WAITING: Final = 256  # what comes on top is dropped

_RATE_LIMITED: Final = "rate_limited"


class Courtesies:
    """Waiting calls, a few at a time."""

    def __init__(self, api: CloudApi) -> None:
        self._api = api
        self._queue = asyncio.Queue[dict[str, Any]](WAITING)

    def mark_read(self, message_id: str) -> None:
        """Show the person that we have their message."""
        self._add(_read(message_id))

    def show_typing(self, message_id: str) -> None:
        """Show the person that an answer is on its way; it also marks the message as read."""
        self._add(_read(message_id) | {"typing_indicator": {"type": "text"}})

    async def run(self) -> None:
        """Make the calls until cancelled; what still waits then is dropped."""
        async with asyncio.TaskGroup() as group:
            for number in range(WORKERS):
                group.create_task(self._drain(), name=f"whatsapp-courtesies-{number}")

    def _add(self, call: dict[str, Any]) -> None:
        try:
            self._queue.put_nowait(call)
        except asyncio.QueueFull:
            log.warning("courtesy_dropped")

    async def _drain(self) -> None:
        while True:
            call = await self._queue.get()
            try:
                await self._api.post(call)
            except SendError as error:
                if error.reason == _RATE_LIMITED:  # at a limit, messages go first
                    log.warning("courtesies_dropped", reason=error.reason, count=1 + self._empty())
                else:
                    log.warning("courtesy_failed", reason=error.reason)

    def _empty(self) -> int:
        count = 0
        while not self._queue.empty():
            self._queue.get_nowait()
            count += 1
        return count


def _read(message_id: str) -> dict[str, Any]:
    return {"messaging_product": "whatsapp", "status": "read", "message_id": message_id}
