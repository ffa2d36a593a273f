"""Replies leave as Telegram wants them, and each of its errors means the right thing for the message."""

from __future__ import annotations

import asyncio
import importlib.util
import json
import re
import traceback
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
from aiohttp import web
from structlog.testing import capture_logs

from bot.channels import fit
from bot.channels.base import OptedOutError, Outgoing, RefusedError, SendError, TryLaterError, UnsureError
from bot.channels.telegram import channel as telegram_channel
from bot.channels.telegram import courtesies
from bot.channels.telegram.channel import LIMITS, Standing, TelegramChannel
from bot.channels.telegram.updates import Pressed
from handlers.messages import SHARE_PHONE, Attachment, Choice, Reply
from storage.contacts import Identity

ORACLE = Path(__file__).parents[4] / "shared" / "oracles" / "telegram_schema.py"

TOKEN = "7000000001:SECRET"
JSON = re.compile(r"[\[{]|-?\d+$|(true|false)$")
ME = {"id": 7000000001, "is_bot": True, "first_name": "Upakarti", "username": "UpakartiBot"}
SENT = {"message_id": 99, "date": 1764000000, "chat": {"id": 42, "type": "private"}, "text": "x"}
COMMANDS = {"id": [("start", "Mulai")], "en": [("start", "Start")]}
YES, NO = Choice("ya", "Ya"), Choice("no", "Tidak")
PICTURE = Attachment("alur é.png", "image/png", b"\x89PNG", "Alur pendaftaran")
FORM = Attachment("formulir.pdf", "application/pdf", b"%PDF", "Formulir")


class Api:
    """Telegram's methods on the loopback: notes every call and gives the answer a test has laid ready."""

    def __init__(self) -> None:
        self.url = ""
        self.calls: list[tuple[str, dict[str, Any]]] = []
        self.files: list[tuple[str, bytes]] = []
        self.answers: dict[str, web.Response | Callable[[], web.Response]] = {}
        self.hangs_up = False
        self.release = asyncio.Event()
        self.release.set()
        self._called = asyncio.Condition()

    async def answer(self, request: web.Request) -> web.Response:
        method = request.match_info["method"]
        assert request.match_info["token"] == TOKEN
        params: dict[str, Any] = {}
        for name, value in (await request.post()).items():
            if isinstance(value, web.FileField):
                self.files.append((value.filename, value.file.read()))
                params[name] = value.filename
            else:
                params[name] = json.loads(value) if JSON.match(value) else value
        async with self._called:
            self.calls.append((method, params))
            self._called.notify_all()
        await self.release.wait()
        if self.hangs_up and request.transport is not None:
            request.transport.abort()
        laid = self.answers.get(method)
        if laid is not None:
            return laid() if callable(laid) else laid
        result = {"getMe": ME, "sendMessage": SENT, "sendPhoto": SENT, "sendDocument": SENT}.get(method, True)
        return ok(result)

    async def wait_for(self, count: int) -> None:
        async with self._called:
            await self._called.wait_for(lambda: len(self.calls) >= count)

    @property
    def methods(self) -> list[str]:
        return [method for method, _ in self.calls]


def ok(result: Any) -> web.Response:
    return web.json_response({"ok": True, "result": result})


def refusal(code: int, description: str, **parameters: Any) -> web.Response:
    body: dict[str, Any] = {"ok": False, "error_code": code, "description": description}
    if parameters:
        body["parameters"] = parameters
    return web.json_response(body, status=code)


def page(code: int) -> web.Response:
    return web.Response(status=code, text="<html>blocked by the firewall</html>", content_type="text/html")


@pytest.fixture
async def api() -> AsyncIterator[Api]:
    served = Api()
    app = web.Application()
    app.router.add_post("/bot{token}/{method}", served.answer)
    runner = web.AppRunner(app, shutdown_timeout=0)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    served.url = f"http://127.0.0.1:{runner.addresses[0][1]}"
    yield served
    served.release.set()
    await runner.cleanup()


@pytest.fixture
async def channel(api: Api) -> AsyncIterator[TelegramChannel]:
    """A channel that has signed in; the calls of that are forgotten."""
    opened = telegram_channel.connect(TOKEN, api.url)
    await opened.prepare(None, None, COMMANDS)
    api.calls.clear()
    yield opened
    await opened.close()


@contextmanager
def courteous(channel: TelegramChannel) -> Iterator[asyncio.Task[None]]:
    task = asyncio.create_task(channel.run_courtesies())
    yield task
    task.cancel()


