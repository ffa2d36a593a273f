"""Cells are understood as people fill them in, and what cannot be understood is said, not guessed."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.clock import JAKARTA
from bot.proposals import values
from bot.proposals.sheet import Cell, Fault
from bot.proposals.values import CellError
from handlers.wording import LANGUAGES, Wording
from storage.proposals import states

PURE = settings(deadline=None, derandomize=True, database=None)
NAMES = values.state_names(Wording.load())


def jakarta(*when: int) -> datetime:
    return datetime(*when, tzinfo=JAKARTA)


def naive(*when: int) -> datetime:
    """Return a time without an offset, as Excel has them."""
    return jakarta(*when).replace(tzinfo=None)


@pytest.mark.parametrize(
    ("cell", "text"),
    [
        (None, None),
        ("", None),
        ("  \t ", None),
        (10**15 - 1, "999999999999999"),
        ("\N{ZERO WIDTH SPACE}", None),
        (" Batik\n  Tulis ", "Batik Tulis"),
        ("\N{LEFT-TO-RIGHT EMBEDDING}+62 812\N{POP DIRECTIONAL FORMATTING}", "+62 812"),
        (1234, "1234"),
        ("=1+1", "=1+1"),
    ],
)
def test_a_text_is_what_can_be_seen(cell: Cell, text: str | None) -> None:
    assert values.text(cell) == text


@pytest.mark.parametrize(
    ("cell", "reason"),
    [
        (Fault("holds the error #N/A"), "holds the error #N/A"),
        (True, "TRUE or FALSE"),
        (naive(2026, 1, 2), "was made a date by Excel"),
        (12.5, "digits are lost"),
        (1e15, "digits are lost"),
        (10**15, "digits are lost"),
        (-(10**15), "digits are lost"),
        (float("nan"), "digits are lost"),
        ("a\0b", "cannot be printed"),
        ("a\x1b[31m", "cannot be printed"),
        ("\ue000", "cannot be printed"),
    ],
)
def test_what_is_no_text_is_refused(cell: Cell, reason: str) -> None:
    with pytest.raises(CellError, match=reason):
        values.text(cell)


@pytest.mark.parametrize("cell", ["6,28123E+12", "6.28123E+12", "1E+15", "6.28E12"])
def test_a_number_that_a_spreadsheet_has_shortened_is_refused(cell: str) -> None:
    with pytest.raises(CellError, match="digits are lost"):
        values.identifier(cell)


def test_the_apostrophe_that_keeps_a_text_a_text_is_left_out() -> None:
    assert values.identifier("'0812") == "0812"
    assert values.identifier("'") is None
    assert values.identifier(None) is None


@pytest.mark.parametrize(("length", "good"), [(299, True), (300, True), (301, False), (40_000, False)])
def test_a_title_is_at_most_300_characters_long(length: int, good: bool) -> None:
    if good:
        assert values.title("b" * length) == "b" * length
    else:
        with pytest.raises(CellError, match="300 are allowed"):
            values.title("b" * length)


@pytest.mark.parametrize(
    ("cell", "year"),
    [
        (2026, 2026),
        pytest.param("2026", 2026, id="as text"),
        (" Edisi 2026", 2026),
        ("Upakarti Tahun 2026", 2026),
        ("edition2026", 2026),
        (1985, 1985),
        (2999, 2999),
        (None, None),
    ],
)
def test_an_edition_is_a_year(cell: Cell, year: int | None) -> None:
    assert values.edition(cell) == year


@pytest.mark.parametrize("cell", [1984, 3000, "26", "dua ribu", "2026/2027", "2026; DROP TABLE", "٢٠٢٦"])
def test_what_is_no_year_of_the_award_is_refused(cell: Cell) -> None:
    with pytest.raises(CellError, match="no year like 2026"):
        values.edition(cell)


@pytest.mark.parametrize("cell", ["pengabdian", "PENGABDIAN ", "Jasa Pengabdian", "Dedication (Jasa Pengabdian)"])
def test_a_category_is_known_by_its_names(cell: str) -> None:
    assert values.category(cell) == "pengabdian"


def test_other_categories_are_refused() -> None:
    assert values.category("Pioneering") == "kepeloporan"
    assert values.category("") is None
    with pytest.raises(CellError, match="'emas'; there are pengabdian and kepeloporan"):
        values.category("emas")


@pytest.mark.parametrize("state", states.known())
def test_a_state_is_known_by_its_id_and_its_names_in_both_languages(state: str) -> None:
    wording = Wording.load()
    names = [wording.say(f"status_states.{state}", language) for language in LANGUAGES]

    assert {values.state(name, NAMES) for name in (state, state.upper(), *names, f" {names[0].upper()} ")} == {state}


def test_every_state_has_a_name_and_every_name_a_state() -> None:
    assert [set(Wording.load().group("status_states", language)) for language in LANGUAGES] == [set(states.known())] * 2


def test_what_explains_a_state_beside_its_name_does_no_harm() -> None:
    named = "Peninjauan lapangan / fact finding (lolos substansi)"

    assert values.state(named, NAMES) == "peninjauan_lapangan"
    assert values.state(None, NAMES) is None


def test_other_states_are_refused_with_those_there_are() -> None:
    with pytest.raises(CellError) as caught:
        values.state("menang", NAMES)

    assert "'menang', which is no status; there are usulan_diterima, seleksi_administrasi" in str(caught.value)


@pytest.mark.parametrize(
    ("cell", "moment"),
    [
        ("2026-10-12", jakarta(2026, 10, 12)),
        ("2026-10-12 09:30", jakarta(2026, 10, 12, 9, 30)),
        ("2026-10-12T09:30:15", jakarta(2026, 10, 12, 9, 30, 15)),
        ("2026-10-12 09.30", jakarta(2026, 10, 12, 9, 30)),
        ("2026-10-12T09:30:00+00:00", datetime(2026, 10, 12, 9, 30, tzinfo=UTC)),
        ("2026-10-12T09:30Z", datetime(2026, 10, 12, 9, 30, tzinfo=UTC)),
        ("12/10/2026", jakarta(2026, 10, 12)),
        ("1/2/2026", jakarta(2026, 2, 1)),
        ("12-10-2026 09.30", jakarta(2026, 10, 12, 9, 30)),
        ("12.10.2026 9:30", jakarta(2026, 10, 12, 9, 30)),
        ("12 Oktober 2026", jakarta(2026, 10, 12)),
        ("12 oktober 2026 pukul 09.30 WIB", jakarta(2026, 10, 12, 9, 30)),
        ("12 Oktober 2026, 10.30 WITA", jakarta(2026, 10, 12, 9, 30)),
        ("2026-10-12 11:30 WIT", jakarta(2026, 10, 12, 9, 30)),
        ("12-Okt-2026", jakarta(2026, 10, 12)),
        ("5 Agustus 2026", jakarta(2026, 8, 5)),
        ("5 Aug 2026", jakarta(2026, 8, 5)),
        ("5 Mei 2026 09:30:15", jakarta(2026, 5, 5, 9, 30, 15)),
        (naive(2026, 10, 12, 9, 30), jakarta(2026, 10, 12, 9, 30)),
        (datetime(2026, 10, 12, 9, 30, tzinfo=UTC), datetime(2026, 10, 12, 9, 30, tzinfo=UTC)),
        ("", None),
        (None, None),
    ],
)
def test_a_time_is_the_day_first_and_jakartas(cell: Cell, moment: datetime | None) -> None:
    found = values.moment(cell)

    assert found == moment
    assert found is None or found.tzinfo is UTC


@pytest.mark.parametrize(
    "cell", ["31/02/2026", "12/13/2026", "10/31/2026", "12 Oktubir 2026", "2026-13-01", "1/1/2026 25:00", "0/1/2026"]
)
def test_a_date_that_there_is_none_of_is_refused(cell: str) -> None:
    with pytest.raises(CellError, match="a date that there is none of; the day comes first"):
        values.moment(cell)


@pytest.mark.parametrize("cell", ["besok", "12/10/26", "12/10-2026", "46024", "Q4 2026", "2026", "12/10/2026 <b>"])
def test_what_is_no_date_is_refused_with_an_example(cell: str) -> None:
    with pytest.raises(CellError, match="no date like 2026-10-12, 12/10/2026 or 12 Oktober 2026"):
        values.moment(cell)


@pytest.mark.parametrize(
    ("cell", "reason"),
    [
        (46024, "holds the number 46024: format the column as a date"),
        (46024.5, "holds the number 46024.5"),
        (True, "TRUE or FALSE"),
        ("1984-12-31", "holds the year 1984"),
        (naive(1900, 1, 1), "holds the year 1900"),
        (Fault("holds the error #REF!"), "holds the error #REF!"),
    ],
)
def test_other_cells_are_no_time(cell: Cell, reason: str) -> None:
    with pytest.raises(CellError, match=reason):
        values.moment(cell)


@pytest.mark.parametrize(
    ("cell", "moment"),
    [
        ("31/12/2026", jakarta(2027, 1, 1)),
        ("2026-12-31", jakarta(2027, 1, 1)),
        (naive(2026, 12, 31), jakarta(2027, 1, 1)),
        ("31/12/2026 17.00", jakarta(2026, 12, 31, 17)),
        ("2026-12-31T00:00:00+07:00", jakarta(2026, 12, 31)),
    ],
)
def test_what_ends_on_a_day_ends_with_it(cell: Cell, moment: datetime) -> None:
    assert values.moment(cell, ends=True) == moment


@PURE
@given(st.datetimes(min_value=naive(1985, 1, 2), max_value=naive(2999, 12, 30)))
def test_every_time_is_understood_however_it_is_written(when: datetime) -> None:
    when = when.replace(second=0, microsecond=0)
    expected = when.replace(tzinfo=JAKARTA)

    for form in ("%Y-%m-%d %H:%M", "%d/%m/%Y %H.%M", "%d-%m-%Y %H:%M", "%d %B %Y %H:%M WIB"):
        assert values.moment(when.strftime(form)) == expected
    assert values.moment(when) == expected


@PURE
@given(st.one_of(st.text(), st.integers(), st.floats(), st.booleans(), st.datetimes(), st.none()))
def test_any_cell_is_understood_or_refused(cell: Cell) -> None:
    for read in (values.text, values.identifier, values.title, values.edition, values.category, values.moment):
        try:
            found: object = read(cell)
        except CellError as error:
            found = str(error)
        assert not isinstance(found, str) or found.isprintable()


@PURE
@given(st.text())
def test_what_is_repeated_to_people_is_short_and_harmless(written: str) -> None:
    seen = values.shown(written)

    assert seen.isprintable()
    assert len(seen) <= values.SHOWN


def test_the_last_day_of_an_end_is_a_day_long() -> None:
    assert values.moment("1/1/2026", ends=True) == jakarta(2026, 1, 1) + timedelta(days=1)
