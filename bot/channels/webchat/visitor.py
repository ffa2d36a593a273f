"""Who is at the browser: a random token in a cookie, known to us by its hash only."""

from __future__ import annotations

import hashlib
import re
import secrets
from dataclasses import dataclass
from typing import Final

from fastapi import Request, Response

COOKIE: Final = "upakarti_chat"
COOKIE_SECONDS: Final = 30 * 24 * 3600  # as long as the transcript is kept

_TOKEN: Final = re.compile(r"[A-Za-z0-9_-]{43}")


@dataclass(frozen=True, slots=True)
class Visitor:
    """One browser. `hash` is what storage knows; `token` stays between the cookie and us."""

    token: str

    @property
    def hash(self) -> str:
        return hashlib.sha256(self.token.encode()).hexdigest()


def of(request: Request) -> Visitor:
    """Return the visitor whose cookie this is, or a new one."""
    token = request.cookies.get(COOKIE, "")
    return Visitor(token if _TOKEN.fullmatch(token) else secrets.token_urlsafe(32))


def remember(visitor: Visitor, request: Request, response: Response) -> None:
    """Give the browser its cookie, for another while if it has one already."""
    secure = request.url.scheme == "https" or request.headers.get("x-forwarded-proto") == "https"
    response.set_cookie(
        COOKIE, visitor.token, max_age=COOKIE_SECONDS, httponly=True, samesite="lax", secure=secure, path="/"
    )
