"""Learning gives the same model for the same input, and another key for another input."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import pytest
import rapidfuzz

from faq import training
from faq.lexicon import Lexicon, Practice
from faq.phrasing import FOREIGN, Phrasing
from faq.training import AROUND

PHRASINGS = [
    Phrasing("closing", "article", "id", "Kapan pendaftaran ditutup?"),
    Phrasing("closing", "article", "en", "When does registration close?"),
    Phrasing("closing", "article", "id", "penghargaan upakarti"),  # nothing is left of it without our own names
    Phrasing("jury", "article", "id", "Siapa dewan jurinya"),
    Phrasing("jury", "article", "en", "Who is on the jury"),
    Phrasing("jury", "article", "id", "kami mau tahu nama semua orang yang duduk di dewan juri tahun ini dan asalnya"),
    Phrasing("cmd_menu", "command", "id", "menu utama"),
    Phrasing("greeting", "smalltalk", "id", "halo selamat pagi"),
    Phrasing(FOREIGN, "foreign", None, "resep sambal matah"),
]
LEXICON = Lexicon({"kpn": "kapan"}, frozenset({"kak"}), {"kapan": "when", "when": "when"}, frozenset({"rumah"}))
PRACTICE = Practice(("Saya perajin.", "Kami dari desa."), ("CPNS", "Kalpataru"), ("resep sambal matah",))
MANY = PHRASINGS * 12  # enough for every turn that chance may take


def test_the_same_input_gives_the_same_model() -> None:
    first, again = (training.learn(MANY, LEXICON, PRACTICE) for _ in range(2))

    assert first.model.ids == again.model.ids
    assert np.array_equal(first.model.weights, again.model.weights)
    assert (first.counts, first.known, first.english) == (again.counts, again.known, again.english)


def test_every_id_is_learned_and_what_stands_around() -> None:
    taught = training.learn(MANY, LEXICON, PRACTICE)

    assert set(taught.model.ids) == {each.id for each in PHRASINGS} | {AROUND}


@pytest.mark.parametrize(
    "practice",
    [Practice(), replace(PRACTICE, around=()), replace(PRACTICE, subjects=())],
    ids=["nothing", "nothing around", "no subjects"],
)
def test_practice_may_be_left_out(practice: Practice) -> None:
    taught = training.learn(MANY, LEXICON, practice)

    assert (AROUND in taught.model.ids) == bool(practice.around)


def test_words_are_counted_with_those_around_and_known_without_foreign_ones() -> None:
    taught = training.learn(PHRASINGS, LEXICON, PRACTICE)

    assert (taught.counts["juri"], taught.counts["sambal"], taught.counts["perajin"]) == (2, 1, 1)
    assert "sambal" not in taught.known
    assert {"perajin", "rumah", "juri"} <= taught.known.keys()


def test_words_lean_to_the_language_of_their_phrasings() -> None:
    english = training.learn(PHRASINGS, LEXICON, PRACTICE).english

    assert english["registration"] > 0 > english["pendaftaran"]
    assert "sambal" not in english  # nobody noted a language


@pytest.mark.parametrize(
    ("phrasings", "lexicon", "practice"),
    [
        (PHRASINGS[:-1], LEXICON, PRACTICE),
        (PHRASINGS[::-1], LEXICON, PRACTICE),
        ([PHRASINGS[0]._replace(id="other"), *PHRASINGS[1:]], LEXICON, PRACTICE),
        (PHRASINGS, replace(LEXICON, abbreviations={}), PRACTICE),
        (PHRASINGS, replace(LEXICON, fillers=frozenset()), PRACTICE),
        (PHRASINGS, replace(LEXICON, meanings={}), PRACTICE),
        (PHRASINGS, replace(LEXICON, common=frozenset()), PRACTICE),
        (PHRASINGS, LEXICON, replace(PRACTICE, around=())),
        (PHRASINGS, LEXICON, replace(PRACTICE, subjects=("CPNS",))),
        (PHRASINGS, LEXICON, replace(PRACTICE, foreign=())),
    ],
)
def test_another_input_has_another_key(phrasings: Sequence[Phrasing], lexicon: Lexicon, practice: Practice) -> None:
    assert training.key(phrasings, lexicon, practice) != training.key(PHRASINGS, LEXICON, PRACTICE)


@pytest.mark.parametrize("library", [np, rapidfuzz])
def test_another_version_of_a_library_has_another_key(library: object, monkeypatch: pytest.MonkeyPatch) -> None:
    before = training.key(PHRASINGS, LEXICON, PRACTICE)
    monkeypatch.setattr(library, "__version__", "99")

    assert training.key(PHRASINGS, LEXICON, PRACTICE) != before


def test_the_same_input_has_the_same_key() -> None:
    again = Lexicon(dict(LEXICON.abbreviations), frozenset(["kak"]), dict(LEXICON.meanings), frozenset(["rumah"]))

    assert training.key(list(PHRASINGS), again, PRACTICE) == training.key(PHRASINGS, LEXICON, PRACTICE)
