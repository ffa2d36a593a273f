"""What drills of broadcasts share: one begins, processes are killed over its whole length, and it ends."""

from __future__ import annotations

import asyncio
import random
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, Protocol

import sqlalchemy as sa

from storage.broadcasts import drafts, steering
from storage.broadcasts.drafts import Draft, Text
from storage.broadcasts.steering import Approval
from storage.broadcasts.tables import broadcasts
from storage.database import Database
from storage.office.tables import staff
from storage.schema import outbox, people, subscriptions
from tests.service import ServiceProcess

PROCESSES = {"sqlite": 1, "postgresql": 3}
PACE = 60  # a second, and as many at once after a start
SETTLE_SECONDS = 120  # with several processes the leases of a killed one run out after 40 s
EARLY = 0.4  # of the kills hit a process that is just starting


class Stub(Protocol):
    """What is asked of a platform's stub."""

    sent: list[Any]

    async def wait_for(self, found: Any, timeout: float = 10) -> Any:  # noqa: ASYNC109
        """Return what `found` returns as soon as it is true."""


@dataclass(frozen=True, slots=True)
class Row:
    """One recipient, as the database has it at the end."""

    person_id: int
    status: str
    reason: str | None
    platform_message_id: str | None


async def start_broadcast(database: Database, channel: str, accounts: Sequence[Mapping[str, Any]]) -> None:
    """Put subscribers on record, numbered from 1 by their accounts, and a broadcast that two officers let begin now."""
    now = datetime.now(UTC)
    known = [
        {"id": n, "created_at": now, "last_seen_at": now, "last_channel": channel, **account}
        for n, account in enumerate(accounts, start=1)
    ]
    officers = [{"id": n, "name": f"Petugas {n}", "role": "officer", "invited_at": now} for n in (1, 2)]
    async with database.transaction() as tx:
        await tx.execute(sa.insert(staff), officers)
        await tx.execute(sa.insert(people), known)
        topic = {"topic": "announcements", "since": now}
        await tx.execute(sa.insert(subscriptions), [{"person_id": each["id"]} | topic for each in known])
        broadcast_id = await drafts.create(tx, Draft(1, texts={"id": Text("Pendaftaran dibuka.")}), now)
        assert await steering.approve(tx, broadcast_id, 1, 2, now) is Approval.DONE
        assert await steering.start(tx, broadcast_id, 2, now, now)


@dataclass(slots=True)
class Victims:
    """The processes that were killed, and what they had in hand: no more can come of that than "unsure"."""

    database: Database
    pids: list[int] = field(default_factory=list)
    held: set[int] = field(default_factory=set)

    async def look(self) -> None:
        """Note whose messages dead processes hold; nobody else touches those before their leases run out."""
        query = sa.select(outbox.c.person_id, outbox.c.lease_owner).where(outbox.c.status == "sending")
        async with self.database.reading() as tx:
            rows = (await tx.execute(query)).all()
        self.held |= {person_id for person_id, owner in rows if int(owner.split(":")[-2]) in self.pids}


async def progress(database: Database) -> tuple[Counter[str], str]:
    """Return how many recipients stand at each status, and how the broadcast does."""
    async with database.reading() as tx:
        rows = await tx.execute(sa.select(outbox.c.status, sa.func.count()).group_by(outbox.c.status))
        return Counter(dict(rows.all())), (await tx.execute(sa.select(broadcasts.c.status))).scalar_one()


async def finished(database: Database, victims: Victims) -> None:
    """Return when the broadcast has come to its end."""
    async with asyncio.timeout(SETTLE_SECONDS):
        while (await progress(database))[1] != "finished":
            await victims.look()
            await asyncio.sleep(0.2)  # other processes: there is nothing to wait on but the database


async def kill_at_random(
    stub: Stub, services: Sequence[ServiceProcess], victims: Victims, chance: random.Random, marks: Sequence[int]
) -> None:
    """Kill a process each time that so many requests were made, or while one starts, and start it again."""
    for count in sorted(marks):
        victim = chance.choice(services)
        if chance.random() < EARLY:
            await asyncio.sleep(chance.uniform(0.0, 1.0))  # the random moment
        else:
            await stub.wait_for(lambda least=count: len(stub.sent) > least, timeout=60)
            await asyncio.sleep(chance.uniform(0.0, 0.1))
        victims.pids.append(victim.pid)
        await victim.kill()
        await victims.look()
        await victim.start(wait=False)


async def rows(database: Database) -> list[Row]:
    """Return the recipients."""
    columns = (outbox.c.person_id, outbox.c.status, outbox.c.reason, outbox.c.platform_message_id)
    async with database.reading() as tx:
        return [Row(*row) for row in (await tx.execute(sa.select(*columns))).all()]
