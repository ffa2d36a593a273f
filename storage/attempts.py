"""How often proofs failed, by person and by number, and how long to wait before the next."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

import sqlalchemy as sa

from storage import database
from storage.database import Transaction
from storage.schema import attempts

FORGOTTEN_AFTER = timedelta(days=1)  # since the last failure
# The wait after so many failures; the last one for all that follow. People mistype, so the first few cost nothing.
PERSON_WAITS = {3: timedelta(minutes=1), 4: timedelta(minutes=5), 5: timedelta(minutes=15), 6: timedelta(hours=1)}
# Others may fail at a number on purpose, to keep its owner out: it takes more of them, and the wait stays bearable.
NUMBER_WAITS = {10: timedelta(minutes=1), 12: timedelta(minutes=5), 14: timedelta(minutes=15), 20: timedelta(hours=1)}
# Staff hear of so many failures, and of so many more each time.
PERSON_ALARM = 6
NUMBER_ALARM = 14


@dataclass(frozen=True, slots=True)
class Count:
    """How often proofs of one subject failed lately."""

    failures: int = 0
    failed_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Standing:
    """How a person and a number stand: until when no proof is looked at, if so, and the failures counted."""

    person: Count
    number: Count

    def blocked_until(self, now: datetime, *, by_phone: bool = False) -> datetime | None:
        """Return until when no proof is looked at, or None.

        A phone number that the platform vouches for is no guess: with it the owner gets in while others fail on
        purpose.
        """
        ends = [_end(self.person, PERSON_WAITS), *([] if by_phone else [_end(self.number, NUMBER_WAITS)])]
        ahead = [end for end in ends if end is not None and end > now]
        return max(ahead, default=None)


def of_person(person_id: int) -> str:
    """Return the name under which a person's failures are counted."""
    return f"person:{person_id}"


def of_number(number: str) -> str:
    """Return the name under which a number's failures are counted, without the number."""
    return f"number:{hashlib.sha256(number.encode()).hexdigest()}"


async def standing(tx: Transaction, person_id: int, number: str, now: datetime) -> Standing:
    """Return how often proofs by this person and of this number failed lately."""
    found = await _counts(tx, [of_person(person_id), of_number(number)], now)
    return Standing(found[0], found[1])


async def fail(tx: Transaction, person_id: int, number: str, now: datetime) -> Standing:
    """Count one more failure, by this person and of this number, and return how they stand then."""
    forgotten = attempts.c.failed_at < now - FORGOTTEN_AFTER
    statement = database.insert(tx, attempts)
    statement = statement.on_conflict_do_update(
        index_elements=["subject"],
        set_={
            "failures": sa.case((forgotten, 1), else_=attempts.c.failures + 1),
            "failed_at": statement.excluded.failed_at,
        },
    )
    # In one order, so that two processes that count at the same moment do not wait for each other.
    names = sorted([of_person(person_id), of_number(number)])
    await tx.execute(statement, [{"subject": name, "failures": 1, "failed_at": now} for name in names])
    return await standing(tx, person_id, number, now)


async def _counts(tx: Transaction, subjects: Sequence[str], now: datetime) -> list[Count]:
    query = sa.select(attempts).where(attempts.c.subject.in_(subjects), attempts.c.failed_at >= now - FORGOTTEN_AFTER)
    found = {row.subject: Count(row.failures, row.failed_at) for row in (await tx.execute(query)).all()}
    return [found.get(subject, Count()) for subject in subjects]


def _end(count: Count, waits: dict[int, timedelta]) -> datetime | None:
    reached = [wait for failures, wait in waits.items() if failures <= count.failures]
    return count.failed_at + reached[-1] if reached and count.failed_at is not None else None
