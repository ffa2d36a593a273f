"""Runs the service in the test's own process: the real one, stopped as an operator stops it."""

from __future__ import annotations

import asyncio
import itertools
import os
import signal
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import httpx
from fastapi import FastAPI

from bot import app, service
from bot.api.door import Api
from bot.channels.base import Channel
from bot.channels.webchat.channel import WebChat
from bot.channels.webchat.routes import ChatRoutes
from bot.clock import Clock
from bot.service import Service
from bot.settings import Settings
from bot.web import Doors, application
from storage.database import Database
from tests import databases

STOP_SECONDS = 15


def settings(folder: Path, **given: Any) -> Settings:
    """Return settings that keep everything in this folder and listen on any free port."""
    defaults = {"database_url": f"sqlite+aiosqlite:///{folder}/service.db", "http_port": 0}
    return Settings(**(defaults | given))


def prepared(folder: Path, **given: Any) -> Settings:
    """Return the same, with a database that need not be migrated first."""
    return settings(folder, database_url=databases.sqlite_copy(folder / "service.db"), **given)


@asynccontextmanager
async def serving(given: Settings) -> AsyncIterator[str]:
    """Serve meanwhile and yield the address; it ends by SIGTERM, and with whatever ended it before."""
    announced: asyncio.Future[str] = asyncio.get_running_loop().create_future()
    running = asyncio.create_task(service.run(given, announce=announced.set_result), name="service")
    await asyncio.wait((running, announced), return_when=asyncio.FIRST_COMPLETED)
    try:
        if announced.done():
            yield announced.result()
    finally:
        if announced.done() and not running.done():
            os.kill(os.getpid(), signal.SIGTERM)  # caught by the service, as long as it runs
        async with asyncio.timeout(STOP_SECONDS):
            await running


def assemble(given: Settings, database: Database, clock: Clock, channels: Sequence[Channel] | None = None) -> Service:
    """Return a service that was put together and not started: nothing runs, nothing listens."""
    chosen = app.service_channels(given, database, clock) if channels is None else channels
    assistant = app.build(given, database, clock, chosen)
    browser = assistant.channels[WebChat.name]
    assert isinstance(browser, WebChat)
    chat = ChatRoutes(
        channel=browser,
        database=database,
        inbox=assistant.inbox,
        router=assistant.router,
        wording=assistant.wording,
        clock=clock,
    )
    return Service(assistant, chat, asyncio.Event())


def web(service: Service, webhooks: Doors | None = None) -> FastAPI:
    """Return the web application of that service."""
    return application(
        chat=service.chat,
        health=service.health,
        metrics_shown=service.assistant.metrics,
        webhooks=webhooks or {},
        api=Api(service.assistant.database, service.assistant.clock),
    )


@asynccontextmanager
async def browsing(application: FastAPI, **headers: str) -> AsyncIterator[httpx.AsyncClient]:
    """Speak HTTP to an application in this process; the client keeps cookies like a browser."""
    transport = httpx.ASGITransport(application)
    async with httpx.AsyncClient(transport=transport, base_url="http://chat.test", headers=headers) as client:
        yield client


class Visitor:
    """Somebody in the browser chat of an assembled service, with a client of their own."""

    def __init__(self, service: Service, client: httpx.AsyncClient) -> None:
        self.client = client
        self._service = service
        self._ids = (f"message-{number}" for number in itertools.count())

    async def post(self, **fields: str) -> dict[str, Any]:
        """Say or press something and return the last message shown."""
        posted = await self.client.post("/chat/messages", json={"id": next(self._ids), **fields})
        assert posted.status_code < 300, posted.text
        await self._service.assistant.senders["web"].drain()
        return (await self.history())[-1]

    async def history(self) -> list[dict[str, Any]]:
        """Return all messages as the page shows them."""
        messages: list[dict[str, Any]] = (await self.client.get("/chat/history")).json()["messages"]
        return messages
