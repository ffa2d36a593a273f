"""Office hours are read from one line, and say when the office is open, by Jakarta's clock."""

from __future__ import annotations

from datetime import datetime

import pytest

from handlers import office_hours
from handlers.office_hours import OfficeHoursError
from handlers.wording import Language, Wording

DEFAULT = office_hours.parse(office_hours.DEFAULT)


def jakarta(text: str) -> datetime:
    return datetime.fromisoformat(f"2026-11-{text}+07:00")


@pytest.mark.parametrize(
    ("moment", "is_open"),
    [
        ("24T07:59:59", False),
        ("24T08:00", True),
        ("24T15:59:59", True),
        ("24T16:00", False),
        ("27T12:00", True),
        ("28T12:00", False),
        ("29T12:00", False),
    ],
)
def test_the_office_is_open_on_its_days_from_its_first_minute_to_its_last(moment: str, is_open: bool) -> None:
    assert DEFAULT.is_open(jakarta(moment)) == is_open


@pytest.mark.parametrize(
    ("now", "opens"),
    [
        ("24T07:59", "24T08:00"),
        ("24T08:00", "25T08:00"),
        ("24T17:00", "25T08:00"),
        ("27T17:00", "30T08:00"),
        ("28T09:00", "30T08:00"),
    ],
)
def test_the_next_opening_is_after_now(now: str, opens: str) -> None:
    assert DEFAULT.next_opening(jakarta(now)) == jakarta(opens)


def test_one_day_a_week_opens_again_after_a_week() -> None:
    hours = office_hours.parse("tue 8:00-9:30")

    assert hours.next_opening(jakarta("17T08:00")) == jakarta("24T08:00")


def test_days_may_go_over_the_end_of_the_week() -> None:
    hours = office_hours.parse("Sat-Mon 08:00-16:00")
    noons = [jakarta(f"{day}T12:00") for day in range(23, 30)]  # Monday to Sunday

    assert [hours.is_open(noon) for noon in noons] == [True, False, False, False, False, True, True]


@pytest.mark.parametrize(
    ("language", "told"),
    [
        ("id", "Senin–Kamis pukul 08.00–16.00 WIB; Jumat pukul 08.00–16.30 WIB"),
        ("en", "Monday to Thursday, 08:00 to 16:00 Jakarta time; Friday, 08:00 to 16:30 Jakarta time"),
    ],
)
def test_hours_are_told_in_words(wording: Wording, language: Language, told: str) -> None:
    hours = office_hours.parse("Mon-Thu 08:00-16:00, Fri 08:00-16:30")

    assert hours.told(language, wording) == told


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("", "must be hours like"),
        ("always", "must be hours like"),
        ("Mon-Fri 08:00-16:00,", "must be hours like"),
        ("Mon-Fri 8-16", "must be hours like"),
        ("Sen-Jum 08:00-16:00", "must name days"),
        ("Mon-Fri 16:00-08:00", "must open before it closes"),
        ("Mon-Fri 08:00-08:00", "must open before it closes"),
        ("Mon-Fri 08:00-24:00", "must have times"),
        ("Mon-Fri 08:60-16:00", "must have times"),
    ],
)
def test_anything_else_is_no_hours(text: str, reason: str) -> None:
    with pytest.raises(OfficeHoursError, match=reason):
        office_hours.parse(text)
