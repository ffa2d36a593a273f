"""What is kept of one person, all of it: to be shown, handed out, and erased."""

from __future__ import annotations

import sqlalchemy as sa

from storage import links
from storage.database import Transaction
from storage.schema import consents, conversations, outbox, transcript


async def erase(tx: Transaction, person_id: int) -> None:
    """Delete all that is kept of a person, but for what is needed to send them a last answer.

    That is their row, which `retention.forget` deletes later, the ids of their messages, so that a repeated delivery is
    known as one, and what is being sent at this moment.
    """
    await links.leave_all(tx, person_id)
    for table in (conversations, transcript, consents):
        await tx.execute(sa.delete(table).where(table.c.person_id == person_id))
    settled = outbox.c.status.not_in(("claimed", "sending"))
    await tx.execute(sa.delete(outbox).where(outbox.c.person_id == person_id, settled))
