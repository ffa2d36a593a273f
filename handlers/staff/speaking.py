"""How the topics of announcements speak: their phrases, buttons and answers."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from faq import view
from handlers import dates
from handlers.messages import Choice, Reply
from handlers.staff import sheet
from handlers.staff.outlets import Outlets
from handlers.staff.sheet import Sheet
from handlers.staff.state import Composing
from handlers.turn import Notice, Outcome, Turn
from handlers.wording import Language, Wording
from storage import audit
from storage.audit import Act
from storage.broadcasts.spreading import Spread
from storage.database import Transaction
from storage.office import staff
from storage.office.staff import Colleague

PREFIX = "news:"
DAYS_SHOWN = 5  # of an announcement that goes over more, the first ones and the last


@dataclass(frozen=True, slots=True)
class Speaker:
    """What the topics share."""

    wording: Wording
    outlets: Outlets

    def say(self, key: str, language: Language, **values: str | int) -> str:
        """Return a phrase of announcements."""
        return self.wording.say(f"news.{key}", language, **values)

    def button(self, verb: str, language: Language, *of: str | int, title: str | None = None) -> Choice:
        """Return the button that does this to that announcement."""
        name = ":".join(map(str, (verb, *of)))
        return Choice(f"{PREFIX}{name}", self.say(f"button_{title or verb}", language))

    def moment(self, at: datetime, language: Language) -> str:
        """Return "Kamis, 26 November 2026 pukul 09.00 WIB"."""
        weekday = self.say("weekdays", language).split()[at.astimezone(view.JAKARTA).weekday()]
        return f"{weekday}, {dates.moment(at, language, self.wording)}"

    def lasting(self, period: timedelta, language: Language) -> str:
        """Return "sekitar 12 menit"."""
        minutes = -(-int(period.total_seconds()) // 60)
        if minutes <= 1:
            return self.say("lasts_moment", language)
        if minutes < 120:  # noqa: PLR2004 - minutes; above it hours are easier to grasp
            return self.say("lasts_minutes", language, count=minutes)
        return self.say("lasts_hours", language, count=-(-minutes // 60))

    def spread(self, spread: Spread, language: Language) -> str:
        """Return how an announcement goes where the people of a day are limited."""
        limit, free = spread.cap.people, spread.cap.people - spread.cap.bulk
        values = {"limit": limit, "free": free, "count": spread.outside}
        shown = {name: self.number(value, language) for name, value in values.items()}
        days = [
            self.say("spread_day", language, day=number, count=self.number(count, language))
            for number, count in enumerate(spread.days, start=1)
        ]
        if len(days) > DAYS_SHOWN:
            days[DAYS_SHOWN - 1 : -1] = ["…"]
        named = self.say(f"channel_{spread.channel}", language)
        return self.say("spread", language, channel=named, days=", ".join(days), **shown)

    def read(self, turn: Turn, broadcast_id: int) -> Callable[[Transaction], Awaitable[Sheet | None]]:
        """Return what reads the sheet of an announcement."""
        return lambda tx: sheet.read(tx, broadcast_id, self.outlets, turn.message.at)

    def number(self, count: int, language: Language) -> str:
        """Return "12.345", as people write it."""
        grouped = f"{count:,}"
        return grouped.replace(",", ".") if language == "id" else grouped


def answer(turn: Turn, *replies: Reply, waits: Composing | None = None, notices: Sequence[Notice] = ()) -> Outcome:
    """Return an outcome after which `waits` is waited for, and nothing else."""
    conversation = replace(turn.conversation, composing=waits)
    return Outcome(turn.person, conversation, replies, tuple(notices))


def language_of(colleague: Colleague) -> Language:
    """Return the language a colleague is spoken to in."""
    return "en" if colleague.language == "en" else "id"


def notices(colleague: Colleague, replies: Sequence[Reply]) -> list[Notice]:
    """Return what a colleague is told, message by message."""
    return [Notice(colleague.person_id, colleague.channel, reply) for reply in replies]


async def note(tx: Transaction, turn: Turn, verb: str, broadcast_id: int) -> None:
    """Write down what an officer did to an announcement."""
    by = staff.actor(turn.person.staff_id or 0)
    await audit.record(tx, Act(by, f"broadcast_{verb}", f"broadcast:{broadcast_id}", {}, turn.message.at))
