"""What a platform reports of messages after it took them: sent, delivered, read, or failed after all.

Reports come late, twice and in any order, and some never. A report of an attempt tells the truth about it: what was
unsure is settled, what waits for another attempt need not be sent again, and what the platform took and then could not
send for want of room goes again.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa

from storage import reactions, windows
from storage.broadcasts.tables import GOING, broadcasts
from storage.database import Transaction
from storage.outbox import KEPT
from storage.reactions import NOTHING, Cause, Reaction
from storage.schema import outbox

# Channels whose platform reports of every message that it takes, by what we marked it with.
REPORTED = ("whatsapp",)
TRIES = 12  # of a message that the platform takes and then cannot send


@dataclass(frozen=True, slots=True)
class Delivery:
    """One report: `state` is "sent", "delivered", "read", or how a failed message is settled: "refused", "failed", or
    "queued" to go again from `not_before` on. `reaction` is what else follows from a failure.

    The message is told by our own id and attempt, by the platform's id, or both.
    """

    channel: str
    state: str
    at: datetime
    platform_message_id: str
    outbox_id: int | None = None
    attempt: int | None = None
    reason: str | None = None
    not_before: datetime | None = None
    reaction: Reaction = NOTHING


WINDOW_CLOSED = "window_closed"  # the reason of what failed since the person's last message was too long ago

_ARRIVED = ("delivered", "read")


async def note(tx: Transaction, deliveries: Sequence[Delivery], now: datetime) -> int:
    """Write these reports down and return how many settled what was unsure or still open, or let it go again."""
    # In one order, so that two processes that note reports at the same moment do not wait for each other.
    ordered = sorted(deliveries, key=lambda each: (each.outbox_id or 0, each.platform_message_id))
    await _hold_broadcasts(tx, [_meant(each) for each in ordered if _asks_again(each)])
    settled, causes = 0, []
    for delivery in ordered:
        if delivery.state in {"refused", "failed", "queued"}:
            concerned = await _failed(tx, delivery, now)
            settled += len(concerned)
            if delivery.reaction != NOTHING:
                causes += [Cause(person_id, delivery.channel, delivery.reaction) for person_id in concerned]
        else:
            settled += await _went(tx, delivery, now)
    await reactions.act(tx, causes, now)
    return settled


async def _hold_broadcasts(tx: Transaction, meant: Sequence[sa.ColumnElement[bool]]) -> None:
    """Hold the broadcasts of which something may go again, so that none ends at this moment."""
    if meant:
        theirs = sa.select(outbox.c.broadcast_id).where(sa.or_(*meant))
        held = sa.select(broadcasts.c.id).where(broadcasts.c.id.in_(theirs)).order_by(broadcasts.c.id)
        await tx.execute(held.with_for_update(read=True))


async def _went(tx: Transaction, delivery: Delivery, now: datetime) -> int:
    meant = _meant(delivery)
    open_ones = [outbox.c.status.not_in(("sent", "skipped"))]
    if delivery.state not in _ARRIVED:  # the platform took it, and may have told before that it could not send it
        open_ones.append(outbox.c.platform_message_id.is_(None))
    arrived = await tx.execute(
        sa.update(outbox)
        .where(meant, *open_ones)
        .values(status="sent", reason=None, settled_at=now, lease_owner=None, lease_until=None, text=KEPT)
    )
    their_id = sa.func.coalesce(outbox.c.platform_message_id, delivery.platform_message_id)
    known = {"platform_message_id": their_id, "reported_at": _reported_at(delivery)}
    if delivery.state in _ARRIVED:  # who read it got it, whichever is reported first
        known["delivered_at"] = sa.func.coalesce(outbox.c.delivered_at, _at(delivery))
    if delivery.state == "read":
        known["read_at"] = sa.func.coalesce(outbox.c.read_at, _at(delivery))
    await tx.execute(sa.update(outbox).where(meant).values(known))
    return arrived.rowcount


async def _failed(tx: Transaction, delivery: Delivery, now: datetime) -> list[int]:
    """Settle a message that failed, unless it arrived: then the report is of no use. Return whose it was, if so."""
    meant = _meant(delivery)
    await tx.execute(sa.update(outbox).where(meant).values(reported_at=_reported_at(delivery)))
    # What waits and has this id of the platform failed before, and this report comes again.
    new = outbox.c.platform_message_id.is_distinct_from(delivery.platform_message_id)
    waiting = outbox.c.status.in_(("queued", "claimed"))
    settled = outbox.c.status.in_(("refused", "failed", "skipped"))
    these = (meant, outbox.c.delivered_at.is_(None), ~settled, sa.or_(~waiting, new))
    values = {
        "reason": delivery.reason,
        "platform_message_id": delivery.platform_message_id,
        "lease_owner": None,
        "lease_until": None,
    }
    if _asks_again(delivery):
        again = values | {"status": "queued", "settled_at": None, "not_before": delivery.not_before or now}
        queued = sa.update(outbox).where(*these, _may_go_again(delivery)).values(again).returning(outbox.c.person_id)
        concerned = [row.person_id for row in (await tx.execute(queued)).all()]
        if concerned and delivery.reason == WINDOW_CLOSED:
            await windows.close(tx, concerned)
        if concerned:
            return concerned
    status = "failed" if delivery.state == "queued" else delivery.state
    ended = values | {"status": status, "settled_at": now, "text": KEPT}
    failed = sa.update(outbox).where(*these).values(ended).returning(outbox.c.person_id)
    return [row.person_id for row in (await tx.execute(failed)).all()]


def _asks_again(delivery: Delivery) -> bool:
    return delivery.state == "queued" or delivery.reason == WINDOW_CLOSED


def _may_go_again(delivery: Delivery) -> sa.ColumnElement[bool]:
    """Tell whether a message can go again: not too often, its text still there, and its broadcast, if any, not over.

    What went as it is though the person's last message was too long ago goes once more, as a template then.
    """
    goes = sa.exists().where(broadcasts.c.id == outbox.c.broadcast_id, broadcasts.c.status.in_(GOING))
    is_kept = sa.or_(outbox.c.text != "", outbox.c.attachments > 0)
    return sa.and_(
        outbox.c.attempts < TRIES,
        outbox.c.template.is_(None) if delivery.reason == WINDOW_CLOSED else sa.true(),
        sa.or_(goes, sa.and_(outbox.c.broadcast_id.is_(None), is_kept)),
    )


def _reported_at(delivery: Delivery) -> sa.ColumnElement[datetime]:
    return sa.func.coalesce(outbox.c.reported_at, _at(delivery))


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
