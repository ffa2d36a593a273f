"""Takes WhatsApp's webhooks in: all of a post is stored before it is acknowledged."""

from __future__ import annotations

import asyncio
import hmac
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Final

import structlog
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response

from bot import reacting
from bot.channels import body
from bot.channels.base import SendError, TryLaterError
from bot.channels.whatsapp import errors, media, signature, updates
from bot.channels.whatsapp.channel import WhatsAppChannel
from bot.channels.whatsapp.media import Filed
from bot.channels.whatsapp.updates import Ignored, NoAnnouncements, StatusUpdate
from bot.clock import Clock
from handlers.inbox import Inbox, Received
from handlers.messages import Attachment, Inbound, Unfetched
from storage import contacts, deliveries, names, subscriptions
from storage.contacts import Identity
from storage.database import Database, DatabaseError
from storage.deliveries import Delivery
from storage.names import Renaming

log = structlog.get_logger()

BODY_LIMIT: Final = 4 * 1024 * 1024  # bytes; Meta sends up to 3 MB
FILE_LIMIT: Final = 10_000_000  # bytes, as of a file that comes by Telegram
AGAIN_AFTER: Final = timedelta(minutes=1)  # a message that WhatsApp took and could not send, without saying how long
TYPING_AFTER: Final = 0.7  # seconds without an answer before we show that one is coming

IsStaff = Callable[[Identity], Awaitable[bool]]


class Intake:
    """Takes in what a post says; returns after the commits."""

    def __init__(
        self, channel: WhatsAppChannel, inbox: Inbox, database: Database, clock: Clock, is_staff: IsStaff
    ) -> None:
        """`is_staff` tells whose files are fetched: nobody else's are."""
        self._channel = channel
        self._is_staff = is_staff
        self._inbox = inbox
        self._database = database
        self._clock = clock

    async def receive(self, post: object) -> None:
        """Store what this post says and the answers; raises when something of it was not stored."""
        found = updates.translate(post, self._channel.phone_number_id, self._clock.now())
        for update in found:
            if isinstance(update, Ignored):
                log.info("update_ignored", reason=update.reason)
        # Who changed their number goes on by it, also within one post.
        await self._rename([update for update in found if isinstance(update, Renaming)])
        await self._unsubscribe([update.sender for update in found if isinstance(update, NoAnnouncements)])
        inbound = [update for update in found if isinstance(update, Inbound)]
        await self._answer(inbound, await self._files(inbound, media.filed(post, self._channel.phone_number_id)))
        await self._settle([update for update in found if isinstance(update, StatusUpdate)])

    async def _rename(self, renamings: Sequence[Renaming]) -> None:
        for renaming in renamings:
            async with self._database.transaction() as tx:
                await names.rename(tx, renaming, self._clock.now())

    async def _unsubscribe(self, senders: Sequence[Identity]) -> None:
        for sender in senders:
            async with self._database.transaction() as tx:
                person_id = await contacts.find(tx, sender)
                if person_id is not None:
                    await subscriptions.unsubscribe(tx, person_id, subscriptions.TOPICS, self._clock.now())

    async def _files(self, inbound: Sequence[Inbound], files: Mapping[str, Filed]) -> dict[str, Filed]:
        """Return the files that members of staff sent, by the id of the message."""
        having = [message for message in inbound if message.message_id in files]
        return {each.message_id: files[each.message_id] for each in having if await self._is_staff(each.sender)}

    async def _answer(self, inbound: Sequence[Inbound], files: Mapping[str, Filed]) -> None:
        typing = asyncio.get_running_loop().call_later(TYPING_AFTER, self._show_typing, inbound)
        filing = {message.sender for message in inbound if message.message_id in files}
        try:
            # Fetching a file takes seconds, for which nobody else waits.
            await self._take_in([message for message in inbound if message.sender not in filing])
            later = [message for message in inbound if message.sender in filing]
            await self._take_in([await self._with_file(message, files) for message in later])
        finally:
            typing.cancel()

    async def _take_in(self, inbound: Sequence[Inbound]) -> None:
        received = await self._inbox.receive(inbound)
        for message, result in zip(inbound, received, strict=True):
            if result is not Received.REPEATED:
                self._channel.acknowledge(message.message_id)

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

    async def _settle(self, reports: Sequence[StatusUpdate]) -> None:
        if not reports:
            return
        now = self._clock.now()
        async with self._database.transaction() as tx:
            settled = await deliveries.note(tx, [_delivery(report, now) for report in reports], now)
        if settled:
            log.info("reports_settled", channel=updates.CHANNEL, count=settled)

    def _show_typing(self, inbound: Sequence[Inbound]) -> None:
        for message in inbound:
            self._channel.show_typing(message.message_id)


class Webhook:
    """`/whatsapp/webhook`: the challenge by GET, what happened by POST."""

    def __init__(self, intake: Intake, app_secret: str, verify_token: str) -> None:
        self._intake = intake
        self._app_secret = app_secret
        self._verify_token = verify_token.encode()

    async def challenge(self, request: Request) -> Response:
        """Answer Meta's question whether this address is ours."""
        given = request.query_params
        token = given.get("hub.verify_token", "").encode("utf-8", "replace")
        if given.get("hub.mode") != "subscribe" or not hmac.compare_digest(token, self._verify_token):
            log.warning("webhook_refused", channel=updates.CHANNEL)
            return Response(status_code=403)
        return PlainTextResponse(given.get("hub.challenge", ""))

    async def answer(self, request: Request) -> Response:
        """Answer 200 to everything that is from Meta and stored, also to what we cannot read; 500 brings it again."""
        raw = await body.read(request, BODY_LIMIT)
        if raw is None:
            log.warning("update_unreadable")
            return Response(status_code=413)
        given = request.headers.get(signature.HEADER)
        if given is None or not signature.is_valid(raw, given, self._app_secret):
            log.warning("webhook_refused", channel=updates.CHANNEL)
            return Response(status_code=401 if given is None else 403)
        post = updates.parse(raw)
        if post is None:
            log.warning("update_unreadable")
            return Response(status_code=200)
        try:
            await self._intake.receive(post)
        except (DatabaseError, OSError):
            log.exception("receive_failed", channel=updates.CHANNEL)
            return Response(status_code=500)
        return Response(status_code=200)


def _delivery(report: StatusUpdate, now: datetime) -> Delivery:
    outbox_id, attempt = report.marked or (None, None)
    delivery = Delivery(updates.CHANNEL, report.state, report.at, report.message_id, outbox_id, attempt)
    if report.code is None:
        return delivery
    state, error = errors.settled(report.code)
    wait = timedelta(0)  # as a template it goes at once
    if isinstance(error, TryLaterError):
        wait = AGAIN_AFTER if error.retry_after is None else error.retry_after
    return replace(
        delivery, state=state, reason=error.reason, not_before=now + wait, reaction=reacting.reaction(error, now)
    )
