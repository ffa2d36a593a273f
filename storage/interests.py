"""Which categories of the award people ask about, so that an announcement on one can go to those it concerns."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa

from storage import database
from storage.database import Transaction
from storage.schema import interests


@dataclass(frozen=True, slots=True)
class Interest:
    """A category that somebody asked about, and when last."""

    category: str
    asked_at: datetime


async def of_person(tx: Transaction, person_id: int) -> list[Interest]:
    """Return what a person asked about."""
    query = sa.select(interests.c.category, interests.c.asked_at).where(interests.c.person_id == person_id)
    return [Interest(*row) for row in (await tx.execute(query.order_by(interests.c.category))).all()]


async def note(tx: Transaction, asked: Sequence[tuple[int, str]], now: datetime) -> None:
    """Keep that these people (by id) asked about these categories, the last time each."""
    rows = [
        {"person_id": person_id, "category": category, "asked_at": now} for person_id, category in sorted(set(asked))
    ]
    if rows:
        insert = database.insert(tx, interests)
        await tx.execute(
            insert.on_conflict_do_update(
                index_elements=["person_id", "category"], set_={"asked_at": insert.excluded.asked_at}
            ),
            rows,
        )
