"""The portal at the other end of /api/v1: the real application on a real database, called in this process."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from typing import Any

import httpx
import pytest
from starlette.applications import Starlette
from starlette.routing import Mount

from bot.api.door import Api
from storage import api_keys, audit
from storage.database import Database
from tests.bot.conftest import WatchedClock

Calling = Callable[..., AbstractAsyncContextManager["Portal"]]
BODY = {"edition": 2026, "category": "kepeloporan", "title": "Tenun ikat"}


class Portal(httpx.AsyncClient):
    """Calls the API below /api/v1, with a key."""

    async def put(self, number: str, **body: Any) -> httpx.Response:  # type: ignore[override]
        return await self.request("PUT", f"/proposals/{number}", json=BODY | body)

    async def act(self, number: str, act: str, **body: Any) -> httpx.Response:
        return await self.request("POST", f"/proposals/{number}/{act}", json=body)

    async def release(self, **body: Any) -> httpx.Response:
        return await self.request("POST", "/releases", json=body)

    async def shown(self, number: str) -> dict[str, Any]:
        answer = await self.get(f"/proposals/{number}")
        assert answer.status_code == 200
        proposal: dict[str, Any] = answer.json()
        return proposal


async def key(database: Database, name: str = "portal") -> str:
    made = api_keys.new_key()
    async with database.transaction() as tx:
        assert await api_keys.add(tx, name, made, WatchedClock().now())
    return made


async def acts(database: Database) -> list[tuple[str, str, str, dict[str, Any]]]:
    """Return (actor, action, subject, details) of the audit, oldest first."""
    async with database.reading() as tx:
        found = await audit.latest(tx, 1000)
    return [(act.actor, act.action, act.subject, dict(act.details)) for act in reversed(found)]


@asynccontextmanager
async def calling(database: Database, clock: WatchedClock, given: str | None, **options: Any) -> AsyncIterator[Portal]:
    app = Starlette(routes=[Mount("/api/v1", Api(database, clock, **options))])
    headers = {} if given is None else {"Authorization": f"Bearer {given}"}
    transport = httpx.ASGITransport(app)
    async with Portal(transport=transport, base_url="http://portal.test/api/v1", headers=headers) as portal:
        await portal.get("/nothing")  # puts it together: two at once would get in each other's way with warnings
        yield portal


@pytest.fixture
async def portal(store: Database, clock: WatchedClock) -> AsyncIterator[Portal]:
    async with calling(store, clock, await key(store)) as portal:
        yield portal


def problem(answer: httpx.Response) -> tuple[int, str]:
    """Return the status of a problem and the last word of its type, after a look at its form."""
    assert answer.headers["content-type"] == "application/problem+json"
    told = answer.json()
    assert {"type", "title", "status", "detail"} <= set(told)
    assert told["status"] == answer.status_code
    return answer.status_code, told["type"].rpartition(":")[2]
