"""What was not understood: the masked words of a message, and nothing that leads back to its writer."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa

from storage.database import Transaction
from storage.schema import unanswered


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
