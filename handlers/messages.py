"""The words all channels share: what a person sent, and what we answer."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Final

from storage.contacts import Identity

# The id of the choice that shares the person's own phone number; what comes back is a contact. Channels where nobody
# can share one leave it out.
SHARE_PHONE: Final = "share_phone"

# Control characters have no meaning in a chat, and neither database takes NUL in a text.
_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f]")


class Kind(StrEnum):
    """What a message is, as far as deciding needs it."""

    TEXT = "text"
    CHOICE = "choice"
    VOICE = "voice"
    IMAGE = "image"
    DOCUMENT = "document"
    STICKER = "sticker"
    LOCATION = "location"
    CONTACT = "contact"
    OTHER = "other"
    BLOCKED = "blocked"  # the person closed the door: nothing may be sent any more
    UNBLOCKED = "unblocked"


@dataclass(frozen=True, slots=True)
class Attachment:
    """A file that goes with a message; `description` says what it shows to those who can't see it.

    An `illustration` is a picture that only shows what the reply's text says, so that a channel may leave it out.
    """

    filename: str
    media_type: str
    content: bytes = field(repr=False)
    description: str
    illustration: bool = False


class Unfetched(StrEnum):
    """Why we do not have a file that was sent to us, and should."""

    TOO_LARGE = "too_large"
    FAILED = "failed"  # the platform did not hand it out; sent once more, it may


@dataclass(frozen=True, slots=True)
class Inbound:
    """One message from a person.

    `message_id` is unique within the channel for ever: the same one again does nothing.
    `choice` is the id of the pressed button; `at` is when we received it, aware and in UTC.
    `language_hint` is what the platform says of the person's language ("id", "en-GB"), if anything.
    `phone` is the sender's own number where the platform vouches for it; with `can_share_phone` they can be asked to
    share it there. `attachment` is a photo or document that came with it, of members of staff only: nobody else's is
    fetched; `unfetched` says why theirs is not here. `written_at` is when they wrote it, where the platform counts from
    then on how long we may write to them freely.
    """

    channel: str
    message_id: str
    sender: Identity
    at: datetime
    kind: Kind = Kind.TEXT
    text: str = ""
    choice: str | None = None
    language_hint: str | None = None
    phone: str | None = field(default=None, repr=False)
    can_share_phone: bool = False
    attachment: Attachment | None = None
    unfetched: Unfetched | None = None
    written_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Choice:
    """One button: the id that comes back when it is pressed, and its title."""

    id: str
    title: str


@dataclass(frozen=True, slots=True)
class Reply:
    """What we say, in no channel's format. `*bold*` is the only emphasis in `text`.

    A `secret` one is not kept once it was sent. A `fitted` one is a message of its channel already.
    """

    text: str
    choices: tuple[Choice, ...] = ()
    attachments: tuple[Attachment, ...] = ()
    secret: bool = False
    fitted: bool = False


def clean(text: str) -> str:
    """Return the text without control characters and broken surrogates, stripped."""
    encodable = text.encode("utf-8", "replace").decode("utf-8")
    return _CONTROL.sub(" ", encodable.replace("\r\n", "\n")).strip()
