"""The doctor looks at everything, changes nothing at Telegram, and says what to do."""

from __future__ import annotations

import asyncio
import functools
import sqlite3
from datetime import UTC, datetime
from pathlib import Path

import aiohttp
import pytest

from bot import doctor
from bot.channels.whatsapp import templates
from bot.clock import Clock
from bot.settings import Settings
from bot.telegram_line import TELEGRAM_PATH
from faq import loading
from faq.document import ContentError
from faq.loading import Content
from tests.bot import serving
from tests.bot.conftest import WatchedClock
from tests.conftest import ManualClock
from tests.service import free_port
from tests.stubs.telegram import TOKEN, TelegramStub
from tests.stubs.whatsapp import BUSINESS_ID, WhatsAppStub

SECRET = "a-secret-of-the-test-0123456789"
CONTACT = "021 5252 1000"


content_once = functools.cache(loading.read)


@pytest.fixture(autouse=True)
def content_is_read_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """The doctor reads all the content again each time, which takes seconds; here it never changes."""
    monkeypatch.setattr(loading, "read", content_once)


async def examine(given: Settings, *unknown: str, clock: Clock | None = None) -> tuple[bool, list[str]]:
    told: list[str] = []
    healthy = await doctor.examine(given, unknown, told.append, clock)
    return healthy, told


def finding(told: list[str], subject: str) -> str:
    (found,) = (line for line in told if line[4:].startswith(f"{subject}:"))
    return found


async def test_a_fresh_installation_is_healthy_and_says_what_could_be_set(tmp_path: Path) -> None:
    healthy, told = await examine(serving.settings(tmp_path))

    assert healthy
    assert finding(told, "content").startswith("ok  content: ")
    assert finding(told, "database").startswith("ok  database: SQLite, schema ")
    assert finding(told, "contact").startswith(
        "?   contact: only the registration site is known\n      -> Set UPAKARTI"
    )
    assert finding(told, "telegram").startswith("?   telegram: no token is set\n      -> ")


async def test_what_is_set_is_found_well(tmp_path: Path) -> None:
    _, told = await examine(serving.settings(tmp_path, contact=CONTACT))

    assert finding(told, "contact") == "ok  contact: set"


async def test_a_mistyped_setting_is_found(tmp_path: Path) -> None:
    healthy, told = await examine(serving.settings(tmp_path), "UPAKARTI_TELEGRAM_TOKN")

    assert healthy
    assert told[0].startswith("?   settings: UPAKARTI_TELEGRAM_TOKN is not a setting\n      -> Check its spelling")


async def test_a_bot_that_polls_is_found_well(tmp_path: Path) -> None:
    async with TelegramStub() as stub:
        stub.text(42, "halo")
        given = serving.settings(tmp_path, telegram_token=stub.token, telegram_api_url=stub.url, contact=CONTACT)
        healthy, told = await examine(given)
        asked = set(stub.counts)

    assert healthy
    assert finding(told, "telegram") == "ok  telegram: the token belongs to @upakarti_bot"
    assert finding(told, "webhook") == "ok  webhook: as the settings say (polling), 1 updates wait"
    assert finding(told, "clock") == "ok  clock: agrees with Telegram's"
    assert all(line.startswith("ok ") for line in told)
    assert asked == {"getMe", "getWebhookInfo"}


async def test_a_token_that_telegram_refuses_is_serious(tmp_path: Path) -> None:
    async with TelegramStub() as stub:
        given = serving.settings(tmp_path, telegram_token="7000000001:" + "B" * 35, telegram_api_url=stub.url)
        healthy, told = await examine(given)

    assert not healthy
    assert finding(told, "telegram").startswith("BAD telegram: the token is refused\n      -> Get a new one")
    assert "BBB" not in "".join(told)


async def test_a_telegram_out_of_reach_is_serious(tmp_path: Path) -> None:
    given = serving.settings(tmp_path, telegram_token=TOKEN, telegram_api_url=f"http://127.0.0.1:{free_port()}")
    healthy, told = await examine(given)

    assert not healthy
    assert finding(told, "telegram").startswith("BAD telegram: cannot be reached (not_connected)\n      -> Check")


async def set_webhook(stub: TelegramStub, url: str) -> None:
    async with aiohttp.ClientSession() as session:
        await session.post(f"{stub.url}/bot{stub.token}/setWebhook", data={"url": url})


def by_webhook(folder: Path, stub: TelegramStub, public_url: str = "http://127.0.0.1:9") -> Settings:
    return serving.settings(
        folder,
        telegram_token=stub.token,
        telegram_api_url=stub.url,
        telegram_mode="webhook",
        telegram_secret=SECRET,
        public_url=public_url,
    )


