"""The Telegram stub keeps Telegram's rules: if it did not, tests and drills that rest on it would prove nothing."""

from __future__ import annotations

import asyncio
import json
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path
from typing import Any, Self

import aiohttp
import pytest
from aiohttp import web
from telegram import Update

from tests.stubs.telegram import FIRST_UPDATE_ID, TelegramStub

LIMIT = 10  # seconds until a test that hangs is given up


class Bot:
    """A plain client that talks to the stub as a bot would."""

    def __init__(self, stub: TelegramStub, session: aiohttp.ClientSession) -> None:
        self.stub = stub
        self.session = session

    def address(self, method: str) -> str:
        return f"{self.stub.url}/bot{self.stub.token}/{method}"

    async def ask(self, method: str, **params: Any) -> tuple[int, Any]:
        """Call with a form, nested values as JSON inside it; return the status and the whole answer."""
        form = {key: value if isinstance(value, str) else json.dumps(value) for key, value in params.items()}
        async with asyncio.timeout(LIMIT), self.session.post(self.address(method), data=form) as answer:
            return answer.status, await answer.json()

    async def do(self, method: str, **params: Any) -> Any:
        status, answer = await self.ask(method, **params)
        assert status == 200, answer
        return answer["result"]

    async def poll(self, **params: Any) -> list[int]:
        return [update["update_id"] for update in await self.do("getUpdates", **params)]


class Receiver:
    """A bot's webhook. `answer` decides the status of each delivery."""

    def __init__(self, answer: Callable[[dict[str, Any]], Awaitable[int]] | None = None, port: int = 0) -> None:
        self.answer = answer
        self.port = port
        self.updates: list[int] = []
        self.headers: list[dict[str, str]] = []

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}/telegram"

    async def __aenter__(self) -> Self:
        self._runner = web.ServerRunner(web.Server(self._handle, access_log=None), shutdown_timeout=0.1)
        await self._runner.setup()
        await web.TCPSite(self._runner, "127.0.0.1", self.port).start()
        self.port = self._runner.addresses[0][1]
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._runner.cleanup()

    async def _handle(self, request: web.BaseRequest) -> web.Response:
        update = await request.json()
        self.updates.append(update["update_id"])
        self.headers.append(dict(request.headers))
        return web.Response(status=200 if self.answer is None else await self.answer(update))


def sender(update: dict[str, Any]) -> int:
    return next(content["from"]["id"] for kind, content in update.items() if kind != "update_id")


@pytest.fixture
async def stub() -> AsyncIterator[TelegramStub]:
    async with TelegramStub(backoff=(0.001, 0.01)) as running:
        yield running


@pytest.fixture
async def bot(stub: TelegramStub) -> AsyncIterator[Bot]:
    async with aiohttp.ClientSession() as session:
        yield Bot(stub, session)


@pytest.fixture
def oracle(stub: TelegramStub) -> None:
    if not stub.oracle_present:
        pytest.skip("the oracle ../shared/oracles/telegram_schema.py is not here")


