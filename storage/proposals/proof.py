"""What proves that a proposal is somebody's: registration numbers, phone numbers and access codes in one form each.

Only the hashes of phone numbers and codes are kept. A code has 60 random bits, so its hash gives nothing away; a phone
number can be found again from its hash by trying all of them, which the hash only makes less casual.
"""

from __future__ import annotations

import hashlib
import hmac
import re
import secrets

NUMBER_LENGTHS = range(3, 41)  # characters of a registration number
CODE_ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"  # Crockford's: nothing that looks like something else
CODE_LENGTH = 12
CODE_LENGTHS = range(8, 33)  # of a code that the portal made
TAG_LENGTH = 4  # the end of a code, by which the one who made it knows it again

_NUMBER = re.compile(r"[0-9A-Z]+(?:-[0-9A-Z]+)*")
_SEPARATORS = re.compile(r"[\s./_-]+")
_PHONE_LENGTHS = range(8, 16)  # digits with the country's code (E.164 has at most 15)
_COUNTRY = "62"
_MISREAD = str.maketrans("OIL", "011")


def number(text: str) -> str | None:
    """Return a registration number in capitals, or None for what cannot be one.

    People copy "2026/UPK/0012" with spaces or dashes, so all that separates is one dash: "2026-UPK-0012".
    """
    found = _SEPARATORS.sub("-", text.strip()).upper()
    if len(found) not in NUMBER_LENGTHS or not _NUMBER.fullmatch(found) or not any(map(str.isdigit, found)):
        return None
    return found


def code(text: str) -> str | None:
    """Return an access code in capitals, without what only groups it, or None for what cannot be one."""
    found = re.sub(r"[\s-]", "", text).upper().translate(_MISREAD)
    if len(found) not in CODE_LENGTHS or any(letter not in CODE_ALPHABET for letter in found):
        return None
    return found


def phone(text: str) -> str | None:
    """Return a phone number as digits with the country's code (Indonesia's where none is told), or None."""
    if not re.fullmatch(r"[0-9\s().+-]+", text):
        return None
    digits = re.sub(r"[^0-9]", "", text)
    if digits.startswith("00"):
        digits = digits.removeprefix("00")
    elif digits.startswith("0") or (digits.startswith("8") and "+" not in text):
        digits = _COUNTRY + digits.removeprefix("0")  # "8…" is what a spreadsheet leaves of "08…"; "+81…" is Japan
    if digits.startswith(f"{_COUNTRY}0"):  # as in "+62 (0)812…"
        digits = _COUNTRY + digits.removeprefix(f"{_COUNTRY}0")
    return digits if len(digits) in _PHONE_LENGTHS else None


def new_code() -> str:
    """Return a fresh access code; it has a digit, so that it cannot be a word."""
    while True:
        found = "".join(secrets.choice(CODE_ALPHABET) for _ in range(CODE_LENGTH))
        if any(map(str.isdigit, found)):
            return found


def grouped(found: str) -> str:
    """Return a code as people read it: "7KQM-2B9T-XW4C"."""
    return "-".join(found[at : at + 4] for at in range(0, len(found), 4))


def code_hash(of_number: str, found: str) -> str:
    """Return what is kept of a code; both in the form that `number` and `code` return."""
    return hashlib.sha256(f"{of_number}:{found}".encode()).hexdigest()


def phone_hash(found: str) -> str:
    """Return what is kept of a phone number, in the form that `phone` returns."""
    return hashlib.sha256(found.encode()).hexdigest()


NOTHING = "0" * 64  # stands for a hash that there is none of: nothing hashes to it


def same(one: str | None, other: str | None) -> bool:
    """Compare two hashes in a time that does not tell how much of them is alike; None is like nothing."""
    alike = hmac.compare_digest(one or NOTHING, other or NOTHING)
    return alike and one is not None and other is not None
