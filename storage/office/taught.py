"""Ways of asking that officers added to articles: normalised, masked, each to one article."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa

from storage import database
from storage.database import Transaction
from storage.office.tables import taught


@dataclass(frozen=True, slots=True)
class Taught:
    """One way of asking, and the article that answers it."""

    id: int
    article_id: str
    language: str
    text: str
    taught_at: datetime


async def add(
    tx: Transaction, text: str, article_id: str, language: str, *, taught_by: int, now: datetime
) -> int | None:
    """Keep a way of asking and return its id; None where these very words are taught already."""
    row = {
        "article_id": article_id,
        "language": language,
        "text": text,
        "taught_by": taught_by,
        "taught_at": now,
    }
    added = database.insert(tx, taught).on_conflict_do_nothing().returning(taught.c.id)
    taught_id: int | None = (await tx.execute(added, row)).scalar()
    return taught_id


async def everything(tx: Transaction) -> list[Taught]:
    """Return all that was taught, in the order of teaching."""
    columns = (taught.c.id, taught.c.article_id, taught.c.language, taught.c.text, taught.c.taught_at)
    return [Taught(*row) for row in (await tx.execute(sa.select(*columns).order_by(taught.c.id))).all()]


async def remove(tx: Transaction, taught_id: int) -> Taught | None:
    """Forget one of them and return it; None where there is none by this id."""
    columns = (taught.c.id, taught.c.article_id, taught.c.language, taught.c.text, taught.c.taught_at)
    row = (await tx.execute(sa.delete(taught).where(taught.c.id == taught_id).returning(*columns))).first()
    return None if row is None else Taught(*row)