class TestPolling:
    async def test_an_update_is_handed_out_again_until_a_later_offset_confirms_it(self, stub, bot):
        first, second = stub.text(1, "a"), stub.text(1, "b")

        assert await bot.poll() == [first, second]
        assert await bot.poll(offset=first) == [first, second]
        assert await bot.poll(offset=second) == [second]
        assert await bot.poll() == [second]
        assert await bot.poll(offset=second + 1) == []
        assert (stub.pending, stub.delivered) == (0, {first: 2, second: 4})

    async def test_update_ids_increase_by_one(self, stub):
        assert [stub.text(1, "a"), stub.press(2, "x"), stub.voice(3)] == [FIRST_UPDATE_ID + n for n in range(3)]

    async def test_limit_cuts_the_answer_and_not_the_queue(self, stub, bot):
        ids = [stub.text(1, "a") for _ in range(3)]

        assert await bot.poll(limit=2) == ids[:2]
        assert stub.pending == 3

    async def test_an_answer_holds_at_most_a_hundred(self, stub, bot):
        ids = [stub.text(1, "a") for _ in range(101)]

        assert await bot.poll(limit=1000) == ids[:100]

    async def test_a_negative_offset_returns_the_newest_and_forgets_the_rest(self, stub, bot):
        ids = [stub.text(1, "a") for _ in range(4)]

        assert await bot.poll(offset=-2) == ids[-2:]
        assert await bot.poll() == ids[-2:]

    async def test_an_offset_far_beyond_the_newest_confirms_nothing(self, stub, bot):
        only = stub.text(1, "a")

        assert await bot.poll(offset=only + 1000) == [only]

    async def test_a_long_poll_wakes_at_a_new_update(self, stub, bot):
        poll = asyncio.create_task(bot.poll(timeout=50))
        await stub.wait_for(lambda: stub.counts["getUpdates"])

        update_id = stub.text(1, "a")

        assert await poll == [update_id]

    async def test_a_long_poll_ends_empty_after_its_timeout(self, bot):
        assert await bot.poll(timeout=1) == []

    async def test_a_second_poll_ends_the_earlier_one_with_409(self, stub, bot):
        earlier = asyncio.create_task(bot.ask("getUpdates", timeout=50))
        await stub.wait_for(lambda: stub.counts["getUpdates"] == 1)
        later = asyncio.create_task(bot.poll(timeout=50))

        status, answer = await earlier
        update_id = stub.text(1, "a")

        assert (status, answer["error_code"]) == (409, 409)
        assert answer["description"].startswith("Conflict: terminated by other getUpdates request")
        assert await later == [update_id]

    async def test_a_poller_that_dies_loses_nothing(self, stub, bot):
        poll = asyncio.create_task(bot.poll(timeout=50))
        await stub.wait_for(lambda: stub.counts["getUpdates"])
        poll.cancel()
        await asyncio.gather(poll, return_exceptions=True)
        update_id = stub.text(1, "a")

        assert await bot.poll() == [update_id]

    async def test_polling_is_refused_while_a_webhook_is_set(self, bot):
        async with Receiver() as receiver:
            await bot.do("setWebhook", url=receiver.url)
            status, answer = await bot.ask("getUpdates")

        assert status == 409
        assert answer["description"].startswith("Conflict: can't use getUpdates method while webhook is active")

    async def test_setting_a_webhook_ends_a_waiting_poll(self, stub, bot):
        poll = asyncio.create_task(bot.ask("getUpdates", timeout=50))
        await stub.wait_for(lambda: stub.counts["getUpdates"])
        async with Receiver() as receiver:
            await bot.do("setWebhook", url=receiver.url)
            _, answer = await poll

        assert answer["description"] == "Conflict: terminated by setWebhook request"

    async def test_kinds_the_bot_did_not_ask_for_are_dropped_when_they_arise(self, stub, bot):
        before = stub.press(1, "x")
        await bot.poll(allowed_updates=["message"])

        dropped, kept = stub.press(1, "x"), stub.text(1, "a")

        assert dropped == 0
        assert await bot.poll() == [before, kept]

    async def test_by_default_reactions_are_dropped_and_blocks_are_told(self, stub):
        assert stub.push({"message_reaction": {}}) == 0
        assert stub.blocked(1) == FIRST_UPDATE_ID