def outgoing(reply: Reply, telegram_id: int | None = 42) -> Outgoing:
    return Outgoing(1, 1, Identity(telegram_id=telegram_id), reply)


async def failure_of(channel: TelegramChannel) -> SendError:
    with pytest.raises(SendError) as caught:
        await channel.send(outgoing(Reply("Halo")))
    return caught.value


async def test_a_text_leaves_with_bold_in_utf16_units_and_without_preview(api: Api, channel: TelegramChannel) -> None:
    sent_id = await channel.send(outgoing(Reply("😀 *Syarat é😀* 2 * 3 https://contoh.id")))

    assert sent_id == "99"
    assert api.calls == [
        (
            "sendMessage",
            {
                "chat_id": 42,
                "text": "😀 Syarat é😀 2 * 3 https://contoh.id",
                "entities": [{"type": "bold", "offset": 3, "length": 10}],
                "link_preview_options": {"is_disabled": True},
            },
        )
    ]


async def test_choices_leave_as_buttons(api: Api, channel: TelegramChannel) -> None:
    await channel.send(outgoing(Reply("Lanjut?", (YES, NO, Choice("x", "Saya ingin bertanya hal lain")))))

    assert api.calls[0][1]["reply_markup"] == {
        "inline_keyboard": [
            [{"text": "Ya", "callback_data": "ya"}, {"text": "Tidak", "callback_data": "no"}],
            [{"text": "Saya ingin bertanya hal lain", "callback_data": "x"}],
        ]
    }


async def test_a_choice_that_shares_the_phone_number_leaves_as_a_keyboard(api: Api, channel: TelegramChannel) -> None:
    await channel.send(outgoing(Reply("Bukti?", (Choice(SHARE_PHONE, "Bagikan nomor saya"), NO))))

    ((method, params),) = api.calls
    assert method == "sendMessage"
    assert [[button["text"] for button in row] for row in params["reply_markup"]["keyboard"]] == [
        ["Bagikan nomor saya"],
        ["Tidak"],
    ]


async def test_more_choices_than_buttons_are_not_drawn(api: Api, channel: TelegramChannel) -> None:
    (part,) = fit.fit(Reply("Pilih:", tuple(Choice(str(n), f"Pilihan {n}") for n in range(13))), LIMITS)

    await channel.send(outgoing(part))

    assert "reply_markup" not in api.calls[0][1]
    assert api.calls[0][1]["text"].endswith("13. Pilihan 12")


async def test_a_picture_leaves_as_a_photo_with_its_description(api: Api, channel: TelegramChannel) -> None:
    await channel.send(outgoing(Reply("*Alur*", (YES,), (PICTURE,))))

    ((method, params),) = api.calls
    assert method == "sendPhoto"
    assert params["caption"] == "Alur\n\nAlur pendaftaran"
    assert params["caption_entities"] == [{"type": "bold", "offset": 0, "length": 4}]
    assert params["reply_markup"] == {"inline_keyboard": [[{"text": "Ya", "callback_data": "ya"}]]}
    assert api.files == [("alur é.png", b"\x89PNG")]


async def test_another_file_leaves_as_a_document(api: Api, channel: TelegramChannel) -> None:
    await channel.send(outgoing(Reply("", (), (FORM,))))

    assert api.calls == [("sendDocument", {"chat_id": 42, "document": "formulir.pdf", "caption": "Formulir"})]
    assert api.files == [("formulir.pdf", b"%PDF")]


@pytest.mark.parametrize(
    ("text", "description", "caption"),
    [
        ("a" * 1005, "b" * 17, "a" * 1005 + "\n\n" + "b" * 17),
        ("a" * 1005, "b" * 18, "a" * 1005),
        ("Ini: Formulir", "Formulir", "Ini: Formulir"),
        ("Ini", "", "Ini"),
        ("", "b" * 1024, "b" * 1024),
        ("", "b" * 1025, "b" * 1023 + "…"),
        ("", "", None),
    ],
    ids=["at the limit", "above it", "said already", "none", "alone", "alone and too long", "nothing"],
)
async def test_a_description_goes_along_where_there_is_room(
    api: Api, channel: TelegramChannel, text: str, description: str, caption: str | None
) -> None:
    await channel.send(outgoing(Reply(text, (), (Attachment("f.pdf", "application/pdf", b"%PDF", description),))))

    assert api.calls[0][1].get("caption") == caption


