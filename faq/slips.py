"""The slips that people make in typing, made on purpose: to practise with them and to measure how well they are met."""

from __future__ import annotations

import random

_SLIPPED = 5  # letters from which a word gets a slip
_SHORTENED = 4  # letters from which a word loses its vowels
_LETTERS = "abcdefghijklmnopqrstuvwxyz"


def misspell(text: str, chance: random.Random) -> str:
    """Return the text with one slip in each longer word: letters swapped, one missing, doubled or wrong."""
    return " ".join(_slip(word, chance) if len(word) >= _SLIPPED and word.isalpha() else word for word in text.split())


def drop_vowels(text: str) -> str:
    """Return the text with the vowels of its longer words left out after the first letter, as chat does."""
    return " ".join(_shorten(word) if len(word) >= _SHORTENED and word.isalpha() else word for word in text.split())


def _slip(word: str, chance: random.Random) -> str:
    place = chance.randrange(1, len(word) - 1)
    before, letter, after = word[:place], word[place], word[place + 1 :]
    match chance.randrange(4):
        case 0:
            return before + after[0] + letter + after[1:]
        case 1:
            return before + after
        case 2:
            return before + letter + letter + after
        case _:
            return before + chance.choice(_LETTERS) + after


def _shorten(word: str) -> str:
    return word[0] + "".join(letter for letter in word[1:] if letter.lower() not in "aeiou")
