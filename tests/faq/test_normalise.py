from __future__ import annotations

import pytest

from faq import normalise


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("KAPAN ditutup???", "kapan ditutup"),
        ("kapaaaan siiih", "kapan sih"),
        ("tanggal minggu", "tanggal minggu"),
        ("café résumé", "cafe resume"),
        ("info2 apa2", "info apa"),
        ("1000 2024", "1000 2024"),
        ("what's it's don’t", "whats its dont"),
        ("cek_status/daftar-nya", "cek status daftar nya"),
        ("ka\u200bpan", "kapan"),
        ("\U0001d5f8\U0001d5ee\U0001d5fd\U0001d5ee\U0001d5fb", "kapan"),
        ("🙏🙏", ""),
        ("", ""),
    ],
)
def test_a_message_becomes_plain_words(text: str, expected: str) -> None:
    assert normalise.plain(text) == expected


def test_abbreviations_are_written_out() -> None:
    known = {"kpn": "kapan", "dmn": "di mana", "eh": ""}

    assert normalise.expand(["kpn", "eh", "dmn", "daftar"], known) == ["kapan", "di", "mana", "daftar"]


@pytest.mark.parametrize(
    ("word", "expected"),
    [("jadwalnya", "jadwal"), ("siapakah", "siapa"), ("hanya", "hanya"), ("tanya", "tanya"), ("kah", "kah")],
)
def test_endings_are_cut_only_from_a_whole_word(word: str, expected: str) -> None:
    assert normalise.uncliticise(word) == expected


@pytest.mark.parametrize(
    ("word", "bones"),
    [("pendaftaran", "pndftrn"), ("pndftrn", "pndftrn"), ("upakarti", "upkrt"), ("tanggal", "tngl"), ("", "")],
)
def test_a_skeleton_is_the_first_letter_and_the_consonants(word: str, bones: str) -> None:
    assert normalise.skeleton(word) == bones


@pytest.mark.parametrize("length", [normalise.EDGE * 2 - 1, normalise.EDGE * 2])
def test_a_long_message_is_read_whole_up_to_the_bound(length: int) -> None:
    assert normalise.bound("a" * length) == "a" * length


def test_a_longer_message_is_read_at_its_start_and_its_end() -> None:
    read = normalise.bound("awal " + "tengah " * 500 + "akhir")

    assert read.startswith("awal tengah")
    assert read.endswith("tengah akhir")
    assert len(read) <= 2 * normalise.EDGE + 1


def test_a_long_message_without_spaces_is_bound_too() -> None:
    assert normalise.bound("a" * 5000) == "a" * normalise.EDGE + "\n" + "a" * normalise.EDGE


def test_sentences_end_at_signs_and_new_lines() -> None:
    assert normalise.sentences("Halo kak. Kapan tutup?\nMakasih") == ["Halo kak", "Kapan tutup", "Makasih"]
