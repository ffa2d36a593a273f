"""Where each conversation stands: one JSON document a person, read and written once a turn."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from storage import database
from storage.database import Transaction
from storage.schema import conversations

State = dict[str, Any]  # plain JSON; its shape belongs to handlers/conversation.py


async def load(tx: Transaction, person_ids: Sequence[int]) -> dict[int, State]:
    """Return the stored states by person id; whoever has none is left out."""
    query = sa.select(conversations.c.person_id, conversations.c.state).where(conversations.c.person_id.in_(person_ids))
    return {row.person_id: row.state for row in (await tx.execute(query)).all()}


async def save(tx: Transaction, states: Mapping[int, State], now: datetime) -> None:
    """Store these states, keyed by person id."""
    if not states:
        return
    statement = database.insert(tx, conversations)
    statement = statement.on_conflict_do_update(
        index_elements=["person_id"],
        set_={"state": statement.excluded.state, "updated_at": statement.excluded.updated_at},
    )
    rows = [{"person_id": person_id, "state": state, "updated_at": now} for person_id, state in states.items()]
    await tx.execute(statement, rows)
