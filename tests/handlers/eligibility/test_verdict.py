"""The table of rules: every case comes out as listed, and what no source backs decides nothing."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from faq.library import Library
from handlers.eligibility import limits, path
from handlers.eligibility.criteria import BY_ID, CRITERIA
from handlers.eligibility.criterion import BOTH, UNSURE, Answer, Outcome
from handlers.eligibility.limits import Limits
from handlers.eligibility.verdict import assess
from tests.conftest import SHARED
from tests.handlers.eligibility.cases import BODY, CASES, COMPANY, COOPERATIVE, LIMITS, OFFICE, PERSON, Case

TABLE = SHARED / "facts" / "eligibility.json"
RULES = [rule for criterion in CRITERIA for rule in criterion.rules]
PURE = settings(max_examples=300, deadline=None, derandomize=True, database=None)

# When each question is asked, by who is proposed; "f" unless nobody is fostered, "g" after enough years.
ASKED = {
    "individual": "applicant_type citizenship own_duty fosters f:industrial f:ikm_count f:years g:gap previous",
    "company": "applicant_type domicile_id fosters f:industrial f:ikm_count f:years g:gap scale own_industry"
    " partnership previous",
    "organisation": "applicant_type domicile_id state_body own_duty fosters f:industrial f:ikm_count f:years g:gap"
    " previous",
    "government": "applicant_type domicile_id own_duty fosters f:industrial f:ikm_count f:years g:gap previous",
    "cooperative": "applicant_type domicile_id fosters f:industrial f:ikm_count f:years g:gap previous",
    "other": "applicant_type domicile_id own_duty fosters f:industrial f:ikm_count f:years g:gap previous",
    UNSURE: "applicant_type domicile_id fosters f:industrial f:ikm_count f:years g:gap previous",
}
MOST = {"individual": 9, "company": 11, "organisation": 10, "cooperative": 8}


def values(question: str) -> st.SearchStrategy[Answer]:
    """Return every kind of answer to a question."""
    criterion = BY_ID[question]
    if question in ("ikm_count", "years"):
        return st.one_of(st.just(UNSURE), st.integers(0, 12))
    options = st.sampled_from([*criterion.options, UNSURE])
    if question != "scale":
        return options
    size = st.fixed_dictionaries(
        {},
        optional={
            "workers": st.sampled_from([0, 19, 20, 500]),
            "investment_bn": st.sampled_from([0.5, 1, 16]),
            "sales_bn": st.sampled_from([2, 15, 15.5]),
        },
    )
    return st.one_of(options, size.filter(bool))


ANSWERS = st.fixed_dictionaries({}, optional={criterion.id: values(criterion.id) for criterion in CRITERIA})


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_a_case_comes_out_as_listed(case: Case, known: Limits) -> None:
    verdict = assess(case.answers, known)

    assert (verdict.outcome("pengabdian"), verdict.outcome("kepeloporan")) == (case.pengabdian, case.kepeloporan)
    fired = [{rule.id for rule in verdict.rules(category)} for category in BOTH]
    assert fired == [set(case.pengabdian_rules.split()), set(case.kepeloporan_rules.split())]


@pytest.mark.skipif(not TABLE.exists(), reason="the fact sheets are not beside this project")
def test_every_case_of_the_fact_sheet_comes_out_as_listed(known: Limits) -> None:
    sheet = json.loads(TABLE.read_text(encoding="utf-8"))

    for case in sheet["cases"]:
        verdict = assess(case["answers"], known)
        found = {"P": verdict.outcome("pengabdian").value, "K": verdict.outcome("kepeloporan").value}
        assert found == case["expect"], case["name"]


@pytest.mark.skipif(not TABLE.exists(), reason="the fact sheets are not beside this project")
def test_the_rules_are_those_of_the_fact_sheet() -> None:
    sheet = json.loads(TABLE.read_text(encoding="utf-8"))

    ours = {rule.id: ([each[0].upper() for each in rule.categories], rule.outcome, set(rule.facts)) for rule in RULES}
    assert ours == {rule["id"]: (rule["categories"], rule["outcome"], set(rule["facts"])) for rule in sheet["rules"]}
    assert {each.id: set(each.facts) for each in CRITERIA} == {
        question["id"]: set(question["facts"]) for question in sheet["questions"]
    }


def test_every_rule_stands_in_the_table_once() -> None:
    assert sorted(rule.id for rule in RULES) == sorted(f"R{number}" for number in range(1, 29))


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.id)
def test_a_rule_without_a_sourced_fact_can_only_ask(rule: object, library: Library) -> None:
    facts = [library.facts[fact] for fact in rule.facts]  # type: ignore[attr-defined]

    assert facts
    if not all(fact.sourced for fact in facts):
        assert rule.outcome is Outcome.CHECK  # type: ignore[attr-defined]


def test_the_test_of_the_rules_would_see_one_that_decides_without_a_source(library: Library) -> None:
    (former,) = (rule for rule in RULES if rule.id == "R28")

    with pytest.raises(AssertionError):
        test_a_rule_without_a_sourced_fact_can_only_ask(replace(former, outcome=Outcome.NOT_MET), library)


@PURE
@given(ANSWERS)
def test_an_unsure_or_missing_answer_never_leads_to_a_fail(answers: dict[str, Answer]) -> None:
    sure = {question: answer for question, answer in answers.items() if answer != UNSURE}
    decisive = {
        each.rule.id for each in assess(answers, LIMITS).fired if each.rule.outcome.is_out and each.question not in sure
    }

    assert decisive == set()


@PURE
@given(ANSWERS, st.sampled_from([criterion.id for criterion in CRITERIA]))
def test_taking_an_answer_back_to_unsure_never_makes_an_outcome_a_fail(
    answers: dict[str, Answer], question: str
) -> None:
    before, after = assess(answers, LIMITS), assess(answers | {question: UNSURE}, LIMITS)

    for category in BOTH:
        assert not after.outcome(category).is_out or before.outcome(category).is_out


@PURE
@given(ANSWERS)
def test_questions_are_asked_where_the_table_says_and_nowhere_else(answers: dict[str, Answer]) -> None:
    kind = str(answers.get("applicant_type", UNSURE))
    fosters = answers.get("fosters") != "no"
    years = answers.get("years", 5)
    holds = {"f": fosters, "g": fosters and isinstance(years, int) and years >= 5}
    asked = [each.rpartition(":") for each in ASKED[kind].split()]

    path_ids = [criterion.id for criterion in path.questions(answers, LIMITS)]

    assert path_ids == [question for condition, _, question in asked if not condition or holds[condition]]
    assert len(path_ids) <= MOST.get(kind, 11)


@pytest.mark.parametrize(("kind", "most"), MOST.items())
def test_the_longest_path_is_as_long_as_the_table_says(kind: str, most: int, known: Limits) -> None:
    assert len(path.questions({"applicant_type": kind}, known)) == most


@pytest.mark.parametrize(
    ("question", "value", "outcome"),
    [
        ("ikm_count", 0, "NOT_MET"),
        ("ikm_count", 4, "NOT_MET"),
        ("ikm_count", 5, "MEETS_KNOWN"),
        ("ikm_count", 6, "MEETS_KNOWN"),
        ("years", 0, "NOT_MET"),
        ("years", 3, "NOT_MET"),
        ("years", 4, "CHECK"),
        ("years", 5, "MEETS_KNOWN"),
        ("years", 6, "MEETS_KNOWN"),
    ],
)
def test_figures_are_judged_at_their_boundaries(question: str, value: int, outcome: str, known: Limits) -> None:
    assert assess(PERSON | {question: value}, known).outcome("pengabdian") == outcome


@pytest.mark.parametrize(
    ("workers", "investment", "sales", "outcome"),
    [
        (19, 0.99, 15, "NOT_MET"),
        (19, 1, 15, "CHECK"),
        (20, 0.1, 15, "CHECK"),
        (19, 0.99, 15.1, "CHECK"),
        (20, 0.1, 15.1, "MEETS_KNOWN"),
        (19, 1, 15.1, "MEETS_KNOWN"),
        (5000, 900, 9000, "MEETS_KNOWN"),
    ],
)
def test_a_size_is_judged_by_both_definitions(
    workers: int, investment: float, sales: float, outcome: str, known: Limits
) -> None:
    size = {"workers": workers, "investment_bn": investment, "sales_bn": sales}

    assert assess(COMPANY | {"scale": size}, known).outcome("kepeloporan") == outcome


@pytest.mark.parametrize("missing", ["workers", "investment_bn", "sales_bn"])
def test_a_size_with_a_number_missing_is_unclear(missing: str, known: Limits) -> None:
    size = {"workers": 5000, "investment_bn": 900, "sales_bn": 9000}
    del size[missing]

    assert [rule.id for rule in assess(COMPANY | {"scale": size}, known).rules("kepeloporan")] == ["R22"]


def test_another_editions_figures_are_used(library: Library, known: Limits) -> None:
    (of_2024,) = (each for each in library.editions if each.year == known.year)
    figures = dict(of_2024.figures) | {"min_ikm": replace(of_2024.figures["min_ikm"], value=20)}
    later = limits.newest([replace(of_2024, year=2026, figures=figures)], library.editions)

    assert later.year == 2026
    assert assess(PERSON, later).outcome("pengabdian") == "NOT_MET"


def test_an_edition_without_all_figures_is_passed_over(library: Library, known: Limits) -> None:
    (of_2024,) = (each for each in library.editions if each.year == known.year)

    assert limits.newest([replace(of_2024, year=2026, figures={})], library.editions) == known
    with pytest.raises(LookupError, match="no edition"):
        limits.newest([], [])


@pytest.mark.parametrize(
    ("answers", "hints"),
    [
        (PERSON, ("hint_company_of_person",)),
        (COMPANY, ()),
        (COMPANY | {"scale": "small"}, ("hint_owner_of_company",)),
        (BODY, ("hint_company_of_foundation",)),
        (OFFICE, ()),
        (OFFICE | {"own_duty": "yes"}, ("hint_office_proposes",)),
        (COOPERATIVE, ()),
    ],
)
def test_hints_are_given_where_they_help(answers: dict[str, Answer], hints: tuple[str, ...], known: Limits) -> None:
    assert assess(answers, known).hints == hints


def test_a_changed_answer_takes_along_what_depends_on_it_and_no_more() -> None:
    assert set(PERSON) - set(path.answered(PERSON, "years", 8)) == {"gap"}
    assert set(PERSON) - set(path.answered(PERSON, "fosters", "unsure")) == {"industrial", "ikm_count", "years", "gap"}
    assert set(PERSON) - set(path.answered(PERSON, "applicant_type", "company")) == {"citizenship", "own_duty"}
    assert path.answered(PERSON, "years", 7) == PERSON
