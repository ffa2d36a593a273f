"""Does the company foster through development, linkage or partnership of mutual benefit? (F21, F102)"""

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
    "yes": words.words("kemitraan", "mitra", "bermitra", "pemasok", "keterkaitan", "partner(?:s|ship)?", "suppliers?"),
    "no": words.words("donasi", "sumbangan", "hibah", "charity", "donations?"),
}


def read(text: str, _reading: Reading) -> Answer | None:
    """Return whether it is a partnership; a mere donation is none."""
    return words.yes_no(text) or words.option(text, _WORDS)


CRITERION = Criterion(
    id="partnership",
    facts=("F21", "F102"),
    depends_on=("applicant_type",),
    options=OPTIONS,
    asked=when("applicant_type", *_COMPANY),
    read=read,
    accepts=one_of(*OPTIONS),
    rules=(
        Rule("R24", KEPELOPORAN, Outcome.NOT_MET, ("F21",), when_kind(_COMPANY, "partnership", "no")),
        Rule("R25", KEPELOPORAN, Outcome.CHECK, ("F21", "F102"), when_kind(_COMPANY, "partnership", UNSURE)),
    ),
)
