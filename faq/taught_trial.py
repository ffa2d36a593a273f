"""Tries a phrasing that an officer wants to teach against every labelled question, before it is believed."""

from __future__ import annotations

import functools
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum
from threading import Lock
from typing import Final

from faq import labelled, masking, taught
from faq.labelled import FOREIGN, Labelled
from faq.library import Library
from faq.match import Match
from faq.taught import LEAST, MOST, Overlay, Taught

_DIRECT: Final = ("answer", "command", "smalltalk")
NAMED: Final = 3  # questions that are named of those it would break


class Refusal(StrEnum):
    """Why a phrasing is not taught."""

    NO_ARTICLE = "no_article"
    PERSONAL = "personal"  # a name, a number or an address, or what looks like one
    SHORT = "short"
    LONG = "long"
    LANGUAGE = "language"  # neither Indonesian nor English, as far as its words tell
    UNDERSTOOD = "understood"  # already answered by this article
    ANSWERED = "answered"  # by something else: that is no question which nobody understands
    BREAKS = "breaks"


@dataclass(frozen=True, slots=True)
class Verdict:
    """What came of it: against how many questions it was tried, and which would be answered otherwise."""

    refusal: Refusal | None
    tried: int = 0
    broken: tuple[str, ...] = ()


class TaughtTrial:
    """The labelled questions that come with the content: all phrasings, and the project's own where they are there."""

    def __init__(self, library: Library) -> None:
        self._library = library
        self._lock = Lock()
        self._read: Sequence[tuple[Labelled, Sequence[str]]] | None = None

    def prepare(self) -> None:
        """Read all questions, once: that takes a second or two, so not while somebody waits."""
        with self._lock:
            if self._read is None:
                reader = self._library.matcher.reader
                # Thirteen thousand questions say few different words: each is kept once.
                self._read = [
                    (each, tuple(sys.intern(word) for word in reader.read(each.text))) for each in self._questions()
                ]

    def run(self, library: Library, text: str, article_id: str) -> Verdict:
        """Return whether the phrasing may be taught; `library` knows what was taught before."""
        refusal = _refusal(library, text, article_id)
        if refusal is not None:
            return Verdict(refusal)
        self.prepare()
        reader = library.matcher.reader
        earlier = [(_labelled(each.text, each.article_id), reader.read(each.text)) for each in library.taught.taught]
        questions = [*(self._read or ()), *earlier]
        overlay = Overlay([Taught(text, article_id)], reader)
        heard = [each for each, words in questions if overlay.find(words) is not None]
        broken = [each.text for each in heard if _breaks(each, article_id, library)]
        refusal = Refusal.BREAKS if broken else None
        return Verdict(refusal, len(questions), tuple(dict.fromkeys(broken))[:NAMED])

    def _questions(self) -> Iterator[Labelled]:
        for each in self._library.phrasings():
            yield _labelled(each.text, FOREIGN if each.kind == "foreign" else each.id)
        if labelled.OWN.exists():
            yield from labelled.read(labelled.OWN)


def _labelled(text: str, right: str) -> Labelled:
    return Labelled(text, _only(right), all_of=False, language="mix", style="phrasing")


@functools.cache
def _only(right: str) -> frozenset[str]:
    """Return the set of one id, the same one each time: a set is larger than a question."""
    return frozenset({right})


def _refusal(library: Library, text: str, article_id: str) -> Refusal | None:
    """Return what is wrong with the phrasing by itself."""
    if article_id not in library.articles:
        return Refusal.NO_ARTICLE
    if masking.MASK in text or masking.mask(text, library.words) != " ".join(text.split()):
        return Refusal.PERSONAL
    count = len(taught.key(library.matcher.reader.read(text)))
    if not LEAST <= count <= MOST:
        return Refusal.SHORT if count < LEAST else Refusal.LONG
    if library.language(text) is None:
        return Refusal.LANGUAGE
    found = library.match(text)
    if _is_right(_labelled(text, article_id), found, library):
        return Refusal.UNDERSTOOD
    return Refusal.ANSWERED if found.decision in _DIRECT else None


def _breaks(question: Labelled, article_id: str, library: Library) -> bool:
    """Tell whether a question that was answered rightly is not any more, once it is answered by the article."""
    after = Match("answer", (article_id,), 1.0, None)
    return not _is_right(question, after, library) and _is_right(question, library.match(question.text), library)


def _is_right(question: Labelled, match: Match, library: Library) -> bool:
    """Tell whether a question is answered with what is right; a foreign one rightly gets no answer."""
    if not question.in_scope:
        return match.decision not in ("answer", "command") or bool(question.ids.intersection(match.ids))
    given = {each if each in question.ids else _parent(each, library) for each in match.ids}
    return match.decision in _DIRECT and (given == question.ids if question.all_of else given <= question.ids)


def _parent(each: str, library: Library) -> str:
    found = library.articles.get(each)
    return each if found is None or found.parent is None else found.parent
