"""Is it domiciled in Indonesia? Asked of all but individuals (F15, F20)."""

from __future__ import annotations

import re

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
    "yes": words.words(
        "indonesia",
        "terdaftar",
        "registered",
        "kemenkumham",
        "akta",
        "dalam negeri",
        "kab(?:upaten)?",
        "provinsi",
    ),
}
_PLACES = {
    "within": words.words(
        # The provinces, and the largest cities whose name is not in their province's.
        "aceh", "sumatera", "sumatra", "sumut", "sumbar", "sumsel", "riau", "kepri", "jambi", "bengkulu", "lampung",
        "bangka", "belitung", "banten", "jakarta", "jkt", "jabar", "jateng", "jatim", "jawa", "java", "jogja",
        "yogya(?:karta)?", "diy", "bali", "ntb", "ntt", "nusa tenggara", "kalimantan", "kalbar", "kalteng", "kalsel",
        "kaltim", "kaltara", "sulawesi", "sulut", "sulsel", "sulteng", "sultra", "sulbar", "gorontalo", "maluku",
        "papua", "bandung", "surabaya", "semarang", "medan", "makassar", "palembang", "bekasi", "tangerang", "depok",
        "bogor", "malang", "solo", "surakarta", "batam", "pekanbaru", "padang", "denpasar", "manado", "balikpapan",
        "samarinda", "pontianak", "banjarmasin", "cirebon", "tasikmalaya", "pekalongan", "jepara", "kudus", "sidoarjo",
    )
}  # fmt: skip

_HOUSE_NUMBER = re.compile(r"\bno(?:mor)?\.?\s*\d+", re.IGNORECASE)  # of an address, and no "no"


def read(text: str, _reading: Reading) -> Answer | None:
    """Return the seat. "Belum terdaftar" is unsure: whether a legal form is needed was not found (F33)."""
    if _UNREGISTERED.search(words.plain(text)):
        return UNSURE
    text = _HOUSE_NUMBER.sub(" ", text)
    found = words.choose(text, _WORDS)
    # "Di luar Jawa" names no seat, and a place at home next to one abroad leaves open which is meant.
    if words.option(words.affirmed(text, _PLACES)[0], _PLACES) is None:
        return found
    return {None: "yes", "no": None}.get(found, found)


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
