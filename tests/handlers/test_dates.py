"""Days and times are told in Jakarta's time."""

from __future__ import annotations

from datetime import UTC, datetime

from handlers import dates
from handlers.wording import Wording

LATE = datetime(2026, 12, 31, 17, 5, tzinfo=UTC)  # five past midnight in Jakarta


def test_a_day_is_jakartas(wording: Wording) -> None:
    assert dates.day(LATE, "id", wording) == "1 Januari 2027"


def test_a_moment_has_two_digits_each(wording: Wording) -> None:
    assert dates.moment(LATE, "id", wording) == "1 Januari 2027 pukul 00.05 WIB"
    assert dates.moment(LATE, "en", wording) == "1 January 2027, 00:05 Jakarta time"
