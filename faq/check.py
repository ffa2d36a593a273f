"""Measures how well messages are understood, on the decision that a person would see."""

from __future__ import annotations

import random
from collections import Counter, defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

from faq import slips
from faq.labelled import FOREIGN, Labelled
from faq.match import Match

_SEED = 1985


class Outcome(StrEnum):
    """How one message came out."""

    RIGHT = "right"  # answered directly, with all that is right and nothing else
    AMONG = "among"  # what is right is among the choices, or is half of what was asked
    WRONG = "wrong"  # something else was given directly
    MISSED = "missed"  # not answered, or only wrong choices
    QUIET = "quiet"  # out of scope, and not answered
    OFFERED = "offered"  # out of scope, and offered choices
    ANSWERED = "answered"  # out of scope, and answered as if in scope


@dataclass(frozen=True, slots=True)
class Judged:
    """A message, what was understood, and how that is judged."""

    message: Labelled
    match: Match
    outcome: Outcome
    language_right: bool


@dataclass(frozen=True, slots=True)
class Figures:
    """Shares in per cent of the messages in scope, and of those out of scope; None where there are none."""

    in_scope: int
    out_of_scope: int
    right: float | None
    right_or_among: float | None
    wrong: float | None
    foreign_answered: float | None
    foreign_answered_or_offered: float | None
    language: float | None


@dataclass(frozen=True, slots=True)
class Report:
    """All figures of a labelled file."""

    total: Figures
    by_style: Mapping[str, Figures]
    by_language: Mapping[str, Figures]
    right_with_slips: float | None
    right_without_vowels: float | None
    confusions: Sequence[tuple[str, str, int]]  # wanted, understood, how often; the most frequent first
    judged: Sequence[Judged]


def measure(messages: Sequence[Labelled], match: Callable[[str], Match], parents: Mapping[str, str]) -> Report:
    """Match every message three times: as it is, with slips, and without vowels."""
    judged = [judge(message, match(message.text), parents) for message in messages]
    by_style: dict[str, list[Judged]] = defaultdict(list)
    by_language: dict[str, list[Judged]] = defaultdict(list)
    for each in judged:
        by_style[each.message.style].append(each)
        by_language[each.message.language].append(each)
    chance = random.Random(_SEED)  # noqa: S311 - the same slips each time
    inside = [message for message in messages if message.in_scope]
    misspelt = [judge(message, match(slips.misspell(message.text, chance)), parents) for message in inside]
    shortened = [judge(message, match(slips.drop_vowels(message.text)), parents) for message in inside]
    return Report(
        figures(judged),
        {style: figures(each) for style, each in sorted(by_style.items())},
        {spoken: figures(each) for spoken, each in sorted(by_language.items())},
        figures(misspelt).right,
        figures(shortened).right,
        _confusions(judged),
        judged,
    )


def judge(message: Labelled, match: Match, parents: Mapping[str, str]) -> Judged:
    """Compare what was understood with what is right; the answer to a finer question is right for its broader one."""
    given = [each if each in message.ids else parents.get(each, each) for each in match.ids]
    expected = "en" if message.language == "en" else "id"
    # A message in two languages may be answered in either.
    language_right = message.language == "mix" or (match.language or "id") == expected
    return Judged(message, match, _outcome(message, match, given), language_right)


def _outcome(message: Labelled, match: Match, given: Sequence[str]) -> Outcome:
    direct = match.decision in ("answer", "command")
    hits = message.ids.intersection(given)
    if not message.in_scope:
        if direct and len(hits) < len(given):
            return Outcome.ANSWERED
        return Outcome.OFFERED if match.decision == "choices" else Outcome.QUIET
    whole = hits == message.ids if message.all_of else bool(hits)
    if direct:
        if len(hits) < len(given):
            return Outcome.WRONG
        return Outcome.RIGHT if whole else Outcome.AMONG
    return Outcome.AMONG if match.decision == "choices" and whole else Outcome.MISSED


def figures(judged: Sequence[Judged]) -> Figures:
    """Return the shares of the outcomes."""
    count = Counter(each.outcome for each in judged)
    inside = sum(each.message.in_scope for each in judged)
    outside = len(judged) - inside
    return Figures(
        inside,
        outside,
        _share(count[Outcome.RIGHT], inside),
        _share(count[Outcome.RIGHT] + count[Outcome.AMONG], inside),
        _share(count[Outcome.WRONG], inside),
        _share(count[Outcome.ANSWERED], outside),
        _share(count[Outcome.ANSWERED] + count[Outcome.OFFERED], outside),
        _share(sum(each.language_right for each in judged), len(judged)),
    )


def _share(count: int, total: int) -> float | None:
    return round(100 * count / total, 1) if total else None


def _confusions(judged: Sequence[Judged]) -> list[tuple[str, str, int]]:
    count: Counter[tuple[str, str]] = Counter()
    for each in judged:
        if each.outcome in (Outcome.WRONG, Outcome.MISSED, Outcome.ANSWERED):
            wanted = FOREIGN if not each.message.in_scope else "|".join(sorted(each.message.ids))
            count[wanted, "|".join(each.match.ids) or "unknown"] += 1
    return [(*pair, number) for pair, number in sorted(count.items(), key=lambda each: (-each[1], each[0]))]
