"""Databases with the newest schema, made once and copied: migrating takes longer than most tests do."""

from __future__ import annotations

import asyncio
import functools
import shutil
import tempfile
from collections.abc import Coroutine
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import asyncpg

from storage import migrate
from storage.database import Database


def run(work: Coroutine[Any, Any, None]) -> None:
    """Do this in a thread of its own: the first test that asks for it may have an event loop running."""
    with ThreadPoolExecutor(1) as pool:
        pool.submit(asyncio.run, work).result()


async def migrated(url: str) -> None:
    """Bring the database to the newest schema, and leave it."""
    database = Database(url)
    await migrate.upgrade(database)
    await database.close()


def sqlite_copy(path: Path) -> str:
    """Put an empty database with the newest schema there, unless one is there already, and return its URL."""
    if not path.exists():
        shutil.copy(Path(_folder().name) / "migrated.db", path)
    return f"sqlite+aiosqlite:///{path}"


async def admin(folder: Path, statement: str) -> None:
    """Let the PostgreSQL in this folder do something with its databases."""
    connection = await asyncpg.connect(host=str(folder), user="postgres", database="postgres")
    try:
        await connection.execute(statement)
    finally:
        await connection.close()


@functools.cache
def _folder() -> tempfile.TemporaryDirectory[str]:
    folder = tempfile.TemporaryDirectory(prefix="upakarti-migrated-")
    run(migrated(f"sqlite+aiosqlite:///{folder.name}/migrated.db"))
    return folder
