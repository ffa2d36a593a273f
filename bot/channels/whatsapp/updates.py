"""Turns WhatsApp's webhooks into what people said and what became of our messages; pure, and never surprised."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final

from handlers import messages
from handlers.messages import Inbound, Kind
from storage.contacts import Identity
from storage.names import Renaming

CHANNEL: Final = "whatsapp"

_MESSAGES: Final = "messages"  # the field whose changes are messages and reports
_PREFERENCES: Final = "user_preferences"  # and that of what people want to be sent

# Which types are which kind; whatever else a person sends is answered as something that is no text.
_KINDS: Final = {
    "audio": Kind.VOICE,
    "contacts": Kind.CONTACT,
    "document": Kind.DOCUMENT,
    "image": Kind.IMAGE,
    "location": Kind.LOCATION,
    "sticker": Kind.STICKER,
}
# What a person does without waiting for an answer -> why there is none.
_UNANSWERED: Final = {"reaction": "reaction", "request_welcome": "opened", "revoke": "deleted"}
_PRESSES: Final = ("button_reply", "list_reply")
_FORMS: Final = ("call_permission_reply", "nfm_reply")  # answers to what we never send

_STATES: Final = {"sent": "sent", "delivered": "delivered", "read": "read", "played": "read", "failed": "failed"}

_PHONE: Final = re.compile(r"\d{5,20}")
_USER_ID: Final = re.compile(r"[A-Za-z]{2}\.[A-Za-z0-9._-]{1,150}")
_MESSAGE_ID: Final = re.compile(r"[!-~]{1,500}")
_MARK: Final = re.compile(r"(\d{1,18})\.(\d{1,4})")
_USER_ID_CHANGE: Final = re.compile(rf"({_USER_ID.pattern}) to ({_USER_ID.pattern})")
_LATEST: Final = 4_102_444_800  # the year 2100

_Json = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class StatusUpdate:
    """A report of a message of ours: `state` is "sent", "delivered", "read" or "failed", that with Meta's `code`.

    `marked` is what we marked the message with: its outbox row, and the attempt.
    """

    message_id: str
    state: str
    at: datetime
    marked: tuple[int, int] | None = None
    code: int | None = None


@dataclass(frozen=True, slots=True)
class Ignored:
    """Nothing for us; `reason` is one machine word for the log."""

    reason: str


@dataclass(frozen=True, slots=True)
class NoAnnouncements:
    """A person told WhatsApp, in its own menu, that they want no announcements of ours."""

    sender: Identity


Update = Inbound | StatusUpdate | Renaming | NoAnnouncements | Ignored


@dataclass(frozen=True, slots=True)
class _Content:
    kind: Kind
    text: str = ""
    choice: str | None = None


@dataclass(frozen=True, slots=True)
class _Reading:
    """What is the same for all of one post."""

    phone_number_id: str
    at: datetime


def mark(outbox_id: int, attempt: int) -> str:
    """Return what a message is marked with, so that reports of it tell which attempt they are about."""
    return f"{outbox_id}.{attempt}"


def parse(raw: bytes) -> object:
    """Return what the bytes of a webhook hold, or None for what is not JSON."""
    try:
        return json.loads(raw)
    except (ValueError, RecursionError):
        return None


def translate(post: object, phone_number_id: str, at: datetime) -> list[Update]:
    """Return all that a post says, in its order: of every entry and every change each message and each report.

    What is for another number of the same account is none of ours.
    """
    reading = _Reading(phone_number_id, at)
    changes = [change for entry in _dicts(_dict(post).get("entry")) for change in _dicts(entry.get("changes"))]
    found = [update for change in changes for update in _change(change, reading)]
    return found or [Ignored("no_changes")]


def _change(change: _Json, reading: _Reading) -> Iterator[Update]:
    value, field = _dict(change.get("value")), change.get("field")
    if field not in (_MESSAGES, _PREFERENCES):
        yield Ignored("other_field")
        return
    if _dict(value.get("metadata")).get("phone_number_id") != reading.phone_number_id:
        yield Ignored("other_number")
        return
    contacts = _dicts(value.get("contacts"))
    if field == _PREFERENCES:
        yield from (_preference(told, contacts) for told in _dicts(value.get(_PREFERENCES)))
        return
    said, reports = _dicts(value.get("messages")), _dicts(value.get("statuses"))
    yield from (_message(message, contacts, reading) for message in said)
    yield from (_status(status, reading) for status in reports)
    if not said and not reports:
        yield Ignored("errors" if value.get("errors") else "empty")


# People


def _message(message: _Json, contacts: list[_Json], reading: _Reading) -> Update:
    message_id = _matching(_MESSAGE_ID, message.get("id"))
    if message_id is None:
        return Ignored("no_id")
    if message.get("group_id") is not None:
        return Ignored("group")
    if message.get("type") == "system":
        return _system(message, message_id, reading)
    sender = _sender(message, contacts)
    if sender is None:
        return Ignored("no_sender")
    content = _content(message)
    if isinstance(content, Ignored):
        return content
    return Inbound(
        channel=CHANNEL,
        message_id=message_id,
        sender=sender,
        at=reading.at,
        kind=content.kind,
        text=content.text,
        choice=content.choice,
        phone=_own_phone(message, content.kind, sender),
        written_at=_time(message, reading.at),
    )


def _sender(message: _Json, contacts: list[_Json]) -> Identity | None:
    """Return who wrote: by the names in the message, and by the contact that has one of them or stands alone."""
    phone, user_id = _matching(_PHONE, message.get("from")), _matching(_USER_ID, message.get("from_user_id"))
    for contact in contacts:
        of_contact = _matching(_PHONE, contact.get("wa_id")), _matching(_USER_ID, contact.get("user_id"))
        is_named = (phone is not None and phone == of_contact[0]) or (user_id is not None and user_id == of_contact[1])
        is_only = len(contacts) == 1 and phone is None and user_id is None
        if is_named or is_only:
            phone, user_id = phone or of_contact[0], user_id or of_contact[1]
            break
    if phone is None and user_id is None:
        return None
    return Identity(whatsapp_user_id=user_id, whatsapp_phone=phone)


def _content(message: _Json) -> _Content | Ignored:
    kind, edited = message.get("type"), False
    if kind == "edit":  # an edited text counts as a new one
        message, edited = _dict(_dict(message.get("edit")).get("message")), True
        kind = message.get("type")
    if not isinstance(kind, str):
        return Ignored("no_type")
    if kind in _UNANSWERED:
        return Ignored(_UNANSWERED[kind])
    body = _dict(message.get(kind))
    if kind == "interactive":
        return _press(body)
    if kind == "button":
        return _template_button(body)
    # A caption is a text: who writes one below a picture asks something.
    text = _clean(body.get("body")) or _clean(body.get("caption"))
    if text:
        return _Content(Kind.TEXT, text)
    return Ignored("edited_without_text") if edited else _Content(_KINDS.get(kind, Kind.OTHER))


def _press(body: _Json) -> _Content | Ignored:
    for name in _PRESSES:
        pressed = _dict(body.get(name))
        choice = _clean(pressed.get("id"))
        if choice:
            return _Content(Kind.CHOICE, _clean(pressed.get("title")), choice)
    if body.get("type") in _FORMS:
        return Ignored("form")
    return _Content(Kind.OTHER)  # Meta could not tell us what it was


def _template_button(body: _Json) -> _Content:
    """Return the choice that a template's button stands for; one that only repeats its text says that text."""
    text, payload = _clean(body.get("text")), _clean(body.get("payload"))
    if payload and payload != text:
        return _Content(Kind.CHOICE, text, payload)
    return _Content(Kind.TEXT, text) if text else _Content(Kind.OTHER)


