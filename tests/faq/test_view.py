from __future__ import annotations

import datetime as dt

import pytest

from faq import edition, view
from faq.edition import Edition

WHOLE = """\
year = 2024
[registration]
opens = [{ date = 2024-05-26, fact = "F40" }, { date = 2024-02-26, fact = "F40" }]
closes = { date = 2024-08-26, fact = "F39" }
[ceremony]
date = 2024-12-19
fact = "F79"
place = { id = "Kementerian", en = "the Ministry" }
[figures]
proposals = { value = 247, fact = "F73" }
"""
ONE_OPENING = WHOLE.replace('{ date = 2024-05-26, fact = "F40" }, ', "")


def day(text: str) -> dt.date:
    return dt.date.fromisoformat(text)


def made(text: str) -> Edition:
    return edition.parse(text, "x.toml")


def registration(text: str, today: str) -> view.Registration:
    return view.look(made(text), "id", day(today)).registration


@pytest.mark.parametrize(
    ("now", "today"),
    [
        ("2024-08-26T16:59:59+00:00", "2024-08-26"),
        ("2024-08-26T17:00:00+00:00", "2024-08-27"),
        ("2024-08-27T00:00:00+07:00", "2024-08-27"),
    ],
)
def test_the_day_changes_at_midnight_in_jakarta(now: str, today: str) -> None:
    assert view.jakarta_day(dt.datetime.fromisoformat(now)) == day(today)


def test_a_time_without_a_zone_is_refused() -> None:
    with pytest.raises(ValueError, match="aware"):
        view.jakarta_day(dt.datetime(2024, 8, 26))  # noqa: DTZ001 - the mistake under test


@pytest.mark.parametrize(
    ("today", "state"),
    [
        ("2024-02-25", "not_yet"),
        ("2024-02-26", "disputed"),
        ("2024-05-25", "disputed"),
        ("2024-05-26", "open"),
        ("2024-08-26", "open"),
        ("2024-08-27", "closed"),
    ],
)
def test_between_two_claimed_opening_days_the_state_is_disputed(today: str, state: str) -> None:
    assert registration(WHOLE, today).state == state


@pytest.mark.parametrize(
    ("today", "state"), [("2024-02-25", "not_yet"), ("2024-02-26", "open"), ("2024-08-26", "open")]
)
def test_one_opening_day_is_never_disputed(today: str, state: str) -> None:
    assert registration(ONE_OPENING, today).state == state


@pytest.mark.parametrize(
    ("today", "left"), [("2024-08-24", 2), ("2024-08-25", 1), ("2024-08-26", 0), ("2024-08-27", None)]
)
def test_the_last_day_leaves_no_days(today: str, left: int | None) -> None:
    assert registration(WHOLE, today).days_left == left


@pytest.mark.parametrize(("today", "left"), [("2024-02-24", 2), ("2024-02-25", 1), ("2024-02-26", None)])
def test_days_to_the_opening_count_to_the_first_claimed_day(today: str, left: int | None) -> None:
    assert registration(WHOLE, today).days_to_open == left


def test_opening_days_are_in_order_and_told_once() -> None:
    text = WHOLE.replace("opens = [", 'opens = [{ date = 2024-05-26, source = "another" }, ')

    assert registration(text, "2024-01-01").opens == (day("2024-02-26"), day("2024-05-26"))


def test_without_dates_the_state_is_unknown() -> None:
    found = registration("year = 2024", "2024-06-01")

    assert found == view.Registration("unknown", (), None, None, None)


CLOSES_ONLY = 'year = 2024\n[registration]\ncloses = { date = 2024-08-26, fact = "F39" }'


@pytest.mark.parametrize(("today", "state"), [("2024-08-26", "unknown"), ("2024-08-27", "closed")])
def test_with_a_closing_day_alone_only_the_end_is_known(today: str, state: str) -> None:
    assert registration(CLOSES_ONLY, today).state == state


OPENS_ONLY = 'year = 2024\n[registration]\nopens = [{ date = 2024-02-26, fact = "F40" }]'


@pytest.mark.parametrize(
    ("today", "state"),
    [("2024-02-25", "not_yet"), ("2024-02-26", "opened"), ("2024-12-31", "opened"), ("2025-01-01", "unknown")],
)
def test_with_an_opening_day_alone_it_counts_as_open_to_the_end_of_its_year(today: str, state: str) -> None:
    assert registration(OPENS_ONLY, today).state == state


def test_the_view_speaks_the_language() -> None:
    assert view.look(made(WHOLE), "en", day("2024-01-01")).ceremony.place == "the Ministry"
    assert view.look(made(WHOLE), "id", day("2024-01-01")).ceremony.place == "Kementerian"


def test_what_is_not_known_is_none() -> None:
    found = view.look(Edition(2024), "id", day("2024-01-01"))

    assert (found.announced, found.results, found.ceremony) == (None, None, view.Ceremony(None, None))
    assert found.figures == {}


def test_announcement_and_results_are_days() -> None:
    text = 'year = 2024\nannounced = { date = 2024-02-01, fact = "F41" }\nresults = { date = 2024-11-01, fact = "F71" }'
    found = view.look(made(text), "id", day("2024-01-01"))

    assert (found.announced, found.results) == (day("2024-02-01"), day("2024-11-01"))


E2022 = made('year = 2022\n[ceremony]\ndate = 2023-05-10\nfact = "F80"')
E2024 = made(WHOLE)
E2026 = Edition(2026)


@pytest.mark.parametrize(
    ("today", "current", "last"),
    [
        ("2022-12-31", 2024, 2022),
        ("2023-05-10", 2024, 2022),
        ("2024-12-31", 2024, 2022),
        ("2025-01-01", None, 2024),
    ],
)
def test_an_edition_is_current_to_the_end_of_its_year(today: str, current: int | None, last: int | None) -> None:
    known = (E2022, E2024)
    found = (view.current(known, day(today)), view.last(known, day(today)))

    assert tuple(one.year if one else None for one in found) == (current, last)


@pytest.mark.parametrize(("today", "current"), [("2023-05-10", 2022), ("2023-05-11", None)])
def test_an_edition_stays_current_while_a_day_of_it_is_to_come(today: str, current: int | None) -> None:
    found = view.current((E2022,), day(today))

    assert (found.year if found else None) == current


def test_an_edition_of_a_coming_year_is_no_history() -> None:
    known = (E2024, E2026)

    assert view.current(known, day("2023-06-01")) is E2026
    assert view.last(known, day("2023-06-01")) is None


def test_without_editions_nothing_is_current_and_nothing_history() -> None:
    assert view.current((), day("2024-01-01")) is None
    assert view.last((), day("2024-01-01")) is None
