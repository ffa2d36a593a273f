"""A known way to ask for something, or a message that asks for nothing we know."""

from __future__ import annotations

from typing import Final, Literal, NamedTuple

from faq.language import Language

Kind = Literal["article", "command", "smalltalk", "foreign"]

FOREIGN: Final = "foreign"
"""The one id of all messages that we have no answer to."""


class Phrasing(NamedTuple):
    """One known way to ask for the id; `language` is None where nobody noted it."""

    id: str
    kind: Kind
    language: Language | None
    text: str
