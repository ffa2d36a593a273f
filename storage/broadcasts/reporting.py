"""Tells how a broadcast went: counts by how it ended and why, and one line a recipient."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import sqlalchemy as sa

from storage.broadcasts.tables import broadcasts
from storage.database import Transaction
from storage.schema import outbox

AT_ONCE = 1_000  # lines read at once
# A bound that says no more than "is not null", but leads SQLite to the index of those.
EVER = datetime.min.replace(tzinfo=UTC)


@dataclass(frozen=True, slots=True, order=True)
class End:
    """How it ended for some: the channel, the status in the outbox, and the reason, as machine words.

    `queued` are those it has not come to: in a stopped broadcast they do not get it.
    """

    channel: str
    status: str
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Counts:
    """How many people each end came to, and of those it was sent to, how many got it and read it, where known."""

    ends: Mapping[End, int]
    delivered: int = 0
    read: int = 0

    def of(self, *statuses: str) -> int:
        """Return how many ended so."""
        return sum(count for end, count in self.ends.items() if end.status in statuses)

    @property
    def total(self) -> int:
        """How many people there are."""
        return sum(self.ends.values())


@dataclass(frozen=True, slots=True)
class Recipient:
    """One recipient: our number of the person, never a name, and what became of the message."""

    id: int
    person_id: int
    channel: str
    language: str
    status: str
    reason: str | None
    settled_at: datetime | None
    delivered_at: datetime | None
    read_at: datetime | None


async def counts(tx: Transaction, broadcast_id: int) -> Counts:
    """Count the recipients; from what was kept at the end, once they are forgotten."""
    recipients_of_it = outbox.c.broadcast_id == broadcast_id
    by = (outbox.c.status, outbox.c.channel, outbox.c.reason)
    query = sa.select(*by, sa.func.count().label("people")).where(recipients_of_it).group_by(*by)
    rows = (await tx.execute(query)).all()
    if not rows:
        kept = (await tx.execute(sa.select(broadcasts.c.tally).where(broadcasts.c.id == broadcast_id))).scalar()
        return from_json(kept or ())
    ends = {End(row.channel, row.status, row.reason or ""): row.people for row in rows}
    seen = outbox.c.delivered_at > sa.literal(EVER, outbox.c.delivered_at.type)
    known = sa.select(sa.func.count().label("delivered"), sa.func.count(outbox.c.read_at).label("read"))
    told = (await tx.execute(known.where(recipients_of_it, seen))).one()
    return Counts(ends, told.delivered, told.read)


def as_json(found: Counts) -> list[list[Any]]:
    """Return counts as plain JSON."""
    ends = [[end.channel, end.status, end.reason, count] for end, count in sorted(found.ends.items())]
    return [*ends, ["", "delivered", "", found.delivered], ["", "read", "", found.read]]


def from_json(kept: Sequence[Sequence[Any]]) -> Counts:
    """Read what `as_json` returned."""
    ends = {End(channel, status, reason): count for channel, status, reason, count in kept if channel}
    known = {status: count for channel, status, _, count in kept if not channel}
    return Counts(ends, known.get("delivered", 0), known.get("read", 0))


async def recipients(
    reading: Callable[[], AbstractAsyncContextManager[Transaction]],
    broadcast_id: int,
    statuses: Sequence[str] = (),
) -> AsyncIterator[Recipient]:
    """Yield the recipients, or those who ended so, in the order in which they were frozen; few in memory at a time."""
    columns = tuple(outbox.c[name] for name in Recipient.__dataclass_fields__)
    after = 0
    while True:
        query = sa.select(*columns).where(outbox.c.broadcast_id == broadcast_id, outbox.c.id > after)
        if statuses:
            query = query.where(outbox.c.status.in_(statuses))
        async with reading() as tx:
            rows = (await tx.execute(query.order_by(outbox.c.id).limit(AT_ONCE))).all()
        for row in rows:
            yield Recipient(*row)
        if len(rows) < AT_ONCE:
            return
        after = rows[-1].id
