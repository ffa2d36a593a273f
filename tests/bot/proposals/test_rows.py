"""A row becomes what it says of a proposal, or all the reasons why it says nothing."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.proposals import columns, values
from bot.proposals.columns import FIELDS
from bot.proposals.rows import Reader
from bot.proposals.sheet import Cell, Fault, Row
from handlers.wording import Wording
from storage.proposals import links, proof
from storage.proposals.records import Entry
from storage.proposals.staging import Unreadable

NOW = datetime(2026, 11, 24, 3, 0, tzinfo=UTC)
NAMES = values.state_names(Wording.load())
GOOD: dict[str, Cell] = {"number": "UPK-1", "edition": 2026, "category": "pengabdian"}
FOUND = columns.recognise(["access code" if field == "code" else field for field in FIELDS])
assert FOUND is not None
READER = Reader(FOUND, NAMES, NOW, exact=True)


def read(*more: Cell, reader: Reader = READER, **given: Cell) -> Entry | Unreadable:
    filled = GOOD | given
    return reader.read(Row(2, [*(filled.get(field) for field in FIELDS), *more], 1.0))


def reasons(*more: Cell, **given: Cell) -> list[str]:
    found = read(*more, **given)
    assert isinstance(found, Unreadable)
    return found.reason.split("; ")


def test_a_full_row_says_all_of_a_proposal() -> None:
    assert read(
        number=" upk-1 ",
        title="Batik",
        phone=81234567890,
        state="Seleksi administrasi",
        entered_at="12 Oktober 2026",
        released_at="01/11/2026 10.00",
        code="7kqm-2b9t-xw4c",
        code_expires_at="31/12/2026",
    ) == Entry(
        number="UPK-1",
        edition=2026,
        category="pengabdian",
        title="Batik",
        phone_sha256=proof.phone_hash("6281234567890"),
        code_sha256=proof.code_hash("UPK-1", "7KQM2B9TXW4C"),
        code_expires_at=datetime(2026, 12, 31, 17, tzinfo=UTC),
        state="seleksi_administrasi",
        entered_at=datetime(2026, 10, 11, 17, tzinfo=UTC),
        released_at=datetime(2026, 11, 1, 3, tzinfo=UTC),
    )


def test_blank_cells_and_columns_that_are_not_there_say_nothing() -> None:
    short = Reader(columns.recognise(["number", "edition", "category", "title"]) or FOUND, NAMES, NOW, exact=True)

    assert read(title=" ") == Entry("UPK-1", 2026, "pengabdian")
    assert short.read(Row(2, ["UPK-1", "2026", "pengabdian"], 1.0)) == Entry("UPK-1", 2026, "pengabdian")


def test_a_code_without_an_end_ends_after_the_usual_time() -> None:
    found = read(code="7KQM2B9TXW4C")

    assert isinstance(found, Entry)
    assert found.code_expires_at == NOW + links.ACCESS_CODE_LIFE


def test_an_end_without_a_code_says_nothing() -> None:
    assert read(code_expires_at="31/12/2026") == Entry("UPK-1", 2026, "pengabdian")


@pytest.mark.parametrize("phone", ["0812-3456-7890", "'081234567890", "+62 812 3456 7890", "(0812) 34567890"])
def test_a_phone_number_comes_in_any_form(phone: str) -> None:
    found = read(phone=phone)

    assert isinstance(found, Entry)
    assert found.phone_sha256 == proof.phone_hash("6281234567890")


def test_every_reason_is_told_at_once() -> None:
    assert reasons(number="batik", edition="26", category="emas", phone="0812 / 0813", code="U") == [
        "the registration number (Nomor registrasi) holds 'batik'",
        "it must have 3 to 40 letters A to Z, digits or . / _ - , and at least one digit",
        "the edition (Edisi) holds '26', which is no year like 2026",
        "the category (Kategori) holds 'emas'",
        "there are pengabdian and kepeloporan",
        "the phone number (No. HP) holds no single phone number like 0812-3456-7890",
        "the access code (Kode akses) must have 8 to 32 letters A to Z (without U) or digits",
    ]


@pytest.mark.parametrize("field", ["number", "edition", "category"])
def test_what_must_be_there_and_is_not_is_told(field: str) -> None:
    (reason,) = reasons(**{field: None})

    assert reason.endswith("is missing: fill it in, or delete the row")


def test_a_number_that_a_sheet_has_spoilt_is_not_taken() -> None:
    day = datetime(2026, 1, 2, tzinfo=UTC)

    assert "was made a date by Excel: format the column as Text" in reasons(number=day)[0]
    assert read(number=day) == Unreadable("", reasons(number=day)[0])
    assert "digits are lost" in reasons(number=1.23e30)[0]
    assert "holds the error #N/A" in reasons(phone=Fault("holds the error #N/A"))[0]


def test_an_unreadable_row_is_named_by_its_number_as_it_was_written() -> None:
    found = read(number=f"\N{RIGHT-TO-LEFT OVERRIDE}ab c{'d' * 99}")

    assert isinstance(found, Unreadable)
    assert found.number == f"ab c{'d' * 35}…"


def test_a_row_of_csv_with_more_cells_than_the_header_is_refused() -> None:
    assert isinstance(read("", " "), Entry)
    assert reasons("tulis") == [
        "it has 11 cells and the header 10: a text with a comma in it needs quotation marks",
    ]


def test_notes_beside_the_table_of_a_workbook_do_no_harm() -> None:
    assert isinstance(read("cek lagi", reader=Reader(READER.columns, NAMES, NOW, exact=False)), Entry)


ATTACKS = [
    "=cmd|' /C calc'!A0",
    "@SUM(1+1)*cmd|' /C calc'!A0",
    "'; DROP TABLE proposals; --",
    '" OR ""="',
    "<script>alert(1)</script>",
    "{{7*7}}{% raise %}",
    "UPK\0-1",
    "\x1b[2J",
    "9" * 40_000,
    "\N{RIGHT-TO-LEFT OVERRIDE}gnp.exe",
    "../../etc/passwd",
    "${jndi:ldap://a}",
]


@pytest.mark.parametrize("attack", ATTACKS, ids=range(len(ATTACKS)))
@pytest.mark.parametrize("field", FIELDS)
def test_whatever_stands_in_a_cell_is_plain_data_or_refused(field: str, attack: str) -> None:
    found = read(**{field: attack})

    if isinstance(found, Unreadable):
        assert found.reason.isprintable()
        assert found.number.isprintable()
        assert len(found.number) <= values.SHOWN
        assert len(found.reason) < 500
    else:
        assert field == "title"
        assert len(found.title or "") <= values.TITLE_LIMIT


@settings(deadline=None, derandomize=True, database=None, max_examples=300)
@given(
    st.dictionaries(
        st.sampled_from(FIELDS),
        st.one_of(st.text(), st.integers(), st.floats(), st.booleans(), st.datetimes(), st.none()),
    )
)
def test_any_row_is_an_entry_or_has_a_reason(cells: dict[str, Any]) -> None:
    found = read(**cells)

    if isinstance(found, Unreadable):
        assert found.reason
    else:
        assert found == Entry(**{name: getattr(found, name) for name in Entry.__slots__})
        assert found.edition in values.EDITIONS
        assert proof.number(found.number) == found.number