@pytest.mark.parametrize(("text", "caption"), [("Tahap 3", "Tahap 3"), ("", "Bagan tahap")], ids=["said", "alone"])
async def test_what_an_illustration_shows_is_said_by_its_text_or_else_by_its_description(
    api: Api, channel: TelegramChannel, text: str, caption: str
) -> None:
    stages = Attachment("tahap.png", "image/png", b"\x89PNG", "Bagan tahap", illustration=True)

    await channel.send(outgoing(Reply(text, (YES,), (stages,))))

    ((method, params),) = api.calls
    assert (method, params["caption"]) == ("sendPhoto", caption)


@pytest.mark.parametrize(
    ("reply", "telegram_id", "reason"),
    [
        (Reply("Halo"), None, "no_address"),
        (Reply(""), 42, "not_fitted"),
        (Reply("Ini", (), (PICTURE, FORM)), 42, "not_fitted"),
    ],
)
async def test_what_cannot_be_one_message_is_refused_here(
    api: Api, channel: TelegramChannel, reply: Reply, telegram_id: int | None, reason: str
) -> None:
    with pytest.raises(RefusedError, match=reason):
        await channel.send(outgoing(reply, telegram_id))

    assert api.calls == []


@pytest.mark.parametrize(
    ("answer", "expected"),
    [
        (
            refusal(429, "Too Many Requests: retry after 7", retry_after=7),
            TryLaterError("rate_limited", timedelta(seconds=7)),
        ),
        (page(429), TryLaterError("rate_limited", timedelta(seconds=5))),
        (refusal(401, "Unauthorized"), TryLaterError("token_rejected", timedelta(seconds=60))),
        (refusal(404, "Not Found"), TryLaterError("token_rejected", timedelta(seconds=60))),
        (refusal(409, "Conflict: terminated by other getUpdates request"), TryLaterError("conflict")),
        (refusal(403, "Forbidden: bot was blocked by the user"), OptedOutError("blocked")),
        (refusal(403, "Forbidden: user is deactivated"), OptedOutError("deactivated")),
        (refusal(403, "Forbidden: bot can't initiate conversation with a user"), OptedOutError("not_started")),
        (refusal(403, "Forbidden: something new"), OptedOutError("forbidden")),
        (refusal(400, "Bad Request: chat not found"), RefusedError("chat_not_found")),
        (refusal(400, "Bad Request: BUTTON_DATA_INVALID"), RefusedError("bad_request")),
        (refusal(400, "Bad Request: group upgraded", migrate_to_chat_id=-1), RefusedError("bad_request")),
        (refusal(413, "Request Entity Too Large"), RefusedError("too_large")),
        (refusal(500, "Internal Server Error: restart"), UnsureError("answer_lost")),
        (refusal(502, "Bad Gateway"), UnsureError("answer_lost")),
        (page(502), UnsureError("answer_lost")),
        (page(403), UnsureError("answer_lost")),
        (page(400), UnsureError("answer_lost")),
        (page(200), UnsureError("answer_lost")),
        (web.json_response({"ok": True}), UnsureError("unreadable_answer")),
        (ok({"message": "from the future"}), UnsureError("unreadable_answer")),
    ],
)
async def test_each_answer_means_the_right_thing(
    api: Api, channel: TelegramChannel, answer: web.Response, expected: SendError
) -> None:
    api.answers["sendMessage"] = answer

    failure = await failure_of(channel)

    assert (type(failure), vars(failure)) == (type(expected), vars(expected))


async def test_what_did_not_leave_is_tried_later(api: Api) -> None:
    unopened = telegram_channel.connect(TOKEN, api.url)

    failure = await failure_of(unopened)

    assert (type(failure), failure.reason) == (TryLaterError, "not_connected")
    assert api.calls == []


async def test_a_message_whose_answer_is_lost_is_unsure(api: Api, channel: TelegramChannel) -> None:
    api.hangs_up = True

    failure = await failure_of(channel)

    assert (type(failure), failure.reason) == (UnsureError, "answer_lost")
    assert api.methods == ["sendMessage"]


async def test_cancelling_a_send_passes_through(api: Api, channel: TelegramChannel) -> None:
    api.release.clear()
    sending = asyncio.create_task(channel.send(outgoing(Reply("Halo"))))
    await api.wait_for(1)
    sending.cancel()

    with pytest.raises(asyncio.CancelledError):
        await sending


