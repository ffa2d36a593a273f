"""Makes the dates of an edition into a file for people's calendars (RFC 5545), and offers it. Pure: no I/O."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from faq import view
from faq.edition import Basis, Edition
from faq.library import Library
from handlers.deadlines import DAYS_BEFORE
from handlers.messages import Attachment, Choice, Reply
from handlers.turn import Outcome, Turn
from handlers.wording import Language, Wording

if TYPE_CHECKING:
    from icalendar import Event

BUTTON = "ics"
MEDIA_TYPE = "text/calendar"

_PAST = f"{BUTTON}:"  # then the year of an edition whose dates are asked for although they are over
_HOUR = dt.timedelta(hours=9)  # of a reminder, in the morning of its day
_DEADLINES = ("closes",)


@dataclass(frozen=True, slots=True)
class Entry:
    """A day of an edition. `key` names what it is, in the file's ids too: a date that moves stays the same entry."""

    key: str
    day: dt.date
    basis: Basis
    place: str | None = None


def entries(edition: Edition, language: Language) -> list[Entry]:
    """Return the days of an edition, in their order."""
    return sorted(_entries(edition, language), key=lambda each: (each.day, each.key))


def _entries(edition: Edition, language: Language) -> Iterator[Entry]:
    disputed = len({each.date for each in edition.opens}) > 1
    for number, opens in enumerate(edition.opens, start=1):
        yield Entry(f"opens_disputed-{number}" if disputed else "opens", opens.date, opens.basis)
    for key, dated in (("closes", edition.closes), ("announced", edition.announced), ("results", edition.results)):
        if dated is not None:
            yield Entry(key, dated.date, dated.basis)
    ceremony = edition.ceremony
    if ceremony is not None and ceremony.date is not None:
        place = None if ceremony.place is None else ceremony.place[language]
        yield Entry("ceremony", ceremony.date, ceremony.basis, place)


def coming(editions: Sequence[Edition], language: Language, today: dt.date) -> tuple[Edition, list[Entry]] | None:
    """Return the current edition and its days from today on; None where none is known."""
    edition = view.current(editions, today)
    ahead = [] if edition is None else [each for each in entries(edition, language) if each.day >= today]
    return None if edition is None or not ahead else (edition, ahead)


class Calendars:
    """The topic."""

    def __init__(self, library: Library, wording: Wording) -> None:
        self._library = library
        self._wording = wording

    def offered(self, language: Language, now: dt.datetime) -> tuple[Choice, ...]:
        """Return the button, where there is a date to come."""
        if coming(self._library.editions, language, view.jakarta_day(now)) is None:
            return ()
        return (Choice(BUTTON, self._wording.say("calendar.button", language)),)

    def press(self, choice_id: str, turn: Turn) -> Outcome | None:
        """Take a pressed button of the topic; None for one that is no longer valid."""
        language, today = turn.language, view.jakarta_day(turn.message.at)
        if choice_id == BUTTON:
            found = coming(self._library.editions, language, today)
            return self._none(turn, today) if found is None else self._given("here", *found, turn)
        for edition in self._library.editions:
            if choice_id == f"{_PAST}{edition.year}" and edition.dates:
                return self._given("past", edition, entries(edition, language), turn)
        return None

    def _given(self, key: str, edition: Edition, found: Sequence[Entry], turn: Turn) -> Outcome:
        values: dict[str, str | int] = {"edition": edition.year, "count": len(found)}
        if key == "here":
            has_alarms = any(each.key in _DEADLINES for each in found)
            alarms = f" {self._wording.say('calendar.alarms', turn.language)}" if has_alarms else ""
            values |= {"site": self._library.site, "alarms": alarms}
        text = self._wording.say(f"calendar.{key}", turn.language, **values)
        file = self._file(edition, found, turn.language, turn.message.at)
        return Outcome(turn.person, turn.conversation, (Reply(text, self._menu(turn), (file,)),))

    def _none(self, turn: Turn, today: dt.date) -> Outcome:
        text = self._wording.say("calendar.none", turn.language, site=self._library.site)
        past = view.last(self._library.editions, today)
        title = "" if past is None else self._wording.say("calendar.button_past", turn.language, edition=past.year)
        choices = () if past is None or not past.dates else (Choice(f"{_PAST}{past.year}", title),)
        return Outcome(turn.person, turn.conversation, (Reply(text, (*choices, *self._menu(turn))),))

    def _menu(self, turn: Turn) -> tuple[Choice, ...]:
        return (Choice("menu", self._wording.say("menu.menu", turn.language)),)

    def _file(self, edition: Edition, found: Sequence[Entry], language: Language, now: dt.datetime) -> Attachment:
        from icalendar import Calendar  # noqa: PLC0415 - takes a fifth of a second, which only those who want a file wait

        made = Calendar.new(
            prodid="-//Asisten Upakarti//ID", language=language, uid=f"{edition.year}@upakarti-assistant"
        )
        for each in found:
            made.add_component(self._event(each, edition.year, language, now))
        name = self._wording.say("calendar.file", language, edition=edition.year)
        described = self._wording.say("calendar.described", language, edition=edition.year)
        return Attachment(name, MEDIA_TYPE, made.to_ical(), described)

    def _event(self, entry: Entry, year: int, language: Language, now: dt.datetime) -> Event:
        from icalendar import Alarm, Event  # noqa: PLC0415 - as below

        what = self._wording.say(f"calendar.{entry.key.partition('-')[0]}", language)
        summary = self._wording.say("calendar.summary", language, edition=year, what=what)
        about = self._wording.say(
            "calendar.about", language, edition=year, source=self._source(entry.basis), site=self._library.site
        )
        event = Event.new(
            uid=f"{year}-{entry.key}@upakarti-assistant",
            stamp=now,
            start=entry.day,
            end=entry.day + dt.timedelta(days=1),
            summary=summary,
            description=about,
            location=entry.place,
        )
        event.add("transp", "TRANSPARENT")  # the day is not taken by it
        for days in DAYS_BEFORE if entry.key in _DEADLINES else ():
            alarm = Alarm.new(description=summary)
            alarm.add("action", "DISPLAY")
            alarm.add("trigger", _HOUR - dt.timedelta(days=days))
            event.add_component(alarm)
        return event

    def _source(self, basis: Basis) -> str:
        """Return what a date rests on, as people know it."""
        if basis.fact is None:
            return basis.source or ""
        titles = [title for title, _ in self._library.facts[basis.fact].sources]
        return "; ".join(titles)
