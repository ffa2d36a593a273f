"""Reads CSV: UTF-8 or UTF-16 with its mark, separated by commas, semicolons or tabs."""

from __future__ import annotations

import codecs
import csv
import io
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import BinaryIO, TextIO

from bot.errors import PlainError
from bot.proposals.sheet import Row, Table

SIZE_LIMIT = 256 * 1024 * 1024  # bytes: a hundred thousand rows have about 15 million
LINE_LIMIT = 1024 * 1024  # characters: a file without line ends must not fill the memory
DELIMITERS = (",", ";", "\t")
HOW = "In Excel: File, Save As, CSV UTF-8."


def tables(path: Path) -> list[Table]:
    """Return the file as a table for each delimiter it may have. Raises PlainError for what is no such file."""
    if path.stat().st_size > SIZE_LIMIT:
        raise PlainError(f"{path} is larger than {SIZE_LIMIT // 1024**2} MiB: divide it into several files.")
    with path.open("rb") as file:
        encoding = _encoding(file.read(4))
    return [Table(None, partial(_rows, path, encoding, delimiter)) for delimiter in DELIMITERS]


def _encoding(start: bytes) -> str:
    if start.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return "utf-16"
    return "utf-8-sig"  # which reads files without the mark too


def _rows(path: Path, encoding: str, delimiter: str, _header: int | None) -> Iterator[Row]:
    size = max(1, path.stat().st_size)
    with path.open("rb") as file, io.TextIOWrapper(file, encoding=encoding, newline="") as text:
        reader = csv.reader(_lines(text), delimiter=delimiter, strict=True)
        number, begins = 0, 1
        try:
            for number, cells in enumerate(reader, start=1):
                begins = reader.line_num + 1
                if any(cell.strip() for cell in cells):
                    yield Row(number, cells, file.tell() / size)
        except csv.Error as error:
            raise _unquoted(number + 1, begins, error) from None
        except UnicodeError:
            raise PlainError(_undecodable(path, encoding)) from None


def _lines(text: TextIO) -> Iterator[str]:
    number = 0
    while line := text.readline(LINE_LIMIT):
        number += 1
        if "\0" in line:
            raise PlainError(f"Line {number} has a NUL character: this is no text file, or a broken one. {HOW}")
        if len(line) == LINE_LIMIT:
            raise PlainError(f"Line {number} is longer than {LINE_LIMIT:,} characters: this is no CSV file.")
        yield line


def _unquoted(number: int, line: int, error: csv.Error) -> PlainError:
    if "field larger" in str(error) or "unexpected end" in str(error):
        wrong = "a quotation mark opens a text there and nothing closes it"
    else:
        wrong = "a quotation mark stands within a text there"
    return PlainError(f'Row {number}, at line {line}, cannot be read: {wrong}. Take it out, or write "" for ".')


def _undecodable(path: Path, encoding: str) -> str:
    if encoding == "utf-16":
        return f"{path} is broken UTF-16 text; save it again as UTF-8. {HOW}"
    with path.open("rb") as file:
        return f"{path} is not UTF-8 text{_first_wrong(file)}; save it again as UTF-8. {HOW}"


def _first_wrong(file: BinaryIO) -> str:
    for number, line in enumerate(file, start=1):
        try:
            line.decode("utf-8")
        except UnicodeDecodeError:
            return f" (line {number})"
    return ""
