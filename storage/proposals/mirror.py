"""Makes our proposals what the portal's view says of them: finds what differs, and writes only that."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final

import sqlalchemy as sa

from storage import alarms, audit, outbox
from storage.audit import Act
from storage.database import Transaction
from storage.proposals import links, records, removal, reported
from storage.proposals.records import Event
from storage.proposals.reported import Refused, Reported
from storage.proposals.tables import links as links_table
from storage.proposals.tables import proposal_events, proposals
from storage.schema import outbox as outbox_table

ACTOR: Final = "portal"
REFUSED: Final = "portal_refused"
TOOK_BACK: Final = "portal_took_back"


@dataclass(slots=True)
class Tally:
    """How many proposals were added, changed and deleted; `refused` counts, by reason, those an alarm is new of."""

    added: int = 0
    changed: int = 0
    deleted: int = 0
    refused: Counter[str] = field(default_factory=Counter)

    def add(self, other: Tally) -> None:
        """Add another's counts."""
        self.added += other.added
        self.changed += other.changed
        self.deleted += other.deleted
        self.refused += other.refused


@dataclass(frozen=True, slots=True)
class _Standing:
    """A proposal as we have it. `announced` are the positions of the events that people were told of."""

    row: Mapping[str, Any]
    events: tuple[Event, ...]
    announced: frozenset[int]

    def known(self, now: datetime) -> Event | None:
        """Return the newest event that people can know of."""
        released = [event for event in self.events if event.released_at is not None and event.released_at <= now]
        return released[-1] if released else None


@dataclass(frozen=True, slots=True)
class _Change:
    """What has to be written for a proposal that we have. `values` are those of its row that differ."""

    number: str
    values: Mapping[str, Any]
    new: tuple[Event, ...]
    moved: tuple[Event, ...]
    gone: tuple[int, ...]
    known: Event | None  # what people could know of before
    told: bool  # whether they were told of that
    renumbered: Event | None
    shows: Event | None  # what they can know of from now on

    @property
    def is_something(self) -> bool:
        return bool(self.values or self.new or self.moved or self.gone)

    @property
    def takes_back(self) -> bool:
        """Tell whether people could know of something that they cannot know of any more."""
        known = self.renumbered or self.known
        return known is not None and (self.shows is None or self.shows.position < known.position)


async def differing(tx: Transaction, reports: Sequence[Reported | Refused], now: datetime) -> list[Reported | Refused]:
    """Return those of these reports of which something has to be written; changes nothing."""
    standing = await _standing(tx, reports, hold=False)
    return [report for report in reports if _differs(report, standing.get(report.number), now)]


def _differs(report: Reported | Refused, standing: _Standing | None, now: datetime) -> bool:
    found = _judge(report, standing, now)
    return found.is_something if isinstance(found, _Change) else True


def _judge(report: Reported | Refused, standing: _Standing | None, now: datetime) -> Reported | Refused | _Change:
    """Return a proposal to add, to refuse, or what of it is to be changed."""
    if isinstance(report, Refused):
        return report
    reason = reported.refusal(report, standing.known(now) if standing else None)
    if reason is not None:
        return Refused(report.number, reason)
    return report if standing is None else _change(report, standing, now)


async def write(tx: Transaction, reports: Sequence[Reported | Refused], now: datetime) -> Tally:
    """Write what these reports say of as many proposals. The same reports again change nothing."""
    standing = await _standing(tx, reports, hold=True)
    found = [_judge(report, standing.get(report.number), now) for report in reports]
    new = [each for each in found if isinstance(each, Reported)]
    changes = [each for each in found if isinstance(each, _Change) and each.is_something]
    await _add(tx, new, now)
    await _apply(tx, changes, now)
    refused = await _refuse(tx, [each for each in found if isinstance(each, Refused)], now)
    return Tally(added=len(new), changed=len(changes), refused=refused)


async def delete(tx: Transaction, numbers: Sequence[str], now: datetime) -> Tally:
    """Delete proposals with all that hangs on them, news that wait included."""
    for number in numbers:
        await removal.remove(tx, number)
        await audit.record(tx, Act(ACTOR, "proposal_deleted", number, {}, now))
    return Tally(deleted=len(numbers))


