"""The service and its WhatsApp, as a test sees them."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx
import sqlalchemy as sa

from bot.whatsapp_line import WHATSAPP_PATH
from storage import schema
from storage.database import Database
from tests.bot import serving
from tests.service import free_port
from tests.stubs.whatsapp import Sent, WhatsAppStub, sign


@dataclass(frozen=True, slots=True)
class Line:
    """One running service with its stub."""

    stub: WhatsAppStub
    url: str
    database_url: str

    async def answers(self, name: str, count: int = 1) -> list[Sent]:
        """Return what somebody was sent, once it is that much."""
        return await self.stub.wait_for(
            lambda: (sent := self.stub.sent_to(name)) and len(sent) >= count and sent, timeout=20
        )

    async def post(self, raw: bytes, signature: str | bytes | None = None) -> int:
        """Post these bytes, signed as Meta signs unless another signature is given; "" is none at all."""
        given = sign(raw).encode() if signature is None else signature
        headers = {b"X-Hub-Signature-256": given if isinstance(given, bytes) else given.encode()} if given else {}
        async with httpx.AsyncClient() as client:
            answer = await client.post(f"{self.url}{WHATSAPP_PATH}", content=raw, headers=headers)
            return answer.status_code

    async def rows(self, *columns: str) -> list[tuple[object, ...]]:
        """Return these columns of the outbox, in the order of writing."""
        database = Database(self.database_url)
        try:
            async with database.reading() as tx:
                query = sa.select(*(schema.outbox.c[name] for name in columns)).order_by(schema.outbox.c.id)
                return [tuple(row) for row in (await tx.execute(query)).all()]
        finally:
            await database.close()

    async def until(self, *wanted: tuple[str, str | None]) -> None:
        """Return when the outbox has these statuses and reasons."""
        async with asyncio.timeout(15):
            while await self.rows("status", "reason") != list(wanted):  # noqa: ASYNC110 - the service tells nobody
                await asyncio.sleep(0.02)


@asynccontextmanager
async def connected(folder: Path, stub: WhatsAppStub, **more: object) -> AsyncIterator[Line]:
    """Serve with that WhatsApp."""
    settings = serving.prepared(
        folder, http_port=free_port(), whatsapp_messages_per_second=5000, **stub.settings(), **more
    )
    async with serving.serving(settings) as url:
        stub.webhook = f"{url}{WHATSAPP_PATH}"
        yield Line(stub, url, settings.database_url)
