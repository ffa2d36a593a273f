"""People who work at the office, put there by hand, and those who ask for them."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import sqlalchemy as sa

from storage import contacts
from storage.contacts import Identity
from storage.database import Database
from storage.office import handovers
from storage.office.tables import staff
from tests.storage.given import NOW, TELEGRAM


async def met(store: Database, number: int) -> int:
    """Return our id of the person with this Telegram account."""
    async with store.transaction() as tx:
        (person,) = await contacts.meet(tx, [Identity(telegram_id=number)], NOW)
    return person.id


async def officer(
    store: Database, number: int, name: str = "Rina", *, on_duty: bool = True, role: str = "officer"
) -> int:
    """Let the person with this Telegram account work at the office, and return their staff id."""
    person_id = await met(store, number)
    values = {"name": name, "role": role, "person_id": person_id, "channel": TELEGRAM, "on_duty": on_duty}
    async with store.transaction() as tx:
        added = sa.insert(staff).values(**values, invited_at=NOW, joined_at=NOW).returning(staff.c.id)
        return int((await tx.execute(added)).scalar_one())


async def change(store: Database, staff_id: int, **values: Any) -> None:
    async with store.transaction() as tx:
        await tx.execute(sa.update(staff).where(staff.c.id == staff_id).values(**values))


async def remove(store: Database, staff_id: int) -> None:
    """Take somebody's work away, as removal does."""
    await change(store, staff_id, person_id=None, channel=None, on_duty=False, removed_at=NOW)


async def delete(store: Database, staff_id: int) -> None:
    async with store.transaction() as tx:
        await tx.execute(sa.delete(staff).where(staff.c.id == staff_id))


async def asked(store: Database, person_id: int, now: datetime = NOW) -> int:
    """Open a talk and return its id."""
    async with store.transaction() as tx:
        talk_id = await handovers.ask(tx, person_id, TELEGRAM, now)
    assert talk_id is not None
    return talk_id


async def taken(store: Database, talk_id: int, staff_id: int, now: datetime = NOW) -> bool:
    async with store.transaction() as tx:
        return await handovers.take(tx, talk_id, staff_id, now)


async def block(store: Database, number: int) -> None:
    """Let somebody close the door."""
    person_id = await met(store, number)
    async with store.transaction() as tx:
        await contacts.close_door(tx, person_id, TELEGRAM, NOW)
