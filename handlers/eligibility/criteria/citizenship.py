"""Is the person an Indonesian citizen? Asked of individuals only (F15)."""

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

OPTIONS = ("wni", "wna")
_WORDS = {
    "yes": words.words("wni", "indonesia(?:n)?"),
    "no": words.words("wna", "(?:orang |warga )?asing", "foreign(?:er)?", "bule"),
}
_SAID = {"yes": "wni", "no": "wna", UNSURE: UNSURE}
_PERSON = ("individual",)


def read(text: str, _reading: Reading) -> Answer | None:
    """Return the citizenship; "bukan WNI" is a foreigner."""
    return _SAID.get(words.choose(text, _WORDS, binary=True) or "")


CRITERION = Criterion(
    id="citizenship",
    facts=("F15",),
    depends_on=("applicant_type",),
    options=OPTIONS,
    asked=when("applicant_type", *_PERSON),
    read=read,
    accepts=one_of(*OPTIONS),
    rules=(
        Rule("R1", PENGABDIAN, Outcome.NOT_MET, ("F15",), when_kind(_PERSON, "citizenship", "wna")),
        Rule("R2", PENGABDIAN, Outcome.CHECK, ("F15",), when_kind(_PERSON, "citizenship", UNSURE)),
    ),
)
