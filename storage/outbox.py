"""What is to be sent, being sent and was sent: the ledger that survives a killed process.

A message goes `queued -> claimed -> sending -> sent | refused | failed | unsure`, or back to `queued` when it surely
was not sent. `claimed` is held by a lease; `sending` means that the intent is written and the request may have left.
A lease that ran out frees a claimed message, and makes a sending one `unsure`: it is never repeated by itself.
"""

from __future__ import annotations

import itertools
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

import sqlalchemy as sa

from storage import contacts, reactions, windows
from storage.contacts import Identity
from storage.database import Transaction
from storage.reactions import NOTHING, Cause, Reaction
from storage.schema import attachments, outbox
from storage.windows import Template

REPLY = 0  # an answer to somebody who wrote; overtakes all others
PUSH = 5  # news for one person
BULK = 9  # an announcement to many

UNKEPT = "unkept"  # the topic of what is not kept once it was sent
FROM_OFFICER = "from_officer"  # of what an officer said


@dataclass(frozen=True, slots=True)
class File:
    """A file that goes with a message; an `illustration` shows only what the text of the message says."""

    filename: str
    media_type: str
    description: str
    content: bytes
    illustration: bool = False


@dataclass(frozen=True, slots=True)
class Draft:
    """One message to be sent; it must fit the channel already, since one row is one message there.

    News have a `topic`, under which those that still wait can be taken back.
    """

    person_id: int
    channel: str
    text: str
    choices: tuple[tuple[str, str], ...] = ()  # (id, title)
    files: tuple[File, ...] = ()
    priority: int = REPLY
    topic: str | None = None


@dataclass(frozen=True, slots=True)
class Claim:
    """One message that this process may send now, as a `template` where it may not go as it is. `attempt` counts from
    1.
    """

    id: int
    person_id: int
    address: Identity
    channel: str
    text: str
    choices: tuple[tuple[str, str], ...]
    files: tuple[File, ...]
    attempt: int
    created_at: datetime
    topic: str | None = None
    broadcast: Bulk | None = None
    language: str | None = None  # of a broadcast's text
    template: Template | None = None


@dataclass(frozen=True, slots=True)
class Bulk:
    """That a message belongs to a broadcast; with `edits` it changes or takes back one that the platform calls so."""

    id: int
    kind: str
    edits: str | None = None
    topic: str = "announcements"


@dataclass(frozen=True, slots=True)
class Lease:
    """Who holds what is claimed, from when, and for how long without a sign of life."""

    owner: str
    now: datetime
    period: timedelta

    @property
    def until(self) -> datetime:
        return self.now + self.period


@dataclass(frozen=True, slots=True)
class Settlement:
    """How an attempt ended: `status` is `sent`, `refused`, `failed`, `unsure`, or `queued` for another try.

    With `window_closed` the platform says that the person's last message is too long ago for what was sent.
    `reaction` is what else follows.
    """

    claim: Claim
    status: str
    reason: str | None = None
    platform_message_id: str | None = None
    not_before: datetime | None = None
    window_closed: bool = False
    reaction: Reaction = NOTHING


async def add(tx: Transaction, drafts: Sequence[Draft], now: datetime) -> None:
    """Queue these messages, in this order."""
    for with_files, run in itertools.groupby(drafts, key=lambda draft: bool(draft.files)):
        if with_files:
            for draft in run:
                added = await tx.execute(sa.insert(outbox).returning(outbox.c.id), _row(draft, now))
                await _attach(tx, added.scalar_one(), draft.files)
        else:
            await tx.execute(sa.insert(outbox), [_row(draft, now) for draft in run])


async def _attach(tx: Transaction, outbox_id: int, files: Sequence[File]) -> None:
    rows = [
        {
            "outbox_id": outbox_id,
            "filename": file.filename,
            "media_type": file.media_type,
            "description": file.description,
            "content": file.content,
            "illustration": file.illustration,
        }
        for file in files
    ]
    await tx.execute(sa.insert(attachments), rows)


def _row(draft: Draft, now: datetime) -> dict[str, object]:
    return {
        "person_id": draft.person_id,
        "channel": draft.channel,
        "priority": draft.priority,
        "text": draft.text,
        "choices": [list(choice) for choice in draft.choices],
        "attachments": len(draft.files),
        "topic": draft.topic,
        "not_before": now,
        "created_at": now,
    }


def stands(column: sa.ColumnElement[str], *statuses: str) -> sa.ColumnElement[bool]:
    """Tell whether a message stands so. The statuses are named in the statement itself, in the order of the indexes:
    databases use an index of some rows only where they can see that no others are asked for.
    """
    named: list[sa.ColumnElement[str]] = [sa.literal_column(f"'{status}'") for status in statuses]
    return column == named[0] if len(named) == 1 else column.in_(named)


