"""Workbooks are read as Excel and other programs save them; what would make a wrong row is refused with its place."""

from __future__ import annotations

import zipfile
from datetime import UTC, date, datetime, time
from pathlib import Path
from typing import Any

import pytest
from openpyxl import Workbook
from openpyxl.utils.datetime import MAC_EPOCH

from bot.errors import PlainError
from bot.proposals import workbook, worksheet
from bot.proposals.sheet import Fault
from tests.bot.proposals.files import HEADER, SHEET_XML, below_header, cells, replacing, shared, xlsx_file

ROW = ("UPK-1", 2026, "pengabdian")
NOON = datetime(2026, 10, 12, 12, 30, tzinfo=UTC).replace(tzinfo=None)


def refusal(path: Path) -> str:
    with pytest.raises(PlainError) as caught:
        below_header(path)
    return str(caught.value)


def cell_xml(xml: bytes) -> dict[str, Any]:
    """Return what puts a cell of one's own making in the place of the cell with 4711."""
    return {"parts": {SHEET_XML: replacing(b'<c r="A1" t="n"><v>4711</v></c>', xml)}}


@pytest.mark.parametrize("kept", [True, False])
def test_texts_numbers_and_dates_are_read_whether_texts_are_shared_or_not(tmp_path: Path, *, kept: bool) -> None:
    path = xlsx_file(tmp_path, [HEADER, ("UPK-1", 2026.0, " a ", 12.5, NOON, date(2026, 10, 12), True, None, "=x")])

    rows = cells(path if kept else shared(path))

    assert rows[1][0] == 2
    assert rows[1][1][:7] == ["UPK-1", 2026, " a ", 12.5, NOON, NOON.replace(hour=0, minute=0), True]


@pytest.mark.parametrize(
    ("xml", "value"),
    [
        (b'<c r="A1"><v>1234.0</v></c>', 1234),
        (b'<c r="A1"><v>1.234E3</v></c>', 1234),
        (b'<c r="A1"><v>999999999999999</v></c>', 999_999_999_999_999),
        (b'<c r="A1"><v>9007199254740993</v></c>', 9_007_199_254_740_993),
        (b'<c r="A1"><v>1.23E30</v></c>', 1.23e30),
        (b'<c r="A1"><v>1E999</v></c>', float("inf")),
        (b'<c r="A1"><f>1+1</f><v>2</v></c>', 2),
        (b'<c r="A1" t="str"><f>A2</f><v>UPK_x002D_1</v></c>', "UPK-1"),
        (b'<c r="A1" t="str"><v>a_x0000_b</v></c>', "a\0b"),
        (b'<c r="A1" t="inlineStr"><is><r><t>Batik </t></r><r><t>tulis</t></r></is></c>', "Batik tulis"),
        (b'<c t="b"><v>0</v></c>', False),
        (b'<c r="A1" t="d"><v>2026-10-12T12:30:00</v></c>', NOON),
        (b'<c r="A1" t="d"><v>2026-13-12</v></c>', Fault("holds a date that there is none of")),
        (b'<c r="A1" t="e"><v>#N/A</v></c>', Fault("holds the error #N/A")),
        (
            b'<c r="A1"><f>1+1</f><v/></c>',
            Fault("holds a formula without a result: open the file in Excel and save it"),
        ),
    ],
)
def test_every_kind_of_cell_is_read(tmp_path: Path, xml: bytes, value: object) -> None:
    ((_, (found,)),) = cells(xlsx_file(tmp_path, [(4711,)], **cell_xml(xml)))

    assert (found, type(found)) == (value, type(value))


@pytest.mark.parametrize("xml", [b'<c r="A1"/>', b'<c r="A1" t="str"><f>B1</f><v></v></c>', b'<c r="A1" s="0"/>'])
def test_a_row_with_nothing_in_it_is_blank(tmp_path: Path, xml: bytes) -> None:
    assert cells(xlsx_file(tmp_path, [(4711,), (" ",), (1,)], **cell_xml(xml))) == [(3, [1])]


@pytest.mark.parametrize(
    ("serial", "value"),
    [
        (46307.52083333334, NOON),
        (0.5, Fault("holds a time without a date")),
        (-3, Fault("holds a time without a date")),
        (1e9, Fault("holds a date that there is none of")),
    ],
)
def test_a_number_shown_as_a_date_is_one(tmp_path: Path, serial: float, value: object) -> None:
    def as_date(book: Workbook) -> None:
        book.active["A1"].number_format = "dd/mm/yyyy hh:mm"

    assert cells(xlsx_file(tmp_path, [(serial,)], change=as_date)) == [(1, [value])]


