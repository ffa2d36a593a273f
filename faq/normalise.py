"""Brings a message as people type it to plain words: small letters, no signs, full words for chat abbreviations."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Mapping

EDGE = 600
"""Of a very long message this many characters are read at its start, and as many at its end."""

_LONG_RUN = re.compile(r"([^\W\d_])\1{2,}")
_NOT_WORD = re.compile(r"[^\w]+|_")
_TWICE = re.compile(r"\b([^\W\d_]{2,})2\b")
_SENTENCE_END = re.compile(r"(?:[?!;\n]|\.(?=\s|$))+\s*")  # no dot within "upakarti.kemenperin.go.id" or "1.000"
_CLITICS = (("nya", 4), ("kah", 3))  # ending, and the least that must remain of the word
_VOWELS = frozenset("aeiou")


def bound(text: str) -> str:
    """Return the text, or its start and its end when it is very long."""
    if len(text) <= 2 * EDGE:
        return text
    return f"{text[:EDGE].rpartition(' ')[0] or text[:EDGE]}\n{text[-EDGE:].partition(' ')[2] or text[-EDGE:]}"


def plain(text: str) -> str:
    """Return the text in small letters without accents, signs and long runs of a letter ("kapaaan" -> "kapan")."""
    kept = bound(text)
    if kept.isascii():
        kept = kept.casefold()
    else:
        apart = unicodedata.normalize("NFKD", kept).casefold()
        kept = "".join(letter for letter in apart if unicodedata.category(letter) not in ("Mn", "Cf"))
    kept = _NOT_WORD.sub(" ", kept.replace("'", "").replace("’", ""))
    return _TWICE.sub(r"\1", _LONG_RUN.sub(r"\1", kept)).strip()


def words(text: str) -> list[str]:
    """Return the plain words of the text in order."""
    return plain(text).split()


def expand(tokens: Iterable[str], abbreviations: Mapping[str, str]) -> list[str]:
    """Write chat abbreviations out ("kpn" -> "kapan"); one may stand for several words, or for none."""
    return [word for token in tokens for word in abbreviations.get(token, token).split()]


def uncliticise(word: str) -> str:
    """Cut the endings that Indonesian hangs on any word ("jadwalnya" -> "jadwal", "siapakah" -> "siapa")."""
    for ending, least in _CLITICS:
        if word.endswith(ending) and len(word) >= len(ending) + least:
            return word[: -len(ending)]
    return word


def skeleton(word: str) -> str:
    """Return the first letter and the consonants after it, doubled ones once: what chat leaves of a word."""
    bones = word[:1]
    for letter in word[1:]:
        if letter not in _VOWELS and letter != bones[-1]:
            bones += letter
    return bones


def vowels(word: str) -> int:
    """Return how many vowels the word has."""
    return sum(letter in _VOWELS for letter in word)


def sentences(text: str) -> list[str]:
    """Return the sentences of the text, bounded like everything here."""
    return [part for part in _SENTENCE_END.split(bound(text)) if part.strip()]
