"""How large is the company? By its own word, or by two definitions of which no source says which one counts (F100)."""

from __future__ import annotations

from collections.abc import Mapping

from handlers.eligibility.criterion import (
    KEPELOPORAN,
    UNSURE,
    Answer,
    Answers,
    Criterion,
    Numbers,
    Outcome,
    Reading,
    Rule,
    given,
    kind,
    when,
)
from handlers.eligibility.limits import Limits
from handlers.eligibility.reading import amounts, words

OPTIONS = ("small", "medium", "large")
NUMBERS = ("workers", "investment_bn", "sales_bn")
_SMALL_WORKERS = 19  # F94, F95
_SMALL_INVESTMENT_BN = 1  # below it, with few workers, small (F94)
_SMALL_SALES_BN = 15  # up to it small (F99)
_WORDS = {
    "small": words.words("kecil", "mikro", "small", "micro"),
    "medium": words.words("menengah", "sedang", "medium", "mid-?sized?"),
    "large": words.words("besar", "gede", "large", "big"),
}
_ALL = words.words("itu saja", "itu aja", "sudah semua", "cuma itu", "that is all", "that's all")


def read(text: str, _reading: Reading) -> Answer | None:
    """Return the size in a word, or the numbers told, which may be some of the three only."""
    told = amounts.read(text)
    if told:
        return told
    size = words.option(words.affirmed(text, _WORDS)[0], _WORDS)
    if size is None and (words.is_unsure(text) or _ALL.search(words.plain(text))):
        return UNSURE
    return size


def accepts(value: object) -> bool:
    """Accept a size in a word, "unsure", or some of the three numbers."""
    if isinstance(value, Mapping):
        return bool(value) and all(
            name in NUMBERS and type(number) in {int, float} and number >= 0 for name, number in value.items()
        )
    return value in (*OPTIONS, UNSURE)


def _judged(answers: Answers) -> str:
    """Return "small", "enough" or "unsure"."""
    scale = given(answers, "scale")
    if isinstance(scale, Mapping):
        return _by_numbers(scale)
    return {"small": "small", UNSURE: UNSURE}.get(str(scale), "enough")


def _by_numbers(scale: Numbers) -> str:
    if any(name not in scale for name in NUMBERS):
        return UNSURE
    by_industry = scale["workers"] <= _SMALL_WORKERS and scale["investment_bn"] < _SMALL_INVESTMENT_BN
    by_sales = scale["sales_bn"] <= _SMALL_SALES_BN
    if by_industry != by_sales:
        return UNSURE
    return "small" if by_sales else "enough"


def _company_is(judged: str, answers: Answers) -> bool:
    return kind(answers) == "company" and _judged(answers) == judged


def _small(answers: Answers, _limits: Limits) -> bool:
    return _company_is("small", answers)


def _unclear(answers: Answers, _limits: Limits) -> bool:
    return _company_is(UNSURE, answers)


CRITERION = Criterion(
    id="scale",
    facts=("F20", "F94", "F95", "F96", "F99", "F100"),
    depends_on=("applicant_type",),
    options=OPTIONS,
    asked=when("applicant_type", "company"),
    read=read,
    accepts=accepts,
    rules=(
        Rule("R21", KEPELOPORAN, Outcome.NOT_MET, ("F20", "F94", "F99"), _small),
        Rule("R22", KEPELOPORAN, Outcome.CHECK, ("F20", "F100", "F95", "F99"), _unclear),
    ),
)
