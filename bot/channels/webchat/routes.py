"""The addresses of the browser chat: the page, its history, posting, and the stream of news."""

from __future__ import annotations

import asyncio
import json
import math
import struct
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Annotated, Final

import jinja2
import markupsafe
import structlog
from fastapi import APIRouter, Depends, Header, HTTPException, Query, Request
from fastapi import Path as PathParameter
from fastapi.responses import HTMLResponse, JSONResponse, Response
from fastapi.sse import EventSourceResponse, ServerSentEvent

from bot.channels import body
from bot.channels.webchat import posted, visitor
from bot.channels.webchat.channel import NAME, WebChat
from bot.channels.webchat.posted import Posted, PostedError
from bot.channels.webchat.visitor import Visitor
from bot.clock import Clock, wait_for
from bot.pacing import Bucket, Rate
from handlers.inbox import Inbox
from handlers.messages import Inbound, Kind, Reply
from handlers.routing import Router
from handlers.wording import LANGUAGES, Language, Wording
from storage import contacts, transcript
from storage.contacts import Identity
from storage.database import Database, DatabaseError
from storage.transcript import Line

log = structlog.get_logger()

STATIC: Final = Path(__file__).parents[2] / "static"
HISTORY_LIMIT: Final = 200  # lines shown after a reload
PNG: Final = b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR"  # how such a file begins; then come its width and height
LARGEST_ID: Final = 2**63 - 1  # of a row, on either database
POSTING: Final = Rate(per_second=1.0, burst=20)  # messages of one visitor
VISITORS: Final = 10_000  # whose pace is kept before the idle ones are dropped
# Pages that are told of news at once; more than these ask every few seconds. A process often may open 1024 files only.
STREAMS: Final = 500
# How soon messages of another process show; on SQLite one process serves all pages and knows by itself.
POLL_SECONDS: Final = {True: 15.0, False: 2.0}


