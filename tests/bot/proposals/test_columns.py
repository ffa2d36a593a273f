"""Columns are known by the names people give them, and what is missing or twice there is said."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.errors import PlainError
from bot.proposals import columns
from bot.proposals.columns import FIELDS, REQUIRED, Field

PURE = settings(deadline=None, derandomize=True, database=None)


@pytest.mark.parametrize(
    ("name", "field"),
    [
        ("Nomor Registrasi", "number"),
        ("NO. REGISTRASI", "number"),
        ("No Registrasi*", "number"),
        ("nomer pendaftaran", "number"),
        ("No. Usulan (wajib diisi)", "number"),
        ("Registration Number", "number"),
        ("reg. no.", "number"),
        ("number", "number"),
        ("Edisi", "edition"),
        ("Tahun", "edition"),
        ("Year", "edition"),
        ("Kategori Penghargaan", "category"),
        ("category", "category"),
        ("Judul Usulan", "title"),
        ("Nama usulan", "title"),
        ("Title", "title"),
        ("No. HP", "phone"),
        ("No. HP/WA", "phone"),
        ("Nomor  Telepon", "phone"),
        ("Telp.", "phone"),
        ("No. WA", "phone"),
        ("WhatsApp", "phone"),
        ("Phone number", "phone"),
        ("Status", "state"),
        ("Tahap [seleksi]", "state"),
        ("Stage", "state"),
        ("Tanggal Status", "entered_at"),
        ("Tgl. Status", "entered_at"),
        ("sejak", "entered_at"),
        ("since", "entered_at"),
        ("entered_at", "entered_at"),
        ("Dirilis", "released_at"),
        ("tanggal rilis", "released_at"),
        ("Released At", "released_at"),
        ("released_at", "released_at"),
        ("Kode Akses", "code"),
        ("access code", "code"),
        ("access_code", "code"),
        ("Berlaku sampai", "code_expires_at"),
        ("Code expires", "code_expires_at"),
        ("code_expires_at", "code_expires_at"),
        ("No", None),
        ("No.", None),
        ("Nomor", None),
        ("Kode", None),
        ("Nama Pengusul", None),
        ("Catatan", None),
        ("", None),
        ("=cmd|' /C calc'!A0", None),
    ],
)
def test_a_column_is_known_by_its_usual_names(name: str, field: Field | None) -> None:
    assert columns.meaning(name) == field


@pytest.mark.parametrize("field", FIELDS)
def test_a_sentence_about_a_column_names_it_as_a_file_may(field: Field) -> None:
    named = columns.described(field).partition("(")[2].rstrip(")")

    assert columns.meaning(named) == field


def test_a_row_with_one_known_name_is_no_header() -> None:
    assert columns.recognise(["Daftar usulan", "Kategori", ""]) is None


def test_a_header_tells_its_columns_those_ignored_and_those_missing() -> None:
    found = columns.recognise(["No.", "No. Registrasi", "", "Kategori", " Catatan  tim ", ""])

    assert found is not None
    assert found.places == {"number": 1, "category": 3}
    assert found.ignored == ("No.", "Catatan tim")
    assert found.missing == ("edition",)
    assert found.width == 5


def test_two_columns_of_the_same_meaning_are_refused() -> None:
    with pytest.raises(PlainError) as caught:
        columns.recognise(["No. Registrasi", "Edisi", "No. HP", "Telepon"])

    assert str(caught.value) == (
        "The columns C and D both mean the phone number (No. HP): rename or delete one of them."
    )


@pytest.mark.parametrize(("place", "letter"), [(0, "A"), (25, "Z"), (26, "AA"), (701, "ZZ"), (702, "AAA")])
def test_columns_are_named_by_the_letters_of_a_spreadsheet(place: int, letter: str) -> None:
    assert columns.letter(place) == letter


@PURE
@given(st.lists(st.text(), max_size=12))
def test_any_row_is_a_header_or_is_not(names: list[str]) -> None:
    try:
        found = columns.recognise(names)
    except PlainError:
        return
    assert found is None or set(found.missing) <= set(REQUIRED)
