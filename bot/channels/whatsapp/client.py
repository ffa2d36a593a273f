"""Speaks HTTP with Meta's Cloud API, and tells what surely was not sent from what may have been."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Final
from urllib.parse import urlsplit

import aiohttp

from bot.channels import departure
from bot.channels.base import RefusedError, SendError, TryLaterError, UnsureError
from bot.channels.departure import Flight
from bot.channels.whatsapp import errors

CONNECTIONS: Final = (
    96  # as many as a sender has in flight, and courtesies; more calls than this at once wait for a free connection
)

# Closing first avoids sending into a connection that the other side is just closing: that would leave a message unsure
# for nothing.
KEEP_ALIVE: Final = timedelta(seconds=15)

_ABOUT: Final = ("display_phone_number", "quality_rating")
_ABOUT_TEMPLATES: Final = ("id", "name", "language", "status", "category", "components", "rejected_reason")
_TEMPLATES_AT_ONCE: Final = 100
_MOST_TEMPLATES: Final = 10_000  # more than Meta lets anybody have
_FAILED: Final = 400
_OK: Final = 200
_FILES_AT: Final = (".fbsbx.com", ".facebook.com", ".fbcdn.net", ".whatsapp.net")

Json = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Timeouts:
    """How long a request may take. One that uploads and one that sends together stay below a sender's lease."""

    connect: timedelta = timedelta(seconds=5)
    call: timedelta = timedelta(seconds=15)
    upload: timedelta = timedelta(seconds=20)


@dataclass(frozen=True, slots=True)
class File:
    """A file as it is uploaded."""

    name: str
    media_type: str
    content: bytes


@dataclass(frozen=True, slots=True)
class Standing:
    """How our number stands: the number as people see it, and what Meta thinks of its messages."""

    number: str
    quality: str


