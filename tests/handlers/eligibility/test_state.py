"""A check survives being stored, and what another release stored is read as far as it is known."""

from __future__ import annotations

import json
from dataclasses import replace

from handlers.eligibility import state
from handlers.eligibility.criterion import Answer
from handlers.eligibility.state import Check
from tests.handlers.eligibility.cases import BETWEEN, COMPANY
from tests.handlers.talk import NOW

CHECK = Check(NOW, NOW, ("applicant_type", "scale"), COMPANY | {"scale": BETWEEN}, {"workers": 3.0}, went_on=True)


def test_a_check_comes_back_from_json_as_it_was() -> None:
    assert state.from_json(json.loads(json.dumps(state.to_json(CHECK)))) == CHECK


def test_questions_and_answers_of_another_release_are_left_out() -> None:
    stored = state.to_json(CHECK)
    stored["answers"] |= {"shoe_size": 43, "years": "many"}
    stored["history"].append("shoe_size")
    kept: dict[str, Answer] = {**CHECK.answers}
    del kept["years"]

    assert state.from_json(stored) == replace(CHECK, answers=kept)


def test_a_check_of_which_nothing_is_left_is_none() -> None:
    assert state.from_json(state.to_json(CHECK) | {"history": ["shoe_size"]}) is None
    assert state.from_json(None) is None


def test_a_history_does_not_grow_for_ever() -> None:
    check = CHECK
    for _ in range(100):
        check = check.showing("years").showing("scale")

    assert len(check.history) == 50
    assert check.showing("scale") == check
