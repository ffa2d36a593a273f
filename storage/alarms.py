"""What staff should look at: many failed proofs, a code that is used again, a portal that says impossible things."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta

import sqlalchemy as sa

from storage.database import Transaction
from storage.schema import alarms

DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Alarm:
    """One alarm: `kind` is a machine word, `person_id` and `number` are whom and which proposal it is about."""

    kind: str
    raised_at: datetime
    person_id: int | None = None
    number: str | None = None


async def raise_(tx: Transaction, alarm: Alarm) -> None:
    """Keep an alarm for staff."""
    row = {
        "kind": alarm.kind,
        "person_id": alarm.person_id,
        "number": alarm.number,
        "raised_at": alarm.raised_at,
    }
    await tx.execute(sa.insert(alarms), row)


async def since(tx: Transaction, start: datetime, limit: int = 1000) -> list[Alarm]:
    """Return the alarms from then on, newest first."""
    return await _latest(tx, limit, alarms.c.raised_at >= start)


async def of_number(tx: Transaction, number: str, limit: int) -> list[Alarm]:
    """Return the last alarms about a proposal, newest first."""
    return await _latest(tx, limit, alarms.c.number == number)


async def counts(tx: Transaction, start: datetime) -> dict[str, int]:
    """Return how many alarms there were from then on, by kind."""
    query = sa.select(alarms.c.kind, sa.func.count().label("raised")).where(alarms.c.raised_at >= start)
    return {row.kind: row.raised for row in (await tx.execute(query.group_by(alarms.c.kind))).all()}


async def _latest(tx: Transaction, limit: int, which: sa.ColumnElement[bool]) -> list[Alarm]:
    query = sa.select(alarms).where(which).order_by(alarms.c.id.desc()).limit(limit)
    return [Alarm(row.kind, row.raised_at, row.person_id, row.number) for row in (await tx.execute(query)).all()]


async def raise_daily(tx: Transaction, kind: str, numbers: Collection[str | None], now: datetime) -> set[str | None]:
    """Keep an alarm for each of these proposals that had none of the kind within a day; return of which."""
    recent = sa.select(alarms.c.number).where(alarms.c.kind == kind, alarms.c.raised_at > now - DAY)
    known = set((await tx.execute(recent.where(alarms.c.number.in_(numbers) | alarms.c.number.is_(None)))).scalars())
    new = set(numbers) - known
    for number in sorted(new, key=str):
        await raise_(tx, Alarm(kind, now, number=number))
    return new


async def untold(tx: Transaction, kinds: Collection[str], now: datetime) -> list[str]:
    """Return of which of these kinds staff have to be told, and take it that they are: each alarm is returned once.

    What is older than a day is no news any more.
    """
    new = (alarms.c.kind.in_(kinds), alarms.c.told_at.is_(None), alarms.c.raised_at > now - DAY)
    told = sa.update(alarms).where(*new).values(told_at=now).returning(alarms.c.kind)
    return sorted({row.kind for row in (await tx.execute(told)).all()})
