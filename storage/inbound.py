"""Which messages were taken in already, so that a repeated delivery does nothing."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa

from storage import database
from storage.database import Transaction
from storage.schema import inbound


@dataclass(frozen=True, slots=True)
class Receipt:
    """The trace one message leaves: its id within the channel, and whose it was. Not its text."""

    channel: str
    message_id: str
    person_id: int
    received_at: datetime


async def is_known(tx: Transaction, channel: str, message_id: str) -> bool:
    """Tell whether this message was taken in already."""
    query = sa.select(inbound.c.person_id).where(inbound.c.channel == channel, inbound.c.message_id == message_id)
    return (await tx.execute(query)).first() is not None


async def record(tx: Transaction, receipts: Sequence[Receipt]) -> set[tuple[str, str]]:
    """Note these messages and return the (channel, message id) of those that were new."""
    rows = [
        {"channel": r.channel, "message_id": r.message_id, "person_id": r.person_id, "received_at": r.received_at}
        for r in receipts
    ]
    statement = (
        database.insert(tx, inbound)
        .values(rows)
        .on_conflict_do_nothing()
        .returning(inbound.c.channel, inbound.c.message_id)
    )
    return {(row.channel, row.message_id) for row in (await tx.execute(statement)).all()}
