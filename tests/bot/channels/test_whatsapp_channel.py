"""Replies leave as WhatsApp wants them, and each of its errors means the right thing for the message."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Callable, Coroutine
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from aiohttp import web
from structlog.testing import capture_logs

from bot.channels import fit
from bot.channels.base import (
    AccountError,
    NoAnnouncementsError,
    Outgoing,
    PairLimitError,
    RefusedError,
    SendError,
    SpamLimitedError,
    ThroughputError,
    TryLaterError,
    UnsureError,
    WindowClosedError,
)
from bot.channels.whatsapp import channel as whatsapp_channel
from bot.channels.whatsapp import courtesies, errors
from bot.channels.whatsapp.channel import LIMITS, WhatsAppChannel
from bot.channels.whatsapp.client import CloudApi, File, Standing, Timeouts
from handlers.messages import Attachment, Choice, Reply
from storage.contacts import Identity
from tests.conftest import ManualClock
from tests.service import free_port
from tests.stubs.whatsapp import NUMBER_ID, TOKEN, WhatsAppStub

PICTURE = Attachment("alur é.png", "image/png", b"\x89PNG", "Alur pendaftaran")
FORM = Attachment("formulir.pdf", "application/pdf", b"%PDF", "Formulir")
DATES = Attachment("tanggal.ics", "text/calendar", b"BEGIN", "Tanggal penting")


@pytest.fixture
async def meta() -> AsyncIterator[WhatsAppStub]:
    async with WhatsAppStub() as stub:
        stub.delivery.reports = ()
        stub.person("sari", user_id="ID.1", phone="62811", wrote_at=time.time())
        yield stub


def connected(url: str) -> WhatsAppChannel:
    return whatsapp_channel.connect(
        api_url=url, phone_number_id=NUMBER_ID, token=TOKEN, list_label="Pilihan / Choices", clock=ManualClock()
    )


@pytest.fixture
async def channel(meta: WhatsAppStub) -> AsyncIterator[WhatsAppChannel]:
    opened = connected(meta.url)
    yield opened
    await opened.close()


def to_sari(reply: Reply, **address: str) -> Outgoing:
    return Outgoing(7, 1, Identity(**(address or {"whatsapp_user_id": "ID.1"})), reply, 2)  # type: ignore[arg-type]


async def sent(meta: WhatsAppStub, channel: WhatsAppChannel, reply: Reply) -> dict[str, Any]:
    """Send a fitted reply of one message and return what Meta got, without what all messages have."""
    (part,) = fit.fit(reply, LIMITS)
    assert await channel.send(to_sari(part)) == meta.sent[-1].wamid
    body = dict(meta.sent[-1].body)
    assert meta.violations == []
    for name in ("messaging_product", "recipient_type", "recipient", "biz_opaque_callback_data"):
        del body[name]
    return body


def choices(count: int, title: str = "Pilihan {}") -> tuple[Choice, ...]:
    return tuple(Choice(f"id{number}", title.format(number)) for number in range(count))


async def test_a_text_goes_to_the_user_id_and_is_marked_with_row_and_attempt(
    meta: WhatsAppStub, channel: WhatsAppChannel
) -> None:
    await channel.send(to_sari(Reply("Halo *Sari*"), whatsapp_user_id="ID.1", whatsapp_phone="62811"))

    assert meta.sent[0].body == {
        "messaging_product": "whatsapp",
        "recipient_type": "individual",
        "recipient": "ID.1",
        "biz_opaque_callback_data": "7.2",
        "type": "text",
        "text": {"body": "Halo *Sari*", "preview_url": False},
    }


async def test_who_is_known_by_the_number_gets_it_there(meta: WhatsAppStub, channel: WhatsAppChannel) -> None:
    await channel.send(to_sari(Reply("Halo"), whatsapp_phone="62811"))

    assert meta.sent[0].body["to"] == "62811"
    assert meta.violations == []


async def test_three_choices_are_buttons(meta: WhatsAppStub, channel: WhatsAppChannel) -> None:
    body = await sent(meta, channel, Reply("Pilih:", choices(3)))

    assert body["interactive"]["type"] == "button"
    assert meta.sent[0].choices == [("id0", "Pilihan 0"), ("id1", "Pilihan 1"), ("id2", "Pilihan 2")]


@pytest.mark.parametrize("count", [4, 10])
async def test_up_to_ten_choices_are_a_list(count: int, meta: WhatsAppStub, channel: WhatsAppChannel) -> None:
    body = await sent(meta, channel, Reply("Pilih:", choices(count)))

    assert body["interactive"]["type"] == "list"
    assert body["interactive"]["action"]["button"] == "Pilihan / Choices"
    assert len(meta.sent[0].choices) == count


async def test_a_long_title_is_told_whole_below_its_row(meta: WhatsAppStub, channel: WhatsAppChannel) -> None:
    title = "Bukti usaha lebih dari tiga tahun"
    body = await sent(meta, channel, Reply("Pilih:", (Choice("a", title),)))
    (row,) = body["interactive"]["action"]["sections"][0]["rows"]

    assert row == {"id": "a", "title": "Bukti usaha lebih dari…", "description": title}


async def test_more_choices_are_numbered_lines(meta: WhatsAppStub, channel: WhatsAppChannel) -> None:
    body = await sent(meta, channel, Reply("Pilih:", choices(11)))

    assert body["type"] == "text"
    assert body["text"]["body"].endswith("\n11. Pilihan 10")


@pytest.mark.parametrize("length", [1024, 1025, 4096, 4097, 9000])
async def test_texts_of_any_length_keep_within_the_limits(
    length: int, meta: WhatsAppStub, channel: WhatsAppChannel
) -> None:
    text = ("Kalimat ini tidak panjang. " * 400)[:length].strip()
    for reply in (Reply(text), Reply(text, choices(2)), Reply(text, choices(7)), Reply(text, choices(2), (FORM,))):
        for part in fit.fit(reply, LIMITS):
            await channel.send(to_sari(part))

    assert meta.violations == []


async def test_a_picture_is_uploaded_and_described_below(meta: WhatsAppStub, channel: WhatsAppChannel) -> None:
    body = await sent(meta, channel, Reply("Begini alurnya:", (), (PICTURE,)))

    assert body == {
        "type": "image",
        "image": {"id": body["image"]["id"], "caption": "Begini alurnya:\n\nAlur pendaftaran"},
    }
    assert meta.files[body["image"]["id"]] == ("alur é.png", "image/png", b"\x89PNG")


@pytest.mark.parametrize(("attachment", "kind"), [(PICTURE, "image"), (FORM, "document")])
async def test_a_file_stands_above_a_text_with_buttons_in_one_message(
    meta: WhatsAppStub, channel: WhatsAppChannel, attachment: Attachment, kind: str
) -> None:
    (reply,) = fit.fit(Reply("Dibuka.", (Choice("sub:off", "Berhenti"),), (attachment,)), LIMITS)
    await channel.send(to_sari(reply))
    (sent,) = meta.sent_to("sari")
    header = sent.body["interactive"]["header"]

    assert (sent.text, sent.choices) == (f"Dibuka.\n\n{attachment.description}", [("sub:off", "Berhenti")])
    assert (header["type"], header[kind].get("filename")) == (kind, "formulir.pdf" if kind == "document" else None)
    assert meta.files[header[kind]["id"]][0] == attachment.filename
    assert meta.violations == []


@pytest.mark.parametrize(
    ("attachment", "kind"), [(FORM, "application/pdf"), (DATES, "text/plain")], ids=["PDF", "calendar"]
)
async def test_a_file_keeps_its_name(
    attachment: Attachment, kind: str, meta: WhatsAppStub, channel: WhatsAppChannel
) -> None:
    body = await sent(meta, channel, Reply("", (), (attachment,)))

    assert body["document"]["filename"] == attachment.filename
    assert body["document"]["caption"] == attachment.description
    assert meta.files[body["document"]["id"]] == (attachment.filename, kind, attachment.content)


async def test_a_picture_too_large_for_one_goes_as_a_file(
    meta: WhatsAppStub, channel: WhatsAppChannel, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(whatsapp_channel, "PHOTO_BYTES", 3)
    body = await sent(meta, channel, Reply("", (), (replace(PICTURE, description=""),)))

    assert (body["type"], "caption" in body["document"]) == ("document", False)


@pytest.mark.parametrize(
    ("outgoing", "reason"),
    [
        (Outgoing(1, 1, Identity(telegram_id=7), Reply("x")), "no_address"),
        (to_sari(Reply("")), "not_fitted"),
        (to_sari(Reply("x", (), (FORM, FORM))), "not_fitted"),
    ],
    ids=["no address", "nothing", "two files"],
)
async def test_what_cannot_be_sent_is_refused_before_it_leaves(
    outgoing: Outgoing, reason: str, meta: WhatsAppStub, channel: WhatsAppChannel
) -> None:
    with pytest.raises(RefusedError) as caught:
        await channel.send(outgoing)

    assert (caught.value.reason, meta.sent) == (reason, [])


# Errors


async def failure(channel: WhatsAppChannel, reply: Reply | None = None) -> SendError:
    with pytest.raises(SendError) as caught:
        await channel.send(to_sari(reply or Reply("x")))
    return caught.value


@pytest.mark.parametrize(
    ("code", "kind", "reason", "wait"),
    [
        (131047, WindowClosedError, "window_closed", None),
        (470, WindowClosedError, "window_closed", None),
        (131048, SpamLimitedError, "spam_limited", None),
        (131056, PairLimitError, "pair_limit", errors.PAIR),
        (130429, ThroughputError, "rate_limited", errors.THROUGHPUT),
        (80007, ThroughputError, "rate_limited", errors.THROUGHPUT),
        (131016, TryLaterError, "unavailable", None),
        (131000, TryLaterError, "unknown_error", None),
        (190, AccountError, "token_rejected", errors.BY_PEOPLE),
        (200, AccountError, "not_permitted", errors.BY_PEOPLE),
        (131042, AccountError, "not_paid", errors.BY_PEOPLE),
        (131026, RefusedError, "undeliverable", None),
        (131049, RefusedError, "marketing_limit", None),
        (131050, NoAnnouncementsError, "marketing_opted_out", None),
        (130472, RefusedError, "experiment", None),
        (424242, RefusedError, "error_424242", None),
    ],
)
async def test_each_code_has_its_own_error(
    code: int,
    kind: type[SendError],
    reason: str,
    wait: timedelta | None,
    meta: WhatsAppStub,
    channel: WhatsAppChannel,
) -> None:
    meta.faults.refuse(code)
    error = await failure(channel)

    assert (type(error), error.reason) == (kind, reason)
    assert getattr(error, "retry_after", None) == wait


@pytest.mark.parametrize(
    ("code", "alarm"), [(131048, errors.ALARM_SPAM), (190, errors.ALARM_ACCOUNT), (131026, None), (130429, None)]
)
def test_what_people_must_look_at_raises_an_alarm(code: int, alarm: str | None) -> None:
    assert errors.explain(code).alarm == alarm


@pytest.mark.parametrize(
    ("code", "status"), [(131026, "refused"), (131047, "refused"), (131056, "queued"), (0, "queued"), (5, "refused")]
)
def test_a_reported_failure_is_settled_by_its_code(code: int, status: str) -> None:
    assert errors.settled(code)[0] == status


@pytest.mark.parametrize(
    ("status", "kind", "reason"),
    [
        (429, ThroughputError, "rate_limited"),
        (413, RefusedError, "too_large"),
        (403, UnsureError, "unreadable_answer"),
        (502, UnsureError, "unreadable_answer"),
    ],
)
async def test_a_page_of_something_in_between_says_little(
    status: int, kind: type[SendError], reason: str, meta: WhatsAppStub, channel: WhatsAppChannel
) -> None:
    meta.faults.page(status)
    error = await failure(channel)

    assert (type(error), error.reason) == (kind, reason)


@pytest.mark.parametrize("fault", ["lose", "cut"])
async def test_a_connection_that_breaks_after_sending_is_unsure(
    fault: str, meta: WhatsAppStub, channel: WhatsAppChannel
) -> None:
    getattr(meta.faults, fault)()
    error = await failure(channel)

    assert (type(error), error.reason) == (UnsureError, "answer_lost")


Answer = Callable[[web.Request], Coroutine[Any, Any, web.StreamResponse]]


@asynccontextmanager
async def answering(answer: Answer) -> AsyncIterator[str]:
    app = web.Application()
    app.router.add_route("*", "/{path:.*}", answer)
    runner = web.AppRunner(app, shutdown_timeout=0)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    yield f"http://127.0.0.1:{runner.addresses[0][1]}"
    await runner.cleanup()


QUICK = Timeouts(timedelta(seconds=0.2), timedelta(seconds=0.2), timedelta(seconds=0.2))


@asynccontextmanager
async def api_at(url: str, timeouts: Timeouts | None = None) -> AsyncIterator[CloudApi]:
    api = CloudApi(url, NUMBER_ID, TOKEN, timeouts)
    try:
        yield api
    finally:
        await api.close()


async def test_a_refused_connection_is_surely_not_sent() -> None:
    async with api_at(f"http://127.0.0.1:{free_port()}") as api:
        with pytest.raises(TryLaterError, match="not_connected"):
            await api.post({})


async def test_a_time_out_after_sending_is_unsure_and_a_lost_upload_is_not() -> None:
    over = asyncio.Event()

    async def stay_silent(_: web.Request) -> web.StreamResponse:
        await over.wait()
        return web.Response()

    async with answering(stay_silent) as url, api_at(url, QUICK) as api:
        with pytest.raises(UnsureError, match="timed_out"):
            await api.post({})
        with pytest.raises(TryLaterError, match="timed_out"):
            await api.upload(File("a.txt", "text/plain", b"a"))
        over.set()


@pytest.mark.parametrize(
    ("status", "text", "kind"),
    [
        (200, "{}", UnsureError),
        (200, '{"messages": []}', UnsureError),
        (200, '{"messages": [{"id": 7}]}', UnsureError),
        (200, '{"messages": 7}', UnsureError),
        (200, "[]", UnsureError),
        (200, "[" * 50_000, UnsureError),
        (500, '{"error": {"code": 424242}}', UnsureError),
        (500, '{"error": {"code": "x"}}', UnsureError),
        (400, "{}", UnsureError),
        (302, "{}", UnsureError),
    ],
)
async def test_an_answer_that_cannot_be_read_is_unsure(status: int, text: str, kind: type[SendError]) -> None:
    async def answer(_: web.Request) -> web.StreamResponse:
        return web.Response(status=status, text=text, content_type="application/json", headers={"Location": "/x"})

    async with answering(answer) as url:
        channel = whatsapp_channel.connect(
            api_url=url, phone_number_id=NUMBER_ID, token=TOKEN, list_label="x", clock=ManualClock()
        )
        error = await failure(channel)
        await channel.close()

    assert type(error) is kind


async def test_an_upload_without_an_id_is_tried_again() -> None:
    async def answer(_: web.Request) -> web.StreamResponse:
        return web.json_response({"id": 7})

    async with answering(answer) as url, api_at(url) as api:
        with pytest.raises(TryLaterError, match="unreadable_answer"):
            await api.upload(File("a.txt", "text/plain", b"a"))


async def test_no_error_names_the_token(meta: WhatsAppStub) -> None:
    meta.token = "another"
    async with api_at(meta.url) as api:
        with pytest.raises(TryLaterError) as caught:
            await api.post({})

    assert TOKEN not in repr(caught.value) + repr(caught.value.__cause__)


async def test_closing_what_was_never_opened_is_nothing() -> None:
    async with api_at("http://127.0.0.1:9"):
        pass


async def test_the_number_tells_how_it_stands(meta: WhatsAppStub) -> None:
    async with api_at(meta.url) as api:
        assert await api.standing() == Standing("+62 21 5252 1000", "GREEN")


# Courtesies


@asynccontextmanager
async def running(channel: WhatsAppChannel) -> AsyncIterator[None]:
    task = asyncio.create_task(channel.run_courtesies())
    yield
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)


async def test_messages_are_marked_as_read_and_typing_is_shown(meta: WhatsAppStub, channel: WhatsAppChannel) -> None:
    async with running(channel):
        channel.acknowledge("wamid.1")
        channel.show_typing("wamid.2")
        await meta.wait_for(lambda: meta.read and meta.typing)

    assert (meta.read, meta.typing, meta.violations) == (["wamid.1"], ["wamid.2"], [])


async def test_too_many_courtesies_are_dropped(channel: WhatsAppChannel) -> None:
    with capture_logs() as logged:
        for number in range(courtesies.WAITING + 2):
            channel.acknowledge(f"wamid.{number}")

    assert [each["event"] for each in logged] == ["courtesy_dropped"] * 2


@pytest.mark.parametrize(
    ("code", "event"), [(130429, "courtesies_dropped"), (100, "courtesy_failed")], ids=["limit", "another error"]
)
async def test_a_courtesy_that_fails_is_only_logged(code: int, event: str) -> None:
    asked: list[str] = []

    async def answer(request: web.Request) -> web.StreamResponse:
        asked.append((await request.json())["message_id"])
        return web.json_response({"error": {"code": code}}, status=400)

    async with answering(answer) as url:
        channel = whatsapp_channel.connect(
            api_url=url, phone_number_id=NUMBER_ID, token=TOKEN, list_label="x", clock=ManualClock()
        )
        for number in range(9):
            channel.acknowledge(f"wamid.{number}")
        with capture_logs() as logged:
            async with running(channel), asyncio.timeout(5):
                while not any(each["event"] == event for each in logged):  # noqa: ASYNC110 - no event to wait for
                    await asyncio.sleep(0)
        await channel.close()

    assert asked
