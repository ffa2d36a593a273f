"""Officers who write announcements, for tests of their talk: two of them, and people who subscribed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import sqlalchemy as sa

from bot.channels import fit
from bot.channels.base import Limits
from bot.channels.webchat.channel import LIMITS as WEB
from bot.channels.whatsapp.channel import LIMITS as WHATSAPP
from handlers.messages import Inbound, Kind, Reply
from handlers.staff.outlets import Outlets
from storage.broadcasts import drafts
from storage.broadcasts.drafts import Broadcast
from storage.contacts import Identity
from storage.office.tables import staff
from storage.schema import people, subscriptions
from tests.handlers.staff import office
from tests.handlers.status.desk import ANI, SITI, Desk

TELEGRAM = Limits(
    text=4096, caption=1024, buttons=12, button_title=64, choice_id_bytes=64, pictures=True, shares_phone=True
)
LIMITS = {"telegram": TELEGRAM, "web": WEB, "whatsapp": WHATSAPP}


def fitted(channel: str, reply: Reply) -> Sequence[Reply]:
    return fit.fit(reply, LIMITS[channel])


OUTLETS = Outlets(("telegram", "web"), fitted, {"telegram": 25.0})


@dataclass
class Newsroom:
    """What the tests say and see. Ani writes, Siti approves."""

    desk: Desk

    async def subscribe(self, count: int = 3, language: str = "id", channel: str = "telegram") -> None:
        """Let so many people subscribe."""
        at = self.desk.at
        async with self.desk.database.transaction() as tx:
            first = (await tx.execute(sa.select(sa.func.coalesce(sa.func.max(people.c.id), 0)))).scalar_one() + 1000
            known = [
                {
                    "telegram_id" if channel == "telegram" else "web_token_hash": 900 + n
                    if channel == "telegram"
                    else f"visitor-{n}",
                    "id": n,
                    "language": language,
                    "created_at": at,
                    "last_seen_at": at,
                    "last_channel": channel,
                }
                for n in range(first, first + count)
            ]
            await tx.execute(sa.insert(people), known)
            await tx.execute(
                sa.insert(subscriptions), [{"person_id": n["id"], "topic": "announcements", "since": at} for n in known]
            )

    async def press(self, person: int, choice: str) -> list[Reply]:
        return await self.desk.replies(person, kind=Kind.CHOICE, choice=choice)

    async def say(self, person: int, text: str, **more: object) -> list[Reply]:
        return await self.desk.replies(person, text, **more)

    async def written(self, text: str = "Pendaftaran dibuka.", english: str | None = None) -> int:
        """Let Ani write an announcement, and return its number."""
        await self.press(ANI, "news:new")
        await self.say(ANI, text)
        broadcast = await self.newest()
        if english is None:
            await self.press(ANI, f"news:noen:{broadcast.id}")
        else:
            await self.say(ANI, english)
        await self.press(ANI, f"news:show:{broadcast.id}")
        return broadcast.id

    async def asked(self, text: str = "Pendaftaran dibuka.") -> tuple[int, int]:
        """Let Ani write one and ask for approval; return its number and version."""
        broadcast_id = await self.written(text)
        version = (await self.newest()).version
        await self.press(ANI, f"news:ask:{broadcast_id}:{version}")
        return broadcast_id, version

    async def approved(self) -> int:
        """Let Ani write one, and Siti approve it."""
        broadcast_id, version = await self.asked()
        (reply,) = await self.press(SITI, f"news:approve:{broadcast_id}:{version}")
        assert reply.text.startswith("Disetujui")
        return broadcast_id

    async def newest(self) -> Broadcast:
        async with self.desk.database.reading() as tx:
            return (await drafts.recent(tx, 1))[0]

    async def find(self, broadcast_id: int) -> Broadcast:
        async with self.desk.database.reading() as tx:
            found = await drafts.find(tx, broadcast_id)
        assert found is not None
        return found

    async def acts(self, broadcast_id: int) -> list[tuple[str, str]]:
        """Return who did what to it, the first first."""
        found = await office.acts(self.desk)
        return [(actor, action) for actor, action, subject in found if subject == f"broadcast:{broadcast_id}"]

    async def numbers(self) -> tuple[int, int]:
        """Return the numbers of Ani and Siti among the staff."""
        async with self.desk.database.reading() as tx:
            rows = (await tx.execute(sa.select(staff.c.id).order_by(staff.c.id))).all()
        return rows[0].id, rows[1].id


def titles(reply: Reply) -> list[str]:
    return [choice.title for choice in reply.choices]


def ids(reply: Reply) -> list[str]:
    return [choice.id for choice in reply.choices]


def file_from(desk: Desk, person: int, **more: object) -> Inbound:
    return Inbound("telegram", f"file-{person}-{more}", Identity(telegram_id=person), desk.at, **more)  # type: ignore[arg-type]
