"""What is asked of the outbox again and again finds its rows by an index, however many recipients there are."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

import pytest
import sqlalchemy as sa

from storage import outbox
from storage.broadcasts import reporting, running, sending
from storage.database import Database, Transaction
from tests.storage.broadcasts.announced import office, subscribers, under_way
from tests.storage.given import NOW, TELEGRAM, lease

Question = Callable[[Transaction], Awaitable[object]]


async def plan(database: Database, ask: Question) -> str:
    """Return how SQLite does what is asked, statement by statement."""
    asked: list[tuple[str, object]] = []

    def note(_conn: object, _cursor: object, statement: str, parameters: object, *_: object) -> None:
        asked.append((statement, parameters))

    engine = database._writer.sync_engine
    async with database.transaction() as tx:
        sa.event.listen(engine, "before_cursor_execute", note)
        await ask(tx)
        sa.event.remove(engine, "before_cursor_execute", note)
        lines: list[str] = []
        for statement, parameters in asked:
            found = await tx.exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", parameters)
            lines += [row[-1] for row in found]
    return "\n".join(lines)


@pytest.mark.parametrize(
    ("ask", "indexes"),
    [
        (lambda tx: sending.take(tx, TELEGRAM, lease(), 10), {"ix_outbox_broadcast", "ix_outbox_open"}),
        (lambda tx: sending.is_waiting(tx, TELEGRAM), {"ix_outbox_broadcast"}),
        (lambda tx: running.finish(tx, NOW), {"ix_outbox_counts", "ix_outbox_leased"}),
        (lambda tx: reporting.counts(tx, 1), {"COVERING INDEX ix_outbox_counts", "ix_outbox_delivered"}),
        (outbox.counts, {"COVERING INDEX ix_outbox_counts"}),
        (lambda tx: outbox.claim(tx, TELEGRAM, lease(), 10), {"ix_outbox_queued", "ix_outbox_open"}),
    ],
    ids=["take", "is_waiting", "finish", "counts", "all_counts", "claim"],
)
async def test_only_the_rows_in_question_are_looked_at(store: Database, ask: Question, indexes: set[str]) -> None:
    if not store.is_sqlite:
        pytest.skip("PostgreSQL chooses by what it counted in the table")
    await office(store)
    await subscribers(store, 3)
    await under_way(store)
    lines = await plan(store, ask)
    of_outbox = [line for line in lines.splitlines() if line.startswith(("SEARCH outbox", "SEARCH other", "SCAN o"))]

    assert {index for index in indexes if index in lines} == indexes
    assert [line for line in of_outbox if " INDEX ix_" not in line and "PRIMARY KEY (rowid=?)" not in line] == []