async def test_a_webhook_that_is_not_set_yet_is_set_by_the_service(tmp_path: Path) -> None:
    async with TelegramStub() as stub:
        healthy, told = await examine(by_webhook(tmp_path, stub))

    assert healthy
    assert finding(told, "webhook").startswith(
        "?   webhook: Telegram has no address for it\n      -> Start the service"
    )


async def test_a_webhook_of_somebody_else_is_told_of(tmp_path: Path) -> None:
    async with TelegramStub() as stub:
        await set_webhook(stub, "http://127.0.0.1:9/other")
        given = serving.settings(tmp_path, telegram_token=stub.token, telegram_api_url=stub.url)
        _, told = await examine(given)

    assert finding(told, "webhook").startswith("?   webhook: Telegram has another address for it")


async def test_a_webhook_as_the_settings_say_is_found_well(tmp_path: Path) -> None:
    async with TelegramStub() as stub:
        await set_webhook(stub, f"http://127.0.0.1:9{TELEGRAM_PATH}")
        healthy, told = await examine(by_webhook(tmp_path, stub))

    assert healthy
    assert finding(told, "webhook") == "ok  webhook: as the settings say (webhook), 0 updates wait"


async def test_a_webhook_that_telegram_cannot_reach_is_serious(tmp_path: Path) -> None:
    url = f"http://127.0.0.1:{free_port()}"
    async with TelegramStub() as stub:
        await set_webhook(stub, f"{url}{TELEGRAM_PATH}")
        stub.text(42, "halo")
        await stub.wait_for(lambda: stub._webhook and stub._webhook.last_error)
        healthy, told = await examine(by_webhook(tmp_path, stub, url))

    assert not healthy
    assert finding(told, "webhook").startswith("BAD webhook: 1 updates wait; the last delivery failed\n      -> Check")


async def test_a_clock_that_is_wrong_is_serious(tmp_path: Path) -> None:
    clock = ManualClock(datetime(2020, 1, 1, tzinfo=UTC))
    async with TelegramStub() as stub:
        given = serving.settings(tmp_path, telegram_token=stub.token, telegram_api_url=stub.url)
        healthy, told = await examine(given, clock=clock)

    assert not healthy
    assert finding(told, "clock").startswith("BAD clock: differs from Telegram's by ")


