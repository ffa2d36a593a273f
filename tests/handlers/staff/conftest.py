from __future__ import annotations

import pytest

from handlers.routing import Router
from storage.database import Database
from tests.handlers.status.desk import Desk, opened
from tests.storage.emptied import sqlite_unless_asked  # noqa: F401 - a fixture


@pytest.fixture
def desk(store: Database, router: Router) -> Desk:
    """Where people write to us; the browser, as it were, keeps both sides."""
    return opened(store, router, transcribed=frozenset({"telegram"}))
