from __future__ import annotations

import pytest

from faq.repair import Vocabulary

WORDS = {"pendaftaran": 9, "kapan": 8, "ditutup": 5, "upakarti": 9, "jadwal": 3, "yang": 9, "close": 2, "perusahaan": 1}


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("kapan", "kapan"),
        ("pndftrn", "pendaftaran"),
        ("pndaftarn", "pendaftaran"),
        ("pendaftran", "pendaftaran"),
        ("pendaftarsn", "pendaftaran"),
        ("upakrti", "upakarti"),
        ("upakartu", "upakarti"),
        ("jdwal", "jadwal"),
        ("prshn", "perusahaan"),
    ],
)
def test_a_misspelt_word_is_repaired(typed: str, meant: str) -> None:
    assert Vocabulary(WORDS).repair(typed) == meant


@pytest.mark.parametrize("typed", ["kpk", "jd", "kopi", "cloud", "2024", "a" * 40, "zzzzz", "jadi"])
def test_a_strange_word_stays_as_it_is(typed: str) -> None:
    assert Vocabulary(WORDS).repair(typed) == typed


def test_of_two_words_with_the_same_bones_the_nearer_is_meant() -> None:
    assert Vocabulary({"daftar": 9, "diftar": 1}).repair("dftar") == "daftar"
