from __future__ import annotations

import datetime as dt

import pytest

from faq import edition
from faq.document import ContentError

TEXT = """\
year = 2026
announced = { date = 2026-02-01, source = "Circular 1" }
results = { date = 2026-10-01, source = "Circular 1" }
[registration]
opens = [{ date = 2026-03-01, source = "Circular 1" }, { date = 2026-04-01, fact = "F40" }]
closes = { date = 2026-08-31, source = "Circular 1" }
[ceremony]
date = 2026-12-01
source = "Circular 2"
place = { id = "Jakarta", en = "Jakarta" }
[figures]
min_ikm = { value = 5, fact = "F24" }
"""


def test_every_value_carries_what_it_rests_on() -> None:
    read = edition.parse(TEXT, "2026.toml")

    assert read.year == 2026
    assert [str(opens.date) for opens in read.opens] == ["2026-03-01", "2026-04-01"]
    assert read.opens[1].basis == edition.Basis(fact="F40")
    assert read.closes == edition.Dated(dt.date(2026, 8, 31), edition.Basis(source="Circular 1"))
    assert read.ceremony is not None
    assert read.ceremony.place == {"id": "Jakarta", "en": "Jakarta"}
    assert read.figures["min_ikm"].value == 5


def test_all_days_of_an_edition_are_told() -> None:
    days = {str(day) for day in edition.parse(TEXT, "2026.toml").dates}

    assert days == {"2026-02-01", "2026-03-01", "2026-04-01", "2026-08-31", "2026-10-01", "2026-12-01"}


def test_an_edition_may_know_nothing_but_its_year() -> None:
    read = edition.parse("year = 2028", "2028.toml")

    assert read == edition.Edition(2028)
    assert read.dates == ()


def test_a_ceremony_may_have_a_place_and_no_day() -> None:
    text = 'year = 2028\n[ceremony]\nplace = { id = "Solo", en = "Solo" }\nsource = "x"'

    assert edition.parse(text, "2028.toml").dates == ()


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        ("year = 2026", "", '1: "year" must be a year from 1985 on.'),
        ("year = 2026", "year = 1984", '1: "year" must be a year from 1985 on.'),
        ("year = 2026", "year = true", '1: "year" must be a year from 1985 on.'),
        ("[figures]", "[numbers]", '11: "numbers" is not a known key.'),
        ("closes =", "close =", '6: "registration.close" is not a known key.'),
        ("2026-08-31", '"2026-08-31"', "6: a date must be written like 2024-08-26"),
        ("2026-08-31", "2026-08-31T10:00:00", "6: a date must be written like 2024-08-26"),
        ("2026-08-31", "2026-03-15", "6: registration closes before it opens."),
        ("date = 2026-12-01", "date = 1", "8: a date must be written like 2024-08-26"),
        ('{ date = 2026-08-31, source = "Circular 1" }', "2026-08-31", '6: "registration.closes" must be a table.'),
        ('31, source = "Circular 1"', "31", '6: this needs either a "fact" or a "source".'),
        ('31, source = "Circular 1"', '31, source = "x", fact = "F1"', '6: this needs either a "fact" or a "source".'),
        ('31, source = "Circular 1"', '31, source = " "', '6: "registration.closes.source" is empty.'),
        ('31, source = "Circular 1"', '31, why = "x"', '6: "registration.closes.why" is not a known key.'),
        ("opens = [{", "opens = 3 # [{", '5: "registration.opens" must be a list of'),
        ('"F40"', '"40"', '5: "40" is not a fact with a source.'),
        ('"F40"', '""', '5: "registration.opens.2.fact" is empty.'),
        (', en = "Jakarta"', "", '10: "ceremony.place.en" is missing.'),
        ('source = "Circular 2"', "", '7: this needs either a "fact" or a "source".'),
        ("value = 5", "value = 5.5", '12: "figures.min_ikm" needs a "value" that is a whole number.'),
        ("value = 5", "value = -1", '12: "figures.min_ikm" needs a "value" that is a whole number.'),
        ('{ value = 5, fact = "F24" }', "5", '12: "figures.min_ikm" must be a table.'),
        ("min_ikm", "Min-IKM", '12: "Min-IKM" must be small letters, digits and underscores.'),
        ("[figures]", "[figures", "11: this is not valid TOML"),
    ],
)
def test_a_mistake_is_told_with_its_line(old: str, new: str, told: str) -> None:
    assert old in TEXT

    with pytest.raises(ContentError) as caught:
        edition.parse(TEXT.replace(old, new, 1), "2026.toml")

    assert any(mistake.startswith(f"2026.toml:{told}") for mistake in caught.value.mistakes), caught.value.mistakes


def test_all_mistakes_of_a_file_are_told_together() -> None:
    text = TEXT.replace("2026-12-01", "1").replace("value = 5", "value = 'x'").replace("year = 2026", "year = 26")

    with pytest.raises(ContentError) as caught:
        edition.parse(text, "2026.toml")

    assert [mistake.split(":")[1] for mistake in caught.value.mistakes] == ["1", "8", "12"]


def test_a_fact_must_be_among_the_sourced_ones_when_they_are_given() -> None:
    with pytest.raises(ContentError, match='"F24" is not a fact with a source'):
        edition.parse(TEXT, "2026.toml", sourced={"F40"})
