"""Every dialogue is held on WhatsApp too: through the webhook, the outbox and the API, to what people read there."""

from __future__ import annotations

import re
import time
from collections.abc import AsyncIterator
from contextlib import aclosing, asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx
import pytest

from bot import app
from bot.channels import fit
from bot.channels.terminal import NAME, Terminal
from bot.channels.whatsapp.channel import LIMITS
from bot.clock import SystemClock
from bot.pacing import Rate
from bot.whatsapp_line import WHATSAPP_PATH, WhatsAppLine
from faq.library import Library
from handlers.inbox import Inbox
from handlers.messages import Inbound, Kind, Reply
from handlers.routing import Router
from storage.contacts import Identity
from storage.database import Database
from tests import databases
from tests.bot import serving
from tests.conftest import LEARNED
from tests.dialogues import script
from tests.dialogues.script import Heard, ScriptError, Turn
from tests.stubs.whatsapp import Sent, WhatsAppStub, dumps, post_of, sign
from tests.test_dialogues import CONTACT, FOLDER, in_terminal, invite, put_on_record, sent, wording

TYPES = {Kind.VOICE: "audio", Kind.CONTACT: "contacts", Kind.OTHER: "video"}
# Those with every way to answer; the others take a minute.
EVERYDAY = {"choices", "menu_by_number", "not_text", "own_data_id", "status_by_code", "eligibility_trading_company"}
PATHS = [
    pytest.param(path, id=path.stem, marks=[] if path.stem in EVERYDAY else [pytest.mark.drill])
    for path in sorted(FOLDER.glob("*.txt"))
]


class ScriptClock(SystemClock):
    """Stands at the time of the turn."""

    def __init__(self) -> None:
        self.at = datetime(2026, 11, 24, 3, 0, tzinfo=UTC)

    def now(self) -> datetime:
        return self.at


@pytest.fixture(scope="module")
def library() -> Library:
    return Library.load(cache=LEARNED)


class OnPaper:
    """The dialogue as the core holds it with somebody whose platform tells neither language nor number."""

    def __init__(self, database: Database, library: Library) -> None:
        self._database = database
        router = Router(library, wording(), CONTACT)
        self._inbox = Inbox(
            database,
            decide=router.decide,
            apologise=router.apologise,
            fit=lambda _channel, reply: fit.fit(reply, Terminal.limits),
        )

    async def say(self, turn: Turn, number: int, last: Reply | None) -> Heard:
        kind, text, choice = turn.sends(last)
        await put_on_record(self._database, turn)
        await invite(self._database, turn)
        sender = in_terminal(turn.person)
        await self._inbox.receive([Inbound(NAME, f"{number}", sender, turn.at, kind, text, choice)])
        return await sent(self._database, turn)


class OnWhatsApp:
    """The same by the webhook of a service whose messages go to a stub of Meta's API."""

    def __init__(self, database: Database, stub: WhatsAppStub, folder: Path) -> None:
        self.clock = ScriptClock()
        self._database = database
        self._stub = stub
        given = serving.settings(folder, contact=CONTACT, whatsapp_messages_per_second=5000, **stub.settings())
        self._service = serving.assemble(given, database, self.clock)
        self._line = WhatsAppLine(self._service.assistant)
        self._web = serving.web(self._service, self._line.webhooks())

    async def say(self, turn: Turn, number: int, last: Reply | None) -> dict[str, list[str]]:
        """Return the texts that people were sent, files aside, by who got them."""
        self.clock.at = turn.at.astimezone(UTC)
        await put_on_record(self._database, turn, self._known_as, "whatsapp")
        await invite(self._database, turn)
        person = self._stub.person(turn.person, hides=True, wrote_at=time.time())
        message = {"id": f"wamid.{number}", "from_user_id": person.user_id, **content(*turn.sends(last))}
        raw = dumps(post_of([{"metadata": {"phone_number_id": "106540352242922"}, "messages": [message]}]))
        before = len(self._stub.sent)
        async with serving.browsing(self._web) as client:
            answer: httpx.Response = await client.post(
                WHATSAPP_PATH, content=raw, headers={"X-Hub-Signature-256": sign(raw)}
            )
            assert answer.status_code == 200
        await self._service.assistant.senders["whatsapp"].drain()
        got: dict[str, list[str]] = {}
        for each in self._stub.sent[before:]:
            if each.body["type"] in {"text", "interactive"}:
                got.setdefault(each.person or "", []).append(said_in(each))
        return got

    def _known_as(self, name: str) -> Identity:
        return Identity(whatsapp_user_id=self._stub.person(name, wrote_at=time.time()).user_id)

    async def aclose(self) -> None:
        await self._line.close()


