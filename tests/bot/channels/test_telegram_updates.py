"""Updates become what a person said, whatever arrives."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from telegram import Message

from bot.channels.telegram import updates
from bot.channels.telegram.updates import Ignored, Pressed
from handlers.messages import Choice, Inbound, Kind
from storage.contacts import Identity

NOW = datetime(2026, 11, 24, 3, 0, tzinfo=UTC)
BOT = 7000000001

SITI = {"id": 42, "is_bot": False, "first_name": "Siti", "language_code": "id"}
PRIVATE = {"id": 42, "type": "private", "first_name": "Siti"}
GROUP = {"id": -100, "type": "supergroup", "title": "Perajin"}
FILE = {"file_id": "f", "file_unique_id": "u"}
PHOTO = [{**FILE, "width": 1, "height": 1}]
DOCUMENT = {**FILE, "file_name": "proposal.pdf"}
LOCATION = {"longitude": 106.8, "latitude": -6.2}
KEYBOARD = {
    "inline_keyboard": [
        [{"text": "✓ Ya", "callback_data": "ya"}, {"text": "Tidak", "callback_data": "no"}],
        [{"text": "Bantuan", "callback_data": "help"}],
    ]
}
ROWS = ((Choice("ya", "✓ Ya"), Choice("no", "Tidak")), (Choice("help", "Bantuan"),))


def message(**fields: Any) -> dict[str, Any]:
    return {"message_id": 7, "date": 1764000000, "chat": PRIVATE, "from": SITI, **fields}


def query(**fields: Any) -> dict[str, Any]:
    return {"id": "q1", "from": SITI, "chat_instance": "c", **fields}


def membership(status: str, chat: dict[str, Any] = PRIVATE) -> dict[str, Any]:
    user = {"id": BOT, "is_bot": True, "first_name": "Upakarti"}
    new = {"user": user, "status": status, "until_date": 0}
    old = {"user": user, "status": "left"}
    return {"chat": chat, "from": SITI, "date": 1764000000, "old_chat_member": old, "new_chat_member": new}


def translated(**fields: Any) -> Inbound | Ignored:
    update = updates.parse(json.dumps({"update_id": 5, **fields}).encode())
    assert update is not None
    return updates.translate(update, BOT, NOW)


def inbound(**fields: Any) -> Inbound:
    return Inbound(
        "telegram", f"{BOT}:5", Identity(telegram_id=42), NOW, language_hint="id", can_share_phone=True, **fields
    )


def pressed(**fields: Any) -> Pressed | None:
    update = updates.parse(json.dumps({"update_id": 5, "callback_query": query(**fields)}).encode())
    assert update is not None
    return updates.pressed(update)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("syarat upakarti?", "syarat upakarti?"),
        ("  a\u0000b\ud83d \r\n c ", "a b? \n c"),
        ("/start", "/start"),
        ("/start@UpakartiBot ref7", "/start ref7"),
        ("tanya /start@UpakartiBot", "tanya /start@UpakartiBot"),
        ("surel@contoh.id", "surel@contoh.id"),
    ],
)
def test_a_text_is_taken_cleaned(text: str, expected: str) -> None:
    assert translated(message=message(text=text)) == inbound(text=expected)


def test_an_edited_text_counts_as_a_new_one() -> None:
    assert translated(edited_message=message(text="syarat?", edit_date=1764000001)) == inbound(text="syarat?")


@pytest.mark.parametrize(
    ("fields", "kind"),
    [
        ({"voice": {**FILE, "duration": 1}}, Kind.VOICE),
        ({"audio": {**FILE, "duration": 1}}, Kind.VOICE),
        ({"video_note": {**FILE, "duration": 1, "length": 1}}, Kind.VOICE),
        ({"photo": PHOTO}, Kind.IMAGE),
        ({"document": DOCUMENT}, Kind.DOCUMENT),
        (
            {"sticker": {**FILE, "type": "regular", "width": 1, "height": 1, "is_animated": False, "is_video": False}},
            Kind.STICKER,
        ),
        ({"location": LOCATION}, Kind.LOCATION),
        ({"location": LOCATION, "venue": {"location": LOCATION, "title": "t", "address": "a"}}, Kind.LOCATION),
        ({"contact": {"phone_number": "+628", "first_name": "Siti"}}, Kind.CONTACT),
        ({"dice": {"value": 3, "emoji": "🎲"}}, Kind.OTHER),
        ({"video": {**FILE, "duration": 1, "width": 1, "height": 1}}, Kind.OTHER),
        ({"animation": {**FILE, "duration": 1, "width": 1, "height": 1}, "document": DOCUMENT}, Kind.OTHER),
        ({"from_the_future": {"a": 1}}, Kind.OTHER),
        ({"text": "\u0000 \u0007"}, Kind.OTHER),
        ({"text": 7}, Kind.OTHER),
    ],
)
def test_other_messages_are_told_apart(fields: dict[str, Any], kind: Kind) -> None:
    assert translated(message=message(**fields)) == inbound(kind=kind)


CARD = {"phone_number": "+6281234567890", "first_name": "Siti", "user_id": 42}
FORWARDED = {"type": "user", "date": 1764000000, "sender_user": SITI}
HIDDEN = {"type": "hidden_user", "date": 1764000000, "sender_user_name": "Siti"}
OTHER_BOT = {"id": 9, "is_bot": True, "first_name": "Kartu"}


@pytest.mark.parametrize("as_sent", ["+6281234567890", "6281234567890"])
def test_ones_own_contact_tells_ones_phone_number(as_sent: str) -> None:
    card = CARD | {"phone_number": as_sent}

    assert translated(message=message(contact=card)) == inbound(kind=Kind.CONTACT, phone="+6281234567890")


@pytest.mark.parametrize(
    "fields",
    [
        {"contact": {**CARD, "user_id": 43}},
        {"contact": {key: value for key, value in CARD.items() if key != "user_id"}},
        {"contact": {**CARD, "user_id": None}},
        {"contact": {**CARD, "user_id": "42"}},
        {"contact": {**CARD, "user_id": 42.0}},
        {"contact": {**CARD, "phone_number": ""}},
        {"contact": CARD, "forward_origin": FORWARDED},
        {"contact": CARD, "forward_origin": HIDDEN},
        {"contact": CARD, "forward_origin": {"type": "from_the_future", "date": 1764000000}},
        {"contact": CARD, "via_bot": OTHER_BOT},
    ],
    ids=[
        "somebody else's",
        "of nobody on Telegram",
        "null",
        "a text",
        "a fraction",
        "no number",
        "forwarded own",
        "forwarded by somebody hidden",
        "forwarded otherwise",
        "made by a bot",
    ],
)
def test_any_other_contact_proves_nothing(fields: dict[str, Any]) -> None:
    assert translated(message=message(**fields)) == inbound(kind=Kind.CONTACT)


def test_the_id_one_is_not_the_same_as_yes() -> None:
    card, siti = {**CARD, "user_id": True}, {**SITI, "id": 1}
    update = translated(message={**message(contact=card), "from": siti})

    assert isinstance(update, Inbound)
    assert (update.kind, update.phone) == (Kind.CONTACT, None)


def test_a_phone_number_beside_a_text_is_not_taken() -> None:
    assert translated(message=message(contact=CARD, text="halo")) == inbound(text="halo")


def test_an_edited_contact_is_nothing_new() -> None:
    assert translated(edited_message=message(contact=CARD)) == Ignored("edited_without_text")


def test_a_phone_number_does_not_show_where_a_message_is_written_out() -> None:
    assert "81234567890" not in repr(translated(message=message(contact=CARD)))


def test_a_caption_is_a_text() -> None:
    assert translated(message=message(photo=PHOTO, caption="apa ini?")) == inbound(text="apa ini?")


def test_a_pressed_button_is_a_choice() -> None:
    update = translated(callback_query=query(data="faq:syarat", message=message(text="?")))

    assert update == inbound(kind=Kind.CHOICE, choice="faq:syarat")


@pytest.mark.parametrize(
    "where",
    [{}, {"inline_message_id": "i"}, {"message": {"message_id": 7, "date": 0, "chat": PRIVATE}}],
    ids=["no message", "inline", "inaccessible"],
)
def test_a_button_of_a_message_we_no_longer_see_still_counts(where: dict[str, Any]) -> None:
    assert translated(callback_query=query(data="ya", **where)) == inbound(kind=Kind.CHOICE, choice="ya")


@pytest.mark.parametrize(("status", "kind"), [("kicked", Kind.BLOCKED), ("member", Kind.UNBLOCKED)])
def test_blocking_and_coming_back_are_noticed(status: str, kind: Kind) -> None:
    assert translated(my_chat_member=membership(status)) == inbound(kind=kind)


@pytest.mark.parametrize(
    ("fields", "reason"),
    [
        ({}, "other_update"),
        ({"from_the_future": {"a": 1}}, "other_update"),
        ({"channel_post": message(chat=GROUP, text="a")}, "other_update"),
        ({"message": message(chat=GROUP, text="a")}, "not_private"),
        ({"message": {**message(text="a"), "chat": {"id": -1, "type": "channel"}}}, "not_private"),
        ({"callback_query": query(data="a", message=message(chat=GROUP))}, "not_private"),
        ({"my_chat_member": membership("kicked", GROUP)}, "not_private"),
        ({"my_chat_member": membership("left")}, "membership"),
        ({"my_chat_member": membership("from_the_future")}, "membership"),
        ({"callback_query": query(game_short_name="g")}, "no_data"),
        ({"edited_message": message(location=LOCATION)}, "edited_without_text"),
        ({"message": message(pinned_message=message(text="a"))}, "service"),
        pytest.param(
            {"message": message(message_auto_delete_timer_changed={"message_auto_delete_time": 1})},
            "service",
            marks=pytest.mark.filterwarnings(
                "ignore::telegram.warnings.PTBDeprecationWarning"
            ),  # its constructor warns
        ),
        ({"message": message(write_access_allowed={"from_request": True})}, "service"),
        ({"message": {**message(text="a"), "from": None}}, "no_sender"),
        ({"message": message(**{"from": {**SITI, "id": "42"}}, text="a")}, "no_sender"),
        ({"message": message(**{"from": {**SITI, "id": True}}, text="a")}, "no_sender"),
        ({"message": message(**{"from": {**SITI, "id": 0}}, text="a")}, "no_sender"),
        ({"message": message(**{"from": {**SITI, "id": 2**52}}, text="a")}, "no_sender"),
        ({"message": message(**{"from": {**SITI, "is_bot": True}}, text="a")}, "bot"),
    ],
)
def test_what_is_not_for_us_is_ignored_with_a_reason(fields: dict[str, Any], reason: str) -> None:
    assert translated(**fields) == Ignored(reason)


@pytest.mark.parametrize("user_id", [1, 2**52 - 1])
def test_ids_reach_to_their_bounds(user_id: int) -> None:
    update = translated(message=message(**{"from": {**SITI, "id": user_id}}, text="a"))

    assert isinstance(update, Inbound)
    assert update.sender == Identity(telegram_id=user_id)


@pytest.mark.parametrize(("given_code", "hint"), [("en-GB", "en-GB"), (None, None), ("", None), (5, None)])
def test_the_language_is_a_hint(given_code: object, hint: str | None) -> None:
    update = translated(message=message(**{"from": {**SITI, "language_code": given_code}}, text="a"))

    assert isinstance(update, Inbound)
    assert update.language_hint == hint


@pytest.mark.parametrize("name", [*updates._SERVICE, *(name for name, _ in updates._KINDS)])
def test_the_library_knows_the_fields_we_look_at(name: str) -> None:
    assert name in Message.__slots__


@pytest.mark.parametrize(
    "raw",
    [
        b"",
        b"\xff\xfe\x00",
        b"null",
        b"7",
        b'"update"',
        b"[]",
        b"{}",
        b"[" * 100_000,
        b'{"update_id": ' + b"9" * 5000 + b"}",
        b'{"update_id": "5"}',
        b'{"update_id": true}',
        b'{"update_id": 0}',
        b'{"update_id": 4503599627370496}',
        b'{"update_id": NaN}',
        b'{"update_id": 5, "message": "hello"}',
        b'{"update_id": 5, "message": []}',
        b'{"update_id": 5, "message": {}}',
        b'{"update_id": 5, "message": {"message_id": 1, "date": 1e999, "chat": {"id": 1, "type": "private"}}}',
        b'{"update_id": 5, "callback_query": {"id": "1"}}',
        b'{"update_id": 5, "my_chat_member": 5}',
    ],
)
def test_what_is_no_update_is_none(raw: bytes) -> None:
    assert updates.parse(raw) is None


def test_the_pressed_keyboard_is_known() -> None:
    assert pressed(data="no", message=message(text="?", reply_markup=KEYBOARD)) == Pressed("q1", "no", 42, 7, ROWS)


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        ({"data": "ya"}, Pressed("q1", "ya")),
        ({"game_short_name": "g"}, Pressed("q1", "")),
        ({"data": "ya", "message": {"message_id": 7, "date": 0, "chat": PRIVATE}}, Pressed("q1", "ya")),
        ({"data": "ya", "message": message(chat=GROUP)}, Pressed("q1", "ya")),
        ({"data": "ya", "message": message(message_id="7")}, Pressed("q1", "ya")),
        ({"data": "ya", "message": message(text="?")}, Pressed("q1", "ya", 42, 7)),
        (
            {"data": "ya", "message": message(reply_markup={"inline_keyboard": [[{"text": "a", "url": "tg://x"}]]})},
            Pressed("q1", "ya", 42, 7),
        ),
    ],
    ids=["no message", "a game", "inaccessible", "group", "odd id", "no keyboard", "a link"],
)
def test_a_button_without_its_keyboard_can_still_be_answered(fields: dict[str, Any], expected: Pressed) -> None:
    assert pressed(**fields) == expected


def test_other_updates_have_no_pressed_button() -> None:
    update = updates.parse(json.dumps({"update_id": 5, "message": message(text="a")}).encode())

    assert update is not None
    assert updates.pressed(update) is None


def test_a_press_whose_id_is_no_text_is_none() -> None:
    assert pressed(id=7, data="ya") is None


# Any JSON, often in the shape of an update: the right names with whatever below them.
KEYS = st.sampled_from(
    (
        "message",
        "edited_message",
        "callback_query",
        "my_chat_member",
        "chat",
        "from",
        "id",
        "type",
        "text",
        "caption",
        "photo",
        "document",
        "date",
        "message_id",
        "new_chat_member",
        "old_chat_member",
        "status",
        "user",
        "reply_markup",
        "inline_keyboard",
        "callback_data",
        "data",
        "language_code",
        "is_bot",
        "entities",
        "location",
        "venue",
        "sticker",
        "voice",
        "pinned_message",
        "first_name",
        "until_date",
        "chat_instance",
        "from_the_future",
        "poll",
        "dice",
        "invoice",
        "reply_to_message",
        "forward_origin",
        "contact",
        "phone_number",
        "user_id",
        "via_bot",
    )
)
LEAVES = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.floats(),
    st.text(),
    st.sampled_from(["private", "kicked", "member", "\ud800", "a\u0000b", 42, 1764000000, 0]),
)
ANYTHING = st.recursive(LEAVES, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(KEYS, inner), max_leaves=12)
USER = st.fixed_dictionaries({"id": LEAVES, "is_bot": LEAVES, "first_name": LEAVES}, optional={"language_code": LEAVES})
CHAT = st.fixed_dictionaries({"id": st.just(42) | LEAVES, "type": st.just("private") | LEAVES})
MESSAGE = st.builds(
    lambda base, more: {**more, **base},
    st.fixed_dictionaries(
        {"message_id": LEAVES, "date": st.just(1764000000) | LEAVES, "chat": CHAT}, optional={"from": USER}
    ),
    st.dictionaries(KEYS, ANYTHING, max_size=3),
)
QUERY = st.fixed_dictionaries(
    {"id": LEAVES, "from": USER, "chat_instance": LEAVES}, optional={"data": LEAVES, "message": MESSAGE}
)
UPDATE = st.fixed_dictionaries(
    {"update_id": st.just(5) | LEAVES},
    optional={
        "message": MESSAGE | ANYTHING,
        "edited_message": MESSAGE,
        "callback_query": QUERY | ANYTHING,
        "my_chat_member": ANYTHING,
    },
)


def check_never_surprised(raw: bytes) -> None:
    update = updates.parse(raw)
    if update is None:
        return
    press = updates.pressed(update)
    result = updates.translate(update, BOT, NOW)

    assert press is None or isinstance(press, Pressed)
    if isinstance(result, Inbound):
        assert updates.is_id(result.sender.telegram_id)
        for text in (result.text, result.choice or "", result.language_hint or ""):
            assert "\x00" not in text
            text.encode()


@given(st.binary())
def test_no_bytes_surprise(raw: bytes) -> None:
    check_never_surprised(raw)


@settings(max_examples=300, suppress_health_check=[HealthCheck.too_slow])
@given(UPDATE | ANYTHING)
@example({"update_id": 5, "message": {"message_id": 1, "date": 1, "chat": {"id": 1, "type": []}}})
@example({"update_id": 5, "callback_query": {"id": "1", "from": {"id": 1, "is_bot": 0, "first_name": ""}, "data": 1}})
@example({"update_id": 5, "my_chat_member": membership("member", {"id": 1, "type": None})})
def test_no_json_surprises(data: object) -> None:
    check_never_surprised(json.dumps(data).encode())
