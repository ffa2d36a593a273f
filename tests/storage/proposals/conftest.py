from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from storage.database import Database
from storage.proposals.portal import Portal
from storage.proposals.view import View
from tests.stubs.portal import PortalStub, portal, portal_database  # noqa: F401 - fixtures


@pytest.fixture
async def reader(portal: PortalStub, store: Database) -> AsyncIterator[Portal]:  # noqa: F811
    """Reads that portal into our database, as the role that may read the view only."""
    reader = Portal(View(portal.url), store)
    yield reader
    await reader.close()