def said_in(message: Sent) -> str:
    """Return the text of a message, without what the file above it shows."""
    has_file = "header" in message.body.get("interactive", {})
    return message.text.rpartition("\n\n")[0] if has_file else message.text


def content(kind: Kind, text: str, choice: str | None) -> dict[str, Any]:
    """Return a message as WhatsApp tells of it."""
    if kind is Kind.CHOICE:
        return {
            "type": "interactive",
            "interactive": {"type": "list_reply", "list_reply": {"id": choice, "title": text[:24]}},
        }
    if kind is Kind.TEXT:
        return {"type": "text", "text": {"body": text}}
    return {"type": TYPES.get(kind, kind.value), TYPES.get(kind, kind.value): {"id": "1"}}


def expected(turn: Turn, heard: Heard) -> dict[str, list[str]]:
    """Return what was said on paper as it is said on WhatsApp, by who heard it."""
    said: dict[str, list[str]] = {}
    for to, reply in (*((turn.person, reply) for reply in heard.replies), *heard.others):
        said.setdefault(to, []).extend(part.text for part in fit.fit(reply, LIMITS))
    return said


def bare(texts: list[str]) -> str:
    """Return what was said, however it was cut, without what the own data tell of the channel."""
    said = re.sub(r"\s+", " ", " ".join(texts)).strip()
    said = re.sub(r"\d+ pesan dari saya|messages from me: \d+", "messages", said)
    return re.sub(r"nama Anda di terminal|akun WhatsApp Anda|your (name in the terminal|WhatsApp account)", "you", said)


@pytest.mark.parametrize("path", PATHS)
async def test_a_dialogue_goes_on_whatsapp_as_it_does_elsewhere(
    path: Path, library: Library, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(app, "WHATSAPP_PERSON", Rate(1000.0, burst=1000))
    monkeypatch.setattr(Library, "load", lambda **_: library)
    urls = [databases.sqlite_copy(tmp_path / name) for name in ("paper.db", "whatsapp.db")]
    async with opened(urls[0]) as one, opened(urls[1]) as two, WhatsAppStub() as stub:
        stub.delivery.reports = ()
        paper, whatsapp = OnPaper(one, library), OnWhatsApp(two, stub, tmp_path)
        async with aclosing(whatsapp):
            await compare(script.read(path.read_text(encoding="utf-8")).turns, paper, whatsapp)

    assert stub.violations == []


async def compare(turns: list[Turn], paper: OnPaper, whatsapp: OnWhatsApp) -> None:
    last: dict[str, Reply] = {}
    for number, turn in enumerate(turns):
        try:
            heard = await paper.say(turn, number, last.get(turn.person))
        except ScriptError:  # pressed what is only there where a number can be shared
            return
        got = await whatsapp.say(turn, number, last.get(turn.person))
        wanted = {to: bare(texts) for to, texts in expected(turn, heard).items()}
        assert {to: bare(texts) for to, texts in got.items()} == wanted, turn.line
        last |= dict([*((turn.person, reply) for reply in heard.replies), *heard.others])


@asynccontextmanager
async def opened(url: str) -> AsyncIterator[Database]:
    database = Database(url)
    try:
        yield database
    finally:
        await database.close()
