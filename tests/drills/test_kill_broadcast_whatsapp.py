"""A broadcast goes to thousands on WhatsApp while processes are killed and Meta fails: each gets it once.

Reports come in batches, late, twice and in disorder. With all of them nobody remains unsure: most are settled by their
reports, and of the others it is proven that Meta never got the message. Where some are missing nothing is proven.
"""

from __future__ import annotations

import asyncio
import itertools
import random
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import aiohttp
import pytest
import sqlalchemy as sa

from bot.channels.whatsapp import templates
from bot.whatsapp_line import WHATSAPP_PATH
from storage import deliveries, migrate, resolving
from storage.database import Database
from storage.schema import outbox
from tests.drills import broadcasting
from tests.drills.broadcasting import PACE, PROCESSES, Row, Victims
from tests.service import ServiceProcess
from tests.stubs.whatsapp import BUSINESS_ID, Sent, WhatsAppStub

RECIPIENTS = 3_000
UNDELIVERABLE = 6
KILLS = 25
CHANCE = 0.004  # of each fault, a request
RARE = 0.0005  # of what holds the whole line back for seconds
MISSING = 0.02  # of the reports

pytestmark = pytest.mark.drill


class Meta(WhatsAppStub):
    """One whose posts come to any of the processes, as by a load balancer, now and then all at once after a while."""

    doors: Iterator[str] = iter(())

    async def post(self, raw: bytes, session: aiohttp.ClientSession) -> bool:
        self.webhook = next(self.doors)
        return await super().post(raw, session)


@contextmanager
def irregular(meta: Meta, chance: random.Random) -> Iterator[None]:
    """Let reports come in waves meanwhile."""

    async def hold_back() -> None:
        while True:
            meta.delivery.paused = not meta.delivery.paused
            meta.wake()
            await asyncio.sleep(chance.uniform(0.1, 1.5))

    waves = asyncio.create_task(hold_back())
    try:
        yield
    finally:
        waves.cancel()
        meta.delivery.paused = False
        meta.wake()


def trouble(meta: Meta, missing: float, undeliverable: set[str]) -> None:
    """Let go wrong what can."""
    delivery = meta.delivery
    delivery.batch, delivery.repeats, delivery.shuffled, delivery.missing = 20, 2, True, missing
    for name in undeliverable:
        meta.faults.refuse(131026, None, name)
    meta.faults.cut(None, p=CHANCE)
    meta.faults.lose(None, p=CHANCE)
    meta.faults.refuse(131056, None, p=CHANCE)
    meta.faults.refuse(130429, None, p=RARE)
    meta.faults.fail_later(130429, None, p=RARE)
    meta.faults.slow(0.04)  # a real answer takes time, in which a process can die


async def resolve(database: Database) -> int:
    """Do what the service does an hour later."""
    async with database.transaction() as tx:
        return await resolving.resolve(
            tx, deliveries.REPORTED, datetime.now(UTC) + resolving.WAIT + timedelta(minutes=1)
        )


async def until_all_is_told(meta: Meta, services: Sequence[ServiceProcess]) -> None:
    for service in services:
        await service.healthy()
    await meta.wait_for(lambda: meta.idle, timeout=60)


async def unsure(database: Database) -> int:
    async with database.reading() as tx:
        query = sa.select(sa.func.count()).where(outbox.c.status == "unsure")
        return int((await tx.execute(query)).scalar_one())


@pytest.mark.parametrize("missing", [0.0, MISSING], ids=["all reports", "some missing"])
async def test_each_recipient_gets_it_once(
    missing: float, database_url: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    system = database_url.partition("+")[0]
    chance = random.Random(f"{system} {missing}")
    database = Database(database_url)
    await migrate.upgrade(database)
    began = time.monotonic()
    async with Meta() as meta:
        meta.approve(*(each.submission for each in templates.load()))
        people = [meta.person(str(n)) for n in range(1, RECIPIENTS + 1)]
        now = datetime.now(UTC)
        for each in people[::2]:
            each.wrote_at = time.time()
        accounts = [
            {"whatsapp_user_id": each.user_id, "whatsapp_seen_at": now if each.wrote_at else None} for each in people
        ]
        settings = meta.settings() | {"whatsapp_business_id": BUSINESS_ID, "whatsapp_people_a_day": 0}
        services = [
            ServiceProcess(tmp_path, database_url=database_url, whatsapp_messages_per_second=PACE, **settings)
            for _ in range(PROCESSES[system])
        ]
        meta.doors = itertools.cycle([f"{service.url}{WHATSAPP_PATH}" for service in services])
        meta.webhook = next(meta.doors)
        undeliverable = {str(n) for n in chance.sample(range(1, RECIPIENTS + 1), UNDELIVERABLE)}
        trouble(meta, missing, undeliverable)
        victims = Victims(database)
        try:
            for service in services:
                await service.start()
            await broadcasting.start_broadcast(database, "whatsapp", accounts)
            with irregular(meta, chance):
                marks = [chance.randrange(RECIPIENTS * 9 // 10) for _ in range(KILLS)]
                await broadcasting.kill_at_random(meta, services, victims, chance, marks)
                for service in services:
                    await service.healthy()
                await broadcasting.finished(database, victims)
            meta.faults.clear()
            await until_all_is_told(meta, services)
            left = await unsure(database)
            again = await resolve(database)
            await broadcasting.finished(database, victims)
            await until_all_is_told(meta, services)
            exit_statuses = [await service.terminate() for service in services]
            recipients = await broadcasting.rows(database)
        finally:
            for service in services:
                await service.__aexit__()
            await database.close()

    ends = Counter(row.status for row in recipients)
    with capsys.disabled():
        print(
            f"\nbroadcast on WhatsApp, {system}, {len(services)} process(es), {missing:.0%} of reports missing:"
            f" {RECIPIENTS} recipients, {len(victims.pids)} kills, {dict(ends)}; once the reports had come {left} were"
            f" unsure, of whom {again} were proven never to have reached Meta; {time.monotonic() - began:.0f} s"
        )
    check(recipients, meta.sent, undeliverable)
    if missing:
        assert again == 0
        assert ends["unsure"] == left > 0
    else:
        assert ends.keys() <= {"sent", "refused", "failed"}
    assert exit_statuses == [0] * len(services)
    assert meta.violations == []


def check(recipients: Sequence[Row], sent: Sequence[Sent], undeliverable: set[str]) -> None:
    """Compare what the database says with what Meta has seen: nobody got it twice, and nobody is lost."""
    arrived = Counter(each.person for each in sent if each.accepted)
    by_id = {each.wamid: each.person for each in sent if each.accepted}
    failed_later = {each.person for each in sent if each.fate is not None and each.fate.startswith("later")}
    told = {each.person for each in sent if each.accepted and each.reported}
    assert [person for person, count in arrived.items() if count > 1] == []
    assert sorted(row.person_id for row in recipients) == list(range(1, RECIPIENTS + 1))
    # Whoever is called sent has just the message that Meta names.
    of_sent = {str(row.person_id): by_id.get(row.platform_message_id) for row in recipients if row.status == "sent"}
    assert {person for person, found in of_sent.items() if person != found} == set()
    assert {str(row.person_id) for row in recipients if row.status == "refused"} <= undeliverable
    assert undeliverable & arrived.keys() == set()
    # Failed is who was told so after the broadcast had ended; unsure, of whom no report came.
    assert {str(row.person_id) for row in recipients if row.status == "failed"} <= failed_later - arrived.keys()
    assert {str(row.person_id) for row in recipients if row.status == "unsure"} & told == set()