class ChatRoutes:
    """Serves the chat page to any number of visitors."""

    def __init__(
        self, *, channel: WebChat, database: Database, inbox: Inbox, router: Router, wording: Wording, clock: Clock
    ) -> None:
        self._channel = channel
        self._database = database
        self._inbox = inbox
        self._router = router
        self._wording = wording
        self._clock = clock
        self._pages = {language: _page(wording, language) for language in LANGUAGES}
        self._paces: dict[str, Bucket] = {}
        self._stopping = asyncio.Event()
        self._looks: set[asyncio.Task[tuple[list[Line], str | None]]] = set()

    def stop(self) -> None:
        """End all streams, so that the server can close."""
        self._stopping.set()
        self._channel.notify_all()

    async def drain(self) -> None:
        """Wait for what is still being read for pages that went."""
        await asyncio.gather(*self._looks, return_exceptions=True)

    def routes(self) -> APIRouter:
        """Return the routes, to be included in the web app."""
        router = APIRouter(include_in_schema=False)
        router.add_api_route("/", self.page, response_class=HTMLResponse)
        router.add_api_route("/chat/history", self.history)
        router.add_api_route("/chat/messages", self.post, methods=["POST"])
        router.add_api_route(
            "/chat/events", self.events, response_class=EventSourceResponse, dependencies=[Depends(self._keep_room)]
        )
        router.add_api_route("/chat/files/{attachment_id}", self.file)
        return router

    async def page(self, request: Request) -> HTMLResponse:
        """Return the page, in the browser's language."""
        return HTMLResponse(self._pages[_language(request)], headers={"Vary": "Accept-Language"})

    async def history(self, request: Request) -> Response:
        """Return what was said so far, or the welcome for somebody new."""
        who = visitor.of(request)
        lines: list[Line] = []
        language: str | None = None
        async with self._database.reading() as tx:
            person_id = await contacts.find(tx, Identity(web_token_hash=who.hash))
            if person_id is not None:
                lines = await transcript.latest(tx, person_id, HISTORY_LIMIT)
                language = await contacts.language_of(tx, person_id)
        spoken: Language = next((known for known in LANGUAGES if known == language), _language(request))
        response = JSONResponse(
            {
                "language": spoken,
                "messages": [_shown(line) for line in lines],
                "welcome": None if lines else _unstored(self._router.welcome(spoken), self._clock.now().isoformat()),
                "cursor": lines[-1].id if lines else 0,
            },
            headers={"Cache-Control": "no-store"},
        )
        visitor.remember(who, request, response)
        return response

    async def post(self, request: Request) -> Response:
        """Take one message in; 200 means that it is stored, and the same id again does nothing."""
        who = visitor.of(request)
        try:
            _refuse_forms(request)
            message = posted.read(await body.read(request, posted.BODY_LIMIT))
            self._keep_pace(who)
            await self._inbox.receive([self._inbound(message, who, request)])
        except PostedError as error:
            return self._problem(error.status, error.phrase, request)
        except (DatabaseError, OSError):
            log.exception("receive_failed", channel=NAME)
            return self._problem(503, "not_stored", request)
        self._channel.notify(who.hash)
        response = JSONResponse({"ok": True})
        visitor.remember(who, request, response)
        return response

    async def events(
        self,
        request: Request,
        after: Annotated[int, Query(ge=0, le=LARGEST_ID)] = 0,
        last_event_id: Annotated[str, Header()] = "",
    ) -> AsyncIterator[ServerSentEvent]:
        """Stream what is said from now on, in either direction, until the page goes or the service stops."""
        cursor = max(after, int(last_event_id) if last_event_id.isdecimal() and len(last_event_id) < 18 else 0)  # noqa: PLR2004 - digits of a 64-bit id
        who = visitor.of(request)
        told: str | None = None
        news = self._channel.listen(who.hash)
        try:
            while not self._stopping.is_set():
                news.clear()
                lines, language = await self._look(who, cursor)
                if language not in (None, told):  # None: they were forgotten, and the page stays as it is
                    told = language
                    yield ServerSentEvent(data={"language": language}, event="language")
                for line in lines:
                    cursor = line.id
                    yield ServerSentEvent(data=_shown(line), event="message", id=str(line.id))
                if not lines:
                    await wait_for(news, self._clock, POLL_SECONDS[self._database.is_sqlite])
        finally:
            self._channel.forget(who.hash, news)

    async def file(
        self, attachment_id: Annotated[int, PathParameter(ge=1, le=LARGEST_ID)], request: Request
    ) -> Response:
        """Return a file that was sent to this very visitor."""
        async with self._database.reading() as tx:
            person_id = await contacts.find(tx, Identity(web_token_hash=visitor.of(request).hash))
            found = None if person_id is None else await transcript.file(tx, person_id, attachment_id)
        if found is None:
            return Response(status_code=404)
        disposition = _disposition(found.filename, found.media_type)
        headers = {"Content-Disposition": disposition, "Cache-Control": "private"}
        return Response(found.content, media_type=found.media_type, headers=headers)

    async def _look(self, who: Visitor, cursor: int) -> tuple[list[Line], str | None]:
        """Return the news, read in a task of its own.

        A page that goes cancels its stream again and again until it ends. In the middle of a query that makes SQLite's
        driver lose track: it then waits for ever, and the service with it when it stops.
        """
        task = asyncio.create_task(self._news(who, cursor), name="web-look")
        self._looks.add(task)
        task.add_done_callback(self._looks.discard)
        return await asyncio.shield(task)

    async def _news(self, who: Visitor, cursor: int) -> tuple[list[Line], str | None]:
        async with self._database.reading() as tx:
            person_id = await contacts.find(tx, Identity(web_token_hash=who.hash))
            if person_id is None:
                return [], None
            lines = await transcript.after(tx, person_id, cursor, HISTORY_LIMIT)
            return lines, await contacts.language_of(tx, person_id)

    def _inbound(self, message: Posted, who: Visitor, request: Request) -> Inbound:
        return Inbound(
            channel=NAME,
            message_id=f"{who.hash[:16]}:{message.client_id}",
            sender=Identity(web_token_hash=who.hash),
            at=self._clock.now(),
            kind=Kind.TEXT if message.choice is None else Kind.CHOICE,
            text=message.text,
            choice=message.choice,
            language_hint=_language(request),
        )

    def _keep_pace(self, who: Visitor) -> None:
        if len(self._paces) >= VISITORS:
            self._paces = {name: bucket for name, bucket in self._paces.items() if not bucket.is_full()}
        bucket = self._paces.setdefault(who.hash, Bucket(POSTING, self._clock))
        if bucket.available() < 1:
            raise PostedError(429, "too_fast")
        bucket.take(1)

    async def _keep_room(self) -> None:
        """Refuse a stream too many before it begins; the page then asks for the history now and then."""
        if self._channel.streams >= STREAMS:
            raise HTTPException(503)

    def _problem(self, status: int, phrase: str, request: Request) -> JSONResponse:
        language = _language(request)
        wait = math.ceil(1 / POSTING.per_second) + 1
        values = {"too_long": {"limit": posted.TEXT_LIMIT}, "too_fast": {"seconds": wait}}.get(phrase, {})
        sentence = self._wording.say(f"web_errors.{phrase}", language, **values)
        headers = {"Retry-After": str(wait)} if phrase == "too_fast" else {}
        return JSONResponse(
            {"title": phrase, "detail": sentence},
            status_code=status,
            headers=headers,
            media_type="application/problem+json",
        )


