from __future__ import annotations

from pathlib import Path

import pytest
import sqlalchemy as sa

from bot.proposals.desk import Desk
from storage.database import Database
from storage.office.tables import staff
from tests.bot import serving
from tests.bot.conftest import WatchedClock
from tests.bot.proposals.conftest import objects, printed  # noqa: F401 - fixtures
from tests.bot.test_cli import upakarti  # noqa: F401 - a fixture
from tests.storage.broadcasts import announced
from tests.storage.emptied import (  # noqa: F401 - fixtures
    emptied_postgresql,
    sqlite_unless_asked,
    store,
)
from tests.storage.given import NOW
from tests.stubs.telegram import TOKEN


@pytest.fixture
def desk(store: Database, store_url: str, clock: WatchedClock, tmp_path: Path) -> Desk:  # noqa: F811 - a fixture
    """Where staff act on the same database that the test looks at; Telegram and the browser are served."""
    return Desk(serving.settings(tmp_path, database_url=store_url, telegram_token=TOKEN), clock, "command:siti")


@pytest.fixture
async def office(store: Database) -> None:  # noqa: F811 - a fixture
    """Rina and Budi work here, Sri is invited, and three people subscribed."""
    await announced.office(store)
    async with store.transaction() as tx:
        await tx.execute(sa.update(staff).values(joined_at=NOW))
        await tx.execute(sa.insert(staff), {"id": 9, "name": "Sri", "role": "officer", "invited_at": NOW})
    await announced.subscribers(store, 3)


@pytest.fixture
def text(tmp_path: Path) -> Path:
    """A file with what an announcement says."""
    path = tmp_path / "teks.txt"
    path.write_text("Pendaftaran *dibuka*.\n", encoding="utf-8")
    return path
