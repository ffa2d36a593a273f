"""What is doubtful in the content is told; content about which there is nothing to doubt is left in peace."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import pytest

from faq import lint
from faq.library import Library
from tests.faq.test_library import spoil

NOW = dt.datetime(2026, 11, 24, 3, 0, tzinfo=dt.UTC)


def doubts(folder: Path) -> list[str]:
    return lint.examine(Library.load(folder), NOW)


def test_nothing_is_doubtful_in_sound_content(sound: Path) -> None:
    assert doubts(sound) == []


def test_too_few_phrasings_of_a_language_are_told(sound: Path) -> None:
    path = sound / "opening.toml"
    lines = path.read_text(encoding="utf-8").splitlines()
    path.write_text("\n".join(line for line in lines if "when is the first" not in line), encoding="utf-8")

    assert doubts(sound) == ['opening: only 8 phrasings in "en", wanted are 10.']


@pytest.mark.parametrize(
    ("date", "past"),
    [
        ("23 November 2026", True),
        ("24 November 2026", False),
        ("1 Desember 2026", False),
        ("26 agustus 2024", True),
        ("5 May 2020", True),
        ("Agustus 2024", False),
    ],
)
def test_a_date_that_is_past_is_told_from_one_that_is_not(sound: Path, date: str, past: bool) -> None:
    spoil(sound, "opening", "Lihat {{ site }}", f"Dibuka {date}, lihat {{{{ site }}}}")
    found = doubts(sound)

    assert bool(found) == past
    assert all(
        'opening: the answer in "id" has 20' in told and "written in it, which is past." in told for told in found
    )


def test_a_title_that_is_not_understood_is_told(sound: Path) -> None:
    spoil(sound, "opening", '"Kapan pendaftaran dibuka?"', '"???"')

    assert 'opening: its title in "id" is not understood as itself but as unknown.' in doubts(sound)


def asked_politely(folder: Path, name: str, text: str, fillers: tuple[str, ...]) -> list[str]:
    """Add phrasings that differ in words that say nothing; return them."""
    added = [f"{text} {filler}" for filler in fillers]
    spoil(folder, name, "[phrasings]\nid = [", "[phrasings]\nid = [" + "".join(f'"{each}", ' for each in added))
    return added


def test_a_title_that_is_understood_as_another_article_is_told(sound: Path) -> None:
    asked_politely(sound, "closing", "last day to register", ("kak", "min", "kak min", "min kak"))
    spoil(sound, "opening", '"When does registration open?"', '"Last day to register, ya?"')

    assert 'opening: its title in "en" is not understood as itself but as closing.' in doubts(sound)


def test_an_article_that_no_other_leads_to_is_told(sound: Path) -> None:
    spoil(sound, "closing", 'related = ["opening"]', "related = []")

    assert doubts(sound) == ["opening: no other article leads to it."]


def test_phrasings_that_another_article_takes_are_told_and_so_is_the_competition(sound: Path) -> None:
    text = "batas akhir pendaftaran"
    asked_politely(sound, "closing", text, ("kak", "min", "ya", "kak min", "kak ya", "min ya"))
    taken = asked_politely(sound, "opening", text, ("nya", "nya kak", "nya min"))
    found = doubts(sound)

    for each in taken:
        assert any(told.startswith(f'opening: "{each}" is understood as closing (0.') for told in found), found
    assert "opening: competes with closing; 3 of its phrasings lean there." in found


def test_fewer_phrasings_that_lean_elsewhere_are_no_competition(sound: Path) -> None:
    text = "batas akhir pendaftaran"
    asked_politely(sound, "closing", text, ("kak", "min", "ya", "kak min", "kak ya", "min ya"))
    asked_politely(sound, "opening", text, ("nya", "nya kak"))
    found = doubts(sound)

    assert len([told for told in found if "is understood as closing" in told]) == 2
    assert not [told for told in found if "competes" in told]


def test_a_phrasing_without_words_is_told(sound: Path) -> None:
    spoil(sound, "opening", '"mulai dibuka",', '"mulai dibuka", "???",')

    assert doubts(sound) == ['opening: "???" has no words in it.']


def test_a_finer_question_may_take_what_its_broader_one_is_asked_by(sound: Path) -> None:
    spoil(sound, "opening", 'related = ["closing"]', 'parent = "closing"\nrelated = ["closing"]')

    assert not [told for told in doubts(sound) if told.startswith("opening:")]