_other = outbox.alias("other")
_ahead = sa.exists().where(
    _other.c.person_id == outbox.c.person_id,
    _other.c.channel == outbox.c.channel,
    _other.c.id != outbox.c.id,
    stands(_other.c.status, "queued", "claimed", "sending"),
    sa.or_(
        stands(_other.c.status, "claimed", "sending"),
        sa.and_(
            _other.c.broadcast_id.is_(None),
            sa.tuple_(_other.c.priority, _other.c.id) < sa.tuple_(outbox.c.priority, outbox.c.id),
        ),
    ),
)
_CLAIMED = (
    outbox.c.id,
    outbox.c.person_id,
    outbox.c.channel,
    outbox.c.priority,
    outbox.c.text,
    outbox.c.choices,
    outbox.c.attachments,
    outbox.c.attempts,
    outbox.c.created_at,
    outbox.c.topic,
)


async def claim(
    tx: Transaction, channel: str, lease: Lease, limit: int, *, person_id: int | None = None
) -> list[Claim]:
    """Take up to `limit` messages that are due, replies first, at most one a person, and none behind an open one.

    Those of broadcasts are taken by `storage.broadcasts.sending`. With `person_id` only those to that person.

    Raises ConflictError when another process took one for the same person at the same moment: then try again.
    """
    due = (
        sa.select(outbox.c.id)
        .where(
            outbox.c.channel == channel,
            stands(outbox.c.status, "queued"),
            outbox.c.broadcast_id.is_(None),
            outbox.c.not_before <= lease.now,
            ~_ahead,
            sa.true() if person_id is None else outbox.c.person_id == person_id,
        )
        .order_by(outbox.c.priority, outbox.c.id)
        .limit(limit)
        .with_for_update(skip_locked=True)
        # PostgreSQL may run a plain subquery once a row, and then takes more than the limit; this it runs once.
        .cte("due")
    )
    taken = await tx.execute(
        sa.update(outbox)
        .where(outbox.c.id.in_(sa.select(due.c.id)))
        .values(status="claimed", lease_owner=lease.owner, lease_until=lease.until)
        .returning(*_CLAIMED)
    )
    rows = sorted(taken.all(), key=lambda row: (int(row.priority), int(row.id)))
    if not rows:
        return []
    whose = await contacts.addresses(tx, [row.person_id for row in rows])
    theirs = await files(tx, [row.id for row in rows if row.attachments])
    return [
        Claim(
            id=row.id,
            person_id=row.person_id,
            address=whose[row.person_id],
            channel=row.channel,
            text=row.text,
            choices=tuple((str(choice_id), str(title)) for choice_id, title in row.choices),
            files=theirs.get(row.id, ()),
            attempt=row.attempts + 1,
            created_at=row.created_at,
            topic=row.topic,
        )
        for row in rows
    ]


async def files(tx: Transaction, outbox_ids: Sequence[int]) -> Mapping[int, tuple[File, ...]]:
    """Return the files that go with these messages, by message."""
    if not outbox_ids:
        return {}
    query = sa.select(attachments).where(attachments.c.outbox_id.in_(outbox_ids)).order_by(attachments.c.id)
    found: dict[int, tuple[File, ...]] = {}
    for row in (await tx.execute(query)).all():
        file = File(row.filename, row.media_type, row.description, row.content, row.illustration)
        found[row.outbox_id] = (*found.get(row.outbox_id, ()), file)
    return found


async def intend(tx: Transaction, claims: Sequence[Claim], lease: Lease) -> set[int]:
    """Write down that these are about to be sent; return the ids of those whose lease still holds."""
    intended = await tx.execute(
        sa.update(outbox)
        .where(
            outbox.c.id.in_([claim.id for claim in claims]),
            outbox.c.status == "claimed",
            outbox.c.lease_owner == lease.owner,
            outbox.c.lease_until > lease.now,
        )
        .values(
            status="sending",
            attempts=outbox.c.attempts + 1,
            intended_at=lease.now,
            lease_until=lease.until,
            template=None,
            reported_at=None,
            platform_message_id=None,  # of an earlier attempt
        )
        .returning(outbox.c.id)
    )
    return {row.id for row in intended.all()}


