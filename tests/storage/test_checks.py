"""What stops people is counted by month and rule; nothing leads from a sum to a person."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime, timedelta

import sqlalchemy as sa

from storage import checks
from storage.checks import Finished
from storage.database import Database
from storage.schema import check_counts
from tests.storage import given
from tests.storage.given import NOW

LAST_OF_NOVEMBER = datetime.fromisoformat("2026-11-30T23:59:59+07:00")


async def count(database: Database, *finished: Finished) -> None:
    async with database.transaction() as tx:
        await checks.count(tx, finished)


async def totals(database: Database, start: date = date.min) -> dict[str, int]:
    async with database.reading() as tx:
        return await checks.totals(tx, start)


async def test_every_rule_of_a_result_is_counted_and_the_result_itself(store: Database) -> None:
    await count(store, Finished(frozenset({"R3", "R18"}), NOW), Finished(frozenset({"R3"}), NOW))
    await count(store, Finished(frozenset(), NOW))

    assert list((await totals(store)).items()) == [("finished", 3), ("R3", 2), ("R18", 1)]


async def test_nothing_finished_counts_nothing(store: Database) -> None:
    await count(store)

    assert await totals(store) == {}


async def test_a_month_is_jakartas_and_can_be_left_out(store: Database) -> None:
    await count(store, Finished(frozenset({"R1"}), LAST_OF_NOVEMBER))
    await count(store, Finished(frozenset({"R2"}), LAST_OF_NOVEMBER + timedelta(seconds=1)))

    assert await totals(store, date(2026, 12, 24)) == {"finished": 1, "R2": 1}
    assert await totals(store, date(2026, 11, 30)) == {"finished": 2, "R1": 1, "R2": 1}
    assert await totals(store, date(2027, 1, 1)) == {}


async def test_two_processes_add_to_the_same_sum(store: Database, open_again: Callable[[], Database]) -> None:
    await count(store, Finished(frozenset({"R1"}), NOW))
    await count(open_again(), Finished(frozenset({"R1"}), NOW))

    assert await totals(store) == {"finished": 2, "R1": 2}


async def test_a_sum_names_a_month_and_a_rule_and_nothing_else(store: Database) -> None:
    await count(store, Finished(frozenset({"R1"}), NOW))

    assert [column.name for column in check_counts.columns] == ["month", "name", "total"]
    async with store.reading() as tx:
        rows = (await tx.execute(sa.select(check_counts).order_by(check_counts.c.name))).all()
    assert [tuple(row) for row in rows] == [(date(2026, 11, 1), "R1", 1), (date(2026, 11, 1), "finished", 1)]
    assert await given.count(store, check_counts) == 2
