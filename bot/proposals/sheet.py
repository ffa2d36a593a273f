"""A file of proposals as a header and rows, whatever kind of file it is. Nothing here holds more than one row."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import islice
from typing import NamedTuple

from bot.errors import PlainError
from bot.proposals import columns
from bot.proposals.columns import Columns

EXACT = 10**15  # below this a spreadsheet keeps all digits of a whole number
HEADER_WITHIN = 20  # rows: titles and logos may stand above the header


@dataclass(frozen=True, slots=True)
class Fault:
    """A cell whose value cannot be told; the reason ends a sentence about the cell."""

    reason: str


Cell = str | int | float | bool | datetime | Fault | None


class Row(NamedTuple):
    """One row that is not blank, with its number as a spreadsheet shows it. `share` of the file is read by then."""

    number: int
    cells: Sequence[Cell]
    share: float
    hidden: bool = False


@dataclass(frozen=True, slots=True)
class Table:
    """Rows that may be read again and again, from the first on.

    `rows` is given the number of the header's row, or None to look for it; `name` is that of a workbook's sheet.
    """

    name: str | None
    rows: Callable[[int | None], Iterator[Row]]


@dataclass(frozen=True, slots=True)
class Sheet:
    """A table whose header is known. `others` are the names of sheets that are not read."""

    table: Table
    header: int
    columns: Columns
    others: tuple[str, ...]

    def rows(self) -> Iterator[Row]:
        """Yield the rows below the header."""
        return (row for row in self.table.rows(self.header) if row.number > self.header)


def find(tables: Sequence[Table]) -> Sheet:
    """Return the first table with a header that has all it must have. Raises PlainError that says what is missing."""
    best: tuple[Table, Row, Columns] | None = None
    wrong: PlainError | None = None
    for table in tables:
        try:
            for row, found in _headers(table):
                if not found.missing:
                    names = tuple(each.name for each in tables if each is not table and each.name is not None)
                    return Sheet(table, row.number, found, names)
                if best is None or len(found.places) > len(best[2].places):
                    best = table, row, found
        except PlainError as error:
            wrong = wrong or error
    if best is not None:
        raise _incomplete(*best)
    raise wrong or _no_header()


def _headers(table: Table) -> Iterable[tuple[Row, Columns]]:
    rows = table.rows(None)
    for row in islice(rows, HEADER_WITHIN):
        if row.number > HEADER_WITHIN:
            return
        found = columns.recognise([cell if isinstance(cell, str) else "" for cell in row.cells])
        if found is not None:
            yield row, found


def _incomplete(table: Table, row: Row, found: Columns) -> PlainError:
    place = f"row {row.number}" + (f" of the sheet {table.name!r}" if table.name is not None else "")
    missing = " and ".join(columns.described(field) for field in found.missing)
    return PlainError(f"The header in {place} has no column for {missing}: add it, then import again.")


def _no_header() -> PlainError:
    needed = ", ".join(columns.described(field) for field in columns.REQUIRED)
    return PlainError(
        f"None of the first {HEADER_WITHIN} rows is a header; one row must name the columns, at least {needed}."
    )
