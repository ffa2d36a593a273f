"""Approves, starts, pauses, resumes and stops broadcasts: each act only from where it may be done, and written down."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

import sqlalchemy as sa

from storage import audit
from storage.audit import Act
from storage.broadcasts.audience import Audience
from storage.broadcasts.tables import broadcast_texts, broadcasts
from storage.database import ConflictError, Transaction
from storage.office.tables import staff
from storage.schema import outbox, subscriptions

AGAIN = ("failed", "refused", "unsure")  # ends of recipients that staff may let be tried again


class Approval(StrEnum):
    """How an approval ended."""

    DONE = "done"
    CHANGED = "changed"  # no draft any more, or not the one that was shown
    OWN = "own"  # whoever wrote it may not approve it
    LEFT = "left"  # whoever wrote it, or approves it, does not work here any more
    EMPTY = "empty"  # it says nothing in Indonesian


async def approve(
    tx: Transaction, broadcast_id: int, version: int, approver_id: int, now: datetime, *, alone: bool = False
) -> Approval:
    """Approve what was shown. The database refuses the author, unless the office is one officer alone."""
    says = sa.exists().where(broadcast_texts.c.broadcast_id == broadcasts.c.id, broadcast_texts.c.language == "id")
    shown = (broadcasts.c.id == broadcast_id, broadcasts.c.status == "draft", broadcasts.c.version == version)
    by_author = sa.and_(broadcasts.c.author_id == approver_id, sa.literal(alone))
    values = {"status": "approved", "approver_id": approver_id, "approved_at": now, "alone": by_author}
    try:
        async with tx.begin_nested():
            done = await tx.execute(
                sa.update(broadcasts)
                .where(*shown, sa.or_(says, broadcasts.c.kind == "withdrawal"), _working(approver_id))
                .values(values)
                .returning(broadcasts.c.alone)
            )
            row = done.first()
    except ConflictError:
        return Approval.OWN
    if row is None:
        if not await _work_here(tx, broadcast_id, approver_id):
            return Approval.LEFT
        draft = (await tx.execute(sa.select(broadcasts.c.id).where(*shown))).first()
        return Approval.CHANGED if draft is None else Approval.EMPTY
    await _record(tx, _Act("approve_alone" if row.alone else "approve", broadcast_id, approver_id, now))
    return Approval.DONE


def _working(approver_id: int) -> sa.ColumnElement[bool]:
    """Tell whether the approver works here, and so does the author: rights end with the removal."""
    author, approver = staff.alias("author"), staff.alias("approver")
    return sa.and_(
        sa.exists().where(approver.c.id == approver_id, approver.c.removed_at.is_(None)),
        sa.or_(
            broadcasts.c.author_id.is_(None),
            sa.exists().where(author.c.id == broadcasts.c.author_id, author.c.removed_at.is_(None)),
        ),
    )


async def _work_here(tx: Transaction, broadcast_id: int, approver_id: int) -> bool:
    query = sa.select(broadcasts.c.id).where(broadcasts.c.id == broadcast_id, _working(approver_id))
    return (await tx.execute(query)).first() is not None


async def reject(tx: Transaction, broadcast_id: int, version: int, by: int, now: datetime) -> bool:
    """Send what was shown back to its author, so that nobody can approve it as it is; False when it has changed."""
    shown = (broadcasts.c.id == broadcast_id, broadcasts.c.status == "draft", broadcasts.c.version == version)
    rejected = sa.update(broadcasts).where(*shown).values(version=broadcasts.c.version + 1)
    if (await tx.execute(rejected)).rowcount != 1:
        return False
    await _record(tx, _Act("reject", broadcast_id, by, now))
    return True


async def start(tx: Transaction, broadcast_id: int, by: int, at: datetime, now: datetime) -> bool:
    """Let an approved broadcast begin at that time; False when it is not approved, or has begun."""
    return await _move(tx, _Act("start", broadcast_id, by, now), ("approved",), {"starts_at": at})


async def pause(tx: Transaction, broadcast_id: int, by: int, now: datetime) -> bool:
    """Let nothing more of it be sent until it goes on; what is in flight arrives."""
    return await _move(tx, _Act("pause", broadcast_id, by, now), ("running",), {"status": "paused"})


async def resume(tx: Transaction, broadcast_id: int, by: int, now: datetime) -> bool:
    """Let a paused broadcast go on."""
    return await _move(tx, _Act("resume", broadcast_id, by, now), ("paused",), {"status": "running"})


async def stop(tx: Transaction, broadcast_id: int, by: int, now: datetime) -> bool:
    """End it: whoever has not got it by now does not get it; what is in flight arrives."""
    going = ("approved", "preparing", "running", "paused")
    return await _move(tx, _Act("stop", broadcast_id, by, now), going, {"status": "stopped", "ended_at": now})


async def send_rest(tx: Transaction, broadcast_id: int, by: int, ends: Sequence[str], now: datetime) -> int | None:
    """Let an ended broadcast go to those it did not reach: whom it never came to, and those it ended so with.

    Returns how many of the latter there are; None when it has not ended, never began, or is superseded. Never twice to
    anybody of whom we know that they have it.
    """
    unfrozen = sa.and_(broadcasts.c.freeze_end.is_not(None), broadcasts.c.frozen_to < broadcasts.c.freeze_end)
    values: dict[str, Any] = {"status": sa.case((unfrozen, "preparing"), else_="running"), "ended_at": None}
    values |= {"reported_at": None, "progress_at": None}
    ended = ("stopped", "finished")
    good = (broadcasts.c.started_at.is_not(None), ~_superseding(broadcasts.c.id))
    if not await _move(tx, _Act("send_rest", broadcast_id, by, now), ended, values, *good):
        return None
    of_these = (
        outbox.c.broadcast_id == broadcast_id,
        outbox.c.status.in_([end for end in ends if end in AGAIN]),
        await still_wanted(tx, broadcast_id),
    )
    again = {"status": "queued", "reason": None, "settled_at": None, "not_before": now}
    return (await tx.execute(sa.update(outbox).where(*of_these).values(again))).rowcount


async def is_superseded(tx: Transaction, broadcast_id: int) -> bool:
    """Tell whether a broadcast was corrected or taken back, or approval for that is asked for."""
    return bool((await tx.execute(sa.select(_superseding(sa.literal(broadcast_id))))).scalar())


def _superseding(broadcast_id: sa.ColumnElement[int]) -> sa.ColumnElement[bool]:
    later = broadcasts.alias("later")
    asked = sa.and_(later.c.status == "draft", later.c.asked_version == later.c.version)
    stands = later.c.status.in_(("approved", "preparing", "running", "paused", "finished"))
    stopped = sa.and_(later.c.status == "stopped", later.c.started_at.is_not(None))
    return sa.exists().where(later.c.of_id == broadcast_id, sa.or_(asked, stands, stopped))


async def still_wanted(tx: Transaction, broadcast_id: int) -> sa.ColumnElement[bool]:
    """Tell of a recipient whether they did not say stop since; who was told as a proposer may have no subscription."""
    query = sa.select(broadcasts.c.kind, broadcasts.c.topic, broadcasts.c.audience)
    row = (await tx.execute(query.where(broadcasts.c.id == broadcast_id))).one()
    if row.kind != "announcement" or Audience.from_json(row.audience).base == "proposers":
        return sa.true()
    return sa.exists().where(subscriptions.c.person_id == outbox.c.person_id, subscriptions.c.topic == row.topic)


async def leave_unsure(tx: Transaction, broadcast_id: int, by: int, now: datetime) -> int:
    """Write down that those who may or may not have got it are left as they are; return how many."""
    unsure = (outbox.c.broadcast_id == broadcast_id, outbox.c.status == "unsure", outbox.c.reason != "left")
    left = await tx.execute(sa.update(outbox).where(*unsure).values(reason="left"))
    await _record(tx, _Act("leave_unsure", broadcast_id, by, now))
    return left.rowcount


@dataclass(frozen=True, slots=True)
class _Act:
    verb: str
    broadcast_id: int
    by: int
    at: datetime


async def _move(
    tx: Transaction, act: _Act, before: Sequence[str], values: Mapping[str, Any], *conditions: sa.ColumnElement[bool]
) -> bool:
    allowed = (broadcasts.c.id == act.broadcast_id, broadcasts.c.status.in_(before), *conditions)
    if (await tx.execute(sa.update(broadcasts).where(*allowed).values(values))).rowcount != 1:
        return False
    await _record(tx, act)
    return True


async def _record(tx: Transaction, act: _Act) -> None:
    done = Act(f"staff:{act.by}", f"broadcast_{act.verb}", f"broadcast:{act.broadcast_id}", {}, act.at)
    await audit.record(tx, done)
