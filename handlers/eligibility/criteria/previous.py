"""Has it received Upakarti before? Whether it may again was not found (F35)."""

from __future__ import annotations

from handlers.eligibility.criterion import BOTH, UNSURE, Answer, Criterion, Outcome, Reading, Rule, always, one_of, when
from handlers.eligibility.reading import words

OPTIONS = ("yes", "no")
_UNCLEAR = words.words(
    "(?:men)?daftar(?:kan)?", "ikut(?:an)?", "kalah", "nominasi", "nominat(?:ed|ion)", "nominee", "applied",
    "finalist?", "(?:men)?dengar", "lain(?:nya)?", "other", "another", "hampir", "almost", "ayah", "bapak",
    "ibu", "teman", "tetangga", "friend", "father", "mother", "bupati", "gubernur", "kecuali",
)  # fmt: skip


def read(text: str, _reading: Reading) -> Answer | None:
    """Return whether it has; "belum pernah" is no. To have applied, or won something else, is no yes."""
    found = words.yes_no(text)
    return None if found == "yes" and _UNCLEAR.search(words.plain(text)) else found


CRITERION = Criterion(
    id="previous",
    facts=("F35",),
    depends_on=(),
    options=OPTIONS,
    asked=always,
    read=read,
    accepts=one_of(*OPTIONS),
    rules=(Rule("R28", BOTH, Outcome.CHECK, ("F35",), when("previous", "yes", UNSURE)),),
)
