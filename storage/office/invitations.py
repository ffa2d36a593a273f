"""The one-time codes by which people invited to the office say who they are, in one form each; kept as hashes only."""

from __future__ import annotations

import hashlib
import re
import secrets
from datetime import timedelta

LIFE = timedelta(days=7)
PREFIX = "PANITIA"  # a shape that cannot be mistaken for an access code or a registration number
LENGTH = 16  # 80 random bits

_ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"  # Crockford's: nothing that looks like something else
_SURE_DIGITS = "23456789"  # that nobody reads as letters
_MISREAD = str.maketrans("OIL", "011")
_DASHES = str.maketrans("\u2010\u2011\u2012\u2013\u2014\u2212", "------")  # what keyboards make of "-"
_CODE = re.compile(rf"(?<![\w-]){PREFIX}(?P<code>(?:[\s-]*[0-9A-Z]{{4}}){{4}})(?![\w-])", re.IGNORECASE | re.ASCII)


def new_code() -> str:
    """Return a fresh code as people read it: "PANITIA-7KQM-2B9T-XW4C-H8RD". It has a digit, so that no words are it."""
    while True:
        found = "".join(secrets.choice(_ALPHABET) for _ in range(LENGTH))
        if any(letter in _SURE_DIGITS for letter in found):
            return "-".join((PREFIX, *(found[at : at + 4] for at in range(0, LENGTH, 4))))


def read(text: str) -> str | None:
    """Return the code in a text in its one form, capitals without what groups them, or None where there is none."""
    match = _CODE.search(text.translate(_DASHES))
    if match is None or not any(map(str.isdigit, match["code"])):
        return None
    return re.sub(r"[\s-]", "", match["code"]).upper().translate(_MISREAD)


def code_hash(found: str) -> str:
    """Return what is kept of a code, in the form that `read` returns."""
    return hashlib.sha256(f"{PREFIX}:{found}".encode()).hexdigest()
