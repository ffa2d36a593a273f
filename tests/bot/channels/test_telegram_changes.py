"""What was sent on Telegram can be changed and deleted, and a file goes up once for many."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from bot.channels.base import Editable, Outgoing, RefusedError
from bot.channels.telegram.channel import UPLOADS_KEPT, TelegramChannel
from handlers.messages import Attachment, Choice, Reply
from storage.contacts import Identity
from tests.bot.channels.test_telegram_channel import (  # noqa: F401 - fixtures
    SENT,
    Api,
    api,
    channel,
    ok,
    refusal,
)

TO = Outgoing(5, 6, Identity(telegram_id=42), Reply("*Ralat*: 3 Maret", (Choice("sub:off", "Berhenti"),)))
NO_TEXT = "Bad Request: there is no text in the message to edit"


def calls(api: Api, method: str) -> list[dict[str, Any]]:  # noqa: F811
    return [params for name, params in api.calls if name == method]


def test_telegram_is_a_place_where_what_was_sent_can_be_changed(channel: TelegramChannel) -> None:  # noqa: F811
    assert isinstance(channel, Editable)


async def test_a_message_says_something_else(api: Api, channel: TelegramChannel) -> None:  # noqa: F811
    await channel.edit(TO, "77")

    (call,) = calls(api, "editMessageText")
    assert (call["chat_id"], call["message_id"], call["text"]) == (42, 77, "Ralat: 3 Maret")
    assert call["reply_markup"]["inline_keyboard"] == [[{"text": "Berhenti", "callback_data": "sub:off"}]]
    assert call["entities"] == [{"type": "bold", "offset": 0, "length": 5}]


async def test_without_buttons_it_has_none(api: Api, channel: TelegramChannel) -> None:  # noqa: F811
    await channel.edit(replace(TO, reply=Reply("Ralat")), "77")

    assert "reply_markup" not in calls(api, "editMessageText")[0]


async def test_below_a_photo_it_is_the_caption(api: Api, channel: TelegramChannel) -> None:  # noqa: F811
    api.answers["editMessageText"] = refusal(400, NO_TEXT)
    await channel.edit(TO, "77")

    (call,) = calls(api, "editMessageCaption")
    assert (call["message_id"], call["caption"]) == (77, "Ralat: 3 Maret")


@pytest.mark.parametrize("method", ["editMessageText", "editMessageCaption"])
async def test_what_says_it_already_is_done(api: Api, channel: TelegramChannel, method: str) -> None:  # noqa: F811
    if method == "editMessageCaption":
        api.answers["editMessageText"] = refusal(400, NO_TEXT)
    api.answers[method] = refusal(400, "Bad Request: message is not modified: specified new message content")

    await channel.edit(TO, "77")

    assert len(calls(api, method)) == 1


@pytest.mark.parametrize(
    ("words", "reason"),
    [
        ("Bad Request: message to edit not found", "gone"),
        ("Bad Request: message can't be edited", "too_late"),
        ("Bad Request: something else", "bad_request"),
    ],
)
async def test_one_that_cannot_be_changed_says_why(
    api: Api,  # noqa: F811
    channel: TelegramChannel,  # noqa: F811
    words: str,
    reason: str,
) -> None:
    api.answers["editMessageText"] = refusal(400, words)

    with pytest.raises(RefusedError) as caught:
        await channel.edit(TO, "77")
    assert caught.value.reason == reason


async def test_a_message_is_deleted(api: Api, channel: TelegramChannel) -> None:  # noqa: F811
    await channel.withdraw(replace(TO, reply=Reply("")), "77")

    assert calls(api, "deleteMessage") == [{"chat_id": 42, "message_id": 77}]


@pytest.mark.parametrize(
    ("words", "reason"),
    [("message to delete not found", "gone"), ("message can't be deleted for everyone", "too_late")],
)
async def test_one_that_cannot_be_deleted_says_why(
    api: Api,  # noqa: F811
    channel: TelegramChannel,  # noqa: F811
    words: str,
    reason: str,
) -> None:
    api.answers["deleteMessage"] = refusal(400, f"Bad Request: {words}")

    with pytest.raises(RefusedError) as caught:
        await channel.withdraw(TO, "77")
    assert caught.value.reason == reason


async def test_nobody_is_changed_without_an_address(channel: TelegramChannel) -> None:  # noqa: F811
    with pytest.raises(RefusedError, match="no_address"):
        await channel.edit(replace(TO, address=Identity(web_token_hash="a")), "77")


@pytest.mark.parametrize(
    ("media_type", "method", "kept"),
    [
        ("image/png", "sendPhoto", {"photo": [{"file_id": "small"}, {"file_id": "large"}]}),
        ("application/pdf", "sendDocument", {"document": {"file_id": "large", "file_unique_id": "u"}}),
    ],
)
async def test_a_file_goes_up_once(
    api: Api,  # noqa: F811
    channel: TelegramChannel,  # noqa: F811
    media_type: str,
    method: str,
    kept: dict[str, Any],
) -> None:
    for size in kept.get("photo", []):
        size.update(file_unique_id="u", width=1, height=1)
    api.answers[method] = lambda: ok(SENT | kept)
    file = Attachment("berkas", media_type, b"many bytes", "Berkas")
    for _ in range(3):
        await channel.send(replace(TO, reply=Reply("Halo", attachments=(file,))))

    assert api.files == [("berkas", b"many bytes")]
    field = method.removeprefix("send").lower()
    assert [call[field] for call in calls(api, method)[1:]] == ["large", "large"]


async def test_only_the_last_files_are_remembered(api: Api, channel: TelegramChannel) -> None:  # noqa: F811
    api.answers["sendDocument"] = lambda: ok(SENT | {"document": {"file_id": "f", "file_unique_id": "u"}})
    for number in (*range(UPLOADS_KEPT + 1), 0):
        file = Attachment("berkas", "application/pdf", f"{number}".encode(), "Berkas")
        await channel.send(replace(TO, reply=Reply("Halo", attachments=(file,))))

    assert len(api.files) == UPLOADS_KEPT + 2
