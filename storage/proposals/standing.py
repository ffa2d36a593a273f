"""Which people are tied to proposals at which released stage, for announcements to them."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

import sqlalchemy as sa

from storage.proposals.tables import links, proposal_events


def is_proposer(person_id: sa.ColumnElement[int]) -> sa.ColumnElement[bool]:
    """Tell whether a person handed a proposal in and wants its news."""
    return sa.exists().where(links.c.person_id == person_id, links.c.role == "proposer", links.c.wants_news)


def at_stage(
    person_id: sa.ColumnElement[int], stages: Sequence[str], now: datetime, *, proposers_only: bool
) -> sa.ColumnElement[bool]:
    """Tell whether a proposal a person may know of stands at one of these stages, as far as it is released by now."""
    later = proposal_events.alias("later")
    newest = ~sa.exists().where(
        later.c.number == proposal_events.c.number,
        later.c.position > proposal_events.c.position,
        later.c.released_at <= now,
    )
    mine = [links.c.person_id == person_id, links.c.number == proposal_events.c.number, links.c.wants_news]
    if proposers_only:
        mine.append(links.c.role == "proposer")
    return sa.exists().where(*mine, proposal_events.c.state.in_(stages), proposal_events.c.released_at <= now, newest)