@pytest.mark.parametrize("webhook_url", [None, "https://upakarti.example/telegram/webhook"])
async def test_preparing_lists_commands_and_chooses_the_way_in(api: Api, webhook_url: str | None) -> None:
    channel = telegram_channel.connect(TOKEN, api.url)
    await channel.prepare(webhook_url, "s3cret" if webhook_url else None, COMMANDS)
    await channel.close()

    way_in: tuple[str, dict[str, Any]] = ("deleteWebhook", {"drop_pending_updates": False})
    if webhook_url is not None:
        allowed = ["message", "edited_message", "callback_query", "my_chat_member"]
        way_in = (
            "setWebhook",
            {"url": webhook_url, "secret_token": "s3cret", "allowed_updates": allowed, "max_connections": 40},
        )
    indonesian = [{"command": "start", "description": "Mulai"}]
    assert api.calls == [
        ("getMe", {}),
        ("setMyCommands", {"commands": indonesian, "language_code": "id"}),
        ("setMyCommands", {"commands": [{"command": "start", "description": "Start"}], "language_code": "en"}),
        ("setMyCommands", {"commands": indonesian}),
        way_in,
    ]


async def test_a_rejected_token_is_not_named(api: Api) -> None:
    api.answers["getMe"] = refusal(401, "Unauthorized")
    channel = telegram_channel.connect(TOKEN, api.url)

    with pytest.raises(TryLaterError, match="token_rejected") as caught:
        await channel.prepare(None, None, COMMANDS)
    await channel.close()

    assert "SECRET" not in "".join(traceback.format_exception(caught.value))
    assert caught.value.__context__ is None
    assert caught.value.retry_after == timedelta(minutes=1)


async def test_preparing_may_be_repeated_after_an_error(api: Api) -> None:
    api.answers["getMe"] = refusal(502, "Bad Gateway")
    channel = telegram_channel.connect(TOKEN, api.url)
    with pytest.raises(UnsureError):
        await channel.prepare(None, None, COMMANDS)
    del api.answers["getMe"]

    await channel.prepare(None, None, COMMANDS)
    await channel.close()

    assert api.methods[-1] == "deleteWebhook"


@pytest.mark.parametrize("failed", [False, True])
async def test_its_standing_tells_how_telegram_reaches_us(api: Api, *, failed: bool) -> None:
    info = {"url": "https://upakarti.example/t", "has_custom_certificate": False, "pending_update_count": 3}
    api.answers["getWebhookInfo"] = ok({**info, "last_error_date": 1764000000} if failed else info)
    channel = telegram_channel.connect(TOKEN, api.url)

    standing = await channel.standing()
    await channel.close()

    assert standing == Standing("UpakartiBot", "https://upakarti.example/t", 3, failed)


def test_the_bot_is_known_by_its_token() -> None:
    assert telegram_channel.connect(TOKEN, "http://127.0.0.1:1").bot_id == 7000000001


@pytest.mark.parametrize("token", ["", "SECRET", "SECRET:1", "1.5:SECRET"])
def test_what_is_no_token_is_refused_unnamed(token: str) -> None:
    with pytest.raises(ValueError, match="a Telegram token looks like") as caught:
        telegram_channel.connect(token, "http://127.0.0.1:1")

    assert "SECRET" not in str(caught.value)


async def test_a_press_is_answered_and_ticked(api: Api, channel: TelegramChannel) -> None:
    with courteous(channel):
        channel.acknowledge(Pressed("q1", "no", 42, 7, ((Choice("ya", "✓ Ya"), NO),)))
        await api.wait_for(2)

    assert api.calls == [
        ("answerCallbackQuery", {"callback_query_id": "q1"}),
        (
            "editMessageReplyMarkup",
            {
                "chat_id": 42,
                "message_id": 7,
                "reply_markup": {
                    "inline_keyboard": [
                        [{"text": "Ya", "callback_data": "ya"}, {"text": "✓ Tidak", "callback_data": "no"}]
                    ]
                },
            },
        ),
    ]


@pytest.mark.parametrize(
    "pressed", [Pressed("q1", "ya"), Pressed("q1", "ya", 42, 7, ((Choice("ya", "✓ Ya"), NO),))], ids=["gone", "ticked"]
)
async def test_a_press_that_changes_no_button_is_only_answered(
    api: Api, channel: TelegramChannel, pressed: Pressed
) -> None:
    with courteous(channel):
        channel.acknowledge(pressed)
        channel.show_typing(Identity(telegram_id=pressed.chat_id or 4))
        await api.wait_for(2)

    assert api.methods == ["answerCallbackQuery", "sendChatAction"]


async def test_typing_is_shown_only_where_there_is_a_chat(api: Api, channel: TelegramChannel) -> None:
    with courteous(channel):
        channel.show_typing(Identity(whatsapp_phone="628"))
        channel.show_typing(Identity(telegram_id=42))
        await api.wait_for(1)

    assert api.calls == [("sendChatAction", {"chat_id": 42, "action": "typing"})]


