"""Is the institution state-owned or part of government? Asked of organisations (F18, F33)."""

from __future__ import annotations

from handlers.eligibility import yes_no
from handlers.eligibility.criterion import (
    PENGABDIAN,
    UNSURE,
    Outcome,
    Rule,
    when,
    when_kind,
)
from handlers.eligibility.reading import words

_ORGANISATION = ("organisation",)
_WORDS = {
    "yes": words.words(
        "negeri", "negara", "ptn", "blu", "balai", "pemerintah", "state(?:-owned)?", "public university"
    ),
    "no": words.words("swasta", "mandiri", "independen", "private", "independent", "non-?pemerintah", "pts"),
}


CRITERION = yes_no.question(
    "state_body",
    facts=("F18", "F33"),
    asked=when("applicant_type", *_ORGANISATION),
    meaning=_WORDS,
    rules=(
        Rule("R10", PENGABDIAN, Outcome.CHECK, ("F18", "F33"), when_kind(_ORGANISATION, "state_body", "yes", UNSURE)),
    ),
)
