"""Repairs misspelt and shortened words against the vocabulary of the known phrasings."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping

from rapidfuzz import fuzz, process

from faq import normalise

_SHORTEST = 4  # shorter words have too many neighbours
_ALIKE = 80.0  # rapidfuzz ratio; one wrong letter in five, two in ten
_ALIKE_SHORT = 85.0
_SHORT = 5
_SHORTEST_SKELETON = 3
_LONGEST = 30  # no word of ours is longer; spam is


class Vocabulary:
    """The words that phrasings use, with how often they are used."""

    def __init__(self, counts: Mapping[str, int]) -> None:
        self._words = frozenset(counts)
        self._alike: dict[str, list[str]] = defaultdict(list)
        self._skeletons: dict[str, list[str]] = defaultdict(list)
        for word in sorted(counts, key=lambda known: (-counts[known], known)):
            if len(word) >= _SHORTEST:
                self._alike[word[0]].append(word)
                self._skeletons[normalise.skeleton(word)].append(word)

    def repair(self, word: str) -> str:
        """Return the known word that is meant, or the word itself when none is near."""
        if word in self._words or len(word) > _LONGEST or not word.isalpha():
            return word
        return self._by_skeleton(word) or self._by_likeness(word) or word

    def _by_skeleton(self, word: str) -> str | None:
        """Return the known word with these consonants, if letters were left out rather than changed."""
        bones = normalise.skeleton(word)
        if len(bones) < _SHORTEST_SKELETON:
            return None
        found = [known for known in self._skeletons.get(bones, ()) if len(known) > len(word)]
        shortened = [known for known in found if _is_within(word, known)]
        return max(shortened, key=lambda known: fuzz.ratio(word, known), default=None)

    def _by_likeness(self, word: str) -> str | None:
        if len(word) < _SHORTEST:
            return None
        least = _ALIKE_SHORT if len(word) <= _SHORT else _ALIKE
        found = process.extractOne(word, self._alike.get(word[0], ()), scorer=fuzz.ratio, score_cutoff=least)
        return found[0] if found else None


def _is_within(short: str, whole: str) -> bool:
    """Say whether the letters of the short word stand in the whole one in this order."""
    letters = iter(whole)
    return all(letter in letters for letter in short)
