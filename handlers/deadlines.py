"""The deadlines of editions that a nominee has to meet, and when people are reminded of them. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from faq import view
from faq.edition import Edition
from handlers import dates
from handlers.wording import LANGUAGES, Language, Wording

DAYS_BEFORE = (14, 3, 1)
_AT = time(9, 0)  # in Jakarta


@dataclass(frozen=True, slots=True)
class Deadline:
    """The last day for something; `name` is that of its phrases in phrases/reminders.toml."""

    edition: int
    name: str
    day: date

    def text(self, language: Language, wording: Wording, site: str) -> str:
        """Return what people are reminded with; it is true on any day before the deadline."""
        day = dates.of(self.day, language, wording)
        return wording.say(f"reminders.{self.name}", language, edition=self.edition, day=day, site=site)

    def texts(self, wording: Wording, site: str) -> dict[str, str]:
        """Return the same in all languages."""
        return {language: self.text(language, wording, site) for language in LANGUAGES}


@dataclass(frozen=True, slots=True)
class Reminder:
    """A reminder so many days before a deadline."""

    deadline: Deadline
    days: int

    @property
    def key(self) -> str:
        """The name by which it is known: "2026:registration:14"."""
        return f"{self.deadline.edition}:{self.deadline.name}:{self.days}"

    @property
    def starts_at(self) -> datetime:
        """When it is sent."""
        return datetime.combine(self.deadline.day - timedelta(days=self.days), _AT, view.JAKARTA)


def of(edition: Edition) -> tuple[Deadline, ...]:
    """Return the deadlines of an edition that are known, and no other."""
    return (Deadline(edition.year, "registration", edition.closes.date),) if edition.closes else ()


def reminders(editions: Sequence[Edition]) -> list[Reminder]:
    """Return all reminders of these editions, past or not, in the order in which they are due."""
    found = [Reminder(deadline, days) for edition in editions for deadline in of(edition) for days in DAYS_BEFORE]
    return sorted(found, key=lambda each: (each.starts_at, each.key))
