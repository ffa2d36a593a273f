"""The transport tells what surely did not leave from what may have, and never names the token."""

from __future__ import annotations

import asyncio
import socket
import struct
import traceback
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
import telegram
from aiohttp import web
from telegram.error import BadRequest, NetworkError, TelegramError, TimedOut

from bot.channels.telegram import transport
from bot.channels.telegram.transport import AiohttpRequest, NotSentError, RateLimitedError, Timeouts

TOKEN = "123456:SECRET"
SOON = timedelta(milliseconds=50)
QUICK = Timeouts(pool=SOON, connect=SOON, write=SOON, upload=SOON, read=SOON)

Connection = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]


@asynccontextmanager
async def raw_server(handle: Connection) -> AsyncIterator[str]:
    """Serve bare connections: the end of the handler closes one, the end of the server all."""
    tasks = set()

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            await handle(reader, writer)
        finally:
            writer.close()
            with suppress(OSError):
                await writer.wait_closed()

    def accept(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        tasks.add(asyncio.create_task(serve(reader, writer)))

    server = await asyncio.start_server(accept, "127.0.0.1", 0)
    async with server:
        yield f"127.0.0.1:{server.sockets[0].getsockname()[1]}"
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


@asynccontextmanager
async def api(answer: Callable[[web.Request], Awaitable[web.StreamResponse]]) -> AsyncIterator[str]:
    app = web.Application()
    app.router.add_route("*", "/{path:.*}", answer)
    runner = web.AppRunner(app, shutdown_timeout=0)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    yield f"http://127.0.0.1:{runner.addresses[0][1]}"
    await runner.cleanup()


@asynccontextmanager
async def bot_at(url: str, timeouts: Timeouts | None = None, connections: int = 8) -> AsyncIterator[telegram.Bot]:
    request = AiohttpRequest(connections, timeouts)
    updates = AiohttpRequest(1, timeouts)
    await request.initialize()
    bot = telegram.Bot(TOKEN, base_url=f"{url}/bot", request=request, get_updates_request=updates)
    yield bot
    await request.shutdown()


async def failure_of(bot: telegram.Bot) -> TelegramError:
    with pytest.raises(TelegramError) as caught:
        await bot.delete_webhook()
    return caught.value


async def read_request(reader: asyncio.StreamReader) -> None:
    await reader.readuntil(b"\r\n\r\n")


def unused_port() -> int:
    with socket.socket() as sock:
        sock.bind(("127.0.0.1", 0))
        return int(sock.getsockname()[1])


async def reset(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    await read_request(reader)
    sock = writer.get_extra_info("socket")
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))


async def hang_up(reader: asyncio.StreamReader, _: asyncio.StreamWriter) -> None:
    await read_request(reader)


async def stay_silent(*_: object) -> None:
    await asyncio.Event().wait()


