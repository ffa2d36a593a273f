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
        ("pndfrn", "pendaftaran"),  # a consonant is gone too
        ("jadwalny", "jadwal"),
        ("ditutpnyaa", "ditutup"),  # the ending is misspelt, and the word before it
        ("kpn", "kapan"),
    ],
)
def test_a_misspelt_word_is_repaired(typed: str, meant: str) -> None:
    assert Vocabulary(WORDS).repair(typed) == meant


@pytest.mark.parametrize("typed", ["kpk", "jd", "kopi", "cloud", "2024", "a" * 40, "zzzzz", "jadi", "xyzny"])
def test_a_strange_word_stays_as_it_is(typed: str) -> None:
    assert Vocabulary(WORDS).repair(typed) == typed


@pytest.mark.parametrize(
    ("counts", "meant"),
    [
        ({"dari": 50, "duri": 10}, "dari"),
        ({"dari": 49, "duri": 10}, "dr"),
        ({"dari": 5}, "dari"),
        ({"dari": 4}, "dr"),
    ],
)
def test_two_consonants_mean_a_word_that_is_used_far_more_than_others(counts: dict[str, int], meant: str) -> None:
    assert Vocabulary(counts).repair("dr") == meant


def test_of_four_letters_only_a_missing_one_is_believed() -> None:
    known = Vocabulary({"cari": 9, "bayar": 9})

    assert (known.repair("dari"), known.repair("carj"), known.repair("baya")) == ("dari", "carj", "bayar")


def test_of_two_words_with_the_same_bones_the_nearer_is_meant() -> None:
    assert Vocabulary({"daftar": 9, "diftar": 1}).repair("dftar") == "daftar"
