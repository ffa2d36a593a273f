"""Draws choices as buttons, below a message or in place of the letters, and ticks the one that was pressed."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import Final

from telegram import InlineKeyboardButton, InlineKeyboardMarkup, KeyboardButton, ReplyKeyboardMarkup

from bot.channels import fit
from handlers.messages import SHARE_PHONE, Choice

Rows = tuple[tuple[Choice, ...], ...]

TICK: Final = "✓ "

_HALF_ROW: Final = 16  # UTF-16 units of a title that a phone shows in half the width of a message


def markup(choices: Sequence[Choice]) -> InlineKeyboardMarkup | ReplyKeyboardMarkup:
    """Return the keyboard of a message: one that asks for the phone number where a choice shares it."""
    rows = arrange(choices)
    return ask_phone(rows) if any(choice.id == SHARE_PHONE for choice in choices) else draw(rows)


def arrange(choices: Iterable[Choice]) -> Rows:
    """Return the rows of the keyboard: two short titles side by side, a longer one by itself."""
    rows: list[tuple[Choice, ...]] = []
    for choice in choices:
        if rows and len(rows[-1]) == 1 and _is_short(rows[-1][0]) and _is_short(choice):
            rows[-1] = (*rows[-1], choice)
        else:
            rows.append((choice,))
    return tuple(rows)


def tick(rows: Rows, choice_id: str) -> Rows:
    """Return the rows with a tick on the pressed button and on no other."""
    return tuple(tuple(_ticked(choice, is_pressed=choice.id == choice_id) for choice in row) for row in rows)


def draw(rows: Rows) -> InlineKeyboardMarkup:
    """Return the rows as Telegram takes them."""
    return InlineKeyboardMarkup(
        [[InlineKeyboardButton(choice.title, callback_data=choice.id) for choice in row] for row in rows]
    )


def ask_phone(rows: Rows) -> ReplyKeyboardMarkup:
    """Return the rows as a keyboard in place of the letters: only from there a person can share their number.

    The other buttons there are texts that the person says by pressing. Clients hide the keyboard once it was used,
    which `one_time_keyboard` asks of them; a message that takes it away could have no buttons of its own.
    """
    buttons = [
        [KeyboardButton(choice.title, request_contact=choice.id == SHARE_PHONE) for choice in row] for row in rows
    ]
    return ReplyKeyboardMarkup(buttons, resize_keyboard=True, one_time_keyboard=True)


def _is_short(choice: Choice) -> bool:
    return fit.units(choice.title) <= _HALF_ROW


def _ticked(choice: Choice, *, is_pressed: bool) -> Choice:
    title = choice.title.removeprefix(TICK)
    return replace(choice, title=TICK + title if is_pressed else title)
