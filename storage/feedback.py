"""Whether answers helped: which article and when, not who said so."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa

from storage.database import Transaction
from storage.schema import feedback


@dataclass(frozen=True, slots=True)
class Feedback:
    """One press of "membantu" or "tidak membantu"."""

    article_id: str
    helpful: bool
    at: datetime


@dataclass(frozen=True, slots=True)
class Tally:
    """How often an article was said to help, and not to."""

    article_id: str
    helpful: int
    unhelpful: int


async def add(tx: Transaction, given: Sequence[Feedback]) -> None:
    """Keep these presses."""
    rows = [{"article_id": each.article_id, "helpful": each.helpful, "created_at": each.at} for each in given]
    if rows:
        await tx.execute(sa.insert(feedback), rows)


async def tallies(tx: Transaction, start: datetime) -> list[Tally]:
    """Return the counts from `start` on, the article that helped least often first."""
    helpful = sa.func.sum(sa.case((feedback.c.helpful, 1), else_=0))
    unhelpful = sa.func.count() - helpful
    query = (
        sa.select(feedback.c.article_id, helpful, unhelpful)
        .where(feedback.c.created_at >= start)
        .group_by(feedback.c.article_id)
        .order_by(unhelpful.desc(), feedback.c.article_id)
    )
    return [Tally(article_id, int(yes), int(no)) for article_id, yes, no in (await tx.execute(query)).all()]