async def stop_halfway(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    await read_request(reader)
    writer.write(b'HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n{"ok": true')
    await writer.drain()


async def fall_silent_halfway(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    await stop_halfway(reader, writer)
    await stay_silent()


async def speak_nonsense(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    await read_request(reader)
    writer.write(b"220 smtp ready\r\n\r\n")
    await writer.drain()


async def test_a_refused_connection_is_surely_not_sent() -> None:
    async with bot_at(f"http://127.0.0.1:{unused_port()}") as bot:
        failure = await failure_of(bot)

    assert isinstance(failure, NotSentError)


async def test_an_unknown_host_is_surely_not_sent(monkeypatch: pytest.MonkeyPatch) -> None:
    async def unknown(*_: Any, **__: Any) -> Any:
        raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")

    monkeypatch.setattr(asyncio.get_running_loop(), "getaddrinfo", unknown)
    async with bot_at("http://api.telegram.invalid") as bot:
        failure = await failure_of(bot)

    assert isinstance(failure, NotSentError)


async def test_a_handshake_that_does_not_come_is_surely_not_sent() -> None:
    async with raw_server(stay_silent) as address, bot_at(f"https://{address}", QUICK) as bot:
        failure = await failure_of(bot)

    assert isinstance(failure, NotSentError)


async def test_a_call_that_waits_for_a_connection_in_vain_is_surely_not_sent() -> None:
    arrived = asyncio.Event()

    async def occupy(*_: object) -> None:
        arrived.set()
        await stay_silent()

    async with (
        raw_server(occupy) as address,
        bot_at(f"http://{address}", replace(QUICK, read=timedelta(seconds=30)), connections=1) as bot,
    ):
        first = asyncio.create_task(failure_of(bot))
        await arrived.wait()
        failure = await failure_of(bot)
        first.cancel()
        await asyncio.gather(first, return_exceptions=True)

    assert isinstance(failure, NotSentError)


async def test_before_it_is_initialized_nothing_is_sent() -> None:
    with pytest.raises(NotSentError):
        await AiohttpRequest().do_request("http://127.0.0.1:9/", "POST")


async def test_an_address_that_is_none_is_surely_not_sent() -> None:
    async with bot_at("http://") as bot:
        failure = await failure_of(bot)

    assert isinstance(failure, NotSentError)


@pytest.mark.parametrize("handle", [stay_silent, fall_silent_halfway], ids=["no answer", "half an answer"])
async def test_a_time_out_after_sending_is_unsure(handle: Connection) -> None:
    async with raw_server(handle) as address, bot_at(f"http://{address}", QUICK) as bot:
        failure = await failure_of(bot)

    assert isinstance(failure, TimedOut)


@pytest.mark.parametrize(
    "handle", [reset, hang_up, stop_halfway, speak_nonsense], ids=["reset", "hung up", "half an answer", "nonsense"]
)
async def test_a_connection_that_breaks_after_sending_is_unsure(handle: Connection) -> None:
    async with raw_server(handle) as address, bot_at(f"http://{address}") as bot:
        failure = await failure_of(bot)

    assert type(failure) is NetworkError


async def test_cancelling_passes_through() -> None:
    arrived = asyncio.Event()

    async def wait(*_: object) -> None:
        arrived.set()
        await stay_silent()

    async with raw_server(wait) as address, bot_at(f"http://{address}") as bot:
        call = asyncio.create_task(bot.delete_webhook())
        await arrived.wait()
        call.cancel()

        with pytest.raises(asyncio.CancelledError):
            await call


@pytest.mark.parametrize(
    ("handle", "scheme"),
    [(stay_silent, "http"), (reset, "http"), (hang_up, "http"), (speak_nonsense, "http"), (stay_silent, "https")],
)
async def test_no_error_names_the_token(handle: Connection, scheme: str) -> None:
    async with raw_server(handle) as address, bot_at(f"{scheme}://{address}", QUICK) as bot:
        failure = await failure_of(bot)

    assert "SECRET" not in "".join(traceback.format_exception(failure))
    assert failure.__cause__ is None
    assert failure.__context__ is None


async def test_parameters_arrive_as_a_form() -> None:
    seen: dict[str, Any] = {}

    async def answer(request: web.Request) -> web.Response:
        seen.update(await request.post(), path=request.path, agent=request.headers["User-Agent"])
        return web.json_response({"ok": True, "result": True})

    async with api(answer) as url, bot_at(url) as bot:
        result = await bot.set_webhook("https://example.invalid/é?a=1&b=2", allowed_updates=["message"])

    assert result is True
    assert seen == {
        "url": "https://example.invalid/é?a=1&b=2",
        "allowed_updates": '["message"]',
        "path": f"/bot{TOKEN}/setWebhook",
        "agent": AiohttpRequest.USER_AGENT,
    }


async def test_files_arrive_with_their_names_and_types() -> None:
    seen: dict[str, Any] = {}

    async def answer(request: web.Request) -> web.Response:
        form = await request.post()
        file = form["certificate"]
        assert isinstance(file, web.FileField)
        seen.update(name=file.filename, media_type=file.content_type, content=file.file.read(), url=form["url"])
        return web.json_response({"ok": True, "result": True})

    file = telegram.InputFile(b"\x00\xff", filename="sertifikat é 1.pdf")
    async with api(answer) as url, bot_at(url) as bot:
        await bot.set_webhook("https://example.invalid/é", certificate=file)

    assert seen == {
        "name": "sertifikat é 1.pdf",
        "media_type": "application/pdf",
        "content": b"\x00\xff",
        "url": "https://example.invalid/é",
    }


async def test_a_file_can_be_fetched() -> None:
    async def answer(request: web.Request) -> web.Response:
        return web.Response(body=f"{request.method} {request.path}".encode())

    request = AiohttpRequest()
    await request.initialize()
    async with api(answer) as url:
        content = await request.retrieve(f"{url}/file/x")
    await request.shutdown()

    assert content == b"GET /file/x"


async def test_connections_are_kept() -> None:
    ports: set[Any] = set()

    async def answer(request: web.Request) -> web.Response:
        assert request.transport is not None
        ports.add(request.transport.get_extra_info("peername"))
        return web.json_response({"ok": True, "result": True})

    async with api(answer) as url, bot_at(url) as bot:
        for _ in range(3):
            await bot.delete_webhook()

    assert len(ports) == 1


async def test_a_redirect_is_not_followed() -> None:
    paths = []

    async def answer(request: web.Request) -> web.Response:
        paths.append(request.path)
        raise web.HTTPTemporaryRedirect("/elsewhere")

    async with api(answer) as url, bot_at(url) as bot:
        failure = await failure_of(bot)

    assert type(failure) is NetworkError
    assert paths == [f"/bot{TOKEN}/deleteWebhook"]


@pytest.mark.parametrize(
    ("status", "payload", "pause"),
    [
        (429, {"ok": False, "parameters": {"retry_after": 7}}, timedelta(seconds=7)),
        (429, {"ok": False, "parameters": {"retry_after": 10**12}}, transport.LONGEST_PAUSE),
        (429, {"ok": False, "parameters": {"retry_after": 10**300}}, transport.UNSTATED_PAUSE),
        (429, {"ok": False, "parameters": {"retry_after": -1}}, transport.UNSTATED_PAUSE),
        (429, {"ok": False, "parameters": {"retry_after": "7"}}, transport.UNSTATED_PAUSE),
        (429, {"ok": False, "parameters": []}, transport.UNSTATED_PAUSE),
        (429, [], transport.UNSTATED_PAUSE),
        (503, {"ok": False, "parameters": {"retry_after": 2}}, timedelta(seconds=2)),
    ],
)
async def test_a_wait_is_understood_without_a_warning(status: int, payload: Any, pause: timedelta) -> None:
    async def answer(_: web.Request) -> web.Response:
        return web.json_response(payload, status=status)

    async with api(answer) as url, bot_at(url) as bot:
        failure = await failure_of(bot)

    assert isinstance(failure, RateLimitedError)
    assert failure.retry_after == pause


@pytest.mark.parametrize("payload", [b"<html>", b"[]", b"", b"[" * 100_000])
async def test_an_answer_that_cannot_be_read_is_an_error_and_not_logged(
    payload: bytes, caplog: pytest.LogCaptureFixture
) -> None:
    async def answer(_: web.Request) -> web.Response:
        return web.Response(body=payload)

    async with api(answer) as url, bot_at(url) as bot:
        failure = await failure_of(bot)

    assert str(failure) == "unreadable answer"
    assert caplog.messages == []


@pytest.mark.parametrize("has_file", [False, True])
async def test_a_text_that_cannot_be_encoded_is_refused(*, has_file: bool) -> None:
    async with bot_at(f"http://127.0.0.1:{unused_port()}") as bot:
        with pytest.raises(BadRequest):
            await bot.set_webhook("\ud800", certificate=telegram.InputFile(b"x") if has_file else None)


@pytest.mark.parametrize("seconds", [None, 5, 0.5])
async def test_a_call_may_bring_its_own_time_outs(seconds: float | None) -> None:
    async def answer(_: web.Request) -> web.Response:
        return web.json_response({"ok": True, "result": True})

    async with api(answer) as url, bot_at(url, QUICK) as bot:
        result = await bot.delete_webhook(
            read_timeout=seconds, write_timeout=seconds, connect_timeout=seconds, pool_timeout=seconds
        )

    assert result is True


async def test_opening_and_closing_twice_does_no_harm() -> None:
    request = AiohttpRequest()

    for _ in range(2):
        await request.initialize()
        await request.initialize()
        await request.shutdown()
        await request.shutdown()

    assert request.read_timeout == Timeouts().read.total_seconds()
