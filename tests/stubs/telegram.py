"""A Bot API server on the loopback with Telegram's rules for offsets and redelivery, and with faults on command.

    async with TelegramStub() as telegram:          # UPAKARTI_TELEGRAM_API_URL=telegram.url
        telegram.text(42, "syarat upakarti?")
        await telegram.wait_for(lambda: telegram.sent_to(42))
        assert telegram.violations == []

It lives in the test process and outlives a bot that runs beside it and is killed. The rules are those of Telegram's own
server (tdlib/telegram-bot-api, Client.cpp and WebhookActor.cpp), except that updates never expire and waits are short.
"""

from __future__ import annotations

import asyncio
import json
import random
import re
import socket
import struct
import time
import types
import warnings
from collections import Counter, OrderedDict, deque
from collections.abc import Callable, Hashable
from dataclasses import dataclass
from functools import cache
from itertools import islice
from pathlib import Path
from typing import Any, Literal, Self, TypedDict, TypeVar, Unpack
from urllib.parse import parse_qsl

import aiohttp
from aiohttp import web
from aiohttp.abc import AbstractStreamWriter
from aiohttp.http import RawRequestMessage

Json = dict[str, Any]
Found = TypeVar("Found")

ORACLE = Path(__file__).resolve().parents[2].parent / "shared" / "oracles" / "telegram_schema.py"
TOKEN = "7000000001:" + "A" * 35
FIRST_UPDATE_ID = 700_000_001
MESSAGES = frozenset({"sendmessage", "sendphoto", "senddocument"})  # calls that put a message before a person
NOT_BY_DEFAULT = frozenset(
    {"chat_member", "message_reaction", "message_reaction_count"}
)  # allowed_updates, Bot API 10.1
TOO_FAR = 10  # Telegram takes an offset further than this beyond its newest update for a mistake and ignores it
LONGEST_POLL = 50  # seconds
TEXT_FIELDS = frozenset({"caption", "callback_query_id", "data", "parse_mode", "secret_token", "text", "url"})
TRUE, FALSE = frozenset({"true", "yes", "1"}), frozenset({"false", "no", "0"})
LARGEST_DOWNLOAD = 20 * 2**20
LARGEST_BODY = 64 * 2**20


@dataclass(frozen=True, slots=True)
class Sent:
    """One attempt to send a message. `accepted` says whether the person got it; only then is there a `message_id`.

    `text` is the caption where there is a file; `at` is `time.monotonic()`. `answer_lost` says that the connection was
    cut instead of an answer.
    """

    chat_id: int | str
    text: str | None
    message_id: int | None
    reply_markup: Json | None
    at: float
    method: str
    params: Json
    accepted: bool
    answer_lost: bool = False


@dataclass(frozen=True, slots=True)
class _Refusal:
    code: int
    description: str
    retry_after: int | None = None
    html: bool = False

    def response(self) -> web.Response:
        if self.html:
            page = f"<html><body><h1>{self.code} {self.description}</h1></body></html>"
            return web.Response(status=self.code, text=page, content_type="text/html")
        answer: Json = {"ok": False, "error_code": self.code, "description": self.description}
        if self.retry_after is not None:
            answer["parameters"] = {"retry_after": self.retry_after}
        return _json(answer, self.code)


Fate = Literal["lose", "cut"] | _Refusal


class Aim(TypedDict, total=False):
    """Which calls a fault strikes."""

    p: float
    chat_id: int
    method: str


@dataclass(slots=True)
class _Fault:
    what: Fate | float  # a number is a delay in seconds
    left: int | None
    chance: float
    chat_id: int | str | None
    method: str | None

    def strikes(self, method: str, chat_id: int | str | None, dice: random.Random) -> bool:
        aimed = method in MESSAGES if self.method is None else method == self.method.lower()
        if not aimed or self.left == 0 or (self.chat_id is not None and self.chat_id != chat_id):
            return False
        if self.chance < 1 and dice.random() >= self.chance:
            return False
        if self.left is not None:
            self.left -= 1
        return True


