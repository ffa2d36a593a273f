"""Reads a message into the words it is made of: plain, written out, repaired, without fillers."""

from __future__ import annotations

from collections.abc import Mapping

from faq import normalise
from faq.lexicon import Lexicon
from faq.repair import Vocabulary

_TRUSTED = 3  # uses from which a word of the phrasings counts as spelt right
_FILLER = 50  # how often a filler counts as used; phrasings are counted without them


class Reader:
    """Reads with a lexicon and a vocabulary; the same text always gives the same words."""

    def __init__(self, lexicon: Lexicon, counts: Mapping[str, int]) -> None:
        """`counts` are the words of the phrasings with how often each stands there."""
        self._lexicon = lexicon
        self._vocabulary = Vocabulary(_trusted(lexicon, counts))

    def read(self, text: str) -> list[str]:
        """Return the words that are meant, in order."""
        return [word for _, word in self.repairs(text)]

    def knows(self, word: str) -> bool:
        """Tell whether a word is surely right as it is."""
        return self._vocabulary.holds(word)

    def repairs(self, text: str) -> list[tuple[str, str]]:
        """Return each word as it was written out and the word that is meant."""
        fillers = self._lexicon.fillers
        pairs = [
            (word, meant)
            for word in plain_words(text, self._lexicon)
            for meant in normalise.expand([self._vocabulary.repair(word)], self._lexicon.abbreviations)
        ]
        return [pair for pair in pairs if pair[1] not in fillers] or pairs


def plain_words(text: str, lexicon: Lexicon) -> list[str]:
    """Return the words of the text, written out but not repaired; fillers only when there is nothing else."""
    words = normalise.expand(normalise.words(text), lexicon.abbreviations)
    words = normalise.expand((normalise.uncliticise(word) for word in words), lexicon.abbreviations)
    return [word for word in words if word not in lexicon.fillers] or words


def _trusted(lexicon: Lexicon, counts: Mapping[str, int]) -> dict[str, int]:
    """Return the words that are surely right as they are; rare words of phrasings may be misspelt there too."""
    words = dict.fromkeys((*lexicon.common, *lexicon.abbreviations), 1)
    words |= dict.fromkeys(lexicon.fillers, _FILLER)
    return words | {word: n for word, n in counts.items() if n >= _TRUSTED or word in lexicon.meanings}
