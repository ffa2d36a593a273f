"""An edition of the award: its dates and figures, each with the fact or the source it rests on, read from TOML."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field

from faq.document import ContentError, Document
from faq.language import Language

FIRST_YEAR = 1985  # F5
_FACT = re.compile(r"F[1-9]\d*")
_FIGURE = re.compile(r"[a-z][a-z0-9_]*")
_BASIS = ("fact", "source")


@dataclass(frozen=True, slots=True)
class Basis:
    """What a value rests on: one of our facts, or the source that staff named; exactly one of the two."""

    fact: str | None = None
    source: str | None = None


@dataclass(frozen=True, slots=True)
class Dated:
    """A day in Jakarta, and why we believe it."""

    date: dt.date
    basis: Basis


@dataclass(frozen=True, slots=True)
class Figure:
    """A number of the edition ("recipients", "min_ikm"), and why we believe it."""

    value: int
    basis: Basis


@dataclass(frozen=True, slots=True)
class Ceremony:
    """Where and when the award is given, as far as known."""

    basis: Basis
    date: dt.date | None = None
    place: Mapping[Language, str] | None = None


@dataclass(frozen=True, slots=True)
class Edition:
    """What is known of one edition. `opens` holds several days when the sources differ."""

    year: int
    opens: tuple[Dated, ...] = ()
    closes: Dated | None = None
    announced: Dated | None = None
    results: Dated | None = None
    ceremony: Ceremony | None = None
    figures: Mapping[str, Figure] = field(default_factory=dict)

    @property
    def dates(self) -> tuple[dt.date, ...]:
        """Every scheduled day, in no order."""
        single = [dated.date for dated in (self.closes, self.announced, self.results) if dated]
        if self.ceremony and self.ceremony.date:
            single.append(self.ceremony.date)
        return (*(dated.date for dated in self.opens), *single)


def parse(text: str, origin: str, sourced: Collection[str] | None = None) -> Edition:
    """Read an edition file.

    `origin` is the path that the mistakes name. `sourced` are the ids of facts that have a source; when given,
    a value may rest on no other fact. Raises `ContentError` with every mistake in the file.
    """
    mistakes: list[str] = []
    document = Document(text, origin, mistakes)
    if not mistakes:
        edition = _edition(document, sourced)
    if mistakes:
        raise ContentError(mistakes)
    return edition


def _edition(document: Document, sourced: Collection[str] | None) -> Edition:
    document.table(("year", "registration", "announced", "results", "ceremony", "figures"))
    document.table(("opens", "closes"), "registration")
    reader = _Values(document, sourced)
    edition = Edition(
        year=reader.year(),
        opens=reader.opens(),
        closes=reader.dated("registration", "closes"),
        announced=reader.dated("announced"),
        results=reader.dated("results"),
        ceremony=reader.ceremony(),
        figures=reader.figures(),
    )
    if edition.closes and any(opens.date > edition.closes.date for opens in edition.opens):
        document.wrong("registration closes before it opens.", "registration", "closes")
    return edition


class _Values:
    """Reads the values of an edition file, and notes what is wrong with them."""

    def __init__(self, document: Document, sourced: Collection[str] | None) -> None:
        self._document = document
        self._sourced = sourced

    def year(self) -> int:
        value = self._document.get("year")
        if type(value) is int and FIRST_YEAR <= value <= dt.MAXYEAR:
            return value
        self._document.wrong(f'"year" must be a year from {FIRST_YEAR} on.', "year")
        return FIRST_YEAR

    def opens(self) -> tuple[Dated, ...]:
        path = ("registration", "opens")
        value = self._document.get(*path) or []
        if not isinstance(value, list):
            self._document.wrong('"registration.opens" must be a list of { date, fact or source }.', *path)
            return ()
        return tuple(dated for index in range(len(value)) if (dated := self.dated(*path, index)))

    def dated(self, *path: str | int) -> Dated | None:
        if self._document.get(*path) is None or not self._document.table(("date", *_BASIS), *path):
            return None
        day, basis = self.day(*path, "date"), self.basis(*path)
        return Dated(day, basis) if day else None

    def day(self, *path: str | int) -> dt.date | None:
        value = self._document.get(*path)
        if type(value) is dt.date:  # a datetime is a date too, but says more than we may
            return value
        self._document.wrong("a date must be written like 2024-08-26, without quotes and without a time.", *path)
        return None

    def basis(self, *path: str | int) -> Basis:
        given = [key for key in _BASIS if self._document.get(*path, key) is not None]
        if len(given) != 1:
            self._document.wrong('this needs either a "fact" or a "source".', *path, *given[:1])
            return Basis()
        text = self._document.text(*path, given[0])
        if given[0] == "source":
            return Basis(source=text)
        known = text in self._sourced if self._sourced is not None else _FACT.fullmatch(text)
        if text and not known:
            self._document.wrong(f'"{text}" is not a fact with a source.', *path, "fact")
        return Basis(fact=text)

    def ceremony(self) -> Ceremony | None:
        table = self._document.table(("date", "place", *_BASIS), "ceremony")
        if not table:
            return None
        day = self.day("ceremony", "date") if "date" in table else None
        place = self._document.texts("ceremony", "place") if "place" in table else None
        return Ceremony(self.basis("ceremony"), day, place)

    def figures(self) -> dict[str, Figure]:
        found = {}
        for name in self._document.table(None, "figures"):
            if not _FIGURE.fullmatch(name):
                self._document.wrong(f'"{name}" must be small letters, digits and underscores.', "figures", name)
            self._document.table(("value", *_BASIS), "figures", name)
            value = self._document.get("figures", name, "value")
            if type(value) is not int or value < 0:
                self._document.wrong(f'"figures.{name}" needs a "value" that is a whole number.', "figures", name)
                continue
            found[name] = Figure(value, self.basis("figures", name))
        return found
