"""What a channel is to the rest: its limits, one verb, and the ways a send can end badly."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import Protocol, runtime_checkable

from handlers.messages import Reply
from storage.contacts import Identity
from storage.windows import Template


@dataclass(frozen=True, slots=True)
class Limits:
    """What one message of a channel can carry. Texts are counted in UTF-16 units, as Telegram counts;
    for other channels that errs on the safe side. `buttons` is 0 where choices become numbered text. `pictures` tells
    whether people see pictures there, `shares_phone` whether they can share their own phone number.

    Where a channel also has lists, more choices than buttons (or with longer titles) become the rows of one: at most
    `rows`, each of at most `row_title` units. Where files cannot have either (`choices_on_files`),
    `choices_text` is the longest text of a message that has them; with `buttons_on_file` such a message may begin with
    one file all the same, if it has buttons and no list.
    """

    text: int
    caption: int
    buttons: int
    button_title: int
    choice_id_bytes: int
    pictures: bool
    shares_phone: bool
    rows: int = 0
    row_title: int = 0
    choices_on_files: bool = True
    choices_text: int = 0
    buttons_on_file: bool = False


@dataclass(frozen=True, slots=True)
class Outgoing:
    """One message to one person, fitted to the channel's limits. `id` is its outbox row, `attempt` counts from 1.

    With a `template` it goes as that, and says only how its text begins; the button below asks for all of it.
    """

    id: int
    person_id: int
    address: Identity
    reply: Reply
    attempt: int = 1
    template: Template | None = None


class Channel(Protocol):
    """One way to people."""

    name: str
    limits: Limits

    async def send(self, outgoing: Outgoing) -> str | None:
        """Send one message and return the platform's id of it, if it has one.

        Raises one of the errors below and no other; anything else counts as unsure.
        """


@runtime_checkable
class Editable(Protocol):
    """A channel on which what was sent can be changed. The same change made twice is one; errors as for `send`."""

    async def edit(self, outgoing: Outgoing, message_id: str) -> None:
        """Let the message that the platform calls so say this text, with these buttons."""

    async def withdraw(self, outgoing: Outgoing, message_id: str) -> None:
        """Delete the message that the platform calls so."""


@runtime_checkable
class Windowed(Protocol):
    """A channel on which everything may be sent only for a `window` after the person's last message, and else templates
    that the platform approved.
    """

    window: timedelta

    def has_template(self, template: Template) -> bool:
        """Tell whether messages of this kind can go as a template."""

    def shown_as(self, template: Template, reply: Reply) -> str:
        """Return what people read of a message that goes as this template, which there is, its button included."""


class SendError(Exception):
    """Did not send. `reason` is one machine word, without personal data; `alarm` one that staff should hear of."""

    def __init__(self, reason: str, *, alarm: str | None = None) -> None:
        super().__init__(reason)
        self.reason = reason
        self.alarm = alarm


class TryLaterError(SendError):
    """Surely not sent; may be tried again, not before `retry_after` when the platform said so."""

    def __init__(self, reason: str, retry_after: timedelta | None = None, *, alarm: str | None = None) -> None:
        super().__init__(reason, alarm=alarm)
        self.retry_after = retry_after


class PairLimitError(TryLaterError):
    """Surely not sent: too many messages to this one person. Nobody else has to wait."""


class ThroughputError(TryLaterError):
    """Surely not sent: all our messages together are too many. Everything to the platform waits a moment."""


class AccountError(TryLaterError):
    """Surely not sent: the platform takes nothing from us until people put it right, so that nothing else is tried."""


class RefusedError(SendError):
    """Surely not sent, and the same message never will be."""


class NoAnnouncementsError(RefusedError):
    """Surely not sent: the person told the platform that they want no announcements of ours. Answers still arrive."""


class OptedOutError(SendError):
    """Surely not sent: the person blocked us or is gone. Nothing may be sent to them again."""


class WindowClosedError(SendError):
    """Surely not sent: the platform allows free text only within a time after the person's last message."""


class SpamLimitedError(SendError):
    """Surely not sent: the platform holds us back since too many people complained. Trying again makes it worse."""


class UnsureError(SendError):
    """The request left and its answer was lost: the message may or may not have arrived."""
