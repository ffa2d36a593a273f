"""Carries broadcasts along: begins those that are due, freezes their audience, and ends them."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from storage.broadcasts import reporting
from storage.broadcasts.audience import Audience, chosen, wanting
from storage.broadcasts.tables import broadcasts
from storage.database import Transaction
from storage.outbox import BULK, stands
from storage.proposals import standing
from storage.schema import outbox, people, subscriptions

AT_ONCE = 2_000  # people frozen in one transaction: a fraction of a second, so that replies do not wait

# Channels whose platform lets us change or delete what was sent; elsewhere people are told.
EDITABLE = ("telegram",)

_INTO = (
    "person_id",
    "channel",
    "language",
    "edits",
    "status",
    "reason",
    "settled_at",
    "broadcast_id",
    "priority",
    "text",
    "choices",
    "not_before",
    "created_at",
)


async def begin(tx: Transaction, now: datetime) -> int:
    """Begin the approved broadcasts whose time has come; return how many."""
    newest_person = sa.select(sa.func.coalesce(sa.func.max(people.c.id), 0)).scalar_subquery()
    newest_message = sa.select(sa.func.coalesce(sa.func.max(outbox.c.id), 0)).scalar_subquery()
    end = sa.case((broadcasts.c.kind == "announcement", newest_person), else_=newest_message)
    due = (broadcasts.c.status == "approved", broadcasts.c.starts_at <= now)
    begun = sa.update(broadcasts).where(*due).values(status="preparing", started_at=now, freeze_end=end)
    return (await tx.execute(begun)).rowcount


async def freeze(tx: Transaction, served: Sequence[str], now: datetime) -> bool:
    """Write down the next part of an audience; False when there is none to be written.

    How far it has come is written in the same transaction, so that nobody is left out or written down twice.
    """
    first = sa.select(broadcasts).where(broadcasts.c.status == "preparing").order_by(broadcasts.c.id).limit(1)
    broadcast = (await tx.execute(first)).first()
    if broadcast is None:
        return False
    source, rows = _source(broadcast, served, now)
    part = sa.select(source.c.key).where(source.c.key > broadcast.frozen_to, source.c.key <= broadcast.freeze_end)
    last = sa.select(sa.func.max(part.order_by(source.c.key).limit(AT_ONCE).subquery().c.key))
    frozen_to = (await tx.execute(last)).scalar()
    if frozen_to is not None and broadcast.kind == "announcement":
        await _hold(tx, broadcast, frozen_to)
    # After the people, as in the turn of an officer who stops it: neither then waits for the other.
    mine = (broadcasts.c.id == broadcast.id, broadcasts.c.status == "preparing")
    as_seen = sa.select(broadcasts.c.id).where(*mine, broadcasts.c.frozen_to == broadcast.frozen_to)
    if (await tx.execute(as_seen.with_for_update(skip_locked=True))).first() is None:
        return False  # another process has it
    values: dict[str, object] = {"frozen_to": broadcast.freeze_end, "status": "running"}
    if frozen_to is not None:
        these = rows.where(source.c.key > broadcast.frozen_to, source.c.key <= frozen_to).order_by(source.c.key)
        added = await tx.execute(sa.insert(outbox).from_select(_INTO, these, include_defaults=False))
        values = {"frozen_to": frozen_to, "total": broadcasts.c.total + added.rowcount}
    await tx.execute(sa.update(broadcasts).where(*mine).values(values))
    return True


async def _hold(tx: Transaction, broadcast: sa.Row[Any], frozen_to: int) -> None:
    """Hold the people of a part while it is written down.

    Who is saying stop at that moment is waited for, and what they said is then seen; who says it later waits, and finds
    what was written down.
    """
    part = wanting(Audience.from_json(broadcast.audience), broadcast.topic)
    part = part.where(people.c.id > broadcast.frozen_to, people.c.id <= frozen_to).order_by(people.c.id)
    held = part.with_for_update(read=True, of=people).cte("held")  # in the order in which turns hold people
    await tx.execute(sa.select(sa.func.count()).select_from(held))


def _source(
    broadcast: sa.Row[tuple[object, ...]], served: Sequence[str], now: datetime
) -> tuple[sa.Subquery, sa.Select[tuple[object, ...]]]:
    """Return whom a broadcast is for, in the order of a key, and the same as rows of the outbox."""
    if broadcast.kind == "announcement":
        found = chosen(Audience.from_json(broadcast.audience), broadcast.topic, served, broadcast.started_at)
        found = found.add_columns(people.c.id.label("key"), sa.null().label("edits"), people.c.last_channel)
    else:
        # Those who surely have the message; elsewhere than at an editable platform they are told instead, if they
        # still want to be told of anything.
        edits = sa.case((outbox.c.channel.in_(EDITABLE), outbox.c.platform_message_id), else_=sa.null())
        wants = sa.exists().where(subscriptions.c.person_id == outbox.c.person_id) | standing.is_proposer(
            outbox.c.person_id
        )
        found = sa.select(
            outbox.c.person_id,
            outbox.c.channel,
            outbox.c.language,
            outbox.c.id.label("key"),
            edits.label("edits"),
            outbox.c.channel.label("last_channel"),
        ).where(outbox.c.broadcast_id == broadcast.of_id, outbox.c.status == "sent", edits.is_not(None) | wants)
    source = found.subquery("source")
    reachable = source.c.channel.is_not(None)
    moment = outbox.c.created_at.type
    rows = sa.select(
        source.c.person_id,
        sa.func.coalesce(source.c.channel, source.c.last_channel, served[0]),
        source.c.language,
        source.c.edits,
        sa.case((reachable, "queued"), else_="skipped"),
        sa.case((reachable, None), else_="unreachable"),
        sa.case((reachable, None), else_=sa.literal(now, moment)),
        sa.literal(broadcast.id, outbox.c.broadcast_id.type),
        sa.literal(BULK, outbox.c.priority.type),
        sa.literal("", outbox.c.text.type),
        sa.literal([], outbox.c.choices.type),
        sa.literal(now, moment),
        sa.literal(now, moment),
    )
    return source, rows


async def finish(tx: Transaction, now: datetime) -> list[int]:
    """End the running broadcasts of which nothing is left to send; return their ids."""
    # The first of an index, where "whether there is any" may be answered by reading the table.
    first = sa.select(sa.func.min(outbox.c.channel)).where(
        outbox.c.broadcast_id == broadcasts.c.id, stands(outbox.c.status, "queued")
    )
    done = (broadcasts.c.status == "running", first.scalar_subquery().is_(None), broadcasts.c.id.not_in(_in_hand()))
    # Held, then looked at again: a report may just have let something go again.
    held = sa.select(broadcasts.c.id).where(*done).order_by(broadcasts.c.id).with_for_update(key_share=True)
    ids = [row.id for row in (await tx.execute(held)).all()]
    if not ids:
        return []
    ended = sa.update(broadcasts).where(broadcasts.c.id.in_(ids), *done).values(status="finished", ended_at=now)
    return [row.id for row in (await tx.execute(ended.returning(broadcasts.c.id))).all()]


def _in_hand() -> sa.Select[tuple[int | None]]:
    """Return the query for the broadcasts of which something is being sent: found by the few leases there are."""
    leased = outbox.c.lease_until > sa.literal(reporting.EVER, outbox.c.lease_until.type)
    return sa.select(outbox.c.broadcast_id).where(leased, outbox.c.broadcast_id.is_not(None))


async def unreported(tx: Transaction, now: datetime) -> list[int]:
    """Return the ended broadcasts whose report is due, each once: keeps their counts, and that they are reported."""
    due = (
        sa.select(broadcasts.c.id)
        .where(
            broadcasts.c.status.in_(("stopped", "finished")),
            broadcasts.c.started_at.is_not(None),
            broadcasts.c.reported_at.is_(None),
            broadcasts.c.id.not_in(_in_hand()),
        )
        .order_by(broadcasts.c.id)
        .with_for_update(skip_locked=True)
    )
    ids = [row.id for row in (await tx.execute(due)).all()]
    for broadcast_id in ids:
        tally = reporting.as_json(await reporting.counts(tx, broadcast_id))
        kept = sa.update(broadcasts).where(broadcasts.c.id == broadcast_id).values(reported_at=now, tally=tally)
        await tx.execute(kept)
    return ids
