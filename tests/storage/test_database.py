"""Transactions are all or nothing, readers do not write, moments keep their zone, and SQLite is set up as promised."""

from __future__ import annotations

import asyncio
import socket
import sqlite3
from collections.abc import AsyncIterator, Callable
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path

import pytest
import sqlalchemy as sa

import storage.database
from storage import contacts, migrate
from storage.contacts import Identity
from storage.database import BUSY_TIMEOUT_MS, STATEMENT_TIMEOUT_S, Database, DatabaseError, Transaction, UtcDateTime
from storage.schema import people
from tests.storage import given
from tests.storage.emptied import ON_POSTGRESQL, ON_SQLITE
from tests.storage.given import NOW

JAKARTA = timezone(timedelta(hours=7))


async def write(tx: Transaction, number: int = 1) -> None:
    await contacts.meet(tx, [Identity(telegram_id=number)], NOW)


async def write_and_fail(database: Database) -> None:
    async with database.transaction() as tx:
        await write(tx)
        raise LookupError


async def test_what_a_transaction_wrote_is_there_after_it(store: Database) -> None:
    async with store.transaction() as tx:
        await write(tx)

    assert await given.count(store, people) == 1


async def test_a_transaction_that_raises_leaves_nothing(store: Database) -> None:
    with pytest.raises(LookupError):
        await write_and_fail(store)

    assert await given.count(store, people) == 0


async def test_a_cancelled_transaction_leaves_nothing_and_the_next_one_works(store: Database) -> None:
    written, forever = asyncio.Event(), asyncio.Event()

    async def never_ends() -> None:
        async with store.transaction() as tx:
            await write(tx)
            written.set()
            await forever.wait()

    task = asyncio.create_task(never_ends())
    await written.wait()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    async with store.transaction() as tx:
        await write(tx, 2)

    assert await given.count(store, people) == 1


async def test_a_reader_does_not_see_what_is_not_committed_and_does_not_wait_for_it(store: Database) -> None:
    async with store.transaction() as tx:
        await write(tx)
        assert await given.count(store, people) == 0

    assert await given.count(store, people) == 1


@ON_SQLITE
async def test_a_writer_never_finds_out_late_that_another_was_faster(
    store: Database, open_again: Callable[[], Database]
) -> None:
    async def one_more(database: Database) -> None:
        async with database.transaction() as tx:
            known = (await tx.execute(sa.select(sa.func.count()).select_from(people))).scalar_one()
            await write(tx, int(known))

    other = open_again()
    await asyncio.gather(*(one_more(database) for database in [store, other] * 10))

    assert await given.count(store, people) == 20


@ON_SQLITE
@pytest.mark.parametrize(
    ("pragma", "value"),
    [("journal_mode", "wal"), ("foreign_keys", 1), ("busy_timeout", BUSY_TIMEOUT_MS), ("synchronous", 2)],
)
async def test_sqlite_is_set_up_alike_for_writing_and_reading(store: Database, pragma: str, value: object) -> None:
    found = []
    for door in (store.transaction, store.reading):
        async with door() as tx:
            found.append((await tx.execute(sa.text(f"PRAGMA {pragma}"))).scalar())

    assert found == [value, value]


@ON_SQLITE
async def test_a_reader_cannot_write(store: Database) -> None:
    async with store.reading() as tx:
        with pytest.raises(sa.exc.OperationalError, match="readonly"):
            await write(tx)


@ON_SQLITE
async def test_a_writer_holds_the_database_from_its_beginning(store: Database, tmp_path: Path) -> None:
    async with store.transaction():
        other = sqlite3.connect(tmp_path / "store.db", timeout=0)
        with pytest.raises(sqlite3.OperationalError, match="database is locked"):
            other.execute("BEGIN IMMEDIATE")
        other.close()


@ON_POSTGRESQL
async def test_what_a_reader_wrote_on_postgresql_is_not_kept(store: Database) -> None:
    async with store.reading() as tx:
        await write(tx)

    assert await given.count(store, people) == 0


