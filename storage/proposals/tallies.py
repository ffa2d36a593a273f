"""How many proposals stand where, and how many of them people may know of: sums for staff."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa

from storage.database import Transaction
from storage.proposals import records, states
from storage.proposals.tables import proposal_events, proposals


@dataclass(frozen=True, slots=True)
class Stage:
    """How many proposals of an edition have their newest event in a state.

    Of these people know `released`; `scheduled` have a time of release to come, and `waiting` have none.
    """

    edition: int
    state: str
    released: int
    scheduled: int
    waiting: int

    @property
    def total(self) -> int:
        """All proposals that stand there."""
        return self.released + self.scheduled + self.waiting


async def stages(tx: Transaction, now: datetime, edition: int | None = None) -> list[Stage]:
    """Return the stages that proposals stand in, newest edition first, in the order of the states."""
    released_at = proposal_events.c.released_at
    query = (
        sa.select(
            proposals.c.edition,
            proposal_events.c.state,
            sa.func.count(sa.case((released_at <= now, 1))),
            sa.func.count(sa.case((released_at > now, 1))),
            sa.func.count(sa.case((released_at.is_(None), 1))),
        )
        .join(proposals, proposals.c.number == proposal_events.c.number)
        .where(records.is_newest())
        .group_by(proposals.c.edition, proposal_events.c.state)
    )
    if edition is not None:
        query = query.where(proposals.c.edition == edition)
    order = list(states.known())
    found = [Stage(*row) for row in (await tx.execute(query)).all()]
    return sorted(found, key=lambda stage: (-stage.edition, order.index(stage.state)))


async def waiting(tx: Transaction) -> int:
    """Return how many proposals stand in a state that people cannot know of before staff release it."""
    query = sa.select(sa.func.count()).select_from(proposal_events)
    unreleased = query.where(proposal_events.c.released_at.is_(None), records.is_newest())
    return int((await tx.execute(unreleased)).scalar_one())
