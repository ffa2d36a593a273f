"""Files as people send them, made for a test."""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from openpyxl import Workbook

from bot.proposals import sheet, workbook
from bot.proposals.sheet import Cell, Sheet

HEADER = ("Nomor Registrasi", "Edisi", "Kategori")
SHEET_XML = "xl/worksheets/sheet1.xml"


def csv_file(folder: Path, content: str | bytes, name: str = "usulan.csv") -> Path:
    path = folder / name
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return path


def xlsx_file(
    folder: Path,
    rows: Iterable[Sequence[object]],
    *,
    change: Callable[[Workbook], None] = lambda _: None,
    parts: Mapping[str, Callable[[bytes], bytes]] | None = None,
    name: str = "usulan.xlsx",
) -> Path:
    """Write the rows into the first sheet, then `change` the workbook, then replace `parts` of what was saved."""
    book = Workbook()
    for row in rows:
        book.active.append(list(row))
    change(book)
    saved = io.BytesIO()
    book.save(saved)
    path = folder / name
    with zipfile.ZipFile(saved) as old, zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as new:
        for part in old.namelist():
            new.writestr(part, (parts or {}).get(part, bytes)(old.read(part)))
    return path


def shared(path: Path) -> Path:
    """Return the workbook with its texts shared among cells, as Excel itself writes them (openpyxl does not)."""
    texts: list[bytes] = []

    def share(found: re.Match[bytes]) -> bytes:
        texts.append(found[2])
        return b'<c%s t="s"><v>%d</v></c>' % (found[1], len(texts) - 1)

    other = path.with_name(f"shared-{path.name}")
    space = b'xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"'
    with zipfile.ZipFile(path) as old, zipfile.ZipFile(other, "w", zipfile.ZIP_DEFLATED) as new:
        for part in old.namelist():
            content = old.read(part)
            if part.startswith("xl/worksheets/"):
                content = re.sub(rb'<c([^>]*?) t="inlineStr"><is>(.*?)</is></c>', share, content)
            if part == "[Content_Types].xml":
                kind = b"application/vnd.openxmlformats-officedocument.spreadsheetml.sharedStrings+xml"
                override = b'<Override PartName="/xl/sharedStrings.xml" ContentType="%s"/></Types>' % kind
                content = content.replace(b"</Types>", override)
            new.writestr(part, content)
        items = b"".join(b"<si>%s</si>" % text for text in texts)
        new.writestr("xl/sharedStrings.xml", b"<sst %s>%s</sst>" % (space, items))
    return other


def replacing(old: bytes, new: bytes) -> Callable[[bytes], bytes]:
    """Return what replaces something in a part; it must be there."""

    def replace(content: bytes) -> bytes:
        assert old in content
        return content.replace(old, new)

    return replace


def cells(path: Path) -> list[tuple[int, list[Cell]]]:
    """Return the rows of the first sheet of a workbook as they are read."""
    with workbook.opened(path) as book:
        return [(row.number, list(row.cells)) for row in book.tables()[0].rows(None)]


def below_header(path: Path) -> tuple[Sheet, list[tuple[int, list[Any]]]]:
    """Return the sheet that is found in a workbook, and its rows."""
    with workbook.opened(path) as book:
        found = sheet.find(book.tables())
        return found, [(row.number, list(row.cells)) for row in found.rows()]
