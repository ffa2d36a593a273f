"""Telegram hears that we have an update only after it is stored."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from typing import Any

import pytest
import telegram
from aiohttp import web
from structlog.testing import capture_logs

from bot.channels.telegram import channel as telegram_channel
from bot.channels.telegram import updates
from bot.channels.telegram.channel import TelegramChannel

TOKEN = "7000000001:SECRET"


class Api:
    """`getUpdates` with Telegram's rule: an offset confirms, and so forgets, all before it.

    Answers laid ready go first; without updates a call waits, as long polling does.
    """

    def __init__(self) -> None:
        self.url = ""
        self.pending: list[dict[str, Any]] = []
        self.confirmed: list[int] = []
        self.calls: list[dict[str, Any]] = []
        self.answers: list[web.Response] = []
        self.waiting = 0
        self._changed = asyncio.Condition()

    async def answer(self, request: web.Request) -> web.Response:
        params = {name: json.loads(str(value)) for name, value in (await request.post()).items()}
        self.calls.append(params)
        offset = params.get("offset", 0)
        if self.answers:
            return self.answers.pop(0)
        self.confirmed += [update["update_id"] for update in self.pending if update["update_id"] < offset]
        self.pending = [update for update in self.pending if update["update_id"] >= offset]
        async with self._changed:
            self.waiting += 1
            self._changed.notify_all()
            try:
                await self._changed.wait_for(lambda: self.pending)
            finally:
                self.waiting -= 1
        return web.json_response({"ok": True, "result": self.pending[: params["limit"]]})

    async def add(self, *added: dict[str, Any]) -> None:
        async with self._changed:
            self.pending += added
            self._changed.notify_all()

    async def wait_for(self, condition: Callable[[], object]) -> None:
        async with asyncio.timeout(5), self._changed:
            await self._changed.wait_for(condition)


class Pauses:
    """A clock that notes each pause and does not make it; `longest` of them, then it waits for ever."""

    def __init__(self, enough: int) -> None:
        self.taken: list[float] = []
        self.done = asyncio.Event()
        self._enough = enough

    def now(self) -> datetime:
        return datetime(2026, 11, 24, tzinfo=UTC)

    def monotonic(self) -> float:
        return 0.0

    async def sleep(self, seconds: float) -> None:
        self.taken.append(seconds)
        if len(self.taken) >= self._enough:
            self.done.set()
            await asyncio.Event().wait()


class Store:
    """Keeps the ids of what it received; fails as often as it is told to."""

    def __init__(self) -> None:
        self.batches: list[list[int]] = []
        self.failures = 0
        self.entered = asyncio.Event()
        self.may_finish = asyncio.Event()
        self.may_finish.set()

    async def receive(self, fetched: Sequence[telegram.Update]) -> None:
        self.entered.set()
        await self.may_finish.wait()
        if self.failures:
            self.failures -= 1
            raise OSError("disk full")
        self.batches.append([update.update_id for update in fetched])


def text(update_id: int, words: str = "halo") -> dict[str, Any]:
    person = {"id": 42, "is_bot": False, "first_name": "Siti", "type": "private"}
    message = {"message_id": update_id, "date": 1764000000, "chat": person, "from": person, "text": words}
    return {"update_id": update_id, "message": message}


def refusal(code: int, **parameters: Any) -> web.Response:
    body = {"ok": False, "error_code": code, "description": "no", "parameters": parameters}
    return web.json_response(body, status=code)


def result(*items: Any) -> web.Response:
    return web.json_response({"ok": True, "result": items})


@pytest.fixture
async def api() -> AsyncIterator[Api]:
    served = Api()
    app = web.Application()
    app.router.add_post("/bot{token}/getMe", _me)
    app.router.add_post("/bot{token}/getUpdates", served.answer)
    app.router.add_post("/bot{token}/{other}", _true)
    runner = web.AppRunner(app, shutdown_timeout=0, handler_cancellation=True)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    served.url = f"http://127.0.0.1:{runner.addresses[0][1]}"
    yield served
    await runner.cleanup()


async def _me(_: web.Request) -> web.Response:
    return web.json_response({"ok": True, "result": {"id": 7000000001, "is_bot": True, "first_name": "Upakarti"}})


async def _true(_: web.Request) -> web.Response:
    return web.json_response({"ok": True, "result": True})


@pytest.fixture
async def channel(api: Api) -> AsyncIterator[TelegramChannel]:
    opened = telegram_channel.connect(TOKEN, api.url)
    await opened.prepare(None, None, {"id": [("start", "Mulai")]})
    yield opened
    await opened.close()


@asynccontextmanager
async def polling(channel: TelegramChannel, store: Store, pauses: Pauses | None = None) -> AsyncIterator[asyncio.Event]:
    """Poll until the end of the block, then stop and see it end."""
    stop = asyncio.Event()
    task = asyncio.create_task(channel.polling(store.receive, pauses or Pauses(1)).run(stop))
    yield stop
    stop.set()
    async with asyncio.timeout(5):
        await task


async def test_updates_are_confirmed_after_they_are_stored(api: Api, channel: TelegramChannel) -> None:
    store = Store()
    await api.add(text(5), text(6))
    async with polling(channel, store):
        await api.wait_for(lambda: api.waiting and api.confirmed)

    assert store.batches == [[5, 6]]
    assert api.confirmed == [5, 6]
    assert [call.get("offset") for call in api.calls] == [None, 7]


async def test_telegram_is_asked_to_wait_for_updates(api: Api, channel: TelegramChannel) -> None:
    async with polling(channel, Store()):
        await api.wait_for(lambda: api.waiting)

    assert api.calls == [{"timeout": 25, "limit": 100, "allowed_updates": list(updates.ALLOWED)}]


async def test_nothing_is_confirmed_while_it_is_being_stored(api: Api, channel: TelegramChannel) -> None:
    store = Store()
    store.may_finish.clear()
    await api.add(text(5))
    async with polling(channel, store):
        await store.entered.wait()
        calls_meanwhile = len(api.calls)
        store.may_finish.set()
        await api.wait_for(lambda: api.waiting and api.confirmed)

    assert calls_meanwhile == 1


async def test_a_batch_that_was_not_stored_comes_again(api: Api, channel: TelegramChannel) -> None:
    store, pauses = Store(), Pauses(9)
    store.failures = 3
    await api.add(text(5))
    with capture_logs() as logs:
        async with polling(channel, store, pauses):
            await api.wait_for(lambda: api.waiting and api.confirmed)

    assert store.batches == [[5]]
    assert [call.get("offset") for call in api.calls] == [None, None, None, None, 6]
    assert pauses.taken == [0.5, 1, 2]
    assert [entry["event"] for entry in logs] == ["polling_failed"] * 3


async def test_pauses_grow_to_a_bound(api: Api, channel: TelegramChannel) -> None:
    store, pauses = Store(), Pauses(9)
    store.failures = 9
    await api.add(text(5))
    with capture_logs():
        async with polling(channel, store, pauses):
            await pauses.done.wait()

    assert pauses.taken == [0.5, 1, 2, 4, 8, 16, 30, 30, 30]
    assert api.confirmed == []


async def test_after_a_success_pauses_begin_anew(api: Api, channel: TelegramChannel) -> None:
    pauses = Pauses(9)
    api.answers = [refusal(502), refusal(502), result(), refusal(502)]
    with capture_logs():
        async with polling(channel, Store(), pauses):
            await api.wait_for(lambda: api.waiting)

    assert pauses.taken == [0.5, 1, 0.5]


@pytest.mark.parametrize(
    ("answer", "pause", "event"),
    [
        (refusal(429, retry_after=7), 7, {"event": "polling_unreachable", "reason": "rate_limited"}),
        (refusal(409), 0.5, {"event": "polling_conflict"}),
        (refusal(401), 0.5, {"event": "polling_unreachable", "reason": "token_rejected"}),
        (refusal(502), 0.5, {"event": "polling_unreachable", "reason": "answer_lost"}),
        (web.Response(text="<html>"), 0.5, {"event": "polling_unreachable", "reason": "answer_lost"}),
        (result({"message": "no id"}), 0.5, {"event": "polling_unreachable", "reason": "answer_lost"}),
    ],
    ids=["rate", "conflict", "token", "gateway", "no json", "no ids"],
)
async def test_telegrams_troubles_are_waited_out(
    api: Api, channel: TelegramChannel, answer: web.Response, pause: float, event: dict[str, str]
) -> None:
    store, pauses = Store(), Pauses(9)
    api.answers = [answer]
    await api.add(text(5))
    with capture_logs() as logs:
        async with polling(channel, store, pauses):
            await api.wait_for(lambda: api.waiting and api.confirmed)

    assert pauses.taken == [pause]
    assert {**event, "log_level": "warning"} in logs
    assert store.batches == [[5]]


async def test_an_answer_without_a_result_does_not_end_the_loop(api: Api, channel: TelegramChannel) -> None:
    store = Store()
    api.answers = [web.json_response({"ok": True})]
    await api.add(text(5))
    with capture_logs() as logs:
        async with polling(channel, store, Pauses(9)):
            await api.wait_for(lambda: api.waiting and api.confirmed)

    assert store.batches == [[5]]
    assert [entry["event"] for entry in logs] == ["polling_failed"]


async def test_an_update_that_cannot_be_read_holds_up_no_other(api: Api, channel: TelegramChannel) -> None:
    seen: list[telegram.Update] = []

    async def receive(fetched: Sequence[telegram.Update]) -> None:
        seen.extend(fetched)

    await api.add(text(5), {"update_id": 6, "message": {"chat": "rahasia"}}, text(7))
    stop = asyncio.Event()
    with capture_logs() as logs:
        task = asyncio.create_task(channel.polling(receive, Pauses(1)).run(stop))
        await api.wait_for(lambda: api.waiting and api.confirmed)
        stop.set()
        await task

    assert api.confirmed == [5, 6, 7]
    assert [(update.update_id, update.message is None) for update in seen] == [(5, False), (6, True), (7, False)]
    assert logs == [{"event": "update_unreadable", "log_level": "warning"}]


async def test_an_item_without_an_id_holds_up_no_other(api: Api, channel: TelegramChannel) -> None:
    store = Store()
    api.answers = [result("rahasia", text(5))]
    with capture_logs():
        async with polling(channel, store):
            await api.wait_for(lambda: api.waiting)

    assert store.batches == [[5]]


async def test_after_a_quiet_week_ids_may_begin_lower(api: Api, channel: TelegramChannel) -> None:
    store = Store()
    api.answers = [result(text(1_000_000)), result()]
    async with polling(channel, store):
        await api.wait_for(lambda: api.waiting)
        await api.add(text(5))
        await api.wait_for(lambda: api.waiting and api.confirmed)

    assert [call.get("offset") for call in api.calls] == [None, 1_000_001, None, 6]
    assert store.batches == [[1_000_000], [5]]


async def test_stopping_leaves_a_waiting_call_at_once(api: Api, channel: TelegramChannel) -> None:
    async with polling(channel, Store()) as stop:
        await api.wait_for(lambda: api.waiting)
        stop.set()

    assert len(api.calls) == 1


async def test_stopping_ends_a_pause_at_once(api: Api, channel: TelegramChannel) -> None:
    pauses = Pauses(1)
    api.answers = [refusal(502)]
    with capture_logs():
        async with polling(channel, Store(), pauses) as stop:
            await pauses.done.wait()
            stop.set()

    assert pauses.taken == [0.5]


async def test_stopping_finishes_what_is_being_stored_and_confirms_nothing(api: Api, channel: TelegramChannel) -> None:
    store = Store()
    store.may_finish.clear()
    await api.add(text(5))
    async with polling(channel, store) as stop:
        await store.entered.wait()
        stop.set()
        store.may_finish.set()

    assert store.batches == [[5]]
    assert len(api.calls) == 1
    assert api.confirmed == []


async def test_a_stopped_loop_asks_for_nothing(api: Api, channel: TelegramChannel) -> None:
    stop = asyncio.Event()
    stop.set()

    await channel.polling(Store().receive, Pauses(1)).run(stop)

    assert api.calls == []


async def test_cancelling_leaves_no_task_behind(api: Api, channel: TelegramChannel) -> None:
    before = asyncio.all_tasks()
    task = asyncio.create_task(channel.polling(Store().receive, Pauses(1)).run(asyncio.Event()))
    await api.wait_for(lambda: api.waiting)
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)

    assert task.cancelled()
    assert [left.get_name() for left in asyncio.all_tasks() - before if left.get_name().startswith("telegram-")] == []
