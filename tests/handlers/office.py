"""An office whose officers people ask for: the real inbox, router and watch on a real database."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

from handlers import office_hours
from handlers.handover_pages import ForOfficer, ForPerson
from handlers.handover_watch import Watch
from handlers.messages import Reply
from handlers.routing import Router
from handlers.wording import Wording
from storage.database import Database
from tests.handlers.status import desk
from tests.handlers.status.desk import Desk
from tests.handlers.talk import CONTACT
from tests.storage.office import working

BUDI, RINA, DEWI, ANI = 1, 2, 3, 4


@dataclass
class Office(Desk):
    """People write by their Telegram number; `told` of a desk shows what they got."""

    async def employ(self, number: int, name: str = "Rina", *, on_duty: bool = True) -> int:
        """Let somebody work here who has written before."""
        staff_id = await working.officer(self.database, number, name, on_duty=on_duty)
        await self.replies(number, "/menu")
        return staff_id

    async def ask(self, number: int = BUDI) -> int:
        """Let somebody ask for an officer, and return the talk's number."""
        await self.replies(number, "/petugas")
        (reply,) = await self.replies(number, choice="talk:ask", kind=desk.Kind.CHOICE)
        return int(reply.choices[0].id.rpartition(":")[2])

    async def talking(self) -> int:
        """Let Rina answer Budi, and return the talk's number."""
        talk_id = await self.ask()
        await self.press(RINA, f"talk:take:{talk_id}")
        return talk_id

    async def last(self, number: int) -> Reply:
        """Return what somebody was told last."""
        return (await self.told(number))[-1]

    async def count(self, number: int) -> int:
        return len(await self.told(number))

    async def sweep(self, later: timedelta = timedelta(0)) -> int:
        """Let the watch look after open talks at a later time."""
        wording = Wording.load()
        person = ForPerson(wording, CONTACT, office_hours.parse(office_hours.DEFAULT))
        return await Watch(self.database, person, ForOfficer(wording), desk.as_it_is).sweep(self.at + later)


def opened(database: Database, router: Router) -> Office:
    made = desk.opened(database, router)
    return Office(database, made.inbox)