class TestWebhook:
    async def test_an_update_is_posted_with_the_secret(self, stub, bot):
        async with Receiver() as receiver:
            await bot.do("setWebhook", url=receiver.url, secret_token="s3cret")
            update_id = stub.text(1, "a")
            await stub.wait_for(lambda: stub.pending == 0)

        assert receiver.updates == [update_id]
        assert receiver.headers[0]["X-Telegram-Bot-Api-Secret-Token"] == "s3cret"
        assert receiver.headers[0]["Content-Type"] == "application/json"

    async def test_updates_from_before_the_webhook_are_posted_too(self, stub, bot):
        ids = [stub.text(1, "a"), stub.text(1, "b")]
        async with Receiver() as receiver:
            await bot.do("setWebhook", url=receiver.url)
            await stub.wait_for(lambda: stub.pending == 0)

        assert receiver.updates == ids

    async def test_one_persons_next_update_waits_and_another_persons_does_not(self, stub, bot):
        overtaken = asyncio.Event()

        async def answer(update: dict[str, Any]) -> int:
            if update["update_id"] == first:
                await overtaken.wait()
            return 200

        async with Receiver(answer) as receiver:
            await bot.do("setWebhook", url=receiver.url)
            first, second, other = stub.text(1, "a"), stub.press(1, "x"), stub.text(2, "c")
            await stub.wait_for(lambda: stub.pending == 2)
            before = sorted(receiver.updates)
            overtaken.set()
            await stub.wait_for(lambda: stub.pending == 0)

        assert before == [first, other]
        assert receiver.updates[-1] == second

    async def test_order_holds_when_the_earlier_update_fails(self, stub, bot):
        attempts: Counter[int] = Counter()

        async def answer(update: dict[str, Any]) -> int:
            attempts[update["update_id"]] += 1
            return 500 if update["update_id"] == first and attempts[first] < 3 else 200

        async with Receiver(answer) as receiver:
            await bot.do("setWebhook", url=receiver.url)
            first, second = stub.text(1, "a"), stub.text(1, "b")
            await stub.wait_for(lambda: stub.pending == 0)

        assert receiver.updates == [first, first, first, second]
        assert stub.delivered == {first: 3, second: 1}

    async def test_telegrams_own_lanes_let_a_press_overtake_a_message(self):
        pressed = asyncio.Event()

        async def answer(update: dict[str, Any]) -> int:
            if "message" in update:
                await pressed.wait()
            pressed.set()
            return 200

        async with (
            TelegramStub(lanes="telegram") as stub,
            aiohttp.ClientSession() as session,
            Receiver(answer) as receiver,
        ):
            await Bot(stub, session).do("setWebhook", url=receiver.url)
            stub.text(1, "a")
            stub.press(1, "x")
            await stub.wait_for(lambda: stub.pending == 0)

        assert len(receiver.updates) == 2

    async def test_people_are_served_side_by_side_up_to_max_connections(self, stub, bot):
        inside: list[int] = []
        most = 0
        two_inside = asyncio.Event()

        async def answer(update: dict[str, Any]) -> int:
            nonlocal most
            inside.append(sender(update))
            most = max(most, len(inside))
            if len(inside) == 2:
                two_inside.set()
            await two_inside.wait()
            inside.remove(sender(update))
            return 200

        async with Receiver(answer) as receiver:
            await bot.do("setWebhook", url=receiver.url, max_connections=2)
            for user_id in range(1, 7):
                stub.text(user_id, "a")
            await stub.wait_for(lambda: stub.pending == 0)

        assert most == 2

    async def test_an_update_is_posted_again_after_the_bot_was_down(self, stub, bot):
        async with Receiver() as receiver:
            await bot.do("setWebhook", url=receiver.url)
        update_id = stub.text(1, "a")
        await stub.wait_for(lambda: stub.delivered[update_id] > 2)
        info = await bot.do("getWebhookInfo")

        async with Receiver(port=receiver.port) as again:
            await stub.wait_for(lambda: stub.pending == 0)

        assert again.updates == [update_id]
        assert info["pending_update_count"] == 1
        assert "ClientConnectorError" in info["last_error_message"]

    async def test_an_update_is_posted_again_when_the_bot_dies_while_holding_it(self, stub, bot):
        held = asyncio.Event()

        async def hold(update: dict[str, Any]) -> int:
            held.set()
            return await asyncio.Future()

        async with Receiver(hold) as receiver:
            await bot.do("setWebhook", url=receiver.url)
            update_id = stub.text(1, "a")
            await held.wait()
        async with Receiver(port=receiver.port) as again:
            await stub.wait_for(lambda: stub.pending == 0)

        assert again.updates == [update_id]

    async def test_deleting_the_webhook_leaves_what_is_pending_to_polling(self, stub, bot):
        async with Receiver() as receiver:
            await bot.do("setWebhook", url=receiver.url)
        update_id = stub.text(1, "a")
        await bot.do("deleteWebhook")

        assert await bot.poll() == [update_id]

    async def test_pending_updates_are_dropped_on_request(self, stub, bot):
        stub.text(1, "a")
        await bot.do("deleteWebhook", drop_pending_updates=True)

        assert stub.pending == 0

    async def test_the_webhook_is_described(self, bot):
        async with Receiver() as receiver:
            await bot.do("setWebhook", url=receiver.url, max_connections=7, allowed_updates=["message"])
            info = await bot.do("getWebhookInfo")

        assert info == {
            "url": receiver.url,
            "has_custom_certificate": False,
            "pending_update_count": 0,
            "max_connections": 7,
            "allowed_updates": ["message"],
        }

    async def test_a_secret_with_a_space_is_refused(self, bot):
        status, answer = await bot.ask("setWebhook", url="http://127.0.0.1:1/", secret_token="not so")

        assert (status, answer["description"]) == (400, "Bad Request: secret token contains unallowed characters")


