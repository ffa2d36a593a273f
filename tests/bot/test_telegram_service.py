"""People on Telegram are answered by the whole service: once, in order, and whatever goes wrong on the way."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import pytest
import sqlalchemy as sa
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from structlog.testing import capture_logs

from bot.channels.telegram.channel import TelegramChannel
from bot.channels.telegram.intake import BODY_LIMIT, SECRET_HEADER, Intake, Webhook
from bot.channels.telegram.keyboard import TICK
from bot.telegram_line import TELEGRAM_PATH
from handlers import start
from handlers.wording import Wording
from storage import schema
from storage.database import Database
from tests.bot import serving
from tests.bot.conftest import WatchedClock
from tests.service import free_port
from tests.stubs.telegram import TelegramStub

SECRET = "a-secret-of-the-test-0123456789"
CLOSING = "kapan pendaftaran ditutup?"
NO_RANDOM = settings(
    max_examples=100,
    deadline=None,
    derandomize=True,
    database=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)


@dataclass(frozen=True, slots=True)
class Line:
    """The service and its Telegram, as a test sees them."""

    stub: TelegramStub
    url: str
    database_url: str

    async def answers(self, person: int, count: int = 1) -> list[str]:
        got = await self.stub.wait_for(
            lambda: (sent := self.stub.sent_to(person)) and len(sent) >= count and sent, timeout=20
        )
        return [sent.text or "" for sent in got]

    async def post(self, body: bytes | dict[str, Any], secret: str = SECRET) -> int:
        content = body if isinstance(body, bytes) else json.dumps(body).encode()
        async with httpx.AsyncClient() as client:
            answer = await client.post(f"{self.url}{TELEGRAM_PATH}", content=content, headers={SECRET_HEADER: secret})
            return answer.status_code

    async def outbox(self) -> list[tuple[str, str | None]]:
        database = Database(self.database_url)
        try:
            async with database.reading() as tx:
                query = sa.select(schema.outbox.c.status, schema.outbox.c.reason).order_by(schema.outbox.c.id)
                return [(row.status, row.reason) for row in (await tx.execute(query)).all()]
        finally:
            await database.close()

    async def until_outbox(self, *wanted: tuple[str, str | None]) -> None:
        async with asyncio.timeout(10):
            while await self.outbox() != list(wanted):  # noqa: ASYNC110 - the service writes it, and tells nobody
                await asyncio.sleep(0.02)


@asynccontextmanager
async def connected(folder: Path, mode: str, stub: TelegramStub) -> AsyncIterator[Line]:
    port = free_port()
    given = serving.prepared(
        folder,
        http_port=port,
        telegram_token=stub.token,
        telegram_api_url=stub.url,
        telegram_mode=mode,
        telegram_secret=SECRET,
        telegram_messages_per_second=5000,
        public_url=f"http://127.0.0.1:{port}",
    )
    async with serving.serving(given) as url:
        yield Line(stub, url, given.database_url)


async def ready(line: Line) -> None:
    """Wait until the service has set itself up at Telegram."""
    stub = line.stub
    await stub.wait_for(lambda: stub._webhook is not None or stub.counts["getUpdates"])


@pytest.fixture(params=["polling", "webhook"])
async def line(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Line]:
    async with TelegramStub() as stub, connected(tmp_path, request.param, stub) as line:
        await ready(line)
        yield line


@pytest.fixture
async def by_webhook(tmp_path: Path) -> AsyncIterator[Line]:
    async with TelegramStub() as stub, connected(tmp_path, "webhook", stub) as line:
        await ready(line)
        yield line


@pytest.fixture(scope="module")
def wording() -> Wording:
    return Wording.load()


def buttons(markup: dict[str, Any]) -> list[dict[str, str]]:
    return [button for row in markup["inline_keyboard"] for button in row]


# A conversation


async def test_a_question_is_answered_with_buttons_and_a_pressed_one_is_ticked(line: Line) -> None:
    stub = line.stub
    stub.text(42, CLOSING)
    (answer,) = await line.answers(42)
    offered = buttons(stub.sent_to(42)[0].reply_markup or {})
    stub.press(42, offered[0]["callback_data"])
    await line.answers(42, 2)
    await stub.wait_for(lambda: stub.counts["answerCallbackQuery"] and stub.counts["editMessageReplyMarkup"])
    (edited,) = (params for name, params in stub.calls if name == "editMessageReplyMarkup")
    titles = [button["text"] for button in buttons(edited["reply_markup"])]

    assert "2024" in answer
    assert titles == [TICK + offered[0]["text"], *(button["text"] for button in offered[1:])]
    assert (edited["chat_id"], edited["message_id"]) == (42, stub.sent_to(42)[0].message_id)


async def test_every_call_is_as_the_bot_api_wants_it(line: Line) -> None:
    if not line.stub.oracle_present:
        pytest.skip("the oracle of Telegram's schema is not there (../shared)")
    line.stub.text(42, "/start")
    await line.answers(42)
    line.stub.press(42, "menu")
    line.stub.press(42, "language")
    await line.answers(42, 3)
    await line.stub.wait_for(lambda: line.stub.counts["answerCallbackQuery"] == 2)

    assert line.stub.violations == []


async def test_commands_are_listed_in_both_languages_and_for_everybody_else(line: Line, wording: Wording) -> None:
    listed = {
        params.get("language_code"): [(each["command"], each["description"]) for each in params["commands"]]
        for name, params in line.stub.calls
        if name == "setMyCommands"
    }
    wanted = start.command_list(wording)

    assert listed == {"id": wanted["id"], "en": wanted["en"], None: wanted["id"]}


async def test_two_languages_are_answered_each_in_its_own(line: Line, wording: Wording) -> None:
    line.stub.text(42, "/start")
    line.stub.text(43, "/start", language_code="en")
    indonesian, english = (await line.answers(42))[0], (await line.answers(43))[0]

    assert (indonesian[:5], english[:6]) == ("Halo,", "Hello,")


async def test_an_edited_message_is_answered_like_a_new_one(line: Line) -> None:
    line.stub.text(42, "apa itu upakarti?")
    await line.answers(42)
    line.stub.text(42, CLOSING, edited=True)
    answers = await line.answers(42, 2)

    assert "2024" in answers[1]


async def test_what_is_no_text_is_answered_with_a_way_forward(line: Line, wording: Wording) -> None:
    stub = line.stub
    sent: list[tuple[Callable[[int], int], str]] = [
        (stub.voice, "voice"),
        (stub.sticker, "sticker"),
        (stub.location, "location"),
        (stub.photo, "image"),
        (lambda person: stub.share_contact(person, "+6281300000000", 0), "contact"),
    ]
    for person, (send, _) in enumerate(sent, start=1):
        send(person)
    for person, (_, phrase) in enumerate(sent, start=1):
        answer = (await line.answers(person))[0]
        assert answer.startswith(wording.say(f"questions.{phrase}", "id"))


@pytest.mark.parametrize(
    "text",
    [
        "🙏🏽🙏🏽",
        "\u202eمتى يغلق التسجيل؟",
        "kapan\x00 ditutup",
        "a" * 20_000,
        "{contact} %s <b>*_",
        "\ud83d",
        " ",
        "/",
    ],
    ids=["emoji", "right-to-left", "NUL", "20,000 characters", "markup", "half a surrogate", "space", "slash"],
)
async def test_no_text_is_too_strange_to_be_answered(text: str, by_webhook: Line) -> None:
    by_webhook.stub.text(42, text)
    (answer,) = await by_webhook.answers(42)

    assert answer


async def test_a_group_chat_is_left_alone(line: Line) -> None:
    line.stub.group_text(42, CLOSING)
    line.stub.group_text(42, "/start@upakarti_bot")
    line.stub.text(43, CLOSING)
    await line.answers(43)
    await line.stub.wait_for(lambda: line.stub.pending == 0)

    assert [sent.chat_id for sent in line.stub.sent] == [43]


# The door


async def test_a_wrong_secret_is_refused_and_nothing_is_taken_in(by_webhook: Line) -> None:
    update = {"update_id": 1, "message": message(42, text=CLOSING)}
    refused = [await by_webhook.post(update, secret) for secret in ("", "wrong", SECRET + "x", SECRET[:-1])]
    taken = await by_webhook.post({"update_id": 2, "message": message(43, text=CLOSING)})
    await by_webhook.answers(43)

    assert (refused, taken) == ([403] * 4, 200)
    assert by_webhook.stub.sent_to(42) == []


async def test_a_secret_that_is_not_ascii_is_refused(by_webhook: Line) -> None:
    async with httpx.AsyncClient() as client:
        answer = await client.post(f"{by_webhook.url}{TELEGRAM_PATH}", headers={SECRET_HEADER: b"\xff\xfe"})

    assert answer.status_code == 403


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"not JSON",
        b"\xff\xfe",
        b"[]",
        b"null",
        b'{"update_id": "x"}',
        b'{"update_id": 9' + b"9" * 5000 + b"}",
        b'{"update_id": 5, "poll_of_the_future": {"id": 1}}',
        b"[" * 50_000,
        b'{"update_id": 6, "pad": "' + b"a" * BODY_LIMIT + b'"}',
    ],
    ids=["empty", "words", "bytes", "list", "null", "id", "long id", "unknown type", "deep", "huge"],
)
async def test_what_cannot_be_read_is_acknowledged_so_that_it_does_not_come_again(
    body: bytes, by_webhook: Line
) -> None:
    assert await by_webhook.post(body) == 200


async def test_only_post_is_taken(by_webhook: Line) -> None:
    async with httpx.AsyncClient() as client:
        answer = await client.get(f"{by_webhook.url}{TELEGRAM_PATH}", headers={SECRET_HEADER: SECRET})

    assert answer.status_code == 405


async def test_in_polling_mode_there_is_no_such_door(tmp_path: Path) -> None:
    async with TelegramStub() as stub, connected(tmp_path, "polling", stub) as line:
        status = await line.post({"update_id": 1, "message": message(42, text=CLOSING)})

    assert status == 404


async def test_a_repeated_update_does_nothing(by_webhook: Line) -> None:
    update = {"update_id": 77, "message": message(42, text=CLOSING)}
    statuses = await asyncio.gather(*(by_webhook.post(update) for _ in range(5)))
    statuses.append(await by_webhook.post(update))
    await by_webhook.post({"update_id": 78, "message": message(42, text="apa itu upakarti?")})
    answers = await by_webhook.answers(42, 2)
    async with httpx.AsyncClient() as client:
        metrics = (await client.get(f"{by_webhook.url}/metrics")).text

    assert (statuses, len(answers)) == ([200] * 6, 2)
    assert 'upakarti_messages_received_total{channel="telegram",result="repeated"} 5.0' in metrics


# Contacts

PHONE = "+6281234567890"


@pytest.mark.parametrize("owner", [None, 43, 0], ids=["own", "somebody else's", "of nobody on Telegram"])
@pytest.mark.parametrize("forwarded", [False, True], ids=["shared", "forwarded"])
async def test_a_shared_contact_is_answered_and_its_number_kept_nowhere(
    by_webhook: Line, tmp_path: Path, owner: int | None, *, forwarded: bool
) -> None:
    with capture_logs() as logged:
        by_webhook.stub.share_contact(42, PHONE, owner, forwarded=forwarded)
        await by_webhook.answers(42)
        await by_webhook.until_outbox(("sent", None))
    kept = b"".join(path.read_bytes() for path in tmp_path.rglob("*") if path.is_file())

    assert b"81234567890" not in kept
    assert "81234567890" not in repr(logged)
    assert by_webhook.stub.violations == []


async def test_a_shared_contact_that_comes_again_does_nothing(by_webhook: Line) -> None:
    contact = {"phone_number": PHONE, "first_name": "Sari", "user_id": 42}
    update = {"update_id": 77, "message": message(42, contact=contact)}
    statuses = [await by_webhook.post(update) for _ in range(3)]
    await by_webhook.post({"update_id": 78, "message": message(42, text="apa itu upakarti?")})
    answers = await by_webhook.answers(42, 2)

    assert (statuses, len(answers)) == ([200] * 3, 2)


def message(person: int, **content: Any) -> dict[str, Any]:
    user = {"id": person, "is_bot": False, "first_name": "Sari", "language_code": "id"}
    return {"message_id": 1, "date": 1, "chat": {"id": person, "type": "private"}, "from": user, **content}


# What goes wrong


async def test_who_blocked_the_bot_is_not_written_to_until_they_write_again(line: Line) -> None:
    stub = line.stub
    stub.faults.flood(retry_after=1, chat_id=42)
    stub.text(42, CLOSING)
    stub.text(42, "apa itu upakarti?")
    await line.until_outbox(("queued", "rate_limited"), ("queued", None))
    stub.blocked(42)
    await line.until_outbox(("skipped", "unreachable"), ("skipped", "unreachable"))
    stub.unblocked(42)
    stub.text(42, "siapa penyelenggaranya?")
    await line.answers(42)
    await stub.wait_for(lambda: stub.pending == 0)

    assert len(stub.sent_to(42, refused=True)) == 2  # the one that was told to wait, and the last
    assert (await line.outbox())[:2] == [("skipped", "unreachable")] * 2


async def test_a_block_that_shows_only_when_sending_stops_the_rest(line: Line) -> None:
    stub = line.stub
    stub.faults.block(42)
    stub.faults.slow(0.2, 1, chat_id=42)
    stub.text(42, CLOSING)
    stub.text(42, "apa itu upakarti?")
    await line.until_outbox(("refused", "blocked"), ("skipped", "unreachable"))
    stub.faults.restore(42)
    stub.text(42, CLOSING)
    await line.answers(42)

    assert len(stub.sent_to(42, refused=True)) == 2


async def test_a_limit_for_one_chat_pauses_only_that_chat(line: Line) -> None:
    stub = line.stub
    stub.faults.flood(retry_after=1, chat_id=42)
    stub.text(42, CLOSING)
    stub.text(42, "apa itu upakarti?")
    await stub.wait_for(lambda: stub.sent_to(42, refused=True))
    for person in range(100, 110):
        stub.text(person, CLOSING)
    await asyncio.gather(*(line.answers(person) for person in range(100, 110)))
    others_done = not stub.sent_to(42)
    first, second = await line.answers(42, 2)
    refused, arrived, *_ = stub.sent_to(42, refused=True)

    assert others_done
    assert arrived.at - refused.at >= 0.99
    assert ("2024" in first, first != second) == (True, True)


async def test_a_message_whose_answer_was_lost_is_unsure_and_not_repeated(line: Line) -> None:
    stub = line.stub
    stub.faults.lose(1, chat_id=42)
    stub.text(42, CLOSING)
    await line.until_outbox(("unsure", "answer_lost"))
    stub.text(42, "apa itu upakarti?")
    answers = await line.answers(42, 2)
    await line.until_outbox(("unsure", "answer_lost"), ("sent", None))

    assert len(answers) == 2
    assert len(stub.sent_to(42, refused=True)) == 2


async def test_a_message_that_telegram_refuses_does_not_hold_up_the_next(line: Line) -> None:
    stub = line.stub
    stub.faults.forget_chat(42)
    stub.text(42, CLOSING)
    await line.until_outbox(("refused", "chat_not_found"))
    stub.faults.restore(42)
    stub.text(42, CLOSING)

    assert len(await line.answers(42)) == 1


async def test_as_long_as_telegram_cannot_be_reached_answers_wait(tmp_path: Path) -> None:
    port = free_port()
    stub = TelegramStub(port=port)
    stub.url = f"http://127.0.0.1:{port}"
    async with connected(tmp_path, "webhook", stub) as line:
        taken = await line.post({"update_id": 1, "message": message(42, text=CLOSING)})
        await line.until_outbox(("queued", "not_connected"))
        async with stub:
            (answer,) = await line.answers(42)
            await ready(line)
    sent = len(stub.sent_to(42, refused=True))

    assert (taken, "2024" in answer, sent) == (200, True, 1)


async def test_updates_wait_at_telegram_as_long_as_the_database_fails(line: Line) -> None:
    database = Database(line.database_url)
    async with database.transaction() as tx:
        await tx.execute(sa.text("ALTER TABLE inbound RENAME TO away"))
    update_id = line.stub.text(42, CLOSING)
    await line.stub.wait_for(lambda: line.stub.delivered[update_id] >= 2)
    async with database.transaction() as tx:
        await tx.execute(sa.text("ALTER TABLE away RENAME TO inbound"))
    await database.close()
    answers = await line.answers(42)
    await line.stub.wait_for(lambda: line.stub.pending == 0)

    assert len(answers) == 1
    assert len(line.stub.sent_to(42, refused=True)) == 1


# Many at once


async def test_two_hundred_people_at_once_each_get_their_answers_in_order(line: Line) -> None:
    questions = [CLOSING, "apa itu upakarti?", "/menu"]
    for question in questions:
        line.stub.text(7, question)
    wanted = await line.answers(7, len(questions))
    people = range(1000, 1200)
    for question in questions:
        for person in people:
            line.stub.text(person, question)
    await line.stub.wait_for(
        lambda: len(line.stub.sent) >= len(questions) * (len(people) + 1) and not line.stub.pending, timeout=60
    )
    wrong = {
        person: got
        for person in people
        if (got := [sent.text for sent in line.stub.sent_to(person, refused=True)]) != wanted
    }

    assert len(set(wanted)) == len(questions)
    assert wrong == {}


# Anything at all

junk = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**70), 2**70)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(st.characters(exclude_categories=()), max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=6,
)
words = st.text(st.characters(exclude_categories=()), max_size=40) | st.sampled_from(["/start", CLOSING, "1", "/"])
ids = st.integers(1, 2**52 - 1)


def odd(plausible: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    """Mostly what is plausible, now and then anything."""
    return st.one_of(plausible, plausible, plausible, junk)


users = st.fixed_dictionaries(
    {"id": odd(ids), "is_bot": odd(st.just(False)), "first_name": odd(words)}, optional={"language_code": odd(words)}
)
chats = st.fixed_dictionaries({"id": odd(ids), "type": odd(st.sampled_from(["private", "group"]))})
markups = st.fixed_dictionaries(
    {
        "inline_keyboard": odd(
            st.lists(
                st.lists(st.fixed_dictionaries({"text": odd(words)}, optional={"callback_data": odd(words)})),
                max_size=2,
            )
        )
    }
)
contents = {
    name: odd(st.just({"file_id": "a", "file_unique_id": "b", "duration": 1}))
    for name in ("voice", "video_note", "document", "photo", "sticker", "location", "contact", "pinned_message")
}
messages = st.fixed_dictionaries(
    {"message_id": odd(ids), "date": odd(st.integers(0, 2**31)), "chat": odd(chats)},
    optional={"from": odd(users), "text": odd(words), "caption": odd(words), "reply_markup": odd(markups), **contents},
)
queries = st.fixed_dictionaries(
    {"id": odd(words), "from": odd(users), "chat_instance": odd(words)},
    optional={"message": odd(messages), "data": odd(words)},
)
members = st.fixed_dictionaries(
    {"status": odd(st.sampled_from(["member", "kicked", "left"])), "user": odd(users)},
    optional={"until_date": odd(st.just(0))},
)
changes = st.fixed_dictionaries(
    {
        "chat": odd(chats),
        "from": odd(users),
        "date": odd(st.just(1)),
        "old_chat_member": odd(members),
        "new_chat_member": odd(members),
    }
)
updates_shaped = st.fixed_dictionaries(
    {"update_id": odd(ids)},
    optional={
        "message": odd(messages),
        "edited_message": odd(messages),
        "callback_query": odd(queries),
        "my_chat_member": odd(changes),
        "poll": junk,
    },
)


@pytest.fixture
async def door(database: Database, clock: WatchedClock, tmp_path: Path) -> AsyncIterator[httpx.AsyncClient]:
    """The web application with Telegram's webhook, in this process and with nobody sending."""
    given = serving.settings(tmp_path, telegram_token=TelegramStub().token, telegram_api_url="http://127.0.0.1:9")
    service = serving.assemble(given, database, clock)
    channel = service.assistant.channels["telegram"]
    assert isinstance(channel, TelegramChannel)
    webhook = Webhook(Intake(channel, service.assistant.inbox, clock, service.assistant.is_staff), SECRET)
    async with serving.browsing(serving.web(service, {("POST", TELEGRAM_PATH): webhook.answer})) as client:
        yield client
    await channel.close()


