from __future__ import annotations

import pytest

from handlers.routing import Router
from storage.database import Database
from tests.handlers.status.desk import Desk, opened


@pytest.fixture
def desk(store: Database, router: Router) -> Desk:
    """A desk without a proposal, on either database."""
    return opened(store, router)
