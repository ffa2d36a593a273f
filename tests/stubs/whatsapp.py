"""A Cloud API server on the loopback that checks every request, and sends webhooks as Meta does: signed, late, twice.

    async with WhatsAppStub() as meta:          # UPAKARTI_WHATSAPP_API_URL=meta.url, and meta.settings()
        meta.webhook = f"{url}/whatsapp/webhook"
        meta.text("sari", "syarat upakarti?")
        await meta.wait_for(lambda: meta.sent_to("sari"))
        assert meta.violations == []

It lives in the test process and outlives a service that runs beside it and is killed.
"""

from __future__ import annotations

import asyncio
import hashlib
import hmac
import itertools
import json
import random
import re
import time
import types
import warnings
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cache
from importlib.util import find_spec
from pathlib import Path
from typing import Any, Final, Self, TypeVar

import aiohttp
from aiohttp import web

from tests.stubs.telegram import _cut as hang_up

Json = dict[str, Any]
Found = TypeVar("Found")

ORACLE: Final = Path(__file__).resolve().parents[2].parent / "shared" / "oracles" / "whatsapp_schema.py"
TOKEN: Final = "EAAG" + "t" * 60
APP_SECRET: Final = "0123456789abcdef" * 2
VERIFY_TOKEN: Final = "a-verify-token-of-the-test"
NUMBER_ID: Final = "106540352242922"
BUSINESS_ID: Final = "102290129340398"
WINDOW: Final = 24 * 3600  # seconds after somebody's last message
TEMPLATES_AT_ONCE: Final = 4  # in one answer
LARGEST_BODY: Final = 64 * 2**20

FILE_TYPES: Final = ("application/pdf", "application/vnd.ms-excel", "image/jpeg", "image/png", "text/plain")
# HTTP status of each error, where it is not 400
STATUSES: Final = {0: 401, 190: 401, 10: 403, 368: 403, 131031: 403, 131005: 403, 131016: 503, 131000: 500, 2: 503}


@dataclass(slots=True)
class Person:
    """Somebody with WhatsApp; `hides` their number behind a username, `old` is told without a user id. `wrote_at` is
    when their window opened.
    """

    name: str
    phone: str
    user_id: str
    hides: bool = False
    old: bool = False
    wrote_at: float | None = None


@dataclass(frozen=True, slots=True)
class Sent:
    """One request to send a message, as the person sees it if it was `accepted`; `fate` is what went wrong, and
    `reported` whether a report of it was made. One that failed later has an id and is not accepted.
    """

    person: str | None
    body: Json
    accepted: bool
    wamid: str | None
    at: float
    fate: str | None = None
    reported: bool = False

    @property
    def text(self) -> str:
        kind = self.body["type"]
        content = self.body[kind]
        if kind == "interactive":
            return str(content["body"]["text"])
        if kind == "template":
            return _parameters(content, "body")[0]
        return str(content.get("body", content.get("caption", "")))

    @property
    def choices(self) -> list[tuple[str, str]]:
        """The id and the title of each button or row."""
        if self.body["type"] == "template":
            return [(payload, "Baca lengkap") for payload in _parameters(self.body["template"], "button")]
        if self.body["type"] != "interactive":
            return []
        action = self.body["interactive"]["action"]
        if "buttons" in action:
            return [(each["reply"]["id"], each["reply"]["title"]) for each in action["buttons"]]
        rows = [row for section in action["sections"] for row in section["rows"]]
        return [(row["id"], row.get("description", row["title"])) for row in rows]


@dataclass(slots=True)
class _Fault:
    what: str  # lose, cut, slow, page, or the number of an error
    left: int | None
    person: str | None
    amount: float = 0.0
    p: float = 1.0


