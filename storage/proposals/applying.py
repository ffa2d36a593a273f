"""Applies judged rows to the proposals: a few statements for all rows, what `records.put` does for one.

Each carries what was seen when the row was judged as its condition, and counts what it changed: a row that would not
fit any more undoes all of it.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

import sqlalchemy as sa

from storage.database import Transaction
from storage.proposals import records, states
from storage.proposals.tables import proposal_events, proposals, staged_rows

_MOMENT = staged_rows.c.staged_at.type


class ProposalsChangedError(Exception):
    """Something else changed the proposals after they were judged; nothing of these rows was taken in."""


async def apply(tx: Transaction, import_id: str, now: datetime) -> None:
    """Take in all rows of an import, none of which is refused. Raises ProposalsChangedError."""
    await _lock(tx, import_id)
    await _confirm(tx, import_id, now)
    await _change(tx, import_id, now)
    await _tell_more(tx, import_id, now)
    await _move(tx, import_id, now)
    await _add(tx, import_id, now)


async def rows(tx: Transaction, import_id: str) -> int:
    """Return how many rows of an import are staged."""
    return await _count(tx, staged_rows.c.import_id == import_id)


def _of(import_id: str, verdict: str) -> tuple[sa.ColumnElement[bool], ...]:
    return staged_rows.c.import_id == import_id, staged_rows.c.verdict == verdict


async def _count(tx: Transaction, *which: sa.ColumnElement[bool]) -> int:
    query = sa.select(sa.func.count()).select_from(staged_rows).where(*which)
    return int((await tx.execute(query)).scalar_one())


async def _expect(tx: Transaction, statement: sa.Executable, count: int) -> None:
    changed: sa.CursorResult[Any] = await tx.execute(statement)
    if changed.rowcount != count:
        raise ProposalsChangedError


async def _lock(tx: Transaction, import_id: str) -> None:
    """Wait for others in one order, so that two imports do not wait for each other; SQLite has one writer anyway."""
    if tx.dialect.name != "sqlite":
        theirs = sa.select(staged_rows.c.number).where(staged_rows.c.import_id == import_id)
        locked = (
            sa.select(proposals.c.number)
            .where(proposals.c.number.in_(theirs))
            .order_by(proposals.c.number)
            .with_for_update()
        )
        await tx.execute(sa.select(sa.func.count()).select_from(locked.subquery()))


async def _confirm(tx: Transaction, import_id: str, now: datetime) -> None:
    of_these = _of(import_id, "unchanged")
    seen = (staged_rows.c.number == proposals.c.number, staged_rows.c.seen_revision == proposals.c.revision)
    confirmed = sa.update(proposals).where(*of_these, *seen).values(confirmed_at=now)
    await _expect(tx, confirmed, await _count(tx, *of_these))


async def _change(tx: Transaction, import_id: str, now: datetime) -> None:
    of_these = _of(import_id, "changed")
    seen = (staged_rows.c.number == proposals.c.number, staged_rows.c.seen_revision == proposals.c.revision)
    new_code = sa.and_(
        staged_rows.c.code_sha256.is_not(None),
        proposals.c.code_sha256.is_distinct_from(staged_rows.c.code_sha256),
        proposals.c.portal_code_sha256.is_distinct_from(staged_rows.c.code_sha256),
    )
    changed = (
        sa.update(proposals)
        .where(*of_these, *seen)
        .values(
            edition=staged_rows.c.edition,
            category=staged_rows.c.category,
            title=sa.func.coalesce(staged_rows.c.title, proposals.c.title),
            phone_sha256=sa.func.coalesce(staged_rows.c.phone_sha256, proposals.c.phone_sha256),
            code_sha256=sa.case((new_code, staged_rows.c.code_sha256), else_=proposals.c.code_sha256),
            portal_code_sha256=sa.case((new_code, staged_rows.c.code_sha256), else_=proposals.c.portal_code_sha256),
            code_expires_at=sa.case((new_code, staged_rows.c.code_expires_at), else_=proposals.c.code_expires_at),
            code_used_at=sa.case((new_code, sa.null()), else_=proposals.c.code_used_at),
            revision=proposals.c.revision + 1,
            confirmed_at=now,
        )
    )
    await _expect(tx, changed, await _count(tx, *of_these))


async def _tell_more(tx: Transaction, import_id: str, now: datetime) -> None:
    """Write what rows say of the state that their proposals are in, unless people know another time of it by now."""
    tells = (
        *_of(import_id, "changed"),
        sa.or_(staged_rows.c.entered_at.is_not(None), staged_rows.c.released_at.is_not(None)),
    )
    stays = sa.and_(
        staged_rows.c.number == proposal_events.c.number,
        sa.func.coalesce(staged_rows.c.state, proposal_events.c.state) == proposal_events.c.state,
        records.is_newest(),
    )
    unsays = sa.and_(
        staged_rows.c.released_at.is_not(None),
        sa.func.coalesce(proposal_events.c.released_at <= now, sa.false()),
        proposal_events.c.released_at != staged_rows.c.released_at,
    )
    told = (
        sa.update(proposal_events)
        .where(*tells, stays, ~unsays)
        .values(
            entered_at=sa.func.coalesce(staged_rows.c.entered_at, proposal_events.c.entered_at),
            released_at=sa.func.coalesce(staged_rows.c.released_at, proposal_events.c.released_at),
        )
    )
    await _expect(tx, told, await _count(tx, *tells, sa.exists().where(stays)))


async def _move(tx: Transaction, import_id: str, now: datetime) -> None:
    moves = (
        sa.select(
            staged_rows.c.number,
            proposal_events.c.position + 1,
            staged_rows.c.state,
            sa.func.coalesce(staged_rows.c.entered_at, sa.literal(now, _MOMENT)),
            staged_rows.c.released_at,
            sa.false(),
            sa.literal(now, _MOMENT),
        )
        .join(proposal_events, proposal_events.c.number == staged_rows.c.number)
        .where(*_of(import_id, "changed"), records.is_newest(), staged_rows.c.state != proposal_events.c.state)
    )
    await tx.execute(_events(moves))


async def _add(tx: Transaction, import_id: str, now: datetime) -> None:
    of_these = _of(import_id, "added")
    added = sa.select(
        staged_rows.c.number,
        staged_rows.c.edition,
        staged_rows.c.category,
        sa.func.coalesce(staged_rows.c.title, ""),
        staged_rows.c.phone_sha256,
        staged_rows.c.code_sha256,
        staged_rows.c.code_expires_at,
        staged_rows.c.code_sha256.label("told"),
        sa.literal(now, _MOMENT),
    ).where(*of_these)
    code = ["code_sha256", "code_expires_at", "portal_code_sha256"]
    names = ["number", "edition", "category", "title", "phone_sha256", *code, "confirmed_at"]
    await tx.execute(sa.insert(proposals).from_select(names, added.order_by(staged_rows.c.number)))
    first = sa.select(
        staged_rows.c.number,
        sa.literal(1),
        sa.func.coalesce(staged_rows.c.state, states.start().id),
        sa.func.coalesce(staged_rows.c.entered_at, sa.literal(now, _MOMENT)),
        staged_rows.c.released_at,
        sa.false(),
        sa.literal(now, _MOMENT),
    ).where(*of_these)
    await tx.execute(_events(first.order_by(staged_rows.c.number)))


def _events(rows: sa.Select[Any]) -> sa.Insert:
    names = ["number", "position", "state", "entered_at", "released_at", "correction", "recorded_at"]
    return sa.insert(proposal_events).from_select(names, rows)
