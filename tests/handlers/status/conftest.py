from __future__ import annotations

from pathlib import Path

import pytest

from handlers.routing import Router
from storage.database import Database
from tests.handlers.status.desk import Desk, opened
from tests.storage.emptied import migrated_url


@pytest.fixture
def store_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """SQLite where a test does not say ON_BOTH: what storage does on either system is tested there."""
    return migrated_url(request, tmp_path)


@pytest.fixture
def desk(store: Database, router: Router) -> Desk:
    """A desk without a proposal."""
    return opened(store, router)
