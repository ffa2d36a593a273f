"""Finds registration numbers and access codes in what people type."""

from __future__ import annotations

import re
from dataclasses import dataclass

from storage.proposals import proof

_GROUPED_CODE = re.compile(r"(?<![\w-])(?:[0-9A-Za-z]{4}[\s-]+){2}[0-9A-Za-z]{4}(?![\w-])")
_PLAIN_CODE = re.compile(rf"(?<![\w-])[0-9A-Za-z]{{{proof.CODE_LENGTH}}}(?![\w-])")
_DASHES = str.maketrans("\u2010\u2011\u2012\u2013\u2014\u2212", "------")  # what keyboards and PDFs make of "-"
_DATE = re.compile(r"\d{1,2}([./-])\d{1,2}\1\d{2,4}|\d{4}-\d{1,2}-\d{1,2}")
_DIGITS_OF_A_NUMBER = 6  # in a sentence; a shorter row of digits is a year or a count
_STRONG_LENGTH = 5  # of a token with letters and digits
_PREFIX_LENGTH = 6  # of the letters that a number written with spaces begins with
_PARTS = 5
_LIKE_A_NUMBER = re.compile(r"[A-Za-z]*[\s./_-]?[\d\s./_-]+")  # letters, then digits: rarely a random code
_PHONE = re.compile(r"(?:\+|0(?=[\s-]?8)|62[\s-]?8)[\d\s().-]{8,20}")  # a code of digits may begin with 0
_AROUND = ".,;:!?()\"'“”‘’*_`"  # what may stand around a code or a number, copied with it
_ABOUT_CODE = re.compile(
    r"\b(kode|code|kodenya|lupa|hilang|lost|forgot)\b"
    r"|\b(tidak|gak|ga|nggak|enggak|tdk|gk|blm|belum)\s+(punya|ada|dapat|dapet|dpt|ingat|inget)\b"
    r"|\b(don'?t|do not|didn'?t|did not)\s+(have|get|receive|remember)\b",
    re.IGNORECASE,
)

_AGREED = re.compile(
    r"(?:(?:saya|aku|kami|i)\s+)?(?:ya|iya|y|yes|yep|ok|oke|okay|setuju|agree|agreed|lanjut(?:kan)?|boleh|sure)"
    r"(?:[\s,]+(?:saya|setuju|lanjut(?:kan)?|ya|kak|min|dong|saja|aja|i|agree))*[\s.!]*",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Said:
    """What a text holds: a registration number, a code, each in its one form.

    With `either` they are the same words, which may be meant as the one or the other. `rest` are the other words.
    """

    number: str | None
    code: str | None
    either: bool = False
    rest: str = ""

    @property
    def both(self) -> bool:
        """Tell whether the text holds a number and, besides, a code."""
        return self.number is not None and self.code is not None and not self.either


def read(text: str) -> Said:
    """Return the number and the code in a text that may hold other words too."""
    text = text.translate(_DASHES)
    code, rest = _code(text)
    if code is not None and not rest.strip(" .,:;"):
        return Said(proof.number(text), code, either=True)
    number, words = _number(rest)
    return Said(number, code, rest=words)


def is_number(text: str) -> bool:
    """Tell whether a text is a registration number and can hardly be anything else."""
    token = text.translate(_DASHES).strip()
    return not token.isdigit() and " " not in token and _is_strong(token)


def is_code(text: str) -> bool:
    """Tell whether a text is an access code and hardly a registration number."""
    return read(text).either and _LIKE_A_NUMBER.fullmatch(text.strip()) is None


def is_phone(text: str) -> bool:
    """Tell whether a text is a phone number, as people write theirs."""
    return _PHONE.fullmatch(text.strip()) is not None and proof.phone(text.strip()) is not None


def asks_about_code(text: str) -> bool:
    """Tell whether somebody who was asked for a code says that they have none, or asks where it is from."""
    return _ABOUT_CODE.search(text) is not None


def agrees(text: str) -> bool:
    """Tell whether a text says yes to what was asked, and nothing besides."""
    return _AGREED.fullmatch(text.strip()) is not None


def only_code(text: str) -> str | None:
    """Return the code that a text is, for somebody who was asked for one: also one that the portal made."""
    text = text.translate(_DASHES)
    found = re.sub(r"(?i)^\W*(kode(\s*akses|nya)?|access\s*code|code)\b\W*", "", text.strip()).strip(_AROUND)
    if any(character.isdigit() for character in found) and (" " not in found.strip() or _GROUPED_CODE.fullmatch(found)):
        return proof.code(found)
    return _code(text)[0]


def _code(text: str) -> tuple[str | None, str]:
    """Return the code in a text, and the text without it."""
    for pattern in (_GROUPED_CODE, _PLAIN_CODE):
        for match in reversed(list(pattern.finditer(text))):
            code = proof.code(match[0])
            if code is not None and any(map(str.isdigit, match[0])):
                return code, text[: match.start()] + " " + text[match.end() :]
    return None, text


def _number(text: str) -> tuple[str | None, str]:
    """Return the number in a text, and its other words."""
    tokens = [token.strip(_AROUND) for token in text.split()]
    tokens = [token for token in tokens if token]
    if len(tokens) == 1 or _written_with_spaces(tokens):
        found = proof.number(" ".join(tokens))
        if found is not None:
            return found, ""
    strong = [token for token in tokens if _is_strong(token)]
    if len(strong) != 1:
        return None, text
    return proof.number(strong[0]), " ".join(token for token in tokens if token != strong[0])


def _written_with_spaces(tokens: list[str]) -> bool:
    """Tell whether "UPK 2026 00123" may be meant as one."""
    first, *others = tokens or [""]
    begins = len(first) <= _PREFIX_LENGTH and first.isascii() and first.isalnum()
    return 0 < len(others) < _PARTS and begins and all(re.fullmatch(r"[\d./-]+", token) for token in others)


def _is_strong(token: str) -> bool:
    """Tell whether a word in a sentence can only be a registration number."""
    if _DATE.fullmatch(token) or proof.number(token) is None:
        return False
    if token.isdigit():
        return len(token) >= _DIGITS_OF_A_NUMBER
    return len(token) >= _STRONG_LENGTH and sum(map(str.isdigit, token)) > 1
