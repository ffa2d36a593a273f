"""People on WhatsApp are answered by the whole service: once, in order, and whatever goes wrong on the way."""

from __future__ import annotations

import asyncio
import json
import re
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest
import sqlalchemy as sa
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from structlog.testing import capture_logs

from bot import app
from bot.channels.whatsapp import errors
from bot.channels.whatsapp.intake import BODY_LIMIT
from bot.pacing import Rate
from bot.whatsapp_line import WHATSAPP_PATH
from handlers.wording import Wording
from storage import alarms
from storage.database import Database
from storage.proposals import proof, records, releases
from storage.proposals.records import Entry
from storage.schema import subscriptions
from tests.bot import serving
from tests.bot.conftest import WatchedClock
from tests.bot.whatsapp import Line, connected
from tests.stubs.recorded import recorded
from tests.stubs.whatsapp import NUMBER_ID, VERIFY_TOKEN, WhatsAppStub, dumps, post_of, sign

CLOSING = "kapan pendaftaran ditutup?"
WHAT = "apa itu upakarti?"
NO_RANDOM = settings(
    max_examples=60,
    deadline=None,
    derandomize=True,
    database=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)


@pytest.fixture(autouse=True)
def nobody_waits_for_the_pair_limit(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(app, "WHATSAPP_PERSON", Rate(1000.0, burst=1000))


@pytest.fixture
async def line(tmp_path: Path) -> AsyncIterator[Line]:
    async with WhatsAppStub() as stub, connected(tmp_path, stub) as line:
        yield line


@pytest.fixture(scope="module")
def wording() -> Wording:
    return Wording.load()


# A conversation


async def test_a_question_is_answered_and_its_buttons_work(line: Line) -> None:
    stub = line.stub
    asked = stub.text("sari", CLOSING)
    (answer,) = await line.answers("sari")
    stub.press("sari", answer.choices[0][0])
    await line.answers("sari", 2)
    await stub.wait_for(lambda: len(stub.read) == 2)

    assert "2024" in answer.text
    assert answer.body["recipient"] == stub.person("sari").user_id
    assert stub.read[0] == asked


async def test_the_menu_is_a_list_and_a_row_or_its_number_chooses(line: Line) -> None:
    stub = line.stub
    stub.text("sari", "/menu")
    (menu,) = await line.answers("sari")
    stub.press("sari", "language")
    by_row = (await line.answers("sari", 2))[1]
    stub.text("sari", "/menu")
    await line.answers("sari", 3)
    stub.text("sari", str(1 + [choice for choice, _ in menu.choices].index("language")))
    by_number = (await line.answers("sari", 4))[3]

    assert (menu.body["interactive"]["type"], by_row.body["interactive"]["type"]) == ("list", "button")
    assert len(menu.choices) > 3
    assert by_number.text == by_row.text


async def test_every_call_is_as_meta_wants_it(line: Line) -> None:
    if not line.stub.oracle_present:
        pytest.skip("the oracle of WhatsApp's schema is not there (../shared)")
    for text in ("/start", CLOSING, "/cek", "/data", "syarat?"):
        line.stub.text("sari", text)
    await line.answers("sari", 5)
    await line.stub.wait_for(lambda: len(line.stub.read) == 5)

    assert line.stub.violations == []


async def test_what_is_no_text_is_answered_with_a_way_forward(line: Line, wording: Wording) -> None:
    media = {"id": "1", "mime_type": "x/y"}
    sent: list[tuple[str, object, str]] = [
        ("audio", media | {"voice": True}, "voice"),
        ("image", media, "image"),
        ("document", media, "document"),
        ("sticker", media, "sticker"),
        ("location", {"latitude": 1, "longitude": 2}, "location"),
        ("contacts", [{"phones": [{"phone": "+1", "wa_id": "16505551234"}]}], "contact"),
        ("video", media, "other"),
        ("poll_of_the_future", {"x": 1}, "other"),
    ]
    for kind, content, _ in sent:
        line.stub.says(kind, kind, content)
    for kind, _, phrase in sent:
        (answer,) = await line.answers(kind)
        wanted = wording.say(f"questions.{phrase}", "id", **({"contact": ""} if phrase == "document" else {}))
        assert answer.text[:40] == wanted[:40]


async def test_a_caption_is_a_question(line: Line) -> None:
    line.stub.says("sari", "image", {"id": "1", "caption": CLOSING})
    (answer,) = await line.answers("sari")

    assert "2024" in answer.text


async def test_somebody_without_a_number_is_answered_too(line: Line) -> None:
    line.stub.person("sari", hides=True)
    line.stub.text("sari", CLOSING)
    (answer,) = await line.answers("sari")

    assert "to" not in answer.body


async def test_somebody_known_by_the_number_alone_keeps_the_conversation_when_the_user_id_comes(line: Line) -> None:
    stub = line.stub
    stub.person("sari", old=True)
    stub.text("sari", "/menu")
    (menu,) = await line.answers("sari")
    stub.person("sari", old=False)
    stub.text("sari", str(1 + [choice for choice, _ in menu.choices].index("language")))
    chosen = (await line.answers("sari", 2))[1]

    assert (menu.body["to"], chosen.body["recipient"]) == (stub.person("sari").phone, stub.person("sari").user_id)
    assert "which language" in chosen.text.lower()


async def test_a_conversation_goes_on_by_the_new_number(line: Line) -> None:
    stub = line.stub
    stub.text("sari", "/menu")
    (menu,) = await line.answers("sari")
    stub.change_number("sari", "6281300000001", "ID.777", told=False)
    stub.text("sari", str(1 + [choice for choice, _ in menu.choices].index("language")))
    chosen = (await line.answers("sari", 2))[1]

    assert "which language" in chosen.text.lower()


async def test_a_new_owner_of_a_number_begins_anew(line: Line, wording: Wording) -> None:
    stub = line.stub
    stub.text("sari", "/menu")
    await line.answers("sari")
    stub.person("joko", phone=stub.person("sari").phone)
    stub.text("joko", "6")
    (answer,) = await line.answers("joko")

    assert answer.text.startswith(wording.say("questions.expired", "id"))


async def test_own_data_come_as_a_document(line: Line) -> None:
    stub = line.stub
    stub.text("sari", "/data")
    (_page,) = await line.answers("sari")
    stub.press("sari", "data:export")
    document = (await line.answers("sari", 2))[1]
    header = document.body["interactive"]["header"]["document"]  # above the text that has a button
    name, kind, content = stub.files[header["id"]]

    assert (name.endswith(".json"), kind) == (True, "text/plain")
    assert header["filename"] == name
    assert stub.person("sari").phone in content.decode()
    assert json.loads(content)
    assert stub.violations == []


NUMBER = "UPK-2026-0001"


async def put_on_record(line: Line, phone: str) -> None:
    database = Database(line.database_url)
    now = WatchedClock().now()
    number, shown = proof.number(NUMBER), proof.phone(phone)
    assert number is not None
    assert shown is not None
    entry = Entry(number, 2026, "pengabdian", phone_sha256=proof.phone_hash(shown), state="penjurian", entered_at=now)
    async with database.transaction() as tx:
        await records.put(tx, entry, now)
        await releases.release_one(tx, number, now, now)
    await database.close()


async def test_the_own_number_proves_a_proposal(line: Line) -> None:
    stub = line.stub
    await put_on_record(line, stub.person("sari").phone)
    stub.text("sari", f"status {NUMBER}")
    (asked,) = await line.answers("sari")
    stub.press("sari", next(choice for choice, _ in asked.choices if "agree" in choice))
    picture, shown = (await line.answers("sari", 3))[1:]

    assert (picture.body["type"], "enjurian" in picture.text) == ("image", True)
    assert (NUMBER in shown.text, "enjurian" in shown.text) == (True, True)


async def test_a_hidden_or_another_number_proves_nothing(line: Line) -> None:
    stub = line.stub
    await put_on_record(line, "6281399999999")
    stub.person("joko", hides=True)
    for name in ("sari", "joko"):
        stub.text(name, f"status {NUMBER}")
        (asked,) = await line.answers(name)
        agree = [choice for choice, _ in asked.choices if "agree" in choice]
        if agree:
            stub.press(name, agree[0])
            await line.answers(name, 2)
        assert "enjuri" not in " ".join(sent.text for sent in stub.sent_to(name))


# The door


@pytest.mark.parametrize(
    ("query", "status", "text"),
    [
        ({"hub.mode": "subscribe", "hub.verify_token": VERIFY_TOKEN, "hub.challenge": "42<b>"}, 200, "42<b>"),
        ({"hub.mode": "subscribe", "hub.verify_token": "wrong", "hub.challenge": "42"}, 403, ""),
        ({"hub.mode": "other", "hub.verify_token": VERIFY_TOKEN, "hub.challenge": "42"}, 403, ""),
        ({}, 403, ""),
    ],
    ids=["right", "wrong token", "wrong mode", "nothing"],
)
async def test_meta_is_told_that_the_address_is_ours(query: dict[str, str], status: int, text: str, line: Line) -> None:
    async with httpx.AsyncClient() as client:
        answer = await client.get(f"{line.url}{WHATSAPP_PATH}", params=query)

    assert (answer.status_code, answer.text) == (status, text)
    assert answer.headers.get("content-type", "text/plain").startswith("text/plain")


def message(text: str = CLOSING, **more: Any) -> dict[str, Any]:
    told = {"from": "628123456789", "id": "wamid.1", "type": "text", "text": {"body": text}} | more
    return {"metadata": {"phone_number_id": NUMBER_ID}, "messages": [told]}


async def test_a_signature_over_other_bytes_is_refused_and_nothing_is_taken_in(line: Line) -> None:
    raw = dumps(post_of([message("kapan? é")]))
    same_json = json.dumps(json.loads(raw)).encode()

    refused = [
        await line.post(raw, given) for given in (sign(same_json), "sha256=" + "0" * 64, b"\xfc\xff", sign(raw)[7:])
    ]

    assert refused == [403] * 4
    assert await line.post(raw, "") == 401
    assert await line.rows("id") == []
    assert await line.post(raw) == 200


@pytest.mark.parametrize(
    "raw",
    [b"", b"not JSON", b"\xff\xfe", b"[]", b"null", b"{}", b'{"entry": 1}', b"[" * 50_000, b'{"entry": [null, {}]}'],
    ids=["empty", "words", "bytes", "list", "null", "object", "no list", "deep", "no entries"],
)
async def test_what_cannot_be_read_is_acknowledged_so_that_it_does_not_come_again(raw: bytes, line: Line) -> None:
    assert await line.post(raw) == 200


async def test_a_body_that_meta_would_never_send_is_refused(line: Line) -> None:
    assert await line.post(b"x" * (BODY_LIMIT + 1)) == 413


async def test_without_the_settings_there_is_no_such_door(tmp_path: Path) -> None:
    async with serving.serving(serving.settings(tmp_path)) as url, httpx.AsyncClient() as client:
        answer = await client.post(f"{url}{WHATSAPP_PATH}", content=b"{}")

    assert answer.status_code == 404


async def test_all_of_a_post_is_taken_in_once_however_often_it_comes(line: Line) -> None:
    values = [message(WHAT, id=f"wamid.{n}", **{"from": f"62812000000{n:02}"}) for n in range(1, 10)]
    values[0]["messages"] += [values[0]["messages"][0] | {"id": "wamid.second", "text": {"body": "/menu"}}]
    raw = dumps(post_of(values, per_entry=4))

    statuses = await asyncio.gather(*(line.post(raw) for _ in range(4)))

    assert statuses == [200] * 4
    assert len(await line.rows("id")) == 10


@NO_RANDOM
@given(
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.text(),
        lambda each: (
            st.lists(each, max_size=3)
            | st.dictionaries(
                st.sampled_from(["entry", "changes", "value", "messages", "field", "from", "id"]), each, max_size=4
            )
        ),
        max_leaves=20,
    )
)
async def test_whatever_meta_signs_is_acknowledged(line: Line, post: Any) -> None:
    assert await line.post(dumps({"entry": [{"changes": [{"field": "messages", "value": post}]}]})) == 200


