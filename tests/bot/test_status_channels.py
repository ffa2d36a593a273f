"""An edition comes in as a spreadsheet; on every channel its nominees find their own status, and nobody else's."""

from __future__ import annotations

import itertools
import re
from collections.abc import Awaitable, Callable, Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import openpyxl
import pytest

from bot import app
from bot.channels.terminal import Terminal
from bot.clock import SettableClock
from bot.proposals import importing
from bot.service import open_database
from bot.settings import Settings
from bot.terminal import Line, Talk
from handlers.wording import Wording
from storage.database import Database
from storage.proposals import releases, states
from tests.bot import serving
from tests.bot.serving import Visitor
from tests.bot.test_telegram_service import connected, ready
from tests.conftest import ManualClock
from tests.stubs.telegram import TelegramStub

COUNT = 247
IMPORTED = datetime(2026, 11, 1, 3, 0, tzinfo=UTC)
MESSAGES = 3  # that lead to a status, at most
NUMBERS = re.compile(r"UPK-\d{4}-\d{5}")
HEADER = ("Nomor Registrasi", "Edisi", "Kategori", "Judul Usulan", "No. HP", "Kode Akses", "Status", "Sejak")

Say = Callable[[str, str], Awaitable[str]]  # (person, text) -> the last answer


@dataclass(frozen=True)
class Nominee:
    """One row of the spreadsheet."""

    number: str
    code: str
    state: str


def nominees() -> list[Nominee]:
    """Return the made-up edition: all states are among it, each with a code of its own."""
    every = list(states.known())
    return [
        Nominee(f"UPK-2026-{n:05}", f"{n:04}-ABCD-{n * 7 % 10_000:04}", every[n % len(every)])
        for n in range(1, COUNT + 1)
    ]


@pytest.fixture
def spreadsheet(tmp_path: Path) -> Path:
    names = Wording.load().group("status_states", "id")
    book = openpyxl.Workbook()
    sheet = book.active
    assert sheet is not None
    sheet.append(HEADER)
    for n, each in enumerate(nominees(), start=1):
        category = "kepeloporan" if n % 3 == 0 else "pengabdian"
        phone = f"0812{n:08}"
        sheet.append(
            (each.number, 2026, category, f"Usulan ke-{n}", phone, each.code, names[each.state], datetime(2026, 10, 5))  # noqa: DTZ001 - as Excel keeps it
        )
    book.save(tmp_path / "usulan.xlsx")
    return tmp_path / "usulan.xlsx"


async def imported(given: Settings, spreadsheet: Path) -> Database:
    """Take the file in, release every stage, and return the database."""
    await importing.import_file(given, spreadsheet, dry_run=False, as_json=False)  # by the clock the service has
    database = await open_database(given)
    for state in states.known():
        async with database.transaction() as tx:
            await releases.release_stage(tx, state, 2026, IMPORTED, IMPORTED)
    return database


async def each_finds_their_own(say: Say) -> None:
    """Let some nominees ask, and try the numbers of others with their own codes."""
    names = Wording.load().group("status_states", "id")
    chosen: Sequence[Nominee] = [nominees()[row] for row in (0, 5, 13, 100, COUNT - 1)]
    for n, nominee in enumerate(chosen):
        answers = [await say(f"owner{n}", text) for text in ("status usulan saya", nominee.number, nominee.code)]
        assert len(answers) <= MESSAGES
        assert names[nominee.state] in answers[-1]
        assert set(NUMBERS.findall(answers[-1])) == {nominee.number}
        other = chosen[n - 1]
        refused = [await say(f"owner{n}", text) for text in (f"{other.number} {nominee.code}", "Setuju, lihat status")]
        assert "tidak cocok" in refused[-1]
        assert NUMBERS.findall(refused[-1]) == []


async def test_in_the_terminal(tmp_path: Path, spreadsheet: Path) -> None:
    given = serving.settings(tmp_path)
    database = await imported(given, spreadsheet)
    clock, spoken = SettableClock(), Terminal()
    talk = Talk(app.build(given, database, clock, [spoken]), spoken, clock)

    async def say(person: str, text: str) -> str:
        return (await talk.say(Line(person, text)))[-1].text

    try:
        await each_finds_their_own(say)
    finally:
        await database.close()


async def test_in_the_browser(tmp_path: Path, spreadsheet: Path, clock: ManualClock) -> None:
    given = serving.settings(tmp_path)
    database = await imported(given, spreadsheet)
    service = serving.assemble(given, database, clock)
    visitors: dict[str, Visitor] = {}

    async def say(person: str, text: str) -> str:
        if person not in visitors:
            client = await clients.enter_async_context(
                serving.browsing(serving.web(service), **{"Accept-Language": "id"})
            )
            visitors[person] = Visitor(service, client)
        clock.move(5)
        return str((await visitors[person].post(text=text))["text"])

    async with AsyncExitStack() as clients:
        await each_finds_their_own(say)
        await service.chat.drain()
    await database.close()


async def test_on_telegram(tmp_path: Path, spreadsheet: Path) -> None:
    async with TelegramStub() as stub, connected(tmp_path, "webhook", stub) as line:
        await ready(line)
        database = await imported(serving.settings(tmp_path, database_url=line.database_url), spreadsheet)
        await database.close()
        ids = itertools.count(1001)
        people: dict[str, int] = {}

        async def say(person: str, text: str) -> str:
            chat = people.setdefault(person, next(ids))
            before = len(stub.sent_to(chat))
            stub.text(chat, text)
            return (await line.answers(chat, before + 1))[-1]

        await each_finds_their_own(say)
        assert stub.violations == []
