"""Turns Telegram's updates into what a person said; pure, and never surprised by what arrives."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from datetime import datetime
from pathlib import PurePosixPath
from typing import Final

from telegram import CallbackQuery, Chat, ChatMemberUpdated, InlineKeyboardMarkup, Message, Update, User

from bot.channels.telegram.transport import UNREADABLE
from handlers import messages
from handlers.messages import Choice, Inbound, Kind
from storage.contacts import Identity

CHANNEL: Final = "telegram"

# The kinds of update we ask Telegram for.
ALLOWED: Final = (Update.MESSAGE, Update.EDITED_MESSAGE, Update.CALLBACK_QUERY, Update.MY_CHAT_MEMBER)

# "at most 52 significant bits", says Telegram of its ids.
_ID_END: Final = 2**52

PHOTO_NAME: Final = "photo.jpg"
DOCUMENT_NAME: Final = "document"  # of one that has none
LONGEST_NAME: Final = 100

_COMMAND_FOR_A_BOT: Final = re.compile(r"^(/\w+)@\w+")

# Which field says what a message is, in the order in which they count: an animation also comes as a document.
_KINDS: Final = (
    ("voice", Kind.VOICE),
    ("audio", Kind.VOICE),
    ("video_note", Kind.VOICE),
    ("photo", Kind.IMAGE),
    ("animation", Kind.OTHER),
    ("document", Kind.DOCUMENT),
    ("sticker", Kind.STICKER),
    ("location", Kind.LOCATION),
    ("venue", Kind.LOCATION),
    ("contact", Kind.CONTACT),
)

# Telegram itself speaks in these: something was done to the chat, and nobody waits for an answer.
_SERVICE: Final = (
    "chat_background_set",
    "connected_website",
    "message_auto_delete_timer_changed",
    "pinned_message",
    "proximity_alert_triggered",
    "write_access_allowed",
)


@dataclass(frozen=True, slots=True)
class Ignored:
    """Nothing for us; `reason` is one machine word for the log."""

    reason: str


@dataclass(frozen=True, slots=True)
class Pressed:
    """A pressed button, as far as courtesy needs it.

    Without `message_id` and `rows` where Telegram no longer shows us the message.
    """

    query_id: str
    data: str
    chat_id: int | None = None
    message_id: int | None = None
    rows: tuple[tuple[Choice, ...], ...] = ()


@dataclass(frozen=True, slots=True)
class Filed:
    """A photo or document of a message, which Telegram keeps until we ask for it; `size` is in bytes, where it says."""

    file_id: str
    filename: str
    media_type: str
    size: int | None


@dataclass(frozen=True, slots=True)
class _Content:
    kind: Kind
    text: str = ""
    choice: str | None = None
    phone: str | None = None


def parse(raw: bytes) -> Update | None:
    """Return the update that the bytes of a webhook hold, or None for anything else."""
    try:
        data = json.loads(raw)
    except (ValueError, RecursionError):
        return None
    return read(data)


def read(data: object) -> Update | None:
    """Return the update that parsed JSON holds, or None for anything else."""
    if not isinstance(data, dict):
        return None
    try:
        update = Update.de_json(data)
    except UNREADABLE:
        return None
    return update if is_id(update.update_id) else None


def is_id(value: object) -> bool:
    """Tell whether the value can be one of Telegram's ids of a person, a private chat or an update."""
    return isinstance(value, int) and not isinstance(value, bool) and 0 < value < _ID_END


def translate(update: Update, bot_id: int, at: datetime) -> Inbound | Ignored:
    """Return what a person said to the bot in private, or why it is nothing for us.

    An edited text counts as a new one. A caption is a text: who writes one below a picture asks something.
    """
    source = update.message or update.edited_message or update.callback_query or update.my_chat_member
    if source is None:
        return Ignored("other_update")
    content = _content(source, edited=update.message is None)
    if isinstance(content, Ignored):
        return content
    user = source.from_user
    if user is None or not is_id(user.id):
        return Ignored("no_sender")
    if user.is_bot:
        return Ignored("bot")
    return Inbound(
        channel=CHANNEL,
        message_id=f"{bot_id}:{update.update_id}",
        sender=Identity(telegram_id=user.id),
        at=at,
        kind=content.kind,
        text=content.text,
        choice=content.choice,
        language_hint=_language(user),
        phone=content.phone,
        can_share_phone=True,
    )


