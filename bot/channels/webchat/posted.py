"""Reads what the chat page posts, and says plainly what is wrong with it."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from typing import Final

from handlers.messages import clean

BODY_LIMIT: Final = 128 * 1024  # bytes
TEXT_LIMIT: Final = 4_000  # characters
CHOICE_LIMIT: Final = 200

_CLIENT_ID: Final = re.compile(r"[A-Za-z0-9_-]{8,64}")


class PostedError(Exception):
    """Cannot be taken; `phrase` names the sentence in handlers/phrases/web_errors.toml."""

    def __init__(self, status: int, phrase: str) -> None:
        super().__init__(phrase)
        self.status = status
        self.phrase = phrase


@dataclass(frozen=True, slots=True)
class Posted:
    """One message of the page. For a pressed button `text` is its title, shown as the person's words."""

    client_id: str
    text: str
    choice: str | None


def read(body: bytes | None) -> Posted:
    """Return the message; raises PostedError. None is a body that was longer than the limit."""
    if body is None:
        raise PostedError(413, "too_long")
    try:
        fields = json.loads(body)
    except (ValueError, RecursionError):
        raise PostedError(400, "not_understood") from None
    if not isinstance(fields, dict) or not _is_client_id(fields.get("id")):
        raise PostedError(400, "not_understood")
    if "choice" in fields:
        return Posted(fields["id"], _text(fields.get("title", ""), CHOICE_LIMIT), _choice(fields["choice"]))
    text = _text(fields.get("text"), TEXT_LIMIT)
    if not text:
        raise PostedError(422, "empty")
    return Posted(fields["id"], text, None)


def _is_client_id(value: object) -> bool:
    return isinstance(value, str) and _CLIENT_ID.fullmatch(value) is not None


def _text(value: object, limit: int) -> str:
    if not isinstance(value, str):
        raise PostedError(400, "not_understood")
    text = clean(value)
    if len(text) > limit:
        raise PostedError(413, "too_long")
    return text


def _choice(value: object) -> str:
    choice = _text(value, CHOICE_LIMIT)
    if not choice:
        raise PostedError(400, "not_understood")
    return choice
