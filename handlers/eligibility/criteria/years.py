"""For how many full years have they fostered IKM? The edition sets the least number (F25)."""

from __future__ import annotations

import math
import re
from dataclasses import replace

from handlers.eligibility.criteria.fosters import may
from handlers.eligibility.criterion import (
    BOTH,
    UNSURE,
    Answer,
    Answers,
    Criterion,
    Outcome,
    Reading,
    Rule,
    given,
    whole_number,
)
from handlers.eligibility.limits import Limits
from handlers.eligibility.reading import numbers, words
from handlers.eligibility.reading.numbers import Number

_YEARS = {"tahun", "thn", "th", "taun", "tahunan", "years", "year", "yrs", "yr", "y"}
_SHORTER = {"bulan": 12, "bln": 12, "months": 12, "month": 12, "minggu": 52, "weeks": 52, "week": 52, "hari": 365}
_THINGS = {"ikm", "umkm", "ukm", "pengrajin", "perajin", "usaha", "orang", "binaan", "people"}
_BEGAN = re.compile(
    r"\b(?:baru (?:mulai|saja|aja|banget|jalan)|(?:belum|kurang dari|blm) (?:se|1 )tahun|just (?:started|begun)"
    r"|brand new|less than a year)\b"
)
_A_YEAR = re.compile(r"\b(?:setahun|(?<!half )a year)\b")
# Somebody's age; and "my 5th year", of which four are over.
_AGE = re.compile(r"\b(?:umur|usia|berumur|berusia|masih|aged?|years old)\b|\d+(?:st|nd|rd|th) year\b")
_SINCE = {"sejak", "dari", "since", "mulai", "from"}
_RUNNING = {"jalan", "masuk", "memasuki"}  # "jalan 5 tahun": four are full
_FIRST_YEAR = 1950  # a number from here on is the year they began in
_LONGEST = 100


def read(text: str, reading: Reading) -> Answer | None:
    """Return the full years; unsure where a range holds years that are judged differently."""
    simple = words.plain(text)
    if _BEGAN.search(simple):
        return 0
    found = _years(numbers.find(_A_YEAR.sub("1 tahun", simple)))
    if _AGE.search(simple) or (len(found) == 1 and _is_short_year(found[0])):
        return None
    if len(found) == 2 and _unit(found[0]) in _YEARS and _unit(found[1]) in _SHORTER:  # noqa: PLR2004
        found = [_joined(*found)]
    if len(found) == 1:
        low, high = _span(found[0], reading.year)
        if not 0 <= low <= _LONGEST:
            return None
        judged = {_class(low, reading.limits), _class(high, reading.limits)}
        sure = judged == {1} or (len(judged) == 1 and not words.is_unsure(text))
        return low if sure else UNSURE
    return UNSURE if not found and words.is_unsure(text) else None


def _years(found: list[Number]) -> list[Number]:
    """Return the numbers that may be meant: those with "tahun", else those with no other thing after them."""
    found = [number for number in found if not _recurs(number)]
    with_unit = [number for number in found if _unit(number) in {*_YEARS, *_SHORTER}]
    return with_unit or [number for number in found if _unit(number) not in _THINGS]


def _recurs(number: Number) -> bool:
    """Tell whether it says how often something happens: "tiap 3 tahun", "3 bulan sekali"."""
    return number.before[-1:] in (("tiap",), ("setiap",), ("every",)) or "sekali" in number.after[:2]


def _unit(number: Number) -> str:
    return number.after[0] if number.after else ""


def _joined(years: Number, rest: Number) -> Number:
    """Return "4 tahun 8 bulan" as one number of years."""
    more = _SHORTER[_unit(rest)]
    return replace(years, low=years.low + rest.low / more, high=years.high + rest.high / more)


def _is_short_year(number: Number) -> bool:
    """Tell whether it is a year like "98" in "sejak 98": which century, and whether a year at all, is unclear."""
    return number.before[-1:] != () and number.before[-1] in _SINCE and not number.after and number.low < _FIRST_YEAR


def _span(number: Number, this_year: int) -> tuple[int, int]:
    """Return the least and the most full years that the number can mean."""
    if _FIRST_YEAR <= number.low == number.high <= this_year:
        since = this_year - int(number.low)  # whose day is not known: this year's may be still to come
        return max(since - 1, 0), since
    if number.before[-1:] and number.before[-1] in _RUNNING:
        return math.floor(number.low) - 1, math.floor(min(number.high, _LONGEST)) - 1
    parts = _SHORTER.get(_unit(number), 1)
    return math.floor(number.low / parts), math.floor(min(number.high / parts, _LONGEST))


def _class(years: int, limits: Limits) -> int:
    """Return -1, 0 or 1 for too few, for one too few, and for enough."""
    return max(-1, min(1, years - limits.years + 1))


def enough(answers: Answers, limits: Limits) -> bool:
    """Tell whether the years reach the least number; as long as they are not told, they may."""
    years = answers.get("years", limits.years)
    return may(answers, limits) and isinstance(years, int) and years >= limits.years


def _too_few(answers: Answers, limits: Limits) -> bool:
    years = given(answers, "years")
    return isinstance(years, int) and _class(years, limits) < 0


def _nearly(answers: Answers, limits: Limits) -> bool:
    years = given(answers, "years")  # in the last year it depends on the day one counts from, which was not found
    return years == UNSURE or (isinstance(years, int) and _class(years, limits) == 0)


CRITERION = Criterion(
    id="years",
    facts=("F25",),
    depends_on=("fosters",),
    options=(),
    asked=may,
    read=read,
    accepts=whole_number,
    rules=(
        Rule("R18", BOTH, Outcome.NOT_MET, ("F25",), _too_few, figure="min_years"),
        Rule("R19", BOTH, Outcome.CHECK, ("F25", "F26"), _nearly, figure="min_years"),
    ),
)
