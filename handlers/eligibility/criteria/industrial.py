"""Are the fostered businesses industrial, not only shops or trade? (F92, F93)"""

from __future__ import annotations

import re

from handlers.eligibility.criteria.fosters import may
from handlers.eligibility.criterion import BOTH, UNSURE, Answer, Criterion, Outcome, Reading, Rule, one_of, when
from handlers.eligibility.reading import words

OPTIONS = ("some", "none")
_SAID = {"yes": "some", "no": "none", UNSURE: UNSURE}
_MAKES = words.words(
    "pengrajin", "perajin", "kerajinan", "batik", "tenun", "konveksi", "mebel", "furnitur", "gerabah", "tahu", "tempe",
    "kue", "keripik", "(?:peng|meng)?olah(?:an)?", "(?:mem)?buat(?:an)?(?! (?:apa|jual|izin))", "bikin", "produksi",
    "industri", "campur(?:an)?", "sebagian", "some", "crafts?(?:men)?", "mak(?:e|es|ing)", "process(?:ing)?",
    "produc(?:e|es|ing)", "manufactur(?:e|ing)",
)  # fmt: skip
_TRADES = words.words(
    "warung", "toko", "kios", "dagang", "pedagang", "perdagangan", "reseller", "(?:ber)?jual(?:an)?", "penjual",
    "menjual", "sell(?:s|ers?|ing)?", "ojek", "sopir", "kiosks?", "shops?", "trad(?:e|ers|ing)", "drivers?",
)  # fmt: skip

# Whether they make the batik that they sell is not said; nor is what the others do where some are shops.
_SELLS_GOODS = re.compile(
    rf"\b(?:{_TRADES.pattern[5:-3]})\s+(?!dan |and |serta )(?:{_MAKES.pattern[5:-3]})\b"
    r"|\bmak(?:e|ing) (?:some )?money\b"
    r"|\b(?:sebagian|some|some of them|some are)\s+(?:are\s+|besar\s+)?(?:warung|ojek|shops|drivers|toko|kios)\b"
)
_MAKERS = words.words("buatan", "bikin", "produksi", "olahan", "pengrajin", "perajin", "campur", "make things")


def read(text: str, _reading: Reading) -> Answer | None:
    """Return whether some are industrial: whoever also makes goods counts, and "hanya warung" is none."""
    if words.is_unsure(text):  # "kurang tahu" names no tofu
        return UNSURE
    kinds = {"yes": _MAKES, "no": _TRADES}
    said, denied = words.affirmed(text, kinds)
    if _SELLS_GOODS.search(said) and not _MAKERS.search(said):
        return None
    if words.yes_no(said) != "no" and "yes" not in denied and _MAKES.search(said):
        return "some"  # also beside shops
    return _SAID.get(words.choose(text, kinds) or "")


CRITERION = Criterion(
    id="industrial",
    facts=("F92", "F93"),
    depends_on=("fosters",),
    options=OPTIONS,
    asked=may,
    read=read,
    accepts=one_of(*OPTIONS),
    rules=(
        # The legal definition of IKM applied; no source about Upakarti spells it out.
        Rule("R14", BOTH, Outcome.NOT_MET, ("F93", "F92"), when("industrial", "none")),
        Rule("R15", BOTH, Outcome.CHECK, ("F93",), when("industrial", UNSURE)),
    ),
)
