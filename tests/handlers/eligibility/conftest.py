from __future__ import annotations

import pytest

from faq.library import Library
from handlers.eligibility import limits
from handlers.eligibility.limits import Limits
from handlers.routing import Router
from tests.handlers.eligibility import conversation
from tests.handlers.eligibility.cases import COMPANY, PERSON
from tests.handlers.eligibility.conversation import Forgetful, check


@pytest.fixture(scope="session")
def known(library: Library) -> Limits:
    """The limits of the edition that comes with the program."""
    return limits.newest(library.editions)


@pytest.fixture
def begun(router: Router) -> Forgetful:
    """Somebody who was asked the first question."""
    return conversation.begin(router)


@pytest.fixture
def counting(begun: Forgetful) -> Forgetful:
    """Somebody, an individual, who is asked for the number of IKM."""
    for question in ("applicant_type", "citizenship", "own_duty", "fosters", "industrial"):
        conversation.give(begun, question, PERSON[question])
    assert check(begun).open == "ikm_count"
    return begun


@pytest.fixture
def sizing(begun: Forgetful) -> Forgetful:
    """Somebody who is asked for the size of the company."""
    for question in ("applicant_type", "domicile_id", "fosters", "industrial", "ikm_count", "years", "gap"):
        conversation.give(begun, question, COMPANY[question])
    assert check(begun).open == "scale"
    return begun
