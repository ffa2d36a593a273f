"""What the portal's view says of a proposal: brought to our forms, and judged by the states and by what people know."""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final, Literal

import sqlalchemy as sa

from storage.proposals import proof, records, states
from storage.proposals.records import Event

EDITIONS: Final = range(1985, 3000)
TITLE_LENGTH: Final = 300
_SHA256: Final = re.compile(r"[0-9a-f]{64}")

Reason = Literal[
    "bad_number", "bad_edition", "bad_category", "bad_event", "repeated_event", "unknown_state",
    "impossible_transition", "rewritten_event",
]  # fmt: skip


@dataclass(frozen=True, slots=True)
class Reported:
    """A proposal as the view has it, oldest event first. What the newest row says of the proposal itself counts."""

    number: str
    edition: int
    category: str
    title: str
    phone_sha256: str | None
    code_sha256: str | None
    code_expires_at: datetime | None
    events: tuple[Event, ...]

    def at(self, position: int) -> Event | None:
        """Return the event with that position."""
        return next((event for event in self.events if event.position == position), None)


@dataclass(frozen=True, slots=True)
class Refused:
    """A proposal that the view says something impossible of. What was known of it before stays."""

    number: str
    reason: Reason


class _UnreadableError(Exception):
    def __init__(self, reason: Reason) -> None:
        super().__init__(reason)
        self.reason: Reason = reason


def read(rows: Iterable[sa.Row[tuple[object, ...]]]) -> Iterator[Reported | Refused]:
    """Return what rows of the view, in the order of number and event, say of each proposal."""
    for number, of_one in itertools.groupby(rows, key=lambda row: str(row.number)):
        try:
            yield _read_one(number, list(of_one))
        except _UnreadableError as error:
            yield Refused(number[: proof.NUMBER_LENGTHS.stop - 1], error.reason)


def _read_one(number: str, rows: Sequence[sa.Row[tuple[object, ...]]]) -> Reported:
    newest = rows[-1]
    if proof.number(number) != number:
        raise _UnreadableError("bad_number")
    if newest.edition not in EDITIONS:
        raise _UnreadableError("bad_edition")
    if newest.category not in records.CATEGORIES:
        raise _UnreadableError("bad_category")
    phone = proof.phone(newest.phone or "")
    code = (newest.code_sha256 or "").strip().lower()
    has_code = _SHA256.fullmatch(code) is not None
    return Reported(
        number=number,
        edition=newest.edition,
        category=newest.category,
        title=_title(newest.title or ""),
        phone_sha256=None if phone is None else proof.phone_hash(phone),
        code_sha256=code if has_code else None,
        code_expires_at=newest.code_expires_at if has_code else None,
        events=tuple(_events(rows)),
    )


def _title(text: str) -> str:
    """Return a title in one line, without what is not seen."""
    seen = text if text.isprintable() else "".join(letter if letter.isprintable() else " " for letter in text)
    line = " ".join(seen.split())
    return line if len(line) <= TITLE_LENGTH else line[: TITLE_LENGTH - 1] + "…"


def _events(rows: Sequence[sa.Row[tuple[object, ...]]]) -> Iterator[Event]:
    earlier = 0
    for row in rows:
        if row.event is None or row.event < 1 or row.since is None:
            raise _UnreadableError("bad_event")
        if row.event == earlier:
            raise _UnreadableError("repeated_event")
        if row.state not in states.known():
            raise _UnreadableError("unknown_state")
        earlier = row.event
        yield Event(row.event, row.state, row.since, row.released_at, correction=bool(row.correction))


def refusal(reported: Reported, known: Event | None) -> Reason | None:
    """Tell why this cannot be, or None: the ways between states hold within it, and from what people know already."""
    if not all(_may(earlier.state, later) for earlier, later in itertools.pairwise(reported.events)):
        return "impossible_transition"
    if known is None:
        return None
    same = reported.at(known.position)
    if (same is not None and same.state == known.state) or renumbered(reported, known) is not None:
        return None
    if same is not None:
        return "rewritten_event"
    later = next((event for event in reported.events if event.position > known.position), None)
    return None if later is None or _may(known.state, later) else "impossible_transition"


def _may(state: str, event: Event) -> bool:
    return event.correction or states.may_follow(state, event.state)


def renumbered(reported: Reported, known: Event) -> Event | None:
    """Return the event that is the known one under another number, as after a change from files to the view."""
    same = reported.at(known.position)
    if same is not None and same.state == known.state:
        return None
    return next((event for event in reversed(reported.events) if event.state == known.state), None)
