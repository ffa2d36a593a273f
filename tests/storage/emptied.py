"""Databases for tests in numbers: migrated once, then copied (SQLite) or emptied (PostgreSQL) for every test."""

from __future__ import annotations

import uuid
from collections.abc import AsyncIterator, Callable, Iterator
from pathlib import Path

import pytest
import sqlalchemy as sa

from storage.database import Database
from tests import databases

# Quicker than TRUNCATE, which makes new files for every table and index.
EMPTY = (
    "DELETE FROM broadcasts",
    "DELETE FROM staff",
    "DELETE FROM people",
    "DELETE FROM editions",
    "DELETE FROM unanswered",
    "DELETE FROM feedback",
    "DELETE FROM check_counts",
    "DELETE FROM proposals",
    "DELETE FROM attempts",
    "DELETE FROM alarms",
    "DELETE FROM audit",
    "DELETE FROM api_keys",
    "DELETE FROM staged_rows",
    "DELETE FROM portal_readings",
    "DELETE FROM paces",
    "DELETE FROM reminders",
    "DELETE FROM taught",
    "SELECT setval(oid::regclass, 1, false) FROM pg_class WHERE relkind = 'S'",
)

# Decorators for what only one of the two systems does.
ON_POSTGRESQL = pytest.mark.parametrize("store_url", ["postgresql"], indirect=True)
ON_BOTH = pytest.mark.parametrize("store_url", ["sqlite", "postgresql"], indirect=True)
ON_SQLITE = pytest.mark.parametrize("store_url", ["sqlite"], indirect=True)


@pytest.fixture(scope="session")
def emptied_postgresql(postgresql: Path, postgresql_template: str) -> Iterator[str]:
    name = f"emptied{uuid.uuid4().hex}"
    url = f"postgresql+asyncpg://postgres@/{name}?host={postgresql}"
    databases.run(databases.admin(postgresql, f"CREATE DATABASE {name} TEMPLATE {postgresql_template}"))
    yield url
    databases.run(databases.admin(postgresql, f"DROP DATABASE {name} WITH (FORCE)"))


@pytest.fixture(params=["sqlite", "postgresql"])
def store_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """The URL of a migrated database, on either system."""
    return migrated_url(request, tmp_path)


@pytest.fixture(name="store_url")
def sqlite_unless_asked(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """The same, on SQLite where a test does not say ON_BOTH: for what is tested on either system deeper down."""
    return migrated_url(request, tmp_path)


def migrated_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """Return the URL of a migrated database on the system that the test asks for, SQLite where it does not."""
    if getattr(request, "param", "sqlite") == "postgresql":
        return str(request.getfixturevalue("emptied_postgresql"))
    return databases.sqlite_copy(tmp_path / "store.db")


@pytest.fixture
async def store(store_url: str) -> AsyncIterator[Database]:
    """An empty database with the newest schema. Quicker than `database`; a test must not change the schema."""
    database = Database(store_url)
    if not database.is_sqlite:
        async with database.transaction() as tx:
            for statement in EMPTY:
                await tx.execute(sa.text(statement))
    yield database
    await database.close()


@pytest.fixture
async def open_again(store: Database, store_url: str) -> AsyncIterator[Callable[[], Database]]:
    """Opens the same database once more, with connections of its own, as another process does."""
    opened: list[Database] = []

    def open_again() -> Database:
        opened.append(Database(store_url))
        return opened[-1]

    yield open_again
    for database in opened:
        await database.close()
