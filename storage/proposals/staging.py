"""Takes in a whole file of proposals or none of it: rows are staged and judged in short steps, then applied in one.

What an import that is killed leaves behind is staged rows only; `retention` deletes them after a day.
"""

from __future__ import annotations

import asyncio
import uuid
from collections.abc import AsyncIterator, Callable, Coroutine, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, TypeVar

import sqlalchemy as sa

from storage import audit, database
from storage.audit import Act
from storage.database import Database, Transaction
from storage.proposals import applying, records
from storage.proposals.records import Entry, Verdict
from storage.proposals.tables import staged_rows

_T = TypeVar("_T")

CHUNK = 1_000  # rows of a transaction that stages or judges
CLEARED = 10_000  # rows of one that deletes: it takes less
JUDGED_AT_MOST = 5  # times, when something else keeps changing the same proposals

UNREADABLE, DUPLICATE = "unreadable", "duplicate"  # reasons of a refusal besides those of `records.judge`


@dataclass(frozen=True, slots=True)
class Unreadable:
    """A row that says nothing of a proposal: its number as far as it can be told, and why, in words."""

    number: str
    reason: str


@dataclass(frozen=True, slots=True)
class Judged:
    """What became of a row; `state` is the one it names.

    `detail` is the words of an unreadable row, the other row of a duplicate, or the state that the proposal of a row is
    in which `records.judge` refused.
    """

    row: int
    number: str
    verdict: str
    state: str | None
    reason: str | None = None
    detail: str = ""


@dataclass(frozen=True, slots=True)
class Counts:
    """How many rows would do, or did, what."""

    added: int = 0
    changed: int = 0
    unchanged: int = 0
    refused: int = 0


class RowsGoneError(Exception):
    """Staged rows were deleted by somebody else: only part of the file would be taken in."""


@dataclass(slots=True)
class Staging:
    """One import. `clear` it whatever happens."""

    database: Database
    import_id: str = field(default_factory=lambda: uuid.uuid4().hex)
    staged: int = 0  # rows so far

    async def add(self, rows: Sequence[tuple[int, Entry | Unreadable]], now: datetime) -> None:
        """Stage rows with their numbers in the file; at most `CHUNK` of them, so that the transaction is short."""
        if rows:
            await _finished(self._add([_row(self.import_id, *row, now) for row in rows]))
            self.staged += len(rows)

    async def settle(
        self, actor: str, clock: Callable[[], datetime], judged: Callable[[int], None], *, dry_run: bool
    ) -> Counts:
        """Judge all rows, and take them in if none is refused. `judged` hears how many are judged so far.

        Raises ProposalsChangedError when others keep changing the proposals meanwhile, RowsGoneError when staged rows
        were deleted; then nothing was taken in.
        """
        for _ in range(JUDGED_AT_MOST):
            await self.judge(clock(), judged)
            counts = await self.counts()
            if dry_run or counts.refused:
                return counts
            try:
                await self.apply(counts, actor, clock())
            except applying.ProposalsChangedError:
                continue
            return counts
        raise applying.ProposalsChangedError

    async def judge(self, now: datetime, judged: Callable[[int], None] = lambda _: None) -> None:
        """Compare all rows with what is known, in chunks."""
        after, count = 0, 0
        while rows := await _finished(self._judge_some(after, now)):
            after, count = rows[-1].row, count + len(rows)
            judged(count)

    async def apply(self, counts: Counts, actor: str, now: datetime) -> None:
        """Take in all rows in one transaction, with its line in the audit; ProposalsChangedError when they do not fit.

        They fit as long as nothing has changed their proposals since they were judged.
        """
        details = {"added": counts.added, "changed": counts.changed, "unchanged": counts.unchanged}
        try:
            await _finished(self._apply(Act(actor, "import", "proposals", details, now)))
        except database.ConflictError as error:  # somebody else added one of them
            raise applying.ProposalsChangedError from error

    async def counts(self) -> Counts:
        """Return how many rows there are of each verdict."""
        query = (
            sa.select(staged_rows.c.verdict, sa.func.count().label("rows"))
            .where(staged_rows.c.import_id == self.import_id)
            .group_by(staged_rows.c.verdict)
        )
        return Counts(**{row.verdict: row.rows for row in await _finished(self._read(query))})

    async def known_at(self, now: datetime) -> int:
        """Return how many rows let people know of something new by then, without a release of its own."""
        shows = (
            staged_rows.c.import_id == self.import_id,
            staged_rows.c.verdict.in_(("added", "changed")),
            staged_rows.c.released_at <= now,
        )
        query = sa.select(sa.func.count().label("rows")).select_from(staged_rows).where(*shows)
        return int((await _finished(self._read(query)))[0].rows)

    async def judgements(self, verdicts: Sequence[Verdict]) -> AsyncIterator[Judged]:
        """Yield what became of each row that came to one of these verdicts, in the order of the file."""
        of_these = (staged_rows.c.import_id == self.import_id, staged_rows.c.verdict.in_(verdicts))
        query = sa.select(staged_rows).where(*of_these).order_by(staged_rows.c.row).limit(CHUNK)
        after = 0
        while rows := await _finished(self._read(query.where(staged_rows.c.row > after))):
            for row in rows:
                reason, _, detail = (row.reason or "").partition(":")
                yield Judged(row.row, row.number, row.verdict, row.state, reason or None, detail)
            after = rows[-1].row

    async def clear(self) -> None:
        """Delete the staged rows, in chunks."""
        while await _finished(self._clear_some()) == CLEARED:
            pass

    async def _add(self, rows: Sequence[Mapping[str, object]]) -> None:
        async with self.database.transaction() as tx:
            await tx.execute(sa.insert(staged_rows), rows)

    async def _read(self, query: sa.Select[Any]) -> Sequence[sa.Row[Any]]:
        async with self.database.reading() as tx:
            rows: Sequence[sa.Row[Any]] = (await tx.execute(query)).all()
        return rows

    async def _judge_some(self, after: int, now: datetime) -> Sequence[sa.Row[Any]]:
        """Judge the next rows that say something, and return them."""
        query = (
            sa.select(staged_rows)
            .where(staged_rows.c.import_id == self.import_id, staged_rows.c.row > after, _is_readable())
            .order_by(staged_rows.c.row)
            .limit(CHUNK)
        )
        async with self.database.reading() as tx:
            rows: Sequence[sa.Row[Any]] = (await tx.execute(query)).all()
            found = await _judge(tx, self.import_id, rows, now)
        if found:
            async with self.database.transaction() as tx:
                await tx.execute(_NOTE, found)
        return rows

    async def _apply(self, act: Act) -> None:
        async with self.database.transaction() as tx:
            await applying.apply(tx, self.import_id, act.at)
            if await applying.rows(tx, self.import_id) != self.staged:
                raise RowsGoneError
            await audit.record(tx, act)

    async def _clear_some(self) -> int:
        some = sa.select(staged_rows.c.row).where(staged_rows.c.import_id == self.import_id).limit(CLEARED)
        gone = sa.delete(staged_rows).where(staged_rows.c.import_id == self.import_id, staged_rows.c.row.in_(some))
        async with self.database.transaction() as tx:
            return (await tx.execute(gone)).rowcount


