"""`upakarti drill` on a real audience: it passes, tells the truth, leaves nothing behind, and changes nothing."""

from __future__ import annotations

import hashlib
import json
import tempfile
from datetime import UTC, datetime
from pathlib import Path

import pytest
import sqlalchemy as sa

from bot.clock import SystemClock
from bot.drill import commands
from bot.drill.rehearsal import Plan
from bot.proposals.desk import Desk
from storage import migrate
from storage.database import Database
from storage.schema import outbox, people, subscriptions
from tests.bot import serving
from tests.conftest import CACHE_HOME
from tests.stubs.telegram import TOKEN

PEOPLE = 400
KILLS = 3

pytestmark = pytest.mark.drill


async def fill(database: Database) -> None:
    now = datetime.now(UTC)
    known = {"created_at": now, "last_seen_at": now}
    topic = {"topic": "announcements", "since": now}
    async with database.transaction() as tx:
        rows = [{"id": n, "telegram_id": 10_000 + n, "last_channel": "telegram"} | known for n in range(1, PEOPLE + 1)]
        await tx.execute(sa.insert(people), rows)
        await tx.execute(sa.insert(subscriptions), [{"person_id": n} | topic for n in range(1, PEOPLE + 1)])


async def contents(database: Database) -> str:
    async with database.reading() as tx:
        rows = [(await tx.execute(sa.select(table))).all() for table in (people, subscriptions, outbox)]
    return hashlib.sha256(repr(rows).encode()).hexdigest()


async def test_a_drill_on_a_copy_of_the_audience(
    database_url: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    database = Database(database_url)
    await migrate.upgrade(database)
    await fill(database)
    before, folders = await contents(database), set(Path(tempfile.gettempdir()).glob("upakarti-drill-*"))
    settings = serving.settings(
        tmp_path, database_url=database_url, telegram_token=TOKEN, cache_dir=CACHE_HOME / "upakarti"
    )
    passed = await commands.drill(Desk(settings, SystemClock()), Plan(kills=KILLS), as_json=True)
    told = json.loads(capsys.readouterr().out)
    after = await contents(database)
    await database.close()
    with capsys.disabled():
        print(f"\ndrill, {database_url.partition('+')[0]}: {told}")

    assert passed
    assert (told["people"], told["kills"], told["doubled"], told["lost"]) == (PEOPLE, KILLS, 0, 0)
    assert sum(told["ends"].values()) == PEOPLE
    assert told["ends"]["sent"] > PEOPLE // 2
    assert after == before
    assert set(Path(tempfile.gettempdir()).glob("upakarti-drill-*")) <= folders
