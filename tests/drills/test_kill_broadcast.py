"""A broadcast goes to thousands while processes are killed and the platform fails: each gets it once, or is unsure."""

from __future__ import annotations

import asyncio
import random
import time
from collections import Counter
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

import pytest
import sqlalchemy as sa

from storage import migrate
from storage.broadcasts import drafts, steering
from storage.broadcasts.drafts import Draft, Text
from storage.broadcasts.steering import Approval
from storage.broadcasts.tables import broadcasts
from storage.database import Database
from storage.office.tables import staff
from storage.schema import outbox, people, subscriptions
from tests.service import ServiceProcess
from tests.stubs.telegram import TelegramStub

RECIPIENTS = 3_000
BLOCKED = 6
KILLS = 25
EARLY = 0.4  # of the kills hit a process that is just starting
CHANCE = 0.004  # of each fault, a request
PROCESSES = {"sqlite": 1, "postgresql": 3}
PACE = 60  # a second, and as many at once after a start: more than is allowed at Telegram
SETTLE_SECONDS = 120  # with several processes the leases of a killed one run out after 40 s
SECRET = "a-secret-of-the-drill-0123456789"

pytestmark = pytest.mark.drill


async def start_broadcast(database: Database) -> None:
    """Put subscribers on record, and a broadcast that two officers let begin now."""
    now = datetime.now(UTC)
    numbers = range(1, RECIPIENTS + 1)
    known = [
        {"id": n, "telegram_id": 10_000 + n, "created_at": now, "last_seen_at": now, "last_channel": "telegram"}
        for n in numbers
    ]
    officers = [{"id": n, "name": f"Petugas {n}", "role": "officer", "invited_at": now} for n in (1, 2)]
    async with database.transaction() as tx:
        await tx.execute(sa.insert(staff), officers)
        await tx.execute(sa.insert(people), known)
        topic = {"topic": "announcements", "since": now}
        await tx.execute(sa.insert(subscriptions), [{"person_id": n} | topic for n in numbers])
        broadcast_id = await drafts.create(tx, Draft(1, texts={"id": Text("Pendaftaran dibuka.")}), now)
        assert await steering.approve(tx, broadcast_id, 1, 2, now) is Approval.DONE
        assert await steering.start(tx, broadcast_id, 2, now, now)


@dataclass(frozen=True, slots=True)
class Row:
    """One recipient, as the database has it at the end."""

    chat_id: int
    status: str
    reason: str | None
    platform_message_id: str | None


@dataclass(slots=True)
class Victims:
    """The processes that were killed, and what they had in hand: no more can come of that than "unsure"."""

    database: Database
    pids: list[int] = field(default_factory=list)
    held: set[int] = field(default_factory=set)

    async def look(self) -> None:
        """Note what dead processes hold; nobody else touches that before their leases run out."""
        query = sa.select(people.c.telegram_id, outbox.c.lease_owner).join(people, people.c.id == outbox.c.person_id)
        async with self.database.reading() as tx:
            rows = (await tx.execute(query.where(outbox.c.status == "sending"))).all()
        self.held |= {chat for chat, owner in rows if int(owner.split(":")[-2]) in self.pids}


async def progress(database: Database) -> tuple[Counter[str], str]:
    """Return how many recipients stand at each status, and how the broadcast does."""
    async with database.reading() as tx:
        rows = await tx.execute(sa.select(outbox.c.status, sa.func.count()).group_by(outbox.c.status))
        return Counter(dict(rows.all())), (await tx.execute(sa.select(broadcasts.c.status))).scalar_one()


async def finished(database: Database, victims: Victims) -> None:
    async with asyncio.timeout(SETTLE_SECONDS):
        while (await progress(database))[1] != "finished":
            await victims.look()
            await asyncio.sleep(0.2)  # other processes: there is nothing to wait on but the database