class Faults:
    """What goes wrong, on command: with the next `n` messages (None: all), of everybody or to one person, or with any
    by a chance `p`.
    """

    def __init__(self) -> None:
        self._faults: list[_Fault] = []
        self._dice = random.Random(0)

    def lose(self, n: int | None = 1, person: str | None = None, *, p: float = 1.0) -> None:
        """Accept the message, then cut the connection instead of answering."""
        self._faults.append(_Fault("lose", n, person, p=p))

    def cut(self, n: int | None = 1, person: str | None = None, *, p: float = 1.0) -> None:
        """Reset the connection without accepting the message."""
        self._faults.append(_Fault("cut", n, person, p=p))

    def refuse(self, code: int, n: int | None = 1, person: str | None = None, *, p: float = 1.0) -> None:
        """Answer with one of Meta's errors."""
        self._faults.append(_Fault(str(code), n, person, p=p))

    def fail_later(self, code: int, n: int | None = 1, *, p: float = 1.0) -> None:
        """Accept the message, and report with one of Meta's errors that it failed."""
        self._faults.append(_Fault(f"later {code}", n, None, p=p))

    def page(self, status: int = 502, n: int | None = 1, person: str | None = None) -> None:
        """Answer as a proxy in between does."""
        self._faults.append(_Fault("page", n, person, status))

    def slow(self, seconds: float, n: int | None = None, person: str | None = None) -> None:
        """Do what the call asks at once, and answer later."""
        self._faults.append(_Fault("slow", n, person, seconds))

    def clear(self) -> None:
        self._faults.clear()

    def strike(self, person: str | None) -> tuple[str | None, float]:
        """Say what happens to this message, and a status or how many seconds its answer waits."""
        delay = 0.0
        for fault in self._faults:
            if fault.left == 0 or fault.person not in {None, person} or self._dice.random() >= fault.p:
                continue
            if fault.left is not None:
                fault.left -= 1
            if fault.what != "slow":
                return fault.what, fault.amount or delay
            delay += fault.amount
        return None, delay


class _Schema:
    """The oracle, if it is on this machine."""

    def __init__(self, path: Path) -> None:
        self.present = path.is_file() and find_spec("jsonschema") is not None
        if self.present:
            self._oracle = types.ModuleType("whatsapp_schema")
            self._oracle.__file__ = str(path)
            with warnings.catch_warnings():
                warnings.simplefilter("ignore", ResourceWarning)  # it leaves closing its file to the collector
                # Run rather than imported: an import would write bytecode into a folder that is not ours.
                exec(compile(path.read_text("utf-8"), str(path), "exec"), self._oracle.__dict__)
                self._root = self._oracle.load(waivers=True)[1]
            schemas = self._root["components"]["schemas"]
            # "0-9" by its own description and example; the published pattern takes neither 0 nor 1.
            schemas["TemplateComponent"]["properties"]["index"]["pattern"] = "^[0-9]$"
            schemas["ButtonComponent"]["allOf"][1]["properties"]["index"]["pattern"] = "^[0-9]$"

    def check(self, body: Json) -> list[str]:
        return list(self._oracle.check_outgoing(self._root, body)) if self.present else []


@cache
def _schema(path: Path) -> _Schema:
    """Read the oracle once for all stubs of a process: it takes a second."""
    return _Schema(path)


def sign(raw: bytes, secret: str = APP_SECRET) -> str:
    return "sha256=" + hmac.new(secret.encode(), raw, hashlib.sha256).hexdigest()


def dumps(post: object) -> bytes:
    """Write JSON as Meta does: what is not ASCII as \\uXXXX, and every slash escaped."""
    return json.dumps(post, separators=(",", ":")).replace("/", "\\/").encode()


def post_of(values: Sequence[Json], per_entry: int = 1) -> Json:
    """Return one post of these changes, so many in one entry."""
    chunks = [values[at : at + per_entry] for at in range(0, len(values), per_entry)]
    entries = [{"id": "1", "changes": [{"field": "messages", "value": value} for value in chunk]} for chunk in chunks]
    return {"object": "whatsapp_business_account", "entry": entries}


@dataclass(slots=True)
class Delivery:
    """How webhooks come: so many events in one post, by so many connections, each post so often, and in disorder."""

    batch: int = 1
    connections: int = 1  # at once
    repeats: int = 1
    shuffled: bool = False
    reports: tuple[str, ...] = ("sent", "delivered")
    missing: float = 0.0  # of the messages no report ever comes
    paused: bool = False
    statuses: Counter[int] = field(default_factory=Counter)