class TestSending:
    async def test_a_message_is_recorded_and_answered(self, stub, bot):
        keyboard = {"inline_keyboard": [[{"text": "Ya", "callback_data": "ya"}]]}
        message = await bot.do("sendMessage", chat_id=42, text="Halo", reply_markup=keyboard)

        sent = stub.sent[0]
        assert (sent.chat_id, sent.text, sent.reply_markup, sent.accepted) == (42, "Halo", keyboard, True)
        assert (sent.message_id, message["text"], message["chat"]["id"]) == (message["message_id"], "Halo", 42)
        assert message["reply_markup"] == keyboard

    async def test_message_ids_increase_over_all_chats(self, stub, bot):
        ids = [(await bot.do("sendMessage", chat_id=chat, text="a"))["message_id"] for chat in (1, 2, 1)]

        assert ids == sorted(set(ids))
        assert [sent.message_id for sent in stub.sent_to(1)] == [ids[0], ids[2]]

    async def test_json_bodies_are_read(self, stub, bot):
        body = {"chat_id": "42", "text": "2026", "reply_markup": {"remove_keyboard": True}}
        async with bot.session.post(bot.address("sendMessage"), json=body) as answer:
            assert (await answer.json())["ok"] is True

        assert (stub.sent[0].chat_id, stub.sent[0].text, stub.violations) == (42, "2026", [])

    async def test_parameters_in_the_address_are_read(self, stub, bot):
        update_id = stub.text(1, "a")
        async with bot.session.get(bot.address("getUpdates"), params={"offset": update_id + 1}) as answer:
            assert (await answer.json())["result"] == []

    @pytest.mark.parametrize("attached", [False, True])
    async def test_files_in_multipart_bodies_are_read(self, stub, bot, attached):
        form = aiohttp.FormData({"chat_id": "42", "caption": "12"})
        form.add_field("file1" if attached else "document", b"%PDF", filename="a.pdf")
        if attached:
            form.add_field("document", "attach://file1")
        async with bot.session.post(bot.address("sendDocument"), data=form) as answer:
            message = (await answer.json())["result"]

        assert (message["caption"], message["document"]["file_id"]) == ("12", "document-file")
        assert stub.sent[0].params["document"] == ("attach://file1" if attached else b"%PDF")
        assert stub.violations == []

    async def test_methods_are_found_in_any_case_and_the_rest_is_true(self, bot):
        assert (await bot.do("GETME"))["username"] == "upakarti_bot"
        assert await bot.do("sendChatAction", chat_id=1, action="typing") is True

    async def test_a_body_that_is_no_json_is_refused(self, bot):
        headers = {"Content-Type": "application/json"}
        async with bot.session.post(bot.address("sendMessage"), data=b"[1]", headers=headers) as answer:
            assert answer.status == 400

    async def test_without_records_only_counts_are_kept(self):
        async with TelegramStub(record=False, validate=False) as stub, aiohttp.ClientSession() as session:
            await Bot(stub, session).do("sendMessage", chat_id=1, wrong="a")

        assert (stub.sent, stub.calls, stub.violations, stub.counts) == ([], [], [], {"sendMessage": 1})

    async def test_waiting_in_vain_says_what_happened(self, stub, bot):
        await bot.do("sendMessage", chat_id=1, text="Halo")

        with pytest.raises(TimeoutError, match=r"sendMessage.*Halo"):
            await stub.wait_for(lambda: len(stub.sent) == 2, timeout=0.01)


