"""Is the institution state-owned or part of government? Asked of organisations (F18, F33)."""

from __future__ import annotations

from handlers.eligibility.criterion import (
    PENGABDIAN,
    UNSURE,
    Answer,
    Criterion,
    Outcome,
    Reading,
    Rule,
    one_of,
    when,
    when_kind,
)
from handlers.eligibility.reading import words

OPTIONS = ("yes", "no")
_ORGANISATION = ("organisation",)
_WORDS = {
    "yes": words.words(
        "negeri", "negara", "ptn", "blu", "balai", "pemerintah", "state(?:-owned)?", "public university"
    ),
    "no": words.words("swasta", "mandiri", "independen", "private", "independent", "non-?pemerintah", "pts"),
}


def read(text: str, _reading: Reading) -> Answer | None:
    """Return whether it is the state's; "bukan negeri" is no."""
    return words.yes_no(text) or words.option(text, _WORDS)


CRITERION = Criterion(
    id="state_body",
    facts=("F18", "F33"),
    depends_on=("applicant_type",),
    options=OPTIONS,
    asked=when("applicant_type", *_ORGANISATION),
    read=read,
    accepts=one_of(*OPTIONS),
    rules=(
        Rule("R10", PENGABDIAN, Outcome.CHECK, ("F18", "F33"), when_kind(_ORGANISATION, "state_body", "yes", UNSURE)),
    ),
)
