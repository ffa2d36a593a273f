"""A question that is answered with yes or no, or with words that mean one of them."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping

from handlers.eligibility.criterion import Answer, Answers, Criterion, Reading, Rule, one_of
from handlers.eligibility.limits import Limits
from handlers.eligibility.reading import words

OPTIONS = ("yes", "no")


def question(
    name: str,
    *,
    facts: tuple[str, ...],
    asked: Callable[[Answers, Limits], bool],
    meaning: Mapping[str, re.Pattern[str]],
    rules: tuple[Rule, ...],
    depends_on: tuple[str, ...] = ("applicant_type",),
) -> Criterion:
    """Return the question; `meaning` are the words that mean "yes" and those that mean "no"."""

    def read(text: str, _reading: Reading) -> Answer | None:
        return words.choose(text, meaning)

    return Criterion(name, facts, depends_on, OPTIONS, asked, read, one_of(*OPTIONS), rules)
