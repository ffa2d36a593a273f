"""Has it received Upakarti before? Whether it may again was not found (F35)."""

from __future__ import annotations

from handlers.eligibility.criterion import BOTH, UNSURE, Answer, Criterion, Outcome, Reading, Rule, always, one_of, when
from handlers.eligibility.reading import words

OPTIONS = ("yes", "no")


def read(text: str, _reading: Reading) -> Answer | None:
    """Return whether it has; "belum pernah" is no."""
    return words.yes_no(text)


CRITERION = Criterion(
    id="previous",
    facts=("F35",),
    depends_on=(),
    options=OPTIONS,
    asked=always,
    read=read,
    accepts=one_of(*OPTIONS),
    rules=(Rule("R28", BOTH, Outcome.CHECK, ("F35",), when("previous", "yes", UNSURE)),),
)
