"""A desk with proposals on record, at which people ask: the real inbox and router on a real database."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa

from handlers.inbox import Inbox, Received
from handlers.messages import Choice, Inbound, Kind, Reply
from handlers.routing import Router
from storage import contacts
from storage.contacts import Identity
from storage.database import Database
from storage.proposals import proof, records, releases
from storage.proposals.records import Entry
from storage.schema import outbox, people
from tests.storage.given import NOW, TELEGRAM

BUDI, ANI, SITI = 1, 2, 3
NUMBER, OTHER = "UPK-2026-00012", "UPK-2026-00034"
CODE, OTHER_CODE = "7KQM-2B9T-XW4C", "4H2J-8RSD-6TNB"
PHONE, OTHER_PHONE = "0812-3456-7890", "0813-1111-2222"
REFUSED = "Nomor dan bukti itu tidak cocok"
BLOCKED = "Sudah terlalu banyak percobaan"
ASKED_NUMBER = "Tulis *nomor registrasi*"
ASKED_PROOF = "Sekarang tulis *kode akses*"


@dataclass
class Desk:
    database: Database
    inbox: Inbox
    at: datetime = NOW
    _ids: Any = field(default_factory=lambda: itertools.count(1))

    async def record(
        self,
        number: str = NUMBER,
        state: str | None = "penilaian_substansi",
        code: str | None = CODE,
        phone: str | None = PHONE,
        *,
        released: bool = True,
        title: str = "",
        code_life: timedelta = timedelta(days=30),
    ) -> None:
        """Put a proposal on record."""
        entry = Entry(
            number,
            2026,
            "pengabdian",
            title,
            phone_sha256=proof.phone_hash(proof.phone(phone) or "") if phone else None,
            code_sha256=proof.code_hash(number, proof.code(code) or "") if code else None,
            code_expires_at=self.at + code_life,
            state=state,
            entered_at=self.at,
        )
        async with self.database.transaction() as tx:
            await records.put(tx, entry, self.at)
            if released:
                await releases.release_one(tx, number, self.at, self.at)

    async def moves(self, state: str, number: str = NUMBER, *, released_at: datetime | None = None) -> None:
        """Let a proposal come to another state."""
        async with self.database.transaction() as tx:
            judgement = await records.put(
                tx, Entry(number, 2026, "pengabdian", state=state, released_at=released_at), self.at
            )
        assert judgement.verdict == "changed"

    def message(self, person: int, text: str = "", **more: Any) -> Inbound:
        return Inbound(
            TELEGRAM, f"{person}-{next(self._ids)}", Identity(telegram_id=person), self.at, text=text, **more
        )

    async def take(self, *messages: Inbound) -> list[Received]:
        return await self.inbox.receive(messages)

    async def replies(self, person: int, text: str = "", **more: Any) -> list[Reply]:
        """Say something and return what is answered."""
        async with self.database.reading() as tx:
            last = (await tx.execute(sa.select(sa.func.coalesce(sa.func.max(outbox.c.id), 0)))).scalar_one()
        await self.take(self.message(person, text, **more))
        return await self.told(person, after=last)

    async def say(self, person: int, text: str = "", **more: Any) -> str:
        (reply,) = await self.replies(person, text, **more)
        return reply.text

    async def press(self, person: int, choice: str) -> str:
        return await self.say(person, kind=Kind.CHOICE, choice=choice)

    async def share(self, person: int, phone: str | None) -> str:
        return await self.say(person, kind=Kind.CONTACT, phone=phone)

    async def told(self, person: int, after: int = 0) -> list[Reply]:
        """Return what was written to somebody, after that row of the outbox."""
        query = (
            sa.select(outbox.c.text, outbox.c.choices)
            .join(people)
            .where(people.c.telegram_id == person, outbox.c.id > after)
            .order_by(outbox.c.id)
        )
        async with self.database.reading() as tx:
            rows = (await tx.execute(query)).all()
        return [Reply(row.text, tuple(Choice(*choice) for choice in row.choices)) for row in rows]

    async def link(self, person: int, number: str = NUMBER, code: str = CODE) -> None:
        """Let somebody prove that a proposal is theirs."""
        await self.say(person, "/status")
        assert "Cocok." in await self.say(person, f"{number} {code}")

    async def delegate(self, proposer: int, person: int, number: str = NUMBER) -> str:
        """Let somebody in by a proposer's code, and return what they are shown."""
        code = await self.invite(proposer, number)
        await self.say(person, "/status")
        return await self.say(person, f"{number} {code}")

    async def invite(self, proposer: int, number: str = NUMBER) -> str:
        shown = await self.press(proposer, f"status:invite:{number}")
        return shown.partition("*")[2].partition("*")[0]

    async def person_id(self, person: int) -> int:
        async with self.database.reading() as tx:
            found = await contacts.find(tx, Identity(telegram_id=person))
        assert found is not None
        return found


def as_it_is(_channel: str, reply: Reply) -> Sequence[Reply]:
    return (reply,)


def opened(database: Database, router: Router, **more: Any) -> Desk:
    inbox = Inbox(database, decide=router.decide, apologise=router.apologise, fit=as_it_is, **more)
    return Desk(database, inbox)
