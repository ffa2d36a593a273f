"""What every command on announcements shares: the database, who acts, and how things are said."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

from bot import app
from bot.channels import fit
from bot.errors import PlainError
from bot.proposals.desk import Desk
from handlers.staff import sheet
from handlers.staff.outlets import Outlets
from handlers.staff.sheet import Sheet
from handlers.staff.speaking import Speaker
from handlers.staff.targeting import Targeting
from handlers.wording import Language, Wording
from storage.broadcasts.drafts import Broadcast
from storage.database import Database, Transaction
from storage.office import staff
from storage.office.staff import Member

LANGUAGE: Language = "en"  # of what these commands print


@dataclass(frozen=True, slots=True)
class Newsroom:
    """The open database, and the channels that announcements leave by."""

    desk: Desk
    database: Database
    speaker: Speaker

    @property
    def outlets(self) -> Outlets:
        """The channels."""
        return self.speaker.outlets

    @property
    def targeting(self) -> Targeting:
        """How audiences are named."""
        return Targeting(self.speaker.wording, self.outlets.channels)

    async def sheet(self, broadcast_id: int) -> Sheet:
        """Return all there is to be shown of an announcement; raises PlainError where there is none."""
        async with self.database.reading() as tx:
            found = await sheet.read(tx, broadcast_id, self.outlets, self.desk.clock.now())
        if found is None:
            raise PlainError(f"There is no announcement {broadcast_id}. See: upakarti broadcast list")
        return found


@asynccontextmanager
async def opened(desk: Desk) -> AsyncIterator[Newsroom]:
    """Open the database meanwhile."""
    async with desk.opened() as database:
        channels = app.service_channels(desk.settings, database, desk.clock)
        outlets = app.outlets_of(desk.settings, channels)
        yield Newsroom(desk, database, Speaker(Wording.load(), outlets))


async def acting(tx: Transaction, name: str) -> Member:
    """Return the member of staff who acts; raises PlainError for anybody who does not work here."""
    known = " ".join(name.split()).casefold()
    for member in await staff.every(tx):
        if member.name.casefold() == known and member.joined_at is not None:
            return member
    raise PlainError(f"Nobody who works here is called {name!r}. See: upakarti staff list")


def plain(text: str) -> str:
    """Return a text of a chat without the marks of what is bold there."""
    return fit.emphasis(text)[0]


def not_in_order(broadcast: Broadcast | None, broadcast_id: int, verb: str) -> PlainError:
    """Return the error that says why something cannot be done with an announcement now."""
    if broadcast is None:
        return PlainError(f"There is no announcement {broadcast_id}. See: upakarti broadcast list")
    return PlainError(f"Announcement {broadcast_id} cannot be {verb}: it is {STATES[broadcast.status]}.")


# How an announcement stands, in words.
STATES = {
    "draft": "a draft that nobody has approved",
    "approved": "approved and has not begun",
    "preparing": "just beginning",
    "running": "on its way",
    "paused": "paused",
    "stopped": "stopped",
    "finished": "finished",
    "discarded": "discarded",
}
