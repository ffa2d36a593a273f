"""How a proposal goes: with its events and every right to know of it, and with news of it that still wait."""

from __future__ import annotations

import sqlalchemy as sa

from storage.database import Transaction
from storage.proposals import links
from storage.proposals.tables import proposal_events, proposals


async def remove(tx: Transaction, number: str) -> bool:
    """Delete a proposal with all that hangs on it; False where there is none."""
    known = sa.select(proposals.c.number).where(proposals.c.number == number).with_for_update()
    if (await tx.execute(known)).first() is None:
        return False
    # The events first: that waits for news which are being made of them, so that those are taken back as well.
    await tx.execute(sa.delete(proposal_events).where(proposal_events.c.number == number))
    await links.remove(tx, number)
    await tx.execute(sa.delete(proposals).where(proposals.c.number == number))
    return True
