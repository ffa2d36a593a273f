"""When people may know of an event, and who is to be told of it then."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa

from storage.database import Transaction
from storage.proposals import records
from storage.proposals.records import Proposal
from storage.proposals.tables import links, proposal_events, proposals
from storage.schema import people, unreachable


@dataclass(frozen=True, slots=True)
class News:
    """One person who is to be told, now, how a proposal stands."""

    person_id: int
    channel: str
    language: str | None
    proposal: Proposal
    position: int  # of the event they are told of


@dataclass(frozen=True, slots=True)
class Reach:
    """What a release would do now: how many events people get to know of, and how many people would be told."""

    events: int
    people: int


async def release_one(tx: Transaction, number: str, at: datetime, now: datetime) -> int:
    """Let people know of all events of a proposal from `at` on, those they know already aside; return how many."""
    return await _release(tx, _of_one(number), at, now)


async def release_stage(tx: Transaction, state: str, edition: int, at: datetime, now: datetime) -> int:
    """Let people know of all events of a stage from that one moment on, so that nobody hears first."""
    return await _release(tx, _of_stage(state, edition), at, now)


async def reach_of_one(tx: Transaction, number: str, now: datetime) -> Reach:
    """Return what `release_one` would do."""
    return await _reach(tx, _of_one(number), now)


async def reach_of_stage(tx: Transaction, state: str, edition: int, now: datetime) -> Reach:
    """Return what `release_stage` would do."""
    return await _reach(tx, _of_stage(state, edition), now)


async def hold_one(tx: Transaction, number: str, now: datetime) -> int:
    """Take the releases of a proposal back that are not due yet; return how many events wait again."""
    return await _hold(tx, _of_one(number), now)


async def hold_stage(tx: Transaction, state: str, edition: int, now: datetime) -> int:
    """Take the releases of a stage back that are not due yet; return how many events wait again."""
    return await _hold(tx, _of_stage(state, edition), now)


def _of_one(number: str) -> sa.ColumnElement[bool]:
    return proposal_events.c.number == number


def _of_stage(state: str, edition: int) -> sa.ColumnElement[bool]:
    of_edition = sa.select(proposals.c.number).where(proposals.c.edition == edition)
    return sa.and_(proposal_events.c.state == state, proposal_events.c.number.in_(of_edition))


def _releasable(now: datetime) -> sa.ColumnElement[bool]:
    """Return the condition that people do not know of an event yet, and that no later correction made it a mistake."""
    later = proposal_events.alias("correction")
    corrected = sa.exists().where(
        later.c.number == proposal_events.c.number, later.c.position > proposal_events.c.position, later.c.correction
    )
    return sa.and_(records.not_known(now), ~corrected)


async def _release(tx: Transaction, which: sa.ColumnElement[bool], at: datetime, now: datetime) -> int:
    released = sa.update(proposal_events).where(which, _releasable(now)).values(released_at=max(at, now))
    return (await tx.execute(released)).rowcount


async def _hold(tx: Transaction, which: sa.ColumnElement[bool], now: datetime) -> int:
    held = sa.update(proposal_events).where(which, proposal_events.c.released_at > now).values(released_at=None)
    return (await tx.execute(held)).rowcount


async def _reach(tx: Transaction, which: sa.ColumnElement[bool], now: datetime) -> Reach:
    events = sa.select(sa.func.count()).select_from(proposal_events).where(which, _releasable(now))
    told = (
        sa.select(sa.func.count(links.c.person_id.distinct()))
        .select_from(links)
        .join(proposal_events, proposal_events.c.number == links.c.number)
        .join(unreachable, _door(), isouter=True)
        .where(which, _releasable(now), links.c.told_position < proposal_events.c.position, *_to_be_told())
    )
    return Reach((await tx.execute(events)).scalar_one(), (await tx.execute(told)).scalar_one())


def _door() -> sa.ColumnElement[bool]:
    """Return the condition by which what is closed for a person, where they would be told, is joined to their link."""
    return sa.and_(unreachable.c.person_id == links.c.person_id, unreachable.c.channel == links.c.channel)


def _to_be_told() -> tuple[sa.ColumnElement[bool], ...]:
    return (links.c.wants_news, unreachable.c.person_id.is_(None))


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
        .join(unreachable, _door(), isouter=True)
        .where(links.c.number.in_(numbers), *_to_be_told())
        .order_by(links.c.id)
        # Another process may be telling of another event of the same proposal: what it told is seen after its end.
        .with_for_update(of=links)
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
