"""Talks with an officer: asked for, taken by one of those on duty, given back or ended."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Literal

import sqlalchemy as sa

from storage import database
from storage.database import Transaction
from storage.office.tables import handovers, staff
from storage.schema import people, unreachable

QUIET = timedelta(minutes=30)  # without a word, after which a talk that was taken is over
PATIENCE = timedelta(days=3)  # that somebody waits for an officer at the longest

Closer = Literal["person", "officer", "time"]


@dataclass(frozen=True, slots=True)
class Side:
    """One of the two, as far as telling them something needs it."""

    person_id: int
    channel: str
    language: str | None


@dataclass(frozen=True, slots=True)
class Officer:
    """Somebody on duty: by the name that people are told, and where they work."""

    id: int
    name: str
    side: Side


@dataclass(frozen=True, slots=True)
class Talk:
    """An open talk. `officer` is None where whoever took it cannot be told anything; `attended` while they are there,
    on duty and reachable.
    """

    id: int
    person: Side
    opened_at: datetime
    last_said_at: datetime
    officer_id: int | None
    taken: bool
    officer: Officer | None
    attended: bool
    reachable: bool  # the person


class Over(StrEnum):
    """Why a talk does not go on as it is."""

    GONE = "gone"  # the person closed the door
    ALONE = "alone"  # the officer left; it waits for another
    QUIET = "quiet"  # nobody said anything
    UNANSWERED = "unanswered"  # nobody took it


_worker = people.alias("worker")


def _open_door(person_id: sa.ColumnElement[int], channel: sa.ColumnElement[str]) -> sa.ColumnElement[bool]:
    return ~sa.exists().where(unreachable.c.person_id == person_id, unreachable.c.channel == channel)


_CHANNEL = sa.func.coalesce(staff.c.channel, _worker.c.last_channel)
_ATTENDED = sa.and_(
    staff.c.removed_at.is_(None), staff.c.on_duty, _worker.c.id.is_not(None), _open_door(_worker.c.id, _CHANNEL)
)
_REACHABLE = _open_door(handovers.c.person_id, handovers.c.channel)
_TALKS = (
    sa.select(
        handovers,
        people.c.language.label("language"),
        staff.c.name.label("officer_name"),
        _worker.c.id.label("worker_id"),
        _CHANNEL.label("worker_channel"),
        _worker.c.language.label("worker_language"),
        sa.func.coalesce(_ATTENDED, sa.false()).label("attended"),
        _REACHABLE.label("reachable"),
    )
    .join(people, people.c.id == handovers.c.person_id)
    .outerjoin(staff, staff.c.id == handovers.c.officer_id)
    .outerjoin(_worker, _worker.c.id == staff.c.person_id)
    .where(handovers.c.closed_at.is_(None))
)
_ON_DUTY = (
    sa.select(staff.c.id, staff.c.name, _worker.c.id, _CHANNEL, _worker.c.language)
    .join(_worker, _worker.c.id == staff.c.person_id)
    .where(_ATTENDED)
    .order_by(staff.c.id)
)


async def is_staffed(tx: Transaction) -> bool:
    """Tell whether anybody works at the office at all, so that a talk may be taken some time."""
    query = sa.select(staff.c.id).where(staff.c.removed_at.is_(None), staff.c.person_id.is_not(None)).limit(1)
    return (await tx.execute(query)).first() is not None


async def on_duty(tx: Transaction) -> list[Officer]:
    """Return who is on duty now and can be reached."""
    return [Officer(row[0], row[1], Side(*row[2:])) for row in (await tx.execute(_ON_DUTY)).all()]


async def ask(tx: Transaction, person_id: int, channel: str, now: datetime) -> int | None:
    """Open a talk that waits for an officer and return its id; None where the person has one open already."""
    row = {"person_id": person_id, "channel": channel, "opened_at": now, "last_said_at": now}
    added = database.insert(tx, handovers).on_conflict_do_nothing().returning(handovers.c.id)
    talk_id: int | None = (await tx.execute(added, row)).scalar()
    return talk_id


async def find(tx: Transaction, talk_id: int) -> Talk | None:
    """Return an open talk and hold it until the transaction ends, so that it stays what it is meanwhile."""
    held = sa.select(handovers.c.id).where(handovers.c.id == talk_id, handovers.c.closed_at.is_(None))
    if (await tx.execute(held.with_for_update(key_share=True))).first() is None:
        return None
    return _talk((await tx.execute(_TALKS.where(handovers.c.id == talk_id))).one())


async def of_officer(tx: Transaction, staff_id: int) -> Talk | None:
    """Return the talk that an officer is in, held as by `find`."""
    query = sa.select(handovers.c.id).where(handovers.c.officer_id == staff_id, handovers.c.closed_at.is_(None))
    talk_id = (await tx.execute(query)).scalar()
    talk = None if talk_id is None else await find(tx, talk_id)
    return talk if talk is not None and talk.officer_id == staff_id else None


async def waiting(tx: Transaction) -> list[Talk]:
    """Return the talks that nobody took, the oldest first."""
    query = _TALKS.where(handovers.c.officer_id.is_(None)).order_by(handovers.c.opened_at, handovers.c.id)
    return [_talk(row) for row in (await tx.execute(query)).all()]


async def take(tx: Transaction, talk_id: int, staff_id: int, now: datetime) -> bool:
    """Let an officer have a talk that nobody has; False where another was first, or they may not take it.

    They have to be on duty, in no other talk, and somebody else than who asked.
    """
    me = sa.select(staff.c.person_id).where(
        staff.c.id == staff_id, staff.c.removed_at.is_(None), staff.c.on_duty, staff.c.person_id.is_not(None)
    )
    other = handovers.alias("other")
    busy = sa.exists().where(other.c.officer_id == staff_id, other.c.closed_at.is_(None))
    taken = await tx.execute(
        sa.update(handovers)
        .where(
            handovers.c.id == talk_id,
            handovers.c.closed_at.is_(None),
            handovers.c.officer_id.is_(None),
            sa.exists(me),
            handovers.c.person_id != me.scalar_subquery(),
            ~busy,
        )
        .values(officer_id=staff_id, taken_at=now, last_said_at=now)
    )
    return taken.rowcount == 1


async def said(tx: Transaction, talk: Talk, now: datetime) -> None:
    """Note that one of the two said something in a talk that is held."""
    await tx.execute(sa.update(handovers).where(handovers.c.id == talk.id).values(last_said_at=now))


async def close(tx: Transaction, talk_id: int, by: Closer, now: datetime) -> bool:
    """End a talk; False where it was over."""
    ended = await tx.execute(
        sa.update(handovers)
        .where(handovers.c.id == talk_id, handovers.c.closed_at.is_(None))
        .values(closed_at=now, closed_by=by)
    )
    return ended.rowcount == 1


async def release(tx: Transaction, talk: Talk, now: datetime) -> bool:
    """Let a talk wait again whose officer left; False where that is not so any more."""
    released = await tx.execute(
        sa.update(handovers)
        .where(
            handovers.c.id == talk.id,
            handovers.c.closed_at.is_(None),
            handovers.c.taken_at.is_not(None),
            handovers.c.officer_id.is_not_distinct_from(talk.officer_id),
        )
        .values(officer_id=None, taken_at=None, last_said_at=now)
    )
    return released.rowcount == 1


async def due(tx: Transaction, now: datetime) -> list[int]:
    """Return the ids of talks that do not go on as they are (see `over`), the oldest first."""
    quiet = sa.and_(handovers.c.taken_at.is_not(None), handovers.c.last_said_at <= now - QUIET)
    unanswered = sa.and_(handovers.c.taken_at.is_(None), handovers.c.last_said_at <= now - PATIENCE)
    alone = sa.and_(handovers.c.taken_at.is_not(None), ~sa.func.coalesce(_ATTENDED, sa.false()))
    query = _TALKS.where(sa.or_(quiet, unanswered, alone, ~_REACHABLE)).order_by(handovers.c.id)
    return [row.id for row in (await tx.execute(query)).all()]


def over(talk: Talk, now: datetime) -> Over | None:
    """Return why a talk does not go on as it is; None where it does."""
    if not talk.reachable:
        return Over.GONE
    if talk.taken and not talk.attended:
        return Over.ALONE
    if now - talk.last_said_at < (QUIET if talk.taken else PATIENCE):
        return None
    return Over.QUIET if talk.taken else Over.UNANSWERED


@dataclass(frozen=True, slots=True)
class Held:
    """One talk as it is kept of a person: when it was asked for, taken and over; not with whom."""

    opened_at: datetime
    taken_at: datetime | None
    closed_at: datetime | None


async def of_person(tx: Transaction, person_id: int) -> Sequence[Held]:
    """Return all talks of a person, oldest first."""
    query = (
        sa.select(handovers.c.opened_at, handovers.c.taken_at, handovers.c.closed_at)
        .where(handovers.c.person_id == person_id)
        .order_by(handovers.c.id)
    )
    return [Held(*row) for row in (await tx.execute(query)).all()]


def _talk(row: sa.Row[tuple[object, ...]]) -> Talk:
    side = None if row.worker_id is None else Side(row.worker_id, row.worker_channel, row.worker_language)
    return Talk(
        id=row.id,
        person=Side(row.person_id, row.channel, row.language),
        opened_at=row.opened_at,
        last_said_at=row.last_said_at,
        officer_id=row.officer_id,
        taken=row.taken_at is not None,
        officer=None if side is None else Officer(row.officer_id, row.officer_name, side),
        attended=bool(row.attended),
        reachable=bool(row.reachable),
    )
