"""Deadlines come from editions only, and reminders of them at nine in the morning in Jakarta."""

from __future__ import annotations

import datetime as dt

import pytest

from faq.edition import Basis, Dated, Edition
from handlers import deadlines
from handlers.wording import LANGUAGES, Language, Wording

BASIS = Basis(source="SK 1/2026")
SOME = Edition(2026, closes=Dated(dt.date(2026, 12, 10), BASIS))


def test_each_deadline_is_told_of_three_times_at_nine_in_jakarta() -> None:
    found = deadlines.reminders([SOME])

    assert [(each.key, each.starts_at.isoformat()) for each in found] == [
        ("2026:registration:14", "2026-11-26T09:00:00+07:00"),
        ("2026:registration:3", "2026-12-07T09:00:00+07:00"),
        ("2026:registration:1", "2026-12-09T09:00:00+07:00"),
    ]


def test_an_edition_without_a_closing_day_has_no_deadline() -> None:
    opening = Edition(2026, opens=(Dated(dt.date(2026, 12, 1), BASIS),), results=Dated(dt.date(2026, 12, 9), BASIS))

    assert deadlines.reminders([opening, Edition(2025)]) == []


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_text_names_edition_day_and_site_and_how_to_stop(wording: Wording, language: Language) -> None:
    (deadline,) = deadlines.of(SOME)
    text = deadline.text(language, wording, "upakarti.example")

    for part in ("2026", "10 Desember 2026" if language == "id" else "10 December 2026", "upakarti.example"):
        assert part in text
    assert ("*berhenti*" if language == "id" else "*stop*") in text
