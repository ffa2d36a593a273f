"""Repairs misspelt and shortened words against the vocabulary of the known phrasings."""

from __future__ import annotations

import functools
import math
import re
from collections import defaultdict
from collections.abc import Mapping

from rapidfuzz import fuzz, process
from rapidfuzz.distance import OSA

from faq import normalise

_SHORTEST = 4  # shorter words have too many neighbours
_SHORTEST_SKELETON = 3
_LONG_SKELETON = 4
_MISSPELT_NYA = re.compile(r"(?:n[a-z]?ya|[a-z]ya|nay|nyaa|yna|ny[a-z])$")
_LONG = 7  # from here on two slips may be in a word, below only one
_LONGEST = 30  # no word of ours is longer; spam is
_FREQUENCY = 10.0  # points of likeness that a word gains by being used e times as often
_FAVOURITE = 5  # times that a word must be used more often than others to be meant by two consonants
_NEIGHBOURS = 8
_CACHED_WORDS = 20_000  # parts of a message bring the same words again; whoever sends noise must not fill the memory
_MOST_VOWELS = 0.25  # a word whose vowels were dropped has fewer of them than this share of the whole one's letters


class Vocabulary:
    """The words that may be meant, with how often they are used."""

    def __init__(self, counts: Mapping[str, int]) -> None:
        self._counts = counts
        self._alike: dict[str, list[str]] = defaultdict(list)
        self._skeletons: dict[str, list[str]] = defaultdict(list)
        for word in sorted(counts, key=lambda known: (-counts[known], known)):
            if len(word) >= _SHORTEST:
                self._alike[word[0]].append(word)
                self._skeletons[normalise.skeleton(word)].append(word)
        self._bones: dict[str, list[str]] = defaultdict(list)
        for skeleton in self._skeletons:
            self._bones[skeleton[0]].append(skeleton)
        self._known = functools.lru_cache(_CACHED_WORDS)(self._nearest)

    def holds(self, word: str) -> bool:
        """Tell whether this is one of the words."""
        return word in self._counts

    def repair(self, word: str) -> str:
        """Return the known word that is meant, or the word itself when none is near."""
        if word in self._counts or len(word) > _LONGEST or not word.isalpha():
            return word
        return self._known(word)

    def _nearest(self, word: str) -> str:
        return self._by_skeleton(word) or self._by_likeness(word) or self._by_bones(word) or self._by_stem(word) or word

    def _by_skeleton(self, word: str) -> str | None:
        """Return the known word with these consonants, if most of its vowels were left out."""
        bones = normalise.skeleton(word)
        vowels = normalise.vowels(word[1:])
        found = [
            known
            for known in self._skeletons.get(bones, ())
            if len(known) > len(word) and vowels <= len(known) * _MOST_VOWELS and _is_within(word, known)
        ]
        if len(bones) < _SHORTEST_SKELETON:
            found = self._plain_favourite(found) if len(word) >= _SHORTEST_SKELETON - 1 and not vowels else []
        return max(found, key=lambda known: self._likelihood(word, known), default=None)

    def _by_bones(self, word: str) -> str | None:
        """Return the known word whose consonants differ by one slip, for a word that lost its vowels and more."""
        bones = normalise.skeleton(word)
        if len(bones) < _LONG_SKELETON or normalise.vowels(word[1:]) > len(word) * _MOST_VOWELS:
            return None
        near = process.extract(
            bones, self._bones.get(word[0], ()), scorer=OSA.distance, score_cutoff=1, limit=_NEIGHBOURS
        )
        found = [known for skeleton, _, _ in near for known in self._skeletons[skeleton]]
        return max(found, key=lambda known: self._likelihood(word, known), default=None)

    def _by_stem(self, word: str) -> str | None:
        """Return the known word before a misspelt "-nya"."""
        stem = _MISSPELT_NYA.sub("", word)
        if stem == word or len(stem) < _SHORTEST:
            return None
        return stem if stem in self._counts else self._by_likeness(stem)

    def _likelihood(self, word: str, known: str) -> float:
        return fuzz.ratio(word, known) + _FREQUENCY * math.log(self._counts[known])

    def _plain_favourite(self, found: list[str]) -> list[str]:
        """Return the word that is used far more often than the others, most frequent first, if there is one."""
        if not found or (len(found) > 1 and self._counts[found[0]] < _FAVOURITE * self._counts[found[1]]):
            return []
        return found[:1] if self._counts[found[0]] >= _FAVOURITE else []

    def _by_likeness(self, word: str) -> str | None:
        """Return the known word that differs by the fewest slips: a letter too many, missing, wrong, or two swapped."""
        if len(word) < _SHORTEST:
            return None
        slips = 1 if len(word) < _LONG else 2
        found = process.extract(
            word, self._alike.get(word[0], ()), scorer=OSA.distance, score_cutoff=slips, limit=_NEIGHBOURS
        )
        # Of four letters only a missing one is believed: "dari", "cari" and "hari" are all words.
        near = [(slip, known) for known, slip, _ in found if len(word) > _SHORTEST or len(known) == len(word) + 1]
        return min(near, key=lambda each: (each[0], -self._counts[each[1]]))[1] if near else None


def _is_within(short: str, whole: str) -> bool:
    """Say whether the letters of the short word stand in the whole one in this order."""
    letters = iter(whole)
    return all(letter in letters for letter in short)