def test_a_workbook_from_an_old_mac_has_its_own_first_day(tmp_path: Path) -> None:
    def on_mac(book: Workbook) -> None:
        book.epoch = MAC_EPOCH

    assert cells(xlsx_file(tmp_path, [(NOON,)], change=on_mac)) == [(1, [NOON])]


def test_a_time_of_day_is_no_date(tmp_path: Path) -> None:
    assert cells(xlsx_file(tmp_path, [(time(9, 30),)])) == [(1, [Fault("holds a time without a date")])]


def test_hidden_rows_are_marked_and_gaps_keep_their_numbers(tmp_path: Path) -> None:
    def hide(book: Workbook) -> None:
        book.active.row_dimensions[3].hidden = True
        book.active["A9"] = "UPK-9"

    with workbook.opened(xlsx_file(tmp_path, [HEADER, ROW, ROW], change=hide)) as book:
        rows = list(book.tables()[0].rows(None))

    assert [(row.number, row.hidden) for row in rows] == [(1, False), (2, False), (3, True), (9, False)]
    assert rows[-1].share == 1


def test_the_first_visible_sheet_with_a_header_is_read(tmp_path: Path) -> None:
    def add_sheets(book: Workbook) -> None:
        book.active.title = "Petunjuk"
        hidden = book.create_sheet("Lama")
        hidden.sheet_state = "hidden"
        for each in (hidden, book.create_sheet("Usulan 2026"), book.create_sheet("Salinan")):
            each.append(HEADER)
            each.append((f"{each.title}-1", 2026, "pengabdian"))
        book.create_chartsheet("Grafik")

    found, rows = below_header(xlsx_file(tmp_path, [("Isi lembar berikut",)], change=add_sheets))

    assert (found.table.name, found.header, found.others) == ("Usulan 2026", 1, ("Petunjuk", "Salinan"))
    assert rows == [(2, ["Usulan 2026-1", 2026, "pengabdian"])]


def test_merged_cells_below_the_header_are_refused_with_their_ranges(tmp_path: Path) -> None:
    def merge(book: Workbook) -> None:
        book.active.merge_cells("C3:D3")
        book.active.merge_cells("A4:B4")

    said = refusal(xlsx_file(tmp_path, [("Daftar",), HEADER, ROW, ROW], change=merge))

    assert said == (
        "The sheet 'Sheet' has merged cells (C3:D3, A4:B4), so that it cannot be told which row a value belongs to:"
        " select them, choose Unmerge Cells, and fill each cell."
    )


def test_many_merged_cells_are_not_all_named(tmp_path: Path) -> None:
    def merge(book: Workbook) -> None:
        for row in range(2, 9):
            book.active.merge_cells(f"C{row}:D{row}")

    assert "C6:D6 and 2 more)" in refusal(xlsx_file(tmp_path, [HEADER, *[ROW] * 8], change=merge))


def test_a_merged_title_above_the_header_does_no_harm(tmp_path: Path) -> None:
    def merge(book: Workbook) -> None:
        book.active.merge_cells("A1:C1")

    assert below_header(xlsx_file(tmp_path, [("Daftar",), HEADER, ROW], change=merge))[1] == [(3, list(ROW))]


@pytest.mark.parametrize(
    ("old", "new", "complaint"),
    [
        (b'<row r="2">', b'<row r="1">', "The rows of the sheet are not in order after row 1"),
        (b'<row r="2">', b'<row r="1048577">', "The rows of the sheet are not in order"),
        (b'<c r="B2"', b'<c r="A2"', "The cells of row 2 are not in order"),
        (b'<c r="B2"', b'<c r="XFE2"', "The cells of row 2 are not in order"),
        (b'<c r="B2"', b'<c r="?2"', "no Excel workbook, or a damaged one (ValueError"),
        (b"<sheetData>", b"<sheetData><", "no Excel workbook, or a damaged one (ExpatError"),
        (b"<v>2026</v>", b"<v>dua</v>", "no Excel workbook, or a damaged one (ValueError"),
        (b'<c r="B2" t="n"><v>2026</v>', b'<c r="B2" t="s"><v>7</v>', "damaged one (IndexError: no shared text 7"),
        (b"<worksheet", b'<!DOCTYPE a [<!ENTITY b "c">]><worksheet', "The file has a document type in it"),
        (b"UPK-1", b"b" * (worksheet.TEXT_LIMIT + 1), "A cell has more than 65,536 characters"),
    ],
)
def test_a_sheet_that_no_program_saves_is_refused(tmp_path: Path, old: bytes, new: bytes, complaint: str) -> None:
    assert complaint in refusal(xlsx_file(tmp_path, [HEADER, ROW], parts={SHEET_XML: replacing(old, new)}))


