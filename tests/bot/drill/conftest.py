from __future__ import annotations

from tests.bot.broadcast.conftest import desk  # noqa: F401 - a fixture
from tests.bot.proposals.conftest import objects, printed  # noqa: F401 - fixtures
from tests.storage.emptied import (  # noqa: F401 - fixtures
    emptied_postgresql,
    sqlite_unless_asked,
    store,
)