class WhatsAppStub:
    """One business number's WhatsApp. See the module for how to use it."""

    def __init__(self, *, port: int = 0, seed: int = 0, oracle: Path = ORACLE) -> None:
        self.url = ""
        self.webhook = ""
        self.token = TOKEN
        self.quality = "GREEN"
        self.templates: dict[tuple[str, str], Json] = {}  # by name and language, as Meta tells of them
        self.faults = Faults()
        self.delivery = Delivery()
        self.sent: list[Sent] = []
        self.files: dict[str, tuple[str, str, bytes]] = {}  # media id -> name, type, content
        self.downloads = 0
        self._told: dict[str, Json] = {}  # of files that people sent
        self.read: list[str] = []  # ids of messages that were marked as read
        self.typing: list[str] = []
        self.violations: list[str] = []
        self._schema = _schema(oracle)
        self._port = port
        self._dice = random.Random(seed)
        self._people: dict[str, Person] = {}
        self._numbers = itertools.count(1)
        self._waiting: list[Json] = []
        self._on_their_way = 0
        self._work = asyncio.Event()
        self._waiters: list[asyncio.Future[None]] = []
        self._runner: web.AppRunner | None = None
        self._posting: asyncio.Task[None] | None = None

    @property
    def oracle_present(self) -> bool:
        return self._schema.present

    def settings(self) -> dict[str, str]:
        """Return the settings of a service that uses this number."""
        return {
            "whatsapp_token": TOKEN,
            "whatsapp_phone_number_id": NUMBER_ID,
            "whatsapp_app_secret": APP_SECRET,
            "whatsapp_verify_token": VERIFY_TOKEN,
            "whatsapp_api_url": self.url,
        }

    async def __aenter__(self) -> Self:
        app = web.Application(client_max_size=LARGEST_BODY)
        app.router.add_post("/{number}/messages", self._messages)
        app.router.add_post("/{number}/media", self._media)
        app.router.add_get("/{number}", self._about)
        app.router.add_get("/files/{media}", self._file)
        app.router.add_get("/{business}/message_templates", self._approved)
        self._runner = web.AppRunner(app, access_log=None, shutdown_timeout=0)
        await self._runner.setup()
        await web.TCPSite(self._runner, "127.0.0.1", self._port).start()
        self.url = f"http://127.0.0.1:{self._runner.addresses[0][1]}"
        self._posting = asyncio.create_task(self._post_all(), name="whatsapp-webhooks")
        return self

    async def __aexit__(self, *_: object) -> None:
        assert self._posting is not None
        assert self._runner is not None
        self._posting.cancel()
        await asyncio.gather(self._posting, return_exceptions=True)
        await self._runner.cleanup()

    # What a test looks at

    def sent_to(self, name: str, *, refused: bool = False) -> list[Sent]:
        return [sent for sent in self.sent if sent.person == name and (sent.accepted or refused)]

    async def wait_for(self, found: Callable[[], Found], timeout: float = 10) -> Found:  # noqa: ASYNC109
        """Return what `found` returns as soon as it is true."""
        async with asyncio.timeout(timeout):
            while not (result := found()):
                waiter = asyncio.get_running_loop().create_future()
                self._waiters.append(waiter)
                await waiter
        return result

    @property
    def idle(self) -> bool:
        return not self._waiting and not self._on_their_way

    def wake(self) -> None:
        """Post what waits, after a pause."""
        self._work.set()

    @property
    def waiting(self) -> list[Json]:
        """The changes that were not posted yet."""
        return list(self._waiting)

    # What people do

    def person(self, name: str, **known: Any) -> Person:
        """Return somebody, made at the first mention."""
        if name not in self._people:
            number = 1000 + len(self._people)
            self._people[name] = Person(name, f"62812000{number}", f"ID.5{number}0000000")
        for field_name, value in known.items():
            setattr(self._people[name], field_name, value)
        return self._people[name]

    def close_window(self, name: str) -> None:
        """Let somebody's last message be too long ago."""
        self.person(name).wrote_at = None

    def approve(self, *submissions: Json, status: str = "APPROVED") -> None:
        """Decide on templates that were submitted."""
        for each in submissions:
            known = {"id": str(7000 + len(self.templates)), "status": status, **each}
            self.templates[each["name"], each["language"]] = known

    def text(self, name: str, text: str) -> str:
        return self.says(name, "text", {"body": text})

    def press(self, name: str, choice_id: str) -> str:
        """Press a button, or choose a row, of the last message that has it."""
        for sent in reversed(self.sent_to(name)):
            for known, title in sent.choices:
                if known == choice_id and sent.body["type"] == "template":
                    return self.says(name, "button", {"payload": known, "text": title})
                if known == choice_id:
                    kind = "button_reply" if sent.body["interactive"]["type"] == "button" else "list_reply"
                    return self.says(name, "interactive", {"type": kind, kind: {"id": known, "title": title}})
        raise LookupError(f"{name} has no button {choice_id!r}")

    def says(self, name: str, kind: str, content: object, *, ago: float = 0) -> str:
        """Send a message of any type, or have sent it so many seconds ago, and return its id."""
        wamid, person = self._wamid(), self.person(name)
        person.wrote_at = max(time.time() - ago, person.wrote_at or 0)
        self.push(self._message(person, wamid, {"type": kind, kind: content, "timestamp": _now(ago)}))
        return wamid

    def change_number(self, name: str, phone: str, user_id: str, *, told: bool = True) -> str:
        """Get a new number, and with it a new user id, which the system message may tell."""
        person, wamid = self.person(name), self._wamid()
        system = {"type": "user_changed_number", "wa_id": phone, "body": f"User changed from {person.phone} to {phone}"}
        system |= {"user_id": user_id} if told else {}
        message = {"from": person.phone, "id": wamid, "timestamp": _now(), "type": "system", "system": system}
        self.push({**_metadata(), "messages": [message]})
        self._people[name] = replace(person, phone=phone, user_id=user_id)
        return wamid

    def push(self, value: Json) -> None:
        """Let one change come by the webhook."""
        self._waiting.append(value)
        self._work.set()

    def report(self, sent: Sent, state: str, code: int | None = None) -> None:
        """Report what became of a message."""
        status: Json = {"id": sent.wamid or self._wamid(), "status": state, "timestamp": _now()}
        status["biz_opaque_callback_data"] = sent.body["biz_opaque_callback_data"]
        if code is not None:
            status["errors"] = [{"code": code, "title": "failed", "message": "failed"}]
        self.push({**_metadata(), "statuses": [status]})

    def _message(self, person: Person, wamid: str, content: Mapping[str, Any]) -> Json:
        contact: Json = {"profile": {"name": "Sari Ü"}}
        message: Json = {"id": wamid, "timestamp": _now(), **content}
        if not person.hides:
            contact["wa_id"] = message["from"] = person.phone
        if not person.old:
            contact["user_id"] = message["from_user_id"] = person.user_id
        return {**_metadata(), "contacts": [contact], "messages": [message]}

    def _wamid(self) -> str:
        return f"wamid.STUB{next(self._numbers):08d}=="

    # Webhooks

    async def _post_all(self) -> None:
        async with aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=30)) as session:
            while True:
                await self._work.wait()
                self._work.clear()
                await asyncio.gather(*(self._post_some(session) for _ in range(self.delivery.connections)))

    async def _post_some(self, session: aiohttp.ClientSession) -> None:
        """Post what waits, until there is no more, or it is not taken."""
        delivery = self.delivery
        while self._waiting and self.webhook and not delivery.paused:
            if delivery.shuffled:
                self._dice.shuffle(self._waiting)
            values = self._waiting[: delivery.batch]
            del self._waiting[: len(values)]
            self._on_their_way += len(values)
            posts = [await self.post(dumps(post_of(values, per_entry=2)), session) for _ in range(delivery.repeats)]
            self._on_their_way -= len(values)
            if not all(posts):
                self._waiting[:0] = values
                self._work.set()
                await asyncio.sleep(0.05)  # as Meta does, with its own waits
                return
            self._changed()

    async def post(self, raw: bytes, session: aiohttp.ClientSession) -> bool:
        """Post these bytes, and tell whether they were taken."""
        headers = {"Content-Type": "application/json", "X-Hub-Signature-256": sign(raw)}
        try:
            async with session.post(self.webhook, data=raw, headers=headers) as answer:
                self.delivery.statuses[answer.status] += 1
                return answer.status == 200
        except (aiohttp.ClientError, TimeoutError):
            return False

    # What the service asks

    async def _messages(self, request: web.Request) -> web.StreamResponse:
        refusal = self._refusal(request)
        if refusal is not None:
            return refusal
        body: Json = await request.json()
        self.violations += self._schema.check(body) + broken_limits(body)
        if body.get("status") == "read":
            (self.typing if "typing_indicator" in body else self.read).append(body["message_id"])
            self._changed()
            return web.json_response({"success": True})
        return await self._take(request, body)

    async def _take(self, request: web.Request, body: Json) -> web.StreamResponse:
        person = next((p for p in self._people.values() if p.user_id == body.get("recipient")), None)
        person = person or next((p for p in self._people.values() if p.phone == body.get("to")), None)
        fate, amount = self.faults.strike(None if person is None else person.name)
        taken = person is not None and (fate in {None, "lose"} or fate.startswith("later"))
        refused = self._rule(body, person) if person is not None and taken else None
        if refused is not None:
            fate, taken = str(refused), False
        later = int(fate.removeprefix("later ")) if fate is not None and fate.startswith("later") else None
        reported = taken and self._dice.random() >= self.delivery.missing
        wamid = self._wamid() if taken else None
        name = None if person is None else person.name
        sent = Sent(name, body, taken and later is None, wamid, time.monotonic(), fate, reported)
        self.sent.append(sent)
        if reported:
            for state in ("failed",) if later is not None else self.delivery.reports:
                self.report(sent, state, later)
        self._changed()
        if taken:
            await asyncio.sleep(amount)
        if fate == "lose" or fate == "cut":  # noqa: PLR1714 - mypy does not narrow a tuple of literals
            return hang_up(request, reset=fate == "cut")
        if fate == "page":
            return web.Response(status=int(amount), text="<html>bad gateway</html>", content_type="text/html")
        if person is None or not taken:
            return error(131026 if fate is None else int(fate))
        contact = {"input": person.phone, "wa_id": person.phone}
        answer = {"messaging_product": "whatsapp", "contacts": [contact], "messages": [{"id": sent.wamid}]}
        return web.json_response(answer)

    async def _media(self, request: web.Request) -> web.StreamResponse:
        refusal = self._refusal(request)
        if refusal is not None:
            return refusal
        form = await request.post()
        file = form["file"]
        assert isinstance(file, web.FileField)
        with file.file:
            content = file.file.read()
        if form.get("messaging_product") != "whatsapp" or form.get("type") != file.content_type:
            self.violations.append("media: needs messaging_product, and the type of the file")
        if file.content_type not in FILE_TYPES:
            self.violations.append(f"media: no type {file.content_type}")
            return error(100)
        media_id = str(9_000_000 + next(self._numbers))
        self.files[media_id] = (file.filename, file.content_type, content)
        return web.json_response({"id": media_id})

    def _rule(self, body: Json, person: Person) -> int | None:
        """Return the error by which Meta refuses what may not be sent to this person now."""
        if body["type"] != "template":
            is_open = person.wrote_at is not None and time.time() - person.wrote_at < WINDOW
            return None if is_open else 131047
        template = body["template"]
        known = self.templates.get((template["name"], template["language"]["code"]))
        if known is None or known["status"] in {"PENDING", "REJECTED"}:
            return 132001
        if known["status"] != "APPROVED":
            return {"PAUSED": 132015, "DISABLED": 132016}[known["status"]]
        text = next(each["text"] for each in known["components"] if each["type"] == "BODY")
        given = _parameters(template, "body")
        if len(given) != len(set(re.findall(r"\{\{\d+\}\}", text))):
            return 132000
        for number, value in enumerate(given, start=1):
            text = text.replace(f"{{{{{number}}}}}", value)
        if _units(text) > 1024:
            self.violations.append("template: a body of at most 1,024 characters, parameters included")
        return None

    async def _approved(self, request: web.Request) -> web.StreamResponse:
        if request.headers.get("Authorization") != f"Bearer {self.token}":
            return error(190)
        if request.match_info["business"] != BUSINESS_ID:
            return error(100)
        after = int(request.query.get("after", "0"))
        found = list(self.templates.values())
        answer: Json = {"data": found[after : after + TEMPLATES_AT_ONCE]}
        if len(found) > after + TEMPLATES_AT_ONCE:
            answer["paging"] = {"cursors": {"after": str(after + TEMPLATES_AT_ONCE)}, "next": "https://elsewhere.test/"}
        return web.json_response(answer)

    def keep(self, content: bytes, *, kind: str = "image/jpeg", said_size: int | None = None, url: str = "") -> str:
        """Keep a file of somebody, and return its id; its size and address may be told otherwise."""
        media_id = str(9_000_000 + next(self._numbers))
        self.files[media_id] = ("", kind, content)
        size = len(content) if said_size is None else said_size
        self._told[media_id] = {"id": media_id, "mime_type": kind, "file_size": size, "url": url}
        return media_id

    async def _file(self, request: web.Request) -> web.StreamResponse:
        self.downloads += 1
        if request.headers.get("Authorization") != f"Bearer {self.token}":
            return web.Response(status=404)
        content = self.files[request.match_info["media"]][2]
        return web.Response(body=content) if content else web.Response(status=404)

    async def _about(self, request: web.Request) -> web.StreamResponse:
        told = self._told.get(request.match_info["number"])
        if told is not None:
            if request.query.get("phone_number_id") != NUMBER_ID:
                self.violations.append("media: asked for without our number")
            return web.json_response({**told, "url": told["url"] or f"{self.url}/files/{told['id']}"})
        refusal = self._refusal(request)
        if refusal is not None:
            return refusal
        return web.json_response(
            {"id": NUMBER_ID, "display_phone_number": "+62 21 5252 1000", "quality_rating": self.quality}
        )

    def _refusal(self, request: web.Request) -> web.Response | None:
        if request.headers.get("Authorization") != f"Bearer {self.token}":
            return error(190)
        return None if request.match_info["number"] == NUMBER_ID else error(100)

    def _changed(self) -> None:
        waiters, self._waiters = self._waiters, []
        for waiter in waiters:
            if not waiter.done():
                waiter.set_result(None)


