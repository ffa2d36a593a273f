from __future__ import annotations

from tests.storage.emptied import (  # noqa: F401 - fixtures
    migrated_postgresql,
    migrated_sqlite,
    open_again,
    store,
    store_url,
)
