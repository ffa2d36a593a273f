"""Were the last years consecutive? Asked when there are enough of them (F26)."""

from __future__ import annotations

from handlers.eligibility.criteria.years import enough
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
    one_of,
)
from handlers.eligibility.limits import Limits
from handlers.eligibility.reading import words

OPTIONS = ("yes", "no")
_DENIED = r"(?:tidak|tak|tdk|ga|gak|nggak|tanpa|bukan|no|not|never|without)(?: a| any)?(?: pernah| ada| sempat)?"
_BREAK = r"(?:jeda|berhenti|putus|terputus|vakum|libur|bolong|breaks?|gaps?|paused?|stopp?(?:ed)?|interrupt\w*)"
_GOING_ON = r"(?:terus(?:-menerus)?|berturut(?:-turut)?|rutin|consecutive(?:ly)?|continuous(?:ly)?|in a row)"
_SAID = (  # in this order: what is denied must not be taken for what is said
    ("no", words.words(rf"{_DENIED} {_GOING_ON}")),
    ("yes", words.words(rf"{_DENIED} {_BREAK}")),
    ("no", words.words(_BREAK)),
    ("yes", words.words(_GOING_ON)),
)


def read(text: str, _reading: Reading) -> Answer | None:
    """Return whether they were consecutive; "tidak ada jeda" is yes."""
    if words.is_unsure(text):
        return UNSURE
    simple = words.plain(text)
    return next((answer for answer, pattern in _SAID if pattern.search(simple)), None) or words.yes_no(text)


def _broken(answers: Answers, limits: Limits) -> bool:
    return "years" in answers and enough(answers, limits) and given(answers, "gap") != "yes"


CRITERION = Criterion(
    id="gap",
    facts=("F26",),
    depends_on=("years",),
    options=OPTIONS,
    asked=enough,
    read=read,
    accepts=one_of(*OPTIONS),
    rules=(Rule("R20", BOTH, Outcome.CHECK, ("F26",), _broken),),
)