class TestFaults:
    async def test_a_lost_answer_hides_an_accepted_message(self, stub, bot):
        stub.faults.lose(1)

        with pytest.raises(aiohttp.ServerDisconnectedError):
            await bot.do("sendMessage", chat_id=1, text="a")
        await bot.do("sendMessage", chat_id=1, text="b")

        assert [(sent.text, sent.accepted) for sent in stub.sent] == [("a", True), ("b", True)]

    async def test_a_cut_connection_hides_a_message_that_was_not_accepted(self, stub, bot):
        stub.faults.cut(1)

        with pytest.raises(aiohttp.ClientConnectionError):
            await bot.do("sendMessage", chat_id=1, text="a")

        assert [(sent.text, sent.accepted, sent.message_id) for sent in stub.sent] == [("a", False, None)]
        assert stub.sent_to(1) == []
        assert stub.sent_to(1, refused=True) == stub.sent

    async def test_a_flood_lasts_n_calls(self, stub, bot):
        stub.faults.flood(retry_after=3, n=2)

        answers = [await bot.ask("sendMessage", chat_id=1, text="a") for _ in range(3)]

        description = "Too Many Requests: retry after 3"
        refusal = {"ok": False, "error_code": 429, "description": description, "parameters": {"retry_after": 3}}
        assert answers[:2] == [(429, refusal)] * 2
        assert answers[2][0] == 200

    async def test_a_flood_of_one_chat_spares_the_others(self, stub, bot):
        stub.faults.flood(chat_id=1, n=None)

        statuses = [(await bot.ask("sendMessage", chat_id=chat, text="a"))[0] for chat in (1, 2, 1)]

        assert statuses == [429, 200, 429]

    async def test_a_fault_of_sends_spares_other_calls(self, stub, bot):
        stub.faults.fail(500)

        assert (await bot.ask("sendChatAction", chat_id=1, action="typing"))[0] == 200
        assert (await bot.ask("sendMessage", chat_id=1, text="a"))[0] == 500

    async def test_a_fault_can_name_its_method(self, stub, bot):
        stub.faults.fail(502, method="getUpdates")

        assert await bot.ask("getUpdates") == (502, {"ok": False, "error_code": 502, "description": "Bad Gateway"})

    async def test_a_lost_answer_to_a_poll_confirms_nothing(self, stub, bot):
        update_id = stub.text(1, "a")
        stub.faults.lose(method="getUpdates")

        with pytest.raises(aiohttp.ServerDisconnectedError):
            await bot.poll()

        assert await bot.poll() == [update_id]

    async def test_a_failure_can_look_like_a_proxy(self, stub, bot):
        stub.faults.fail(502, html=True)

        async with bot.session.post(bot.address("sendMessage"), data={"chat_id": 1, "text": "a"}) as answer:
            assert (answer.status, answer.content_type) == (502, "text/html")

    async def test_one_who_blocked_the_bot_gets_nothing_until_unblocking(self, stub, bot):
        stub.blocked(1)
        status, answer = await bot.ask("sendMessage", chat_id=1, text="a")
        stub.unblocked(1)

        assert (status, answer["description"]) == (403, "Forbidden: bot was blocked by the user")
        assert (await bot.ask("sendMessage", chat_id=1, text="b"))[0] == 200

    async def test_an_unknown_chat_is_refused(self, stub, bot):
        stub.faults.forget_chat(1)
        status, answer = await bot.ask("sendMessage", chat_id=1, text="a")

        assert (status, answer["description"]) == (400, "Bad Request: chat not found")

    async def test_a_slow_answer_follows_an_acceptance_at_once(self, stub, bot):
        stub.faults.slow(3600)
        send = asyncio.create_task(bot.do("sendMessage", chat_id=1, text="a"))

        await stub.wait_for(lambda: stub.sent_to(1))

        assert not send.done()
        send.cancel()

    async def test_chance_repeats_with_the_seed(self):
        async def fates() -> list[bool]:
            async with TelegramStub(seed=7) as stub, aiohttp.ClientSession() as session:
                stub.faults.fail(500, p=0.5)
                bot = Bot(stub, session)
                return [(await bot.ask("sendMessage", chat_id=1, text="a"))[0] == 200 for _ in range(20)]

        first, second = await fates(), await fates()

        assert first == second
        assert 0 < sum(first) < 20

    async def test_cleared_faults_strike_no_more(self, stub, bot):
        stub.faults.fail(500, n=None)
        stub.faults.block(1)
        stub.faults.clear()

        assert (await bot.ask("sendMessage", chat_id=1, text="a"))[0] == 200

    async def test_a_wrong_token_is_refused(self, stub, bot):
        async with bot.session.post(f"{stub.url}/bot1:wrong/getMe") as answer:
            assert (answer.status, await answer.json()) == (
                401,
                {"ok": False, "error_code": 401, "description": "Unauthorized"},
            )

    async def test_a_wrong_path_is_not_found(self, stub, bot):
        async with bot.session.get(f"{stub.url}/") as answer:
            assert answer.status == 404