class Faults:
    """What goes wrong, on command.

    A fault strikes the next `n` calls (`None`: all, until `clear()`), or with `p` each call with that probability.
    It strikes sends of messages, unless `method` names another call, and every chat, unless `chat_id` names one.
    """

    def __init__(self, seed: int = 0) -> None:
        self._dice = random.Random(seed)
        self._faults: list[_Fault] = []
        self._closed: dict[int | str, _Refusal] = {}

    def lose(self, n: int | None = 1, **aim: Unpack[Aim]) -> None:
        """Accept and record the call, then cut the connection instead of answering."""
        self._add("lose", n, aim)

    def cut(self, n: int | None = 1, **aim: Unpack[Aim]) -> None:
        """Reset the connection without accepting the call."""
        self._add("cut", n, aim)

    def flood(self, retry_after: int = 3, n: int | None = 1, **aim: Unpack[Aim]) -> None:
        """Answer 429 and ask for `retry_after` seconds of patience."""
        self._add(_Refusal(429, f"Too Many Requests: retry after {retry_after}", retry_after), n, aim)

    def fail(self, status: int = 500, n: int | None = 1, *, html: bool = False, **aim: Unpack[Aim]) -> None:
        """Answer `status` without accepting; with `html` as the proxy before Telegram does, else as JSON."""
        description = {502: "Bad Gateway", 503: "Service Unavailable"}.get(status, "Internal Server Error")
        self._add(_Refusal(status, description, html=html), n, aim)

    def slow(self, seconds: float, n: int | None = None, **aim: Unpack[Aim]) -> None:
        """Do what the call asks at once, and answer it `seconds` later."""
        self._add(float(seconds), n, aim)

    def block(self, chat_id: int) -> None:
        """Answer 403 to every call for a person who blocked the bot, until `restore`."""
        self._closed[chat_id] = _Refusal(403, "Forbidden: bot was blocked by the user")

    def forget_chat(self, chat_id: int) -> None:
        """Answer 400 to every call for a chat that Telegram does not know, until `restore`."""
        self._closed[chat_id] = _Refusal(400, "Bad Request: chat not found")

    def restore(self, chat_id: int) -> None:
        self._closed.pop(chat_id, None)

    def clear(self) -> None:
        self._faults.clear()
        self._closed.clear()

    def strike(self, method: str, chat_id: int | str | None) -> tuple[Fate | None, float]:
        """Say what happens to this call, and how many seconds its answer waits."""
        closed = self._closed.get(chat_id) if chat_id is not None else None
        delay = 0.0
        for fault in self._faults:
            if (closed is None or isinstance(fault.what, float)) and fault.strikes(method, chat_id, self._dice):
                if not isinstance(fault.what, float):
                    return fault.what, delay
                delay += fault.what
        return closed, delay

    def _add(self, what: Fate | float, n: int | None, aim: Aim) -> None:
        chance = aim.get("p")
        left, chance = (n, 1.0) if chance is None else (None, chance)
        self._faults.append(_Fault(what, left, chance, aim.get("chat_id"), aim.get("method")))


class _Schema:
    """The oracle's reading of a call: which strings are text and which are JSON, and what is wrong with it."""

    def __init__(self, path: Path) -> None:
        self.present = path.is_file()
        self._text: dict[str, frozenset[str]] = {}
        self._yes_no: dict[str, frozenset[str]] = {}
        if not self.present:
            return
        self._oracle = types.ModuleType("telegram_schema")
        self._oracle.__file__ = str(path)
        with warnings.catch_warnings():
            warnings.simplefilter(
                "ignore", ResourceWarning
            )  # the oracle leaves the closing of its file to the collector
            # Run rather than imported: an import would write bytecode into a folder that is not ours.
            exec(compile(path.read_text("utf-8"), str(path), "exec"), self._oracle.__dict__)
        for name, method in self._oracle.SPEC["methods"].items():
            fields = {field["name"]: set(field["types"]) for field in method.get("fields", [])}
            self._text[name.lower()] = frozenset(n for n, kinds in fields.items() if kinds <= {"String", "InputFile"})
            self._yes_no[name.lower()] = frozenset(n for n, kinds in fields.items() if kinds == {"Boolean"})

    def read(self, method: str, raw: Json) -> Json:
        """Turn form fields into values. Text stays text, also where it looks like a number: "2026" is a fine answer."""
        text = self._text.get(method, TEXT_FIELDS)
        yes_no = self._yes_no.get(method, frozenset())
        params: Json = {}
        for name, value in raw.items():
            if not isinstance(value, str) or name in text:
                params[name] = value
            elif name in yes_no and value.lower() in TRUE | FALSE:
                params[name] = value.lower() in TRUE
            else:
                params[name] = self._decode(name, value)
        return params

    def check(self, method: str, params: Json) -> list[str]:
        return list(self._oracle.check(method, params)) if self.present else []

    def _decode(self, name: str, value: str) -> Any:
        if self.present:
            return self._oracle.decode({name: value})[name]
        try:
            return json.loads(value) if value[:1] in set("[{-0123456789tf") else value
        except ValueError:
            return value


