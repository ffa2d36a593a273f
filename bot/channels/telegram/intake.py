"""Takes Telegram's updates in, from the webhook or from polling: stored first, acknowledged after."""

from __future__ import annotations

import asyncio
import hmac
from collections.abc import Sequence
from typing import Final

import structlog
import telegram
from starlette.requests import Request
from starlette.responses import Response

from bot.channels import body
from bot.channels.telegram import updates
from bot.channels.telegram.channel import TelegramChannel
from bot.channels.telegram.updates import Ignored
from bot.clock import Clock
from handlers.inbox import Inbox
from handlers.messages import Inbound
from storage.database import DatabaseError

log = structlog.get_logger()

SECRET_HEADER: Final = "X-Telegram-Bot-Api-Secret-Token"  # noqa: S105 - the header's name
BODY_LIMIT: Final = 1024 * 1024  # bytes; an update is a few kilobytes
TYPING_AFTER: Final = 0.7  # seconds without an answer before we show that one is coming


class Intake:
    """What `Polling` calls and what the webhook is; both return only after the commit."""

    def __init__(self, channel: TelegramChannel, inbox: Inbox, clock: Clock) -> None:
        self._channel = channel
        self._inbox = inbox
        self._clock = clock

    async def receive(self, fetched: Sequence[telegram.Update]) -> None:
        """Store what these updates say and the answers; raises when nothing was stored."""
        inbound = [message for update in fetched if (message := self._translate(update)) is not None]
        typing = asyncio.get_running_loop().call_later(TYPING_AFTER, self._show_typing, inbound)
        try:
            await self._inbox.receive(inbound)
        finally:
            typing.cancel()
        for update in fetched:
            pressed = updates.pressed(update)
            if pressed is not None:
                self._channel.acknowledge(pressed)

    def _translate(self, update: telegram.Update) -> Inbound | None:
        message = updates.translate(update, self._channel.bot_id, self._clock.now())
        if isinstance(message, Ignored):
            log.info("update_ignored", reason=message.reason, update=update.update_id)
            return None
        return message

    def _show_typing(self, inbound: Sequence[Inbound]) -> None:
        for message in inbound:
            self._channel.show_typing(message.sender)


class Webhook:
    """`POST /telegram/webhook`. 403 without the secret, 500 when it could not be stored, so that it comes again."""

    def __init__(self, intake: Intake, secret: str) -> None:
        self._intake = intake
        self._secret = secret.encode()

    async def answer(self, request: Request) -> Response:
        """Answer 200 to everything that is from Telegram, also to what we cannot read."""
        given = request.headers.get(SECRET_HEADER, "").encode()
        if not hmac.compare_digest(given, self._secret):
            log.warning("webhook_refused", channel=updates.CHANNEL)
            return Response(status_code=403)
        raw = await body.read(request, BODY_LIMIT)
        update = None if raw is None else updates.parse(raw)
        if update is None:
            log.warning("update_unreadable")
            return Response(status_code=200)
        try:
            await self._intake.receive([update])
        except (DatabaseError, OSError):
            log.exception("receive_failed", channel=updates.CHANNEL)
            return Response(status_code=500)
        return Response(status_code=200)
