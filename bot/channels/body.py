"""Reads what was posted to us, but never more than somebody honest would send."""

from __future__ import annotations

from starlette.requests import Request


async def read(request: Request, limit: int) -> bytes | None:
    """Return the body, or None when it is longer than `limit` bytes; the rest is then left unread."""
    parts: list[bytes] = []
    size = 0
    async for part in request.stream():
        size += len(part)
        if size > limit:
            return None
        parts.append(part)
    return b"".join(parts)
