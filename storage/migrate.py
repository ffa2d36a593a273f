"""Brings a database to the newest schema."""

from __future__ import annotations

from pathlib import Path

import sqlalchemy as sa

from storage.database import Database, Transaction

HEAD = "0008"  # the newest revision; a test compares it with the folder
_FOLDER = Path(__file__).parent / "migrations"
_LOCK = 7_520_001  # PostgreSQL's advisory lock under which one process at a time migrates


class NewerDatabaseError(Exception):
    """The database was written by a newer program; this one must not touch it. The argument is its revision."""


async def upgrade(database: Database) -> None:
    """Run what is missing, in one transaction; several processes may call this at the same time.

    Raises NewerDatabaseError.
    """
    async with database.transaction() as tx:
        if not database.is_sqlite:
            await tx.execute(sa.select(sa.func.pg_advisory_xact_lock(_LOCK)))
        stands_at = await revision(tx)
        if stands_at is not None and stands_at > HEAD:
            raise NewerDatabaseError(stands_at)
        if stands_at != HEAD:
            await tx.run_sync(_upgrade)


async def revision(tx: Transaction) -> str | None:
    """Return the revision the database stands at, or None for an empty one."""
    if not await tx.run_sync(lambda connection: sa.inspect(connection).has_table("alembic_version")):
        return None
    version: str | None = (await tx.execute(sa.text("SELECT version_num FROM alembic_version"))).scalar()
    return version


async def confirm(tx: Transaction) -> None:
    """Write the revision down once more: nothing changes, but what cannot be written to refuses it, at the commit."""
    await tx.execute(sa.text("UPDATE alembic_version SET version_num = version_num"))


def _upgrade(connection: sa.Connection) -> None:
    # Imported only here: a database that is up to date should not pay for it in start-up time and memory.
    from alembic import command  # noqa: PLC0415
    from alembic.config import Config  # noqa: PLC0415

    config = Config()
    config.set_main_option("script_location", str(_FOLDER))
    config.attributes["connection"] = connection
    command.upgrade(config, "head")
