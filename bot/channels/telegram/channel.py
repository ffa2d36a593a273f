"""Sends replies to Telegram, and sets the bot up there."""

from __future__ import annotations

from collections.abc import Awaitable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Final, TypeVar

import telegram
from telegram import InlineKeyboardMarkup, LinkPreviewOptions, Message, MessageEntity, ReplyKeyboardMarkup
from telegram.constants import MessageLimit
from telegram.error import TelegramError

from bot.channels import fit
from bot.channels.base import Limits, Outgoing, RefusedError, TryLaterError, UnsureError
from bot.channels.fit import Drawing
from bot.channels.telegram import errors, keyboard, updates
from bot.channels.telegram.courtesies import Courtesies
from bot.channels.telegram.polling import Polling, Receive, UpdatesRequest
from bot.channels.telegram.transport import UNREADABLE, AiohttpRequest
from bot.channels.telegram.updates import Filed, Pressed
from bot.clock import Clock
from handlers.messages import Attachment, Reply
from storage.contacts import Identity

LIMITS: Final = Limits(
    text=MessageLimit.MAX_TEXT_LENGTH,
    caption=MessageLimit.CAPTION_LENGTH,
    buttons=12,  # Telegram takes 100; more than a dozen nobody reads
    button_title=64,
    choice_id_bytes=64,
    pictures=True,
    shares_phone=True,
)

PHOTO_TYPES: Final = frozenset({"image/png", "image/jpeg", "image/webp"})

UPLOADS_KEPT: Final = 8  # files whose name at Telegram we remember

TEXTS_KEPT: Final = 8  # of which it is remembered what is bold: an announcement says the same to thousands

WEBHOOK_CONNECTIONS: Final = 40
POLLING_CONNECTIONS: Final = 2  # one waits; its successor must not wait for it

DEFAULT_LANGUAGE: Final = "id"  # of the command list for everybody whose language has none

_NO_PREVIEW: Final = LinkPreviewOptions(is_disabled=True)

_T = TypeVar("_T")


