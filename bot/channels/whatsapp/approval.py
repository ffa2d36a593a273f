"""Compares the declared templates with what Meta has approved. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from bot.channels.whatsapp.templates import Declared

OK: Final = "ok"
MISSING: Final = "missing"
DIFFERENT: Final = "different"

_APPROVED: Final = "APPROVED"


@dataclass(frozen=True, slots=True)
class Comparison:
    """How a declared template stands at Meta: "ok", "missing", "different", or Meta's own word, with its reason.

    `category` is Meta's, where it is another one; `template_id` is Meta's id, where it is known there.
    """

    declared: Declared
    state: str
    reason: str | None = None
    category: str | None = None
    template_id: str | None = None

    @property
    def is_ok(self) -> bool:
        """Tell whether messages go as this template."""
        return self.state == OK

    @property
    def is_to_submit(self) -> bool:
        """Tell whether Meta has to be given the text, anew or for the first time."""
        return self.state in {MISSING, DIFFERENT, "rejected"}


def compare(declared: Iterable[Declared], known: Iterable[Mapping[str, Any]]) -> list[Comparison]:
    """Return how each declared template stands, by what Meta told."""
    found = {(each.get("name"), each.get("language")): each for each in known}
    return [_compare(each, found.get((each.name, each.language))) for each in declared]


def _compare(declared: Declared, known: Mapping[str, Any] | None) -> Comparison:
    if known is None:
        return Comparison(declared, MISSING)
    template_id, status = str(known.get("id")), str(known.get("status"))
    category = str(known.get("category"))
    other = None if category == declared.category else category
    if _said(known.get("components")) != _said(declared.components):
        return Comparison(declared, DIFFERENT, None, other, template_id)
    reason = known.get("rejected_reason")
    told = str(reason).lower() if reason not in {None, "", "NONE"} else None
    state = OK if status == _APPROVED else status.lower()
    return Comparison(declared, state, None if state == OK else told, other, template_id)


def _said(components: object) -> list[tuple[str, object]]:
    """Return what people would read of these parts, in one order and without examples."""
    parts = [part for part in components if isinstance(part, dict)] if isinstance(components, list) else []
    said: list[tuple[str, object]] = []
    for part in parts:
        kind = str(part.get("type")).upper()
        if kind == "BUTTONS":
            buttons = [each for each in part.get("buttons") or () if isinstance(each, dict)]
            said.append((kind, [(str(each.get("type")).upper(), each.get("text")) for each in buttons]))
        else:
            said.append((kind, str(part.get("text")).strip()))
    return sorted(said, key=lambda each: each[0])
