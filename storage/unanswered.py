"""What was not understood: the masked words of a message, and nothing that leads back to its writer."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

import sqlalchemy as sa

from storage.database import Transaction
from storage.schema import unanswered

PERIOD = timedelta(days=90)  # of which the most frequent ones are shown to officers
LISTED = 400  # different texts that are looked through for groups


@dataclass(frozen=True, slots=True)
class Unanswered:
    """One message that found no answer. `text` is masked before it comes here."""

    text: str
    language: str
    at: datetime


async def add(tx: Transaction, messages: Sequence[Unanswered]) -> None:
    """Keep these messages."""
    rows = [{"text": message.text, "language": message.language, "created_at": message.at} for message in messages]
    if rows:
        await tx.execute(sa.insert(unanswered), rows)


async def since(tx: Transaction, start: datetime) -> list[Unanswered]:
    """Return what was kept from `start` on, oldest first."""
    query = (
        sa.select(unanswered.c.text, unanswered.c.language, unanswered.c.created_at)
        .where(unanswered.c.created_at >= start)
        .order_by(unanswered.c.id)
    )
    return [Unanswered(*row) for row in (await tx.execute(query)).all()]


@dataclass(frozen=True, slots=True)
class Asked:
    """One text that was not understood, how often it came lately, and the first row of it, which names it."""

    id: int
    text: str
    language: str
    count: int


async def frequent(tx: Transaction, now: datetime) -> list[Asked]:
    """Return the most frequent texts of the last `PERIOD`, each once."""
    count = sa.func.count()
    first = sa.func.min(unanswered.c.id)
    query = (
        sa.select(first, unanswered.c.text, sa.func.min(unanswered.c.language), count)
        .where(unanswered.c.created_at >= now - PERIOD)
        .group_by(unanswered.c.text)
        .order_by(count.desc(), first)
        .limit(LISTED)
    )
    return [Asked(*row) for row in (await tx.execute(query)).all()]


async def drop(tx: Transaction, texts: Sequence[str]) -> int:
    """Take texts off the list, having been answered or put aside; return how often they had come."""
    return (await tx.execute(sa.delete(unanswered).where(unanswered.c.text.in_(texts)))).rowcount
