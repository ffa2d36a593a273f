"""Who may call, and how often: a key is looked up with every call, so that a revoked one stops at once."""

from __future__ import annotations

import math
import re
from typing import Final

import structlog
from fastapi import Request

from bot.api.problems import ProblemError
from bot.clock import Clock
from bot.pacing import Bucket, Rate
from storage import api_keys
from storage.api_keys import ApiKey
from storage.database import Database

log = structlog.get_logger()

CALLS: Final = Rate(per_second=50.0, burst=200)  # of one key, in one process
FAILURES: Final = Rate(per_second=1.0, burst=30)  # calls without a key that is in use, of everybody together
_KEY: Final = re.compile(rf"{api_keys.PREFIX}[A-Za-z0-9_-]{{43}}")
_SPLIT: Final = re.compile(r"[Bb]earer +(\S+)")


class Guard:
    """Lets calls with a key in, not too many at a time."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock
        self._failures = Bucket(FAILURES, clock)
        self._calls: dict[int, Bucket] = {}  # by key; there are as many as keys in use

    async def admit(self, request: Request) -> ApiKey:
        """Return whose call it is. Raises ProblemError: 401 without a key in use, 429 for too many calls."""
        given = _SPLIT.fullmatch(request.headers.get("authorization", ""))
        key = await self._find(given[1]) if given and _KEY.fullmatch(given[1]) else None
        if key is None:
            raise self._refusal(shown=given is not None)
        bucket = self._calls.setdefault(key.id, Bucket(CALLS, self._clock))
        if bucket.available() < 1:
            raise _too_many(bucket, CALLS)
        bucket.take(1)
        return key

    async def _find(self, key: str) -> ApiKey | None:
        async with self._database.reading() as tx:
            return await api_keys.find(tx, key)

    def _refusal(self, *, shown: bool) -> ProblemError:
        if self._failures.available() < 1:
            return _too_many(self._failures, FAILURES)
        self._failures.take(1)
        log.warning("api_refused", key_shown=shown)
        challenge = 'Bearer realm="upakarti"' + (', error="invalid_token"' if shown else "")
        detail = "This key is not in use." if shown else "Send the key as: Authorization: Bearer upk_…"
        return ProblemError(401, detail, headers={"WWW-Authenticate": challenge})


def _too_many(bucket: Bucket, rate: Rate) -> ProblemError:
    wait = max(1, math.ceil((1 - bucket.available()) / rate.per_second))
    return ProblemError(429, f"Too many calls: wait {wait} s.", headers={"Retry-After": str(wait)})
