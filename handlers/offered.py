"""Reads a typed text as one of the choices that were offered last: by its number, its title, or a title cut short."""

from __future__ import annotations

import re

from handlers.messages import Choice

_CUT = "…"  # how a title ends that had no room on its button
_NUMBER = re.compile(r"\d{1,2}")


def chosen(text: str, offered: tuple[Choice, ...]) -> str | None:
    """Return the id of the choice that a text names by its number or its title.

    A button that says its title may say it cut to its room, ending in "…".
    """
    wanted = bare(text).casefold()
    titles = [bare(choice.title).casefold() for choice in offered]
    for number, (choice, title) in enumerate(zip(offered, titles, strict=True), start=1):
        if wanted in (str(number), title):
            return choice.id
    beginning = wanted.removesuffix(_CUT)
    begun = [choice.id for choice, title in zip(offered, titles, strict=True) if title.startswith(beginning)]
    return begun[0] if wanted.endswith(_CUT) and beginning and len(begun) == 1 else None


def bare(text: str) -> str:
    """Return "2" for "2.", "(2)" and the like."""
    return text.strip().strip(".)(")


def is_number(text: str) -> bool:
    """Tell whether a text is a number such as a choice has, and nothing else."""
    return _NUMBER.fullmatch(bare(text)) is not None
