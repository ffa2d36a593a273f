"""Does the company foster through development, linkage or partnership of mutual benefit? (F21, F102)"""

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
    "yes": words.words("kemitraan", "mitra", "bermitra", "pemasok", "keterkaitan", "partner(?:s|ship)?", "suppliers?"),
    "no": words.words("donasi", "sumbangan", "hibah", "charity", "donations?"),
}


CRITERION = yes_no.question(
    "partnership",
    facts=("F21", "F102"),
    asked=when("applicant_type", *_COMPANY),
    meaning=_WORDS,
    rules=(
        Rule("R24", KEPELOPORAN, Outcome.NOT_MET, ("F21",), when_kind(_COMPANY, "partnership", "no")),
        Rule("R25", KEPELOPORAN, Outcome.CHECK, ("F21", "F102"), when_kind(_COMPANY, "partnership", UNSURE)),
    ),
)
