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
# A wife, a place or a wish says nothing of the passport, and two passports are a case to ask about.
_UNCLEAR = words.words(
    "mantan", "bekas", "calon", "mau jadi", "ganda", "dual", "tinggal", "lahir", "(?:me)?nikah", "istri", "suami",
    "keturunan", "liv(?:e|es|ing)", "born", "married", "wife", "husband", "former(?:ly)?", "expat", "ekspat", "tapi",
    "but", "masalah", "bukan (?:saya|aku)", "harus", "wajib", "boleh",
)  # fmt: skip
_SAID = {"yes": "wni", "no": "wna", UNSURE: UNSURE}
_PERSON = ("individual",)


def read(text: str, _reading: Reading) -> Answer | None:
    """Return the citizenship; "bukan WNI" is a foreigner."""
    if _UNCLEAR.search(words.plain(text)):
        return UNSURE if words.is_unsure(text) else None
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
