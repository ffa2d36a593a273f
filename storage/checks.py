"""How often each rule of the eligibility check stood in a result: sums by month, and nothing that leads to a person."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

import sqlalchemy as sa

from storage import database
from storage.database import Transaction
from storage.schema import check_counts

FINISHED = "finished"  # stands beside the rules' ids: how many checks there were
_JAKARTA = timedelta(hours=7)  # has no summer time


@dataclass(frozen=True, slots=True)
class Finished:
    """One check whose result was shown for the first time, with the ids of the rules that were told."""

    rules: frozenset[str]
    at: datetime


async def count(tx: Transaction, finished: Sequence[Finished]) -> None:
    """Add these checks to the sums."""
    sums = Counter((_month(check.at), name) for check in finished for name in (FINISHED, *check.rules))
    if not sums:
        return
    statement = database.insert(tx, check_counts)
    statement = statement.on_conflict_do_update(
        index_elements=["month", "name"], set_={"total": check_counts.c.total + statement.excluded.total}
    )
    # In one order, so that two processes that count at the same moment do not wait for each other.
    rows = [{"month": month, "name": name, "total": total} for (month, name), total in sorted(sums.items())]
    await tx.execute(statement, rows)


async def totals(tx: Transaction, start: date) -> dict[str, int]:
    """Return the sums of the months from that of `start` on: the ids of rules, the most frequent first."""
    total = sa.func.sum(check_counts.c.total)
    query = (
        sa.select(check_counts.c.name, total)
        .where(check_counts.c.month >= start.replace(day=1))
        .group_by(check_counts.c.name)
        .order_by(total.desc(), check_counts.c.name)
    )
    return {name: int(number) for name, number in (await tx.execute(query)).all()}


def _month(at: datetime) -> date:
    return (at.astimezone(UTC) + _JAKARTA).date().replace(day=1)