@cache
def _schema(path: Path) -> _Schema:
    """Read the oracle once for all stubs of a process: it takes a tenth of a second."""
    return _Schema(path)


class _Webhook:
    """Delivers updates to one address: each lane in order, lanes side by side, each update until a 2xx comes back."""

    def __init__(
        self, stub: TelegramStub, url: str, secret: str, max_connections: int, backoff: tuple[float, float]
    ) -> None:
        self.settings = (url, secret, max_connections)
        self.last_error: tuple[int, str] | None = None
        self._stub = stub
        self._backoff = backoff
        self._headers = {"Content-Type": "application/json"}
        if secret:
            self._headers["X-Telegram-Bot-Api-Secret-Token"] = secret
        self._slots = asyncio.Semaphore(max_connections)
        self._session = aiohttp.ClientSession(
            connector=aiohttp.TCPConnector(limit=max_connections), timeout=aiohttp.ClientTimeout(total=60)
        )
        self._lanes: dict[Hashable, deque[Json]] = {}
        self._tasks: set[asyncio.Task[None]] = set()

    def feed(self, lane: Hashable, update: Json) -> None:
        waiting = self._lanes.get(lane)
        if waiting is not None:
            waiting.append(update)
            return
        self._lanes[lane] = deque([update])
        task = asyncio.create_task(self._drain(lane), name=f"webhook lane {lane}")
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def close(self) -> None:
        for task in tuple(self._tasks):
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        await self._session.close()

    async def _drain(self, lane: Hashable) -> None:
        waiting = self._lanes[lane]
        while waiting:
            await self._deliver(waiting[0])
            self._stub.confirm(waiting.popleft()["update_id"])
        del self._lanes[lane]

    async def _deliver(self, update: Json) -> None:
        wait, longest = self._backoff
        body = json.dumps(update).encode()
        while True:
            async with self._slots:
                self._stub.delivered[update["update_id"]] += 1
                error = await self._post(body)
            if error is None:
                return
            self.last_error = (int(time.time()), error)
            self._stub.changed()
            await asyncio.sleep(wait)
            wait = min(wait * 2, longest)

    async def _post(self, body: bytes) -> str | None:
        """Return what went wrong, if anything."""
        try:
            async with self._session.post(
                self.settings[0], data=body, headers=self._headers, allow_redirects=False
            ) as answer:
                await answer.read()
        except (aiohttp.ClientError, OSError, TimeoutError) as exc:
            return f"{type(exc).__name__}: {exc}"
        if answer.status // 100 == 2:
            return None
        return f"Wrong response from the webhook: {answer.status} {answer.reason}"


