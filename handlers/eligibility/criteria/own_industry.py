"""Is the company itself an industrial one? Whether it must be is not settled (F20 against F22)."""

from __future__ import annotations

from handlers.eligibility.criterion import (
    KEPELOPORAN,
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
_COMPANY = ("company",)
_WORDS = {
    "yes": words.words("manufaktur", "pabrik", "pengolahan", "industri", "produksi", "manufactur(?:er|ing)", "factory"),
    "no": words.words(
        "dagang", "perdagangan", "distributor", "ritel", "retail", "jasa", "bank", "trad(?:e|er|ing)", "services?"
    ),
}


def read(text: str, _reading: Reading) -> Answer | None:
    """Return whether it is industrial; "jasa industri" names both and is asked again."""
    return words.yes_no(text) or words.option(text, _WORDS)


CRITERION = Criterion(
    id="own_industry",
    facts=("F20", "F22"),
    depends_on=("applicant_type",),
    options=OPTIONS,
    asked=when("applicant_type", *_COMPANY),
    read=read,
    accepts=one_of(*OPTIONS),
    rules=(Rule("R23", KEPELOPORAN, Outcome.CHECK, ("F20", "F22"), when_kind(_COMPANY, "own_industry", "no", UNSURE)),),
)
