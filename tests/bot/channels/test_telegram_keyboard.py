"""Choices become rows of buttons, and the pressed one gets a tick."""

from __future__ import annotations

import pytest

from bot.channels.telegram import keyboard
from bot.channels.telegram.keyboard import Rows
from handlers.messages import SHARE_PHONE, Choice

YES, NO = Choice("ya", "Ya"), Choice("no", "Tidak")
EDGE, LONG = Choice("edge", "a" * 16), Choice("long", "a" * 17)


@pytest.mark.parametrize(
    ("choices", "rows"),
    [
        ((YES,), ((YES,),)),
        ((YES, NO), ((YES, NO),)),
        ((YES, NO, YES), ((YES, NO), (YES,))),
        ((YES, EDGE), ((YES, EDGE),)),
        ((YES, LONG), ((YES,), (LONG,))),
        ((LONG, YES, NO), ((LONG,), (YES, NO))),
        ((), ()),
    ],
)
def test_short_titles_stand_side_by_side(choices: tuple[Choice, ...], rows: Rows) -> None:
    assert keyboard.arrange(choices) == rows


def test_the_tick_moves_to_the_pressed_button() -> None:
    rows = ((Choice("ya", "✓ Ya"), NO), (LONG,))

    assert keyboard.tick(rows, "no") == ((YES, Choice("no", "✓ Tidak")), (LONG,))


def test_a_second_press_changes_nothing() -> None:
    rows = ((Choice("ya", "✓ Ya"), NO),)

    assert keyboard.tick(rows, "ya") == rows


def test_buttons_carry_title_and_id() -> None:
    markup = keyboard.draw(((YES, NO), (LONG,)))

    assert markup.to_dict() == {
        "inline_keyboard": [
            [{"text": "Ya", "callback_data": "ya"}, {"text": "Tidak", "callback_data": "no"}],
            [{"text": "a" * 17, "callback_data": "long"}],
        ]
    }


def test_a_phone_number_is_asked_for_in_place_of_the_letters() -> None:
    markup = keyboard.markup((Choice(SHARE_PHONE, "Bagikan nomor saya"), YES, NO))

    assert markup.to_dict() == {
        "keyboard": [
            [{"text": "Bagikan nomor saya", "request_contact": True}],
            [{"text": "Ya", "request_contact": False}, {"text": "Tidak", "request_contact": False}],
        ],
        "resize_keyboard": True,
        "one_time_keyboard": True,
    }


def test_other_choices_stand_below_the_message() -> None:
    assert keyboard.markup((YES, NO)).to_dict() == keyboard.draw(((YES, NO),)).to_dict()
