"""Days and times as people read them, in Jakarta's time."""

from __future__ import annotations

from datetime import date, datetime

from faq import view
from handlers.wording import Language, Wording


def day(at: datetime, language: Language, wording: Wording) -> str:
    """Return "25 November 2026"."""
    return of(view.jakarta_day(at), language, wording)


def of(found: date, language: Language, wording: Wording) -> str:
    """Return a day of the calendar in the same words."""
    month = wording.say("dates.months", language).split()[found.month - 1]
    return f"{found.day} {month} {found.year}"


def moment(at: datetime, language: Language, wording: Wording) -> str:
    """Return "25 November 2026 pukul 10.02 WIB"."""
    local = at.astimezone(view.JAKARTA)
    return wording.say(
        "dates.moment", language, day=day(at, language, wording), hour=f"{local.hour:02}", minute=f"{local.minute:02}"
    )
