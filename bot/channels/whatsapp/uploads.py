"""Uploads a file once for all who get it: an announcement with a picture goes to thousands."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Final

from bot.channels.whatsapp.client import File
from bot.clock import Clock

KEPT: Final = 8  # files whose id at Meta we remember
KEPT_SECONDS: Final = 3600.0  # Meta keeps a file for 30 days

Upload = Callable[[File], Awaitable[str]]


class Uploads:
    """What Meta calls the files that it has from us."""

    def __init__(self, upload: Upload, clock: Clock) -> None:
        self._upload = upload
        self._clock = clock
        self._known: dict[File, tuple[str, float]] = {}  # with the time until which that is good
        self._door = asyncio.Lock()  # many want the same file at the same moment

    async def id_of(self, file: File) -> str:
        """Return the id of this file at Meta, where it is uploaded if it is not there yet. Raises as `upload` does."""
        known = self._find(file)
        if known is not None:
            return known
        async with self._door:
            known = self._find(file)
            if known is None:
                known = await self._upload(file)
                kept = [(other, found) for other, found in self._known.items() if other != file]
                self._known = dict(kept[1 - KEPT :]) | {file: (known, self._clock.monotonic() + KEPT_SECONDS)}
        return known

    def _find(self, file: File) -> str | None:
        media_id, until = self._known.get(file, (None, 0.0))
        return media_id if self._clock.monotonic() < until else None
