"""Says what an error of a channel means beyond the one message: for the person, for the line, for staff."""

from __future__ import annotations

from datetime import datetime, timedelta

from bot.channels.base import AccountError, NoAnnouncementsError, OptedOutError, SendError, SpamLimitedError
from storage.reactions import Reaction
from storage.rests import Rest

# Trying sooner makes it worse, and the platform looks at the complaints of days.
SPAM_REST = timedelta(hours=24)
ACCOUNT_REST = timedelta(minutes=5)


def reaction(error: SendError, now: datetime) -> Reaction:
    """Return what follows."""
    match error:
        case OptedOutError():
            return Reaction(door_closed=True, alarm=error.alarm)
        case NoAnnouncementsError():
            return Reaction(unsubscribed=True, alarm=error.alarm)
        case SpamLimitedError():
            return Reaction(rest=Rest("bulk", now + SPAM_REST), alarm=error.alarm)
        case AccountError():
            return Reaction(rest=Rest("all", now + (error.retry_after or ACCOUNT_REST)), alarm=error.alarm)
    return Reaction(alarm=error.alarm)
