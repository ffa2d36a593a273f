from __future__ import annotations

import pytest

from faq.library import Library
from handlers.routing import Router
from handlers.wording import Wording
from tests.conftest import LEARNED
from tests.handlers.talk import CONTACT, Talk
from tests.storage.emptied import (  # noqa: F401 - fixtures
    emptied_postgresql,
    open_again,
    store,
    store_url,
)


@pytest.fixture(scope="session")
def library() -> Library:
    """The content we ship. It never changes once loaded, so that all tests may share it."""
    return Library.load(cache=LEARNED)


@pytest.fixture(scope="session")
def wording() -> Wording:
    return Wording.load()


@pytest.fixture
def router(library: Library, wording: Wording) -> Router:
    return Router(library, wording, CONTACT)


@pytest.fixture
def talk(router: Router) -> Talk:
    """Somebody who has never written before."""
    return Talk(router)
