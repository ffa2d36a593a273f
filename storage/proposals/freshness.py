"""Whether what we know of proposals is current: it is not when the portal has not answered for a while."""

from __future__ import annotations

from datetime import datetime, timedelta

import sqlalchemy as sa

from storage.database import Transaction
from storage.proposals.tables import portal_readings

FRESH = timedelta(minutes=5)  # since the portal's view last answered; it is asked several times a minute


def is_fresh(read_at: datetime | None, now: datetime) -> bool:
    """Tell whether the view answered lately; where there is no view (None), what we have is what there is."""
    return read_at is None or now - read_at <= FRESH


def known_at(read_at: datetime | None, now: datetime) -> datetime:
    """Return the time as of which we may speak: now, or when the view last answered. What was to be released since
    then may have been taken back there."""
    return now if read_at is None or is_fresh(read_at, now) else read_at


async def as_of(tx: Transaction, now: datetime) -> datetime:
    """Return the time as of which we may speak of proposals."""
    read_at: datetime | None = (await tx.execute(sa.select(portal_readings.c.read_at))).scalar()
    return known_at(read_at, now)
