"""What a question of the check is made of: when it is asked, how its answer is read, and the rules that judge it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Literal

from handlers.eligibility.limits import Limits

Category = Literal["pengabdian", "kepeloporan"]
PENGABDIAN: tuple[Category, ...] = ("pengabdian",)
KEPELOPORAN: tuple[Category, ...] = ("kepeloporan",)
BOTH: tuple[Category, ...] = (*PENGABDIAN, *KEPELOPORAN)

Numbers = Mapping[str, float]  # a company's size: workers, investment_bn, sales_bn (billions of rupiah)
Answer = str | int | Numbers
Answers = Mapping[str, Answer]

UNSURE = "unsure"


class Outcome(StrEnum):
    """What is known of a category, from the weakest to the strongest."""

    MEETS_KNOWN = "MEETS_KNOWN"
    CHECK = "CHECK"
    NOT_MET = "NOT_MET"
    NOT_FOR_YOU = "NOT_FOR_YOU"

    @property
    def is_out(self) -> bool:
        """Tell whether the category is out by what is known."""
        return self in (Outcome.NOT_MET, Outcome.NOT_FOR_YOU)


@dataclass(frozen=True, slots=True)
class Rule:
    """One line of the table. What it says stands in handlers/phrases/eligibility_rules.toml under its id.

    `figure` names the figure of the edition that it compares with; its basis then is the edition's.
    """

    id: str
    categories: tuple[Category, ...]
    outcome: Outcome
    facts: tuple[str, ...]
    applies: Callable[[Answers, Limits], bool]
    figure: Literal["min_ikm", "min_years"] | None = None


@dataclass(frozen=True, slots=True)
class Reading:
    """What a reader needs besides the text: the limits, and the year it is (Jakarta)."""

    limits: Limits
    year: int


@dataclass(frozen=True, slots=True)
class Criterion:
    """One question.

    `asked` tells whether it belongs to the path of these answers; where that depends on an answer still to come, it
    says yes. `depends_on` are the questions whose new answer makes this one to be asked again. `options` are its
    buttons besides "unsure"; `read` returns the answer in a text, or None when there is none; `accepts` tells whether
    a value is an answer at all.
    """

    id: str
    facts: tuple[str, ...]
    depends_on: tuple[str, ...]
    options: tuple[str, ...]
    asked: Callable[[Answers, Limits], bool]
    read: Callable[[str, Reading], Answer | None]
    accepts: Callable[[object], bool]
    rules: tuple[Rule, ...]


def one_of(*options: str) -> Callable[[object], bool]:
    """Return what accepts these options and "unsure"."""
    return lambda value: isinstance(value, str) and value in (*options, UNSURE)


def whole_number(value: object) -> bool:
    """Accept a whole number from 0 on, and "unsure"."""
    return value == UNSURE or (type(value) is int and value >= 0)


def always(_answers: Answers, _limits: Limits) -> bool:
    """Ask in any case."""
    return True


def kind(answers: Answers) -> Answer | None:
    """Return who is to be proposed, as far as answered."""
    return answers.get("applicant_type")


def given(answers: Answers, question: str) -> Answer:
    """Return an answer; one that is missing is unsure."""
    return answers.get(question, UNSURE)


def when(question: str, *values: str) -> Callable[[Answers, Limits], bool]:
    """Return the condition that the answer is one of these."""
    return lambda answers, _limits: given(answers, question) in values


def when_kind(kinds: tuple[str, ...], question: str, *values: str) -> Callable[[Answers, Limits], bool]:
    """Return the condition that such an applicant gave one of these answers."""
    return lambda answers, _limits: kind(answers) in kinds and given(answers, question) in values
