"""An invitation's code is read as people type it, and nothing else is taken for one."""

from __future__ import annotations

import re

import pytest

from storage.office import invitations

CODE = "7KQM2B9TXW4CH8RD"


def test_a_new_code_has_its_shape_and_is_read_back() -> None:
    code = invitations.new_code()

    assert re.fullmatch(r"PANITIA(-[0-9A-HJKMNP-TV-Z]{4}){4}", code)
    assert invitations.read(code) == code.removeprefix("PANITIA").replace("-", "")


def test_no_two_codes_are_alike() -> None:
    assert len({invitations.new_code() for _ in range(100)}) == 100


def test_a_new_code_has_a_digit_that_nobody_reads_as_a_letter(monkeypatch: pytest.MonkeyPatch) -> None:
    letters = iter("A" * 16 + "A" * 15 + "7")
    monkeypatch.setattr("secrets.choice", lambda _alphabet: next(letters))

    assert invitations.new_code() == "PANITIA-AAAA-AAAA-AAAA-AAA7"


@pytest.mark.parametrize(
    "text",
    [
        "PANITIA-7KQM-2B9T-XW4C-H8RD",
        "  panitia-7kqm-2b9t-xw4c-h8rd\n",
        "panitia7kqm2b9txw4ch8rd",
        "Panitia 7KQM 2B9T XW4C H8RD",
        "PANITIA–7KQM—2B9T‑XW4C−H8RD",
        "kodenya: PANITIA-7KQM-2B9T-XW4C-H8RD, makasih",
        "*PANITIA-7KQM-2B9T-XW4C-H8RD*",
    ],
)
def test_a_code_is_read_as_people_type_it(text: str) -> None:
    assert invitations.read(text) == CODE


def test_letters_that_look_like_digits_are_read_as_these() -> None:
    assert invitations.read("panitia-oili-2222-3333-4444") == "0111222233334444"


@pytest.mark.parametrize(
    "text",
    [
        "",
        "PANITIA",
        "7KQM-2B9T-XW4C-H8RD",
        "PANITIA-7KQM-2B9T-XW4C",
        "PANITIA-7KQM-2B9T-XW4C-H8RD-AAAA",
        "PANITIA-7KQM-2B9T-XW4C-H8RDX",
        "XPANITIA-7KQM-2B9T-XW4C-H8RD",
        "PANITIA_7KQM_2B9T_XW4C_H8RD",
        "PANITIA-7KQM-2B9T-XW4C-H8R\u0664",  # an Arabic digit
        "panitia baik hati saya bisa",
        "panitia kapan pengumuman juara 2024 ya",
        "UPK-2026-00012",
    ],
)
def test_nothing_else_is_taken_for_one(text: str) -> None:
    assert invitations.read(text) is None