async def _standing(tx: Transaction, reports: Sequence[Reported | Refused], *, hold: bool) -> dict[str, _Standing]:
    """Return how these proposals stand; with `hold` nobody else changes them before the end of the transaction."""
    numbers = [report.number for report in reports]
    query = sa.select(proposals).where(proposals.c.number.in_(numbers)).order_by(proposals.c.number)
    rows = [row._asdict() for row in (await tx.execute(query.with_for_update() if hold else query)).all()]
    columns = ("number", "position", "state", "entered_at", "released_at", "correction", "announced_at")
    of_these = sa.select(*(proposal_events.c[name] for name in columns)).where(proposal_events.c.number.in_(numbers))
    events: dict[str, list[Event]] = {}
    announced: dict[str, set[int]] = {}
    for row in (await tx.execute(of_these.order_by(proposal_events.c.number, proposal_events.c.position))).all():
        event = Event(row.position, row.state, row.entered_at, row.released_at, row.correction)
        events.setdefault(row.number, []).append(event)
        if row.announced_at is not None:
            announced.setdefault(row.number, set()).add(row.position)
    return {
        row["number"]: _Standing(row, tuple(events.get(row["number"], ())), frozenset(announced.get(row["number"], ())))
        for row in rows
    }


def _change(report: Reported, standing: _Standing, now: datetime) -> _Change:
    ours = {event.position: event for event in standing.events}
    theirs = {event.position: event for event in report.events}
    values = {
        "edition": report.edition,
        "category": report.category,
        "title": report.title,
        "phone_sha256": report.phone_sha256,
        **_code(report, standing.row, now),
    }
    known = standing.known(now)
    return _Change(
        number=report.number,
        values={name: value for name, value in values.items() if standing.row[name] != value},
        new=tuple(event for event in report.events if event.position not in ours),
        moved=tuple(event for event in report.events if event.position in ours and _moved(event, ours[event.position])),
        gone=tuple(position for position in ours if position not in theirs),
        known=known,
        told=known is not None and known.position in standing.announced,
        renumbered=None if known is None else reported.renumbered(report, known),
        shows=_newest_released(report.events, now),
    )


def _moved(one: Event, other: Event) -> bool:
    return (one.state, one.entered_at, one.released_at, one.correction) != (
        other.state,
        other.entered_at,
        other.released_at,
        other.correction,
    )


def _newest_released(events: Iterable[Event], now: datetime) -> Event | None:
    return max((event for event in events if _is_released(event, now)), key=lambda event: event.position, default=None)


def _is_released(event: Event, now: datetime) -> bool:
    return event.released_at is not None and event.released_at <= now


def _code(report: Reported, ours: Mapping[str, Any], now: datetime) -> dict[str, object]:
    """Return what of the access code is to be stored.

    A code that was used stays used however often the view repeats it, also when it was away for a while; one that
    staff issued stays until the portal makes another.
    """
    said, has, until = report.code_sha256, ours["code_sha256"], ours["code_expires_at"]
    if said is None:
        taken_back = has is not None and has == ours["portal_code_sha256"]
        return {"code_expires_at": now} if taken_back and (until is None or until > now) else {}
    if said == has:
        return {"code_expires_at": report.code_expires_at, "portal_code_sha256": said}
    if said == ours["portal_code_sha256"]:
        return {}
    return {
        "code_sha256": said,
        "code_expires_at": report.code_expires_at,
        "code_used_at": None,
        "portal_code_sha256": said,
    }


async def _add(tx: Transaction, new: Sequence[Reported], now: datetime) -> None:
    if not new:
        return
    rows = [
        {
            "number": each.number,
            "edition": each.edition,
            "category": each.category,
            "title": each.title,
            "phone_sha256": each.phone_sha256,
            "code_sha256": each.code_sha256,
            "code_expires_at": each.code_expires_at,
            "portal_code_sha256": each.code_sha256,
            "confirmed_at": now,
        }
        for each in new
    ]
    await tx.execute(sa.insert(proposals), rows)
    # Of what was released before we knew of the proposal there is nobody to tell.
    events = [
        _event_row(each.number, event, now, announced=_is_released(event, now)) for each in new for event in each.events
    ]
    await tx.execute(sa.insert(proposal_events), events)
    await audit.record(tx, Act(ACTOR, "proposals_added", "upakarti_status", {"added": len(new)}, now))


def _event_row(number: str, event: Event, now: datetime, *, announced: bool) -> dict[str, object]:
    return records.event_row(number, event, now) | {"announced_at": now if announced else None}


async def _apply(tx: Transaction, changes: Sequence[_Change], now: datetime) -> None:
    if not changes:
        return
    await _apply_to_events(tx, changes, now)
    await _apply_to_rows(tx, changes, now)
    for change in changes:
        if change.renumbered is not None and change.known is not None:
            await _renumber_told(tx, change.number, change.known.position, change.renumbered.position)
    back = [change for change in changes if change.takes_back]
    for change in back:
        await _unsay(tx, change.number, change.shows.position if change.shows else 0)
    await alarms.raise_daily(tx, TOOK_BACK, [change.number for change in back], now)
    await audit.record(tx, *(Act(ACTOR, "proposal_changed", each.number, _details(each), now) for each in changes))


