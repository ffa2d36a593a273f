"""A platform for the drill, on this machine: as much of Telegram's Bot API as is needed, and it fails at will."""

from __future__ import annotations

import asyncio
import random
import secrets
from collections import Counter
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any, Final, Literal

from aiohttp import web

BOT_ID: Final = 1_000_000_001
MESSAGES: Final = frozenset({"sendmessage", "sendphoto", "senddocument"})
CHANGES: Final = frozenset({"editmessagetext", "editmessagecaption"})
ANSWER_SECONDS: Final = 0.03  # a real answer takes time, in which a process can die
POLL_SECONDS: Final = 5.0
LARGEST_BODY: Final = 64 * 2**20

Fate = Literal["cut", "lost", "limited", "blocked"]


@dataclass(frozen=True, slots=True)
class Shares:
    """Which part of the requests, or of the people, meets with what."""

    cut: float = 0.005  # the connection ends before the message was taken
    lost: float = 0.005  # the message was taken, and the connection ends before the answer
    limited: float = 0.005  # 429: come back in a second
    blocked: float = 0.005  # people who blocked the bot


@dataclass(slots=True)
class Platform:
    """What people got, and what went wrong on the way. Nobody's real account is known here."""

    shares: Shares = field(default_factory=Shares)
    dice: random.Random = field(default_factory=random.Random)
    token: str = field(default_factory=lambda: f"{BOT_ID}:{secrets.token_hex(18)}")
    got: Counter[int] = field(default_factory=Counter)  # messages by chat
    taken: int = 0
    names: dict[int, int] = field(default_factory=dict)  # the number of the last message in a chat
    unanswered: set[int] = field(default_factory=set)  # chats of which an answer was kept back
    fates: Counter[str] = field(default_factory=Counter)
    met: dict[int, bool] = field(default_factory=dict)  # chats that were written to, and whether they blocked the bot
    url: str = ""

    async def handle(self, request: web.Request) -> web.StreamResponse:
        """Do what one call asks for."""
        if request.match_info["token"] != self.token:
            return _refused(401, "Unauthorized")
        method = request.match_info["method"].lower()
        fields = await request.post()
        if method in MESSAGES | CHANGES:
            return await self._message(request, method, int(str(fields["chat_id"])))
        if method == "getupdates":
            await asyncio.sleep(POLL_SECONDS)
        return _answer(_RESULTS.get(method, True))

    async def _message(self, request: web.Request, method: str, chat: int) -> web.StreamResponse:
        fate = self._fate(chat)
        if fate is not None:
            self.fates[fate] += 1
        if fate == "blocked":
            return _refused(403, "Forbidden: bot was blocked by the user")
        if fate == "limited":
            return _refused(429, "Too Many Requests: retry after 1", {"retry_after": 1})
        if fate != "cut" and method in MESSAGES:
            self.got[chat] += 1
            self.taken += 1
            self.names[chat] = self.taken
        if fate is None:
            await asyncio.sleep(ANSWER_SECONDS)
            return _answer(_shown(chat, self.names.get(chat, 1)))
        self.unanswered.add(chat)
        if request.transport is not None:
            request.transport.abort()
        return web.Response()  # the server wants one; it goes nowhere

    def _fate(self, chat: int) -> Fate | None:
        if chat not in self.met:
            self.met[chat] = self.dice.random() < self.shares.blocked
        if self.met[chat]:
            return "blocked"
        thrown = self.dice.random()
        chances: tuple[tuple[Fate, float], ...] = (
            ("cut", self.shares.cut),
            ("lost", self.shares.lost),
            ("limited", self.shares.limited),
        )
        for fate, share in chances:
            if thrown < share:
                return fate
            thrown -= share
        return None


@asynccontextmanager
async def served(platform: Platform) -> AsyncIterator[str]:
    """Serve meanwhile, reachable from this machine only, and yield the address."""
    application = web.Application(client_max_size=LARGEST_BODY)
    application.router.add_route("*", "/bot{token}/{method}", platform.handle)
    runner = web.AppRunner(application, access_log=None, shutdown_timeout=1.0)
    await runner.setup()
    try:
        site = web.TCPSite(runner, "127.0.0.1", 0)
        await site.start()
        host, port = runner.addresses[0][:2]
        yield f"http://{host}:{port}"
    finally:
        await runner.cleanup()


_ME: Final = {"id": BOT_ID, "is_bot": True, "first_name": "Drill", "username": "upakarti_drill_bot"}
_RESULTS: Final[Mapping[str, Any]] = {"getme": _ME, "getupdates": []}


def _shown(chat: int, name: int) -> dict[str, Any]:
    photo = {"file_id": "photo", "file_unique_id": "photo", "width": 90, "height": 60, "file_size": 1024}
    document = {"file_id": "document", "file_unique_id": "document", "file_size": 1024}
    private = {"id": chat, "type": "private", "first_name": "Drill"}
    return {"message_id": name, "date": 0, "chat": private, "photo": [photo], "document": document}


def _answer(result: object) -> web.Response:
    return web.json_response({"ok": True, "result": result})


def _refused(status: int, description: str, parameters: Mapping[str, int] | None = None) -> web.Response:
    told: dict[str, object] = {"ok": False, "error_code": status, "description": description}
    return web.json_response(told | ({"parameters": parameters} if parameters else {}), status=status)
