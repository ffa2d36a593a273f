"""What the chat page posts is read, or refused with the reason."""

from __future__ import annotations

import json

import pytest

from bot.channels.webchat import posted
from bot.channels.webchat.posted import CHOICE_LIMIT, TEXT_LIMIT, Posted, PostedError

ID = "a1b2c3d4-0000"


def body(**fields: object) -> bytes:
    return json.dumps(fields).encode()


def refusal(raw: bytes | None) -> tuple[int, str]:
    with pytest.raises(PostedError) as caught:
        posted.read(raw)
    return caught.value.status, caught.value.phrase


def test_a_text_is_read_without_the_space_around_it() -> None:
    assert posted.read(body(id=ID, text="  halo\n")) == Posted(ID, "halo", None)


def test_a_pressed_button_is_read_with_its_title() -> None:
    assert posted.read(body(id=ID, choice="menu", title="Menu")) == Posted(ID, "Menu", "menu")


def test_a_button_needs_no_title() -> None:
    assert posted.read(body(id=ID, choice="menu")) == Posted(ID, "", "menu")


@pytest.mark.parametrize("text", ["a" * TEXT_LIMIT, "🙏" * TEXT_LIMIT, " " * 10 + "a" * TEXT_LIMIT])
def test_the_longest_text_is_taken(text: str) -> None:
    assert posted.read(body(id=ID, text=text)).text == text.strip()


def test_a_longer_text_is_too_long() -> None:
    assert refusal(body(id=ID, text="a" * (TEXT_LIMIT + 1))) == (413, "too_long")


def test_the_longest_choice_is_taken_and_a_longer_one_is_not() -> None:
    assert posted.read(body(id=ID, choice="a" * CHOICE_LIMIT)).choice == "a" * CHOICE_LIMIT
    assert refusal(body(id=ID, choice="a" * (CHOICE_LIMIT + 1))) == (413, "too_long")


def test_a_body_above_its_limit_is_not_even_read() -> None:
    assert refusal(None) == (413, "too_long")


@pytest.mark.parametrize("text", ["", " ", "\x00", "\n\t"])
def test_a_text_without_a_word_is_empty(text: str) -> None:
    assert refusal(body(id=ID, text=text)) == (422, "empty")


@pytest.mark.parametrize(
    "raw",
    [b"", b"halo", b"\xff", b"[]", b"null", b"{}", b"[" * 50_000],
    ids=["nothing", "words", "bytes", "list", "null", "no fields", "deep"],
)
def test_anything_that_is_no_object_is_not_understood(raw: bytes) -> None:
    assert refusal(raw) == (400, "not_understood")


@pytest.mark.parametrize("client_id", [None, 5, "", "short", "a" * 65, "with space", "ümlaut-00"])
def test_an_id_of_another_shape_is_not_understood(client_id: object) -> None:
    assert refusal(body(id=client_id, text="halo")) == (400, "not_understood")


@pytest.mark.parametrize("client_id", ["a" * 8, "a" * 64])
def test_the_shortest_and_the_longest_id_are_taken(client_id: str) -> None:
    assert posted.read(body(id=client_id, text="halo")).client_id == client_id


@pytest.mark.parametrize(
    "fields",
    [{}, {"text": None}, {"text": 5}, {"choice": None}, {"choice": ""}, {"choice": 1}, {"choice": "a", "title": 1}],
)
def test_a_field_of_another_kind_is_not_understood(fields: dict[str, object]) -> None:
    assert refusal(body(id=ID, **fields)) == (400, "not_understood")


def test_control_characters_and_broken_surrogates_do_not_come_through() -> None:
    assert posted.read(b'{"id": "' + ID.encode() + b'", "text": "ka\\u0000pan \\ud83d?"}').text == "ka pan ??"
