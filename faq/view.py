"""What an article may say of the editions on a given day: which one is current, and where its registration stands."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal
from zoneinfo import ZoneInfo

from faq.edition import Edition
from faq.language import Language

JAKARTA = ZoneInfo("Asia/Jakarta")

State = Literal["unknown", "not_yet", "open", "opened", "closed", "disputed"]


@dataclass(frozen=True, slots=True)
class Registration:
    """The registration of an edition on a day: "opened" where its end is not known.

    `days_left` is 0 on the closing day, which counts to its end."""

    state: State
    opens: tuple[dt.date, ...]
    closes: dt.date | None
    days_left: int | None
    days_to_open: int | None


@dataclass(frozen=True, slots=True)
class Ceremony:
    """Day and place of the ceremony, each None when not known."""

    date: dt.date | None
    place: str | None


@dataclass(frozen=True, slots=True)
class EditionView:
    """An edition as templates see it, in one language and on one day."""

    year: int
    registration: Registration
    announced: dt.date | None
    results: dt.date | None
    ceremony: Ceremony
    figures: Mapping[str, int]


def jakarta_day(now: dt.datetime) -> dt.date:
    """Return the day in Jakarta. `now` must be aware; a naive time raises ValueError."""
    if now.tzinfo is None:
        raise ValueError("now must be aware")
    return now.astimezone(JAKARTA).date()


def current(editions: Sequence[Edition], today: dt.date) -> Edition | None:
    """Return the newest edition of this year or later, or with a day still to come; None when there is none."""
    alive = [known for known in editions if known.year >= today.year or any(day >= today for day in known.dates)]
    return max(alive, key=lambda known: known.year, default=None)


def last(editions: Sequence[Edition], today: dt.date) -> Edition | None:
    """Return the newest edition that is history: not the current one, and of no coming year."""
    present = current(editions, today)
    past = [known for known in editions if known is not present and known.year <= today.year]
    return max(past, key=lambda known: known.year, default=None)


def look(edition: Edition, language: Language, today: dt.date) -> EditionView:
    """Return what a template may say of the edition."""
    ceremony = edition.ceremony
    return EditionView(
        year=edition.year,
        registration=_registration(edition, today),
        announced=edition.announced.date if edition.announced else None,
        results=edition.results.date if edition.results else None,
        ceremony=Ceremony(
            date=ceremony.date if ceremony else None,
            place=ceremony.place[language] if ceremony and ceremony.place else None,
        ),
        figures={name: figure.value for name, figure in edition.figures.items()},
    )


def _registration(edition: Edition, today: dt.date) -> Registration:
    opens = tuple(sorted({dated.date for dated in edition.opens}))
    closes = edition.closes.date if edition.closes else None
    return Registration(
        state=_state(opens, closes, edition.year, today),
        opens=opens,
        closes=closes,
        days_left=(closes - today).days if closes and today <= closes else None,
        days_to_open=(opens[0] - today).days if opens and today < opens[0] else None,
    )


def _state(opens: Sequence[dt.date], closes: dt.date | None, year: int, today: dt.date) -> State:
    if closes and today > closes:
        return "closed"
    if not opens:
        return "unknown"
    if today < opens[0]:
        return "not_yet"
    if today < opens[-1]:
        return "disputed"  # some sources say it has opened, others that it has not (F40)
    if closes is None:
        # It opened, and nobody told us of its end. Once its year is over, even that says nothing any more.
        return "opened" if today.year <= year else "unknown"
    return "open"
