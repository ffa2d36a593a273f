"""Editions of the award that staff entered, kept as the documents they gave."""

from __future__ import annotations

from datetime import datetime

import sqlalchemy as sa

from storage import database
from storage.database import Transaction
from storage.schema import editions


async def put(tx: Transaction, year: int, document: str, now: datetime) -> None:
    """Store the document of an edition; an earlier one of the same year is replaced."""
    statement = database.insert(tx, editions).values(year=year, document=document, imported_at=now)
    await tx.execute(
        statement.on_conflict_do_update(
            index_elements=["year"],
            set_={"document": statement.excluded.document, "imported_at": statement.excluded.imported_at},
        )
    )


async def documents(tx: Transaction) -> dict[int, str]:
    """Return all stored documents by year."""
    query = sa.select(editions.c.year, editions.c.document).order_by(editions.c.year)
    return {row.year: row.document for row in (await tx.execute(query)).all()}
