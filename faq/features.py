"""Turns words into a sparse vector: letters within words, words, pairs of words, and what they mean."""

from __future__ import annotations

import zlib
from collections.abc import Iterable, Mapping, Sequence
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

BUCKETS: Final = 1 << 18
"""Features are told apart by a checksum of this many values; few enough of them meet that it does no harm."""

_SHORTEST, _LONGEST = 2, 5  # letters of a piece of a word, its edges counted
_PIECE, _WORD, _PAIR = 1.0, 2.0, 1.5
_MEANING, _MEANINGS = 3.0, 2.0  # of a word, and of two words near each other
_NEAR = 3  # meanings apart
_STRANGE = 2.0  # how many words nobody of ours would use
_MOST_STRANGE = 4
_CACHED_WORDS = 20_000  # a message brings few new words; whoever sends noise must not fill the memory


class Counts(NamedTuple):
    """The features of one message: bucket and weight of each, a bucket as often as it occurs."""

    buckets: NDArray[np.int64]
    weights: NDArray[np.float32]


class Features:
    """Finds the features of messages, given what words mean and which are known."""

    def __init__(self, meanings: Mapping[str, str], known: Mapping[str, int]) -> None:
        """`known` are the words our questions use, with in how many of them."""
        self._meanings = meanings
        self._known = known
        self._words: dict[str, Counts] = {}

    def of(self, words: Sequence[str], *, own: bool = False) -> Counts:
        """Return the features. `own` says that the words are a known question: what only it uses is strange."""
        found = [self._of_word(word) for word in words]
        found.append(_counts(self._of_all(words, least=1 if own else 0)))
        return Counts(
            np.concatenate([each.buckets for each in found]), np.concatenate([each.weights for each in found])
        )

    def _of_word(self, word: str) -> Counts:
        cached = self._words.get(word)
        if cached is not None:
            return cached
        edged = f"<{word}>"
        pieces = [
            f"c{edged[start : start + length]}"
            for length in range(_SHORTEST, _LONGEST + 1)
            for start in range(len(edged) - length + 1)
        ]
        meaning = self._meanings.get(word)
        parts = [(pieces, _PIECE), ([f"w{word}"], _WORD)]
        parts += [([f"k{meaning}"], _MEANING)] if meaning else []
        made = _counts(parts)
        if len(self._words) < _CACHED_WORDS:
            self._words[word] = made
        return made

    def _of_all(self, words: Sequence[str], least: int) -> Iterable[tuple[list[str], float]]:
        yield [f"b{first} {second}" for first, second in zip(["^", *words], [*words, "$"], strict=True)], _PAIR
        meanings = [meaning for word in words if (meaning := self._meanings.get(word))]
        meanings = [meaning for place, meaning in enumerate(meanings) if not place or meanings[place - 1] != meaning]
        yield (
            [
                "j" + "+".join(sorted((first, second)))
                for place, first in enumerate(meanings)
                for second in meanings[place + 1 : place + 1 + _NEAR]
            ],
            _MEANINGS,
        )
        strange = sum(
            self._known.get(word, 0) <= least and word not in self._meanings and word.isalpha() for word in words
        )
        share = int(_MOST_STRANGE * strange / max(1, len(words)))
        yield [f"#s{min(strange, _MOST_STRANGE)}", f"#r{share}"], _STRANGE


def _counts(parts: Iterable[tuple[Sequence[str], float]]) -> Counts:
    buckets: list[int] = []
    weights: list[float] = []
    for names, weight in parts:
        buckets += [zlib.crc32(name.encode()) % BUCKETS for name in names]
        weights += [weight] * len(names)
    return Counts(np.array(buckets, np.int64), np.array(weights, np.float32))
