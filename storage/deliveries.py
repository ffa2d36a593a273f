"""What a platform reports of messages after it took them: sent, delivered, read, or failed after all.

Reports come late, twice and in any order, and some never. A report of an attempt tells the truth about it: what was
unsure is settled, and what waits for another attempt need not be sent again.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa

from storage import windows
from storage.broadcasts.tables import broadcasts
from storage.database import Transaction
from storage.outbox import KEPT
from storage.schema import outbox


@dataclass(frozen=True, slots=True)
class Delivery:
    """One report: `state` is "sent", "delivered", "read", or how a failed message is settled, "refused" or "failed".

    The message is told by our own id and attempt, by the platform's id, or both.
    """

    channel: str
    state: str
    at: datetime
    platform_message_id: str
    outbox_id: int | None = None
    attempt: int | None = None
    reason: str | None = None


WINDOW_CLOSED = "window_closed"  # the reason of what failed since the person's last message was too long ago

_ARRIVED = ("delivered", "read")


async def note(tx: Transaction, deliveries: Sequence[Delivery], now: datetime) -> int:
    """Write these reports down and return how many settled what was unsure or still open."""
    # In one order, so that two processes that note reports at the same moment do not wait for each other.
    ordered = sorted(deliveries, key=lambda each: (each.outbox_id or 0, each.platform_message_id))
    return sum([await _note(tx, each, now) for each in ordered])


async def _note(tx: Transaction, delivery: Delivery, now: datetime) -> int:
    meant = _meant(delivery)
    reported_at = sa.func.coalesce(outbox.c.reported_at, _at(delivery))
    if delivery.state in {"refused", "failed"}:
        await tx.execute(sa.update(outbox).where(meant).values(reported_at=reported_at))
        end = _window_closed if delivery.reason == WINDOW_CLOSED else _failed
        return await end(tx, meant, delivery, now)
    arrived = await tx.execute(
        sa.update(outbox)
        .where(meant, outbox.c.status.not_in(("sent", "skipped")))
        .values(status="sent", reason=None, settled_at=now, lease_owner=None, lease_until=None, text=KEPT)
    )
    their_id = sa.func.coalesce(outbox.c.platform_message_id, delivery.platform_message_id)
    known = {"platform_message_id": their_id, "reported_at": reported_at}
    if delivery.state in _ARRIVED:  # who read it got it, whichever is reported first
        known["delivered_at"] = sa.func.coalesce(outbox.c.delivered_at, _at(delivery))
    if delivery.state == "read":
        known["read_at"] = sa.func.coalesce(outbox.c.read_at, _at(delivery))
    await tx.execute(sa.update(outbox).where(meant).values(known))
    return arrived.rowcount


async def _window_closed(tx: Transaction, meant: sa.ColumnElement[bool], delivery: Delivery, now: datetime) -> int:
    """Let a message go once more, as a template then, that went as it is though the person's last message was too long
    ago; settle it where that cannot be.
    """
    of_it = broadcasts.c.id == outbox.c.broadcast_id
    goes_on = sa.exists().where(of_it, broadcasts.c.status.in_(("running", "paused")))
    is_kept = sa.or_(outbox.c.text != "", outbox.c.attachments > 0)
    again = await tx.execute(
        sa.update(outbox)
        .where(
            meant,
            outbox.c.template.is_(None),
            outbox.c.delivered_at.is_(None),
            outbox.c.status.in_(("sending", "sent", "unsure")),
            sa.or_(goes_on, sa.and_(outbox.c.broadcast_id.is_(None), is_kept)),
        )
        .values(
            status="queued",
            reason=delivery.reason,
            not_before=now,
            settled_at=None,
            platform_message_id=None,
            lease_owner=None,
            lease_until=None,
        )
        .returning(outbox.c.person_id)
    )
    person_ids = [row.person_id for row in again.all()]
    if person_ids:
        await windows.close(tx, person_ids)
        return len(person_ids)
    # The same report once more, of a message that waits to go again, says nothing new.
    return await _failed(tx, sa.and_(meant, outbox.c.status.not_in(("queued", "claimed"))), delivery, now)


async def _failed(tx: Transaction, meant: sa.ColumnElement[bool], delivery: Delivery, now: datetime) -> int:
    """Settle a message that failed, unless it arrived: then the report is of no use."""
    failed = await tx.execute(
        sa.update(outbox)
        .where(meant, outbox.c.delivered_at.is_(None), outbox.c.status.not_in(("refused", "failed", "skipped")))
        .values(
            status=delivery.state,
            reason=delivery.reason,
            platform_message_id=delivery.platform_message_id,
            settled_at=now,
            lease_owner=None,
            lease_until=None,
            text=KEPT,
        )
    )
    return failed.rowcount


def _meant(delivery: Delivery) -> sa.ColumnElement[bool]:
    """Return what finds the message: by our id only where the platform's is not known to be another's.

    After a backup was restored an id of ours may stand for another message.
    """
    theirs = outbox.c.platform_message_id == delivery.platform_message_id
    if delivery.outbox_id is None:
        return sa.and_(outbox.c.channel == delivery.channel, theirs)
    return sa.and_(
        outbox.c.channel == delivery.channel,
        outbox.c.id == delivery.outbox_id,
        outbox.c.attempts == delivery.attempt,
        sa.or_(theirs, outbox.c.platform_message_id.is_(None)),
    )


def _at(delivery: Delivery) -> sa.BindParameter[datetime]:
    return sa.bindparam(None, delivery.at, type_=outbox.c.delivered_at.type)
