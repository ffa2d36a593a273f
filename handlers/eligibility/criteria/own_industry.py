"""Is the company itself an industrial one? Whether it must be is not settled (F20 against F22)."""

from __future__ import annotations

from handlers.eligibility import yes_no
from handlers.eligibility.criterion import (
    KEPELOPORAN,
    UNSURE,
    Outcome,
    Rule,
    when,
    when_kind,
)
from handlers.eligibility.reading import words

_COMPANY = ("company",)
_WORDS = {
    "yes": words.words("manufaktur", "pabrik", "pengolahan", "industri", "produksi", "manufactur(?:er|ing)", "factory"),
    "no": words.words(
        "dagang", "perdagangan", "distributor", "ritel", "retail", "jasa", "bank", "trad(?:e|er|ing)", "services?"
    ),
}


CRITERION = yes_no.question(
    "own_industry",
    facts=("F20", "F22"),
    asked=when("applicant_type", *_COMPANY),
    meaning=_WORDS,
    rules=(Rule("R23", KEPELOPORAN, Outcome.CHECK, ("F20", "F22"), when_kind(_COMPANY, "own_industry", "no", UNSURE)),),
)
