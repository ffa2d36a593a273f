from __future__ import annotations

from tests.storage.emptied import (  # noqa: F401 - fixtures
    emptied_postgresql,
    open_again,
    store,
    store_url,
)
