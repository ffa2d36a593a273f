"""Renders every answer on many days and with little or much known, to find its mistakes before people do."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import replace

import jinja2

from faq import template
from faq.edition import Basis, Ceremony, Dated, Edition, Figure
from faq.language import LANGUAGES, Language
from faq.template import Names

_BASIS = Basis(source="trial")
_YEAR = 2030
_PARTS = ("opens", "closes", "announced", "results", "ceremony_date", "ceremony_place")

State = tuple[str, Sequence[Edition], dt.date]
"""What it is about, the editions known, the day."""


def _day(month: int, day: int = 10) -> dt.date:
    return dt.date(_YEAR, month, day)


def _edition(parts: Collection[str], year: int = _YEAR) -> Edition:
    """Return an edition of which only these parts are known."""
    place: Mapping[Language, str] = dict.fromkeys(LANGUAGES, "Jakarta")
    known = {
        part: Dated(dt.date(year, month, 10), _BASIS)
        for part, month in {"announced": 1, "opens": 3, "closes": 6, "results": 9, "ceremony_date": 11}.items()
        if part in parts
    }
    ceremony = Ceremony(
        basis=_BASIS,
        date=known["ceremony_date"].date if "ceremony_date" in known else None,
        place=place if "ceremony_place" in parts else None,
    )
    return Edition(
        year=year,
        opens=(known["opens"],) if "opens" in known else (),
        closes=known.get("closes"),
        announced=known.get("announced"),
        results=known.get("results"),
        ceremony=ceremony,
    )


def states(shipped: Sequence[Edition]) -> Iterator[State]:
    """Yield the states that answers must be able to tell of."""
    whole = _edition(_PARTS)
    disputed = replace(whole, opens=(*whole.opens, Dated(_day(5), _BASIS)))
    yield "no edition is known", (), _day(1)
    for day in sorted({day for edition in shipped for day in edition.dates}):
        yield f"our own editions on {day}", shipped, day
    yield "our own editions, long after", shipped, _day(1)
    for day in (_day(2), _day(3), _day(6, 9), _day(6), _day(7), _day(10), _day(12)):
        yield f"a whole edition on {day}", (whole,), day
    yield "two opening days, between them", (disputed,), _day(4)
    yield "two opening days, before them", (disputed,), _day(2)
    yield "two opening days, in the past", (disputed, _edition((), _YEAR + 1)), dt.date(_YEAR + 1, 1, 1)
    for parts in _subsets():
        told = "an edition with " + (", ".join(parts) or "nothing") + " known"
        for month in (2, 4, 7):
            yield f"{told}, in month {month}", (_edition(parts),), _day(month)
        yield f"{told}, in the past", (_edition(parts, _YEAR - 2),), _day(1)
        yield f"{told}, after a whole one", (_edition(parts), _edition(_PARTS, _YEAR - 2)), _day(4)


def _subsets() -> Iterator[tuple[str, ...]]:
    yield ()
    for part in _PARTS:
        yield (part,)
        yield tuple(other for other in _PARTS if other != part)


class Trial:
    """Holds what templates are tried with; the names of every state are made once for all articles."""

    def __init__(self, shipped: Sequence[Edition], contact: str, site: str) -> None:
        self._contact, self._site = contact, site
        self._states = list(states(shipped))
        self._names = {
            language: [(told, self._with(editions, language, day)) for told, editions, day in self._states]
            for language in LANGUAGES
        }

    def _with(self, editions: Sequence[Edition], language: Language, day: dt.date) -> Names:
        return template.names(editions, language, day, self._contact, self._site)

    def run(self, made: jinja2.Template, language: Language, figures: Collection[str]) -> list[tuple[int, str]]:
        """Return (line of the template, sentence) for every line that fails in some state."""
        failed: dict[int, str] = {}
        figured = [(told, self._with(editions, language, day)) for told, editions, day in _figured(figures)]
        for told, with_names in (*self._names[language], *figured):
            try:
                text = template.render(made, with_names)
            except Exception as exc:  # noqa: BLE001 - whatever a template raises is its author's mistake
                failed.setdefault(template.failing_line(exc), f"rendering fails when {told}: {exc}.")
            else:
                if not text:
                    failed.setdefault(1, f"the answer is empty when {told}.")
        return sorted(failed.items())


def _figured(names: Collection[str]) -> Iterator[State]:
    """Yield editions that know all of these figures, each alone, and all but each."""
    subsets = [set(names), *({name} for name in names), *(set(names) - {name} for name in names)]
    for subset in subsets if names else ():
        told = f"an edition knows the figures {', '.join(sorted(subset)) or 'none'}"
        figures = {name: Figure(7, _BASIS) for name in subset}
        yield told, (replace(_edition(_PARTS), figures=figures),), _day(4)
        yield f"{told}, in the past", (replace(_edition(_PARTS, _YEAR - 2), figures=figures),), _day(4)