def pressed(update: Update) -> Pressed | None:
    """Return the button an update tells of, if it tells of one."""
    query = update.callback_query
    if query is None or not isinstance(query.id, str):
        return None
    data = query.data if isinstance(query.data, str) else ""
    message = query.message
    if not isinstance(message, Message) or not message.is_accessible or not _is_private(message.chat):
        return Pressed(query.id, data)
    if not is_id(message.message_id) or not is_id(message.chat.id):
        return Pressed(query.id, data)
    return Pressed(query.id, data, message.chat.id, message.message_id, _rows(message.reply_markup))


def filed(update: Update) -> Filed | None:
    """Return the photo, in its largest size, or the document that an update tells of, if it tells of one."""
    message = update.message
    if message is None or not _is_private(message.chat) or message.animation:
        return None
    if message.photo:
        largest = max(message.photo, key=lambda size: size.width * size.height)
        return Filed(largest.file_id, PHOTO_NAME, "image/jpeg", largest.file_size)  # always JPEG, says Telegram
    document = message.document
    if document is None:
        return None
    name = PurePosixPath(_clean(document.file_name).replace("\\", "/")).name[-LONGEST_NAME:] or DOCUMENT_NAME
    return Filed(document.file_id, name, _clean(document.mime_type) or "application/octet-stream", document.file_size)


def _content(source: Message | CallbackQuery | ChatMemberUpdated, *, edited: bool) -> _Content | Ignored:
    if isinstance(source, CallbackQuery):
        return _press(source)
    if not _is_private(source.chat):
        return Ignored("not_private")
    if isinstance(source, ChatMemberUpdated):
        return _membership(source)
    return _message(source, edited=edited)


def _message(message: Message, *, edited: bool) -> _Content | Ignored:
    text = _clean(message.text) or _clean(message.caption)
    if text:
        return _Content(Kind.TEXT, _COMMAND_FOR_A_BOT.sub(r"\1", text))
    if edited:  # a live location moves on every few seconds
        return Ignored("edited_without_text")
    if any(getattr(message, name, None) for name in _SERVICE):
        return Ignored("service")
    kind = next((kind for name, kind in _KINDS if getattr(message, name)), Kind.OTHER)
    return _Content(kind, phone=_own_phone(message) if kind is Kind.CONTACT else None)


def _own_phone(message: Message) -> str | None:
    """Return the number of a contact, if it is the sender's own and comes from nobody else.

    Telegram tells whose account a contact is; a card without that, or with another's, proves nothing. Nor does one
    that was forwarded, or that another bot made.
    """
    contact, sender = message.contact, message.from_user
    if contact is None or sender is None or not is_id(contact.user_id) or contact.user_id != sender.id:
        return None
    if message.forward_origin is not None or message.via_bot is not None:
        return None
    digits = _clean(contact.phone_number).removeprefix("+")
    return f"+{digits}" if digits else None  # with its country's code always, and the sign only sometimes


def _press(query: CallbackQuery) -> _Content | Ignored:
    if query.message is not None and not _is_private(query.message.chat):
        return Ignored("not_private")
    choice = _clean(query.data)
    return _Content(Kind.CHOICE, choice=choice) if choice else Ignored("no_data")


def _membership(change: ChatMemberUpdated) -> _Content | Ignored:
    match change.new_chat_member.status:
        case "kicked":
            return _Content(Kind.BLOCKED)
        case "member":
            return _Content(Kind.UNBLOCKED)
    return Ignored("membership")


def _is_private(chat: Chat | None) -> bool:
    return chat is not None and chat.type == Chat.PRIVATE


def _clean(value: object) -> str:
    return messages.clean(value) if isinstance(value, str) else ""


def _language(user: User) -> str | None:
    return _clean(user.language_code) or None


def _rows(markup: object) -> tuple[tuple[Choice, ...], ...]:
    """Return the buttons below a message, or none where one of them is not of our making."""
    if not isinstance(markup, InlineKeyboardMarkup):
        return ()
    rows = tuple(
        tuple(Choice(button.callback_data, button.text) for button in row if isinstance(button.callback_data, str))
        for row in markup.inline_keyboard
    )
    complete = sum(map(len, rows)) == sum(map(len, markup.inline_keyboard))
    return rows if complete else ()
