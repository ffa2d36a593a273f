"""Whole checks through the whole service: every case in the browser and on Telegram, and the file on both."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

import httpx
import pytest

from bot import app
from bot.pacing import Rate
from bot.service import Service
from handlers.eligibility.criterion import UNSURE, Answer, Answers
from handlers.wording import Wording
from storage.database import Database
from tests.bot import serving
from tests.bot.serving import Visitor
from tests.conftest import SHARED, ManualClock
from tests.handlers.eligibility.cases import CASES, PERSON, Case
from tests.handlers.eligibility.conversation import typed
from tests.service import free_port
from tests.stubs.telegram import TelegramStub

TABLE = SHARED / "facts" / "eligibility.json"
E = "eligibility:"


@dataclass(frozen=True, slots=True)
class Shown:
    """The last message of the assistant as its reader sees it."""

    text: str
    choices: tuple[str, ...]


class Reader(Protocol):
    """Somebody on a channel; each call returns what is answered."""

    async def say(self, text: str) -> Shown: ...

    async def press(self, choice: str) -> Shown: ...


class Browser:
    """Somebody in the browser chat."""

    def __init__(self, service: Service, client: httpx.AsyncClient) -> None:
        self.visitor = Visitor(service, client)

    async def say(self, text: str) -> Shown:
        return self._shown(await self.visitor.post(text=text))

    async def press(self, choice: str) -> Shown:
        return self._shown(await self.visitor.post(choice=choice, title=choice))

    @staticmethod
    def _shown(last: dict[str, Any]) -> Shown:
        return Shown(last["text"], tuple(choice["id"] for choice in last["choices"]))


class OnTelegram:
    """Somebody on Telegram."""

    def __init__(self, stub: TelegramStub, person: int) -> None:
        self._stub = stub
        self._person = person

    async def say(self, text: str) -> Shown:
        return await self._after(lambda: self._stub.text(self._person, text))

    async def press(self, choice: str) -> Shown:
        return await self._after(lambda: self._stub.press(self._person, choice))

    async def _after(self, act: Callable[[], object]) -> Shown:
        count = len(self._stub.sent_to(self._person))
        act()
        sent = await self._stub.wait_for(lambda: self._stub.sent_to(self._person)[count:], timeout=20)
        rows = (sent[-1].reply_markup or {}).get("inline_keyboard", [])
        return Shown(sent[-1].text or "", tuple(button["callback_data"] for row in rows for button in row))


async def hold(reader: Reader, answers: Answers) -> Shown:
    """Hold the whole conversation, as one who answers all that is asked, and return the result."""
    shown = await reader.say("/cek")
    for _ in range(40):
        verbs = {choice.removeprefix(E) for choice in shown.choices}
        if "pdf:id" in verbs:
            return shown
        if "goon" in verbs:
            shown = await reader.press(f"{E}goon")
        elif "confirm" in verbs:
            shown = await reader.press(f"{E}confirm")
        else:
            (question,) = (verb.partition(":")[2] for verb in verbs if verb.startswith("why:"))
            shown = await give(reader, question, answers.get(question, UNSURE))
    raise AssertionError(f"the check does not end: {shown}")


async def give(reader: Reader, question: str, answer: Answer) -> Shown:
    text = typed(question, answer)
    return await (reader.press(f"{E}{question}:{answer}") if text is None else reader.say(text))


def outcomes(shown: Shown, wording: Wording) -> dict[str, str]:
    """Return the outcome of each category that a result tells."""
    text = shown.text.replace("*", "")  # Telegram has bold letters instead of stars
    parts = dict(zip("PK", text.split("\n\nJasa Kepeloporan\n"), strict=True))
    names = ("NOT_FOR_YOU", "NOT_MET", "CHECK", "MEETS_KNOWN")
    return {
        category: name
        for category, part in parts.items()
        for name in names
        if wording.say(f"eligibility.outcome_{name.lower()}", "id") in part
    }


def listed() -> dict[str, tuple[Answers, dict[str, str]]]:
    """Return every case, those of the fact sheet where it is, else ours: answers, and the outcome by category."""
    if TABLE.exists():
        sheet = json.loads(TABLE.read_text(encoding="utf-8"))["cases"]
        return {case["name"]: (case["answers"], case["expect"]) for case in sheet}
    return {case.name: (case.answers, {"P": case.pengabdian, "K": case.kepeloporan}) for case in CASES}


@pytest.fixture(scope="module")
def wording() -> Wording:
    return Wording.load()


@pytest.fixture
async def service(tmp_path: Path, clock: ManualClock) -> AsyncIterator[Service]:
    given = serving.prepared(tmp_path)
    database = Database(given.database_url)
    service = serving.assemble(given, database, clock)
    yield service
    await service.chat.drain()
    await database.close()


@pytest.fixture
async def visitor(service: Service) -> AsyncIterator[Browser]:
    async with serving.browsing(serving.web(service), **{"Accept-Language": "id"}) as client:
        yield Browser(service, client)


async def test_every_case_comes_out_as_listed_in_the_browser(service: Service, wording: Wording) -> None:
    found = {}
    pages = serving.web(service)
    for name, (answers, _) in listed().items():
        async with serving.browsing(pages, **{"Accept-Language": "id"}) as client:
            found[name] = outcomes(await hold(Browser(service, client), answers), wording)

    assert found == {name: expected for name, (_, expected) in listed().items()}


async def test_every_case_comes_out_as_listed_on_telegram(
    tmp_path: Path, wording: Wording, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(app, "TELEGRAM_PERSON", Rate(1000.0, burst=1000))  # nobody waits for their own next answer
    port = free_port()
    async with TelegramStub() as stub:
        given = serving.settings(
            tmp_path,
            http_port=port,
            telegram_token=stub.token,
            telegram_api_url=stub.url,
            telegram_mode="webhook",
            telegram_secret="a-secret-of-the-test-0123456789",
            telegram_messages_per_second=5000,
            public_url=f"http://127.0.0.1:{port}",
        )
        async with serving.serving(given):
            await stub.wait_for(lambda: stub._webhook is not None)
            people = [OnTelegram(stub, number) for number, _ in enumerate(listed(), start=1)]
            held = await asyncio.gather(
                *(hold(person, answers) for person, (answers, _) in zip(people, listed().values(), strict=True))
            )
            await people[0].press(f"{E}pdf:id")
            (document,) = [call for call in stub.calls if call[0] == "sendDocument"]

        assert [outcomes(shown, wording) for shown in held] == [expected for _, expected in listed().values()]
        assert document[1]["caption"].startswith("Ini hasilnya dalam satu halaman.")
        assert stub.violations == []


async def test_the_result_can_be_fetched_as_a_file_in_the_browser(visitor: Browser) -> None:
    await hold(visitor, PERSON)
    await visitor.press(f"{E}pdf:id")

    (attachment,) = (await visitor.visitor.history())[-1]["attachments"]
    fetched = await visitor.visitor.client.get(attachment["url"])

    assert (attachment["filename"], attachment["media_type"]) == ("cek-kelayakan-upakarti.pdf", "application/pdf")
    assert fetched.content.startswith(b"%PDF-")


async def test_after_deleting_the_browser_shows_nothing_of_the_check_and_the_file_is_gone(visitor: Browser) -> None:
    await hold(visitor, PERSON)
    await visitor.press(f"{E}pdf:id")
    (attachment,) = (await visitor.visitor.history())[-1]["attachments"]

    await visitor.say("hapus jawaban")

    assert [line["text"].split()[0] for line in await visitor.visitor.history()] == ["hapus", "Semua"]
    assert (await visitor.visitor.client.get(attachment["url"])).status_code == 404


def test_all_kinds_of_applicant_are_among_the_cases() -> None:
    kinds = {Case(*case).answers.get("applicant_type") for case in CASES}

    assert kinds >= {"individual", "company", "organisation", "government", "cooperative", None}
