"""What people agreed to, when, and to which version of the text; and that they took it back."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa

from storage import database
from storage.database import Transaction
from storage.schema import consents

STATUS = "status"  # that their account is tied to a proposal, and that they are told how it stands
NEWS = "news"  # that they are told of announcements and deadlines


@dataclass(frozen=True, slots=True)
class Consent:
    """One consent; `withdrawn_at` is None while it holds."""

    purpose: str
    version: str
    given_at: datetime
    withdrawn_at: datetime | None = None


async def give(tx: Transaction, person_id: int, purpose: str, version: str, now: datetime) -> None:
    """Keep that the person agreed; one that holds already stays as it is."""
    row = {"person_id": person_id, "purpose": purpose, "version": version, "given_at": now}
    await tx.execute(database.insert(tx, consents).on_conflict_do_nothing(), row)


async def withdraw(tx: Transaction, person_id: int, purpose: str, now: datetime) -> bool:
    """Keep that the person took it back; False where there was none."""
    holding = (consents.c.person_id == person_id, consents.c.purpose == purpose, consents.c.withdrawn_at.is_(None))
    return (await tx.execute(sa.update(consents).where(*holding).values(withdrawn_at=now))).rowcount > 0


async def of_person(tx: Transaction, person_id: int) -> Sequence[Consent]:
    """Return all consents of a person, oldest first."""
    query = sa.select(consents).where(consents.c.person_id == person_id).order_by(consents.c.id)
    return [
        Consent(row.purpose, row.version, row.given_at, row.withdrawn_at) for row in (await tx.execute(query)).all()
    ]
