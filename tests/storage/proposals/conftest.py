from __future__ import annotations

from tests.stubs.portal import portal, portal_database  # noqa: F401 - fixtures
