"""When the next message may go by an account that several processes send by."""

from __future__ import annotations

from datetime import datetime

import sqlalchemy as sa

from storage import database
from storage.database import Transaction
from storage.schema import paces


async def hold(tx: Transaction, name: str, first: datetime) -> datetime:
    """Return the moment kept for this name, `first` where there is none, held until the transaction ends."""
    await tx.execute(database.insert(tx, paces).on_conflict_do_nothing(), {"name": name, "free_at": first})
    query = sa.select(paces.c.free_at).where(paces.c.name == name).with_for_update()
    kept: datetime = (await tx.execute(query)).scalar_one()
    return kept


async def set_to(tx: Transaction, name: str, moment: datetime) -> None:
    """Keep this moment for the name."""
    await tx.execute(sa.update(paces).where(paces.c.name == name).values(free_at=moment))
