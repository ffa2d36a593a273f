"""A question is kept without what could tell who asked it."""

from __future__ import annotations

import pytest

from faq import masking
from faq.library import Library
from faq.masking import LENGTH, mask

VOCABULARY = frozenset(
    ["saya", "mau", "tanya", "kapan", "upakarti", "pendaftaran", "dari", "bapak", "kirim", "ke", "kota"]
)


@pytest.mark.parametrize(
    ("text", "masked"),
    [
        ("kapan pendaftaran", "kapan pendaftaran"),
        ("hubungi 0812-3456 7890 ya", "hubungi … ya"),
        ("nik 3201", "nik …"),
        ("tahun 5", "tahun …"),
        ("kirim ke budi.s@contoh.id", "kirim ke …"),
        ("lihat https://contoh.id/a?b=1 dan www.contoh.id", "lihat … dan …"),
        ("cari @budi", "cari …"),
        ("nama saya budi mau tanya", "nama saya … mau tanya"),
        ("nama saya Budi Santoso Wijaya", "nama saya …"),
        ("my name is Ann, when?", "my name is …, when?"),
        ("kata pak joko begitu", "kata pak … begitu"),
        ("Halo saya Budi dari Klaten", "Halo saya … dari …"),
        ("Kapan Upakarti dibuka. Mohon info", "Kapan Upakarti dibuka. Mohon info"),
        ("bapak saya mau tanya", "bapak saya mau tanya"),
        ("KAPAN DIBUKA", "KAPAN DIBUKA"),
        ("  a\n\n b ", "a b"),
        ("", ""),
    ],
)
def test_what_tells_a_person_goes(text: str, masked: str) -> None:
    assert mask(text, VOCABULARY) == masked


def test_of_a_long_message_the_beginning_is_kept() -> None:
    assert len(mask("kata " * 1000, VOCABULARY)) <= LENGTH


def test_the_words_of_our_own_phrasings_tell_nobody(library: Library) -> None:
    assert {"upakarti", "pendaftaran", "registration", "tutup"} <= library.words


def test_names_in_our_own_phrasings_are_names(library: Library) -> None:
    assert not {"budi", "dewi", "daeng"} & library.words


@pytest.mark.parametrize("text", ["a" * 20_000, "\u0647" * 20_000, "Aku " * 5_000, "x@" * 10_000])
def test_of_a_very_long_message_little_is_looked_at(text: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(masking, "_READ", LENGTH)

    assert mask(text, VOCABULARY) == mask(text[:LENGTH].rpartition(" ")[0] or masking.MASK, VOCABULARY)