async def _apply_to_rows(tx: Transaction, changes: Sequence[_Change], now: datetime) -> None:
    """Write the rows of proposals, those together of which the same columns changed."""
    alike: dict[tuple[str, ...], list[dict[str, object]]] = {}
    for change in changes:
        alike.setdefault(tuple(sorted(change.values)), []).append({"of": change.number, **change.values})
    for names, rows in alike.items():
        values = {name: sa.bindparam(name, type_=proposals.c[name].type) for name in names}
        changed = sa.update(proposals).where(proposals.c.number == sa.bindparam("of"))
        await tx.execute(changed.values(**values, revision=proposals.c.revision + 1, confirmed_at=now), rows)


async def _apply_to_events(tx: Transaction, changes: Sequence[_Change], now: datetime) -> None:
    which = (proposal_events.c.number == sa.bindparam("of"), proposal_events.c.position == sa.bindparam("at"))
    gone = [{"of": change.number, "at": position} for change in changes for position in change.gone]
    moved = [
        {
            "of": change.number,
            "at": event.position,
            "state": event.state,
            "entered_at": event.entered_at,
            "released_at": event.released_at,
            "correction": event.correction,
            "hidden": not _is_released(event, now),
        }
        for change in changes
        for event in change.moved
    ]
    new = [
        _event_row(change.number, event, now, announced=_was_told(change, event, now))
        for change in changes
        for event in change.new
    ]
    if gone:
        await tx.execute(sa.delete(proposal_events).where(*which), gone)
    if moved:
        # What is hidden again will be announced when its time comes; who was told of it is not told a second time.
        hidden = (sa.bindparam("hidden", type_=sa.Boolean), sa.null())
        announced = sa.case(hidden, else_=proposal_events.c.announced_at)
        names = ("state", "entered_at", "released_at", "correction")
        values = {name: sa.bindparam(name, type_=proposal_events.c[name].type) for name in names}
        await tx.execute(sa.update(proposal_events).where(*which).values(**values, announced_at=announced), moved)
    if new:
        await tx.execute(sa.insert(proposal_events), new)


def _was_told(change: _Change, event: Event, now: datetime) -> bool:
    """Tell whether people were told of a new event already, under its earlier number."""
    if change.renumbered is None or event.position > change.renumbered.position:
        return False
    return change.told and _is_released(event, now)


async def _renumber_told(tx: Transaction, number: str, before: int, after: int) -> None:
    told = sa.case((links_table.c.told_position >= before, after), else_=0)
    await tx.execute(sa.update(links_table).where(links_table.c.number == number).values(told_position=told))


async def _unsay(tx: Transaction, number: str, shown: int) -> None:
    """Take back news of a proposal that were not sent yet; whom they were for has not been told."""
    mine = sa.select(links_table.c.person_id).where(links_table.c.number == number)
    waiting = sa.select(outbox_table.c.person_id).where(
        outbox_table.c.person_id.in_(mine),
        outbox_table.c.topic == links.topic(number),
        outbox_table.c.status == "queued",
    )
    for person_id in (await tx.execute(waiting.distinct())).scalars().all():
        await outbox.take_back(tx, person_id, [links.topic(number)])
        told = sa.update(links_table).where(links_table.c.number == number, links_table.c.person_id == person_id)
        await tx.execute(told.where(links_table.c.told_position > shown).values(told_position=shown))


def _details(change: _Change) -> dict[str, object]:
    return {
        "fields": sorted(change.values),
        "new_events": [event.position for event in change.new],
        "changed_events": [event.position for event in change.moved],
        "deleted_events": list(change.gone),
        "taken_back": change.takes_back,
    }


async def _refuse(tx: Transaction, refused: Sequence[Refused], now: datetime) -> Counter[str]:
    """Raise an alarm of each, once a day; return how many were raised, by reason."""
    if not refused:
        return Counter()
    reasons = {each.number: each.reason for each in refused}
    new = [number for number in await alarms.raise_daily(tx, REFUSED, list(reasons), now) if number is not None]
    if new:
        acts = (Act(ACTOR, "proposal_refused", number, {"reason": reasons[number]}, now) for number in sorted(new))
        await audit.record(tx, *acts)
    return Counter(reasons[number] for number in new)
