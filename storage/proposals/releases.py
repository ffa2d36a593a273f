"""When people may know of an event, and who is to be told of it then."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa

from storage.database import Transaction
from storage.proposals import records
from storage.proposals.records import Proposal
from storage.schema import links, people, proposal_events, proposals, unreachable


@dataclass(frozen=True, slots=True)
class News:
    """One person who is to be told, now, how a proposal stands."""

    person_id: int
    channel: str
    language: str | None
    proposal: Proposal
    position: int  # of the event they are told of


async def release_one(tx: Transaction, number: str, at: datetime, now: datetime) -> int:
    """Let people know of all events of a proposal from `at` on, those they know already aside; return how many."""
    return await _release(tx, proposal_events.c.number == number, at, now)


async def release_stage(tx: Transaction, state: str, edition: int, at: datetime, now: datetime) -> int:
    """Let people know of all events of a stage from that one moment on, so that nobody hears first."""
    of_edition = sa.select(proposals.c.number).where(proposals.c.edition == edition)
    stage = sa.and_(proposal_events.c.state == state, proposal_events.c.number.in_(of_edition))
    return await _release(tx, stage, at, now)


async def hold_stage(tx: Transaction, state: str, edition: int, now: datetime) -> int:
    """Take a release back that is not due yet; return how many events wait again."""
    of_edition = sa.select(proposals.c.number).where(proposals.c.edition == edition)
    waiting = (
        proposal_events.c.state == state,
        proposal_events.c.number.in_(of_edition),
        proposal_events.c.released_at > now,
    )
    return (await tx.execute(sa.update(proposal_events).where(*waiting).values(released_at=None))).rowcount


async def _release(tx: Transaction, which: sa.ColumnElement[bool], at: datetime, now: datetime) -> int:
    open_ones = sa.or_(proposal_events.c.released_at.is_(None), proposal_events.c.released_at > now)
    released = sa.update(proposal_events).where(which, open_ones).values(released_at=max(at, now))
    return (await tx.execute(released)).rowcount


async def due(tx: Transaction, as_of: datetime, now: datetime, limit: int) -> list[News] | None:
    """Take up to `limit` events that people may know of by now and return whom to tell; None when none was left.

    Whoever calls this stores the messages in the same transaction: then each person is told once, also when several
    processes do this, or one dies at it.
    """
    taken = (
        sa.select(proposal_events.c.id)
        .where(proposal_events.c.announced_at.is_(None), proposal_events.c.released_at <= as_of)
        .order_by(proposal_events.c.released_at, proposal_events.c.id)
        .limit(limit)
        .with_for_update(skip_locked=True)
        .cte("taken")
    )
    announced = await tx.execute(
        sa.update(proposal_events)
        .where(proposal_events.c.id.in_(sa.select(taken.c.id)))
        .values(announced_at=now)
        .returning(proposal_events.c.number)
    )
    numbers = sorted({row.number for row in announced.all()})
    if not numbers:
        return None
    return await _to_tell(tx, numbers, as_of)


async def _to_tell(tx: Transaction, numbers: Sequence[str], as_of: datetime) -> list[News]:
    known = await records.find(tx, numbers)
    released = {number: events[-1] for number, found in known.items() if (events := found.released(as_of))}
    query = (
        sa.select(
            links.c.id, links.c.person_id, links.c.number, links.c.channel, links.c.told_position, people.c.language
        )
        .join(people, people.c.id == links.c.person_id)
        .join(
            unreachable,
            sa.and_(unreachable.c.person_id == links.c.person_id, unreachable.c.channel == links.c.channel),
            isouter=True,
        )
        .where(links.c.number.in_(numbers), links.c.wants_news, unreachable.c.person_id.is_(None))
        .order_by(links.c.id)
    )
    rows = [
        row
        for row in (await tx.execute(query)).all()
        if row.number in released and row.told_position < released[row.number].position
    ]
    told = [{"link": row.id, "position": released[row.number].position} for row in rows]
    if told:
        mark = sa.update(links).where(links.c.id == sa.bindparam("link"))
        await tx.execute(mark.values(told_position=sa.bindparam("position")), told)
    return [
        News(row.person_id, row.channel, row.language, known[row.number], released[row.number].position) for row in rows
    ]
