"""The command `upakarti proposals import`: a file of proposals, taken in as a whole or not at all."""

from __future__ import annotations

import sys
import tempfile
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path

import click

from bot.clock import Clock, SystemClock
from bot.errors import PlainError
from bot.proposals import delimited, report, sheet, values, workbook
from bot.proposals.desk import account, refuse_where_the_portal_leads
from bot.proposals.report import Found
from bot.proposals.rows import Reader
from bot.proposals.sheet import Sheet
from bot.service import open_database
from bot.settings import Settings
from handlers.wording import Wording
from storage import database
from storage.database import Database
from storage.proposals import staging
from storage.proposals.applying import ProposalsChangedError
from storage.proposals.staging import Counts, RowsGoneError, Staging

STEPS = 1_000  # of a progress bar
_ZIP, _OLE = b"PK\x03\x04", b"\xd0\xcf\x11\xe0"

Progress = Callable[[float], None]  # is told which share is done


async def import_file(
    settings: Settings, file: Path, *, dry_run: bool, as_json: bool, clock: Clock | None = None
) -> None:
    """Take in a file, or show what it would do. Raises PlainError when a row is refused or the file cannot be read."""
    refuse_where_the_portal_leads(settings)
    with _opened_sheet(file) as found:
        try:
            async with _opened_database(settings, dry_run=dry_run) as opened:
                counts = await _taken_in(opened, found, clock or SystemClock(), dry_run=dry_run, as_json=as_json)
        except database.DatabaseError as error:
            reason = type(error).__name__
            raise PlainError(
                f"The database could not do it ({reason}), and nothing was imported: try again."
            ) from error
    if counts.refused:
        raise PlainError(report.refusal(counts))


async def _taken_in(opened: Database, found: Sheet, clock: Clock, *, dry_run: bool, as_json: bool) -> Counts:
    work = Staging(opened)
    try:
        hidden, total = await _staged(work, found, clock)
        with _progress("Comparing") as progress:
            counts = await work.settle(
                account(), clock.now, lambda judged: progress(judged / max(1, total)), dry_run=dry_run
            )
        await report.show(
            work, Found(found, hidden, counts, await work.known_at(clock.now())), dry_run=dry_run, as_json=as_json
        )
    except ProposalsChangedError:
        raise PlainError(
            "The same proposals keep being changed by something else, so nothing was imported: try again later."
        ) from None
    except RowsGoneError:
        raise PlainError(
            "Rows of the file were deleted from the database while it was read (is this machine's clock right?), so"
            " nothing was imported: try again."
        ) from None
    finally:
        await work.clear()
    return counts


async def _staged(work: Staging, found: Sheet, clock: Clock) -> tuple[int, int]:
    """Stage all rows; return how many hidden ones were left out, and how many are staged."""
    now = clock.now()
    exact = found.table.name is None
    reader = Reader(found.columns, values.state_names(Wording.load()), now, exact)
    hidden = total = 0
    chunk = []
    with _progress("Reading") as progress:
        for row in found.rows():
            if row.hidden:
                hidden += 1
                continue
            total += 1
            chunk.append((row.number, reader.read(row)))
            if len(chunk) == staging.CHUNK:
                await work.add(chunk, now)
                chunk.clear()
                progress(row.share)
        await work.add(chunk, now)
    if not total:
        raise PlainError("There are no rows below the header: fill them in, or unhide them.")
    return hidden, total


@contextmanager
def _opened_sheet(file: Path) -> Iterator[Sheet]:
    with file.open("rb") as opened:
        start = opened.read(16)
    if start.startswith(_ZIP):
        with workbook.opened(file) as book:
            yield sheet.find(book.tables())
    elif start.startswith(_OLE):
        raise PlainError(f"{file} is an Excel file of the old kind (.xls) or has a password. {workbook.AGAIN}")
    elif file.suffix.lower() in {".xlsx", ".xlsm", ".xls"} or start.startswith((b"%PDF", b"<")):
        raise PlainError(f"{file} is no Excel workbook, whatever its name says. {workbook.AGAIN}")
    elif not start:
        raise PlainError(f"{file} is empty.")
    else:
        yield sheet.find(delimited.tables(file))


@asynccontextmanager
async def _opened_database(settings: Settings, *, dry_run: bool) -> AsyncIterator[Database]:
    """Open the database; for a dry run without one, an empty one that is gone afterwards."""
    path = settings.database_url.removeprefix("sqlite+aiosqlite:///")
    with tempfile.TemporaryDirectory(prefix="upakarti-") as folder:
        if dry_run and path != settings.database_url and not Path(path).exists():  # noqa: ASYNC240 - nothing else to do
            settings = settings.model_copy(update={"database_url": f"sqlite+aiosqlite:///{folder}/empty.db"})
        opened = await open_database(settings)
        try:
            yield opened
        finally:
            await opened.close()


@contextmanager
def _progress(label: str) -> Iterator[Progress]:
    """Show how far it is, on a terminal only and on standard error, where it does not mix with the results."""
    hidden = not sys.stderr.isatty()
    with click.progressbar(length=STEPS, label=label, file=sys.stderr, hidden=hidden) as bar:
        yield lambda share: bar.update(max(0, int(share * STEPS) - bar.pos))
