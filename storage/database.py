"""Opens the database and hands out transactions: the one door through which everything is written."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, create_async_engine

Transaction = AsyncConnection  # what the functions of this package are given; opened here only
DatabaseError = sa.exc.SQLAlchemyError
ConflictError = sa.exc.IntegrityError  # two transactions, or one that is wrong, broke a rule of the tables

BUSY_TIMEOUT_MS = 10_000  # how long a writer waits for another process's transaction
POOL_SIZE = 8
STATEMENT_TIMEOUT_S = 30
CONNECT_TIMEOUT_S = 10


class UtcDateTime(sa.types.TypeDecorator[datetime]):
    """A moment, aware and in UTC on the Python side on both databases (SQLite itself knows no time zones)."""

    impl = sa.DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: sa.Dialect) -> datetime | None:
        if value is None:
            return None
        utc = value.astimezone(UTC)
        return utc.replace(tzinfo=None) if dialect.name == "sqlite" else utc

    def process_result_value(self, value: datetime | None, dialect: sa.Dialect) -> datetime | None:
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if dialect.name == "sqlite" else value.astimezone(UTC)


class Database:
    """One database: `sqlite+aiosqlite:///path` or `postgresql+asyncpg://…`.

    On SQLite all writing goes through one connection and begins IMMEDIATE, so that no transaction finds out
    late that another was faster; on PostgreSQL transactions are READ COMMITTED and lock what they change.
    """

    def __init__(self, url: str, connect_args: Mapping[str, Any] | None = None) -> None:
        self.url = sa.engine.make_url(url)
        self.is_sqlite = self.url.get_backend_name() == "sqlite"
        if self.is_sqlite:
            self._writer = _sqlite_engine(self.url, read_only=False)
            self._reader = _sqlite_engine(self.url, read_only=True)
        else:
            self._writer = self._reader = _postgresql_engine(self.url, dict(connect_args or {}))

    @asynccontextmanager
    async def transaction(self) -> AsyncIterator[Transaction]:
        """Open a write transaction: committed at the end of the block, rolled back when it raises."""
        async with self._writer.begin() as connection:
            yield connection

    @asynccontextmanager
    async def reading(self) -> AsyncIterator[Transaction]:
        """Open a transaction that only reads; on SQLite it does not wait for writers."""
        async with self._reader.connect() as connection:
            yield connection

    @asynccontextmanager
    async def alone(self, lock: int) -> AsyncIterator[bool]:
        """Hold a lock that one process has at a time; False where another has it. No transaction is open meanwhile.

        On SQLite it is always free: one service runs there.
        """
        if self.is_sqlite:
            yield True
            return
        async with self._writer.connect() as connection:
            await connection.execution_options(isolation_level="AUTOCOMMIT")
            if not (await connection.execute(sa.select(sa.func.pg_try_advisory_lock(lock)))).scalar_one():
                yield False
                return
            try:
                yield True
            finally:
                await connection.execute(sa.select(sa.func.pg_advisory_unlock(lock)))

    async def close(self) -> None:
        """Close all connections."""
        await self._writer.dispose()
        if self._reader is not self._writer:
            await self._reader.dispose()


def insert(tx: Transaction, table: sa.Table) -> sqlite.Insert | postgresql.Insert:
    """Return an INSERT that knows `on_conflict_do_nothing` and `on_conflict_do_update` on either database."""
    if tx.dialect.name == "sqlite":
        return sqlite.insert(table)
    return postgresql.insert(table)


def _postgresql_engine(url: sa.URL, connect_args: dict[str, Any]) -> AsyncEngine:
    connect_args.setdefault("command_timeout", STATEMENT_TIMEOUT_S)
    connect_args.setdefault("timeout", CONNECT_TIMEOUT_S)
    return create_async_engine(
        url,
        pool_size=POOL_SIZE,
        max_overflow=0,
        pool_pre_ping=True,
        connect_args=connect_args,
        hide_parameters=True,  # an error's text would quote what people wrote
    )


def _sqlite_engine(url: sa.URL, *, read_only: bool) -> AsyncEngine:
    if not url.database:
        raise ValueError("SQLite needs a file: in memory every connection has a database of its own")
    Path(url.database).parent.mkdir(parents=True, exist_ok=True)
    size = POOL_SIZE if read_only else 1
    engine = create_async_engine(url, pool_size=size, max_overflow=0, hide_parameters=True)
    begin = "BEGIN" if read_only else "BEGIN IMMEDIATE"

    @sa.event.listens_for(engine.sync_engine, "connect")
    def configure(connection: sa.engine.interfaces.DBAPIConnection, _record: object) -> None:
        # The driver begins nothing by itself; "begin" below does.
        connection.isolation_level = None
        cursor = connection.cursor()
        cursor.execute(f"PRAGMA busy_timeout = {BUSY_TIMEOUT_MS}")
        cursor.execute("PRAGMA foreign_keys = ON")
        cursor.execute("PRAGMA journal_mode = WAL")
        # FULL: what was acknowledged survives a power cut too, not only a killed process.
        cursor.execute("PRAGMA synchronous = FULL")
        if read_only:
            cursor.execute("PRAGMA query_only = ON")
        cursor.close()

    @sa.event.listens_for(engine.sync_engine, "begin")
    def start(connection: sa.Connection) -> None:
        connection.exec_driver_sql(begin)

    return engine
