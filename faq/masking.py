"""Takes out of a message what could tell who wrote it, so that the question alone can be kept."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable
from typing import Final

from faq.lexicon import Lexicon

MASK: Final = "…"
LENGTH: Final = 300  # characters that are kept of a long message
_READ: Final = 1000  # characters that are looked at: masking makes a text shorter, and must not take long

_ADDRESS: Final = re.compile(r"\S+@\S+|(?:https?://|www\.)\S+|(?<!\w)@\w+", re.IGNORECASE)
_DIGITS: Final = re.compile(r"\+?\d[\d\s().-]*\d|\d")
# What people put before a name; the word or two after it go.
_BEFORE_A_NAME: Final = re.compile(
    r"\b(nama(?:\s+(?:saya|aku|ku|lengkap|nya))?(?:\s+adalah)?|bapak|ibu|pak|bu|sdr|saudara|mr|mrs|ms|my\s+name\s+is|i\s+am|i'm)"
    r"(\s*[:.]?\s+)(\w+)((?:\s+(?-i:[A-Z])\w*)*)",
    re.IGNORECASE,
)
_WORD: Final = re.compile(r"\w+")
_SENTENCE_START: Final = re.compile(r"(?:^|[.!?\n]\s*)\W*$")


def mask(text: str, vocabulary: Collection[str]) -> str:
    """Return the text without addresses, numbers and what looks like a name, cut to `LENGTH` characters.

    A name is a word after "nama saya", "Pak" and the like, or one with a capital inside a sentence, unless it stands in
    `vocabulary` (lower case). That takes too much rather than too little.
    """
    if len(text) > _READ:
        text = text[:_READ].rpartition(" ")[0] or MASK  # half an address does not look like one
    masked = _DIGITS.sub(MASK, _ADDRESS.sub(MASK, text))
    masked = _BEFORE_A_NAME.sub(lambda found: _without_name(found, vocabulary), masked)
    masked = _WORD.sub(lambda found: _word(found, masked, vocabulary), masked)
    return re.sub(r"\s+", " ", masked)[:LENGTH].strip()


def _without_name(found: re.Match[str], vocabulary: Collection[str]) -> str:
    before, gap, word, more = found.groups()
    if word.lower() in vocabulary and not more:
        return found.group()
    return f"{before}{gap}{MASK}"


def _word(found: re.Match[str], text: str, vocabulary: Collection[str]) -> str:
    word = found.group()
    if not word[:1].isupper() or word.lower() in vocabulary or text.isupper():
        return word
    if _SENTENCE_START.search(text[: found.start()]):
        return word
    return MASK


def vocabulary(titles: Iterable[str], lexicon: Lexicon) -> frozenset[str]:
    """Return the words, in small letters, that tell nobody who wrote a message: those of titles and of the lexicon.

    Not those of phrasings: people in them have names too.
    """
    known = frozenset(word.lower() for title in titles for word in _WORD.findall(title))
    return known | lexicon.common | lexicon.fillers | lexicon.meanings.keys() | lexicon.abbreviations.keys()
