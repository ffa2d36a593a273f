"""Registration numbers and codes are found in what people type, and nowhere else."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from handlers.status import reading
from storage.proposals import proof

NUMBER, CODE = "UPK-2026-00123", "7KQM2B9TXW4C"


@pytest.mark.parametrize(
    "text",
    [
        "UPK-2026-00123",
        "upk-2026-00123",
        "upk 2026 00123",
        "UPK/2026/00123",
        "UPK.2026.00123",
        " UPK-2026-00123. ",
        "status UPK-2026-00123",
        "no registrasinya upk-2026-00123 ya kak",
        "nomor: UPK-2026-00123",
        "*UPK-2026-00123*",
        "UPK\u20132026\u201300123",
    ],
)
def test_a_number_is_found(text: str) -> None:
    assert reading.read(text).number == NUMBER


@pytest.mark.parametrize(
    "text",
    [
        "halo",
        "kapan pendaftaran 2026 ditutup",
        "tgl 12/10/2026 gmn",
        "2 atau 3 usulan",
        "terima kasih banyak",
        "UPK-2026-00123 atau UPK-2026-00124",
        "cek no 0012",
        "",
        "12",
        "usulan saya th 2024 2026",
    ],
)
def test_no_number_is_found(text: str) -> None:
    assert reading.read(text).number is None


@pytest.mark.parametrize("text", ["123", "1234567", "nomor saya 1234567"])
def test_digits_alone_may_be_a_number(text: str) -> None:
    assert reading.read(text).number == text.rsplit(maxsplit=1)[-1]


@pytest.mark.parametrize(
    "text",
    [
        "7KQM-2B9T-XW4C",
        "7kqm 2b9t xw4c",
        "7KQM2B9TXW4C",
        "kode: 7KQM-2B9T-XW4C",
        "kode akses saya 7kqm-2b9t-xw4c",
        "7KQM - 2B9T - XW4C",
        "access code 7KQM2B9TXW4C",
        "*7KQM-2B9T-XW4C*",
        "(7KQM-2B9T-XW4C)",
        "“7KQM-2B9T-XW4C”",
        "`7KQM2B9TXW4C`",
        "7KQM\u20132B9T\u2013XW4C",
        "7KQM\u20112B9T\u2011XW4C",
    ],
)
def test_a_code_is_found(text: str) -> None:
    assert reading.only_code(text) == CODE


@pytest.mark.parametrize(
    "text", ["kodenya belum ada", "terimakasih 2024", "jadi 2024", "KAPANDIUMUMKAN", "ok", "", "kode 1"]
)
def test_no_code_is_found(text: str) -> None:
    assert reading.only_code(text) is None


def test_a_code_that_the_portal_made_is_taken_when_asked_for() -> None:
    assert reading.only_code("kode akses: abc12345") == "ABC12345"


@pytest.mark.parametrize(
    "text",
    [
        "UPK-2026-00123 7KQM-2B9T-XW4C",
        "upk 2026 00123 7kqm2b9txw4c",
        "nomor UPK-2026-00123 kode 7KQM-2B9T-XW4C",
        "7KQM-2B9T-XW4C UPK-2026-00123",
    ],
)
def test_both_are_told_apart(text: str) -> None:
    said = reading.read(text)

    assert (said.number, said.code, said.both) == (NUMBER, CODE, True)


def test_a_number_that_looks_like_a_code_may_be_either() -> None:
    said = reading.read("2026-0001-2345")

    assert (said.number, said.code, said.both) == ("2026-0001-2345", "202600012345", False)


def test_the_other_words_are_kept() -> None:
    assert reading.read(f"status usulan {NUMBER} gimana").rest == "status usulan gimana"


@pytest.mark.parametrize(
    ("text", "is_one"), [(NUMBER, True), ("2024/UPK/0012", True), ("1234567", False), ("halo", False), ("R26", False)]
)
def test_a_text_that_can_only_be_a_number(text: str, is_one: bool) -> None:
    assert reading.is_number(text) is is_one


@pytest.mark.parametrize(
    "text", ["kodenya hilang", "ga punya", "belum dapat min", "i don't have it", "what code", "lupa euy"]
)
def test_somebody_without_a_code_is_understood(text: str) -> None:
    assert reading.asks_about_code(text)


@pytest.mark.parametrize("text", ["setuju", "ya", "Oke, lanjut ya", "saya setuju.", "I agree"])
def test_somebody_who_agrees_is_understood(text: str) -> None:
    assert reading.agrees(text)


@pytest.mark.parametrize("text", ["tidak setuju", "ya tapi kapan diumumkan", "apa itu setuju", "", "batal"])
def test_nobody_is_said_to_agree_who_says_more(text: str) -> None:
    assert not reading.agrees(text)


@given(st.text(max_size=200))
def test_whatever_is_typed_is_read(text: str) -> None:
    said = reading.read(text)
    reading.only_code(text)

    assert said.number is None or proof.number(said.number) == said.number


@given(st.builds(proof.new_code), st.sampled_from(["{}", "kode {}", "{} ya", "{}."]))
def test_every_fresh_code_is_found_however_it_is_grouped(code: str, around: str) -> None:
    assert reading.only_code(around.format(proof.grouped(code))) == code
    assert reading.only_code(around.format(proof.grouped(code).lower().replace("-", " "))) == code
