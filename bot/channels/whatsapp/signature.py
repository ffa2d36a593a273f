"""Tells whether a webhook is from Meta: by its signature over the very bytes that came."""

from __future__ import annotations

import hashlib
import hmac
from typing import Final

HEADER: Final = "X-Hub-Signature-256"
_PREFIX: Final = "sha256="


def sign(raw: bytes, app_secret: str) -> str:
    """Return the value of the header that Meta sends with these bytes."""
    return _PREFIX + hmac.new(app_secret.encode(), raw, hashlib.sha256).hexdigest()


def is_valid(raw: bytes, given: str, app_secret: str) -> bool:
    """Compare in a time that tells nothing. `raw` is the body as it came: Meta escapes what JSON need not escape."""
    return hmac.compare_digest(sign(raw, app_secret).encode(), given.encode("utf-8", "replace"))
