"""Numbers, phones and codes come to one form, however people write them, and nothing else passes."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from storage.proposals import proof

CODES = st.text(proof.CODE_ALPHABET, min_size=proof.CODE_LENGTHS[0], max_size=proof.CODE_LENGTHS[-1])
DIGITS = st.text("0123456789", min_size=8, max_size=11)
SEPARATORS = st.sampled_from(["", " ", "-", ".", "  "])


@pytest.mark.parametrize(
    ("written", "number"),
    [
        ("UPK-2024-001", "UPK-2024-001"),
        ("  upk-2024-001\n", "UPK-2024-001"),
        ("UPK 2024 001", "UPK-2024-001"),
        ("UPK/2024/001", "UPK-2024-001"),
        ("upk - 2024 . 001", "UPK-2024-001"),
        ("1_2.3/4", "1-2-3-4"),
        ("123", "123"),
        ("12", None),
        ("A" * 39 + "1", "A" * 39 + "1"),
        ("A" * 40 + "1", None),
        ("upakarti", None),
        ("-12", None),
        ("12-", None),
        ("12'; DROP TABLE proposals; --", None),
        ("۱۲۳", None),
        ("12²", None),
        ("12\x003", None),
        ("", None),
    ],
)
def test_a_registration_number_is_in_capitals_with_single_dashes(written: str, number: str | None) -> None:
    assert proof.number(written) == number


@given(st.text(max_size=60))
def test_a_registration_number_stays_as_it_is_once_it_has_its_form(written: str) -> None:
    found = proof.number(written)

    assert found is None or (proof.number(found) == found and re.fullmatch(r"[0-9A-Z-]{3,40}", found))


@pytest.mark.parametrize(
    ("written", "code"),
    [
        ("7KQM-2B9T-XW4C", "7KQM2B9TXW4C"),
        ("7kqm 2b9t xw4c", "7KQM2B9TXW4C"),
        ("oil0-2b9t", "01102B9T"),
        ("7KQM2B9", None),
        ("7KQM2B9T", "7KQM2B9T"),
        ("7" * 32, "7" * 32),
        ("7" * 33, None),
        ("7KQM-2B9U", None),
        ("7KQM!2B9T", None),
        ("", None),
    ],
)
def test_a_code_is_in_capitals_without_what_groups_it(written: str, code: str | None) -> None:
    assert proof.code(written) == code


@given(CODES, SEPARATORS)
def test_a_code_is_the_same_however_it_is_grouped_and_written(code: str, between: str) -> None:
    written = between.join(code).replace(".", "-")

    assert proof.code(written.lower()) == proof.code(proof.grouped(code)) == code


@given(st.text(max_size=60))
def test_a_code_stays_as_it_is_once_it_has_its_form(written: str) -> None:
    found = proof.code(written)

    assert found is None or (proof.code(found) == found and set(found) <= set(proof.CODE_ALPHABET))


@pytest.mark.parametrize(
    ("written", "phone"),
    [
        ("0812-3456-7890", "6281234567890"),
        ("+62 812 3456 7890", "6281234567890"),
        ("6281234567890", "6281234567890"),
        ("006281234567890", "6281234567890"),
        ("81234567890", "6281234567890"),
        ("+62 (0)812 3456 7890", "6281234567890"),
        ("62 0812 3456 7890", "6281234567890"),
        ("(021) 5252 100", "62215252100"),
        ("0812 3456 7890", "6281234567890"),
        ("+819012345678", "819012345678"),
        ("00819012345678", "819012345678"),
        ("+1 202 555 0123", "12025550123"),
        ("1234567", None),
        ("12345678", "12345678"),
        ("1" * 15, "1" * 15),
        ("1" * 16, None),
        ("٠٨١٢٣٤٥٦٧٨٩٠", None),
        ("0812a3456789", None),
        ("8.12E+10", None),
        ("+", None),
        ("", None),
    ],
)
def test_a_phone_number_is_digits_with_the_countrys_code(written: str, phone: str | None) -> None:
    assert proof.phone(written) == phone


def test_a_number_abroad_is_not_taken_for_one_in_indonesia() -> None:
    assert proof.phone("+819012345678") != proof.phone("0819012345678")


@given(DIGITS, SEPARATORS)
def test_a_phone_number_is_the_same_however_it_begins_and_is_grouped(digits: str, between: str) -> None:
    rest = between.join(digits)

    assert proof.phone(f"08{rest}") == proof.phone(f"+628{rest}") == proof.phone(f"00628{rest}") == f"628{digits}"


@given(st.text(max_size=40))
def test_a_phone_number_has_eight_to_fifteen_plain_digits(written: str) -> None:
    found = proof.phone(written)

    assert found is None or re.fullmatch(r"[0-9]{8,15}", found)


def test_a_new_code_has_its_form_and_is_never_the_same() -> None:
    codes = {proof.new_code() for _ in range(1000)}

    assert len(codes) == 1000
    assert all(proof.code(code) == code and len(code) == proof.CODE_LENGTH for code in codes)


def test_a_new_code_without_a_digit_is_made_anew(monkeypatch: pytest.MonkeyPatch) -> None:
    drawn = iter("ABCDEFGHJKMN" + "ABCDEFGHJKM7")
    monkeypatch.setattr("secrets.choice", lambda _alphabet: next(drawn))

    assert proof.new_code() == "ABCDEFGHJKM7"


def test_a_code_is_shown_in_groups_of_four() -> None:
    assert proof.grouped("7KQM2B9TXW4C") == "7KQM-2B9T-XW4C"


@given(CODES, CODES)
def test_codes_have_one_hash_exactly_when_they_are_the_same(one: str, other: str) -> None:
    assert (proof.code_hash("UPK-1", one) == proof.code_hash("UPK-1", other)) == (one == other)


def test_the_same_code_of_another_proposal_has_another_hash() -> None:
    assert proof.code_hash("UPK-1", "7KQM2B9TXW4C") != proof.code_hash("UPK-2", "7KQM2B9TXW4C")


HASH = proof.phone_hash("6281234567890")


@pytest.mark.parametrize(
    ("one", "other", "alike"),
    [
        (HASH, HASH, True),
        (HASH, proof.phone_hash("6281234567891"), False),
        (HASH, None, False),
        (None, HASH, False),
        (None, None, False),
        (proof.NOTHING, None, False),
        (None, proof.NOTHING, False),
    ],
)
def test_hashes_are_the_same_only_where_there_are_two(one: str | None, other: str | None, *, alike: bool) -> None:
    assert proof.same(one, other) is alike
