"""Does what a platform's word about one message means beyond that message: for the person, for the line, for staff."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from storage import alarms, contacts, rests, subscriptions
from storage.database import Transaction
from storage.rests import Rest


@dataclass(frozen=True, slots=True)
class Reaction:
    """What to do: the person gets nothing more there (`door_closed`), or no announcements any more (`unsubscribed`);
    the line rests; staff hear of an alarm of that kind, at most once a day.
    """

    door_closed: bool = False
    unsubscribed: bool = False
    rest: Rest | None = None
    alarm: str | None = None


NOTHING = Reaction()


@dataclass(frozen=True, slots=True)
class Cause:
    """A reaction, and of which message: whom it was for and by which channel."""

    person_id: int
    channel: str
    reaction: Reaction


async def act(tx: Transaction, causes: Sequence[Cause], now: datetime) -> None:
    """Do all of these reactions."""
    for kind in sorted({cause.reaction.alarm for cause in causes if cause.reaction.alarm is not None}):
        await alarms.raise_daily(tx, kind, {None}, now)
    for cause in causes:
        if cause.reaction.door_closed:
            await contacts.close_door(tx, cause.person_id, cause.channel, now)
        if cause.reaction.unsubscribed:
            await subscriptions.unsubscribe(tx, cause.person_id, subscriptions.TOPICS, now)
    for channel, extent in sorted({(c.channel, c.reaction.rest.extent) for c in causes if c.reaction.rest}):
        ends = [c.reaction.rest for c in causes if c.channel == channel and c.reaction.rest]
        until = max(rest.until for rest in ends if rest.extent == extent)
        await rests.begin(tx, channel, Rest(extent, until))