class CloudApi:
    """Meta's API for one phone number. Raises only the errors of `bot.channels.base`."""

    def __init__(self, api_url: str, phone_number_id: str, token: str, timeouts: Timeouts | None = None) -> None:
        self._api_url = api_url
        self._number = f"{api_url}/{phone_number_id}"
        self._headers = {"Authorization": f"Bearer {token}"}
        self._timeouts = timeouts or Timeouts()
        self._session: aiohttp.ClientSession | None = None

    async def post(self, body: Mapping[str, Any]) -> Json:
        """Send a message, or mark one as read, and return Meta's answer."""
        return await self._ask("POST", f"{self._number}/messages", self._timeouts.call, {"json": body})

    async def upload(self, file: File) -> str:
        """Upload a file and return its id there. Nobody sees it by that: a failure is never unsure."""
        form = aiohttp.FormData(quote_fields=False)  # people see a file's name as it stands here
        form.add_field("messaging_product", "whatsapp")
        form.add_field("type", file.media_type)
        form.add_field("file", file.content, filename=file.name, content_type=file.media_type)
        try:
            answer = await self._ask("POST", f"{self._number}/media", self._timeouts.upload, {"data": form})
        except UnsureError as exc:
            raise TryLaterError(exc.reason) from exc
        media_id = answer.get("id")
        if not isinstance(media_id, str) or not media_id:
            raise TryLaterError("unreadable_answer")
        return media_id

    async def download(self, media_id: str, limit: int) -> bytes | None:
        """Return what a file holds that somebody sent us; None for one of more than `limit` bytes."""
        asked = {"params": {"phone_number_id": self._number.rpartition("/")[2]}}
        try:
            found = await self._ask("GET", f"{self._api_url}/{media_id}", self._timeouts.call, asked)
            address, size = found.get("url"), found.get("file_size")
            if not isinstance(address, str) or not self._is_metas(address):
                raise RefusedError("unreadable_answer")
            if isinstance(size, int) and size > limit:
                return None
            return await self._read_file(address, limit)
        except UnsureError as exc:  # asking changes nothing
            raise TryLaterError(exc.reason) from exc

    def _is_metas(self, address: str) -> bool:
        """Tell whether it is an address of Meta's: nobody else gets the token."""
        there, ours = urlsplit(address), urlsplit(self._api_url)
        if (there.scheme, there.netloc) == (ours.scheme, ours.netloc):
            return True
        return there.scheme == "https" and (there.hostname or "").endswith(_FILES_AT)

    async def _read_file(self, address: str, limit: int) -> bytes | None:
        flight = Flight()
        timeout = aiohttp.ClientTimeout(total=self._timeouts.upload.total_seconds())
        try:
            async with self._open().get(
                address, headers=self._headers, timeout=timeout, allow_redirects=False, trace_request_ctx=flight
            ) as response:
                if response.status != _OK:
                    raise errors.explain_page(response.status)
                content = bytearray()
                async for part in response.content.iter_any():
                    content += part
                    if len(content) > limit:
                        return None
                return bytes(content)
        except (aiohttp.ClientError, OSError, ValueError) as exc:
            raise _failure(exc, flight) from exc

    async def standing(self) -> Standing:
        """Ask how our number stands; changes nothing."""
        found = await self._ask("GET", self._number, self._timeouts.call, {"params": {"fields": ",".join(_ABOUT)}})
        return Standing(*(str(found.get(name) or "?") for name in _ABOUT))

    async def templates(self, business_id: str) -> list[Json]:
        """Return all templates of a business account as Meta tells of them; changes nothing."""
        found: list[Json] = []
        asked = {"fields": ",".join(_ABOUT_TEMPLATES), "limit": str(_TEMPLATES_AT_ONCE)}
        while True:
            address = f"{self._api_url}/{business_id}/message_templates"
            answer = await self._ask("GET", address, self._timeouts.call, {"params": asked})
            found += [each for each in answer.get("data") or () if isinstance(each, dict)]
            paging = answer.get("paging") or {}
            after = (paging.get("cursors") or {}).get("after") if paging.get("next") else None
            if not after or len(found) > _MOST_TEMPLATES:
                return found
            asked["after"] = str(after)

    async def close(self) -> None:
        """Close the connections."""
        session, self._session = self._session, None
        if session is not None:
            await session.close()

    async def _ask(self, method: str, address: str, limit: timedelta, request: Mapping[str, Any]) -> Json:
        timeout = aiohttp.ClientTimeout(
            total=limit.total_seconds(),
            connect=self._timeouts.connect.total_seconds(),
            sock_connect=self._timeouts.connect.total_seconds(),
        )
        flight = Flight()
        try:
            async with self._open().request(
                method,
                address,
                headers=self._headers,
                timeout=timeout,
                allow_redirects=False,  # nobody but Meta gets the token
                trace_request_ctx=flight,
                **request,
            ) as response:
                status, payload = response.status, await response.read()
        except (aiohttp.ClientError, OSError, ValueError) as exc:
            raise _failure(exc, flight) from exc
        return _read(status, payload)

    def _open(self) -> aiohttp.ClientSession:
        if self._session is None:
            self._session = aiohttp.ClientSession(
                connector=aiohttp.TCPConnector(limit=CONNECTIONS, keepalive_timeout=KEEP_ALIVE.total_seconds()),
                cookie_jar=aiohttp.DummyCookieJar(),
                trace_configs=[departure.trace()],
            )
        return self._session


def _failure(exc: Exception, flight: Flight) -> SendError:
    if not flight.left:
        return TryLaterError("not_connected")
    return UnsureError("timed_out" if isinstance(exc, TimeoutError) else "answer_lost")


def _read(status: int, payload: bytes) -> Json:
    """Return the answer; raise what its error means."""
    try:
        answer = json.loads(payload)
    except (ValueError, RecursionError):
        answer = None
    if not isinstance(answer, dict):
        raise errors.explain_page(status)
    error = answer.get("error")
    if isinstance(error, dict) and isinstance(error.get("code"), int):
        raise errors.explain(error["code"], status)
    if status >= _FAILED:
        raise errors.explain_page(status)
    return answer