class TelegramChannel:
    """Telegram as one way to people.

    Raises only the errors of `bot.channels.base`, also where it sets up the bot.
    """

    name = updates.CHANNEL
    limits = LIMITS

    def __init__(self, bot: telegram.Bot, bot_id: int) -> None:
        self.bot_id = bot_id
        self._bot = bot
        self._courtesies = Courtesies(bot)
        self._uploaded: dict[tuple[str, str, int], str] = {}
        self._formatted = lru_cache(TEXTS_KEPT)(_formatted)

    async def prepare(
        self, webhook_url: str | None, secret: str | None, commands: Mapping[str, Sequence[tuple[str, str]]]
    ) -> None:
        """Sign in, list the commands (language -> name and description), and choose webhook or polling.

        With an address updates come to it, with the secret in a header; without one they wait to be fetched.
        May be called again after an error.
        """
        await self._sign_in()
        for language, listed in commands.items():
            await _call(self._bot.set_my_commands(listed, language_code=language))
        await _call(self._bot.set_my_commands(commands[DEFAULT_LANGUAGE]))
        if webhook_url is None:
            await _call(self._bot.delete_webhook(drop_pending_updates=False))
        else:
            await _call(
                self._bot.set_webhook(
                    webhook_url,
                    secret_token=secret,
                    allowed_updates=updates.ALLOWED,
                    max_connections=WEBHOOK_CONNECTIONS,
                )
            )

    async def send(self, outgoing: Outgoing) -> str | None:
        """Send one message and return Telegram's id of it."""
        chat_id, reply = _chat(outgoing), outgoing.reply
        if len(reply.attachments) > 1 or not (reply.text or reply.attachments):
            raise RefusedError("not_fitted")
        message = await _call(self._post(chat_id, reply))
        return str(message.message_id)

    async def edit(self, outgoing: Outgoing, message_id: str) -> None:
        """Let a message of ours say something else; below a photo or document it is the caption."""
        try:
            await self._edit_text(outgoing, int(message_id))
        except RefusedError as error:
            if error.reason != errors.UNCHANGED:
                raise

    async def withdraw(self, outgoing: Outgoing, message_id: str) -> None:
        """Delete a message of ours."""
        await _call(self._bot.delete_message(_chat(outgoing), int(message_id)))

    async def _edit_text(self, outgoing: Outgoing, message_id: int) -> None:
        chat_id = _chat(outgoing)
        text, entities = self._formatted(outgoing.reply.text)
        markup = keyboard.draw(keyboard.arrange(outgoing.reply.choices)) if outgoing.reply.choices else None
        whole = self._bot.edit_message_text(
            text, chat_id, message_id, entities=entities, reply_markup=markup, link_preview_options=_NO_PREVIEW
        )
        try:
            await _call(whole)
        except RefusedError as error:
            if error.reason != errors.NO_TEXT:
                raise
            caption = self._bot.edit_message_caption(
                chat_id, message_id, caption=text, caption_entities=entities, reply_markup=markup
            )
            await _call(caption)

    async def fetch(self, filed: Filed, limit: int) -> bytes | None:
        """Return what a file holds; None for one of more than `limit` bytes. Raises the errors of sending."""
        if (filed.size or 0) > limit:
            return None
        file = await _call(self._bot.get_file(filed.file_id))
        if (file.file_size or 0) > limit:
            return None
        content = await _call(file.download_as_bytearray())
        return bytes(content) if len(content) <= limit else None

    def acknowledge(self, pressed: Pressed) -> None:
        """Stop the pressed button's waiting sign and tick it, as a courtesy."""
        self._courtesies.acknowledge(pressed)

    def show_typing(self, address: Identity) -> None:
        """Show the person that an answer is on its way, as a courtesy."""
        if address.telegram_id is not None:
            self._courtesies.show_typing(address.telegram_id)

    async def run_courtesies(self) -> None:
        """Do the courtesies until cancelled."""
        await self._courtesies.run()

    def polling(self, receive: Receive, clock: Clock) -> Polling:
        """Return the loop that fetches updates where there is no webhook."""
        return Polling(self._bot, receive, clock)

    async def standing(self) -> Standing:
        """Ask Telegram how the bot stands; changes nothing."""
        await self._sign_in()
        info = await _call(self._bot.get_webhook_info())
        return Standing(self._bot.username, info.url, info.pending_update_count, info.last_error_date is not None)

    async def close(self) -> None:
        """Close the connections."""
        await self._bot.shutdown()

    async def _sign_in(self) -> None:
        try:
            await _call(self._bot.initialize())
        except TryLaterError as exc:
            # The library's error names the token, so it must not come along.
            failure = TryLaterError(exc.reason, exc.retry_after)
        else:
            return
        raise failure

    async def _post(self, chat_id: int, reply: Reply) -> Message:
        text, entities = self._formatted(reply.text)
        markup = keyboard.markup(reply.choices) if fit.drawing(reply, LIMITS) is Drawing.BUTTONS else None
        if reply.attachments:
            return await self._post_file(chat_id, reply.attachments[0], text, entities, markup)
        return await self._bot.send_message(
            chat_id, text, entities=entities, reply_markup=markup, link_preview_options=_NO_PREVIEW
        )

    async def _post_file(
        self,
        chat_id: int,
        attachment: Attachment,
        text: str,
        entities: Sequence[MessageEntity] | None,
        markup: InlineKeyboardMarkup | ReplyKeyboardMarkup | None,
    ) -> Message:
        caption = fit.caption(text, attachment, LIMITS)
        key = (attachment.filename, attachment.media_type, hash(attachment.content))
        known = self._uploaded.get(key)
        content: bytes | str = attachment.content if known is None else known
        if attachment.media_type in PHOTO_TYPES:
            sent = await self._bot.send_photo(
                chat_id,
                content,
                filename=attachment.filename,
                caption=caption,
                caption_entities=entities,
                reply_markup=markup,
            )
        else:
            sent = await self._bot.send_document(
                chat_id,
                content,
                filename=attachment.filename,
                caption=caption,
                caption_entities=entities,
                reply_markup=markup,
            )
        if known is None:
            self._keep_uploaded(key, sent)
        return sent

    def _keep_uploaded(self, key: tuple[str, str, int], sent: Message) -> None:
        """Keep what Telegram calls a file that it has now: an announcement to thousands uploads it once."""
        file_id = sent.photo[-1].file_id if sent.photo else sent.document.file_id if sent.document else None
        if file_id is not None:
            self._uploaded = dict(list(self._uploaded.items())[1 - UPLOADS_KEPT :]) | {key: file_id}


def connect(token: str, api_url: str) -> TelegramChannel:
    """Return the channel of the bot that the token belongs to; nothing is opened before `prepare`.

    Raises ValueError for a token that is none, without repeating it.
    """
    bot_id, separator, _ = token.partition(":")
    if not (separator and bot_id.isdecimal()):
        raise ValueError("a Telegram token looks like 123456:ABC-DEF")
    bot = telegram.Bot(
        token,
        base_url=f"{api_url}/bot",
        base_file_url=f"{api_url}/file/bot",
        request=AiohttpRequest(),
        get_updates_request=UpdatesRequest(POLLING_CONNECTIONS),
    )
    return TelegramChannel(bot, int(bot_id))


@dataclass(frozen=True, slots=True)
class Standing:
    """How the bot stands at Telegram: whose it is, where updates go, how many wait, and how the last one went."""

    username: str
    webhook_url: str
    pending: int
    delivery_failed: bool


def _chat(outgoing: Outgoing) -> int:
    if outgoing.address.telegram_id is None:
        raise RefusedError("no_address")
    return outgoing.address.telegram_id


async def _call(call: Awaitable[_T]) -> _T:
    """Return what the call returns; raise our error for one of the library's."""
    try:
        return await call
    except TelegramError as exc:
        raise errors.explain(exc) from exc
    except UNREADABLE as exc:
        raise UnsureError("unreadable_answer") from exc


def _formatted(text: str) -> tuple[str, list[MessageEntity] | None]:
    """Return the text without its stars, and its bold stretches in UTF-16 units."""
    plain, spans = fit.emphasis(text)
    entities = [
        MessageEntity(MessageEntity.BOLD, fit.units(plain[: span.start]), fit.units(plain[span.start : span.end]))
        for span in spans[: MessageLimit.MESSAGE_ENTITIES]
    ]
    return plain, entities or None
