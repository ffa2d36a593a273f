"""Keeps our proposals as the portal's view has them, round by round; how fresh that is, freshness.py tells."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Final

import sqlalchemy as sa

from storage import alarms, database
from storage.database import Database, Transaction
from storage.proposals import mirror, reported
from storage.proposals.mirror import Tally
from storage.proposals.tables import portal_readings, proposals
from storage.proposals.view import PortalError, View

OVERLAP: Final = timedelta(minutes=5)  # what the portal commits that much later than it dates it is still found
CHANGES_EVERY: Final = timedelta(seconds=10)  # while all is gone through, round after round
FULL_EVERY: Final = timedelta(hours=1)  # finds what is gone, and what no date told of
PAGE: Final = 500  # proposals that are read, compared and written together
PAGES: Final = 10  # in one round
MAY_VANISH: Final = 10  # proposals at once, or this share of all if that is more:
SHARE_MAY_VANISH: Final = 0.10
SHRANK: Final = "portal_shrank"
_LOCK: Final = 7_520_002  # PostgreSQL's advisory lock under which one process at a time reads the view


@dataclass(frozen=True, slots=True)
class Reading:
    """How far the view was read: changes until when by its own clock, when it last answered, when all was read."""

    changed_until: datetime | None = None
    read_at: datetime | None = None
    completed_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Round:
    """How a round ended. `more` says that the next one should follow at once. `vanished` proposals were kept."""

    read_at: datetime | None
    more: bool
    tally: Tally
    vanished: int = 0


async def reading(tx: Transaction) -> Reading:
    """Return how far the view was read."""
    row = (await tx.execute(sa.select(portal_readings))).first()
    return Reading() if row is None else Reading(row.changed_until, row.read_at, row.completed_at)


async def forget(tx: Transaction) -> None:
    """Forget that there was a view: without one, nothing that we show can be old."""
    await tx.execute(sa.delete(portal_readings))


@dataclass(slots=True)
class _Walk:
    """A way through the view, number by number: through all, or through what changed since a time."""

    started: datetime
    started_there: datetime
    since: datetime | None = None
    after: str = ""
    done: bool = False


@dataclass(slots=True)
class _Full:
    """A way through all of the view, and then through all of ours, for what the view has not."""

    view: _Walk
    after: str = ""
    missing: list[str] = field(default_factory=list)
    done: bool = False


class Portal:
    """Mirrors the view in rounds; one process at a time does, and within a process one round at a time."""

    def __init__(self, view: View, database: Database) -> None:
        self._view = view
        self._database = database
        self._changes: _Walk | None = None
        self._full: _Full | None = None

    async def round(self, now: datetime) -> Round:
        """Read what changed, then go on with all of it if that is due. Raises PortalError when the view is away."""
        async with self._database.alone(_LOCK) as allowed:
            if allowed:
                try:
                    return await self._round(now)
                except PortalError:
                    self._changes = None  # the next round asks anew
                    raise
        return Round((await self._reading()).read_at, more=False, tally=Tally())

    async def close(self) -> None:
        """Close the connection to the view."""
        await self._view.close()

    async def _round(self, now: datetime) -> Round:
        there = await self._view.check()
        before = await self._reading()
        if before.completed_at is None or now - before.completed_at >= FULL_EVERY:
            full = self._full or _Full(_Walk(now, there))
        else:
            full = None  # another process may have been through with it
        tally, vanished = Tally(), 0
        goes_on, self._full = full is not None and full is self._full, full
        just_asked = goes_on and before.read_at is not None and now - before.read_at < CHANGES_EVERY
        until = None if just_asked else before.changed_until
        if until is not None and not await self._read_changes(until, there, now, tally):
            return Round(before.read_at, more=True, tally=tally)
        if full is not None and await self._read_all(full, now, tally):
            vanished = await self._complete(full, now, tally)
            self._full = None
        return Round((await self._reading()).read_at, more=self._full is not None, tally=tally, vanished=vanished)

    async def _reading(self) -> Reading:
        async with self._database.reading() as tx:
            return await reading(tx)

    async def _read_changes(self, until: datetime, there: datetime, now: datetime, tally: Tally) -> bool:
        """Go on with what changed; True when that was all."""
        walk = self._changes = self._changes or _Walk(now, there, since=until - OVERLAP)
        await self._walk(walk, now, tally)
        if walk.done:
            self._changes = None
            async with self._database.transaction() as tx:
                await _keep(tx, Reading(walk.started_there, walk.started))
        return walk.done

    async def _read_all(self, full: _Full, now: datetime, tally: Tally) -> bool:
        """Go on with all of the view, then with all of ours; True when that was all."""
        if not full.view.done:
            await self._walk(full.view, now, tally)
        else:
            await self._look_for_missing(full)
        return full.done

    async def _walk(self, walk: _Walk, now: datetime, tally: Tally) -> None:
        numbers = await self._view.numbers(walk.after, PAGE * PAGES, walk.since)
        for begin in range(0, len(numbers), PAGE):
            page = numbers[begin : begin + PAGE]
            await self._mirror(await self._view.rows(page), now, tally)
            walk.after = page[-1]
        walk.done = len(numbers) < PAGE * PAGES

    async def _mirror(self, rows: Sequence[sa.Row[tuple[object, ...]]], now: datetime, tally: Tally) -> None:
        reports = list(reported.read(rows))
        async with self._database.reading() as tx:
            differing = await mirror.differing(tx, reports, now)
        if differing:
            async with self._database.transaction() as tx:
                tally.add(await mirror.write(tx, differing, now))

    async def _look_for_missing(self, full: _Full) -> None:
        for _ in range(PAGES):
            query = sa.select(proposals.c.number).where(proposals.c.number > full.after)
            async with self._database.reading() as tx:
                ours = (await tx.execute(query.order_by(proposals.c.number).limit(PAGE))).scalars().all()
            if not ours:
                full.done = True
                return
            there = await self._view.existing(ours)
            full.missing += [number for number in ours if number not in there]
            full.after = ours[-1]

    async def _complete(self, full: _Full, now: datetime, tally: Tally) -> int:
        """Delete what the view has no more, unless that is too much to believe; return how many were kept."""
        async with self._database.reading() as tx:
            total = (await tx.execute(sa.select(sa.func.count()).select_from(proposals))).scalar_one()
        kept = len(full.missing) if len(full.missing) > max(MAY_VANISH, total * SHARE_MAY_VANISH) else 0
        for begin in range(0, 0 if kept else len(full.missing), PAGE):
            some = full.missing[begin : begin + PAGE]
            back = await self._view.existing(some)  # since it was found missing
            async with self._database.transaction() as tx:
                tally.add(await mirror.delete(tx, [number for number in some if number not in back], now))
        async with self._database.transaction() as tx:
            if kept:
                await alarms.raise_daily(tx, SHRANK, [None], now)
            await _keep(tx, Reading(full.view.started_there, full.view.started, full.view.started))
        return kept


async def _keep(tx: Transaction, new: Reading) -> None:
    """Store how far the view was read; nothing goes back, whichever process began earlier."""
    before = await reading(tx)
    kept = replace(
        new,
        changed_until=_later(before.changed_until, new.changed_until),
        read_at=_later(before.read_at, new.read_at),
        completed_at=_later(before.completed_at, new.completed_at),
    )
    values = {"changed_until": kept.changed_until, "read_at": kept.read_at, "completed_at": kept.completed_at}
    row = database.insert(tx, portal_readings).values(id=1, **values)
    await tx.execute(row.on_conflict_do_update(index_elements=["id"], set_=values))


def _later(one: datetime | None, other: datetime | None) -> datetime | None:
    return max((each for each in (one, other) if each is not None), default=None)
