"""People see, download and delete their data through the whole service, in the browser and on Telegram."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from bot.service import Service
from storage import retention, schema
from storage.database import Database
from tests.bot import serving
from tests.bot.serving import Visitor
from tests.conftest import ManualClock
from tests.service import free_port
from tests.stubs.telegram import TelegramStub

ANN = 4711


@pytest.fixture
async def service(tmp_path: Path, clock: ManualClock) -> AsyncIterator[Service]:
    given = serving.prepared(tmp_path)
    database = Database(given.database_url)
    service = serving.assemble(given, database, clock)
    yield service
    await service.chat.drain()
    await database.close()


@pytest.fixture
async def visitor(service: Service) -> AsyncIterator[Visitor]:
    async with serving.browsing(serving.web(service), **{"Accept-Language": "id"}) as client:
        yield Visitor(service, client)


async def test_the_browser_downloads_what_was_written_on_both_sides(visitor: Visitor) -> None:
    await visitor.post(text="kapan pendaftaran ditutup?")
    await visitor.post(text="/data")
    shown = await visitor.post(choice="data:export", title="Unduh data saya")

    (attachment,) = shown["attachments"]
    fetched = await visitor.client.get(attachment["url"])

    assert (attachment["filename"], attachment["media_type"]) == ("data-saya.json", "application/json")
    assert fetched.headers["Content-Disposition"] == 'attachment; filename="data-saya.json"'
    content = json.loads(fetched.content)
    assert [line["tulisan"] for line in content["chat di peramban"] if line["dari"] == "Anda"] == [
        "kapan pendaftaran ditutup?",
        "/data",
    ]


async def test_after_deletion_the_browser_shows_only_the_farewell_and_the_file_is_gone(visitor: Visitor) -> None:
    await visitor.post(text="halo")
    shown = await visitor.post(text="unduh data saya")
    (attachment,) = shown["attachments"]
    asked = await visitor.post(text="hapus data saya")

    await visitor.post(choice=asked["choices"][0]["id"], title=asked["choices"][0]["title"])

    (farewell,) = await visitor.history()
    assert (farewell["author"], farewell["text"][:31]) == ("assistant", "Sudah. Semua data Anda di asist")
    assert farewell["choices"] == []
    assert (await visitor.client.get(attachment["url"])).status_code == 404


async def test_an_hour_after_deletion_the_browser_is_somebody_new(
    visitor: Visitor, service: Service, clock: ManualClock
) -> None:
    asked = await visitor.post(text="hapus data saya")
    await visitor.post(choice=asked["choices"][0]["id"], title=asked["choices"][0]["title"])
    clock.move(retention.ERASED.total_seconds() + 1)

    async with service.assistant.database.transaction() as tx:
        await retention.forget(tx, clock.now())

    assert await visitor.history() == []
    async with service.assistant.database.reading() as tx:
        people = (await tx.execute(sa.select(schema.people))).all()
    assert people == []


async def test_telegram_sends_the_file_and_a_farewell_without_buttons(tmp_path: Path) -> None:
    port = free_port()
    async with TelegramStub() as stub:
        given = serving.settings(
            tmp_path,
            http_port=port,
            telegram_token=stub.token,
            telegram_api_url=stub.url,
            telegram_mode="webhook",
            telegram_secret="a-secret-of-the-test-0123456789",
            public_url=f"http://127.0.0.1:{port}",
        )
        async with serving.serving(given):
            await stub.wait_for(lambda: stub._webhook is not None)
            stub.text(ANN, "/data")
            page = (await stub.wait_for(lambda: stub.sent_to(ANN)))[-1]
            stub.press(ANN, "data:export")
            await stub.wait_for(lambda: [call for call in stub.calls if call[0] == "sendDocument"], timeout=20)
            stub.text(ANN, "hapus data saya")
            asked = (await stub.wait_for(lambda: stub.sent_to(ANN)[2:], timeout=20))[-1]
            rows: Any = (asked.reply_markup or {}).get("inline_keyboard", [])
            stub.press(ANN, rows[0][0]["callback_data"])
            farewell = (await stub.wait_for(lambda: stub.sent_to(ANN)[3:], timeout=20))[-1]

        assert (page.text or "").startswith("Yang kami simpan tentang Anda\n• Akun: akun Telegram Anda")
        assert (farewell.text or "").startswith("Sudah. Semua data Anda")
        assert farewell.reply_markup is None
        assert stub.violations == []
