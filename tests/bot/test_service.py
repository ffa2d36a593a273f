"""The service starts completely or not at all, says how it is, and stops without losing anything."""

from __future__ import annotations

import asyncio
import re
import resource
import socket
import sqlite3
import threading
from collections.abc import Callable
from datetime import date, timedelta
from pathlib import Path

import aiohttp
import httpx
import pytest
import sqlalchemy as sa
from structlog.testing import capture_logs

from bot import service as services
from bot.sender import CLAIM_LEASE
from bot.service import Service, StartError
from handlers.messages import Inbound
from storage import alarms, editions, migrate, outbox, resolving, retention, schema
from storage.alarms import Alarm
from storage.broadcasts import reminders
from storage.contacts import Identity
from storage.database import Database
from storage.outbox import Lease
from tests.bot import serving
from tests.bot.conftest import WatchedClock
from tests.service import ServiceProcess, free_port
from tests.stubs.telegram import TelegramStub

TOKEN = "7000000001:" + "A" * 35
SECRET = "a-secret-of-the-test-0123456789"


# As a process


async def finished(process: ServiceProcess) -> tuple[int, list[str]]:
    """Run `upakarti run` until it ends by itself; return its exit status and what it said."""
    await process.start(wait=False)
    assert process._process is not None
    async with asyncio.timeout(20):
        status = await process._process.wait()
    return status, process.log.splitlines()


def is_free(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) != 0


async def test_a_conversation_leaves_no_trace_of_itself_in_logs_and_little_in_memory(tmp_path: Path) -> None:
    said = "rahasia saya kapan pendaftaran ditutup"
    async with TelegramStub() as stub, aiohttp.ClientSession() as browser:
        settings = {"telegram_token": stub.token, "telegram_api_url": stub.url}
        async with ServiceProcess(tmp_path, **settings) as process:
            for number in range(3):
                stub.text(987654321, f"{said} {number}?")
            stub.voice(987654321)
            stub.push({"message": {"message_id": 1, "date": 1, "chat": {"id": 1, "type": "private"}, "text": said}})
            stub.group_text(987654321, said)
            await stub.wait_for(lambda: len(stub.sent_to(987654321)) == 4)
            stub.faults.lose(1)
            stub.text(987654321, said)
            await stub.wait_for(lambda: len(stub.sent_to(987654321)) == 5)
            stub.blocked(987654321)
            body = {"id": "abcdefgh1", "text": said}
            async with browser.post(f"{process.url}/chat/messages", json=body) as answer:
                assert answer.status == 200
            async with browser.post(f"{process.url}/chat/messages", data=said) as answer:
                assert answer.status == 400
            await stub.wait_for(lambda: stub.pending == 0)
            memory = resident_megabytes(process.pid)
            status = await process.terminate()
    log = process.log

    assert status == 0
    assert '"stopped"' in log
    for private in ("rahasia", "pendaftaran", stub.token, stub.token.partition(":")[2], "987654321", "Sari"):
        assert private not in log
    if memory is not None:
        assert memory <= 150


def resident_megabytes(pid: int) -> float | None:
    """Return the process's resident memory, or None where /proc does not tell."""
    status = Path(f"/proc/{pid}/status")
    if not status.exists():
        return None
    found = re.search(r"VmRSS:\s+(\d+) kB", status.read_text(encoding="utf-8"))
    return int(found[1]) / 1024 if found else None