@NO_RANDOM
@given(body=st.binary(max_size=300))
async def test_no_bytes_with_the_right_secret_are_answered_with_an_error(body: bytes, door: httpx.AsyncClient) -> None:
    answer = await door.post(TELEGRAM_PATH, content=body, headers={SECRET_HEADER: SECRET})

    assert answer.status_code == 200


@NO_RANDOM
@given(update=updates_shaped)
async def test_no_update_of_any_shape_is_answered_with_an_error(update: Any, door: httpx.AsyncClient) -> None:
    answer = await door.post(TELEGRAM_PATH, content=json.dumps(update), headers={SECRET_HEADER: SECRET})

    assert answer.status_code == 200


@NO_RANDOM
@given(
    body=st.binary(max_size=300)
    | st.fixed_dictionaries(
        {"id": odd(st.from_regex(r"[A-Za-z0-9_-]{8,64}", fullmatch=True))},
        optional={"text": odd(words), "choice": odd(words), "title": odd(words)},
    ).map(lambda fields: json.dumps(fields).encode())
)
async def test_nothing_posted_to_the_chat_is_answered_with_a_servers_error(
    body: bytes, door: httpx.AsyncClient
) -> None:
    door.cookies.clear()  # everybody is somebody new, so that nobody is too fast
    answer = await door.post("/chat/messages", content=body)

    assert answer.status_code in (200, 400, 413, 422)
