from __future__ import annotations

from tests.bot.proposals.conftest import desk, objects, printed  # noqa: F401 - fixtures
from tests.bot.test_cli import upakarti  # noqa: F401 - a fixture
from tests.storage.emptied import (  # noqa: F401 - fixtures
    emptied_postgresql,
    sqlite_unless_asked,
    store,
)
