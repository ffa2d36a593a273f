"""CSV is read as spreadsheets and portals write it; what is broken is said with its place."""

from __future__ import annotations

import csv
import io
import itertools
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bot.errors import PlainError
from bot.proposals import delimited, sheet
from tests.bot.proposals.files import csv_file

HEADER = "Nomor Registrasi;Edisi;Kategori;Judul\n"
ROW = "UPK-1;2026;pengabdian;Batik\n"


def read(path: Path) -> list[tuple[int, list[object]]]:
    found = sheet.find(delimited.tables(path))
    return [(row.number, list(row.cells)) for row in found.rows()]


@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_every_usual_form_is_read(tmp_path: Path, delimiter: str, encoding: str, end: str) -> None:
    text = (HEADER + "UPK-1;2026;pengabdian;Pembinaan – “batik”\n").replace(";", delimiter).replace("\n", end)

    rows = read(csv_file(tmp_path, text.encode(encoding)))

    assert rows == [(2, ["UPK-1", "2026", "pengabdian", "Pembinaan – “batik”"])]


def test_titles_above_the_header_and_blank_lines_are_passed_over(tmp_path: Path) -> None:
    text = f"sep=;\nDaftar usulan, per 1 Oktober;;;\n\n{HEADER}\n;;;\n{ROW}  ; ;;\n"

    assert read(csv_file(tmp_path, text)) == [(7, ["UPK-1", "2026", "pengabdian", "Batik"])]


def test_a_row_is_counted_as_a_spreadsheet_counts_it_also_after_a_text_of_several_lines(tmp_path: Path) -> None:
    text = HEADER + 'UPK-1;2026;pengabdian;"Batik\ntulis; ""halus"""\n' + ROW

    assert [(number, cells[3]) for number, cells in read(csv_file(tmp_path, text))] == [
        (2, 'Batik\ntulis; "halus"'),
        (3, "Batik"),
    ]


def test_the_share_that_is_read_rises_to_the_whole(tmp_path: Path) -> None:
    found = sheet.find(delimited.tables(csv_file(tmp_path, HEADER + ROW * 2000)))
    shares = [row.share for row in found.rows()]

    assert shares == sorted(shares)
    assert (shares[0] < 1, shares[-1]) == (True, 1)


@pytest.mark.parametrize(
    ("content", "complaint"),
    [
        (
            HEADER.encode() + b"UPK-1;2026;pengabdian;Caf\xe9\n",
            "is not UTF-8 text (line 2); save it again as UTF-8. In Excel: File, Save As, CSV UTF-8.",
        ),
        (HEADER.encode("utf-16-le"), "Line 1 has a NUL character"),
        ((HEADER + ROW).encode("utf-16")[:-1], "is broken UTF-16 text"),
        ((HEADER + "UPK\0;2026;pengabdian;Batik\n").encode(), "Line 2 has a NUL character"),
        (
            (HEADER + ROW + 'UPK-2;2026;pengabdian;"Batik\n' + ROW).encode(),
            "Row 3, at line 3, cannot be read: a quotation mark opens a text there and nothing closes it.",
        ),
        (
            (HEADER + 'UPK-2;2026;pengabdian;"Batik" halus\n').encode(),
            "Row 2, at line 2, cannot be read: a quotation mark stands within a text there.",
        ),
        (
            (HEADER + 'UPK-2;2026;pengabdian;"' + "b" * 200_000 + '"\n').encode(),
            "a quotation mark opens a text there and nothing closes it",
        ),
        (HEADER.encode() + b"b" * delimited.LINE_LIMIT, "Line 2 is longer than 1,048,576 characters"),
    ],
    ids=["Latin 1", "UTF-16 without mark", "half", "NUL", "open", "inner", "long text", "long line"],
)
def test_broken_text_is_refused_with_its_place(tmp_path: Path, content: bytes, complaint: str) -> None:
    with pytest.raises(PlainError) as caught:
        read(csv_file(tmp_path, content))

    assert complaint in str(caught.value)


def test_a_quotation_mark_that_is_never_closed_in_the_header_is_told_too(tmp_path: Path) -> None:
    with pytest.raises(PlainError, match="Row 1, at line 1, cannot be read"):
        read(csv_file(tmp_path, '"' + HEADER + ROW))


def test_a_file_that_is_too_large_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "usulan.csv"
    with path.open("wb") as file:
        file.truncate(delimited.SIZE_LIMIT + 1)

    with pytest.raises(PlainError, match="is larger than 256 MiB"):
        delimited.tables(path)


TEXTS = st.text(st.characters(codec="utf-8", exclude_characters="\0"), max_size=30)
numbers = itertools.count()


@settings(deadline=None, derandomize=True, database=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(TEXTS, min_size=1, max_size=5), st.sampled_from(delimited.DELIMITERS))
def test_what_a_program_writes_is_read_as_it_was(tmp_path: Path, texts: list[str], delimiter: str) -> None:
    rows = [["UPK-1", "2026", "pengabdian", text] for text in texts]
    written = io.StringIO()
    csv.writer(written, delimiter=delimiter).writerows([HEADER.strip().split(";"), *rows])

    path = csv_file(tmp_path, written.getvalue().encode(), f"{next(numbers)}.csv")

    assert [cells for _, cells in read(path)] == rows


@settings(deadline=None, derandomize=True, database=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.binary(max_size=300), st.booleans())
def test_any_bytes_are_read_or_refused(tmp_path: Path, content: bytes, headed: bool) -> None:
    path = csv_file(tmp_path, (HEADER.encode() if headed else b"") + content, f"{next(numbers)}.csv")

    try:
        found: object = read(path)
    except PlainError as error:
        found = str(error)

    assert found is not None
