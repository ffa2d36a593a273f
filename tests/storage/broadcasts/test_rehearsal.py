"""A drill's audience is a copy without anything by which people are reached, and the real one is only read."""

from __future__ import annotations

import pytest
import sqlalchemy as sa

from storage.broadcasts import rehearsal
from storage.broadcasts.rehearsal import FIRST_CHAT, Member
from storage.database import Database
from storage.schema import people, subscriptions
from tests.storage.broadcasts import announced
from tests.storage.broadcasts.announced import SERVED
from tests.storage.given import NOW


async def audience(store: Database) -> list[list[Member]]:
    return [some async for some in rehearsal.audience(store.reading, SERVED, NOW)]


async def test_all_who_subscribed_are_read_some_at_a_time(store: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rehearsal, "AT_ONCE", 2)
    none = await audience(store)
    await announced.subscribers(store, 4)
    await announced.subscribers(store, 1, first=5, topic="deadlines")
    async with store.transaction() as tx:
        await tx.execute(sa.update(people).where(people.c.id == 2).values(language="en"))

    telegram = [Member(n, "telegram", "en" if n == 2 else "id") for n in (1, 2, 3, 4)]
    assert none == []
    assert await audience(store) == [telegram[:2], telegram[2:]]


async def test_the_copy_has_chats_that_are_nobodys(store: Database) -> None:
    members = [Member(1, "telegram", "id"), Member(2, "web", "en"), Member(3, "whatsapp", "id"), Member(4, None, "id")]
    async with store.transaction() as tx:
        await rehearsal.hire(tx, NOW)
        await rehearsal.copy(tx, members, NOW)
        await rehearsal.copy(tx, [Member(5, None, "id")], NOW)
        columns = (people.c.id, people.c.telegram_id, people.c.web_token_hash, people.c.last_channel)
        copied = [tuple(row) for row in await tx.execute(sa.select(*columns).order_by(people.c.id))]
        subscribed = (await tx.execute(sa.select(subscriptions.c.person_id))).scalars().all()

    assert copied == [
        (1, FIRST_CHAT + 1, None, "telegram"),
        (2, None, "drill-2", "web"),
        (3, FIRST_CHAT + 3, None, "telegram"),
    ]
    assert sorted(subscribed) == [1, 2, 3]
