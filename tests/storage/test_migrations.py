"""The migrations add up to the schema, on both databases."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from pathlib import Path

import pytest
import sqlalchemy as sa

from storage import migrate, retention, schema
from storage.database import Database, Transaction
from storage.migrate import NewerDatabaseError

DESCRIBE_POSTGRESQL = """
    SELECT 'column ' || table_name || '.' || column_name AS what,
           data_type || ' null:' || is_nullable || ' default:' || coalesce(column_default, '-')
           || ' identity:' || is_identity AS how
    FROM information_schema.columns WHERE table_schema = 'public'
    UNION ALL
    SELECT 'constraint ' || conrelid::regclass || '.' || conname, pg_get_constraintdef(oid)
    FROM pg_constraint WHERE connamespace = 'public'::regnamespace
    UNION ALL
    SELECT 'index ' || indexname, indexdef FROM pg_indexes WHERE schemaname = 'public'
"""
DESCRIBE_SQLITE = "SELECT type || ' ' || name, coalesce(sql, '-') FROM sqlite_master"


def _words(how: str) -> str:
    """Return the words of a statement, a column's reference as the table's constraint that it is."""
    return " ".join(sorted(re.findall(r'[^\s,()"]+', re.sub(r"FOREIGN KEY\s*\(\w+\)", "", how))))


async def describe(database: Database) -> dict[str, str]:
    query = DESCRIBE_SQLITE if database.is_sqlite else DESCRIBE_POSTGRESQL
    async with database.reading() as tx:
        rows = (await tx.execute(sa.text(query))).all()
    # SQLite keeps the text of each statement, where the order of the constraints does not matter.
    words = _words if database.is_sqlite else str
    return {what: words(how) for what, how in rows if "alembic_version" not in what}


async def test_the_migrations_add_up_to_the_schema(database: Database) -> None:
    migrated = await describe(database)
    async with database.transaction() as tx:
        await tx.run_sync(schema.metadata.drop_all)
        await tx.run_sync(schema.metadata.create_all)
    created = await describe(database)

    assert migrated == created
    assert len(created) > 20


async def test_a_difference_would_be_seen(database: Database) -> None:
    before = await describe(database)
    async with database.transaction() as tx:
        await tx.execute(sa.text("ALTER TABLE people ADD COLUMN shoe_size INTEGER"))

    assert await describe(database) != before


async def test_upgrading_twice_changes_nothing(database: Database) -> None:
    before = await describe(database)
    await migrate.upgrade(database)

    assert await describe(database) == before


async def test_a_database_of_a_newer_program_is_not_touched(database: Database) -> None:
    async with database.transaction() as tx:
        await tx.execute(sa.text("UPDATE alembic_version SET version_num = '9999'"))
    before = await describe(database)

    with pytest.raises(NewerDatabaseError, match="9999"):
        await migrate.upgrade(database)

    assert await describe(database) == before


async def test_an_empty_database_has_no_revision(empty_database_url: str) -> None:
    database = Database(empty_database_url)
    async with database.reading() as tx:
        revision = await migrate.revision(tx)
    await database.close()

    assert revision is None


def test_head_is_the_newest_revision() -> None:
    folder = Path(migrate.__file__).parent / "migrations" / "versions"
    newest = max(path.name.split("_")[0] for path in folder.glob("*.py"))

    assert newest == migrate.HEAD


def test_every_table_has_a_retention_rule_or_a_reason() -> None:
    assert retention.covered() == set(schema.metadata.tables)


@pytest.mark.parametrize(
    "statement",
    [
        "INSERT INTO people (created_at, last_seen_at) VALUES (:at, :at)",
        "INSERT INTO people (telegram_id, language, created_at, last_seen_at) VALUES (7, 'fr', :at, :at)",
        "INSERT INTO conversations (person_id, state, updated_at) VALUES (999, '{}', :at)",
    ],
)
async def test_the_tables_refuse_what_must_not_be(database: Database, statement: str) -> None:
    async def attempt(tx: Transaction) -> None:
        bind = sa.bindparam("at", type_=schema.people.c.created_at.type)
        await tx.execute(sa.text(statement).bindparams(bind), {"at": datetime(2026, 11, 24, tzinfo=UTC)})

    with pytest.raises(sa.exc.IntegrityError):
        async with database.transaction() as tx:
            await attempt(tx)