@ON_POSTGRESQL
async def test_statements_on_postgresql_end_after_a_time(store: Database) -> None:
    async with store.reading() as tx:
        raw = await tx.get_raw_connection()
        timeout = raw.driver_connection._config.command_timeout  # type: ignore[union-attr]

    assert timeout == STATEMENT_TIMEOUT_S


async def test_an_error_quotes_nothing_of_what_was_to_be_stored(store: Database) -> None:
    row = {"telegram_id": 1, "terminal_name": "Sari Dewi", "created_at": NOW, "last_seen_at": NOW, "language": "xx"}
    with pytest.raises(DatabaseError) as failure:
        async with store.transaction() as tx:
            await tx.execute(sa.insert(people).values(row))

    assert "Sari" not in str(failure.value)


async def test_a_postgresql_that_accepts_and_says_nothing_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(storage.database, "CONNECT_TIMEOUT_S", 0.1)
    with socket.create_server(("127.0.0.1", 0)) as silent:
        database = Database(f"postgresql+asyncpg://postgres@127.0.0.1:{silent.getsockname()[1]}/upakarti")
        async with asyncio.timeout(5):
            with pytest.raises((DatabaseError, OSError)):
                async with database.reading():
                    pass
        await database.close()


async def test_a_folder_that_is_missing_is_made(tmp_path: Path) -> None:
    database = Database(f"sqlite+aiosqlite:///{tmp_path}/var/lib/upakarti.db")
    await migrate.upgrade(database)
    await database.close()

    assert (tmp_path / "var/lib/upakarti.db").exists()


@pytest.mark.parametrize("url", ["sqlite+aiosqlite://", "sqlite+aiosqlite:///"])
def test_sqlite_needs_a_file(url: str) -> None:
    with pytest.raises(ValueError, match="SQLite needs a file"):
        Database(url)


async def test_a_url_that_leads_nowhere_is_a_database_error_or_one_of_the_system(tmp_path: Path) -> None:
    database = Database(f"postgresql+asyncpg://postgres@/nowhere?host={tmp_path}")

    with pytest.raises((DatabaseError, OSError)):
        async with database.reading():
            pass


async def test_opening_alone_connects_to_nothing(tmp_path: Path) -> None:
    Database(f"postgresql+asyncpg://postgres@/nowhere?host={tmp_path}")
    Database(f"sqlite+aiosqlite:///{tmp_path}/upakarti.db")

    assert list(tmp_path.iterdir()) == []


@pytest.fixture
async def moments(store: Database) -> AsyncIterator[sa.Table]:
    table = sa.Table("moments", sa.MetaData(), sa.Column("at", UtcDateTime))
    async with store.transaction() as tx:
        await tx.run_sync(table.create)
    yield table
    async with store.transaction() as tx:
        await tx.run_sync(table.drop)


@pytest.mark.parametrize(
    "moment",
    [
        NOW,
        datetime(2026, 11, 24, 23, 59, 59, 999_999, tzinfo=UTC),
        datetime(2024, 8, 26, 6, 59, 59, tzinfo=JAKARTA),
        datetime(2024, 8, 26, 0, 0, tzinfo=timezone(-timedelta(hours=9, minutes=30))),
        datetime(1970, 1, 1, tzinfo=UTC),
        datetime(2999, 12, 31, tzinfo=UTC),
        None,
    ],
)
async def test_a_moment_comes_back_the_same_and_in_utc(
    store: Database, moments: sa.Table, moment: datetime | None
) -> None:
    async with store.transaction() as tx:
        await tx.execute(moments.insert(), {"at": moment})
        (found,) = (await tx.execute(sa.select(moments.c.at))).scalars().all()

    assert found == moment
    assert found is None or found.tzinfo is UTC


async def test_moments_of_any_zone_compare_by_their_time(store: Database, moments: sa.Table) -> None:
    noon = datetime(2026, 11, 24, 12, tzinfo=UTC)
    async with store.transaction() as tx:
        await tx.execute(moments.insert(), {"at": noon})
        found = [
            (await tx.execute(sa.select(moments.c.at <= bound.astimezone(JAKARTA)))).scalar()
            for bound in (noon - timedelta(microseconds=1), noon, noon + timedelta(microseconds=1))
        ]

    assert [bool(each) for each in found] == [False, True, True]
