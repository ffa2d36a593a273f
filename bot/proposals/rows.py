"""Turns a row of a file into what it says of a proposal, or into the reason why it cannot be told."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import TypeVar

from bot.proposals import columns, values
from bot.proposals.columns import Columns, Field
from bot.proposals.sheet import Cell, Row
from bot.proposals.values import CellError
from storage.proposals import links, proof
from storage.proposals.records import Entry
from storage.proposals.staging import Unreadable

_T = TypeVar("_T")


@dataclass(frozen=True, slots=True)
class Reader:
    """Reads the rows below a header; `names` are those of the states, as `values.state_names` returns them.

    Of `exact` rows each cell has its column; in a workbook notes may stand beside the table.
    """

    columns: Columns
    names: Mapping[str, str]
    now: datetime
    exact: bool

    def read(self, row: Row) -> Entry | Unreadable:
        """Return what the row says, or all that is wrong with it."""
        reasons: list[str] = []
        if self.exact and any(str(cell).strip() for cell in row.cells[self.columns.width :]):
            reasons.append(
                f"it has {len(row.cells)} cells and the header {self.columns.width}:"
                " a text with a comma in it needs quotation marks"
            )
        number = self._needed(row, "number", _number, reasons)
        edition = self._needed(row, "edition", values.edition, reasons)
        category = self._needed(row, "category", values.category, reasons)
        title = self._told(row, "title", values.title, reasons)
        phone = self._told(row, "phone", _phone, reasons)
        state = self._told(row, "state", lambda cell: values.state(cell, self.names), reasons)
        entered_at = self._told(row, "entered_at", values.moment, reasons)
        released_at = self._told(row, "released_at", values.moment, reasons)
        code = self._told(row, "code", _code, reasons)
        expires_at = self._told(row, "code_expires_at", lambda cell: values.moment(cell, ends=True), reasons)
        if reasons or number is None or edition is None or category is None:
            return Unreadable(self._number_as_written(row), "; ".join(reasons))
        return Entry(
            number=number,
            edition=edition,
            category=category,
            title=title,
            phone_sha256=None if phone is None else proof.phone_hash(phone),
            code_sha256=None if code is None else proof.code_hash(number, code),
            # Of use for a new code only: `records` leaves the end of one that is known already.
            code_expires_at=None if code is None else expires_at or self.now + links.ACCESS_CODE_LIFE,
            state=state,
            entered_at=entered_at,
            released_at=released_at,
        )

    def _cell(self, row: Row, field: Field) -> Cell:
        place = self.columns.places.get(field, len(row.cells))
        return row.cells[place] if place < len(row.cells) else None

    def _told(self, row: Row, field: Field, read: Callable[[Cell], _T | None], reasons: list[str]) -> _T | None:
        try:
            return read(self._cell(row, field))
        except CellError as error:
            reasons.append(f"{columns.described(field)} {error}")
            return None

    def _needed(self, row: Row, field: Field, read: Callable[[Cell], _T | None], reasons: list[str]) -> _T | None:
        before = len(reasons)
        found = self._told(row, field, read, reasons)
        if found is None and len(reasons) == before:
            reasons.append(f"{columns.described(field)} is missing: fill it in, or delete the row")
        return found

    def _number_as_written(self, row: Row) -> str:
        try:
            return values.shown(values.text(self._cell(row, "number")) or "")
        except CellError:
            return ""


def _number(cell: Cell) -> str | None:
    written = values.identifier(cell)
    if written is None:
        return None
    if (found := proof.number(written)) is None:
        lengths = proof.NUMBER_LENGTHS
        raise CellError(
            f"holds {values.shown(written)!r}; it must have {lengths[0]} to {lengths[-1]} letters A to Z, digits or"
            " . / _ - , and at least one digit"
        )
    return found


def _phone(cell: Cell) -> str | None:
    written = values.identifier(cell)
    if written is None:
        return None
    if (found := proof.phone(written)) is None:
        raise CellError("holds no single phone number like 0812-3456-7890")
    return found


def _code(cell: Cell) -> str | None:
    written = values.identifier(cell)
    if written is None:
        return None
    if (found := proof.code(written)) is None:
        lengths = proof.CODE_LENGTHS
        raise CellError(f"must have {lengths[0]} to {lengths[-1]} letters A to Z (without U) or digits")
    return found
