"""Takes recipients of running broadcasts, to be sent to at once: the intent is written as they are taken."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import sqlalchemy as sa

from storage import contacts
from storage.broadcasts.drafts import Text, read_text
from storage.broadcasts.tables import broadcast_texts, broadcasts
from storage.database import Transaction
from storage.outbox import Bulk, Claim, Lease, stands
from storage.schema import outbox as messages

_other = messages.alias("other")
# Answers and news for the same person go first, and two messages to one person never at once.
_ahead = sa.exists().where(
    _other.c.person_id == messages.c.person_id,
    _other.c.channel == messages.c.channel,
    _other.c.id != messages.c.id,
    stands(_other.c.status, "queued", "claimed", "sending"),
    sa.or_(stands(_other.c.status, "claimed", "sending"), _other.c.broadcast_id.is_(None)),
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


_queued = stands(messages.c.status, "queued")
# The first of an index, where "whether there is any" may be answered by reading the table.
_first = (
    sa.select(sa.func.min(messages.c.not_before))
    .where(messages.c.broadcast_id == broadcasts.c.id, messages.c.channel == sa.bindparam("to_channel"), _queued)
    .scalar_subquery()
)
_is_waiting = sa.select(broadcasts.c.id).where(broadcasts.c.status == "running", _first.is_not(None)).limit(1)


async def is_waiting(tx: Transaction, channel: str) -> bool:
    """Tell whether a running broadcast has somebody left on this channel, due or not."""
    return (await tx.execute(_is_waiting, {"to_channel": channel})).first() is not None


async def take(tx: Transaction, channel: str, lease: Lease, limit: int) -> list[Claim]:
    """Take up to `limit` recipients who are due and write the intents; of several broadcasts, of each its share.

    A broadcast that is paused or stopped gives nothing from the moment on at which that is committed. Raises
    ConflictError when another process took one for the same person at the same moment: then try again.
    """
    claims: list[Claim] = []
    going = await _going(tx)
    for place, broadcast in enumerate(going):
        share = -(-(limit - len(claims)) // (len(going) - place))
        rows = await _take_rows(tx, broadcast.id, channel, lease, share)
        claims += await _claims(tx, rows, broadcast)
    return claims


@dataclass(frozen=True, slots=True)
class _Going:
    """A broadcast under way, and what it says by language."""

    id: int
    kind: str
    topic: str
    texts: dict[str, Text] = field(default_factory=dict)


_running = (
    sa.select(broadcasts.c.id, broadcasts.c.kind, broadcasts.c.topic)
    .add_columns(broadcast_texts.c.language, broadcast_texts.c.text, broadcast_texts.c.choices)
    .outerjoin_from(broadcasts, broadcast_texts)
    .where(broadcasts.c.status == "running")
    .order_by(broadcasts.c.id)
    .with_for_update(read=True, of=broadcasts)  # a stop waits for this, and nothing is taken after it
)


async def _going(tx: Transaction) -> list[_Going]:
    found: dict[int, _Going] = {}
    for row in (await tx.execute(_running)).all():
        broadcast = found.setdefault(row.id, _Going(row.id, row.kind, row.topic))
        if row.language is not None:  # what is only taken back says nothing
            broadcast.texts[row.language] = read_text(row)
    return list(found.values())


_due = (
    sa.select(messages.c.id)
    .where(
        messages.c.broadcast_id == sa.bindparam("of"),
        messages.c.channel == sa.bindparam("to_channel"),
        _queued,
        messages.c.not_before <= sa.bindparam("now", type_=messages.c.not_before.type),
        ~_ahead,
    )
    .order_by(messages.c.not_before, messages.c.id)
    .limit(sa.bindparam("share", type_=sa.Integer))
    .with_for_update(skip_locked=True)
    .cte("due")
)
_take = (
    sa.update(messages)
    .where(messages.c.id.in_(sa.select(_due.c.id)))
    .values(
        status="sending",
        attempts=messages.c.attempts + 1,
        intended_at=sa.bindparam("now", type_=messages.c.intended_at.type),
        lease_owner=sa.bindparam("owner"),
        lease_until=sa.bindparam("until", type_=messages.c.lease_until.type),
        template=None,
        reported_at=None,
        platform_message_id=None,  # of an earlier attempt
    )
    .returning(*_TAKEN)
)


async def _take_rows(
    tx: Transaction, broadcast_id: int, channel: str, lease: Lease, limit: int
) -> Sequence[sa.Row[Any]]:
    these = {"of": broadcast_id, "to_channel": channel, "share": limit}
    taken = await tx.execute(_take, these | {"now": lease.now, "owner": lease.owner, "until": lease.until})
    return sorted(taken.all(), key=lambda row: int(row.id))


async def _claims(tx: Transaction, rows: Sequence[sa.Row[Any]], broadcast: _Going) -> list[Claim]:
    if not rows:
        return []
    whose = await contacts.addresses(tx, [row.person_id for row in rows])
    claims = []
    for row in rows:
        text = broadcast.texts.get(row.language) or broadcast.texts.get("id") or Text("")
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
                broadcast=Bulk(broadcast.id, broadcast.kind, row.edits, broadcast.topic),
                language=row.language,
            )
        )
    return claims
