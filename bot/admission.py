"""Decides how a message may go now on a channel that has a window: as it is, as a template, or not at all."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Final

from bot.channels.base import Channel, Windowed
from storage import admitting, openings, windows
from storage.broadcasts import spreading
from storage.database import Transaction
from storage.deliveries import WINDOW_CLOSED
from storage.openings import Cap
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

    def __init__(self, channel: Channel, people_a_day: int | None = None) -> None:
        """`people_a_day` is how many people we may write to first within 24 hours, where that is limited."""
        self._windowed = channel if isinstance(channel, Windowed) else None
        self._channel = channel.name
        self._cap = cap_of(channel, people_a_day)

    @property
    def has_window(self) -> bool:
        """Tell whether there is anything to decide on this channel."""
        return self._windowed is not None

    async def admit(self, tx: Transaction, claims: Sequence[Claim], lease: Lease) -> list[Claim]:
        """Return those that may go, each as what; the others are given up, or wait for room."""
        if self._windowed is None or not claims:
            return list(claims)
        known = await windows.standing(tx, [claim.person_id for claim in claims])
        permits = {
            claim.id: self._permit(self._windowed, claim, known.get(claim.person_id, NOBODY), lease.now)
            for claim in claims
        }
        await admitting.skip(tx, {key: each.reason for key, each in permits.items() if each.reason is not None}, lease)
        admitted = [claim for claim in claims if permits[claim.id].reason is None]
        going = [replace(claim, template=permits[claim.id].template) for claim in admitted]
        return await self._with_room(tx, going, lease.now)

    async def _with_room(self, tx: Transaction, claims: list[Claim], now: datetime) -> list[Claim]:
        """Return those for whom there is room; the others wait. News for one person have more of it than broadcasts."""
        first = [claim for claim in claims if claim.template is not None]
        if self._cap is None or not first:
            return claims
        await openings.hold(tx, self._channel, now)
        direct = [claim.person_id for claim in first if claim.broadcast is None]
        bulk = [claim.person_id for claim in first if claim.broadcast is not None]
        given = await openings.take(tx, direct, self._cap.people, now)
        given |= await openings.take(tx, bulk, self._cap.bulk, now)
        without = [claim for claim in first if claim.person_id not in given]
        if without:
            await spreading.put_off(tx, self._channel, without, self._cap, now)
        return [claim for claim in claims if claim.template is None or claim.person_id in given]

    async def note(self, tx: Transaction, claims: Sequence[Claim]) -> None:
        """Write down as what these go, after the intents."""
        await admitting.go_as(tx, {claim.id: claim.template.kind for claim in claims if claim.template is not None})

    @staticmethod
    def _permit(channel: Windowed, claim: Claim, person: Standing, now: datetime) -> Permit:
        if person.wrote_at is not None and now < person.wrote_at + channel.window - MARGIN:
            return Permit()
        template = Template(kind(claim), "en" if (claim.language or person.language) == "en" else "id")
        return Permit(template) if channel.has_template(template) else Permit(reason=WINDOW_CLOSED)


def cap_of(channel: Channel, people_a_day: int | None) -> Cap | None:
    """Return the limit of a channel, if it has one."""
    if not people_a_day or not isinstance(channel, Windowed):
        return None
    return Cap(people_a_day, channel.window - MARGIN)


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
