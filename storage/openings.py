"""Whom we wrote to first lately, where a platform limits how many people that may be within 24 hours.

Whoever is written to outside their window counts once, for 24 hours from the last time. A place is taken in the
transaction of the intent, by one process at a time, so that there are never more than allowed.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

import sqlalchemy as sa

from storage import database, paces
from storage.database import Transaction
from storage.schema import openings

DAY = timedelta(hours=24)
_KEPT_FREE = 5  # one place in so many is for news of a status and for officers, and not for announcements


@dataclass(frozen=True, slots=True)
class Cap:
    """At most so many `people` in 24 hours who did not write for `quiet`."""

    people: int
    quiet: timedelta

    @property
    def bulk(self) -> int:
        """How many of them may be written to for an announcement."""
        return max(1, self.people + -self.people // _KEPT_FREE)

    def closed_before(self, now: datetime) -> datetime:
        """Return when whoever wrote last then, or earlier, counts."""
        return now - self.quiet


async def hold(tx: Transaction, channel: str, now: datetime) -> None:
    """Let no other process take places until the transaction ends."""
    await paces.hold(tx, f"openings:{channel}", now)


async def take(tx: Transaction, person_ids: Sequence[int], limit: int, now: datetime) -> set[int]:
    """Take a place for each of these people, as far as there are any below the limit; return who has one."""
    wanted = list(dict.fromkeys(person_ids))
    if not wanted:
        return set()
    lately = sa.select(openings.c.person_id).where(openings.c.opened_at > now - DAY)
    known = set((await tx.execute(lately.where(openings.c.person_id.in_(wanted)))).scalars())
    free = max(0, limit - len(await frees(tx, now)))
    given = known | set([person_id for person_id in wanted if person_id not in known][:free])
    statement = database.insert(tx, openings)
    # Counted for 24 hours from the last time: whatever day one looks at, whoever was written to in it is counted.
    statement = statement.on_conflict_do_update(
        index_elements=["person_id"], set_={"opened_at": statement.excluded.opened_at}
    )
    if given:
        await tx.execute(statement, [{"person_id": person_id, "opened_at": now} for person_id in sorted(given)])
    return given


async def frees(tx: Transaction, now: datetime) -> list[datetime]:
    """Return when each place that is taken is free again, the first one first."""
    query = sa.select(openings.c.opened_at).where(openings.c.opened_at > now - DAY).order_by(openings.c.opened_at)
    return [opened_at + DAY for opened_at in (await tx.execute(query)).scalars()]


def is_open(person_id: sa.ColumnElement[int], now: datetime) -> sa.ColumnElement[bool]:
    """Tell whether somebody has a place already."""
    lately = openings.c.opened_at > sa.literal(now - DAY, openings.c.opened_at.type)
    return sa.exists().where(openings.c.person_id == person_id, lately)


def when(free: Sequence[datetime], limit: int, places: Collection[int], now: datetime) -> list[datetime]:
    """Return when there is room for those who have these places in the queue, from 0 on.

    `free` is when the places that are taken get free. Each place that gets free is taken at once, and free again a day
    later.
    """
    over = max(0, len(free) - limit)
    turns = [max(now, moment) for moment in free[over : over + limit]] or [now]
    return [turns[place % len(turns)] + DAY * (place // len(turns)) for place in places]
