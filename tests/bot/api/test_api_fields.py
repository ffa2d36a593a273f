"""The patterns in the description say the same as the one place that knows numbers, codes and phones."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from bot.api import fields, models
from storage.proposals import proof

SIGNS = " ().+-/_"
FIRST, LAST = datetime(1900, 1, 2), datetime(2999, 12, 30)  # noqa: DTZ001 - each gets its offset
FORMS = {
    "number": (proof.number, fields.NUMBER_PATTERN),
    "code": (proof.code, fields.CODE_PATTERN),
    "phone": (proof.phone, fields.PHONE_PATTERN),
}


@pytest.mark.parametrize("name", FORMS)
@settings(max_examples=100, deadline=None, database=None, derandomize=True)
@given(data=st.data())
def test_what_a_pattern_takes_has_a_form(name: str, data: st.DataObject) -> None:
    form, pattern = FORMS[name]

    assert form(data.draw(st.from_regex(pattern, fullmatch=True))) is not None


@pytest.mark.parametrize("name", ["number", "code"])
@settings(max_examples=400, deadline=None, database=None, derandomize=True)
@given(text=st.text(alphabet="0123456789" * 3 + "abcABCOILUilou -", max_size=45))
@example(text="A" * 39 + "1")
@example(text="A" * 40 + "1")
@example(text="A" * 37 + "/_-1 ")
@example(text="-A1")
@example(text="A-1-")
@example(text="0" * 40)
def test_what_has_a_form_is_taken_unless_it_is_separated_as_nobody_does(name: str, text: str) -> None:
    form, pattern = FORMS[name]
    taken = re.fullmatch(pattern, text) is not None

    assert taken == (form(text) is not None) or re.search("[ -]{4}", text)


@pytest.mark.parametrize(
    "text",
    [
        "0812-0000-0000",
        "+62 812 0000 0000",
        "(+62) 812.0000.0000",
        "0062 812 00000000",
        "81200000000",
        "(021) - 5255509",
    ],
)
def test_a_phone_number_is_taken_as_people_write_it(text: str) -> None:
    assert re.fullmatch(fields.PHONE_PATTERN, text)


@pytest.mark.parametrize("name", FORMS)
@pytest.mark.parametrize("text", ["٠٨١٢٣٤٥٦٧٨٩", "ß1ab1ß", "\u00a01234567", "12345678\n", "\t12345678"])
def test_a_pattern_takes_no_signs_that_only_look_alike(name: str, text: str) -> None:
    assert re.fullmatch(FORMS[name][1], text) is None


@pytest.mark.parametrize(
    "pattern", [fields.NUMBER_PATTERN, fields.CODE_PATTERN, fields.PHONE_PATTERN, fields.MOMENT_PATTERN]
)
@pytest.mark.parametrize(
    "text",
    [
        " " * 60_000,
        "1" * 60_000,
        "1 " * 30_000,
        "0-" * 30_000,
        "a" * 60_000 + "!",
        "a1" + " " * 60_000 + "!",
        "a1" + "- " * 30_000,
    ],
)
def test_a_long_text_is_refused_at_once(pattern: str, text: str) -> None:
    match: Callable[[], object] = lambda: re.fullmatch(pattern, text)  # noqa: E731 - what would hang if it were slow

    assert match() is None


@given(at=st.datetimes(FIRST, LAST), offset=st.integers(-23 * 60, 23 * 60))
@settings(max_examples=200, deadline=None, database=None)
def test_a_time_with_an_offset_is_taken_in_utc(at: datetime, offset: int) -> None:
    sign, hours, minutes = "-" if offset < 0 else "+", *divmod(abs(offset), 60)
    sent = f"{at.isoformat()}{sign}{hours:02}:{minutes:02}"
    body = {"edition": 2026, "state": "penjurian", "at": sent}
    read = models.Release.model_validate(body).root.at

    assert read == at.replace(tzinfo=UTC) - timedelta(minutes=offset)
