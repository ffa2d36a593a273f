"""Proposals and their events: how they come in, how they stand, and which change is possible."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Literal

import sqlalchemy as sa

from storage import database
from storage.database import Transaction
from storage.proposals import states
from storage.proposals.tables import proposal_events, proposals

Category = Literal["pengabdian", "kepeloporan"]
CATEGORIES: tuple[Category, ...] = ("pengabdian", "kepeloporan")


@dataclass(frozen=True, slots=True)
class Event:
    """That a proposal came to a state. People see it from `released_at` on; None is not yet decided.

    `position` rises with every event of a proposal. A `correction` may go from any state to any other. `announced_at`
    is when those who want it were told, or there was nobody to tell.
    """

    position: int
    state: str
    entered_at: datetime
    released_at: datetime | None = None
    correction: bool = False
    announced_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Proposal:
    """A proposal with all its events, oldest first. `confirmed_at` is when its source last said that it stands so."""

    number: str
    edition: int
    category: str
    title: str
    phone_sha256: str | None
    code_sha256: str | None
    code_expires_at: datetime | None
    revision: int
    confirmed_at: datetime
    events: tuple[Event, ...]
    code_used_at: datetime | None = None
    told_code_sha256: str | None = None  # the code that the source said last: staff may have issued another

    @property
    def latest(self) -> Event:
        """The newest event, released or not."""
        return self.events[-1]

    def released(self, at: datetime) -> tuple[Event, ...]:
        """Return the events that people may know of at that time, oldest first."""
        return tuple(event for event in self.events if event.released_at is not None and event.released_at <= at)


@dataclass(frozen=True, slots=True)
class Entry:
    """What a source says of a proposal; None is what it does not say. `number` is in the form of `proof.number`."""

    number: str
    edition: int
    category: str
    title: str | None = None
    phone_sha256: str | None = None
    code_sha256: str | None = None
    code_expires_at: datetime | None = None
    state: str | None = None
    entered_at: datetime | None = None
    released_at: datetime | None = None


Verdict = Literal["added", "changed", "unchanged", "refused"]


@dataclass(frozen=True, slots=True)
class Judgement:
    """What an entry would do to what is known. `reason` is one word for a refusal:

    unknown_state, impossible_transition (from the state `earlier`), released_already.
    """

    verdict: Verdict
    reason: str | None = None
    earlier: str | None = None


def judge(current: Proposal | None, entry: Entry, now: datetime) -> Judgement:
    """Tell what the entry would do. A proposal that is new may come in any state: how it got there is not known."""
    if entry.state is not None and entry.state not in states.known():
        return Judgement("refused", "unknown_state")
    if current is None:
        return Judgement("added")
    latest = current.latest
    moves = entry.state is not None and entry.state != latest.state
    if moves and not states.may_follow(latest.state, entry.state or ""):
        return Judgement("refused", "impossible_transition", latest.state)
    if not moves and _unsays_release(latest, entry, now):
        return Judgement("refused", "released_already", latest.state)
    return Judgement("changed" if moves or _differs(current, entry) else "unchanged")


def _unsays_release(latest: Event, entry: Entry, now: datetime) -> bool:
    """Tell whether the entry would change when people could know of something that they know already."""
    known = latest.released_at is not None and latest.released_at <= now
    return known and entry.released_at is not None and entry.released_at != latest.released_at


def _differs(current: Proposal, entry: Entry) -> bool:
    told = (
        (entry.edition, current.edition),
        (entry.category, current.category),
        (entry.title, current.title),
        (entry.phone_sha256, current.phone_sha256),
        (_new_code(current, entry), current.code_sha256),
        (entry.entered_at, current.latest.entered_at),
        (entry.released_at, current.latest.released_at),
    )
    return any(said is not None and said != known for said, known in told)


def _new_code(current: Proposal, entry: Entry) -> str | None:
    """Return the code that takes the place of the one we have, or None: what a source says again is nothing new."""
    return None if entry.code_sha256 in (current.code_sha256, current.told_code_sha256) else entry.code_sha256


async def get(tx: Transaction, number: str) -> Proposal | None:
    """Return the proposal, or None."""
    return (await find(tx, [number])).get(number)


async def find(tx: Transaction, numbers: Sequence[str]) -> dict[str, Proposal]:
    """Return those of these proposals that there are, by number."""
    rows = (await tx.execute(sa.select(proposals).where(proposals.c.number.in_(numbers)))).all()
    events = await _events(tx, numbers)
    return {row.number: _proposal(row, events.get(row.number, ())) for row in rows}


async def listing(
    tx: Transaction,
    *,
    after: str = "",
    limit: int,
    edition: int | None = None,
    state: str | None = None,
    unknown_at: datetime | None = None,
) -> list[Proposal]:
    """Return proposals in the order of their numbers, those above `after`.

    `state` is that of the newest event; with `unknown_at` only those whose newest event people cannot know of then.
    """
    query = sa.select(proposals).where(proposals.c.number > after)
    if edition is not None:
        query = query.where(proposals.c.edition == edition)
    stands: list[sa.ColumnElement[bool]] = [] if state is None else [proposal_events.c.state == state]
    if unknown_at is not None:
        stands.append(not_known(unknown_at))
    if stands:
        of_this = proposal_events.c.number == proposals.c.number
        query = query.where(sa.exists().where(of_this, is_newest(), *stands))
    rows = (await tx.execute(query.order_by(proposals.c.number).limit(limit))).all()
    events = await _events(tx, [row.number for row in rows])
    return [_proposal(row, events.get(row.number, ())) for row in rows]


def is_newest() -> sa.ColumnElement[bool]:
    """Return the condition that an event is the newest of its proposal."""
    later = proposal_events.alias("later")
    return ~sa.exists().where(later.c.number == proposal_events.c.number, later.c.position > proposal_events.c.position)


def not_known(at: datetime) -> sa.ColumnElement[bool]:
    """Return the condition that people cannot know of an event at that time."""
    return sa.or_(proposal_events.c.released_at.is_(None), proposal_events.c.released_at > at)


async def put(tx: Transaction, entry: Entry, now: datetime) -> Judgement:
    """Store what an entry says, unless it is refused. The same entry again changes nothing."""
    current = await _hold(tx, entry.number)
    judgement = judge(current, entry, now)
    if judgement.verdict == "added" and not await _add(tx, entry, now):
        current = await _hold(tx, entry.number)  # another process was faster, and is done now
        judgement = judge(current, entry, now)
    match judgement.verdict:
        case "changed" if current is not None:
            await _change(tx, current, entry, now)
        case "unchanged":
            confirmed = sa.update(proposals).where(proposals.c.number == entry.number).values(confirmed_at=now)
            await tx.execute(confirmed)
    return judgement


async def correct(tx: Transaction, number: str, state: str, now: datetime) -> Event | None:
    """Put a proposal into a state whatever the ways between states say; None where it stands so already.

    Earlier events that people cannot know of yet were mistakes: a release of theirs is taken back, and `releases` never
    lets people know of them. The one who calls this writes the act into the audit.
    """
    current = await _hold(tx, number)
    if current is None or current.latest.state == state:
        return None
    wrong = (proposal_events.c.number == number, proposal_events.c.released_at > now)
    await tx.execute(sa.update(proposal_events).where(*wrong).values(released_at=None))
    event = Event(current.latest.position + 1, state, now, correction=True)
    await tx.execute(sa.insert(proposal_events), event_row(number, event, now))
    changed = sa.update(proposals).where(proposals.c.number == number)
    await tx.execute(changed.values(revision=proposals.c.revision + 1, confirmed_at=now))
    return event


def event_row(number: str, event: Event, now: datetime) -> dict[str, object]:
    """Return an event as a row of its table."""
    return {
        "number": number,
        "position": event.position,
        "state": event.state,
        "entered_at": event.entered_at,
        "released_at": event.released_at,
        "correction": event.correction,
        "recorded_at": now,
    }


async def _hold(tx: Transaction, number: str) -> Proposal | None:
    """Return the proposal as it stands, and let nobody else change it until the end of the transaction."""
    held = await tx.execute(sa.select(proposals.c.number).where(proposals.c.number == number).with_for_update())
    if held.first() is None:  # one that another process adds in this moment could be seen below, and is not held
        return None
    return await get(tx, number)


async def _add(tx: Transaction, entry: Entry, now: datetime) -> bool:
    """Add a proposal; False where there is one with that number by now."""
    row = {
        "number": entry.number,
        "edition": entry.edition,
        "category": entry.category,
        "title": entry.title or "",
        "phone_sha256": entry.phone_sha256,
        "code_sha256": entry.code_sha256,
        "code_expires_at": entry.code_expires_at if entry.code_sha256 else None,
        "portal_code_sha256": entry.code_sha256,
        "confirmed_at": now,
    }
    added = await tx.execute(database.insert(tx, proposals).values(row).on_conflict_do_nothing())
    if not added.rowcount:
        return False
    first = Event(1, entry.state or states.start().id, entry.entered_at or now, entry.released_at)
    await tx.execute(sa.insert(proposal_events), event_row(entry.number, first, now))
    return True


async def _change(tx: Transaction, current: Proposal, entry: Entry, now: datetime) -> None:
    values: dict[str, object] = {
        "edition": entry.edition,
        "category": entry.category,
        "revision": current.revision + 1,
        "confirmed_at": now,
    }
    if entry.title is not None:
        values["title"] = entry.title
    if entry.phone_sha256 is not None:
        values["phone_sha256"] = entry.phone_sha256
    if _new_code(current, entry) is not None:
        values |= {
            "code_sha256": entry.code_sha256,
            "portal_code_sha256": entry.code_sha256,
            "code_expires_at": entry.code_expires_at,
            "code_used_at": None,
        }
    await tx.execute(sa.update(proposals).where(proposals.c.number == entry.number).values(values))
    latest = current.latest
    if entry.state is not None and entry.state != latest.state:
        event = Event(latest.position + 1, entry.state, entry.entered_at or now, entry.released_at)
        await tx.execute(sa.insert(proposal_events), event_row(entry.number, event, now))
        return
    told = replace(
        latest,
        entered_at=entry.entered_at or latest.entered_at,
        released_at=entry.released_at or latest.released_at,
    )
    if told != latest:
        stands = (proposal_events.c.number == entry.number) & (proposal_events.c.position == latest.position)
        changed = sa.update(proposal_events).where(stands)
        await tx.execute(changed.values(entered_at=told.entered_at, released_at=told.released_at))


async def _events(tx: Transaction, numbers: Sequence[str]) -> Mapping[str, tuple[Event, ...]]:
    query = (
        sa.select(
            proposal_events.c.number,
            proposal_events.c.position,
            proposal_events.c.state,
            proposal_events.c.entered_at,
            proposal_events.c.released_at,
            proposal_events.c.correction,
            proposal_events.c.announced_at,
        )
        .where(proposal_events.c.number.in_(numbers))
        .order_by(proposal_events.c.number, proposal_events.c.position)
    )
    found: dict[str, tuple[Event, ...]] = {}
    for number, *event in (await tx.execute(query)).all() if numbers else ():
        found[number] = (*found.get(number, ()), Event(*event))
    return found


def _proposal(row: sa.Row[tuple[object, ...]], events: tuple[Event, ...]) -> Proposal:
    return Proposal(
        number=row.number,
        edition=row.edition,
        category=row.category,
        title=row.title,
        phone_sha256=row.phone_sha256,
        code_sha256=row.code_sha256,
        code_expires_at=row.code_expires_at,
        revision=row.revision,
        confirmed_at=row.confirmed_at,
        events=events,
        code_used_at=row.code_used_at,
        told_code_sha256=row.portal_code_sha256,
    )
