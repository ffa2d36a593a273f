"""The whole path of an announcement by officers on Telegram, by the real service, every call checked by the oracle."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from bot import app
from bot.pacing import Rate
from storage import audit
from storage.database import Database
from storage.office import invitations, staff
from storage.office.staff import Invited
from storage.schema import people, subscriptions
from tests.bot.test_telegram_service import Line, connected, ready
from tests.handlers.staff.office import CODES
from tests.stubs.telegram import Sent, TelegramStub

ANI, SITI = 42, 43
AUDIENCE = 300
FIRST = 10_000  # the Telegram ids of those who subscribed
BLOCKED, UNSURE = FIRST, FIRST + 1
NOW = datetime(2026, 11, 24, 3, 0, tzinfo=UTC)
PICTURE = b"\xff\xd8 a picture"
TEXT = "*Pendaftaran dibuka* sampai akhir bulan."
ENGLISH = "*Registration is open* until the end of the month."


@dataclass
class Office:
    """Two officers at their phones."""

    line: Line
    database: Database

    @property
    def stub(self) -> TelegramStub:
        return self.line.stub

    async def until_told(self, person: int, words: str, after: int = 0) -> Sent:
        """Return the first message to somebody with these words in it, of those after so many."""

        def found() -> Sent | None:
            return next((sent for sent in self.stub.sent_to(person)[after:] if words in (sent.text or "")), None)

        return await self.stub.wait_for(found, timeout=20)  # type: ignore[return-value]

    async def say(self, person: int, text: str, words: str) -> Sent:
        after = len(self.stub.sent_to(person))
        self.stub.text(person, text)
        return await self.until_told(person, words, after)

    async def press(self, person: int, button: str, words: str) -> Sent:
        """Press the newest button that begins so, and return what is then told with these words in it."""
        data = await self.button(person, button)
        after = len(self.stub.sent_to(person))
        self.stub.press(person, data)
        return await self.until_told(person, words, after)

    async def button(self, person: int, beginning: str) -> str:
        """Return the newest button of somebody that begins so; also one that a message got when it changed."""

        def found() -> list[str]:
            changed = [params for name, params in self.stub.calls if name == "editMessageText"]
            theirs = [params for params in changed if params["chat_id"] == person]
            return buttons([*theirs, *(sent.params for sent in self.stub.sent_to(person))], beginning)

        return (await self.stub.wait_for(found, timeout=20))[-1]

    def got(self) -> dict[int, list[Sent]]:
        """Return what those who subscribed got."""
        return {person: self.stub.sent_to(person) for person in range(FIRST, FIRST + AUDIENCE)}

    def reached(self) -> int:
        return sum(1 for sent in self.got().values() if sent)


@pytest.fixture
async def office(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Office]:
    monkeypatch.setattr(app, "TELEGRAM_PERSON", Rate(1000.0, burst=1000))  # officers type faster here
    async with TelegramStub() as stub, connected(tmp_path, "webhook", stub) as line:
        await ready(line)
        database = Database(line.database_url)
        async with database.transaction() as tx:
            for name in ("Ani", "Siti"):
                code = invitations.read(CODES[name]) or ""
                await staff.invite(tx, Invited(name, "officer", code), "command:test", datetime.now(UTC))
            rows = [
                {
                    "id": number,
                    "telegram_id": number,
                    "language": "en" if number % 2 else "id",
                    "created_at": NOW,
                    "last_seen_at": datetime.now(UTC),
                    "last_channel": "telegram",
                }
                for number in range(FIRST, FIRST + AUDIENCE)
            ]
            await tx.execute(sa.insert(people), rows)
            topics = [{"person_id": row["id"], "topic": "announcements", "since": NOW} for row in rows]
            await tx.execute(sa.insert(subscriptions), topics)
        yield Office(line, database)
        await database.close()


async def test_the_whole_path_of_an_officer(office: Office) -> None:
    await office.say(ANI, CODES["Ani"], "Selamat bergabung, Ani")
    await office.say(SITI, CODES["Siti"], "Selamat bergabung, Siti")
    await write(office)
    await approve(office)
    await steer(office)
    await send_the_rest(office)
    await correct(office)

    assert office.stub.violations == []
    async with office.database.reading() as tx:
        acts = {act.action.removeprefix("broadcast_") for act in await audit.latest(tx, 100)}
    steered = {"approve", "start", "pause", "resume", "stop", "list", "send_rest", "leave_unsure"}
    assert acts >= {"staff_joined", "draft", "change", "test", "ask", *steered}


async def write(office: Office) -> None:
    """With a photo, in two languages, and seen before anybody else sees it."""
    stub = office.stub
    await office.press(ANI, "news:new", "teks pengumuman")
    stub.photo(ANI, TEXT, PICTURE)
    await office.until_told(ANI, "versi bahasa Inggris")
    await office.say(ANI, ENGLISH, "Untuk siapa?")
    summary = await office.press(ANI, "news:show", "Konsep pengumuman")
    shown = next(sent for sent in stub.sent_to(ANI) if sent.method == "sendPhoto")
    before = len(stub.sent_to(ANI))
    await office.press(ANI, "news:test", "hanya Anda yang menerimanya")

    assert f"Jumlah penerima: {AUDIENCE} orang." in (summary.text or "")
    assert shown.text == "Pendaftaran dibuka sampai akhir bulan."
    assert shown.reply_markup == {"inline_keyboard": [[{"text": "Berhenti", "callback_data": "sub:off"}]]}
    assert [sent.method for sent in stub.sent_to(ANI)[before:]] == ["sendPhoto", "sendPhoto", "sendMessage"]


async def approve(office: Office) -> None:
    """The author is refused, the second officer is not."""
    stub = office.stub
    await office.press(ANI, "news:ask", "Persetujuan diminta dari: Siti")
    await office.until_told(SITI, "Konsep pengumuman")
    stub.press(ANI, await office.button(SITI, "news:approve"))
    await office.until_told(ANI, "Anda sendiri yang menulisnya")
    assert office.reached() == 0

    stub.faults.slow(2.0, method="sendPhoto")  # so that there is time to steer it
    stub.faults.block(BLOCKED)
    stub.faults.lose(1, chat_id=UNSURE)
    await office.press(SITI, "news:approve", "Disetujui")
    await office.until_told(ANI, "Siti menyetujui")


async def steer(office: Office) -> None:
    """Paused, resumed by the other, and stopped: nobody gets it after that."""
    stub = office.stub
    await office.until_told(ANI, "Selesai: ")
    await stub.wait_for(lambda: office.reached() >= 10, timeout=20)
    await office.press(ANI, "news:pause", "Dijeda.")
    await office.press(SITI, "news:resume", "Dilanjutkan.")
    await stub.wait_for(lambda: office.reached() >= 30, timeout=20)
    stopped = await office.press(ANI, "news:stop", "Dihentikan.")
    in_flight = _number(stopped, "tetap sampai: ")
    out = _number(stopped, "Sudah keluar: ")
    report = await office.until_told(ANI, f"Jumlah seluruhnya: {AUDIENCE}", _place(office, ANI, stopped))
    await office.until_told(SITI, "Tidak sempat dikirim:")
    reached = office.reached()

    assert out <= reached <= out + in_flight + 1  # one of them without our knowing
    assert "memblokir asisten ini" in (report.text or "")
    await office.press(ANI, "news:csv", "Daftar penerima")
    assert stub.sent_to(ANI)[-1].method == "sendDocument"
    assert office.reached() == reached


async def send_the_rest(office: Office) -> None:
    """Everybody has it then, and once; but for the one who blocked us."""
    before = len(office.stub.sent_to(ANI))
    office.stub.faults.clear()
    office.stub.faults.block(BLOCKED)
    await office.press(ANI, "news:rest", "Dikirim ke yang belum mendapatnya")
    finished = await office.until_told(ANI, "Pengumuman no. 1 selesai", before)
    got = office.got()

    assert {person for person, sent in got.items() if not sent} == {BLOCKED}
    assert max(map(len, got.values())) == 1
    assert "Belum pasti sampai: 1" in (finished.text or "")
    said = {sent.text for each in got.values() for sent in each}
    assert said == {TEXT.replace("*", ""), ENGLISH.replace("*", "")}
    await office.press(SITI, "news:leave", "dibiarkan")


async def correct(office: Office) -> None:
    """With a second approval of its own; the messages themselves change, the captions below their photo."""
    stub = office.stub
    stub.faults.clear()
    stub.faults.block(BLOCKED)
    await office.press(ANI, "news:correct", "teks koreksinya")
    await office.say(ANI, "Pendaftaran dibuka sampai 5 Desember.", "versi bahasa Inggris")
    correction = await office.press(ANI, "news:noen", "Konsep koreksi")
    await office.press(ANI, "news:ask", "Persetujuan diminta dari: Siti")
    await office.until_told(SITI, "Konsep koreksi")
    await office.press(SITI, "news:approve", "Disetujui")
    await office.until_told(ANI, "Pengumuman no. 2 selesai")
    edits = [params for name, params in stub.calls if name == "editMessageCaption" and params["chat_id"] >= FIRST]

    assert f"Pesan yang diubah di tempatnya (Telegram): {AUDIENCE - 2}." in (correction.text or "")
    assert len({params["chat_id"] for params in edits}) == AUDIENCE - 2
    assert {params["caption"] for params in edits} == {"Koreksi: Pendaftaran dibuka sampai 5 Desember."}
    assert max(map(len, office.got().values())) == 1  # nobody got another message


def buttons(calls: Sequence[dict[str, Any]], beginning: str) -> list[str]:
    """Return the buttons below these messages that begin so."""
    rows = [row for params in calls for row in (params.get("reply_markup") or {}).get("inline_keyboard", [])]
    return [button["callback_data"] for row in rows for button in row if button["callback_data"].startswith(beginning)]


def _place(office: Office, person: int, sent: Sent) -> int:
    return office.stub.sent_to(person).index(sent) + 1


def _number(told: Sent, words: str) -> int:
    """Return the number after these words."""
    match = re.match(r"\d+", (told.text or "").partition(words)[2])
    assert match is not None, told.text
    return int(match[0])
