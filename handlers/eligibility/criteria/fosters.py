"""Does it foster other IKM, and not only its own business? That is what Upakarti is for (F1, F21)."""

from __future__ import annotations

from handlers.eligibility import yes_no
from handlers.eligibility.criterion import (
    BOTH,
    UNSURE,
    Answers,
    Outcome,
    Rule,
    always,
    when,
)
from handlers.eligibility.limits import Limits
from handlers.eligibility.reading import words

_WORDS = {
    "yes": words.words(
        "membina", "bina", "binaan", "mendampingi", "melatih", "memberdayakan", "foster", "train", "mentor"
    ),
    "no": words.words("usaha(?: saya| kami)? sendiri", "own business", "only (?:my|our) own"),
}

# What is only planned, the own staff, being fostered oneself, and the own business beside others.
_UNCLEAR = words.words(
    "akan", "ingin", "berencana", "rencana(?:nya)?", "mau", "will", "plan(?:ning)?", "want to",
    "(?:karyawan|pegawai|anak buah|keluarga)(?: saya| kami| sendiri|ku)*", "my (?:own )?(?:staff|employees|family)",
    "(?:saya|kami|ikm|aku) (?:ikm )?binaan", "dibina", "ikut pelatihan", "dilatih",
    r"(?:usaha(?: saya| kami)? sendiri|own business)\W+(?:dan|serta|plus|and)",
)  # fmt: skip


def may(answers: Answers, _limits: Limits) -> bool:
    """Tell whether questions about the fostering still make sense."""
    return answers.get("fosters") != "no"


CRITERION = yes_no.question(
    "fosters",
    facts=("F1", "F21", "F23"),
    depends_on=(),
    asked=always,
    meaning=_WORDS,
    unclear=_UNCLEAR,
    rules=(
        Rule("R12", BOTH, Outcome.NOT_MET, ("F1", "F21"), when("fosters", "no")),
        Rule("R13", BOTH, Outcome.CHECK, ("F1", "F23"), when("fosters", UNSURE)),
    ),
)