async def kill_at_random(
    stub: TelegramStub, services: list[ServiceProcess], victims: Victims, chance: random.Random
) -> None:
    """Kill processes over the whole length of the broadcast, some while they start, and start them again."""
    for count in sorted(chance.randrange(RECIPIENTS * 9 // 10) for _ in range(KILLS)):
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
    columns = (people.c.telegram_id, outbox.c.status, outbox.c.reason, outbox.c.platform_message_id)
    query = sa.select(*columns).join(people, people.c.id == outbox.c.person_id)
    async with database.reading() as tx:
        return [Row(*row) for row in (await tx.execute(query)).all()]


async def test_each_recipient_gets_it_once_or_is_called_unsure(
    database_url: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    system = database_url.partition("+")[0]
    chance = random.Random(system)
    database = Database(database_url)
    await migrate.upgrade(database)
    began = time.monotonic()
    async with TelegramStub(lanes="telegram") as stub:
        services = [
            ServiceProcess(
                tmp_path,
                database_url=database_url,
                telegram_token=stub.token,
                telegram_api_url=stub.url,
                telegram_mode="webhook",
                telegram_secret=SECRET,
                telegram_messages_per_second=PACE,
                public_url="http://127.0.0.1:9",
            )
            for _ in range(PROCESSES[system])
        ]
        stub.faults.slow(0.04)  # a real answer takes time, in which a process can die
        stub.faults.cut(p=CHANCE)
        stub.faults.lose(p=CHANCE)
        stub.faults.flood(1, p=CHANCE)
        blocked = {10_000 + n for n in chance.sample(range(1, RECIPIENTS + 1), BLOCKED)}
        for chat in blocked:
            stub.faults.block(chat)
        victims = Victims(database)
        try:
            for service in services:
                await service.start()
            await start_broadcast(database)
            await kill_at_random(stub, services, victims, chance)
            killed = time.monotonic()
            for service in services:
                await service.healthy()
            await finished(database, victims)
            ended = time.monotonic()
            exit_statuses = [await service.terminate() for service in services]
            recipients = await rows(database)
        finally:
            for service in services:
                await service.__aexit__()
            await database.close()

    arrived = Counter(sent.chat_id for sent in stub.sent if sent.accepted)
    answer_lost = {sent.chat_id for sent in stub.sent if sent.answer_lost}
    ids = {str(sent.message_id): sent.chat_id for sent in stub.sent if sent.accepted}
    ends = Counter(row.status for row in recipients)
    unsure = {row.chat_id: row.reason for row in recipients if row.status == "unsure"}
    interrupted = {chat for chat, reason in unsure.items() if reason == "interrupted"}
    with capsys.disabled():
        print(
            f"\nbroadcast, {system}, {len(services)} process(es): {RECIPIENTS} recipients, {len(victims.pids)} kills,"
            f" {dict(ends)}; of {len(unsure)} unsure {len(unsure.keys() & arrived.keys())} had arrived:"
            f" {len(interrupted)} in flight at a kill, {len(unsure) - len(interrupted)} without an answer;"
            f" {killed - began:.0f} s until the last kill, {ended - killed:.0f} s until the end"
        )

    assert [chat for chat, count in arrived.items() if count > 1] == []
    assert sorted(row.chat_id for row in recipients) == [10_000 + n for n in range(1, RECIPIENTS + 1)]
    assert ends.keys() <= {"sent", "refused", "unsure"}
    # Whoever is called sent has just the message that the platform names; whoever is not, has none.
    assert {row.chat_id: ids.get(row.platform_message_id or "") for row in recipients if row.status == "sent"} == {
        row.chat_id: row.chat_id for row in recipients if row.status == "sent"
    }
    assert {row.chat_id for row in recipients if row.status == "refused"} <= blocked
    assert blocked & arrived.keys() == set()
    # Unsure is whose process died with it in hand, or whom the platform never answered about; each of the latter is.
    assert interrupted - victims.held == set()
    assert unsure.keys() - interrupted - answer_lost == set()
    assert answer_lost - unsure.keys() == set()
    assert stub.violations == []
    assert exit_statuses == [0] * len(services)
