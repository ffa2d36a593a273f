"""The last questions and answers of a conversation, so that an officer knows what a talk is about."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

KEPT = 6  # exchanges
SAID = 300  # characters of what the person said
ANSWERED = 200  # ... and of what we answered
_CUT = "…"


@dataclass(frozen=True, slots=True)
class Exchange:
    """What a person asked, and how our answer began."""

    said: str
    answered: str


def remembered(earlier: tuple[Exchange, ...], said: str, answered: str) -> tuple[Exchange, ...]:
    """Return the last exchanges with one more."""
    return (*earlier, Exchange(_cut(said, SAID), _cut(answered, ANSWERED)))[-KEPT:]


def to_json(exchanges: Sequence[Exchange]) -> list[list[str]]:
    return [[each.said, each.answered] for each in exchanges]


def from_json(value: Sequence[Sequence[str]]) -> tuple[Exchange, ...]:
    return tuple(Exchange(said, answered) for said, answered in value)


def _cut(text: str, length: int) -> str:
    text = " ".join(text.replace("*", "").split())
    return text if len(text) <= length else text[: length - len(_CUT)].rstrip() + _CUT
