"""Is it domiciled in Indonesia? Asked of all but individuals (F15, F20)."""

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
    given,
    kind,
    one_of,
)
from handlers.eligibility.limits import Limits
from handlers.eligibility.reading import words

OPTIONS = ("yes", "no")
_FACTS = ("F15", "F20")
_UNREGISTERED = words.words(
    "(?:belum|blm|tidak|gak|ga|not|not yet) (?:(?:punya|ada) akta|(?:ter)?daftar|registered)",
    "unregistered",
    "belum berbadan hukum",
)
_WORDS = {
    "no": words.words("luar negeri", "di luar indonesia", "abroad", "overseas", "singapura", "malaysia", "jepang"),
    "yes": words.words("indonesia", "terdaftar", "registered", "kemenkumham", "akta", "dalam negeri"),
}


def read(text: str, _reading: Reading) -> Answer | None:
    """Return the seat. "Belum terdaftar" is unsure: whether a legal form is needed was not found (F33)."""
    if _UNREGISTERED.search(words.plain(text)):
        return UNSURE
    return words.choose(text, _WORDS)


def _not_a_person(answers: Answers, _limits: Limits) -> bool:
    return kind(answers) != "individual"


def _is(answer: str, answers: Answers) -> bool:
    return kind(answers) != "individual" and given(answers, "domicile_id") == answer


CRITERION = Criterion(
    id="domicile_id",
    facts=_FACTS,
    depends_on=("applicant_type",),
    options=OPTIONS,
    asked=_not_a_person,
    read=read,
    accepts=one_of(*OPTIONS),
    rules=(
        Rule("R5", BOTH, Outcome.NOT_MET, _FACTS, lambda answers, _limits: _is("no", answers)),
        Rule("R6", BOTH, Outcome.CHECK, _FACTS, lambda answers, _limits: _is(UNSURE, answers)),
    ),
)
