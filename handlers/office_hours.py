"""When the office is open: days of the week and times in Jakarta. Of holidays it knows nothing."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from typing import Final

from faq import view
from handlers.wording import Language, Wording

DEFAULT: Final = "Mon-Fri 08:00-16:00"
_DAYS: Final = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_SPAN = re.compile(r"([a-z]{3})(?:\s*-\s*([a-z]{3}))?\s+(\d{1,2}:\d{2})\s*-\s*(\d{1,2}:\d{2})", re.IGNORECASE)


class OfficeHoursError(ValueError):
    """The text says no office hours; the message says why, as the end of a sentence."""


@dataclass(frozen=True, slots=True)
class Span:
    """Days of the week (Monday is 0), first and last, on which the office is open from one time to the other."""

    first: int
    last: int
    opens: time
    closes: time

    def holds(self, day: int) -> bool:
        return self.first <= day <= self.last if self.first <= self.last else not self.last < day < self.first


@dataclass(frozen=True, slots=True)
class OfficeHours:
    """All spans of a week."""

    spans: tuple[Span, ...]

    def is_open(self, now: datetime) -> bool:
        """Tell whether the office is open by its hours; it may be a holiday."""
        local = now.astimezone(view.JAKARTA)
        return any(
            span.holds(local.weekday()) and span.opens <= local.timetz().replace(tzinfo=None) < span.closes
            for span in self.spans
        )

    def next_opening(self, now: datetime) -> datetime:
        """Return when the office opens next after now."""
        local = now.astimezone(view.JAKARTA)
        days = [local.date() + timedelta(days=after) for after in range(8)]
        openings = [
            datetime.combine(day, span.opens, view.JAKARTA)
            for day in days
            for span in self.spans
            if span.holds(day.weekday())
        ]
        return min(each for each in openings if each > now)

    def told(self, language: Language, wording: Wording) -> str:
        """Return the hours as people read them."""
        names = wording.say("dates.weekdays", language).split()
        return "; ".join(
            wording.say(
                "dates.span" if span.first != span.last else "dates.span_of_day",
                language,
                first=names[span.first],
                last=names[span.last],
                opens=f"{span.opens:%H.%M}" if language == "id" else f"{span.opens:%H:%M}",
                closes=f"{span.closes:%H.%M}" if language == "id" else f"{span.closes:%H:%M}",
            )
            for span in self.spans
        )


def parse(text: str) -> OfficeHours:
    """Return the hours that a text such as "Mon-Thu 08:00-16:00, Fri 08:00-16:30" says; raises OfficeHoursError."""
    return OfficeHours(tuple(_span(part.strip()) for part in text.split(",")))


def _span(text: str) -> Span:
    found = _SPAN.fullmatch(text)
    if found is None:
        raise OfficeHoursError(f"must be hours like {DEFAULT}, several with commas between")
    first, last, opens, closes = found.groups()
    span = Span(_day(first), _day(last or first), _time(opens), _time(closes))
    if span.opens >= span.closes:
        raise OfficeHoursError("must open before it closes, on the same day")
    return span


def _day(name: str) -> int:
    if name.lower() not in _DAYS:
        raise OfficeHoursError("must name days as Mon, Tue, Wed, Thu, Fri, Sat and Sun")
    return _DAYS.index(name.lower())


def _time(text: str) -> time:
    hour, minute = text.split(":")
    try:
        return time(int(hour), int(minute))
    except ValueError:
        raise OfficeHoursError("must have times from 00:00 to 23:59") from None