def _refuse_forms(request: Request) -> None:
    """Take JSON only: a form of another site can post without asking, and not that.

    It would come without the cookie, and our answer would put a new one in the place of the visitor's.
    """
    if request.headers.get("content-type", "").partition(";")[0].strip().lower() != "application/json":
        raise PostedError(400, "not_understood")


def _page(wording: Wording, language: Language) -> str:
    labels = json.dumps({known: wording.group("web", known) for known in LANGUAGES}, ensure_ascii=False)
    # Inside a script element only "<" could end it; JSON may write it as an escape.
    template = jinja2.Environment(autoescape=True, undefined=jinja2.StrictUndefined).from_string(
        (STATIC / "index.html").read_text(encoding="utf-8")
    )
    return template.render(
        language=language,
        t=wording.group("web", language),
        labels=markupsafe.Markup(labels.replace("<", "\\u003c")),  # noqa: S704 - our own phrases, escaped for a script element
    )


def _language(request: Request) -> Language:
    """Return the language the browser asks for first: English where it asks for it, else Indonesian."""
    return "en" if request.headers.get("accept-language", "").strip().lower().startswith("en") else "id"


def _shown(line: Line) -> dict[str, object]:
    return {
        "id": line.id,
        "author": line.author,
        "text": line.text,
        "choices": [{"id": choice_id, "title": title} for choice_id, title in line.choices],
        "attachments": [
            {
                "url": f"/chat/files/{file.id}",
                "filename": file.filename,
                "media_type": file.media_type,
                "description": file.description,
                **_size(file.head),
            }
            for file in line.files
        ],
        "at": line.at.isoformat(),
        "client_id": line.client_id and line.client_id.partition(":")[2],
    }


def _size(head: bytes) -> dict[str, int]:
    """Return how wide and high a PNG is, so that the page keeps its place free; nothing for another file."""
    if len(head) < transcript.HEAD or not head.startswith(PNG):
        return {}
    width, height = struct.unpack(">II", head[16:24])
    return {"width": width, "height": height}


def _unstored(reply: Reply, at: str) -> dict[str, object]:
    return {
        "id": 0,
        "author": "assistant",
        "text": reply.text,
        "choices": [{"id": choice.id, "title": choice.title} for choice in reply.choices],
        "attachments": [],
        "at": at,
        "client_id": None,
    }


def _disposition(filename: str, media_type: str) -> str:
    """Let the browser show what it has a view for, and save everything else."""
    shown = media_type.startswith("image/") or media_type == "application/pdf"
    plain = "".join(char for char in filename if char.isascii() and (char.isalnum() or char in "._- "))
    return f'{"inline" if shown else "attachment"}; filename="{plain}"'
