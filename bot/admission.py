"""Decides how a message may go now on a channel that has a window: as it is, as a template, or not at all."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Final

from bot.channels.base import Channel, Windowed
from storage import admitting, windows
from storage.database import Transaction
from storage.deliveries import WINDOW_CLOSED
from storage.outbox import FROM_OFFICER, Claim, Lease
from storage.proposals import links
from storage.windows import Standing, Template

# Meta's clock and ours may differ, and a request takes its time.
MARGIN: Final = timedelta(minutes=5)

NOBODY: Final = Standing(None, None)  # somebody who was forgotten just now

# Kinds of templates.
ANNOUNCEMENT, DEADLINE, CORRECTION, WITHDRAWAL = "announcement", "deadline", "correction", "withdrawal"
STATUS, OFFICER, MESSAGE = "status", "officer", "message"
KINDS: Final = (ANNOUNCEMENT, DEADLINE, CORRECTION, WITHDRAWAL, STATUS, OFFICER, MESSAGE)


@dataclass(frozen=True, slots=True)
class Permit:
    """How a message may go: as it is, as a `template`, or not, for this `reason`."""

    template: Template | None = None
    reason: str | None = None


class Admission:
    """The decisions for one channel. Within a transaction, so that what is decided is written down with the intent."""

    def __init__(self, channel: Channel) -> None:
        self._windowed = channel if isinstance(channel, Windowed) else None

    @property
    def has_window(self) -> bool:
        """Tell whether there is anything to decide on this channel."""
        return self._windowed is not None

    async def admit(self, tx: Transaction, claims: Sequence[Claim], lease: Lease) -> list[Claim]:
        """Return those that may go, each as what; the others are given up."""
        if self._windowed is None or not claims:
            return list(claims)
        known = await windows.standing(tx, [claim.person_id for claim in claims])
        permits = {
            claim.id: self._permit(self._windowed, claim, known.get(claim.person_id, NOBODY), lease.now)
            for claim in claims
        }
        await admitting.skip(tx, {key: each.reason for key, each in permits.items() if each.reason is not None}, lease)
        admitted = [claim for claim in claims if permits[claim.id].reason is None]
        return [replace(claim, template=permits[claim.id].template) for claim in admitted]

    async def note(self, tx: Transaction, claims: Sequence[Claim]) -> None:
        """Write down as what these go, after the intents."""
        await admitting.go_as(tx, {claim.id: claim.template.kind for claim in claims if claim.template is not None})

    @staticmethod
    def _permit(channel: Windowed, claim: Claim, person: Standing, now: datetime) -> Permit:
        if person.wrote_at is not None and now < person.wrote_at + channel.window - MARGIN:
            return Permit()
        template = Template(kind(claim), "en" if (claim.language or person.language) == "en" else "id")
        return Permit(template) if channel.has_template(template) else Permit(reason=WINDOW_CLOSED)


def kind(claim: Claim) -> str:
    """Return of which kind a message is, for the template that it goes as."""
    if claim.broadcast is not None:
        return kind_of(claim.broadcast.kind, claim.broadcast.topic)
    topic = claim.topic or ""
    if topic.startswith(links.TOPIC):
        return STATUS
    return OFFICER if topic == FROM_OFFICER else MESSAGE


def kind_of(broadcast_kind: str, topic: str) -> str:
    """Return the same of a broadcast."""
    return DEADLINE if (broadcast_kind, topic) == (ANNOUNCEMENT, "deadlines") else broadcast_kind