def error(code: int) -> web.Response:
    body = {"message": f"(#{code}) failed", "type": "OAuthException", "code": code, "fbtrace_id": "x"}
    return web.json_response({"error": body}, status=STATUSES.get(code, 400))


def broken_limits(body: Json) -> list[str]:
    """Return the rules that the schema cannot see and that this request breaks."""
    broken = []
    kind = body.get("type")
    if kind == "text" and not 0 < _units(body["text"]["body"]) <= 4096:
        broken.append("text: 1 to 4,096 characters")
    if kind in {"image", "document"} and _units(body[kind].get("caption", "")) > 1024:
        broken.append("caption: at most 1,024 characters")
    if kind == "template":
        given = _parameters(body["template"], "body")
        if not all(each and not re.search(r"[\n\t]| {4}", each) for each in given):
            broken.append("template: parameters are not empty, without line breaks, tabs or four spaces together")
    if kind == "interactive":
        broken += _broken_interactive(body["interactive"])
    if kind is not None and "biz_opaque_callback_data" not in body:
        broken.append("message: not marked as ours")
    return broken


def _parameters(template: Json, kind: str) -> list[str]:
    """Return what is filled into the body, or the payloads of the buttons."""
    parts = [part for part in template.get("components", []) if part["type"] == kind]
    return [str(each.get("text", each.get("payload"))) for part in parts for each in part["parameters"]]