@pytest.mark.usefixtures("oracle")
class TestValidation:
    @pytest.mark.parametrize("text", ["2026", "-1", "[1]", "true", "0812", '{"a": 1}', "halo"])
    async def test_text_stays_text(self, stub, bot, text):
        await bot.do("sendMessage", chat_id=42, text=text, parse_mode="HTML", disable_notification=True)
        await bot.do("answerCallbackQuery", callback_query_id="123456789", text=text, show_alert="1")

        assert stub.violations == []
        assert stub.calls[0][1] == {"chat_id": 42, "text": text, "parse_mode": "HTML", "disable_notification": True}

    async def test_good_calls_are_quiet(self, stub, bot):
        keyboard = {"inline_keyboard": [[{"text": "1", "callback_data": "1"}], [{"text": "2", "url": "https://a.id"}]]}
        await bot.do("getMe")
        await bot.do("setMyCommands", commands=[{"command": "start", "description": "Mulai"}], language_code="id")
        await bot.do("sendMessage", chat_id="@upakarti", text="a", reply_markup=keyboard)
        await bot.do("sendPhoto", chat_id=-1001, photo="123", caption="1")
        await bot.do("editMessageReplyMarkup", chat_id=1, message_id=2)
        await bot.do("editMessageText", chat_id=1, message_id=2, text="3", reply_markup=keyboard)
        await bot.do("deleteMessage", chat_id=1, message_id=2)
        await bot.do("getUpdates", offset=-1, timeout=0, limit=1, allowed_updates=["message"])
        await bot.do("deleteWebhook", drop_pending_updates=False)

        assert stub.violations == []

    @pytest.mark.parametrize(
        ("method", "params", "complaint"),
        [
            ("sendMessage", {"chat_id": 1}, "sendMessage.text: missing"),
            ("sendMessage", {"chat_id": 1, "text": "a" * 4097}, "4097 characters, allowed 1-4096"),
            ("sendMessage", {"chat_id": 1, "text": "a", "colour": "red"}, "sendMessage.colour: unknown field"),
            ("sendMessage", {"chat_id": 1, "text": "a", "disable_notification": "maybe"}, "not Boolean"),
            (
                "sendMessage",
                {
                    "chat_id": 1,
                    "text": "a",
                    "reply_markup": {"inline_keyboard": [[{"text": "a", "callback_data": "é" * 33}]]},
                },
                "66 bytes, allowed 1-64",
            ),
            ("answerCallbackQuery", {"callback_query_id": "1", "text": "a" * 201}, "201 characters"),
            ("getUpdates", {"offset": "none"}, "getUpdates.offset: not Integer"),
            ("sendMesage", {"chat_id": 1}, "unknown method sendMesage"),
        ],
    )
    async def test_bad_calls_are_named(self, stub, bot, method, params, complaint):
        await bot.do(method, **params)

        assert any(complaint in violation for violation in stub.violations), stub.violations


async def test_without_the_oracle_it_says_so_and_reads_calls_all_the_same(tmp_path: Path):
    async with TelegramStub(oracle=tmp_path / "none.py") as stub, aiohttp.ClientSession() as session:
        bot = Bot(stub, session)
        await bot.do("sendMessage", chat_id=42, text="2026", reply_markup={"remove_keyboard": True}, colour="[red")

    assert stub.oracle_present is False
    assert stub.violations == []
    assert stub.sent[0].params == {
        "chat_id": 42,
        "text": "2026",
        "reply_markup": {"remove_keyboard": True},
        "colour": "[red",
    }


