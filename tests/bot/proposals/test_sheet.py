"""The header is found where people put it, and what it lacks is named."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from bot.errors import PlainError
from bot.proposals import sheet
from bot.proposals.sheet import HEADER_WITHIN, Cell, Row, Table

HEADER: list[Cell] = ["No. Registrasi", "Edisi", "Kategori"]
LINE: list[Cell] = ["UPK-1", 2026, "pengabdian"]


def table(*rows: list[Cell], name: str | None = None, first: int = 1, wrong: str = "") -> Table:
    def read(_header: int | None) -> Iterator[Row]:
        for number, cells in enumerate(rows, start=first):
            yield Row(number, cells, 1.0)
        if wrong:
            raise PlainError(wrong)

    return Table(name, read)


def complaint(*tables: Table) -> str:
    with pytest.raises(PlainError) as caught:
        sheet.find(tables)
    return str(caught.value)


def test_the_rows_below_the_header_are_those_of_proposals() -> None:
    found = sheet.find([table(["Daftar", None], ["Kategori", 5], HEADER, LINE, LINE)])

    assert found.header == 3
    assert [row.number for row in found.rows()] == [4, 5]


def test_a_header_is_looked_for_in_the_first_rows_only() -> None:
    title: list[Cell] = ["Daftar"]

    assert sheet.find([table(*[title] * (HEADER_WITHIN - 1), HEADER)]).header == HEADER_WITHIN
    for late in (table(*[title] * HEADER_WITHIN, HEADER), table(HEADER, first=HEADER_WITHIN + 1)):
        assert complaint(late) == (
            "None of the first 20 rows is a header; one row must name the columns, at least the registration number"
            " (Nomor registrasi), the edition (Edisi), the category (Kategori)."
        )


def test_missing_columns_are_named_for_the_most_likely_header() -> None:
    said = complaint(
        table(["Edisi", "Kategori"], name="Ringkasan"),
        table(["Edisi", "Status", "No. HP"], name="Usulan"),
        table(["Catatan"], name="Catatan"),
    )

    assert said == (
        "The header in row 1 of the sheet 'Usulan' has no column for the registration number (Nomor registrasi) and"
        " the category (Kategori): add it, then import again."
    )
    assert complaint(table(["Edisi", "Kategori"])).startswith("The header in row 1 has no column for the registration")


def test_what_is_wrong_with_one_table_matters_only_when_no_other_is_good() -> None:
    broken = table(["x"], wrong="a quotation mark is open", name="A")

    assert sheet.find([broken, table(HEADER, name="B")]).table.name == "B"
    assert complaint(broken, table(["x"])) == "a quotation mark is open"


def test_a_file_without_tables_has_no_header() -> None:
    assert complaint().startswith("None of the first 20 rows is a header")
