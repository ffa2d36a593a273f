"""What officers are told of a broadcast while it waits, goes and ends: each once, whichever process does it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

import sqlalchemy as sa

from storage import contacts
from storage.broadcasts.drafts import Broadcast
from storage.broadcasts.tables import GOING, broadcasts
from storage.contacts import Identity
from storage.database import Transaction
from storage.office import staff
from storage.office.staff import Colleague
from storage.schema import outbox, people

WARNING = timedelta(hours=1)  # before a scheduled start staff are reminded of what will be sent


@dataclass(frozen=True, slots=True)
class Shown:
    """A progress message that somebody has before them: its row of the outbox, whose it is, and the platform's id."""

    id: int
    person_id: int
    address: Identity
    channel: str
    language: str | None
    platform_message_id: str


def topic(broadcast_id: int) -> str:
    """Return the topic of the messages that tell officers of a broadcast."""
    return f"broadcast:{broadcast_id}"


async def watchers(tx: Transaction, broadcast: Broadcast) -> list[Colleague]:
    """Return whom a broadcast concerns: its author and approver; all who work here where neither is there."""
    working = await staff.active(tx)
    concerned = [each for each in working if each.id in (broadcast.author_id, broadcast.approver_id)]
    return concerned or working


async def due_warnings(tx: Transaction, now: datetime) -> list[int]:
    """Return the broadcasts that start within the hour and of which nobody was reminded, each once."""
    soon = (
        broadcasts.c.status == "approved",
        broadcasts.c.approver_id.is_not(None),
        broadcasts.c.warned_at.is_(None),
        broadcasts.c.starts_at > now,
        broadcasts.c.starts_at <= now + WARNING,
    )
    warned = sa.update(broadcasts).where(*soon).values(warned_at=now).returning(broadcasts.c.id)
    return sorted(row.id for row in (await tx.execute(warned)).all())


async def begun(tx: Transaction, now: datetime) -> list[int]:
    """Return the broadcasts that go and of which no progress was told yet, each once."""
    new = (broadcasts.c.status.in_(GOING), broadcasts.c.progress_at.is_(None))
    told = sa.update(broadcasts).where(*new).values(progress_at=now).returning(broadcasts.c.id)
    return sorted(row.id for row in (await tx.execute(told)).all())


async def due_progress(tx: Transaction, pause: Callable[[int], timedelta], now: datetime) -> list[int]:
    """Return the broadcasts whose progress is to be shown anew, each to one process.

    `pause` says for how many recipients how long the last one stands.
    """
    query = sa.select(broadcasts.c.id, broadcasts.c.total, broadcasts.c.progress_at)
    rows = (await tx.execute(query.where(broadcasts.c.status.in_(GOING), broadcasts.c.progress_at <= now))).all()
    mine = []
    for row in rows:
        if row.progress_at + pause(row.total) > now:
            continue
        same = (broadcasts.c.id == row.id, broadcasts.c.progress_at == row.progress_at)
        if (await tx.execute(sa.update(broadcasts).where(*same).values(progress_at=now))).rowcount == 1:
            mine.append(int(row.id))
    return mine


async def shown(tx: Transaction, broadcast_id: int, person_ids: Sequence[int]) -> list[Shown]:
    """Return the newest progress message of each of these people who has one."""
    newest = (
        sa.select(sa.func.max(outbox.c.id))
        .where(outbox.c.person_id.in_(person_ids), outbox.c.topic == topic(broadcast_id))
        .where(outbox.c.platform_message_id.is_not(None))
        .group_by(outbox.c.person_id)
    )
    query = (
        sa.select(outbox.c.id, outbox.c.person_id, outbox.c.channel, outbox.c.platform_message_id, people.c.language)
        .join(people, people.c.id == outbox.c.person_id)
        .where(outbox.c.id.in_(newest), outbox.c.status == "sent")
        .order_by(outbox.c.id)
    )
    rows = (await tx.execute(query)).all()
    whose = await contacts.addresses(tx, [row.person_id for row in rows])
    return [
        Shown(row.id, row.person_id, whose[row.person_id], row.channel, row.language, row.platform_message_id)
        for row in rows
    ]
