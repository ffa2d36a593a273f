"""Times are read as officers type them, in Jakarta's time, and never guessed."""

from __future__ import annotations

from datetime import datetime

import pytest

from handlers.staff import moments
from tests.handlers.talk import NOW  # Tuesday 24 November 2026, 10:00 in Jakarta


@pytest.mark.parametrize(
    ("text", "jakarta"),
    [
        ("besok 09:00", "2026-11-25T09:00"),
        ("Besok jam 9", "2026-11-25T09:00"),
        ("lusa pukul 8.30 WIB", "2026-11-26T08:30"),
        ("hari ini jam 11", "2026-11-24T11:00"),
        ("26/11/2026 09:00", "2026-11-26T09:00"),
        ("26-11-2026, 9.05", "2026-11-26T09:05"),
        ("2026-11-26 09:00", "2026-11-26T09:00"),
        ("26 November jam 9", "2026-11-26T09:00"),
        ("26 Nov 2026, 9 malam", "2026-11-26T21:00"),
        ("3 Januari 07.00", "2027-01-03T07:00"),
        ("Kamis jam 2 siang", "2026-11-26T14:00"),
        ("Jum'at jam 9 pagi", "2026-11-27T09:00"),
        ("Selasa jam 9", "2026-12-01T09:00"),
        ("besok jam 10 siang", "2026-11-25T10:00"),
        ("tomorrow at 9 pm", "2026-11-25T21:00"),
        ("besok jam 6 malam", "2026-11-25T18:00"),
        ("besok jam 12 siang", "2026-11-25T12:00"),
        ("besok 12 pm", "2026-11-25T12:00"),
        ("Jumat depan jam 9", "2026-11-27T09:00"),
        ("tomorrow 12 am", "2026-11-25T00:00"),
        ("on 26 december 2026 at 9", "2026-12-26T09:00"),
        ("24 November 2026 10:01", "2026-11-24T10:01"),
    ],
)
def test_a_time_is_understood(text: str, jakarta: str) -> None:
    assert moments.read(text, NOW) == datetime.fromisoformat(f"{jakarta}+07:00")


@pytest.mark.parametrize("text", ["sekarang", "Segera!", "now"])
def test_at_once_is_understood(text: str) -> None:
    assert moments.read(text, NOW) == "now"


@pytest.mark.parametrize("text", ["hari ini 10:00", "kemarin 23/11/2026 09:00"[8:], "1/1/2020 09:00"])
def test_a_time_that_is_over_is_none(text: str) -> None:
    assert moments.read(text, NOW) == "past"


@pytest.mark.parametrize(
    "text",
    [
        "",
        "jam 9",
        "besok",
        "besok pagi",
        "31 Februari jam 9",
        "31/02/2027 09:00",
        "besok jam 25",
        "besok 9:75",
        "bla 09:00",
        "26 Nopember? 9",
        "besok jam 12 malam",
        "besok jam 2 malam",
        "minggu depan jam 9",
        "Senin minggu depan jam 9",
        "next week at 9",
        "0001-01-01 05:00",
    ],
)
def test_what_is_not_clear_is_not_guessed(text: str) -> None:
    assert moments.read(text, NOW) is None
