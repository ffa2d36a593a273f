"""The door to /api/v1: what stands behind it is put together when somebody first knocks, and not at the start."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from bot.clock import Clock
from storage.database import Database

if TYPE_CHECKING:
    from fastapi import FastAPI
    from starlette.types import Receive, Scope, Send


class Api:
    """The API as an ASGI application; `writable` is False where the portal's view is the source of all proposals."""

    def __init__(self, database: Database, clock: Clock, *, writable: bool = True) -> None:
        self._database = database
        self._clock = clock
        self._writable = writable
        self._app: FastAPI | None = None
        self._building = asyncio.Lock()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        async with self._building:
            if self._app is None:
                self._app = await asyncio.to_thread(self._build)
        await self._app(scope, receive, send)

    def _build(self) -> FastAPI:
        from bot.api.application import application  # noqa: PLC0415 - a tenth of a second that a start need not wait

        return application(self._database, self._clock, writable=self._writable)
