from __future__ import annotations

import pytest

from faq.library import Library
from handlers.routing import Router
from handlers.staff.outlets import Outlets
from handlers.wording import Wording
from storage.database import Database
from tests.handlers.staff import office
from tests.handlers.staff.newsroom import OUTLETS, Newsroom
from tests.handlers.status.desk import ANI, SITI, Desk, opened
from tests.handlers.talk import CONTACT
from tests.storage.emptied import sqlite_unless_asked  # noqa: F401 - a fixture


@pytest.fixture
def desk(store: Database, router: Router) -> Desk:
    """Where people write to us; the browser, as it were, keeps both sides."""
    return opened(store, router, transcribed=frozenset({"telegram"}))


@pytest.fixture
def outlets() -> Outlets:
    """The ways that announcements leave by."""
    return OUTLETS


@pytest.fixture
async def newsroom(store: Database, library: Library, wording: Wording, outlets: Outlets) -> Newsroom:
    """Two officers and three people who subscribed."""
    room = Newsroom(opened(store, Router(library, wording, CONTACT, outlets=outlets)))
    await office.join(room.desk, ANI, "Ani")
    await office.join(room.desk, SITI, "Siti")
    await room.subscribe()
    return room