def _broken_interactive(interactive: Json) -> list[str]:
    action = interactive["action"]
    buttons = [each["reply"] for each in action.get("buttons", [])]
    rows = [row for section in action.get("sections", []) for row in section["rows"]]
    titles = [button["title"] for button in buttons]
    ids = [each["id"] for each in (*buttons, *rows)]
    rules = {
        "body: 1 to 1,024 characters": 0 < _units(interactive["body"]["text"]) <= 1024,
        "buttons: 1 to 3, or a list of 1 to 10 rows": 1 <= len(buttons) <= 3 if buttons else 1 <= len(rows) <= 10,
        "buttons: titles of 1 to 20 characters": all(0 < _units(title) <= 20 for title in titles),
        "buttons: each another title": len(set(titles)) == len(titles),
        "rows: titles of 1 to 24 characters": all(0 < _units(row["title"]) <= 24 for row in rows),
        "rows: descriptions of at most 72 characters": all(_units(row.get("description", "")) <= 72 for row in rows),
        "ids: each another one, of at most 200 bytes": len(set(ids)) == len(ids)
        and all(len(each.encode()) <= 200 for each in ids),
        "list: a label of 1 to 20 characters": not rows or 0 < _units(action.get("button", "")) <= 20,
    }
    return [rule for rule, kept in rules.items() if not kept]


def _units(text: str) -> int:
    return len(text.encode("utf-16-le")) // 2


def _metadata() -> Json:
    return {
        "messaging_product": "whatsapp",
        "metadata": {"display_phone_number": "62215252000", "phone_number_id": NUMBER_ID},
    }


def _now(ago: float = 0) -> str:
    return str(int(time.time() - ago))