def test_shared_texts_are_kept_out_of_memory_and_found_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(worksheet, "_KEPT", 10)
    monkeypatch.setattr(worksheet, "_REMEMBERED", 2)
    texts = ["satu", "dua", "tiga – «empat»", "lima"]

    assert cells(shared(xlsx_file(tmp_path, [texts, texts]))) == [(1, texts), (2, texts)]


def test_how_a_shared_text_is_pronounced_is_no_part_of_it(tmp_path: Path) -> None:
    path = xlsx_file(
        tmp_path,
        [(4711,)],
        **cell_xml(b'<c r="A1" t="inlineStr"><is><t>Batik</t><rPh sb="0" eb="1"><t>batikku</t></rPh></is></c>'),
    )

    assert cells(shared(path)) == [(1, ["Batik"])]


def test_a_text_that_is_not_shared_is_refused(tmp_path: Path) -> None:
    path = shared(xlsx_file(tmp_path, [("Batik", 4711)], parts={SHEET_XML: replacing(b't="n"><v>4711', b't="s"><v>9')}))

    with pytest.raises(PlainError, match="A cell names the text 9, which the workbook does not have"):
        cells(path)


def packed(tmp_path: Path, **parts: bytes) -> Path:
    path = tmp_path / "packed.xlsx"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in parts.items():
            archive.writestr(name, content)
    return path


def test_a_zip_that_is_no_workbook_is_refused(tmp_path: Path) -> None:
    assert "is no Excel workbook, or a damaged one (KeyError" in refusal(packed(tmp_path, mimetype=b"opendocument"))


def test_half_a_workbook_is_refused(tmp_path: Path) -> None:
    path = xlsx_file(tmp_path, [HEADER, ROW])
    path.write_bytes(path.read_bytes()[:-100])

    assert "damaged one (BadZipFile: File is not a zip file). Open it in Excel and save it" in refusal(path)


def test_a_part_whose_bytes_were_changed_is_refused(tmp_path: Path) -> None:
    path = xlsx_file(tmp_path, [HEADER, ROW])
    content = bytearray(path.read_bytes())
    with zipfile.ZipFile(path) as archive:
        place = archive.getinfo(SHEET_XML).header_offset + 60
    content[place : place + 40] = b"\xff" * 40
    path.write_bytes(content)

    assert "or a damaged one" in refusal(path)


def test_a_small_file_that_unpacks_to_much_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(workbook, "UNPACKED_LIMIT", 1_000_000)

    assert "unpacks to more than a list of proposals" in refusal(
        packed(tmp_path, **{SHEET_XML: b" " * 999_000, "xl/styles.xml": b" " * 2_000})
    )


def test_a_part_that_is_read_at_once_may_not_be_large(tmp_path: Path) -> None:
    path = packed(tmp_path, **{"xl/styles.xml": b" " * (workbook.SMALL_LIMIT + 1)})

    assert "unpacks to more than a list of proposals" in refusal(path)


def test_a_file_that_is_too_large_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "usulan.xlsx"
    with path.open("wb") as file:
        file.truncate(workbook.SIZE_LIMIT + 1)

    assert "is larger than 64 MiB" in refusal(path)


def test_a_workbook_in_the_strict_form_is_read(tmp_path: Path) -> None:
    def strict(content: bytes) -> bytes:
        return content.replace(
            b"http://schemas.openxmlformats.org/spreadsheetml/2006/main",
            b"http://purl.oclc.org/ooxml/spreadsheetml/main",
        )

    assert cells(xlsx_file(tmp_path, [ROW], parts={SHEET_XML: strict})) == [(1, list(ROW))]
