"""Takes recipients of running broadcasts, to be sent to at once: the intent is written as they are taken."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa

from storage import contacts
from storage.broadcasts.drafts import Text, read_text
from storage.broadcasts.tables import broadcast_texts, broadcasts
from storage.database import Transaction
from storage.outbox import Bulk, Claim, Lease
from storage.schema import outbox as messages

_other = messages.alias("other")
# Answers and news for the same person go first, and two messages to one person never at once.
_ahead = sa.exists().where(
    _other.c.person_id == messages.c.person_id,
    _other.c.channel == messages.c.channel,
    _other.c.id != messages.c.id,
    sa.or_(
        _other.c.status.in_(("claimed", "sending")),
        sa.and_(_other.c.status == "queued", _other.c.broadcast_id.is_(None)),
    ),
)
_TAKEN = (
    messages.c.id,
    messages.c.person_id,
    messages.c.channel,
    messages.c.language,
    messages.c.edits,
    messages.c.attempts,
    messages.c.created_at,
)


async def is_waiting(tx: Transaction, channel: str) -> bool:
    """Tell whether a running broadcast has somebody left on this channel, due or not."""
    of_it = (messages.c.broadcast_id == broadcasts.c.id, messages.c.channel == channel, messages.c.status == "queued")
    query = sa.select(broadcasts.c.id).where(broadcasts.c.status == "running", sa.exists().where(*of_it)).limit(1)
    return (await tx.execute(query)).first() is not None


async def take(tx: Transaction, channel: str, lease: Lease, limit: int) -> list[Claim]:
    """Take up to `limit` recipients who are due and write the intents; of several broadcasts, of each its share.

    A broadcast that is paused or stopped gives nothing from the moment on at which that is committed. Raises
    ConflictError when another process took one for the same person at the same moment: then try again.
    """
    claims: list[Claim] = []
    going = (
        sa.select(broadcasts.c.id, broadcasts.c.kind)
        .where(broadcasts.c.status == "running")
        .order_by(broadcasts.c.id)
        .with_for_update(read=True)  # a stop waits for this, and nothing is taken after it
    )
    running = [(row.id, row.kind) for row in (await tx.execute(going)).all()]
    for place, (broadcast_id, kind) in enumerate(running):
        share = -(-(limit - len(claims)) // (len(running) - place))
        rows = await _take_rows(tx, broadcast_id, channel, lease, share)
        claims += await _claims(tx, rows, broadcast_id, kind)
    return claims


async def _take_rows(
    tx: Transaction, broadcast_id: int, channel: str, lease: Lease, limit: int
) -> Sequence[sa.Row[Any]]:
    due = (
        sa.select(messages.c.id)
        .where(
            messages.c.broadcast_id == broadcast_id,
            messages.c.channel == channel,
            messages.c.status == "queued",
            messages.c.not_before <= lease.now,
            ~_ahead,
        )
        .order_by(messages.c.id)
        .limit(limit)
        .with_for_update(skip_locked=True)
        .cte("due")
    )
    taken = await tx.execute(
        sa.update(messages)
        .where(messages.c.id.in_(sa.select(due.c.id)))
        .values(
            status="sending",
            attempts=messages.c.attempts + 1,
            intended_at=lease.now,
            lease_owner=lease.owner,
            lease_until=lease.until,
        )
        .returning(*_TAKEN)
    )
    return sorted(taken.all(), key=lambda row: int(row.id))


async def _claims(tx: Transaction, rows: Sequence[sa.Row[Any]], broadcast_id: int, kind: str) -> list[Claim]:
    if not rows:
        return []
    texts = await _texts(tx, broadcast_id)
    whose = await contacts.addresses(tx, [row.person_id for row in rows])
    claims = []
    for row in rows:
        text = texts.get(row.language) or texts.get("id") or Text("")
        claims.append(
            Claim(
                id=row.id,
                person_id=row.person_id,
                address=whose[row.person_id],
                channel=row.channel,
                text=text.text,
                choices=text.choices,
                files=(),
                attempt=row.attempts,
                created_at=row.created_at,
                broadcast=Bulk(broadcast_id, kind, row.edits),
            )
        )
    return claims


async def _texts(tx: Transaction, broadcast_id: int) -> dict[str, Text]:
    query = sa.select(broadcast_texts).where(broadcast_texts.c.broadcast_id == broadcast_id)
    return {row.language: read_text(row) for row in (await tx.execute(query)).all()}
