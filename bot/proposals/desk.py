"""What every command on proposals shares: who acts, by which clock, on which database, and who has the say there."""

from __future__ import annotations

import os
import pwd
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime

from bot.clock import JAKARTA, Clock, SystemClock
from bot.errors import PlainError
from bot.service import open_database
from bot.settings import Settings
from storage.audit import Act
from storage.database import Database, Transaction
from storage.proposals import records
from storage.proposals.records import Proposal


def account() -> str:
    """Return who acts, as this machine knows them."""
    try:
        return f"command:{pwd.getpwuid(os.getuid()).pw_name}"
    except KeyError:  # a user of a container, say
        return f"command:{os.getuid()}"


@dataclass(frozen=True, slots=True)
class Desk:
    """Where a member of staff does something."""

    settings: Settings
    clock: Clock = field(default_factory=SystemClock)
    actor: str = field(default_factory=account)

    @asynccontextmanager
    async def opened(self) -> AsyncIterator[Database]:
        """Open the database meanwhile."""
        database = await open_database(self.settings)
        try:
            yield database
        finally:
            await database.close()

    def act(self, action: str, subject: str, **details: object) -> Act:
        """Return what to write into the audit; no personal data may be among the details."""
        return Act(self.actor, action, subject, details, self.clock.now())


def refuse_where_the_portal_leads(settings: Settings) -> None:
    """Raise PlainError where proposals are read from the portal's view: what we changed, it would change back."""
    if settings.status_database_url is not None:
        raise PlainError(
            "Proposals come from the portal's database here (UPAKARTI_STATUS_DATABASE_URL): do this in the portal,"
            " and it is taken over by itself."
        )


async def known(tx: Transaction, number: str) -> Proposal:
    """Return the proposal; raises PlainError where there is none."""
    found = await records.get(tx, number)
    if found is None:
        raise PlainError(f"There is no proposal {number}.")
    return found


def jakarta(at: datetime) -> str:
    """Return a time as staff read it."""
    return f"{at.astimezone(JAKARTA):%Y-%m-%d %H:%M} WIB"


def iso(at: datetime | None) -> str | None:
    """Return a time as programs read it, in Jakarta's zone."""
    return None if at is None else at.astimezone(JAKARTA).isoformat()


def counted(count: int, one: str, many: str = "") -> str:
    """Return "1 person" or "2 people"."""
    return f"{count:,} {one if count == 1 else many or one + 's'}"