class TelegramStub:
    """One bot's Telegram. See the module for how to use it.

    `lanes` says what a webhook delivers in order: "user", all of one person's updates; "telegram", as Telegram does it,
    messages by chat and presses of buttons by person in a queue of their own, so that a press can overtake a message.
    `record=False` keeps no calls and sends, `validate=False` checks nothing: for benchmarks. `counts` is always kept.
    `backoff` is the first and the longest wait in seconds between attempts at a webhook.
    """

    def __init__(
        self,
        *,
        port: int = 0,
        token: str = TOKEN,
        seed: int = 0,
        record: bool = True,
        validate: bool = True,
        lanes: Literal["user", "telegram"] = "user",
        backoff: tuple[float, float] = (0.05, 1.0),
        clock: Callable[[], float] = time.time,
        oracle: Path = ORACLE,
    ) -> None:
        self.token = token
        self.url = ""
        self.faults = Faults(seed)
        self.sent: list[Sent] = []
        self.calls: list[tuple[str, Json]] = []
        self.counts: Counter[str] = Counter()
        self.delivered: Counter[int] = Counter()  # update_id -> how often it was handed to the bot
        self.violations: list[str] = []
        self._schema = _schema(oracle)
        self._port, self._record, self._validate = port, record, validate and self._schema.present
        self._lanes, self._backoff, self._clock = lanes, backoff, clock
        self._bot = {
            "id": int(token.partition(":")[0]),
            "is_bot": True,
            "first_name": "Upakarti",
            "username": "upakarti_bot",
        }
        self._updates: OrderedDict[int, Json] = OrderedDict()
        self._next_update_id = FIRST_UPDATE_ID
        self._message_id = 0
        self._files: dict[str, bytes] = {}  # by the id that people's files have here
        self._last_message_of: dict[int, int] = {}
        self._allowed: frozenset[str] | None = None
        self._poll: asyncio.Future[str | None] | None = None
        self._webhook: _Webhook | None = None
        self._waiters: list[asyncio.Future[None]] = []
        self._runner: web.ServerRunner | None = None

    async def __aenter__(self) -> Self:
        loop = asyncio.get_running_loop()

        def request(
            message: RawRequestMessage,
            payload: aiohttp.StreamReader,
            protocol: web.RequestHandler,
            writer: AbstractStreamWriter,
            task: asyncio.Task[None],
        ) -> web.BaseRequest:
            return web.BaseRequest(message, payload, protocol, writer, task, loop, client_max_size=LARGEST_BODY)

        # The bare server: no router, no middlewares, no access log.
        server = web.Server(self._handle, request_factory=request, access_log=None)
        self._runner = web.ServerRunner(server, shutdown_timeout=0.1)
        await self._runner.setup()
        await web.TCPSite(self._runner, "127.0.0.1", self._port).start()
        self.url = f"http://127.0.0.1:{self._runner.addresses[0][1]}"
        return self

    async def __aexit__(self, *_: object) -> None:
        self._wake_poll(None)
        await self._drop_webhook()
        if self._runner is not None:
            await self._runner.cleanup()

    # What the test sees

    @property
    def oracle_present(self) -> bool:
        """False where the checks of calls cannot be made, so that a test can say so."""
        return self._schema.present

    @property
    def pending(self) -> int:
        """How many updates the bot has not confirmed."""
        return len(self._updates)

    def sent_to(self, chat_id: int, *, refused: bool = False) -> list[Sent]:
        """Messages this chat got, in order; with `refused` also those it did not get."""
        return [sent for sent in self.sent if sent.chat_id == chat_id and (sent.accepted or refused)]

    async def wait_for(self, predicate: Callable[[], Found], timeout: float = 5.0) -> Found:  # noqa: ASYNC109
        """Return what `predicate` returns, once that is true; it is asked again after every event."""
        try:
            async with asyncio.timeout(timeout):
                while not (found := predicate()):
                    waiter: asyncio.Future[None] = asyncio.get_running_loop().create_future()
                    self._waiters.append(waiter)
                    await waiter
                return found
        except TimeoutError:
            raise TimeoutError(f"not within {timeout} s; {self.summary()}") from None

    def summary(self) -> str:
        accepted = sum(sent.accepted for sent in self.sent)
        last = [(sent.chat_id, sent.text, sent.accepted) for sent in self.sent[-3:]]
        webhook = self._webhook and (self._webhook.settings[0], self._webhook.last_error)
        return (
            f"calls: {dict(self.counts)}; sends: {len(self.sent)}, accepted: {accepted}, last: {last}; "
            f"pending updates: {list(islice(self._updates, 5))} of {self.pending}; webhook: {webhook}; "
            f"violations: {self.violations}"
        )

    def changed(self) -> None:
        """Wake everyone in `wait_for`."""
        if self._waiters:
            waiters, self._waiters = self._waiters, []
            for waiter in waiters:
                if not waiter.done():
                    waiter.set_result(None)

    # What people do

    def push(self, update_body: Json) -> int:
        """Queue an update and return its id; 0 if the bot did not ask for this kind, which Telegram then drops."""
        kind = next(iter(update_body))
        if kind in NOT_BY_DEFAULT if self._allowed is None else kind not in self._allowed:
            return 0
        update_id = self._next_update_id
        self._next_update_id += 1
        update = {"update_id": update_id, **update_body}
        self._updates[update_id] = update
        if self._webhook is not None:
            self._webhook.feed(self._lane(update), update)
        self._wake_poll(None)
        self.changed()
        return update_id

    def text(self, user_id: int, text: str, language_code: str = "id", *, edited: bool = False) -> int:
        """Write a text; with `edited`, change this person's last message into it."""
        content: Json = {"text": text}
        if text.startswith("/"):
            content["entities"] = [{"type": "bot_command", "offset": 0, "length": len(text.split(maxsplit=1)[0])}]
        return self._message_from(user_id, content, language_code=language_code, edited=edited)

    def press(self, user_id: int, data: str, message_id: int | None = None, language_code: str = "id") -> int:
        """Press a button: of message `message_id`, or of the last message to this person that has it."""
        sent = self._find_button(user_id, data, message_id)
        if sent is None:
            markup = {"inline_keyboard": [[{"text": data, "callback_data": data}]]}
            message = self._message_to(user_id, "sendmessage", {"text": "?", "reply_markup": markup})
            message["message_id"] = message_id or self._new_message_id()
        else:
            message = self._message_to(user_id, sent.method.lower(), sent.params)
            message["message_id"] = sent.message_id
        query = {
            "id": str(10**17 + self._next_update_id),
            "from": _user(user_id, language_code),
            "message": message,
            "chat_instance": str(user_id),
            "data": data,
        }
        return self.push({"callback_query": query})

    def voice(self, user_id: int, seconds: int = 3) -> int:
        return self._message_from(user_id, {"voice": {**_file("voice"), "duration": seconds, "mime_type": "audio/ogg"}})

    def sticker(self, user_id: int, emoji: str = "👍") -> int:
        shape = {"type": "regular", "width": 512, "height": 512, "is_animated": False, "is_video": False}
        return self._message_from(user_id, {"sticker": {**_file("sticker"), **shape, "emoji": emoji}})

    def photo(self, user_id: int, caption: str | None = None, data: bytes | None = None) -> int:
        """Send a photo, in two sizes; with `data` the larger can be fetched."""
        small = {**_file("photo-small"), "width": 90, "height": 60}
        content: Json = {"photo": [small, {**self._kept("photo", data), "width": 900, "height": 600}]}
        return self._message_from(user_id, content | ({"caption": caption} if caption else {}))

    def document(
        self, user_id: int, file_name: str = "proposal.pdf", caption: str | None = None, data: bytes | None = None
    ) -> int:
        file = self._kept("document", data)
        content: Json = {"document": {**file, "file_name": file_name, "mime_type": "application/pdf"}}
        return self._message_from(user_id, content | ({"caption": caption} if caption else {}))

    def _kept(self, kind: str, data: bytes | None) -> Json:
        if data is None:
            return _file(kind)
        file_id = f"{kind}-{len(self._files)}"
        self._files[file_id] = data
        return {"file_id": file_id, "file_unique_id": f"{file_id}-unique", "file_size": len(data)}

    def location(self, user_id: int, latitude: float = -6.2297, longitude: float = 106.8295) -> int:
        return self._message_from(user_id, {"location": {"latitude": latitude, "longitude": longitude}})

    def share_contact(
        self, user_id: int, phone_number: str = "+6281200000000", owner: int | None = None, *, forwarded: bool = False
    ) -> int:
        """Send a contact: one's own, or that of `owner`, who is 0 where Telegram knows nobody with that number."""
        contact: Json = {"phone_number": phone_number, "first_name": "Sari"}
        if owner != 0:
            contact["user_id"] = owner or user_id
        content: Json = {"contact": contact}
        if forwarded:
            origin = {"type": "user", "date": int(self._clock()), "sender_user": _user(owner or user_id)}
            content["forward_origin"] = origin
        return self._message_from(user_id, content)

    def keyboard_of(self, user_id: int) -> list[list[Json]]:
        """Return the keyboard this person has in place of the letters, or can have with one tap; none is []."""
        keyboard: list[list[Json]] = []
        for sent in self.sent_to(user_id):
            markup = sent.reply_markup or {}
            if markup.get("remove_keyboard"):
                keyboard = []
            keyboard = markup.get("keyboard", keyboard)
        return keyboard

    def tap(self, user_id: int, title: str, phone_number: str = "+6281200000000") -> int:
        """Tap a button of that keyboard: it says its title, or shares the person's own contact."""
        for button in (button for row in self.keyboard_of(user_id) for button in row):
            if button["text"] == title:
                asks_contact = button.get("request_contact")
                return self.share_contact(user_id, phone_number) if asks_contact else self.text(user_id, title)
        raise LookupError(f"{user_id} has no button {title!r}")

    def group_text(self, user_id: int, text: str, chat_id: int = -1001000000001) -> int:
        chat = {"id": chat_id, "type": "supergroup", "title": "Perajin"}
        return self._message_from(user_id, {"text": text}, chat=chat)

    def blocked(self, user_id: int) -> int:
        """Block the bot: it is told, and from now on all it sends there is answered with 403."""
        self.faults.block(user_id)
        return self._membership(user_id, "member", "kicked")

    def unblocked(self, user_id: int) -> int:
        self.faults.restore(user_id)
        return self._membership(user_id, "kicked", "member")

    def _membership(self, user_id: int, before: str, after: str) -> int:
        def member(status: str) -> Json:
            return {"status": status, "user": self._bot} | ({"until_date": 0} if status == "kicked" else {})

        change = {
            "chat": _private(user_id),
            "from": _user(user_id),
            "date": int(self._clock()),
            "old_chat_member": member(before),
            "new_chat_member": member(after),
        }
        return self.push({"my_chat_member": change})

    def _message_from(
        self, user_id: int, content: Json, *, language_code: str = "id", edited: bool = False, chat: Json | None = None
    ) -> int:
        now = int(self._clock())
        message_id = self._last_message_of.get(user_id) if edited else None
        message: Json = {
            "message_id": message_id or self._new_message_id(),
            "from": _user(user_id, language_code),
            "chat": chat or _private(user_id),
            "date": now,
            **({"edit_date": now} if edited else {}),
            **content,
        }
        self._last_message_of[user_id] = message["message_id"]
        return self.push({"edited_message" if edited else "message": message})

    def _find_button(self, user_id: int, data: str, message_id: int | None) -> Sent | None:
        for sent in reversed(self.sent_to(user_id)):
            rows = (sent.reply_markup or {}).get("inline_keyboard", [])
            has_it = any(button.get("callback_data") == data for row in rows for button in row)
            if sent.message_id == message_id or (message_id is None and has_it):
                return sent
        return None

    def _new_message_id(self) -> int:
        self._message_id += 1
        return self._message_id

    # What the bot asks

    async def _handle(self, request: web.BaseRequest) -> web.StreamResponse:
        _, prefix, name = (*request.path.split("/", 2), "", "")[:3]
        if prefix == "file":
            return self._file_at(name)
        if not prefix.startswith("bot") or not name:
            return _Refusal(404, "Not Found").response()
        if prefix[3:] != self.token:
            return _Refusal(401, "Unauthorized").response()
        method = name.lower()
        try:
            raw = await _fields(request)
        except ValueError:
            return _Refusal(400, "Bad Request: can't parse the request body").response()
        params = self._schema.read(method, raw)
        self.counts[name] += 1
        if self._validate:
            self.violations += [f"{name}: {error}" for error in self._schema.check(name, params)]
        if self._record:
            self.calls.append((name, params))
        return await self._obey(request, name, params)

    def _file_at(self, path: str) -> web.StreamResponse:
        token, _, file_id = path.removeprefix("bot").partition("/files/")
        self.counts["file"] += 1
        if token != self.token or file_id not in self._files:
            return _Refusal(404, "Not Found").response()
        return web.Response(body=self._files[file_id], content_type="application/octet-stream")

    def _get_file(self, params: Json) -> Any:
        file_id = params.get("file_id")
        if file_id not in self._files:
            return _Refusal(400, "Bad Request: wrong file_id or the file is temporarily unavailable").response()
        size = len(self._files[file_id])
        if size > LARGEST_DOWNLOAD:
            return _Refusal(400, "Bad Request: file is too big").response()
        return {
            "file_id": file_id,
            "file_unique_id": f"{file_id}-unique",
            "file_size": size,
            "file_path": f"files/{file_id}",
        }

    async def _obey(self, request: web.BaseRequest, name: str, params: Json) -> web.StreamResponse:
        method, chat_id = name.lower(), _chat_id(params.get("chat_id"))
        fate, delay = self.faults.strike(method, chat_id)
        accepted = fate is None or fate == "lose"
        answer = None
        if method in MESSAGES and chat_id is not None:
            answer = self._take_message(name, chat_id, params, fate)
        elif accepted:
            self.changed()
            answer = await self._answer(method, params)
        else:
            self.changed()
        if delay:
            await asyncio.sleep(delay)
        if fate == "lose" or fate == "cut":  # noqa: PLR1714 - mypy does not narrow a tuple of literals
            return _cut(request, reset=fate == "cut")
        if fate is not None:
            return fate.response()
        return answer if isinstance(answer, web.Response) else _json({"ok": True, "result": answer})

    def _take_message(self, name: str, chat_id: int | str, params: Json, fate: Fate | None) -> Json | None:
        accepted = fate is None or fate == "lose"
        message = self._message_to(chat_id, name.lower(), params) if accepted else None
        if message is not None:
            message["message_id"] = self._new_message_id()
        if self._record:
            text, markup = params.get("text", params.get("caption")), params.get("reply_markup")
            message_id = None if message is None else message["message_id"]
            answer_lost = isinstance(fate, str)
            sent = Sent(chat_id, text, message_id, markup, time.monotonic(), name, params, accepted, answer_lost)
            self.sent.append(sent)
        self.changed()
        return message

    def _message_to(self, chat_id: int | str, method: str, params: Json) -> Json:
        """Build the message as Telegram shows it to the bot, without its id."""
        chat = _private(chat_id) if isinstance(chat_id, int) and chat_id > 0 else _group(chat_id)
        message: Json = {"message_id": 0, "from": self._bot, "chat": chat, "date": int(self._clock())}
        if method == "sendphoto":
            message["photo"] = [{**_file("photo"), "width": 90, "height": 60}]
        if method == "senddocument":
            message["document"] = _file("document")
        message |= {name: params[name] for name in ("text", "caption") if name in params}
        markup = params.get("reply_markup")
        if isinstance(markup, dict) and "inline_keyboard" in markup:
            message["reply_markup"] = markup  # Telegram shows no other kind of keyboard back
        return message

    async def _answer(self, method: str, params: Json) -> Any:
        match method:
            case "getupdates":
                return await self._get_updates(params)
            case "setwebhook":
                return await self._set_webhook(params)
            case "deletewebhook":
                return await self._set_webhook({**params, "url": ""})
            case "getwebhookinfo" | "getfile":
                return self._webhook_info() if method == "getwebhookinfo" else self._get_file(params)
            case "getme":
                more = {"can_join_groups": True, "can_read_all_group_messages": False, "supports_inline_queries": False}
                return self._bot | more
            case _:
                return self._not_a_text(method, params) or True

    def _not_a_text(self, method: str, params: Json) -> web.Response | None:
        """Refuse to change the text of a photo or document: it has a caption."""
        if method != "editmessagetext":
            return None
        place = (_chat_id(params.get("chat_id")), params.get("message_id"))
        with_file = (sent for sent in self.sent if sent.method.lower() in MESSAGES - {"sendmessage"})
        if place not in ((sent.chat_id, sent.message_id) for sent in with_file):
            return None
        return _Refusal(400, "Bad Request: there is no text in the message to edit").response()

    async def _get_updates(self, params: Json) -> Any:
        if self._webhook is not None:
            return _conflict(
                "can't use getUpdates method while webhook is active; use deleteWebhook to delete it first"
            )
        self._allow(params)
        self._forget_before(_number(params, "offset", 0))
        self._wake_poll("terminated by other getUpdates request; make sure that only one bot instance is running")
        seconds = min(max(_number(params, "timeout", 0), 0), LONGEST_POLL)
        if not self._updates and seconds and (reason := await self._wait_for_update(seconds)):
            return _conflict(reason)
        limit = min(max(_number(params, "limit", 100), 1), 100)
        updates = list(islice(self._updates.values(), limit))
        self.delivered.update(update["update_id"] for update in updates)
        return updates

    async def _wait_for_update(self, seconds: int) -> str | None:
        """Wait for a push; return the reason if something else ended the poll."""
        poll: asyncio.Future[str | None] = asyncio.get_running_loop().create_future()
        self._poll = poll
        try:
            async with asyncio.timeout(seconds):
                return await poll
        except TimeoutError:
            return None
        finally:
            if self._poll is poll:
                self._poll = None

    def _wake_poll(self, reason: str | None) -> None:
        if self._poll is not None and not self._poll.done():
            self._poll.set_result(reason)

    def _forget_before(self, offset: int) -> None:
        """Drop the updates that `offset` confirms. Below zero it counts ids back from the newest, as Telegram does."""
        if offset < 0:
            offset += self._next_update_id
        if offset > self._next_update_id + TOO_FAR:
            return
        while self._updates and next(iter(self._updates)) < offset:
            self._updates.popitem(last=False)
        self.changed()

    def confirm(self, update_id: int) -> None:
        """Drop one update: the webhook answered 2xx."""
        self._updates.pop(update_id, None)
        self.changed()

    def _allow(self, params: Json) -> None:
        if isinstance(kinds := params.get("allowed_updates"), list):
            self._allowed = frozenset(kinds) or None

    async def _set_webhook(self, params: Json) -> Any:
        url, secret = params.get("url", ""), params.get("secret_token", "")
        if not re.fullmatch(r"[A-Za-z0-9_-]{0,256}", secret):
            return _Refusal(400, "Bad Request: secret token contains unallowed characters").response()
        settings = (url, secret, min(max(_number(params, "max_connections", 40), 1), 100))
        self._allow(params)
        drop = params.get("drop_pending_updates") is True
        if self._webhook is not None and self._webhook.settings == settings and not drop:
            return True  # Telegram leaves a webhook that is already so alone, with its waits
        await self._drop_webhook()
        if drop:
            self._updates.clear()
        if url:
            self._wake_poll("terminated by setWebhook request")
            self._webhook = _Webhook(self, *settings, self._backoff)
            for update in self._updates.values():
                self._webhook.feed(self._lane(update), update)
        self.changed()
        return True

    async def _drop_webhook(self) -> None:
        webhook, self._webhook = self._webhook, None
        if webhook is not None:
            await webhook.close()

    def _webhook_info(self) -> Json:
        info: Json = {"url": "", "has_custom_certificate": False, "pending_update_count": self.pending}
        if self._allowed is not None:
            info["allowed_updates"] = sorted(self._allowed)
        if self._webhook is not None:
            info["url"], _, info["max_connections"] = self._webhook.settings
            if self._webhook.last_error is not None:
                info["last_error_date"], info["last_error_message"] = self._webhook.last_error
        return info

    def _lane(self, update: Json) -> Hashable:
        kind, content = next((kind, content) for kind, content in update.items() if kind != "update_id")
        person: int | None = content.get("from", content.get("user", {})).get("id")
        chat: int | None = content.get("chat", {}).get("id")
        if self._lanes == "user":
            return person or chat
        return chat if kind in {"message", "edited_message"} else (kind, person)


