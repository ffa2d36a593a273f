"""Does it foster other IKM, and not only its own business? That is what Upakarti is for (F1, F21)."""

from __future__ import annotations

from handlers.eligibility.criterion import (
    BOTH,
    UNSURE,
    Answer,
    Answers,
    Criterion,
    Outcome,
    Reading,
    Rule,
    always,
    one_of,
    when,
)
from handlers.eligibility.limits import Limits
from handlers.eligibility.reading import words

OPTIONS = ("yes", "no")
_WORDS = {
    "yes": words.words(
        "membina", "bina", "binaan", "mendampingi", "melatih", "memberdayakan", "foster", "train", "mentor"
    ),
    "no": words.words("usaha(?: saya| kami)? sendiri", "own business", "only (?:my|our) own"),
}


def read(text: str, _reading: Reading) -> Answer | None:
    """Return whether others are fostered; "usaha sendiri" is no."""
    return words.yes_no(text) or words.option(text, _WORDS)


def may(answers: Answers, _limits: Limits) -> bool:
    """Tell whether questions about the fostering still make sense."""
    return answers.get("fosters") != "no"


CRITERION = Criterion(
    id="fosters",
    facts=("F1", "F21", "F23"),
    depends_on=(),
    options=OPTIONS,
    asked=always,
    read=read,
    accepts=one_of(*OPTIONS),
    rules=(
        Rule("R12", BOTH, Outcome.NOT_MET, ("F1", "F21"), when("fosters", "no")),
        Rule("R13", BOTH, Outcome.CHECK, ("F1", "F23"), when("fosters", UNSURE)),
    ),
)
