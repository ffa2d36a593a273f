"""Reads what was posted to us, but never more than somebody honest would send, nor for longer."""

from __future__ import annotations

import asyncio
from typing import Final

from starlette.requests import ClientDisconnect, Request

PATIENCE_SECONDS: Final = 30.0  # for a whole body; a chat message over a bad line takes a few


async def read(request: Request, limit: int) -> bytes | None:
    """Return the body, or None when it is longer than `limit` bytes; the rest is then left unread.

    Raises ClientDisconnect when the sender went, or is so slow that it may as well have gone.
    """
    parts: list[bytes] = []
    size = 0
    try:
        async with asyncio.timeout(PATIENCE_SECONDS):
            async for part in request.stream():
                size += len(part)
                if size > limit:
                    return None
                parts.append(part)
    except TimeoutError:
        raise ClientDisconnect from None
    return b"".join(parts)