async def test_a_post_that_could_not_be_stored_comes_again_and_is_answered(
    line: Line, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = Database.transaction
    failing = {"left": 6}

    def transaction(self: Database) -> Any:
        if failing["left"]:
            failing["left"] -= 1
            raise OSError("disk full")
        return real(self)

    monkeypatch.setattr(Database, "transaction", transaction)
    line.stub.text("sari", CLOSING)
    (answer,) = await line.answers("sari")

    assert "2024" in answer.text
    assert line.stub.delivery.statuses[500] >= 1


async def test_batches_repeats_and_disorder_change_nothing(line: Line) -> None:
    delivery = line.stub.delivery
    delivery.batch, delivery.repeats, delivery.shuffled, delivery.paused = 7, 2, True, True
    delivery.reports = ("read", "delivered", "sent")
    for number in range(40):
        line.stub.text(f"person {number}", WHAT)
    delivery.paused = False
    line.stub.push(message(id="wamid.last", **{"from": "62899999999"}))
    for number in range(40):
        await line.answers(f"person {number}")
    await line.stub.wait_for(lambda: line.stub.idle)

    assert all(len(line.stub.sent_to(f"person {number}")) == 1 for number in range(40))


RECORDED = recorded()


@pytest.mark.skipif(not RECORDED, reason="Meta's samples are not there (../shared)")
async def test_all_recorded_webhooks_are_received_and_who_asked_is_answered(line: Line) -> None:
    for number, (name, posted) in enumerate(RECORDED):
        for change in (change for entry in posted["entry"] for change in entry["changes"]):
            if "metadata" in change["value"]:
                change["value"]["metadata"]["phone_number_id"] = NUMBER_ID
            for told in change["value"].get("messages", []):
                told["id"] = f"wamid.{number}"  # the samples share one
        assert await line.post(dumps(posted)) == 200, name
    async with httpx.AsyncClient() as client:
        metrics = (await client.get(f"{line.url}/metrics")).text

    assert 'upakarti_messages_received_total{channel="whatsapp",result="failed"}' not in metrics
    (answered,) = re.findall(r'received_total{channel="whatsapp",result="answered"} ([\d.]+)', metrics)
    assert float(answered) >= 30


# What becomes of messages


async def test_reports_tell_when_a_message_arrived_and_was_read(line: Line) -> None:
    line.stub.delivery.reports = ("read", "sent", "delivered")
    line.stub.text("sari", CLOSING)
    await line.answers("sari")
    async with asyncio.timeout(10):
        while None in (await line.rows("read_at"))[0]:
            pass
    ((status, delivered_at, theirs),) = await line.rows("status", "delivered_at", "platform_message_id")

    assert (status, theirs) == ("sent", line.stub.sent_to("sari")[0].wamid)
    assert delivered_at is not None


async def test_a_message_whose_answer_was_lost_is_settled_by_its_report(line: Line) -> None:
    stub = line.stub
    stub.delivery.reports = ()
    stub.faults.lose(1, "sari")
    stub.text("sari", CLOSING)
    await line.until(("unsure", "answer_lost"))
    stub.report(stub.sent_to("sari")[0], "delivered")
    await line.until(("sent", None))

    assert len(stub.sent_to("sari")) == 1


async def test_a_message_that_fails_after_it_was_taken_tells_why(line: Line) -> None:
    stub = line.stub
    stub.delivery.reports = ()
    stub.text("sari", CLOSING)
    (sent,) = await line.answers("sari")
    await line.until(("sent", None))
    stub.report(sent, "failed", 131026)
    await line.until(("refused", "undeliverable"))


@pytest.mark.parametrize(
    ("code", "settled"),
    [
        (131047, ("skipped", "window_closed")),  # no template is approved
        (131026, ("refused", "undeliverable")),
        (131049, ("refused", "marketing_limit")),
        (131050, ("refused", "marketing_opted_out")),
        (131048, ("refused", "spam_limited")),
        (131056, ("queued", "pair_limit")),
        (130429, ("queued", "rate_limited")),
        (190, ("queued", "token_rejected")),
        (368, ("queued", "account_blocked")),
        (100, ("refused", "bad_request")),
        (999_999, ("refused", "error_999999")),
    ],
)
async def test_each_error_means_its_own_for_the_message(code: int, settled: tuple[str, str], line: Line) -> None:
    line.stub.faults.refuse(code)
    line.stub.text("sari", CLOSING)

    await line.until(settled)


async def test_nothing_refused_closes_the_door_for_replies(line: Line) -> None:
    line.stub.faults.refuse(131050)
    line.stub.text("sari", CLOSING)
    await line.until(("refused", "marketing_opted_out"))
    line.stub.text("sari", WHAT)
    await line.answers("sari")


async def test_spam_and_a_refused_token_alarm_staff(line: Line) -> None:
    with capture_logs() as logged:
        for name, code in (("sari", 131048), ("joko", 131048), ("budi", 190)):
            line.stub.faults.refuse(code, 1, name)
            line.stub.text(name, CLOSING)
        await line.stub.wait_for(lambda: len(line.stub.sent) >= 3)
        await line.until(("refused", "spam_limited"), ("refused", "spam_limited"), ("queued", "token_rejected"))
    database = Database(line.database_url)
    async with database.reading() as tx:
        raised = await alarms.counts(tx, WatchedClock().now().replace(year=2020))
    await database.close()

    assert raised == {"whatsapp_spam": 1, "whatsapp_account": 1}
    assert [each["reason"] for each in logged if each["event"] == "platform_refuses_us"].count("spam_limited") == 2


async def test_a_failure_by_spam_alarms_also_when_it_is_reported(line: Line) -> None:
    line.stub.delivery.reports = ()
    line.stub.text("sari", CLOSING)
    (sent,) = await line.answers("sari")
    line.stub.report(sent, "failed", 131048)
    await line.until(("refused", "spam_limited"))
    database = Database(line.database_url)
    async with database.reading() as tx:
        raised = await alarms.counts(tx, WatchedClock().now().replace(year=2020))
    await database.close()

    assert raised == {"whatsapp_spam": 1}


async def subscribed(line: Line) -> int:
    database = Database(line.database_url)
    async with database.reading() as tx:
        found = (await tx.execute(sa.select(sa.func.count()).select_from(subscriptions))).scalar_one()
    await database.close()
    return int(found)


async def test_whoever_stops_announcements_in_whatsapps_own_menu_is_unsubscribed(line: Line) -> None:
    stub = line.stub
    stub.text("sari", "/kabari")
    (asked,) = await line.answers("sari")
    stub.press("sari", asked.choices[0][0])
    await line.answers("sari", 2)
    before = await subscribed(line)
    told = {"category": "marketing_messages", "value": "stop", "detail": "x", "timestamp": 1731705721}
    for phone in ("62800000", stub.person("sari").phone):
        posted = post_of([{"metadata": {"phone_number_id": NUMBER_ID}, "user_preferences": [told | {"wa_id": phone}]}])
        posted["entry"][0]["changes"][0]["field"] = "user_preferences"
        assert await line.post(dumps(posted)) == 200

    assert before > 0
    assert await subscribed(line) == 0


async def test_what_was_taken_and_failed_for_want_of_room_is_sent_again(
    line: Line, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(errors, "THROUGHPUT", timedelta(0))
    line.stub.delivery.reports = ()
    line.stub.text("sari", CLOSING)
    (sent,) = await line.answers("sari")
    line.stub.report(sent, "failed", 130429)
    line.stub.report(sent, "sent")
    again = (await line.answers("sari", 2))[1]

    assert again.text == sent.text
    assert again.body["biz_opaque_callback_data"] != sent.body["biz_opaque_callback_data"]


async def test_a_cut_connection_or_a_page_of_a_proxy_is_unsure_and_not_repeated(line: Line) -> None:
    line.stub.faults.cut(1, "sari")
    line.stub.faults.page(502, 1, "joko")
    line.stub.text("sari", CLOSING)
    await line.until(("unsure", "answer_lost"))
    line.stub.text("joko", CLOSING)
    await line.until(("unsure", "answer_lost"), ("unsure", "unreadable_answer"))


async def test_no_log_line_tells_numbers_ids_or_texts(line: Line) -> None:
    with capture_logs() as logged:
        line.stub.text("sari", CLOSING)
        await line.answers("sari")
        line.stub.change_number("sari", "6281300000001", "ID.777")
        await line.stub.wait_for(lambda: line.stub.idle)
    person = line.stub.person("sari")

    shown = repr(logged)
    for secret in (person.phone, person.user_id, "62812000", "ID.5", CLOSING, line.stub.token):
        assert secret not in shown


async def test_typing_shows_when_an_answer_takes_long(line: Line, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("bot.channels.whatsapp.intake.TYPING_AFTER", 0.0)
    release = asyncio.Event()
    real = Database.transaction

    def transaction(self: Database) -> Any:
        entered = real(self)

        class Slow:
            async def __aenter__(self) -> Any:
                await release.wait()
                return await entered.__aenter__()

            async def __aexit__(self, *failure: object) -> Any:
                return await entered.__aexit__(*failure)

        return Slow()

    monkeypatch.setattr(Database, "transaction", transaction)
    asked = line.stub.text("sari", CLOSING)
    await line.stub.wait_for(lambda: line.stub.typing)
    release.set()
    await line.answers("sari")

    assert line.stub.typing == [asked]
