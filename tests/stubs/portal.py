"""A portal with tables of its own, the view that it keeps for us, and a role that may read nothing but that view."""

from __future__ import annotations

import asyncio
import uuid
from collections.abc import AsyncIterator, Iterator, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import asyncpg
import pytest

NOW = datetime(2026, 11, 24, 3, 0, tzinfo=UTC)  # where the clock of a test stands; the server has its own
READER = "upakarti_reader"
TABLES = """
    CREATE TABLE usulan (
        number text PRIMARY KEY, edition int, category text, title text, phone text,
        code_sha256 text, code_expires_at timestamptz, changed_at timestamptz DEFAULT clock_timestamp()
    );
    CREATE TABLE riwayat (
        number text, event bigint, state text, since timestamptz, released_at timestamptz, correction boolean,
        changed_at timestamptz DEFAULT clock_timestamp()
    );
    CREATE INDEX ON usulan (changed_at);
    CREATE INDEX ON riwayat (changed_at);
    CREATE INDEX ON riwayat (number, event);
"""
VIEW = """
    CREATE VIEW upakarti_status AS
    SELECT u.number, u.edition, u.category, u.title, u.phone, u.code_sha256, u.code_expires_at,
           r.event, r.state, r.since, r.released_at, r.correction,
           greatest(u.changed_at, r.changed_at) AS changed_at
    FROM usulan u JOIN riwayat r USING (number);
"""
EMPTY = "DROP SCHEMA public CASCADE; CREATE SCHEMA public; GRANT USAGE ON SCHEMA public TO PUBLIC;"
GRANT = f"GRANT SELECT ON upakarti_status TO {READER};"
MAKE_READER = f"""
    DO $$ BEGIN
        IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = '{READER}') THEN CREATE ROLE {READER} LOGIN; END IF;
    END $$;
"""


class PortalStub:
    """The portal's side; its officers write here."""

    def __init__(self, folder: Path, name: str) -> None:
        self.name = name
        self.url = f"postgresql+asyncpg://{READER}:a-password@/{name}?host={folder}"
        self.owners_url = f"postgresql+asyncpg://postgres@/{name}?host={folder}"
        self._where = {"host": str(folder), "user": "postgres", "database": name}
        self._connection: asyncpg.Connection | None = None

    async def connect(self) -> asyncpg.Connection:
        return await asyncpg.connect(**self._where)

    async def do(self, statement: str, *given: Any) -> None:
        self._connection = self._connection or await self.connect()
        await self._connection.execute(statement, *given)

    async def close(self) -> None:
        if self._connection is not None:
            await self._connection.close()

    async def propose(self, number: str = "A-1", *events: Sequence[Any], **columns: Any) -> None:
        """Enter a proposal with its events, each (event, state) or (event, state, released_at)."""
        row = {"number": number, "edition": 2026, "category": "pengabdian", "title": "Batik"} | columns
        names, places = ", ".join(row), ", ".join(f"${at}" for at in range(1, len(row) + 1))
        await self.do(f"INSERT INTO usulan ({names}) VALUES ({places})", *row.values())
        for event in events or [(1, "usulan_diterima", NOW - timedelta(days=1))]:
            await self.happen(number, *event)

    async def happen(
        self,
        number: str,
        event: int | None,
        state: str | None,
        released_at: datetime | None = None,
        *,
        since: datetime | None = NOW - timedelta(days=2),
        correction: bool | None = False,
    ) -> None:
        """Enter an event of a proposal."""
        statement = (
            "INSERT INTO riwayat (number, event, state, since, released_at, correction) VALUES ($1, $2, $3, $4, $5, $6)"
        )
        await self.do(statement, number, event, state, since, released_at, correction)

    async def release(self, number: str, event: int, at: datetime | None) -> None:
        """Let people know of an event from then on, or not any more."""
        await self.do(
            "UPDATE riwayat SET released_at = $3, changed_at = clock_timestamp() WHERE number = $1 AND event = $2",
            number, event, at,
        )  # fmt: skip

    async def change(self, number: str, **columns: Any) -> None:
        """Change a proposal itself."""
        for name, value in columns.items():
            statement = f"UPDATE usulan SET {name} = $2, changed_at = clock_timestamp() WHERE number = $1"
            await self.do(statement, number, value)

    async def withdraw(self, *numbers: str) -> None:
        """Delete proposals altogether."""
        for statement in ("DELETE FROM usulan WHERE number = ANY($1)", "DELETE FROM riwayat WHERE number = ANY($1)"):
            await self.do(statement, list(numbers))


@pytest.fixture(scope="session")
def portal_database(postgresql: Path) -> Iterator[str]:
    name = f"portal{uuid.uuid4().hex}"
    asyncio.run(_administer(postgresql, MAKE_READER, f"CREATE DATABASE {name}"))
    yield name
    asyncio.run(_administer(postgresql, f"DROP DATABASE {name} WITH (FORCE)"))


async def _administer(folder: Path, *statements: str) -> None:
    admin = await asyncpg.connect(host=str(folder), user="postgres", database="postgres")
    try:
        for statement in statements:
            await admin.execute(statement)
    finally:
        await admin.close()


@pytest.fixture
async def portal(postgresql: Path, portal_database: str) -> AsyncIterator[PortalStub]:
    """An empty portal in a database of its own."""
    stub = PortalStub(postgresql, portal_database)
    await stub.do(EMPTY + TABLES + VIEW + GRANT)
    yield stub
    await stub.close()
