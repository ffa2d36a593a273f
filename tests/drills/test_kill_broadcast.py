"""A broadcast goes to thousands while processes are killed and the platform fails: each gets it once, or is unsure."""

from __future__ import annotations

import random
import time
from collections import Counter
from pathlib import Path

import pytest

from storage import migrate
from storage.database import Database
from tests.drills import broadcasting
from tests.drills.broadcasting import PACE, PROCESSES, Victims
from tests.service import ServiceProcess
from tests.stubs.telegram import TelegramStub

RECIPIENTS = 3_000
BLOCKED = 6
KILLS = 25
CHANCE = 0.004  # of each fault, a request
SECRET = "a-secret-of-the-drill-0123456789"

pytestmark = pytest.mark.drill


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
        accounts = [{"telegram_id": 10_000 + n} for n in range(1, RECIPIENTS + 1)]
        victims = Victims(database)
        try:
            for service in services:
                await service.start()
            await broadcasting.start_broadcast(database, "telegram", accounts)
            marks = [chance.randrange(RECIPIENTS * 9 // 10) for _ in range(KILLS)]
            await broadcasting.kill_at_random(stub, services, victims, chance, marks)
            killed = time.monotonic()
            for service in services:
                await service.healthy()
            await broadcasting.finished(database, victims)
            ended = time.monotonic()
            exit_statuses = [await service.terminate() for service in services]
            recipients = await broadcasting.rows(database)
        finally:
            for service in services:
                await service.__aexit__()
            await database.close()

    arrived = Counter(sent.chat_id for sent in stub.sent if sent.accepted)
    answer_lost = {sent.chat_id for sent in stub.sent if sent.answer_lost}
    ids = {str(sent.message_id): sent.chat_id for sent in stub.sent if sent.accepted}
    ends = Counter(row.status for row in recipients)
    unsure = {10_000 + row.person_id: row.reason for row in recipients if row.status == "unsure"}
    interrupted = {chat for chat, reason in unsure.items() if reason == "interrupted"}
    with capsys.disabled():
        print(
            f"\nbroadcast, {system}, {len(services)} process(es): {RECIPIENTS} recipients, {len(victims.pids)} kills,"
            f" {dict(ends)}; of {len(unsure)} unsure {len(unsure.keys() & arrived.keys())} had arrived:"
            f" {len(interrupted)} in flight at a kill, {len(unsure) - len(interrupted)} without an answer;"
            f" {killed - began:.0f} s until the last kill, {ended - killed:.0f} s until the end"
        )

    assert [chat for chat, count in arrived.items() if count > 1] == []
    assert sorted(10_000 + row.person_id for row in recipients) == [10_000 + n for n in range(1, RECIPIENTS + 1)]
    assert ends.keys() <= {"sent", "refused", "unsure"}
    # Whoever is called sent has just the message that the platform names; whoever is not, has none.
    assert {
        10_000 + row.person_id: ids.get(row.platform_message_id or "") for row in recipients if row.status == "sent"
    } == {10_000 + row.person_id: 10_000 + row.person_id for row in recipients if row.status == "sent"}
    assert {10_000 + row.person_id for row in recipients if row.status == "refused"} <= blocked
    assert blocked & arrived.keys() == set()
    # Unsure is whose process died with it in hand, or whom the platform never answered about; each of the latter is.
    assert interrupted - {10_000 + person_id for person_id in victims.held} == set()
    assert unsure.keys() - interrupted - answer_lost == set()
    assert answer_lost - unsure.keys() == set()
    assert stub.violations == []
    assert exit_statuses == [0] * len(services)
