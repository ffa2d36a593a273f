"""Looks for what is doubtful in content that is not wrong: for whoever writes articles, not for the start."""

from __future__ import annotations

import datetime as dt
import re
from collections import Counter
from collections.abc import Iterator

from faq import view
from faq.language import LANGUAGES
from faq.library import Library

_FEWEST = 10  # phrasings of an article in each language
_COMPETING = 3  # phrasings of one article that the model gives to another
_LEANING = 0.3  # probability of the other article at which a phrasing leans to it
_MONTHS = {
    name: number
    for names in (
        "januari februari maret april mei juni juli agustus september oktober november desember",
        "january february march april may june july august september october november december",
    )
    for number, name in enumerate(names.split(), start=1)
}
_DATE = re.compile(rf"\b(\d{{1,2}}) ({'|'.join(_MONTHS)}) (\d{{4}})\b", re.IGNORECASE)


def examine(library: Library, now: dt.datetime) -> list[str]:
    """Return one sentence for each doubt."""
    return [
        *_missing_language(library),
        *_written_dates(library, now),
        *_unreached(library),
        *_strayed(library),
    ]


def _missing_language(library: Library) -> Iterator[str]:
    for found in library.articles.values():
        for language in LANGUAGES:
            number = len(found.phrasings[language])
            if number < _FEWEST:
                yield f'{found.id}: only {number} phrasings in "{language}", wanted are {_FEWEST}.'


def _written_dates(library: Library, now: dt.datetime) -> Iterator[str]:
    """Find dates written into an answer: those of an edition belong into its file, and get old in the text."""
    today = view.jakarta_day(now)
    for found in library.articles.values():
        for language in LANGUAGES:
            for day, month, year in _DATE.findall(found.answers[language]):
                date = dt.date(int(year), _MONTHS[month.lower()], int(day))
                if date < today:
                    yield f'{found.id}: the answer in "{language}" has {date} written in it, which is past.'


def _unreached(library: Library) -> Iterator[str]:
    linked = {other for found in library.articles.values() for other in found.related}
    for found in library.articles.values():
        for language in LANGUAGES:
            match = library.match(found.titles[language])
            if found.id not in match.ids:
                got = ", ".join(match.ids) or match.decision
                yield f'{found.id}: its title in "{language}" is not understood as itself but as {got}.'
        if found.id not in linked:
            yield f"{found.id}: no other article leads to it."


def _strayed(library: Library) -> Iterator[str]:
    """Find phrasings that the model, having learned them, still gives to another article; and articles that compete."""
    leaning: Counter[tuple[str, str]] = Counter()
    for found in library.articles.values():
        for language in LANGUAGES:
            for text in found.phrasings[language]:
                match = library.match(text)
                if not match.candidates:
                    yield f'{found.id}: "{text}" has no words in it.'
                    continue
                best = match.candidates[0]
                if best.id in library.articles and best.id not in (found.id, found.parent):
                    yield f'{found.id}: "{text}" is understood as {best.id} ({best.score:.2f}).'
                for other in match.candidates:
                    if other.id in library.articles and other.id != found.id and other.score >= _LEANING:
                        leaning[found.id, other.id] += 1
    for (one, rival), number in leaning.most_common():
        if number >= _COMPETING:
            yield f"{one}: competes with {rival}; {number} of its phrasings lean there."
