"""Takes Telegram's updates in, from the webhook or from polling: stored first, acknowledged after."""

from __future__ import annotations

import asyncio
import hmac
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import replace
from typing import Final

import structlog
import telegram
from starlette.requests import Request
from starlette.responses import Response

from bot.channels import body
from bot.channels.base import SendError
from bot.channels.telegram import updates
from bot.channels.telegram.channel import TelegramChannel
from bot.channels.telegram.updates import Filed, Ignored
from bot.clock import Clock
from handlers.inbox import Inbox
from handlers.messages import Attachment, Inbound, Unfetched
from storage.contacts import Identity
from storage.database import DatabaseError

log = structlog.get_logger()

SECRET_HEADER: Final = "X-Telegram-Bot-Api-Secret-Token"  # noqa: S105 - the header's name
BODY_LIMIT: Final = 1024 * 1024  # bytes; an update is a few kilobytes
FILE_LIMIT: Final = 10_000_000  # bytes; Telegram takes larger photos from nobody
TYPING_AFTER: Final = 0.7  # seconds without an answer before we show that one is coming

IsStaff = Callable[[Identity], Awaitable[bool]]


class Intake:
    """What `Polling` calls and what the webhook is; both return only after the commit."""

    def __init__(self, channel: TelegramChannel, inbox: Inbox, clock: Clock, is_staff: IsStaff) -> None:
        """`is_staff` tells whose files are fetched: nobody else's are."""
        self._channel = channel
        self._inbox = inbox
        self._clock = clock
        self._is_staff = is_staff

    async def receive(self, fetched: Sequence[telegram.Update]) -> None:
        """Store what these updates say and the answers; raises when nothing was stored."""
        inbound = [(message, update) for update in fetched if (message := self._translate(update)) is not None]
        everybody = [message for message, _ in inbound]
        typing = asyncio.get_running_loop().call_later(TYPING_AFTER, self._show_typing, everybody)
        try:
            files = await self._files(inbound)
            filing = {message.sender for message in everybody if message.message_id in files}
            # Fetching a file takes seconds, for which nobody else waits.
            await self._inbox.receive([message for message in everybody if message.sender not in filing])
            later = [message for message in everybody if message.sender in filing]
            await self._inbox.receive([await self._with_file(message, files) for message in later])
        finally:
            typing.cancel()
        for update in fetched:
            pressed = updates.pressed(update)
            if pressed is not None:
                self._channel.acknowledge(pressed)

    async def _files(self, inbound: Sequence[tuple[Inbound, telegram.Update]]) -> dict[str, Filed]:
        """Return the files that members of staff sent, by the id of the message."""
        found = [(message, filed) for message, update in inbound if (filed := updates.filed(update)) is not None]
        return {message.message_id: filed for message, filed in found if await self._is_staff(message.sender)}

    async def _with_file(self, message: Inbound, files: Mapping[str, Filed]) -> Inbound:
        filed = files.get(message.message_id)
        if filed is None:
            return message
        try:
            content = await self._channel.fetch(filed, FILE_LIMIT)
        except SendError as error:
            log.warning("file_not_fetched", channel=updates.CHANNEL, reason=error.reason)
            return replace(message, unfetched=Unfetched.FAILED)
        if content is None:
            return replace(message, unfetched=Unfetched.TOO_LARGE)
        return replace(message, attachment=Attachment(filed.filename, filed.media_type, content, ""))

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