async def _finished(step: Coroutine[Any, Any, _T]) -> _T:
    """Let a step come to its end before a cancellation does: SQLite's connection would be lost with its transaction."""
    work = asyncio.ensure_future(step)
    try:
        return await asyncio.shield(work)
    except asyncio.CancelledError:
        await asyncio.wait([work])
        raise


def _is_readable() -> sa.ColumnElement[bool]:
    return sa.func.coalesce(staged_rows.c.reason, "").not_like(f"{UNREADABLE}:%")


_NOTE = (
    sa.update(staged_rows)
    .where(staged_rows.c.import_id == sa.bindparam("of_import"), staged_rows.c.row == sa.bindparam("of_row"))
    .values(
        verdict=sa.bindparam("new_verdict"),
        reason=sa.bindparam("new_reason"),
        seen_revision=sa.bindparam("new_revision"),
    )
)


async def _judge(
    tx: Transaction, import_id: str, rows: Sequence[sa.Row[Any]], now: datetime
) -> list[dict[str, object]]:
    numbers = [row.number for row in rows]
    known = await records.find(tx, numbers)
    twice = await _twice(tx, import_id, numbers)
    found = []
    for row in rows:
        current = known.get(row.number)
        judgement = records.judge(current, _entry(row), now)
        verdict: str = judgement.verdict
        reason = f"{judgement.reason}:{judgement.earlier or ''}" if judgement.reason else None
        if (where := twice.get(row.number)) is not None:
            other = where[0] if where[0] != row.row else where[1]
            verdict, reason = "refused", f"{DUPLICATE}:{other}"
        found.append(
            {
                "of_import": import_id,
                "of_row": row.row,
                "new_verdict": verdict,
                "new_reason": reason,
                "new_revision": None if current is None else current.revision,
            }
        )
    return found


async def _twice(tx: Transaction, import_id: str, numbers: Sequence[str]) -> Mapping[str, tuple[int, int]]:
    """Return the first and the last row of each number that several rows of the file have."""
    query = (
        sa.select(staged_rows.c.number, sa.func.min(staged_rows.c.row), sa.func.max(staged_rows.c.row))
        .where(
            staged_rows.c.import_id == import_id,
            staged_rows.c.number.in_(numbers),
            _is_readable(),
        )
        .group_by(staged_rows.c.number)
        .having(sa.func.count() > 1)
    )
    return {number: (first, last) for number, first, last in (await tx.execute(query)).all()}


def _row(import_id: str, row: int, said: Entry | Unreadable, now: datetime) -> dict[str, object]:
    place: dict[str, object] = {"import_id": import_id, "row": row, "staged_at": now, "verdict": None, "reason": None}
    if isinstance(said, Entry):
        return place | {name: getattr(said, name) for name in Entry.__slots__}
    nothing: dict[str, object] = dict.fromkeys(Entry.__slots__)
    refused = {"verdict": "refused", "reason": f"{UNREADABLE}:{said.reason}"}
    return place | nothing | refused | {"number": said.number, "edition": 0, "category": ""}


def _entry(row: sa.Row[Any]) -> Entry:
    return Entry(**{name: getattr(row, name) for name in Entry.__slots__})
