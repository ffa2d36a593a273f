"""Is fostering IKM the official task already? Then it is no dedication (F16, F17)."""

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

_ASKED = ("individual", "organisation", "government", "other")
# R7 decides for persons and offices, whom an official's statement covers (F17); R8 only asks, since an association
# took part in 2024 (F32).
_DECIDED, _OPEN = ("individual", "government"), ("organisation", "other")
_WORDS = {
    "yes": words.words("tupoksi", "tugas resmi", "memang tugas", "mandat", "anggaran dasar", "our mandate", "my job"),
    "no": words.words(
        "sukarela(?:wan)?", "relawan", "di luar (?:tugas|tupoksi)",
        "sampingan", "hobi", "volunt(?:eer|ary|arily)", "on the side",
        "other (?:job|task|duty|purpose)", "(?:tugas|tujuan)(?:nya)? lain",
    ),
}  # fmt: skip


_UNCLEAR = words.words("pensiun(?:an)?", "dulu(?:nya)?", "sebagian", "mantan", "retired", "used to", "partly")
CRITERION = yes_no.question(
    "own_duty",
    facts=("F16", "F17"),
    asked=when("applicant_type", *_ASKED),
    meaning=_WORDS,
    unclear=_UNCLEAR,
    rules=(
        Rule("R7", PENGABDIAN, Outcome.NOT_MET, ("F16", "F17"), when_kind(_DECIDED, "own_duty", "yes")),
        Rule("R8", PENGABDIAN, Outcome.CHECK, ("F16", "F32", "F33"), when_kind(_OPEN, "own_duty", "yes")),
        Rule("R9", PENGABDIAN, Outcome.CHECK, ("F18", "F16"), when_kind(("government",), "own_duty", "no", UNSURE)),
        Rule("R11", PENGABDIAN, Outcome.CHECK, ("F16",), when_kind(("individual", *_OPEN), "own_duty", UNSURE)),
    ),
)
