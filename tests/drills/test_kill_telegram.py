"""kill -9 at random moments while people write on Telegram: nothing lost, nothing answered twice."""

from __future__ import annotations

import asyncio
import random
from collections import Counter
from pathlib import Path

import pytest
import sqlalchemy as sa

from storage.database import Database
from storage.schema import inbound, outbox
from tests.service import ServiceProcess
from tests.stubs.telegram import TelegramStub

UPDATES = 240
PEOPLE = 80
KILLS = 8
SETTLE_SECONDS = 120  # leases of killed processes run out after 40 s; then what was in flight is called unsure
SECRET = "a-secret-of-the-drill-0123456789"
QUESTIONS = ["kapan pendaftaran ditutup?", "apa itu upakarti?", "kategorinya apa saja?", "siapa penyelenggaranya?"]

pytestmark = pytest.mark.drill


async def outbox_counts(database: Database) -> Counter[str]:
    async with database.reading() as tx:
        rows = (await tx.execute(sa.select(outbox.c.status, sa.func.count()).group_by(outbox.c.status))).all()
    return Counter(dict(rows))


async def unsure_by_person(database: Database) -> Counter[int]:
    query = sa.text(
        "SELECT people.telegram_id, count(*) FROM outbox JOIN people ON people.id = outbox.person_id"
        " WHERE outbox.status = 'unsure' GROUP BY people.telegram_id"
    )
    async with database.reading() as tx:
        return Counter(dict((await tx.execute(query)).all()))


async def all_settled(stub: TelegramStub, database: Database) -> Counter[str]:
    async with asyncio.timeout(SETTLE_SECONDS):
        while True:
            counts = await outbox_counts(database)
            unsettled = counts["queued"] + counts["claimed"] + counts["sending"]
            if not stub.pending and not unsettled and sum(counts.values()) == UPDATES:
                return counts
            await asyncio.sleep(0.2)  # another process: there is nothing to wait on but the database


@pytest.mark.parametrize("mode", ["polling", "webhook"])
async def test_nothing_is_lost_or_doubled(
    mode: str, database_url: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    chance = random.Random(f"{mode} {database_url[:6]}")
    async with TelegramStub(lanes="telegram") as stub:
        service = ServiceProcess(
            tmp_path,
            database_url=database_url,
            telegram_token=stub.token,
            telegram_api_url=stub.url,
            telegram_mode=mode,
            telegram_secret=SECRET,
            telegram_messages_per_second=1000,
        )
        service._environment["UPAKARTI_PUBLIC_URL"] = service.url
        await service.start()
        database = Database(database_url)
        try:
            stub.faults.slow(0.02)  # a real answer takes time, in which a process can die
            written = 0
            for kill in range(KILLS + 1):
                share = UPDATES * (kill + 1) // (KILLS + 1) - written
                for number in range(share):
                    person = 1000 + (written + number) % PEOPLE
                    stub.text(person, QUESTIONS[(written + number) % len(QUESTIONS)])
                written += share
                if kill < KILLS:
                    await asyncio.sleep(chance.uniform(0.0, 0.35))  # the random moment
                    await service.kill()
                    await service.start(wait=chance.random() < 0.7)
            await service.healthy()
            counts = await all_settled(stub, database)
            unsure = await unsure_by_person(database)
            async with database.reading() as tx:
                taken_in = (await tx.execute(sa.select(sa.func.count()).select_from(inbound))).scalar()
            status = await service.terminate()
        finally:
            await service.__aexit__()
            await database.close()

    arrived = Counter(sent.chat_id for sent in stub.sent if sent.accepted)
    expected = Counter(1000 + number % PEOPLE for number in range(UPDATES))
    doubled = {person: count for person, count in arrived.items() if count > expected[person]}
    lost = {person: missing for person in expected if (missing := expected[person] - arrived[person]) > unsure[person]}
    with capsys.disabled():
        print(
            f"\n{mode}, {database_url.partition(':')[0]}: {UPDATES} updates, {KILLS} kills,"
            f" {sum(arrived.values())} arrived, {sum(unsure.values())} unsure, outbox {dict(counts)}"
        )

    assert taken_in == UPDATES
    assert (doubled, lost) == ({}, {})
    assert stub.violations == []
    assert status == 0