async def test_a_stop_while_requests_are_in_flight_answers_them_and_exits_with_zero(tmp_path: Path) -> None:
    async with TelegramStub() as stub, aiohttp.ClientSession() as browser:
        settings = {"telegram_token": stub.token, "telegram_api_url": stub.url}
        async with ServiceProcess(tmp_path, **settings) as process:
            stub.faults.slow(0.4)
            stub.text(42, "kapan pendaftaran ditutup?")
            await stub.wait_for(lambda: stub.sent_to(42))  # the answer is under way for another 0.4 s
            posts = [
                asyncio.create_task(post(browser, process.url, f"message-{number:04}", "apa itu upakarti?"))
                for number in range(20)
            ]
            await asyncio.wait(posts, return_when=asyncio.FIRST_COMPLETED)
            status = await process.terminate()
            outcomes = await asyncio.gather(*posts, return_exceptions=True)
    with sqlite3.connect(tmp_path / "service.db") as connection:
        taken_in = connection.execute("SELECT count(*) FROM inbound WHERE channel = 'web'").fetchone()[0]
        statuses = connection.execute("SELECT DISTINCT status FROM outbox WHERE channel = 'telegram'").fetchall()
    connection.close()

    assert status == 0
    assert statuses == [("sent",)]
    assert sum(outcome == 200 for outcome in outcomes) == taken_in


async def post(browser: aiohttp.ClientSession, url: str, client_id: str, text: str) -> int:
    async with browser.post(f"{url}/chat/messages", json={"id": client_id, "text": text}) as answer:
        return answer.status


async def test_a_port_that_is_taken_is_one_sentence_and_nothing_is_opened(tmp_path: Path) -> None:
    async with TelegramStub() as stub:
        process = ServiceProcess(tmp_path, telegram_token=stub.token, telegram_api_url=stub.url)
        with socket.create_server(("127.0.0.1", process.port)):
            status, said = await finished(process)

    assert (status, len(said)) == (2, 1)
    assert f"Cannot listen on 127.0.0.1 port {process.port}" in said[0]
    assert (list(tmp_path.glob("*.db*")), stub.counts.total()) == ([], 0)


async def test_several_wrong_settings_are_one_sentence_each_and_nothing_is_opened(tmp_path: Path) -> None:
    process = ServiceProcess(
        tmp_path, telegram_token="123:no", contact="a", telegram_mode="push", public_url="example.org"
    )
    status, said = await finished(process)

    assert status == 2
    assert sorted(sentence.split()[0] for sentence in said) == [
        "UPAKARTI_CONTACT",
        "UPAKARTI_PUBLIC_URL",
        "UPAKARTI_TELEGRAM_MODE",
        "UPAKARTI_TELEGRAM_TOKEN",
    ]
    assert (list(tmp_path.glob("*.db*")), is_free(process.port)) == ([], True)


async def test_a_file_that_is_no_database_is_one_sentence_and_stays_as_it_is(tmp_path: Path) -> None:
    file = tmp_path / "letter.txt"
    file.write_text("Dear Sir or Madam, " * 500, encoding="utf-8")
    async with TelegramStub() as stub:
        process = ServiceProcess(
            tmp_path,
            database_url=f"sqlite+aiosqlite:///{file}",
            telegram_token=stub.token,
            telegram_api_url=stub.url,
        )
        status, said = await finished(process)

    assert (status, len(said)) == (2, 1)
    assert f"Cannot use the database file {file}" in said[0]
    assert (file.read_text(encoding="utf-8")[:8], is_free(process.port), stub.counts.total()) == ("Dear Sir", True, 0)


async def test_a_mistyped_setting_is_warned_of_and_the_service_starts(tmp_path: Path) -> None:
    async with ServiceProcess(tmp_path, telegram_tokn="x") as process:
        log = process.log

    assert '"setting_unknown"' in log
    assert "UPAKARTI_TELEGRAM_TOKN" in log
    assert f"Open {process.url} to chat" in log


# In this process: what a start refuses


async def refusal(given: services.Settings) -> str:
    with pytest.raises(StartError) as caught:
        await services.run(given)
    drivers_ended()
    return str(caught.value)


def drivers_ended() -> None:
    """Wait for the driver's threads: after a file could not be opened it lets them end by themselves."""
    for thread in threading.enumerate():
        if "_connection_worker_thread" in thread.name:
            thread.join(5)


