"""What staff and the portal did: written down with every act, and never changed by the program."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa

from storage.database import Transaction
from storage.schema import audit


@dataclass(frozen=True, slots=True)
class Act:
    """One act: who did what to what. `details` hold no personal data."""

    actor: str
    action: str
    subject: str
    details: Mapping[str, object]
    at: datetime


async def record(tx: Transaction, act: Act, *more: Act) -> None:
    """Write acts down, in the transaction that does them."""
    rows = [
        {
            "at": each.at,
            "actor": each.actor,
            "action": each.action,
            "subject": each.subject,
            "details": {**each.details},
        }
        for each in (act, *more)
    ]
    await tx.execute(sa.insert(audit), rows)


async def latest(tx: Transaction, limit: int) -> list[Act]:
    """Return the last acts, newest first."""
    query = sa.select(audit).order_by(audit.c.id.desc()).limit(limit)
    return [Act(row.actor, row.action, row.subject, row.details, row.at) for row in (await tx.execute(query)).all()]
