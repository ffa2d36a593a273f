"""Are the fostered businesses industrial, not only shops or trade? (F92, F93)"""

from __future__ import annotations

from handlers.eligibility.criteria.fosters import may
from handlers.eligibility.criterion import BOTH, UNSURE, Answer, Criterion, Outcome, Reading, Rule, one_of, when
from handlers.eligibility.reading import words

OPTIONS = ("some", "none")
_SAID = {"yes": "some", "no": "none", UNSURE: UNSURE}
_GOODS = ("kerajinan", "batik", "tenun", "konveksi", "mebel", "furnitur", "gerabah", "tahu", "tempe", "kue", "keripik")
_MAKING = (
    "pengrajin", "perajin", "(?:peng|meng)?olah(?:an)?", "(?:mem)?buat(?:an)?(?! (?:apa|jual|izin))", "bikin",
    "produksi", "industri", "campur(?:an)?", "crafts?(?:men)?", "mak(?:e|es|ing)(?! (?:some )?money)",
    "process(?:ing)?", "produc(?:e|es|ing)", "manufactur(?:e|ing)",
)  # fmt: skip
_PARTLY = ("sebagian", "some")
_SELLING = (
    "warung", "toko", "kios", "dagang", "pedagang", "perdagangan", "reseller", "(?:ber|men|pen)?jual(?:an)?",
    "sell(?:s|ers?|ing)?", "ojek", "sopir", "kiosks?", "shops?", "trad(?:e|ers|ing)", "drivers?",
)  # fmt: skip
_KINDS = {"yes": words.words(*_GOODS, *_MAKING, *_PARTLY), "no": words.words(*_SELLING)}
_MAKERS, _SELLERS = words.words(*_MAKING), _KINDS["no"]


def read(text: str, _reading: Reading) -> Answer | None:
    """Return whether some are industrial: whoever also makes goods counts, and "hanya warung" is none."""
    if words.is_unsure(text):  # "kurang tahu" names no tofu
        return UNSURE
    said, denied = words.affirmed(text, _KINDS)
    if _SELLERS.search(said) and not _MAKERS.search(said):
        # Whether they make the batik that they sell is not said; nor what the others do where some keep shops.
        return _SAID.get(words.choose(text, _KINDS) or "")
    if words.yes_no(said) != "no" and "yes" not in denied and _KINDS["yes"].search(said):
        return "some"  # also beside shops
    return _SAID.get(words.choose(text, _KINDS) or "")


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
