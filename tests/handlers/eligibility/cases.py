"""The acceptance cases of the check: answers, both outcomes, and the rules that fire for each category."""

from __future__ import annotations

from typing import NamedTuple

from faq import edition
from faq.library import CONTENT
from handlers.eligibility import limits
from handlers.eligibility.criterion import Answer

SHIPPED = (CONTENT / "editions" / "2024.toml").read_text(encoding="utf-8")
LIMITS = limits.newest([edition.parse(SHIPPED, "2024.toml")])

FOSTERING: dict[str, Answer] = {
    "fosters": "yes",
    "industrial": "some",
    "ikm_count": 12,
    "years": 7,
    "gap": "yes",
    "previous": "no",
}
PERSON = FOSTERING | {"applicant_type": "individual", "citizenship": "wni", "own_duty": "no"}
BODY = FOSTERING | {"applicant_type": "organisation", "domicile_id": "yes", "state_body": "no", "own_duty": "no"}
OFFICE = FOSTERING | {"applicant_type": "government", "domicile_id": "yes", "own_duty": "no"}
COOPERATIVE = FOSTERING | {"applicant_type": "cooperative", "domicile_id": "yes"}
COMPANY = FOSTERING | {
    "applicant_type": "company",
    "domicile_id": "yes",
    "scale": "large",
    "own_industry": "yes",
    "partnership": "yes",
}
SMALL = {"workers": 12, "investment_bn": 0.6, "sales_bn": 3}
BETWEEN = {"workers": 40, "investment_bn": 8, "sales_bn": 9}
UNANSWERED = "R6 R13 R15 R17 R19 R27 R28"


class Case(NamedTuple):
    name: str
    answers: dict[str, Answer]
    pengabdian: str
    kepeloporan: str
    pengabdian_rules: str
    kepeloporan_rules: str


CASES = [
    Case("cooperative", COOPERATIVE, "CHECK", "CHECK", "R26", "R26"),
    Case("cooperative with 3 IKM", COOPERATIVE | {"ikm_count": 3}, "NOT_MET", "NOT_MET", "R16 R26", "R16 R26"),
    Case("office with that duty", OFFICE | {"own_duty": "yes"}, "NOT_MET", "NOT_FOR_YOU", "R7", "R3"),
    Case("office with another duty", OFFICE, "CHECK", "NOT_FOR_YOU", "R9", "R3"),
    Case("small company", COMPANY | {"scale": SMALL}, "NOT_FOR_YOU", "NOT_MET", "R4", "R21"),
    Case("two definitions", COMPANY | {"scale": BETWEEN}, "NOT_FOR_YOU", "CHECK", "R4", "R22"),
    Case("large company", COMPANY, "NOT_FOR_YOU", "MEETS_KNOWN", "R4", ""),
    Case("company seated abroad", COMPANY | {"domicile_id": "no"}, "NOT_FOR_YOU", "NOT_MET", "R4 R5", "R5"),
    Case("foreigner", PERSON | {"citizenship": "wna"}, "NOT_MET", "NOT_FOR_YOU", "R1", "R3"),
    Case("private university", BODY, "MEETS_KNOWN", "NOT_FOR_YOU", "", "R3"),
    Case("state university", BODY | {"state_body": "yes"}, "CHECK", "NOT_FOR_YOU", "R10", "R3"),
    Case("foundation with that purpose", BODY | {"own_duty": "yes"}, "CHECK", "NOT_FOR_YOU", "R8", "R3"),
    Case("employee with that duty", PERSON | {"own_duty": "yes"}, "NOT_MET", "NOT_FOR_YOU", "R7", "R3"),
    Case("official on the side", PERSON, "MEETS_KNOWN", "NOT_FOR_YOU", "", "R3"),
    Case("former recipient", PERSON | {"previous": "yes"}, "CHECK", "NOT_FOR_YOU", "R28", "R3 R28"),
    Case("own business only", PERSON | {"fosters": "no"}, "NOT_MET", "NOT_FOR_YOU", "R12", "R3 R12"),
    Case("only shops", PERSON | {"industrial": "none"}, "NOT_MET", "NOT_FOR_YOU", "R14", "R3 R14"),
    Case("fifth year", PERSON | {"years": 4}, "CHECK", "NOT_FOR_YOU", "R19", "R3 R19"),
    Case("two years", PERSON | {"years": 2}, "NOT_MET", "NOT_FOR_YOU", "R18", "R3 R18"),
    Case("trading company", COMPANY | {"own_industry": "no"}, "NOT_FOR_YOU", "CHECK", "R4", "R23"),
    Case("unregistered community", BODY | {"domicile_id": "unsure"}, "CHECK", "NOT_FOR_YOU", "R6", "R3 R6"),
    Case("a break", PERSON | {"gap": "no"}, "CHECK", "NOT_FOR_YOU", "R20", "R3 R20"),
    Case("mere donation", COMPANY | {"partnership": "no"}, "NOT_FOR_YOU", "NOT_MET", "R4", "R24"),
    Case("partnership unclear", COMPANY | {"partnership": "unsure"}, "NOT_FOR_YOU", "CHECK", "R4", "R25"),
    Case("citizenship unclear", PERSON | {"citizenship": "unsure"}, "CHECK", "NOT_FOR_YOU", "R2", "R3"),
    Case("duty unclear", PERSON | {"own_duty": "unsure"}, "CHECK", "NOT_FOR_YOU", "R11", "R3"),
    Case("nothing answered", {}, "CHECK", "CHECK", UNANSWERED, UNANSWERED),
]