@pytest.mark.parametrize(
    "url",
    [
        "sqlite+aiosqlite:////proc/nowhere/upakarti.db",
        "sqlite+aiosqlite:////dev/null/upakarti.db",
    ],
)
async def test_a_place_that_cannot_be_written_to_is_one_sentence(url: str, tmp_path: Path) -> None:
    sentence = await refusal(serving.settings(tmp_path, database_url=url))

    assert sentence.startswith("Cannot use the database file /")
    assert "\n" not in sentence


async def test_a_folder_in_place_of_the_database_is_one_sentence(tmp_path: Path) -> None:
    sentence = await refusal(serving.settings(tmp_path, database_url=f"sqlite+aiosqlite:///{tmp_path}"))

    assert sentence.startswith(f"Cannot use the database file {tmp_path}:")


async def test_a_database_of_a_newer_program_is_one_sentence_and_stays_as_it_is(tmp_path: Path) -> None:
    given = serving.settings(tmp_path)
    database = await services.open_database(given)
    async with database.transaction() as tx:
        await tx.execute(sa.text("UPDATE alembic_version SET version_num = '9999'"))
    await database.close()
    sentence = await refusal(given)

    assert sentence.startswith("The database was last used by a newer program (")


@pytest.mark.parametrize("port", ["1", "none"])
async def test_a_postgresql_that_is_not_there_is_one_sentence_without_the_password(port: str, tmp_path: Path) -> None:
    url = f"postgresql+asyncpg://upakarti:hunter2@127.0.0.1:{port}/upakarti"
    sentence = await refusal(serving.settings(tmp_path, database_url=url))

    assert sentence.startswith("Cannot use the PostgreSQL database (")
    assert "hunter2" not in sentence


