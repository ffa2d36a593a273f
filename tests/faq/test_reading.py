"""A message is read as the words that are meant: written out, repaired, without fillers."""

from __future__ import annotations

import pytest

from faq.lexicon import Lexicon
from faq.reading import Reader, plain_words

LEXICON = Lexicon(
    abbreviations={"kpn": "kapan", "dmn": "di mana", "pendaftaran": "daftar"},
    fillers=frozenset({"kak", "dong", "bapak"}),
    meanings={"jadwal": "when"},
    common=frozenset({"rumah"}),
)
COUNTS = {"kapan": 9, "ditutup": 5, "hadiah": 4, "jadwal": 1, "penyuluhan": 1}


@pytest.fixture(scope="module")
def reader() -> Reader:
    return Reader(LEXICON, COUNTS)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("Kpn dtutup kak?", ["kapan", "ditutup"]),
        ("dmn rmh", ["di", "mana", "rumah"]),
        ("hadiahnya", ["hadiah"]),
        ("kak dong", ["kak", "dong"]),
        ("kapan bapk", ["kapan"]),  # a filler once it is repaired
        ("bapk", ["bapak"]),
        ("pendftaran", ["daftar"]),  # a short form once it is repaired
        ("", []),
        ("🙏", []),
    ],
)
def test_a_message_is_read_as_the_words_that_are_meant(reader: Reader, text: str, words: list[str]) -> None:
    assert reader.read(text) == words


def test_each_word_is_given_with_the_one_that_is_meant(reader: Reader) -> None:
    assert reader.repairs("kpn hadiha") == [("kapan", "kapan"), ("hadiha", "hadiah")]


def test_a_word_with_a_meaning_is_trusted_however_rare(reader: Reader) -> None:
    assert reader.read("jadwl") == ["jadwal"]


def test_a_rare_word_without_a_meaning_repairs_nothing(reader: Reader) -> None:
    assert reader.read("penyulhan") == ["penyulhan"]


def test_plain_words_are_written_out_but_not_repaired() -> None:
    assert plain_words("kpn dtutupnya kak", LEXICON) == ["kapan", "dtutup"]
    assert plain_words("kak", LEXICON) == ["kak"]
