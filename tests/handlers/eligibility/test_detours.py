"""Whatever way a conversation takes, the same answers come to the same result, with a restart after every message."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from faq.library import Library
from handlers.eligibility import path
from handlers.eligibility.criteria import BY_ID
from handlers.eligibility.criterion import BOTH, Answer
from handlers.eligibility.verdict import assess
from handlers.messages import Kind
from handlers.routing import Router
from handlers.wording import Wording
from tests.handlers.eligibility import conversation
from tests.handlers.eligibility.cases import CASES, LIMITS, Case
from tests.handlers.eligibility.conversation import Forgetful, check, press
from tests.handlers.eligibility.test_verdict import ANSWERS, MOST, values
from tests.handlers.talk import CONTACT

LONG = settings(
    max_examples=150,
    deadline=None,
    derandomize=True,
    database=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture],
)
Detour = Callable[[Forgetful, st.DataObject], object]


@pytest.fixture(scope="module")
def shared_router(library: Library, wording: Wording) -> Router:
    return Router(library, wording, CONTACT)


def wrong_answer(talk: Forgetful, data: st.DataObject) -> object:
    question = check(talk).open
    return question in BY_ID and conversation.give(talk, question, data.draw(values(question)))


def edit(talk: Forgetful, data: st.DataObject) -> object:
    press(talk, "edit")
    return check(talk).open == "edit" and press(talk, f"edit:{data.draw(st.sampled_from(sorted(check(talk).answers)))}")


def old_button(talk: Forgetful, data: st.DataObject) -> object:
    other = data.draw(st.sampled_from(sorted(BY_ID)))
    before = check(talk).answers
    if other == check(talk).open or not BY_ID[other].options:
        return None
    press(talk, f"{other}:{data.draw(st.sampled_from(BY_ID[other].options))}")
    assert check(talk).answers == before
    return None


def cancel_and_resume(talk: Forgetful, data: st.DataObject) -> object:
    talk.take(data.draw(st.sampled_from(["/batal", "/menu", "batal"])))
    talk.at += timedelta(days=data.draw(st.integers(0, 20)))
    talk.take("kapan pendaftaran ditutup?")
    talk.take("/cek")
    return press(talk, "resume")


DETOURS: dict[str, Detour] = {
    "back": lambda talk, _data: talk.take("kembali"),
    "back button": lambda talk, _data: press(talk, f"back:{check(talk).open}"),
    "wrong answer": wrong_answer,
    "edit": edit,
    "old button": old_button,
    "question": lambda talk, _data: talk.take("apa hadiahnya?"),
    "why": lambda talk, _data: talk.take("kenapa ditanya?"),
    "nonsense": lambda talk, _data: talk.take("qwxz vbnm"),
    "sticker": lambda talk, _data: talk.take(kind=Kind.STICKER),
    "cancel": cancel_and_resume,
    "keep": lambda talk, _data: press(talk, f"{check(talk).open}:keep"),
}


@LONG
@given(ANSWERS, st.data())
def test_the_outcome_does_not_depend_on_the_way(
    shared_router: Router, answers: dict[str, Answer], data: st.DataObject
) -> None:
    told = conversation.on_path(answers, LIMITS)
    talk = conversation.begin(shared_router)
    asked = set()
    for name in data.draw(st.lists(st.sampled_from(sorted(DETOURS)), max_size=8)):
        DETOURS[name](talk, data)
        stands = check(talk)
        asked |= {stands.open} & set(BY_ID)
        allowed = {criterion.id for criterion in path.questions(stands.answers, LIMITS)}
        assert {*stands.answers, *({stands.open} & set(BY_ID))} <= allowed
        if stands.open in BY_ID and data.draw(st.booleans()):
            conversation.give(talk, stands.open, told.get(stands.open, "unsure"))
    early = data.draw(st.booleans())

    conversation.finish(talk, told, early=early)

    given, wanted = check(talk).answers, assess(told, LIMITS)
    assert {question: told[question] for question in given} == given
    assert early or given == told
    verdict = assess(given, LIMITS)
    assert [verdict.outcome(category) for category in BOTH] == [wanted.outcome(category) for category in BOTH]
    assert given == told or wanted.is_out


@LONG
@given(ANSWERS)
def test_no_more_questions_are_asked_than_the_table_says(shared_router: Router, answers: dict[str, Answer]) -> None:
    told = conversation.on_path(answers, LIMITS)
    talk = conversation.begin(shared_router)
    asked = []
    while check(talk).open != "summary":
        question = check(talk).open
        if question == "stopped":
            press(talk, "goon")
            continue
        asked.append(question)
        conversation.give(talk, question, told[question])

    assert asked == list(told)
    assert len(asked) <= MOST.get(str(told["applicant_type"]), 11)


@pytest.mark.parametrize("early", [False, True])
@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_a_case_comes_out_as_listed_in_conversation(
    case: Case, shared_router: Router, wording: Wording, early: bool
) -> None:
    talk = conversation.begin(shared_router)

    text = conversation.finish(talk, case.answers, early=early)

    pengabdian, kepeloporan = text.split("*Jasa Kepeloporan*")
    assert wording.say(f"eligibility.outcome_{case.pengabdian.lower()}", "id") in pengabdian
    assert wording.say(f"eligibility.outcome_{case.kepeloporan.lower()}", "id") in kepeloporan
    if not early:
        verdict = assess(check(talk).answers, LIMITS)
        fired = [{rule.id for rule in verdict.rules(category)} for category in BOTH]
        assert fired == [set(case.pengabdian_rules.split()), set(case.kepeloporan_rules.split())]
