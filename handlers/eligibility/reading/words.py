"""Reads yes, no and "I don't know" in Indonesian and English as people type them, and the words of an option."""

from __future__ import annotations

import re
from collections.abc import Mapping

from handlers.eligibility.criterion import UNSURE

_UNSURE = re.compile(
    r"""\b(?:
        (?:tidak|tak|tdk|ga|gak|gk|g|nggak|ngga|enggak|engga|kaga|kagak|ndak|ora|kurang|blm|belum)
            \s*(?:terlalu\s+|begitu\s+)?(?:tahu|tau|taw|yakin|paham|ngerti|mengerti|jelas|pasti|hafal|ingat|inget|ngerti)
      | gatau|gtau|gatw|gaktau|nggatau|tauk|kurtau|ra\s+ngerti|embuh|mbuh|teuing|duka
      | entah(?:lah)? | ragu(?:-ragu)? | bingung | lupa | mungkin | barangkali | kayaknya | sepertinya | wallahualam
      | (?:do\s*n[o']?t|dont|do\s+not)\s+(?:really\s+)?(?:know|remember)
      | not\s+(?:really\s+|quite\s+|so\s+)?(?:sure|certain)
      | unsure | uncertain | idk | dunno | no\s+idea | no\s+clue | maybe | perhaps | hard\s+to\s+say | unknown | forgot
    )\b""",
    re.VERBOSE,
)


def _set(words: str) -> frozenset[str]:
    return frozenset(words.split())


_YES = _set(
    "y ya iya yah yap yup yups yoi yoii yes yeah yep yea iye iyo nggih inggih muhun sip siap betul bener benar "
    "tentu pasti jelas correct right sure true indeed certainly definitely absolutely ok oke sudah udah dah "
    "sdh udh ada pernah"
)
_NO = _set(
    "tidak tdk tak ga gak gk nggak ngga enggak engga kaga kagak ndak nda endak ora mboten henteu teu bukan bkn "
    "belum blm blum no nope nah not never none n't isn't aren't doesn't don't hasn't haven't didn't"
)
NEGATION = (
    r"(?:tidak|tdk|tak|ga|gak|gk|nggak|ngga|enggak|engga|bukan|bkn|belum|blm|bukannya|di luar|tanpa"
    r"|not|no|never|isn't|aren't|doesn't|don't|hasn't|haven't|didn't|outside)"
)
# "Tidak hanya warung, ada perajin": what is "not only" said of tells nothing, up to the next comma.
_NOT_ONLY = re.compile(rf"\b{NEGATION}\s+(?:hanya|cuma|cuman|sekadar|sekedar|sebatas|only|just|merely)\b[^,;.]*")
# "Tidak banyak", "not all": some are there, so this is no "no"; and "tidak masalah" says nothing at all.
_NO_DENIAL = re.compile(
    rf"\b{NEGATION}\s+(?:terlalu\s+|begitu\s+|so\s+|too\s+|that\s+)?(?:banyak|lama|semua(?:nya)?|seluruhnya|sendiri(?:an)?"
    r"|masalah|ada masalah|apa-apa|apa2|diragukan|all|many|much|long|doubt|a problem|problem)\b"
)
# Thanks at the beginning, and anywhere a request to wait or a word about the conversation itself, answer nothing.
_ASIDE = re.compile(
    r"(?:makasih|terima ?kasih|trims|thanks|thank you)\b"
    r"|.*\b(?:sebentar|bentar|tunggu|wait|hold on|(?<!tanggung )jawab|comment|english|pertanyaan(?:nya)?|question"
    r"|ampun)\b"
)
_FEW_WORDS = 6  # in more, only the first word tells; a "tidak" further on may belong to anything


def plain(text: str) -> str:
    """Return the text in small letters with simple apostrophes, dashes and spaces."""
    simple = text.casefold().replace("’", "'").replace("–", "-").replace("—", "-")
    return " ".join(simple.split())


def is_unsure(text: str) -> bool:
    """Tell whether the text says that its writer does not know."""
    return _UNSURE.search(plain(text)) is not None


def yes_no(text: str) -> str | None:
    """Return "yes", "no", "unsure", or None when the text says neither, or both."""
    if is_unsure(text):
        return UNSURE
    if _ASIDE.match(plain(text)):
        return None
    words = re.findall(r"[a-z']+", plain(text))
    if len(words) > _FEW_WORDS:
        words = words[:1]
    if any(word in _NO for word in words):
        # "ya tidak" says both; "sudah", "ada" and "pernah" are yes only where no "tidak" or "belum" stands by.
        said_yes = words[0] in _YES and words[0] not in {"ada", "pernah", "sudah", "udah", "dah", "sdh", "udh"}
        return None if said_yes else "no"
    return "yes" if any(word in _YES for word in words) else None


def choose(text: str, patterns: Mapping[str, re.Pattern[str]], *, binary: bool = False) -> str | None:
    """Return "yes", "no" or "unsure" by what the text says and by the words of `patterns` ("yes" and "no") in it.

    None when it says nothing, or when two signs contradict each other: a question asked again costs less than a wrong
    answer. What a negation stands before is not said: "bukan tupoksi" is no; "bukan donasi" is a yes only where
    there are but two cases (`binary`).
    """
    if is_unsure(text):
        return UNSURE
    said, denied = affirmed(text, patterns)
    signs = {yes_no(said), option(said, patterns)}
    if "yes" in denied:
        signs.add("no")
    if "no" in denied and binary:
        signs.add("yes")
    signs.discard(None)
    return signs.pop() if len(signs) == 1 else None


def affirmed(text: str, patterns: Mapping[str, re.Pattern[str]]) -> tuple[str, frozenset[str]]:
    """Return the text without what it denies, and the names of the patterns whose words it denies."""
    said = _NO_DENIAL.sub(" ", _NOT_ONLY.sub(" ", plain(text)))
    denied = set()
    for name, pattern in patterns.items():
        said, times = re.subn(rf"\b(?:{NEGATION}\s+(?:\w+\s+)?|non[\s-]+){pattern.pattern}", " ", said)
        if times:
            denied.add(name)
    return said, frozenset(denied)


def option(text: str, patterns: Mapping[str, re.Pattern[str]]) -> str | None:
    """Return the one option whose words the text has; None for none or several of them."""
    simple = plain(text)
    found = [name for name, pattern in patterns.items() if pattern.search(simple)]
    return found[0] if len(found) == 1 else None


def words(*alternatives: str) -> re.Pattern[str]:
    """Return the pattern that finds one of these, each a regular expression, as whole words."""
    return re.compile(rf"\b(?:{'|'.join(alternatives)})\b")
