"""Copies whom an announcement would go to into a database for a drill, without anything by which they are reached."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Callable, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from storage.broadcasts.audience import Audience, chosen
from storage.database import Transaction
from storage.office.tables import staff
from storage.schema import people, subscriptions

AT_ONCE = 5_000
FIRST_CHAT = 5_000_000_000  # the numbers of a drill's chats begin here; they are nobody's account
AUTHOR, APPROVER = 1, 2


@dataclass(frozen=True, slots=True)
class Member:
    """One of an audience: our number of the person, the channel (None where we reach them on none), the language."""

    person_id: int
    channel: str | None
    language: str


async def audience(
    reading: Callable[[], AbstractAsyncContextManager[Transaction]], served: Sequence[str], now: datetime
) -> AsyncGenerator[list[Member]]:
    """Yield all who subscribed to announcements, some at a time. Only reads."""
    found = chosen(Audience(), "announcements", served, now).subquery()
    after = 0
    while True:
        query = sa.select(found.c.person_id, found.c.channel, found.c.language).where(found.c.person_id > after)
        async with reading() as tx:
            rows = (await tx.execute(query.order_by(found.c.person_id).limit(AT_ONCE))).all()
        if rows:
            yield [Member(*row) for row in rows]
        if len(rows) < AT_ONCE:
            return
        after = rows[-1].person_id


async def copy(tx: Transaction, members: Sequence[Member], now: datetime) -> None:
    """Write those down who can be reached: in the browser as there, on all other channels as chats of the drill."""
    reached = [member for member in members if member.channel is not None]
    if not reached:
        return
    topic = {"topic": "announcements", "since": now}
    await tx.execute(sa.insert(people), [_person(member, now) for member in reached])
    await tx.execute(sa.insert(subscriptions), [{"person_id": member.person_id} | topic for member in reached])


def _person(member: Member, now: datetime) -> dict[str, Any]:
    is_web = member.channel == "web"
    return {
        "id": member.person_id,
        "telegram_id": None if is_web else FIRST_CHAT + member.person_id,
        "web_token_hash": f"drill-{member.person_id}" if is_web else None,
        "last_channel": "web" if is_web else "telegram",
        "language": member.language,
        "created_at": now,
        "last_seen_at": now,
    }


async def hire(tx: Transaction, now: datetime) -> None:
    """Let two officers work in the drill's database."""
    known = {"role": "officer", "invited_at": now, "joined_at": now}
    await tx.execute(sa.insert(staff), [{"id": n, "name": f"Drill {n}"} | known for n in (AUTHOR, APPROVER)])