@pytest.mark.parametrize("host", ["not an address", "a" * 70 + ".example"])
async def test_an_address_that_is_none_is_one_sentence(
    host: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def unknown(*_: object, **__: object) -> None:
        "x".join([host]).encode("idna")
        raise socket.gaierror(-2, "Name or service not known")

    monkeypatch.setattr(socket, "getaddrinfo", unknown)  # the network: there is no name server here
    sentence = await refusal(serving.settings(tmp_path, http_host=host))

    assert sentence.startswith(f"Cannot listen on {host} port 0 (")
    assert list(tmp_path.glob("*.db*")) == []


# In this process: running


async def test_the_address_is_announced_and_serves_page_health_and_metrics(tmp_path: Path) -> None:
    async with serving.serving(serving.settings(tmp_path)) as url, httpx.AsyncClient(base_url=url) as client:
        page, health = await client.get("/"), await client.get("/healthz")
        posted = await client.post("/chat/messages", json={"id": "abcdefgh1", "text": "apa itu upakarti?"})
        async with asyncio.timeout(5):
            while "upakarti_send_seconds_bucket" not in (metrics := await client.get("/metrics")).text:
                pass  # the answer is on its way
        missing, docs = await client.get("/nothing"), await client.get("/docs")

    assert url.startswith("http://127.0.0.1:")
    assert (page.status_code, posted.status_code, missing.status_code, docs.status_code) == (200, 200, 404, 404)
    assert (health.status_code, health.json()) == (
        200,
        {"status": "ok", "checks": {"service": "ok", "database": "ok", "sender_web": "ok"}},
    )
    assert metrics.headers["content-type"].startswith("text/plain; version=0.0.4")
    assert 'upakarti_messages_received_total{channel="web",result="answered"} 1.0' in metrics.text
    assert 'upakarti_send_attempts_total{channel="web",result="sent"} 1.0' in metrics.text


async def test_an_ipv6_address_is_announced_as_browsers_take_it(tmp_path: Path) -> None:
    try:
        socket.create_server(("::1", 0), family=socket.AF_INET6).close()
    except OSError:
        pytest.skip("this machine has no IPv6")
    async with serving.serving(serving.settings(tmp_path, http_host="::1")) as url, httpx.AsyncClient() as client:
        answer = await client.get(f"{url}/healthz")

    assert (url.startswith("http://[::1]:"), answer.status_code) == (True, 200)


async def test_a_stop_ends_open_streams(tmp_path: Path) -> None:
    async with aiohttp.ClientSession() as session:
        async with serving.serving(serving.settings(tmp_path)) as url:
            stream = await session.get(f"{url}/chat/events")
        rest = await stream.read()

    assert (stream.status, rest) == (200, b"")


@pytest.fixture
def given(database: Database, tmp_path: Path) -> services.Settings:
    return serving.settings(tmp_path, database_url=database.url.render_as_string(hide_password=False))


@pytest.fixture
def service(given: services.Settings, database: Database, clock: WatchedClock) -> Service:
    return serving.assemble(given, database, clock)


async def healthz(service: Service) -> httpx.Response:
    async with serving.browsing(serving.web(service)) as client:
        return await client.get("/healthz")


async def test_a_service_that_can_serve_is_healthy(service: Service) -> None:
    assert (await healthz(service)).status_code == 200


async def test_a_service_that_stops_is_not_healthy(service: Service) -> None:
    service.stop.set()
    answer = await healthz(service)

    assert (answer.status_code, answer.json()["checks"]["service"]) == (503, "stopping")


async def test_a_sender_that_hangs_is_not_healthy(service: Service, clock: WatchedClock) -> None:
    clock.move(services.STALLED_SECONDS - 1)
    before = await healthz(service)
    clock.move(1)
    after = await healthz(service)

    assert (before.status_code, after.status_code) == (200, 503)
    assert after.json()["checks"] == {"service": "ok", "database": "ok", "sender_web": "stalled"}


async def test_a_database_of_another_release_is_not_healthy(service: Service, database: Database) -> None:
    async with database.transaction() as tx:
        await tx.execute(sa.text("UPDATE alembic_version SET version_num = '0000'"))
    answer = await healthz(service)

    assert (answer.status_code, answer.json()["checks"]["database"]) == (503, "outdated")


async def test_an_empty_database_is_not_healthy(service: Service, database: Database) -> None:
    async with database.transaction() as tx:
        await tx.execute(sa.text("DROP TABLE alembic_version"))
    answer = await healthz(service)

    assert (answer.status_code, answer.json()["checks"]["database"]) == (503, "outdated")


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
async def test_a_database_file_that_can_only_be_read_is_not_healthy(
    database: Database, tmp_path: Path, clock: WatchedClock
) -> None:
    read_only = Database(f"sqlite+aiosqlite:///file:{tmp_path}/upakarti.db?mode=ro&uri=true")
    answer = await healthz(serving.assemble(serving.settings(tmp_path), read_only, clock))
    await read_only.close()

    assert (answer.status_code, answer.json()["checks"]["database"]) == (503, "unavailable")


@pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)
async def test_a_postgresql_that_can_only_be_read_is_not_healthy(service: Service, database: Database) -> None:
    async with database.transaction() as tx:
        await tx.execute(sa.text(f"ALTER DATABASE {database.url.database} SET default_transaction_read_only = on"))
    await database.close()  # the pool's connections began before
    answer = await healthz(service)

    assert (answer.status_code, answer.json()["checks"]["database"]) == (503, "unavailable")


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
async def test_a_database_on_a_full_disk_is_not_healthy(service: Service, database: Database) -> None:
    before = await healthz(service)
    resource.setrlimit(resource.RLIMIT_FSIZE, (1, resource.RLIM_INFINITY))
    try:
        full = await healthz(service)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
    afterwards = await healthz(service)

    assert (full.status_code, full.json()["checks"]["database"]) == (503, "unavailable")
    assert (before.status_code, afterwards.status_code) == (200, 200)


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
async def test_a_database_file_that_went_away_is_not_healthy(
    service: Service, database: Database, tmp_path: Path
) -> None:
    await database.close()
    for file in tmp_path.glob("upakarti.db*"):
        file.unlink()
    (tmp_path / "upakarti.db").mkdir()
    answer = await healthz(service)
    drivers_ended()

    assert (answer.status_code, answer.json()["checks"]["database"]) == (503, "unavailable")


@pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)
async def test_a_postgresql_that_went_away_is_not_healthy(
    given: services.Settings, clock: WatchedClock, tmp_path: Path
) -> None:
    gone = Database(f"postgresql+asyncpg://postgres@127.0.0.1:{free_port()}/upakarti")
    answer = await healthz(serving.assemble(given, gone, clock))
    await gone.close()

    assert (answer.status_code, answer.json()["checks"]["database"]) == (503, "unavailable")


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
async def test_a_database_that_does_not_answer_in_time_is_not_healthy(
    service: Service, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(services, "HEALTH_SECONDS", 0.05)
    other = sqlite3.connect(tmp_path / "upakarti.db", isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    answer = await healthz(service)
    other.execute("ROLLBACK")
    other.close()
    monkeypatch.setattr(services, "HEALTH_SECONDS", 15)
    afterwards = await healthz(service)

    assert (answer.status_code, answer.json()["checks"]["database"]) == (503, "slow")
    assert afterwards.status_code == 200


# Chores


def chore(service: Service, name: str) -> Callable[[], object]:
    return next(chore.do for chore in service.chores() if chore.name == name)


async def queue_one(service: Service) -> None:
    message = Inbound("web", "1", Identity(web_token_hash="a" * 64), service.assistant.clock.now(), text="halo")
    await service.assistant.inbox.receive([message])


async def test_leases_of_a_killed_process_are_taken_back_and_logged(
    service: Service, database: Database, clock: WatchedClock
) -> None:
    await queue_one(service)
    async with database.transaction() as tx:
        await outbox.claim(tx, "web", Lease("killed", clock.now(), CLAIM_LEASE), 1)
    clock.move(CLAIM_LEASE.total_seconds())
    with capture_logs() as logged:
        await chore(service, "recover")()
        await chore(service, "recover")()
    await service.assistant.senders["web"].drain()
    async with database.reading() as tx:
        counts = await outbox.counts(tx)

    assert [(line["event"], line["freed"], line["unsure"]) for line in logged] == [("leases_expired", 1, 0)]
    assert counts == {("web", "sent"): 1}


async def test_what_a_killed_predecessor_held_is_taken_over_at_once(
    service: Service, database: Database, clock: WatchedClock
) -> None:
    await queue_one(service)
    async with database.transaction() as tx:
        await outbox.claim(tx, "web", Lease("killed", clock.now(), CLAIM_LEASE), 1)
    with capture_logs() as logged:
        await service.take_over()
        await service.take_over()
    await service.assistant.senders["web"].drain()
    async with database.reading() as tx:
        counts = await outbox.counts(tx)
    freed = [(line["event"], line["freed"], line["unsure"]) for line in logged]

    # On PostgreSQL another process may hold it, alive.
    expected = ([("leases_taken_over", 1, 0)], "sent") if database.is_sqlite else ([], "claimed")
    assert (freed, counts) == (expected[0], {("web", expected[1]): 1})


async def test_the_outbox_is_counted_for_the_metrics(service: Service) -> None:
    await queue_one(service)
    await chore(service, "count")()
    before = service.assistant.metrics.show().decode()
    await service.assistant.senders["web"].drain()
    await chore(service, "count")()
    after = service.assistant.metrics.show().decode()

    assert 'upakarti_outbox_messages{channel="web",status="queued"} 1.0' in before
    assert 'upakarti_outbox_messages{channel="web",status="sent"} 1.0' in after
    assert 'status="queued"' not in after


async def test_alarms_of_the_last_day_are_counted_for_the_metrics(
    service: Service, database: Database, clock: WatchedClock
) -> None:
    async with database.transaction() as tx:
        for _ in range(2):
            await alarms.raise_(tx, Alarm("code_used_again", clock.now()))
    await chore(service, "count")()
    before = service.assistant.metrics.show().decode()
    clock.move(24 * 3600)
    await chore(service, "count")()
    at_last = service.assistant.metrics.show().decode()
    clock.move(1)
    await chore(service, "count")()
    after = service.assistant.metrics.show().decode()

    assert 'upakarti_alarms{kind="code_used_again"} 2.0' in before
    assert 'upakarti_alarms{kind="code_used_again"} 2.0' in at_last
    assert "code_used_again" not in after


async def test_what_was_kept_long_enough_is_forgotten_and_logged_by_count(
    service: Service, database: Database, clock: WatchedClock
) -> None:
    await queue_one(service)
    await service.assistant.senders["web"].drain()
    clock.move((retention.TRANSCRIPT.total_seconds()) + 1)
    with capture_logs() as logged:
        await chore(service, "forget")()
        await chore(service, "forget")()
    async with database.reading() as tx:
        left = (await tx.execute(sa.select(sa.func.count()).select_from(schema.transcript))).scalar()

    assert left == 0
    assert [(line["event"], line["transcript"]) for line in logged] == [("data_forgotten", 2)]


async def test_an_edition_that_this_release_cannot_read_is_left_out_and_logged(
    service: Service, database: Database, clock: WatchedClock
) -> None:
    async with database.transaction() as tx:
        await tx.execute(
            sa.insert(schema.editions).values(year=2026, document="year = 'soon'", imported_at=clock.now())
        )
    with capture_logs() as logged:
        await chore(service, "editions")()
    await queue_one(service)

    assert [(line["event"], line["year"]) for line in logged] == [("edition_unreadable", 2026)]


async def test_a_schema_that_is_up_to_date_stays_as_it_is(given: services.Settings, database: Database) -> None:
    opened = await services.open_database(given)
    async with opened.transaction() as tx:
        revision = await migrate.revision(tx)
    await opened.close()

    assert revision == migrate.HEAD


@pytest.mark.parametrize("reported", [True, False])
async def test_what_surely_never_arrived_is_queued_again_and_logged_by_count(
    service: Service, database: Database, clock: WatchedClock, reported: bool
) -> None:
    tried = clock.now()
    row = {
        "person_id": 1,
        "channel": "whatsapp",
        "priority": outbox.REPLY,
        "text": "halo",
        "choices": [],
        "status": "sent",
        "attempts": 1,
        **dict.fromkeys(("not_before", "created_at", "intended_at", "settled_at", "reported_at"), tried),
        "platform_message_id": "wamid.1",
    }
    lost = row | {"status": "unsure", "reason": "answer_lost", "reported_at": None, "platform_message_id": None}
    last = row | {"reported_at": tried if reported else None}
    async with database.transaction() as tx:
        person = {"id": 1, "whatsapp_user_id": "ID.1", "created_at": tried, "last_seen_at": tried}
        await tx.execute(sa.insert(schema.people), person)
        rows = [each | {"reason": each.get("reason")} for each in (lost, *[row] * resolving.LEAST, last)]
        await tx.execute(sa.insert(schema.outbox), rows)
    clock.move(resolving.WAIT.total_seconds())
    with capture_logs() as logs:
        await chore(service, "resolve")()

    assert [entry["count"] for entry in logs if entry["event"] == "never_arrived"] == [1] * reported


async def test_reminders_follow_the_edition_that_staff_entered_last(
    service: Service, database: Database, clock: WatchedClock
) -> None:
    def document(closes: date) -> str:
        return f'year = 2098\n[registration]\ncloses = {{ date = {closes.isoformat()}, source = "SK 1" }}\n'

    async def put(closes: date) -> list[tuple[str, date]]:
        async with database.transaction() as tx:
            await editions.put(tx, 2098, document(closes), clock.now())
        await chore(service, "remind")()
        await chore(service, "remind")()
        async with database.reading() as tx:
            return [(each.key, each.starts_at.date()) for each in await reminders.waiting(tx)]

    today = clock.now().date()
    first = await put(today + timedelta(days=4))
    second = await put(today + timedelta(days=5))
    third = await put(today + timedelta(days=30))

    assert first == [("2098:registration:3", today + timedelta(days=1))]
    assert second == [("2098:registration:3", today + timedelta(days=2))]
    assert third == []
