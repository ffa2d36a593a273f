"""What steers the check, and what is a question rather than an answer, is told by the words of a text."""

from __future__ import annotations

import pytest

from handlers.eligibility import steering


@pytest.mark.parametrize(
    ("text", "verb"),
    [
        ("kembali", "back"),
        ("balik dong kak", "back"),
        ("go back please", "back"),
        ("Kenapa ditanya?", "why"),
        ("kok nanya itu", None),
        ("knp ditanyain", "why"),
        ("why do you ask this?", "why"),
        ("batal", "cancel"),
        ("gak jadi", "cancel"),
        ("lanjut nanti", "cancel"),
        ("not now", "cancel"),
        ("hapus jawaban saya", "delete"),
        ("delete my answers", "delete"),
        ("ubah jawaban", "edit"),
        ("mulai dari awal", "restart"),
        ("batalkan keputusan panitia", None),
        ("7 tahun", None),
    ],
)
def test_what_steers_the_check_is_known(text: str, verb: str | None) -> None:
    assert steering.verb(text) == verb


@pytest.mark.parametrize(
    ("text", "asks", "may_ask"),
    [
        ("kapan ditutup", True, True),
        ("apakah bisa", True, True),
        ("berapa ya, 7", False, False),
        ("apa itu, saya tidak tahu", False, False),
        ("7 tahun?", False, True),
        ("bisa dibilang 7 tahun", False, True),
        ("7 tahun", False, False),
    ],
)
def test_a_question_is_told_from_an_answer(text: str, asks: bool, may_ask: bool) -> None:
    assert (steering.asks(text), steering.may_ask(text)) == (asks, may_ask)


@pytest.mark.parametrize(
    "text",
    [
        "harus 5 tahun ya",
        "WNA boleh ikut ga",
        "wajib WNI kah",
        "membina itu apa",
        "ada syarat usia ga",
        "dihitung dari kapan",
    ],
)
def test_what_asks_for_a_condition_may_be_a_question(text: str) -> None:
    assert steering.may_ask(text)