class TestUpdates:
    """What people do arrives in the shape that python-telegram-bot reads."""

    async def read(self, bot: Bot) -> Update:
        update = Update.de_json((await bot.do("getUpdates"))[0], None)
        assert update is not None
        return update

    @pytest.mark.parametrize("kind", ["voice", "sticker", "photo", "document", "location"])
    async def test_other_content(self, stub, bot, kind):
        getattr(stub, kind)(42)
        update = await self.read(bot)

        assert getattr(update.message, kind)
        assert (update.message.from_user.id, update.message.chat.type) == (42, "private")

    @pytest.mark.parametrize(
        ("given", "owner", "forwarded"),
        [({}, 42, False), ({"owner": 43}, 43, False), ({"owner": 0}, None, False), ({"forwarded": True}, 42, True)],
        ids=["own", "another's", "nobody's", "forwarded"],
    )
    async def test_a_contact(self, stub, bot, given, owner, forwarded):
        stub.share_contact(42, "+6281234567890", **given)
        message = (await self.read(bot)).message

        assert (message.from_user.id, message.contact.phone_number) == (42, "+6281234567890")
        assert (message.contact.user_id, message.forward_origin is not None) == (owner, forwarded)

    async def test_a_tapped_button_shares_the_contact_or_says_its_title(self, stub, bot):
        keyboard = [[{"text": "Bagikan", "request_contact": True}], [{"text": "Batal"}]]
        await bot.do("sendMessage", chat_id=42, text="?", reply_markup={"keyboard": keyboard})
        await bot.do("sendMessage", chat_id=42, text="Halo")
        stub.tap(42, "Bagikan", "+6281234567890")
        stub.tap(42, "Batal")
        shared, said = await bot.do("getUpdates")

        assert stub.keyboard_of(42) == keyboard  # another message leaves it where it is
        assert (shared["message"]["contact"]["user_id"], said["message"]["text"]) == (42, "Batal")

    async def test_a_button_that_is_not_there_cannot_be_tapped(self, stub, bot):
        await bot.do("sendMessage", chat_id=42, text="?", reply_markup={"keyboard": [[{"text": "Ya"}]]})
        await bot.do("sendMessage", chat_id=42, text="!", reply_markup={"remove_keyboard": True})

        assert stub.keyboard_of(42) == []
        with pytest.raises(LookupError, match="42 has no button 'Ya'"):
            stub.tap(42, "Ya")

    async def test_a_text(self, stub, bot):
        stub.text(42, "halo", language_code="en")
        update = await self.read(bot)

        assert (update.message.text, update.message.from_user.language_code) == ("halo", "en")

    async def test_a_command_is_marked_as_one(self, stub, bot):
        stub.text(42, "/start abc")
        update = await self.read(bot)

        assert [(entity.type, entity.length) for entity in update.message.entities] == [("bot_command", 6)]

    async def test_an_edited_text_keeps_the_id_of_its_message(self, stub, bot):
        stub.text(42, "halo")
        stub.text(42, "hallo", edited=True)
        first, second = await bot.do("getUpdates")

        assert second["edited_message"]["message_id"] == first["message"]["message_id"]
        assert second["edited_message"]["text"] == "hallo"

    async def test_a_text_in_a_group(self, stub, bot):
        stub.group_text(42, "halo")
        update = await self.read(bot)

        assert (update.message.chat.type, update.message.from_user.id) == ("supergroup", 42)

    async def test_a_press_carries_the_message_with_its_buttons(self, stub, bot):
        keyboard = {"inline_keyboard": [[{"text": "Ya", "callback_data": "ya"}]]}
        message = await bot.do("sendMessage", chat_id=42, text="Yakin?", reply_markup=keyboard)
        await bot.do("sendMessage", chat_id=42, text="Halo")
        stub.press(42, "ya")
        update = await self.read(bot)

        pressed = update.callback_query.message
        assert (update.callback_query.data, pressed.message_id, pressed.text) == ("ya", message["message_id"], "Yakin?")
        assert pressed.reply_markup.to_dict() == keyboard

    async def test_a_press_of_a_message_from_long_ago(self, stub, bot):
        stub.press(42, "ya", message_id=77)
        update = await self.read(bot)

        assert update.callback_query.message.message_id == 77
        assert update.callback_query.message.reply_markup.inline_keyboard[0][0].callback_data == "ya"

    @pytest.mark.parametrize(("act", "status"), [("blocked", "kicked"), ("unblocked", "member")])
    async def test_blocking_and_unblocking(self, stub, bot, act, status):
        getattr(stub, act)(42)
        update = await self.read(bot)

        assert update.my_chat_member.new_chat_member.status == status
        assert update.my_chat_member.chat.id == 42

    @pytest.mark.usefixtures("oracle")
    async def test_all_are_valid_by_the_schema(self, stub, bot):
        stub.text(1, "/start")
        stub.text(1, "a", edited=True)
        stub.press(1, "x")
        stub.group_text(1, "a")
        stub.blocked(1)
        stub.unblocked(1)
        for kind in ("voice", "sticker", "photo", "document", "location", "share_contact"):
            getattr(stub, kind)(1)
        stub.share_contact(1, owner=0)
        stub.share_contact(1, owner=2, forwarded=True)
        updates = await bot.do("getUpdates")

        assert [stub._schema._oracle._obj(update, "Update") for update in updates] == [[]] * 14
