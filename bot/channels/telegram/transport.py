"""Carries python-telegram-bot's requests over aiohttp, and tells what surely did not leave from what may have."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Final

import aiohttp
from telegram.error import BadRequest, NetworkError, RetryAfter, TelegramError, TimedOut
from telegram.request import BaseRequest, RequestData

from bot.channels import departure
from bot.channels.departure import Flight

CONNECTIONS: Final = (
    96  # as many as a sender has in flight, and courtesies; more calls than this at once wait for a free connection
)

# Servers close connections that were quiet for about a minute. Closing first avoids sending into one that is just
# being closed, which would leave a message unsure for nothing.
KEEP_ALIVE: Final = timedelta(seconds=15)

UNSTATED_PAUSE: Final = timedelta(seconds=5)  # for a 429 that names none
LONGEST_PAUSE: Final = timedelta(days=1)

# What reading an answer of the wrong shape can raise, in json and in Telegram's types.
UNREADABLE: Final = (ArithmeticError, AttributeError, LookupError, OSError, RecursionError, TypeError, ValueError)

_TOO_MANY_REQUESTS: Final = 429


class NotSentError(NetworkError):
    """No byte of the request left: it may be made again."""


class RateLimitedError(RetryAfter):
    """Telegram refused the request and said when to come back.

    The library's own class warns whenever its wait is read, even by itself.
    """

    def __init__(self, pause: timedelta) -> None:
        self.pause = pause
        super().__init__(pause)

    @property
    def retry_after(self) -> timedelta:
        return self.pause


@dataclass(frozen=True, slots=True)
class Timeouts:
    """How long one request may take, step by step; `upload` stands for `write` where files are sent."""

    pool: timedelta = timedelta(seconds=5)
    connect: timedelta = timedelta(seconds=5)
    write: timedelta = timedelta(seconds=10)
    upload: timedelta = timedelta(seconds=60)
    read: timedelta = timedelta(seconds=15)


class AiohttpRequest(BaseRequest):
    """A pool of kept connections to Telegram.

    Raises `NotSentError` for what surely did not leave, `TimedOut` and `NetworkError` for what may have. The URL holds
    the token: it is in no error, and no error carries aiohttp's along, which would name it.
    """

    def __init__(self, connections: int = CONNECTIONS, timeouts: Timeouts | None = None) -> None:
        self._connections = connections
        self._timeouts = timeouts or Timeouts()
        self._session: aiohttp.ClientSession | None = None

    @property
    def read_timeout(self) -> float:
        return self._timeouts.read.total_seconds()

    async def initialize(self) -> None:
        if self._session is not None:
            return
        self._session = aiohttp.ClientSession(
            connector=aiohttp.TCPConnector(limit=self._connections, keepalive_timeout=KEEP_ALIVE.total_seconds()),
            cookie_jar=aiohttp.DummyCookieJar(),
            trace_configs=[departure.trace()],
        )

    async def shutdown(self) -> None:
        session, self._session = self._session, None
        if session is not None:
            await session.close()

    async def do_request(  # noqa: PLR0917 - the library's signature
        self,
        url: str,
        method: str,
        request_data: RequestData | None = None,
        read_timeout: object = BaseRequest.DEFAULT_NONE,
        write_timeout: object = BaseRequest.DEFAULT_NONE,
        connect_timeout: object = BaseRequest.DEFAULT_NONE,
        pool_timeout: object = BaseRequest.DEFAULT_NONE,
    ) -> tuple[int, bytes]:
        if self._session is None:
            raise NotSentError("not initialized")
        default = self._timeouts
        has_files = request_data is not None and request_data.contains_files
        timeout = _timeout(
            pool=_seconds(pool_timeout, default.pool),
            connect=_seconds(connect_timeout, default.connect),
            write=_seconds(write_timeout, default.upload if has_files else default.write),
            read=_seconds(read_timeout, default.read),
        )
        body = _encode(request_data)
        flight = Flight()
        try:
            async with self._session.request(
                method,
                url,
                data=body,
                headers=_headers(body),
                timeout=timeout,
                allow_redirects=False,  # nobody but Telegram gets the token
                trace_request_ctx=flight,
            ) as response:
                status, payload = response.status, await response.read()
        except (aiohttp.ClientError, OSError, ValueError) as exc:
            failure = _explain(exc, flight)
        else:
            _check_rate(status, payload)
            return status, payload
        raise failure  # out here it has no context: that one's text would hold the URL

    @staticmethod
    def parse_json_payload(payload: bytes) -> dict[str, Any]:
        """Return Telegram's answer; unlike the library's own, do not log what can't be read."""
        try:
            answer = json.loads(payload.decode("utf-8", "replace"))
        except (ValueError, RecursionError):
            answer = None
        if not isinstance(answer, dict):
            raise TelegramError("unreadable answer")
        return answer


def _explain(exc: Exception, flight: Flight) -> NetworkError:
    if not flight.left:
        return NotSentError(f"not sent: {type(exc).__name__}")
    if isinstance(exc, TimeoutError):
        return TimedOut()
    return NetworkError(f"answer lost: {type(exc).__name__}")


def _check_rate(status: int, payload: bytes) -> None:
    """Raise RateLimitedError for an answer that asks to wait, before the library's own way of saying so warns."""
    if status < 400:  # noqa: PLR2004
        return
    try:
        seconds = json.loads(payload)["parameters"]["retry_after"]
        pause = min(timedelta(seconds=seconds), LONGEST_PAUSE) if seconds > 0 else None
    except UNREADABLE:
        pause = None
    if pause is not None:
        raise RateLimitedError(pause)
    if status == _TOO_MANY_REQUESTS:
        raise RateLimitedError(UNSTATED_PAUSE)


def _seconds(value: object, default: timedelta) -> float | None:
    """Return the time-out of one call: as given, None for none, or the transport's own."""
    if value is None:
        return None
    return float(value) if isinstance(value, int | float) else default.total_seconds()


def _timeout(
    *, pool: float | None, connect: float | None, write: float | None, read: float | None
) -> aiohttp.ClientTimeout:
    until_connected = None if pool is None or connect is None else pool + connect
    total = None if until_connected is None or write is None or read is None else until_connected + write + read
    return aiohttp.ClientTimeout(total=total, connect=until_connected, sock_connect=connect, sock_read=read)


def _encode(request_data: RequestData | None) -> bytes | aiohttp.FormData | None:
    """Return the body: a form, with files where there are any."""
    if request_data is None:
        return None
    try:
        encoded = request_data.url_encoded_parameters().encode()
    except UnicodeEncodeError:
        raise BadRequest("text is not encodable") from None
    if not request_data.contains_files:
        return encoded
    form = aiohttp.FormData(quote_fields=False)  # Telegram shows a file's name as it stands here
    for name, value in request_data.json_parameters.items():
        form.add_field(name, value)
    for name, (filename, content, media_type) in request_data.multipart_data.items():
        form.add_field(name, content, filename=filename, content_type=media_type)
    return form


def _headers(body: bytes | aiohttp.FormData | None) -> dict[str, str]:
    headers = {"User-Agent": BaseRequest.USER_AGENT}
    if isinstance(body, bytes):
        headers["Content-Type"] = "application/x-www-form-urlencoded"
    return headers