async def _fields(request: web.BaseRequest) -> Json:
    """Read the parameters from wherever Telegram takes them: the address, a form, a form with files, JSON."""
    raw: Json = dict(request.query)
    if request.content_type == "multipart/form-data":
        form = await request.post()
        files = {}
        for name, value in form.items():
            if isinstance(value, web.FileField):
                with value.file:
                    files[name] = value.file.read()
            else:
                raw[name] = bytes(value) if isinstance(value, bytearray) else value
        attached = json.dumps({name: value for name, value in raw.items() if isinstance(value, str)})
        return raw | {name: data for name, data in files.items() if f"attach://{name}" not in attached}
    body = await request.read()
    if body and request.content_type == "application/json":
        parsed = json.loads(body)
        if not isinstance(parsed, dict):
            raise ValueError("not an object")
        return raw | parsed
    return raw | dict(parse_qsl(body.decode(), keep_blank_values=True))


def _cut(request: web.BaseRequest, *, reset: bool) -> web.Response:
    """End the connection without an answer: quietly, or with the RST of a machine that went down."""
    transport = request.transport
    if transport is not None:
        if reset:
            connection = transport.get_extra_info("socket")
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        transport.abort()
    return web.Response()  # aiohttp wants one; it goes nowhere


def _json(answer: Json, status: int = 200) -> web.Response:
    return web.Response(body=json.dumps(answer).encode(), status=status, content_type="application/json")


def _conflict(reason: str) -> web.Response:
    return _Refusal(409, f"Conflict: {reason}").response()


def _number(params: Json, name: str, default: int) -> int:
    value = params.get(name, default)
    return value if isinstance(value, int) else default


def _chat_id(value: Any) -> int | str | None:
    """Read "42" as 42, so that JSON and forms name the same chat; names of channels stay text."""
    if isinstance(value, str):
        return int(value) if re.fullmatch(r"-?\d+", value) else value or None
    return value if isinstance(value, int) else None


def _user(user_id: int, language_code: str = "id") -> Json:
    return {"id": user_id, "is_bot": False, "first_name": "Sari", "language_code": language_code}


def _private(user_id: int) -> Json:
    return {"id": user_id, "type": "private", "first_name": "Sari"}


def _group(chat_id: int | str) -> Json:
    if isinstance(chat_id, int):
        return {"id": chat_id, "type": "supergroup", "title": "Perajin"}
    return {"id": -1001000000002, "type": "channel", "title": "Upakarti", "username": chat_id.lstrip("@")}


def _file(kind: str) -> Json:
    return {"file_id": f"{kind}-file", "file_unique_id": f"{kind}-unique", "file_size": 1024}