_settle = (
    sa.update(outbox)
    # The answer may come after the lease ran out and the message was called unsure: then this is the truth.
    .where(
        outbox.c.id == sa.bindparam("of"),
        outbox.c.attempts == sa.bindparam("attempt"),
        # Not `in_`: that cannot be executed for many rows at once.
        sa.or_(outbox.c.status == "sending", outbox.c.status == "unsure"),
    )
    .values(
        status=sa.bindparam("to_status"),
        reason=sa.bindparam("why"),
        platform_message_id=sa.bindparam("their_id"),
        not_before=sa.func.coalesce(sa.bindparam("later", type_=outbox.c.not_before.type), outbox.c.not_before),
        settled_at=sa.bindparam("at", type_=outbox.c.settled_at.type),
        lease_owner=None,
        lease_until=None,
    )
)


async def settle(tx: Transaction, settlements: Sequence[Settlement], now: datetime) -> None:
    """Write down how these attempts ended; whoever closed the door gets nothing more on that channel."""
    rows = [
        {
            "of": settlement.claim.id,
            "attempt": settlement.claim.attempt,
            "to_status": settlement.status,
            "why": settlement.reason,
            "their_id": settlement.platform_message_id,
            "later": settlement.not_before,
            "at": None if settlement.status == "queued" else now,
        }
        for settlement in settlements
    ]
    await tx.execute(_settle, rows)
    ended = [s.claim.id for s in settlements if s.claim.topic == UNKEPT and s.status != "queued"]
    if ended:
        await tx.execute(sa.update(outbox).where(outbox.c.id.in_(ended)).values(text=KEPT))
    closed = sorted({settlement.claim.person_id for settlement in settlements if settlement.window_closed})
    if closed:
        await windows.close(tx, closed)
    causes = [Cause(s.claim.person_id, s.claim.channel, s.reaction) for s in settlements if s.reaction != NOTHING]
    await reactions.act(tx, causes, now)
    for cause in causes:
        if cause.reaction.door_closed:
            await skip_queued(tx, cause.person_id, cause.channel, "unreachable", now)


# What stays of a text once nothing more is done with it: all where only its beginning went, see storage/whole.py.
KEPT = sa.case((sa.and_(outbox.c.topic == UNKEPT, outbox.c.template.is_(None)), ""), else_=outbox.c.text)


async def skip_queued(tx: Transaction, person_id: int, channel: str, reason: str, now: datetime) -> None:
    """Give up what is queued for this person on this channel."""
    await tx.execute(
        sa.update(outbox)
        .where(outbox.c.person_id == person_id, outbox.c.channel == channel, outbox.c.status == "queued")
        .values(status="skipped", reason=reason, settled_at=now, text=KEPT)
    )


async def erase(tx: Transaction, person_id: int, since: datetime) -> None:
    """Delete what was answered to this person from then on, files included. What is just being sent stays until it is
    settled and its period is over, since its sender still has to write down what became of it."""
    await tx.execute(
        sa.delete(outbox).where(
            outbox.c.person_id == person_id,
            outbox.c.broadcast_id.is_(None),
            outbox.c.created_at >= since,
            outbox.c.status.not_in(("claimed", "sending")),
        )
    )


async def take_back(tx: Transaction, person_id: int, topics: Sequence[str]) -> None:
    """Delete news on these topics that were not begun to be sent to this person."""
    waiting = (outbox.c.person_id == person_id, outbox.c.topic.in_(topics), outbox.c.status == "queued")
    await tx.execute(sa.delete(outbox).where(*waiting))


async def recover(tx: Transaction, now: datetime, *, alone: bool = False) -> tuple[int, int]:
    """Take back expired leases and return how many were (freed, unsure); those of a process that is `alone` and has
    just begun, all of them.

    What was only claimed surely was not sent; what was being sent may have been.
    """
    expired = outbox.c.lease_until.is_not(None) if alone else outbox.c.lease_until <= now
    freed = await tx.execute(
        sa.update(outbox)
        .where(expired, outbox.c.status == "claimed")
        .values(status="queued", lease_owner=None, lease_until=None)
    )
    unsure = await tx.execute(
        sa.update(outbox)
        .where(expired, outbox.c.status == "sending")
        .values(status="unsure", reason="interrupted", settled_at=now, lease_owner=None, lease_until=None, text=KEPT)
    )
    return freed.rowcount, unsure.rowcount


async def counts(tx: Transaction) -> dict[tuple[str, str], int]:
    """Return how many messages there are by (channel, status)."""
    # In the order of an index, which has all that is asked: no row is read, and nothing sorted.
    by = (outbox.c.broadcast_id, outbox.c.status, outbox.c.channel)
    counted: Counter[tuple[str, str]] = Counter()
    for _, status, channel, count in (await tx.execute(sa.select(*by, sa.func.count()).group_by(*by))).all():
        counted[channel, status] += count
    return dict(counted)
