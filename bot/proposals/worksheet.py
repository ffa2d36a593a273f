"""Streams the two large parts of a workbook, the cells of a sheet and the texts they share.

openpyxl keeps every text and every row it has read, so it reads only the small parts here (see workbook.py). A file may
be made to do harm: texts, rows and the number of their cells have limits, and entities are not allowed.
"""

from __future__ import annotations

import re
import tempfile
from abc import ABC, abstractmethod
from array import array
from collections.abc import Callable, Iterator, Mapping
from datetime import datetime, timedelta
from functools import lru_cache
from typing import IO
from xml.parsers import expat

from openpyxl.utils.cell import column_index_from_string, range_boundaries  # type: ignore[import-untyped]
from openpyxl.utils.datetime import from_excel  # type: ignore[import-untyped]
from openpyxl.utils.escape import unescape  # type: ignore[import-untyped]

from bot.errors import PlainError
from bot.proposals.sheet import EXACT, Cell, Fault, Row

ROWS, COLUMNS = 1_048_576, 16_384  # of any sheet
TEXT_LIMIT = 65_536  # characters of a cell: Excel's own limit is 32,767
_CHUNK = 64 * 1024
_KEPT = 4 * 1024 * 1024  # bytes of shared texts that stay in memory
_REMEMBERED = 1_000
_NAMESPACES = (
    "http://schemas.openxmlformats.org/spreadsheetml/2006/main",
    "http://purl.oclc.org/ooxml/spreadsheetml/main",
)
Attributes = Mapping[str, str]


class _Parser(ABC):
    """Reads XML piece by piece; whoever inherits says what to do at which element."""

    def __init__(self, source: IO[bytes]) -> None:
        self._source = source
        self._text: list[str] = []
        self._length = 0
        self._listens = False
        self.read = 0
        starts, ends = self._starts(), self._ends()
        self._at_start = {f"{space} {name}": do for space in _NAMESPACES for name, do in starts.items()}
        self._at_end = {f"{space} {name}": do for space in _NAMESPACES for name, do in ends.items()}
        self._expat = expat.ParserCreate(namespace_separator=" ")
        self._expat.buffer_text = True
        self._expat.StartElementHandler = self._start
        self._expat.EndElementHandler = self._end
        self._expat.CharacterDataHandler = self._hear
        self._expat.StartDoctypeDeclHandler = _refuse_doctype

    @abstractmethod
    def _starts(self) -> Mapping[str, Callable[[Attributes], None]]: ...

    @abstractmethod
    def _ends(self) -> Mapping[str, Callable[[], None]]: ...

    def parse(self) -> Iterator[None]:
        """Read on, and yield after every piece."""
        while piece := self._source.read(_CHUNK):
            self.read += len(piece)
            self._expat.Parse(piece, False)
            yield
        self._expat.Parse(b"", True)
        yield

    def _start(self, name: str, attributes: Attributes) -> None:
        if (do := self._at_start.get(name)) is not None:
            do(attributes)

    def _end(self, name: str) -> None:
        if (do := self._at_end.get(name)) is not None:
            do()

    def _hear(self, text: str) -> None:
        if self._listens:
            self._length += len(text)
            if self._length > TEXT_LIMIT:
                raise PlainError(f"A cell has more than {TEXT_LIMIT:,} characters: this is no list of proposals.")
            self._text.append(text)

    def _listen(self, _attributes: Attributes) -> None:
        self._listens = True

    def _taken(self) -> str:
        """Return what was heard, and forget it."""
        text = "".join(self._text)
        self._text.clear()
        self._length = 0
        return text


def _refuse_doctype(*_: object) -> None:
    raise PlainError("The file has a document type in it, which no workbook of Excel has: save it again with Excel.")


class Strings(_Parser):
    """The texts that cells share, by their number; in a file without a name when there are many."""

    def __init__(self, source: IO[bytes]) -> None:
        self._file = tempfile.SpooledTemporaryFile(max_size=_KEPT)  # noqa: SIM115 - closed by `close`
        self._places = array("Q", [0])
        self._known: dict[int, str] = {}
        self._said_aside = False
        super().__init__(source)
        for _ in self.parse():
            pass

    def __getitem__(self, number: int) -> str:
        if (known := self._known.get(number)) is not None:
            return known
        if not 0 <= number < len(self._places) - 1:
            raise PlainError(f"A cell names the text {number}, which the workbook does not have: save it again.")
        start, end = self._places[number], self._places[number + 1]
        self._file.seek(start)
        text = self._file.read(end - start).decode()
        if len(self._known) >= _REMEMBERED:
            self._known.clear()
        self._known[number] = text
        return text

    def close(self) -> None:
        """Let go of the file."""
        self._file.close()

    def _starts(self) -> Mapping[str, Callable[[Attributes], None]]:
        return {"t": self._listen_unless_aside, "rPh": self._aside}

    def _ends(self) -> Mapping[str, Callable[[], None]]:
        return {"t": self._stop, "rPh": self._no_more_aside, "si": self._keep}

    def _listen_unless_aside(self, _attributes: Attributes) -> None:
        self._listens = not self._said_aside  # how it is pronounced, in Japanese files

    def _aside(self, _attributes: Attributes) -> None:
        self._said_aside = True

    def _no_more_aside(self) -> None:
        self._said_aside = False

    def _stop(self) -> None:
        self._listens = False

    def _keep(self) -> None:
        written = self._file.write(_plain(self._taken()).encode("utf-8", "replace"))
        self._places.append(self._places[-1] + written)


