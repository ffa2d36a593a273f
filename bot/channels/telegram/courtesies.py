"""Does the small things around messages (ticks, "typing ...") as well as it can: none is worth a message."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from functools import partial
from typing import Final

import structlog
import telegram
from telegram.constants import ChatAction
from telegram.error import BadRequest, TelegramError

from bot.channels.telegram import errors, keyboard
from bot.channels.telegram.transport import UNREADABLE, RateLimitedError
from bot.channels.telegram.updates import Pressed

log = structlog.get_logger()

WORKERS: Final = 4
WAITING: Final = 64  # for each worker; what comes on top is dropped

# What Telegram answers when a courtesy came too late or changed nothing.
_HARMLESS: Final = (
    "message is not modified",
    "query is too old",
    "message to edit not found",
    "message can't be edited",
)

_Call = Callable[[], Awaitable[object]]


class Courtesies:
    """Waiting calls, a few at a time; those of one chat keep their order."""

    def __init__(self, bot: telegram.Bot) -> None:
        self._bot = bot
        self._queues = tuple(asyncio.Queue[_Call](WAITING) for _ in range(WORKERS))

    def acknowledge(self, pressed: Pressed) -> None:
        """Stop the pressed button's waiting sign and tick it."""
        self._add(pressed.chat_id, partial(self._bot.answer_callback_query, pressed.query_id))
        ticked = keyboard.tick(pressed.rows, pressed.data)
        if ticked != pressed.rows:
            markup = keyboard.draw(ticked)
            self._add(
                pressed.chat_id,
                partial(
                    self._bot.edit_message_reply_markup,
                    chat_id=pressed.chat_id,
                    message_id=pressed.message_id,
                    reply_markup=markup,
                ),
            )

    def show_typing(self, chat_id: int) -> None:
        """Show the person that an answer is on its way."""
        self._add(chat_id, partial(self._bot.send_chat_action, chat_id, ChatAction.TYPING))

    async def run(self) -> None:
        """Make the calls until cancelled; what still waits then is dropped."""
        async with asyncio.TaskGroup() as group:
            for number, queue in enumerate(self._queues):
                group.create_task(_drain(queue), name=f"telegram-courtesies-{number}")

    def _add(self, chat_id: int | None, call: _Call) -> None:
        try:
            self._queues[(chat_id or 0) % WORKERS].put_nowait(call)
        except asyncio.QueueFull:
            log.warning("courtesy_dropped")


async def _drain(queue: asyncio.Queue[_Call]) -> None:
    while True:
        call = await queue.get()
        try:
            await call()
        except RateLimitedError:
            dropped = 1 + _empty(queue)
            log.warning("courtesies_dropped", reason="rate_limited", count=dropped)
        except TelegramError as exc:
            if not _is_harmless(exc):
                log.warning("courtesy_failed", reason=errors.explain(exc).reason)
        except UNREADABLE:
            log.warning("courtesy_failed", reason="unreadable_answer")


def _empty(queue: asyncio.Queue[_Call]) -> int:
    """Drop what waits and return how much it was: at a limit, messages go first."""
    count = 0
    while not queue.empty():
        queue.get_nowait()
        count += 1
    return count


def _is_harmless(error: TelegramError) -> bool:
    return isinstance(error, BadRequest) and any(words in error.message.lower() for words in _HARMLESS)
