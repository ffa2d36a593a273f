"""How many IKM were fostered in the last years? The edition sets the least number (F24)."""

from __future__ import annotations

import math
import re

from handlers.eligibility.criteria.fosters import may
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
    whole_number,
)
from handlers.eligibility.limits import Limits
from handlers.eligibility.reading import numbers, words

_NONE = re.compile(r"\b(?:belum|blm|tidak|gak|ga|nggak|tdk) (?:ada|punya)\b|\b(?:none|nobody|kosong)\b")
_TIME = {"tahun", "thn", "th", "taun", "bulan", "bln", "years", "year", "yrs", "yr", "months", "month", "persen"}
# Each may hold many IKM: how many, must be asked again.
_GATHERED = {
    *("kelompok", "kelompoknya", "desa", "sentra", "klaster", "kluster", "kabupaten", "kecamatan", "kota", "provinsi"),
    *("group", "groups", "village", "villages", "cluster", "clusters", "district", "districts"),
}
_MOST = 1_000_000  # more is a mistake of the keyboard, and no business of ours

_UNCOUNTED = words.words(
    "data(?:nya)?", "catatan(?:nya)?", "angka pasti", "(?:meng|di)?hitung", "records?", "count(?:ed)?"
)


def read(text: str, reading: Reading) -> Answer | None:
    """Return the number; unsure where a range lies on both sides of the threshold."""
    found = [number for number in numbers.find(text) if not number.after or number.after[0] not in _TIME]
    if any(number.after and number.after[0] in _GATHERED for number in found):
        return None
    if len(found) == 1:
        low, high = math.ceil(found[0].low), math.floor(min(found[0].high, _MOST))
        if low > _MOST:
            return None
        if low >= reading.limits.ikm:
            return low
        return high if high < reading.limits.ikm and not words.is_unsure(text) else UNSURE
    if not found and (words.is_unsure(text) or _UNCOUNTED.search(words.plain(text))):
        return UNSURE
    return 0 if not found and _NONE.search(words.plain(text)) else None


def _too_few(answers: Answers, limits: Limits) -> bool:
    count = given(answers, "ikm_count")
    return isinstance(count, int) and count < limits.ikm


def _uncounted(answers: Answers, _limits: Limits) -> bool:
    return given(answers, "ikm_count") == UNSURE


CRITERION = Criterion(
    id="ikm_count",
    facts=("F24",),
    depends_on=("fosters",),
    options=(),
    asked=may,
    read=read,
    accepts=whole_number,
    rules=(
        Rule("R16", BOTH, Outcome.NOT_MET, ("F24",), _too_few, figure="min_ikm"),
        Rule("R17", BOTH, Outcome.CHECK, ("F24",), _uncounted, figure="min_ikm"),
    ),
)