@pytest.mark.parametrize(
    ("answer", "events"),
    [
        (refusal(400, "Bad Request: query is too old and response timeout expired or query ID is invalid"), []),
        (refusal(400, "Bad Request: BUTTON_DATA_INVALID"), [("courtesy_failed", "bad_request")]),
        (refusal(403, "Forbidden: bot was blocked by the user"), [("courtesy_failed", "blocked")]),
        (web.json_response({"ok": True}), [("courtesy_failed", "unreadable_answer")]),
        (page(502), [("courtesy_failed", "answer_lost")]),
    ],
)
async def test_a_courtesy_that_fails_is_logged_in_a_word_and_the_next_goes_on(
    api: Api, channel: TelegramChannel, answer: web.Response, events: list[tuple[str, str]]
) -> None:
    api.answers["answerCallbackQuery"] = answer
    with capture_logs() as logs, courteous(channel):
        channel.acknowledge(Pressed("q1", "ya", 42))
        channel.show_typing(Identity(telegram_id=42))
        await api.wait_for(2)

    assert [(entry["event"], entry["reason"]) for entry in logs] == events
    assert all(set(entry) == {"event", "reason", "log_level"} for entry in logs)


async def test_courtesies_give_way_when_telegram_asks_to_wait(api: Api, channel: TelegramChannel) -> None:
    api.answers["answerCallbackQuery"] = refusal(429, "Too Many Requests", retry_after=3)
    for _ in range(3):
        channel.acknowledge(Pressed("q1", "ya", 42))
    with capture_logs() as logs, courteous(channel):
        await until(lambda: logs)

    assert api.methods == ["answerCallbackQuery"]
    assert logs == [{"event": "courtesies_dropped", "reason": "rate_limited", "count": 3, "log_level": "warning"}]


async def test_courtesies_beyond_what_may_wait_are_dropped(channel: TelegramChannel) -> None:
    with capture_logs() as logs:
        for _ in range(courtesies.WAITING + 2):
            channel.show_typing(Identity(telegram_id=42))

    assert [entry["event"] for entry in logs] == ["courtesy_dropped"] * 2


async def test_courtesies_end_when_they_are_cancelled(api: Api, channel: TelegramChannel) -> None:
    with courteous(channel) as running:
        channel.show_typing(Identity(telegram_id=42))
        await api.wait_for(1)

    with pytest.raises(asyncio.CancelledError):
        await running


async def until(condition: Callable[[], object]) -> None:
    async with asyncio.timeout(5):
        while not condition():  # noqa: ASYNC110 - a log has no event to wait for
            await asyncio.sleep(0)


@pytest.fixture
def oracle() -> ModuleType:
    """The schema that nobody in this project wrote."""
    if not ORACLE.exists():
        pytest.skip("the schema of the Bot API is not on this machine")
    spec = importlib.util.spec_from_file_location("telegram_schema", ORACLE)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.mark.filterwarnings("ignore::ResourceWarning")  # the schema leaves its file open
async def test_every_call_follows_the_schema(api: Api, oracle: ModuleType) -> None:
    channel = telegram_channel.connect(TOKEN, api.url)
    await channel.prepare("https://upakarti.example/telegram/webhook", "s3cret", COMMANDS)
    await channel.prepare(None, None, COMMANDS)
    long = Reply(
        "*Syarat* " + "panjang " * 700, tuple(Choice(str(n), "judul " * 20) for n in range(12)), (PICTURE, FORM)
    )
    share = Reply("Bukti?", (Choice(SHARE_PHONE, "Bagikan nomor saya"), NO), (PICTURE,))
    for reply in (Reply("Halo"), Reply("*Lanjut?*", (YES, NO)), Reply("Ini", (YES,), (PICTURE,)), share, long):
        for part in fit.fit(reply, LIMITS):
            await channel.send(outgoing(part))
    before = len(api.calls)
    with courteous(channel):
        channel.acknowledge(Pressed("q1", "no", 42, 7, ((YES, NO),)))
        channel.show_typing(Identity(telegram_id=42))
        await api.wait_for(before + 3)
    await channel.close()

    assert [(method, errors) for method, params in api.calls if (errors := oracle.check(method, params))] == []
    assert set(api.methods) == {
        "getMe",
        "setMyCommands",
        "setWebhook",
        "deleteWebhook",
        "sendMessage",
        "sendPhoto",
        "sendDocument",
        "answerCallbackQuery",
        "editMessageReplyMarkup",
        "sendChatAction",
    }