def _own_phone(message: _Json, kind: Kind, sender: Identity) -> str | None:
    """Return the sender's own number, which WhatsApp vouches for; with a contact card only if it is their own card."""
    phone = sender.whatsapp_phone
    if phone is None:
        return None
    if kind is Kind.CONTACT:
        cards = [card for each in _dicts(message.get("contacts")) for card in _dicts(each.get("phones"))]
        if [card.get("wa_id") for card in cards] != [phone]:
            return None
    return f"+{phone}"


# What people want


def _preference(told: _Json, contacts: list[_Json]) -> NoAnnouncements | Ignored:
    """Return who wants no announcements any more. That somebody wants them again is theirs to tell us: to WhatsApp they
    did not agree to what we keep for it.
    """
    if told.get("category") != "marketing_messages" or told.get("value") != "stop":
        return Ignored("preference")
    sender = _sender({"from": told.get("wa_id"), "from_user_id": told.get("user_id")}, contacts)
    return Ignored("no_sender") if sender is None else NoAnnouncements(sender)


# Names that change


def _system(message: _Json, message_id: str, reading: _Reading) -> Renaming | Ignored:
    system = _dict(message.get("system"))
    kind, body = system.get("type"), system.get("body")
    told = _USER_ID_CHANGE.search(body) if isinstance(body, str) else None
    phone = _matching(_PHONE, system.get("wa_id")) or _matching(_PHONE, system.get("new_wa_id"))
    user_id = _matching(_USER_ID, system.get("user_id")) or (told and told[2])
    before = _matching(_USER_ID, system.get("previous_user_id")) or (told and told[1])
    if before is None and (sent_by := _matching(_USER_ID, message.get("from_user_id"))) != user_id:
        before = sent_by
    former = Identity(whatsapp_user_id=before, whatsapp_phone=_matching(_PHONE, message.get("from")) or phone)
    present = Identity(whatsapp_user_id=user_id, whatsapp_phone=phone)
    is_change = isinstance(kind, str) and "_changed_" in kind and "identity" not in kind
    if not is_change or not former.known() or not present.known():
        return Ignored("system")
    return Renaming(CHANNEL, message_id, former, present, _time(message, reading.at))


