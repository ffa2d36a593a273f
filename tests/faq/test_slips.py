"""Slips made on purpose are slips as people make them: small, in longer words only, and repeatable."""

from __future__ import annotations

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rapidfuzz.distance import OSA

from faq import slips

texts = st.text(max_size=80)
seeds = st.integers(0, 1000)


@given(texts, seeds)
def test_every_word_stays_within_one_slip_and_keeps_its_first_letter(text: str, seed: int) -> None:
    written = text.split()
    worse = slips.misspell(text, random.Random(seed)).split()

    assert len(worse) == len(written)
    for before, after in zip(written, worse, strict=True):
        assert OSA.distance(before, after) <= 1
        assert after[0] == before[0]


@given(texts, seeds)
def test_short_words_and_what_is_no_word_have_no_slip(text: str, seed: int) -> None:
    worse = slips.misspell(text, random.Random(seed)).split()

    for before, after in zip(text.split(), worse, strict=True):
        if len(before) < 5 or not before.isalpha():
            assert after == before


@given(texts, seeds)
def test_the_same_chance_makes_the_same_slips(text: str, seed: int) -> None:
    assert slips.misspell(text, random.Random(seed)) == slips.misspell(text, random.Random(seed))


def test_all_kinds_of_slips_are_made() -> None:
    chance = random.Random(1)
    made = [slips.misspell("ditutup", chance) for _ in range(200)]

    assert {len(word) for word in made} == {6, 7, 8}
    assert any(sorted(word) == sorted("ditutup") and word != "ditutup" for word in made)
    assert any(len(word) == 7 and sorted(word) != sorted("ditutup") for word in made)


@given(texts)
def test_without_vowels_every_word_is_left_with_its_first_letter(text: str) -> None:
    written = text.split()
    shorter = slips.drop_vowels(text).split()

    assert len(shorter) == len(written)
    for before, after in zip(written, shorter, strict=True):
        assert after[0] == before[0]
        assert [letter for letter in after if letter not in "aeiouAEIOU"] == [
            letter for letter in before if letter not in "aeiouAEIOU"
        ]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("kapan pendaftaran ditutup?", "kpn pndftrn ditutup?"),
        ("apa itu UPAKARTI", "apa itu UPKRT"),
        ("iuran", "irn"),
        ("", ""),
    ],
)
def test_vowels_are_dropped_as_in_chat(text: str, expected: str) -> None:
    assert slips.drop_vowels(text) == expected