async def test_a_server_without_a_date_says_nothing_of_the_clock(tmp_path: Path) -> None:
    async def hang_up(_reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\nConnection: close\r\n\r\n")
        writer.close()

    server = await asyncio.start_server(hang_up, "127.0.0.1", 0)
    url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    async with server:
        findings = await doctor._clock(serving.settings(tmp_path, telegram_api_url=url), WatchedClock())

    assert findings == []


async def test_a_database_that_cannot_be_used_is_serious(tmp_path: Path) -> None:
    healthy, told = await examine(serving.settings(tmp_path, database_url="sqlite+aiosqlite:////dev/null/a.db"))

    assert not healthy
    assert finding(told, "database").startswith("BAD database: cannot be used\n      -> Cannot use the database file")


async def test_messages_whose_answers_were_lost_are_told_of(tmp_path: Path) -> None:
    given = serving.settings(tmp_path)
    await examine(given)
    with sqlite3.connect(tmp_path / "service.db") as connection:
        connection.executescript(
            """
            INSERT INTO people (id, telegram_id, created_at, last_seen_at) VALUES (1, 42, '2026-11-24', '2026-11-24');
            INSERT INTO outbox (person_id, channel, priority, text, choices, status, attempts, not_before, created_at,
                settled_at) VALUES (1, 'telegram', 0, 'a', '[]', 'unsure', 1, '2026-11-24', '2026-11-24', '2026-11-24');
            """
        )
    connection.close()
    healthy, told = await examine(given)

    assert healthy
    assert finding(told, "outbox").startswith("?   outbox: 1 messages may or may not have arrived\n      -> ")


async def test_alarms_and_results_that_wait_are_told_of(tmp_path: Path) -> None:
    clock = WatchedClock()
    given = serving.settings(tmp_path)
    _, before = await examine(given, clock=clock)
    with sqlite3.connect(tmp_path / "service.db") as connection:
        connection.executescript(
            """
            INSERT INTO proposals (number, edition, category, title, confirmed_at)
                VALUES ('UPK-1', 2026, 'pengabdian', '', '2026-11-24 00:00:00.000000');
            INSERT INTO proposal_events (number, position, state, entered_at, recorded_at)
                VALUES ('UPK-1', 1, 'penjurian', '2026-11-24 00:00:00.000000', '2026-11-24 00:00:00.000000');
            INSERT INTO alarms (kind, raised_at) VALUES ('code_used_again', '2026-11-17 03:00:00.000000');
            INSERT INTO alarms (kind, raised_at) VALUES ('code_used_again', '2026-11-24 02:00:00.000000');
            INSERT INTO alarms (kind, raised_at) VALUES ('code_used_again', '2026-11-17 02:59:59.000000');
            INSERT INTO alarms (kind, raised_at) VALUES ('many_failures_of_person', '2026-11-24 02:00:00.000000');
            """
        )
    connection.close()
    healthy, told = await examine(given, clock=clock)

    assert finding(before, "alarms") == "ok  alarms: none in the last 7 days"
    assert not any("releases:" in line for line in before)
    assert healthy
    assert finding(told, "alarms").startswith(
        "?   alarms: 2 code_used_again, 1 many_failures_of_person in the last 7 days\n      -> See: "
    )
    assert finding(told, "releases").startswith("?   releases: 1 results wait for their release\n      -> ")


async def test_content_with_mistakes_is_serious(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def read(_folder: Path) -> Content:
        raise ContentError(["award.toml:3: has no fact."])

    monkeypatch.setattr(loading, "read", read)
    healthy, told = await examine(serving.settings(tmp_path))

    assert not healthy
    assert finding(told, "content") == "BAD content: has mistakes\n      -> award.toml:3: has no fact."


# WhatsApp


async def test_the_templates_are_compared_with_what_meta_approved(tmp_path: Path) -> None:
    async with WhatsAppStub() as stub:
        _, none_used = await examine(serving.settings(tmp_path, **stub.settings()))
        with_them = serving.settings(tmp_path, **stub.settings(), whatsapp_business_id=BUSINESS_ID)
        _, missing = await examine(with_them)
        stub.approve(*(each.submission for each in templates.load()))
        _, approved = await examine(with_them)
        healthy, refused = await examine(serving.settings(tmp_path, **stub.settings(), whatsapp_business_id="12345"))

    assert "none are used" in finding(none_used, "templates")
    assert "14 of 14 cannot be sent" in finding(missing, "templates")
    assert finding(approved, "templates") == "ok  templates: all 14 are approved"
    assert "cannot be compared" in finding(refused, "templates")
    assert healthy


async def test_whatsapp_is_off_without_its_settings(tmp_path: Path) -> None:
    _, told = await examine(serving.settings(tmp_path))

    assert finding(told, "whatsapp") == "ok  whatsapp: off, since none of its settings is set"


async def test_a_number_that_works_is_found_well_and_told_where_meta_comes_in(tmp_path: Path) -> None:
    async with WhatsAppStub() as stub:
        _, told = await examine(serving.settings(tmp_path, **stub.settings()))
        _, with_address = await examine(serving.settings(tmp_path, public_url="https://a.example", **stub.settings()))

    assert finding(told, "whatsapp") == "ok  whatsapp: the number is +62 21 5252 1000"
    assert finding(told, "callback").endswith("that address and /whatsapp/webhook behind it.")
    assert not any("callback" in line for line in with_address)


async def test_a_number_that_people_complain_about_is_told(tmp_path: Path) -> None:
    async with WhatsAppStub() as stub:
        stub.quality = "RED"
        healthy, told = await examine(serving.settings(tmp_path, **stub.settings()))

    assert healthy
    assert finding(told, "quality").startswith("?   quality: Meta rates the number RED\n      -> Too many")


async def test_a_token_that_meta_refuses_is_serious(tmp_path: Path) -> None:
    async with WhatsAppStub() as stub:
        stub.token = "another"
        healthy, told = await examine(serving.settings(tmp_path, **stub.settings()))

    assert not healthy
    assert finding(told, "whatsapp").startswith("BAD whatsapp: the token is refused\n      -> Make a new one")


async def test_a_number_that_is_not_ours_is_serious(tmp_path: Path) -> None:
    async with WhatsAppStub() as stub:
        given = serving.settings(tmp_path, **(stub.settings() | {"whatsapp_phone_number_id": "1234567"}))
        healthy, told = await examine(given)

    assert not healthy
    assert "cannot be used (bad_request)\n      -> Check UPAKARTI_WHATSAPP_PHONE_NUMBER_ID" in finding(told, "whatsapp")


async def test_a_meta_out_of_reach_is_serious(tmp_path: Path) -> None:
    async with WhatsAppStub() as stub:
        given = serving.settings(
            tmp_path, **(stub.settings() | {"whatsapp_api_url": f"http://127.0.0.1:{free_port()}"})
        )
        healthy, told = await examine(given)

    assert not healthy
    assert finding(told, "whatsapp").startswith("BAD whatsapp: cannot be reached (not_connected)")
