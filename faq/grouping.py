"""Puts messages that ask alike together, so that staff read a question once."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Final

from rapidfuzz import fuzz, process

from faq import normalise

ALIKE: Final = 72  # token_sort_ratio from which two messages are one question


@dataclass(slots=True)
class Group:
    """Messages that ask alike; the first of them stands for all."""

    messages: list[str] = field(default_factory=list)


def group(messages: Iterable[str]) -> list[Group]:
    """Return groups of like messages, the largest first; each message goes to the first group it is like."""
    groups: dict[str, Group] = {}
    for message in messages:
        key = normalise.plain(message)
        found = process.extractOne(key, groups.keys(), scorer=fuzz.token_sort_ratio, score_cutoff=ALIKE)
        groups.setdefault(key if found is None else found[0], Group()).messages.append(message)
    return sorted(groups.values(), key=lambda each: -len(each.messages))
