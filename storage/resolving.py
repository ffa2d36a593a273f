"""Proves that a message never reached its platform, so that it may go again: see docs/decisions/0010.

A platform that reports of every message it takes tells by its silence too, but only while its reports surely come. So
an unsure message without a report goes again when every message that the platform surely took around the same time, and
of the same broadcast, has its report, and they are many. Where a single one lacks its report nothing is proven.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

import sqlalchemy as sa

from storage import audit
from storage.audit import Act
from storage.broadcasts import steering
from storage.broadcasts.tables import GOING, broadcasts
from storage.database import Transaction
from storage.deliveries import TRIES
from storage.outbox import stands
from storage.schema import outbox

WAIT = timedelta(hours=1)  # reports come within seconds, as a rule
AROUND = timedelta(minutes=30)  # before and after; it is over for as long again when we look
LEAST = 100  # messages: with so many reported, less than 3 in 100 are not, with 95 % confidence
LOOKED_AT = timedelta(hours=6)  # since the attempt: later it stays as it is, and officers decide

_ACTOR = "assistant"


@dataclass(frozen=True, slots=True)
class _Attempt:
    """Attempts of which nothing is known, of one broadcast or of none, made in the same minute."""

    channel: str
    broadcast_id: int | None
    begun: datetime
    ended: datetime
    ids: tuple[int, ...]


async def resolve(tx: Transaction, channels: Sequence[str], now: datetime) -> int:
    """Queue again what surely never reached one of these platforms, which report of everything; return how many."""
    count = 0
    for attempt in await _unsure(tx, channels, now):
        if await _is_proven(tx, attempt):
            count += await _again(tx, attempt, now)
    return count


async def _unsure(tx: Transaction, channels: Sequence[str], now: datetime) -> list[_Attempt]:
    query = (
        sa.select(outbox.c.id, outbox.c.channel, outbox.c.broadcast_id, outbox.c.intended_at)
        .where(
            stands(outbox.c.status, "unsure"),
            outbox.c.channel.in_(channels),
            outbox.c.intended_at > now - LOOKED_AT,
            outbox.c.intended_at <= now - WAIT,
            outbox.c.reported_at.is_(None),
            outbox.c.reason.is_distinct_from("left"),
            outbox.c.attempts < TRIES,
        )
        .order_by(outbox.c.channel, outbox.c.broadcast_id, outbox.c.intended_at)
    )
    found: dict[tuple[str, int | None, datetime], list[tuple[int, datetime]]] = {}
    for row in (await tx.execute(query)).all():
        minute = row.intended_at.replace(second=0, microsecond=0)
        found.setdefault((row.channel, row.broadcast_id, minute), []).append((row.id, row.intended_at))
    return [
        _Attempt(channel, broadcast_id, tries[0][1], tries[-1][1], tuple(outbox_id for outbox_id, _ in tries))
        for (channel, broadcast_id, _), tries in found.items()
    ]


async def _is_proven(tx: Transaction, attempt: _Attempt) -> bool:
    """Tell whether all that surely was taken around these attempts was reported, some of it after them."""
    taken = (
        outbox.c.channel == attempt.channel,
        stands(outbox.c.status, "sent", "refused", "failed"),
        outbox.c.platform_message_id.is_not(None),
    )
    around = outbox.c.settled_at.between(attempt.begun - AROUND, attempt.ended + AROUND)
    counted = sa.select(sa.func.count(), sa.func.max(outbox.c.intended_at)).where(*taken, around)
    count, last = (await tx.execute(counted)).one()
    if count < LEAST or last < attempt.ended or await _is_silent(tx, *taken, around):
        return False
    return attempt.broadcast_id is None or not await _is_silent(
        tx, *taken, outbox.c.broadcast_id == attempt.broadcast_id
    )


async def _is_silent(tx: Transaction, *these: sa.ColumnElement[bool]) -> bool:
    """Tell whether one of these messages has no report."""
    query = sa.select(outbox.c.id).where(*these, outbox.c.reported_at.is_(None)).limit(1)
    return (await tx.execute(query)).first() is not None


async def _again(tx: Transaction, attempt: _Attempt, now: datetime) -> int:
    goes: sa.ColumnElement[bool] = sa.true()
    if attempt.broadcast_id is not None:
        if not await _reopen(tx, attempt.broadcast_id, now):
            return 0
        goes = await steering.still_wanted(tx, attempt.broadcast_id)
    is_kept = sa.or_(outbox.c.broadcast_id.is_not(None), outbox.c.text != "", outbox.c.attachments > 0)
    # Asked once more, since a report may have come this moment.
    same = (outbox.c.id.in_(attempt.ids), outbox.c.status == "unsure", outbox.c.reported_at.is_(None))
    again = {"status": "queued", "reason": None, "settled_at": None}
    return (await tx.execute(sa.update(outbox).where(*same, goes, is_kept).values(again))).rowcount


async def _reopen(tx: Transaction, broadcast_id: int, now: datetime) -> bool:
    """Hold a broadcast that goes, or let one go on that had come to its end; one that staff ended, corrected or took
    back stays so.
    """
    mine = broadcasts.c.id == broadcast_id
    held = await tx.execute(sa.select(broadcasts.c.status).where(mine).with_for_update(key_share=True))
    status = held.scalar_one()
    if status == "finished":
        if await steering.is_superseded(tx, broadcast_id):
            return False
        on = {"status": "running", "ended_at": None, "reported_at": None}
        await tx.execute(sa.update(broadcasts).where(mine).values(on))
        await audit.record(tx, Act(_ACTOR, "broadcast_goes_on", f"broadcast:{broadcast_id}", {}, now))
        return True
    return status in GOING
