"""Reads the time at which an announcement is to be sent, as officers type it, in Jakarta's time."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, timedelta
from typing import Literal

from faq import view

Said = datetime | Literal["now", "past"] | None

_NOW = re.compile(r"(?:sekarang|langsung|segera|now|at once|right away)")
_NEAR = {"hari ini": 0, "nanti": 0, "today": 0, "besok": 1, "esok": 1, "tomorrow": 1, "lusa": 2}
_MONTHS = (
    "jan feb mar apr mei jun jul agu sep okt nov des",
    "jan feb mar apr may jun jul aug sep oct nov dec",
)
_DAYS = ("senin selasa rabu kamis jumat sabtu minggu", "monday tuesday wednesday thursday friday saturday sunday")
_NAMED = re.compile(r"\b(\d{1,2})\s+([a-z]{3,9})(?:\s+(\d{4}))?\b")
_NUMBERED = re.compile(r"\b(\d{1,2})[/-](\d{1,2})[/-](\d{4})\b")
_ISO = re.compile(r"\b(\d{4})-(\d{2})-(\d{2})\b")
_CLOCK = re.compile(r"(?:\b(?:jam|pukul|pk|at)\s*)?\b(\d{1,2})[.:](\d{2})\b")
_HOUR = re.compile(r"\b(?:jam|pukul|pk|at)\s*(\d{1,2})\b|\b(\d{1,2})(?=\s*(?:am|pm|pagi|siang|sore|malam)\b)")
_PART = re.compile(r"\b(pagi|siang|sore|malam|am|pm)\b")
_MIDDAY, _NOON, _EVENING = 10, 12, 6  # "jam 10 siang" is before noon; from six on an hour is "malam"
_AHEAD = re.compile(r"\b(?:minggu|pekan|bulan|tahun) depan\b|\bnext (?:week|month|year)\b")
_FILLING = re.compile(r"\b(?:pada|hari|tanggal|tgl|jam|pukul|wib|on|at|the|jakarta time|depan)\b|[,.]")


def read(text: str, now: datetime) -> Said:
    """Return the moment a text names: "now", "past" for one that is over, None for what is not clear.

    A day without a year is the next one of that name; a time without a day is none.
    """
    said = " ".join(text.casefold().replace("jum'at", "jumat").split())
    if _NOW.fullmatch(said.strip(" .!")):
        return "now"
    if _AHEAD.search(said):  # a week from now, or Sunday?
        return None
    today = view.jakarta_day(now)
    day, rest = _day(said, today)
    hour, minute, rest = _time(rest)
    if day is None or hour is None or _FILLING.sub(" ", rest).strip():
        return None
    try:
        local = datetime(day.year, day.month, day.day, hour, minute, tzinfo=view.JAKARTA)
        at = local.astimezone(UTC)
    except (ValueError, OverflowError):
        return None
    return at if at > now else "past"


def _day(said: str, today: date) -> tuple[date | None, str]:
    """Return the day a text names, and the text without it."""
    for words, distance in _NEAR.items():
        if re.search(rf"\b{words}\b", said):
            return today + timedelta(days=distance), re.sub(rf"\b{words}\b", " ", said, count=1)
    for pattern, order in ((_ISO, (1, 2, 3)), (_NUMBERED, (3, 2, 1))):
        match = pattern.search(said)
        if match is not None:
            year, month_number, number = (int(match[place]) for place in order)
            return _date(year, month_number, number), _without(said, match)
    match = _NAMED.search(said)
    month = None if match is None else _place(match[2], _MONTHS)
    if match is not None and month is not None:
        return _dated(int(match[1]), month + 1, match[3], today), _without(said, match)
    for word in said.split():
        weekday = _place(word.strip(",."), _DAYS, whole=True)
        if weekday is not None:
            ahead = (weekday - today.weekday() - 1) % 7 + 1
            return today + timedelta(days=ahead), said.replace(word, " ", 1)
    return None, said


def _dated(number: int, month: int, year: str | None, today: date) -> date | None:
    if year is not None:
        return _date(int(year), month, number)
    found = _date(today.year, month, number)
    return found if found is None or found >= today else _date(today.year + 1, month, number)


def _time(said: str) -> tuple[int | None, int, str]:
    """Return the hour and minute a text names, and the text without them."""
    match = _CLOCK.search(said)
    if match is not None:
        hour, minute, rest = int(match[1]), int(match[2]), _without(said, match)
    else:
        match = _HOUR.search(said)
        if match is None:
            return None, 0, said
        hour, minute, rest = int(match[1] or match[2]), 0, _without(said, match)
    part = _PART.search(rest)
    if part is None:
        return hour, minute, rest
    return _of_day(hour, part[1]), minute, _without(rest, part)


def _of_day(hour: int, part: str) -> int | None:
    """Return the hour that is meant by one with a part of the day; None for one that may be of the day after.

    "Jam 2 malam" is after midnight, and so is "jam 12 malam": of which day is not said.
    """
    if part == "malam" and (hour < _EVENING or hour == _NOON):
        return None
    if part == "am":
        return hour % _NOON if hour <= _NOON else hour
    late = part in {"sore", "malam", "pm"} or (part == "siang" and hour < _MIDDAY)
    return hour + _NOON if late and hour < _NOON else hour


def _place(word: str, names: tuple[str, ...], *, whole: bool = False) -> int | None:
    """Return the place of the name that a word is, or begins with."""
    for listed in names:
        for place, name in enumerate(listed.split()):
            if word == name or (not whole and word.startswith(name)):
                return place
    return None


def _date(year: int, month: int, number: int) -> date | None:
    try:
        return date(year, month, number)
    except ValueError:
        return None


def _without(said: str, match: re.Match[str]) -> str:
    return f"{said[: match.start()]} {said[match.end() :]}"
