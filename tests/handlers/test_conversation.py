"""What is remembered of a conversation survives being stored as JSON."""

from __future__ import annotations

import json

import pytest

from handlers.conversation import OFFERED_LIMIT, Conversation
from handlers.messages import Choice, clean


def choices(count: int) -> tuple[Choice, ...]:
    return tuple(Choice(f"ask:{number}", f"Judul “{number}” 🎉") for number in range(count))


def test_a_conversation_begins_with_nothing_offered() -> None:
    assert Conversation.from_state(None) == Conversation(offered=())


@pytest.mark.parametrize("count", [0, 1, OFFERED_LIMIT])
def test_a_conversation_comes_back_from_json_as_it_was(count: int) -> None:
    conversation = Conversation().offering(choices(count))
    stored = json.loads(json.dumps(conversation.to_state()))

    assert Conversation.from_state(stored) == conversation


@pytest.mark.parametrize("count", [OFFERED_LIMIT - 1, OFFERED_LIMIT, OFFERED_LIMIT + 1])
def test_only_so_many_choices_are_remembered(count: int) -> None:
    assert Conversation().offering(choices(count)).offered == choices(count)[:OFFERED_LIMIT]


def test_the_last_choices_replace_those_before() -> None:
    assert Conversation().offering(choices(5)).offering(choices(2)).offered == choices(2)


def test_a_state_of_another_release_is_read_as_far_as_it_is_known() -> None:
    assert Conversation.from_state({"topic": "eligibility"}) == Conversation()


@pytest.mark.parametrize(
    ("typed", "cleaned"),
    [
        ("  halo \n", "halo"),
        ("a\x00b\x1fc\x7fd\x85e", "a b c d e"),
        ("satu\r\ndua\ttiga", "satu\ndua\ttiga"),
        ("satu\rdua", "satu dua"),
        ("patah \ud83d", "patah ?"),
        ("متى 🎉 ꦲꦤ", "متى 🎉 ꦲꦤ"),
        ("\x00\x01", ""),
    ],
)
def test_a_text_is_freed_of_what_no_database_takes(typed: str, cleaned: str) -> None:
    assert clean(typed) == cleaned
