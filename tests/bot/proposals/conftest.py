from __future__ import annotations

import io
import json
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest

from bot.proposals.desk import Desk
from bot.settings import Settings
from storage.database import Database
from tests.bot import serving
from tests.bot.conftest import WatchedClock
from tests.bot.test_cli import upakarti  # noqa: F401 - a fixture


@pytest.fixture
def desk(store: Database, store_url: str, clock: WatchedClock, tmp_path: Path) -> Desk:
    """Where staff act on the same database that the test looks at."""
    return Desk(serving.settings(tmp_path, database_url=store_url), clock, "command:siti")


@pytest.fixture
def printed(capsys: pytest.CaptureFixture[str]) -> Callable[[Awaitable[None]], Awaitable[str]]:
    """Do what a command does and return what it printed."""

    async def printed(work: Awaitable[None]) -> str:
        capsys.readouterr()
        await work
        return capsys.readouterr().out

    return printed


@pytest.fixture
def objects(printed: Callable[[Awaitable[None]], Awaitable[str]]) -> Callable[[Awaitable[None]], Awaitable[list[Any]]]:
    """Do what a command does with --json and return the objects it printed."""

    async def objects(work: Awaitable[None]) -> list[Any]:
        return [json.loads(line) for line in (await printed(work)).splitlines()]

    return objects


@pytest.fixture
def given(tmp_path: Path) -> Settings:
    """Settings with an empty database."""
    return serving.prepared(tmp_path)


class Terminal(io.StringIO):
    """Somebody who types, and can be asked."""

    def isatty(self) -> bool:
        return True
