"""Who wants to be told of what. It needs consent, which is kept with it, and ends when it ends."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa

from storage import consents, database
from storage.broadcasts.tables import broadcasts
from storage.database import Transaction
from storage.schema import outbox, subscriptions

TOPICS = ("announcements", "deadlines")


@dataclass(frozen=True, slots=True)
class Subscription:
    """One topic that a person wants to be told of."""

    topic: str
    since: datetime


async def subscribe(tx: Transaction, person_id: int, topics: Sequence[str], version: str, now: datetime) -> None:
    """Let a person be told of these topics from now on; `version` is that of the text they agreed to."""
    rows = [{"person_id": person_id, "topic": topic, "since": now} for topic in topics]
    await tx.execute(database.insert(tx, subscriptions).on_conflict_do_nothing(), rows)
    await consents.give(tx, person_id, consents.NEWS, version, now)


async def unsubscribe(tx: Transaction, person_id: int, topics: Sequence[str], now: datetime) -> bool:
    """Tell a person nothing more of these topics, not even what waits already; False where they wanted none of them.

    With the last topic their consent ends.
    """
    mine = (subscriptions.c.person_id == person_id, subscriptions.c.topic.in_(topics))
    ended = (await tx.execute(sa.delete(subscriptions).where(*mine))).rowcount > 0
    about = sa.select(broadcasts.c.id).where(broadcasts.c.topic.in_(topics))
    waiting = (outbox.c.person_id == person_id, outbox.c.status == "queued", outbox.c.broadcast_id.in_(about))
    gone = {"status": "skipped", "reason": "unsubscribed", "settled_at": now}
    await tx.execute(sa.update(outbox).where(*waiting).values(gone))
    if ended and not await of_person(tx, person_id):
        await consents.withdraw(tx, person_id, consents.NEWS, now)
    return ended


async def end(tx: Transaction, person_id: int, now: datetime) -> None:
    """End all for somebody who cannot be written to anywhere."""
    await tx.execute(sa.delete(subscriptions).where(subscriptions.c.person_id == person_id))
    await consents.withdraw(tx, person_id, consents.NEWS, now)


async def of_person(tx: Transaction, person_id: int) -> list[Subscription]:
    """Return what a person wants to be told of."""
    query = sa.select(subscriptions.c.topic, subscriptions.c.since).where(subscriptions.c.person_id == person_id)
    return [Subscription(*row) for row in (await tx.execute(query.order_by(subscriptions.c.topic))).all()]
