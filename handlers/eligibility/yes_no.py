"""A question that is answered with yes or no, or with words that mean one of them."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping

from handlers.eligibility.criterion import UNSURE, Answer, Answers, Criterion, Reading, Rule, one_of
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
    unclear: re.Pattern[str] | None = None,
) -> Criterion:
    """Return the question; `meaning` are the words that mean "yes" and those that mean "no".

    A text with what is `unclear` answers nothing, whatever else it says, and is asked again.
    """

    def read(text: str, _reading: Reading) -> Answer | None:
        if unclear is not None and unclear.search(words.plain(text)):
            return UNSURE if words.is_unsure(text) else None
        return words.choose(text, meaning)

    return Criterion(name, facts, depends_on, OPTIONS, asked, read, one_of(*OPTIONS), rules)
