"""Reads XLSX: which sheets a workbook has, and which numbers in it are dates; the rows come from worksheet.py."""

from __future__ import annotations

import warnings
import zipfile
import zlib
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from datetime import datetime
from functools import cache, partial
from pathlib import Path
from types import SimpleNamespace
from typing import Any
from xml.etree.ElementTree import ParseError
from xml.parsers.expat import ExpatError

from openpyxl.cell.read_only import ReadOnlyCell  # type: ignore[import-untyped]
from openpyxl.reader.excel import ExcelReader  # type: ignore[import-untyped]
from openpyxl.styles.numbers import is_date_format  # type: ignore[import-untyped]
from openpyxl.styles.stylesheet import apply_stylesheet  # type: ignore[import-untyped]
from openpyxl.utils.exceptions import InvalidFileException  # type: ignore[import-untyped]
from openpyxl.xml.constants import SHARED_STRINGS  # type: ignore[import-untyped]

from bot.errors import PlainError
from bot.proposals.sheet import Row, Table
from bot.proposals.worksheet import Cells, Strings

SIZE_LIMIT = 64 * 1024 * 1024  # bytes: a hundred thousand rows have about 5 million
UNPACKED_LIMIT = 512 * 1024 * 1024  # bytes of all parts
SMALL_LIMIT = 16 * 1024 * 1024  # bytes of what is read at once: lists of sheets and styles
STREAMED = ("xl/worksheets/", "xl/sharedStrings.xml", "xl/media/", "xl/drawings/", "xl/charts/", "xl/printerSettings/")
AGAIN = "Open it in Excel and save it as Excel Workbook (.xlsx)."
# What zipfile, zlib, expat and openpyxl say of a file that is damaged or was never one.
_BROKEN = (
    zipfile.BadZipFile, zlib.error, ExpatError, ParseError, InvalidFileException, EOFError, NotImplementedError,
    KeyError, IndexError, ValueError, TypeError, AttributeError, OverflowError, RuntimeError,
)  # fmt: skip


class _Reader(ExcelReader):  # type: ignore[misc]
    """openpyxl's reader without what we read ourselves or do not need."""

    def read(self) -> None:
        self.read_manifest()
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of styles it does not know, which change no value
            self.read_workbook()
            apply_stylesheet(self.archive, self.wb)


class Workbook:
    """A workbook that is open; the tables of it are of use until it is closed."""

    def __init__(self, path: Path, opened: ExitStack) -> None:
        _refuse_bombs(path)
        reader = _Reader(path, read_only=True, data_only=True, keep_links=False)
        opened.callback(reader.archive.close)
        reader.read()
        self._archive: zipfile.ZipFile = reader.archive
        self._epoch: datetime = reader.wb.epoch
        self._strings = _strings(reader, opened)
        self._is_date = _dates(reader.wb)
        self._places = {
            sheet.name: rel.target
            for sheet, rel in reader.parser.find_sheets()
            if sheet.state == "visible" and "worksheet" in rel.Type and rel.target in reader.valid_files
        }

    def tables(self) -> list[Table]:
        """Return the sheets that people can see."""
        return [Table(name, partial(self._rows, name)) for name in self._places]

    def _rows(self, name: str, header: int | None) -> Iterator[Row]:
        place = self._places[name]
        with _told(), self._archive.open(place) as source:
            size = self._archive.getinfo(place).file_size
            cells = Cells(source, size, self._strings, self._is_date, self._epoch)
            yield from cells.rows()
        if header is not None:
            _refuse_merged(name, [found for last, found in sorted(cells.merged) if last > header])


@contextmanager
def opened(path: Path) -> Iterator[Workbook]:
    """Open a workbook; raises PlainError for what is none."""
    with ExitStack() as stack:
        with _told():
            workbook = Workbook(path, stack)
        yield workbook


@contextmanager
def _told() -> Iterator[None]:
    try:
        yield
    except _BROKEN as error:
        reason = f"{type(error).__name__}: {error}".splitlines()[0][:200]
        raise PlainError(f"The file is no Excel workbook, or a damaged one ({reason}). {AGAIN}") from error


def _refuse_bombs(path: Path) -> None:
    if path.stat().st_size > SIZE_LIMIT:
        raise PlainError(f"{path} is larger than {SIZE_LIMIT // 1024**2} MiB: divide it, or save it as CSV UTF-8.")
    with zipfile.ZipFile(path) as archive:
        parts = archive.infolist()
    if sum(part.file_size for part in parts) > UNPACKED_LIMIT or any(
        part.file_size > SMALL_LIMIT and not part.filename.startswith(STREAMED) for part in parts
    ):
        raise PlainError(
            f"{path} unpacks to more than a list of proposals can have: copy the rows into a new workbook,"
            " or save it as CSV UTF-8."
        )


def _refuse_merged(name: str, ranges: list[str]) -> None:
    if ranges:
        shown = ", ".join(ranges[:5]) + (f" and {len(ranges) - 5} more" if len(ranges) > 5 else "")  # noqa: PLR2004
        raise PlainError(
            f"The sheet {name!r} has merged cells ({shown}), so that it cannot be told which row a value belongs to:"
            " select them, choose Unmerge Cells, and fill each cell."
        )


def _strings(reader: Any, opened: ExitStack) -> Callable[[int], str]:  # noqa: ANN401 - openpyxl has no types
    part = reader.package.find(SHARED_STRINGS)
    if part is None or part.PartName[1:] not in reader.valid_files:
        return _none_shared
    with reader.archive.open(part.PartName[1:]) as source:
        strings = Strings(source)
    opened.callback(strings.close)
    return strings.__getitem__


def _none_shared(number: int) -> str:
    raise IndexError(f"no shared text {number}")


def _dates(book: Any) -> Callable[[int], bool]:  # noqa: ANN401 - openpyxl has no types
    sheet = SimpleNamespace(parent=book)

    @cache
    def is_date(style: int) -> bool:
        return bool(is_date_format(ReadOnlyCell(sheet, 1, 1, 0, "n", style).number_format))

    return is_date
