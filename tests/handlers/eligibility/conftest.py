from __future__ import annotations

import pytest

from faq.library import Library
from handlers.eligibility import limits
from handlers.eligibility.limits import Limits


@pytest.fixture(scope="session")
def known(library: Library) -> Limits:
    """The limits of the edition that comes with the program."""
    return limits.newest(library.editions)