class Cells(_Parser):
    """The rows of a sheet, and the ranges of its merged cells when all rows have been read."""

    def __init__(
        self,
        source: IO[bytes],
        size: int,
        strings: Callable[[int], str],
        is_date: Callable[[int], bool],
        epoch: datetime,
    ) -> None:
        self._size = max(1, size)
        self._strings, self._is_date, self._epoch = strings, is_date, epoch
        self._rows: list[tuple[int, list[Cell], bool]] = []
        self._row = self._column = 0
        self._hidden = False
        self._kind, self._style, self._value = "n", 0, ""
        self._calculated = False
        self._cells: list[Cell] = []
        self.merged: list[tuple[int, str]] = []  # the last row of each range, and its name
        super().__init__(source)

    def rows(self) -> Iterator[Row]:
        """Yield the rows that are not blank."""
        for _ in self.parse():
            found, self._rows = self._rows, []
            for number, cells, hidden in found:
                yield Row(number, cells, min(1.0, self.read / self._size), hidden)

    def _starts(self) -> Mapping[str, Callable[[Attributes], None]]:
        return {
            "row": self._begin_row,
            "c": self._begin_cell,
            "f": self._begin_formula,
            "v": self._listen,
            "t": self._listen,
            "mergeCell": self._merge,
        }

    def _ends(self) -> Mapping[str, Callable[[], None]]:
        return {"row": self._end_row, "c": self._end_cell, "v": self._end_value, "t": self._end_value}

    def _begin_row(self, attributes: Attributes) -> None:
        number = _whole(attributes.get("r")) or self._row + 1
        if not self._row < number <= ROWS:
            raise PlainError(f"The rows of the sheet are not in order after row {self._row}: save it again with Excel.")
        self._row, self._column, self._cells = number, 0, []
        self._hidden = attributes.get("hidden") in {"1", "true"}

    def _begin_cell(self, attributes: Attributes) -> None:
        place = attributes.get("r")
        column = self._column + 1 if place is None else _column(place.rstrip("0123456789"))
        if not self._column < column <= COLUMNS:
            raise PlainError(f"The cells of row {self._row} are not in order: save the file again with Excel.")
        self._column = column
        self._kind, self._style = attributes.get("t", "n"), _whole(attributes.get("s")) or 0
        self._value, self._calculated = "", False

    def _begin_formula(self, _attributes: Attributes) -> None:
        self._calculated = True

    def _end_value(self) -> None:
        self._listens = False
        self._value += self._taken()

    def _end_cell(self) -> None:
        value = self._cell()
        if value is not None:
            self._cells += [None] * (self._column - 1 - len(self._cells))
            self._cells.append(value)

    def _end_row(self) -> None:
        if any(not isinstance(cell, str) or cell.strip() for cell in self._cells if cell is not None):
            self._rows.append((self._row, self._cells, self._hidden))

    def _merge(self, attributes: Attributes) -> None:
        found = attributes.get("ref", "")
        self.merged.append((int(range_boundaries(found)[3]), found))

    def _cell(self) -> Cell:
        text, kind = self._value, self._kind
        if not text:
            uncalculated = self._calculated and kind == "n"
            return (
                Fault("holds a formula without a result: open the file in Excel and save it") if uncalculated else None
            )
        if kind == "s":
            return self._strings(int(text))
        if kind == "n":
            return self._number(text)
        return _unshared(kind, text)

    def _number(self, text: str) -> Cell:
        found = int(text) if re.fullmatch(r"-?\d{1,300}", text) else float(text)
        if not self._is_date(self._style):
            return int(found) if abs(found) < EXACT and found == int(found) else found
        if found < 1:
            return Fault("holds a time without a date")
        try:
            day: datetime = from_excel(found, self._epoch)
        except (OverflowError, ValueError):
            return Fault("holds a date that there is none of")
        return (day + timedelta(milliseconds=500)).replace(microsecond=0)  # fractions of days are not exact


@lru_cache
def _column(letters: str) -> int:
    return int(column_index_from_string(letters))


def _plain(text: str) -> str:
    """Return a text without the escapes that Excel writes for what XML does not allow."""
    return str(unescape(text)) if "_x" in text else text


def _unshared(kind: str, text: str) -> Cell:
    match kind:
        case "b":
            return text == "1"
        case "e":
            return Fault(f"holds the error {text}")
        case "d":
            return _iso(text)
        case _:
            return _plain(text)


def _iso(text: str) -> Cell:
    try:
        return datetime.fromisoformat(text)
    except ValueError:
        return Fault("holds a date that there is none of")


def _whole(text: str | None) -> int | None:
    return int(text) if text is not None and re.fullmatch(r"\d{1,9}", text) else None