# Our own messages


def _status(status: _Json, reading: _Reading) -> StatusUpdate | Ignored:
    message_id, given = _matching(_MESSAGE_ID, status.get("id")), status.get("status")
    state = _STATES.get(given) if isinstance(given, str) else None
    if message_id is None or state is None:
        return Ignored("other_status")
    marked = _MARK.fullmatch(_clean(status.get("biz_opaque_callback_data")))
    codes = [error.get("code") for error in _dicts(status.get("errors"))]
    code = next((code for code in codes if isinstance(code, int) and not isinstance(code, bool)), 0)
    return StatusUpdate(
        message_id,
        state,
        _time(status, reading.at),
        None if marked is None else (int(marked[1]), int(marked[2])),
        code if state == "failed" else None,
    )


# JSON that may be anything


def _dict(value: object) -> _Json:
    return value if isinstance(value, dict) else {}


def _dicts(value: object) -> list[_Json]:
    return [each for each in value if isinstance(each, dict)] if isinstance(value, list) else []


def _clean(value: object) -> str:
    return messages.clean(value) if isinstance(value, str) else ""


def _matching(pattern: re.Pattern[str], value: object) -> str | None:
    return value if isinstance(value, str) and pattern.fullmatch(value) else None


def _time(told: _Json, otherwise: datetime) -> datetime:
    """Return when it happened, in whole seconds as Meta tells it."""
    given = told.get("timestamp")
    if isinstance(given, str) and re.fullmatch(r"[0-9]{1,12}", given):
        given = int(given)
    if not isinstance(given, int) or not 0 < given < _LATEST:
        return otherwise
    return datetime.fromtimestamp(given, UTC)
