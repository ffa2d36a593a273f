"""Phrasings that officers taught, laid over what the matcher understands: nothing is learned anew for them.

A message that says the same words as a taught one asks for the same article. The words are those that are meant, after
repair; light ones do not count, nor does their order. One word may differ by a slip, if it is a word nobody knows.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Final, NamedTuple

from rapidfuzz.distance import OSA

from faq.match import Match
from faq.reading import Reader

LEAST: Final = 2  # words that count; fewer say too little
MOST: Final = 12

# Words without which a question asks the same. No question word but "what", and nothing that denies.
_LIGHT: Final = frozenset(
    """
    yang di ke dari untuk dengan ini itu apa adalah pada saya aku kami kita juga
    the a an of in on for with is are was do does i we my our me it this that there be to also please
    """.split(),  # noqa: SIM905 - forty quoted words cannot be read
)
_DENIES: Final = frozenset(
    ("tidak", "tak", "bukan", "belum", "jangan", "tanpa", "kecuali", "without", "never", "cannot")
)
_SLIP_FROM, _TWO_SLIPS_FROM = 5, 8  # letters of a word that may have one slip, or two

Key = tuple[str, ...]


class Taught(NamedTuple):
    """A phrasing in plain words, and the article it asks for."""

    text: str
    article_id: str


def key(words: Sequence[str]) -> Key:
    """Return the words that count, in an order of their own."""
    return tuple(sorted(word for word in words if word not in _LIGHT))


class Overlay:
    """All taught phrasings; the same words always give the same article."""

    def __init__(self, taught: Sequence[Taught], reader: Reader) -> None:
        """`reader` is the one that the messages were read with."""
        self.taught = tuple(taught)
        self._reader = reader
        self._exact: dict[Key, str] = {}
        self._but_one: dict[Key, list[tuple[str, str]]] = {}
        for each in taught:
            found = key(reader.read(each.text))
            if self._exact.setdefault(found, each.article_id) == each.article_id:
                for place, word in enumerate(found):
                    self._but_one.setdefault(_without(found, place), []).append((word, each.article_id))

    def find(self, words: Sequence[str]) -> str | None:
        """Return the article that these words, as they are meant, ask for."""
        if not self._exact:
            return None
        found = key(words)
        if not LEAST <= len(found) <= MOST:
            return None
        return self._exact.get(found) or self._misspelt(found)

    def over(self, match: Match) -> Match:
        """Return what a message asks for, given what the matcher makes of it."""
        article_id = self.find([meant for _, meant in match.words])
        if article_id is None or (match.decision == "answer" and match.ids == (article_id,)):
            return match
        return replace(match, decision="answer", ids=(article_id,), score=1.0)

    def _misspelt(self, found: Key) -> str | None:
        for place, word in enumerate(found):
            if self._reader.knows(word):
                continue
            for known, article_id in self._but_one.get(_without(found, place), ()):
                if _is_slip(word, known):
                    return article_id
        return None


def _without(words: Key, place: int) -> Key:
    return (*words[:place], *words[place + 1 :])


def _is_slip(word: str, known: str) -> bool:
    shorter = min(len(word), len(known))
    if shorter < _SLIP_FROM or word[0] != known[0] or {word, known} & _DENIES or not (word + known).isalpha():
        return False
    slips = 2 if shorter >= _TWO_SLIPS_FROM else 1
    return OSA.distance(word, known, score_cutoff=slips) <= slips
