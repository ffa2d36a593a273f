"""Judges a set of answers: the outcome of each category, every rule that fired, and the hints. Pure."""

from __future__ import annotations

from dataclasses import dataclass

from handlers.eligibility.criteria import CRITERIA
from handlers.eligibility.criterion import BOTH, Answers, Category, Outcome, Rule, kind
from handlers.eligibility.limits import Limits

_STRENGTH = tuple(Outcome)


@dataclass(frozen=True, slots=True)
class Fired:
    """A rule that applies, and the question it judges."""

    question: str
    rule: Rule


@dataclass(frozen=True, slots=True)
class Verdict:
    """What is known, and no decision. `hints` are keys "hint_..." of handlers/phrases/eligibility.toml."""

    fired: tuple[Fired, ...]
    hints: tuple[str, ...]

    def rules(self, category: Category) -> tuple[Rule, ...]:
        """Return the rules that fired for a category, in the order of their numbers."""
        return tuple(each.rule for each in self.fired if category in each.rule.categories)

    def outcome(self, category: Category) -> Outcome:
        """Return the strongest outcome of a category's rules."""
        outcomes = [rule.outcome for rule in self.rules(category)]
        return max(outcomes, key=_STRENGTH.index, default=Outcome.MEETS_KNOWN)

    @property
    def is_out(self) -> bool:
        """Tell whether both categories are out, so that further questions change nothing."""
        return all(self.outcome(category).is_out for category in BOTH)


def assess(answers: Answers, limits: Limits) -> Verdict:
    """Judge these answers. A question of the path without an answer counts as unsure."""
    fired = [
        Fired(criterion.id, rule)
        for criterion in CRITERIA
        if criterion.id in answers or criterion.asked(answers, limits)
        for rule in criterion.rules
        if rule.applies(answers, limits)
    ]
    fired.sort(key=lambda each: int(each.rule.id.removeprefix("R")))
    return Verdict(tuple(fired), _hints(answers, {each.rule.id for each in fired}))


def _hints(answers: Answers, fired: set[str]) -> tuple[str, ...]:
    hints = {
        "hint_company_of_person": kind(answers) == "individual",
        "hint_owner_of_company": "R21" in fired,
        "hint_company_of_foundation": kind(answers) == "organisation",
        "hint_office_proposes": kind(answers) == "government" and "R7" in fired,  # F49
    }
    return tuple(hint for hint, holds in hints.items() if holds)
