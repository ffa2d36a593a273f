"""Every message and every report of a post is read, and whatever else arrives surprises nobody."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.channels.whatsapp import signature, updates
from bot.channels.whatsapp.updates import Ignored, NoAnnouncements, StatusUpdate
from handlers.messages import Inbound, Kind
from storage.contacts import Identity
from storage.names import Renaming
from tests.stubs.recorded import recorded

NUMBER = "106540352242922"
NOW = datetime(2026, 11, 24, 3, 0, tzinfo=UTC)
PHONE, USER = "628123456789", "ID.13491208655302741918"
FIXED = settings(max_examples=300, deadline=None, derandomize=True, database=None)


def value(*messages: Any, **more: Any) -> dict[str, Any]:
    return {"metadata": {"phone_number_id": NUMBER}, "messages": list(messages)} | more


def post(*values: Any, field: str = "messages") -> dict[str, Any]:
    return {"entry": [{"changes": [{"field": field, "value": each} for each in values]}]}


def message(kind: str = "text", content: Any = None, **more: Any) -> dict[str, Any]:
    told = {"id": "wamid.1", "from": PHONE, "type": kind, kind: {"body": "halo"} if content is None else content}
    return told | more


def translate(*values: Any) -> list[updates.Update]:
    return updates.translate(post(*values), NUMBER, NOW)


def only(*values: Any) -> updates.Update:
    (found,) = translate(*values)
    return found


def said(content: dict[str, Any], **more: Any) -> Inbound:
    found = only(value(content, **more))
    assert isinstance(found, Inbound)
    return found


def test_a_text_is_what_a_person_said() -> None:
    assert said(message()) == Inbound(
        "whatsapp",
        "wamid.1",
        Identity(whatsapp_phone=PHONE),
        NOW,
        Kind.TEXT,
        "halo",
        phone=f"+{PHONE}",
        written_at=NOW,
    )


def test_a_message_that_comes_late_tells_when_it_was_written() -> None:
    late = NOW - timedelta(hours=30)

    assert said(message(timestamp=str(int(late.timestamp())))).written_at == late


def test_every_message_of_every_change_of_every_entry_is_read_in_order() -> None:
    numbered = [value(message(id=f"wamid.{n}"), message(id=f"wamid.{n}b")) for n in range(3)]
    both = {"entry": [*post(*numbered)["entry"], *post(value(message(id="wamid.9")))["entry"]]}

    found = updates.translate(both, NUMBER, NOW)

    assert [each.message_id for each in found if isinstance(each, Inbound)] == [
        *(f"wamid.{n}{part}" for n in range(3) for part in ("", "b")),
        "wamid.9",
    ]


# Who


@pytest.mark.parametrize(
    ("names", "contacts", "sender"),
    [
        ({"from": PHONE}, [], (None, PHONE)),
        ({"from": PHONE}, [{"wa_id": PHONE, "user_id": USER}], (USER, PHONE)),
        ({"from": PHONE, "from_user_id": USER}, [], (USER, PHONE)),
        ({"from_user_id": USER}, [{"user_id": USER}], (USER, None)),
        ({"from_user_id": USER}, [{"user_id": USER, "wa_id": PHONE}], (USER, PHONE)),
        ({}, [{"user_id": USER}], (USER, None)),
        ({"from": PHONE}, [{"wa_id": "6281", "user_id": "ID.2"}, {"wa_id": PHONE, "user_id": USER}], (USER, PHONE)),
        ({"from": PHONE}, [{"wa_id": "62811111", "user_id": "ID.2"}], (None, PHONE)),
        ({"from": PHONE}, ["x", {"wa_id": 7}], (None, PHONE)),
    ],
    ids=["number", "contact", "both told", "hidden", "shown", "contact only", "of two", "another's", "nonsense"],
)
def test_the_sender_has_the_names_that_are_theirs(
    names: dict[str, str], contacts: list[Any], sender: tuple[str | None, str | None]
) -> None:
    told = {"id": "wamid.1", "type": "text", "text": {"body": "halo"}} | names

    assert said(told, contacts=contacts).sender == Identity(whatsapp_user_id=sender[0], whatsapp_phone=sender[1])


@pytest.mark.parametrize("contacts", [[], [{"user_id": "ID.1"}, {"user_id": "ID.2"}], [{"user_id": "<BSUID>"}]])
def test_a_message_of_nobody_is_ignored(contacts: list[Any]) -> None:
    told = {"id": "wamid.1", "type": "text", "text": {"body": "halo"}, "from": "<PHONE>"}

    assert only(value(told, contacts=contacts)) == Ignored("no_sender")


def test_without_a_number_nothing_is_vouched_for() -> None:
    hidden = message() | {"from": None, "from_user_id": USER}

    assert said(hidden).phone is None


@pytest.mark.parametrize(
    ("cards", "vouched"),
    [
        ([{"wa_id": PHONE}], f"+{PHONE}"),
        ([{"wa_id": "16505551234"}], None),
        ([{"wa_id": PHONE}, {"wa_id": "16505551234"}], None),
        ([{"phone": f"+{PHONE}"}], None),
        ([], None),
    ],
    ids=["own", "another's", "both", "without account", "none"],
)
def test_only_the_own_card_is_a_shared_number(cards: list[Any], vouched: str | None) -> None:
    found = said(message("contacts", [{"phones": cards}]))

    assert (found.kind, found.phone) == (Kind.CONTACT, vouched)


# What


@pytest.mark.parametrize(
    ("kind", "content", "expected"),
    [
        ("text", {"body": " kapan? \x00"}, (Kind.TEXT, "kapan?", None)),
        ("text", {"body": ""}, (Kind.OTHER, "", None)),
        ("text", "x", (Kind.OTHER, "", None)),
        ("image", {"caption": "kapan?"}, (Kind.TEXT, "kapan?", None)),
        ("image", {"id": "1"}, (Kind.IMAGE, "", None)),
        ("video", {"id": "1"}, (Kind.OTHER, "", None)),
        ("audio", {"id": "1"}, (Kind.VOICE, "", None)),
        ("document", {"filename": "a.pdf"}, (Kind.DOCUMENT, "", None)),
        ("sticker", {"id": "1"}, (Kind.STICKER, "", None)),
        ("location", {"latitude": 1}, (Kind.LOCATION, "", None)),
        ("order", {"text": ""}, (Kind.OTHER, "", None)),
        ("unsupported", {"type": "poll"}, (Kind.OTHER, "", None)),
        ("of_the_future", None, (Kind.TEXT, "halo", None)),
        ("button", {"payload": "menu", "text": "Menu"}, (Kind.CHOICE, "Menu", "menu")),
        ("button", {"payload": "Berhenti", "text": "Berhenti"}, (Kind.TEXT, "Berhenti", None)),
        ("button", {}, (Kind.OTHER, "", None)),
        (
            "interactive",
            {"type": "button_reply", "button_reply": {"id": "a", "title": "A"}},
            (Kind.CHOICE, "A", "a"),
        ),
        ("interactive", {"type": "list_reply", "list_reply": {"id": "b", "title": "B"}}, (Kind.CHOICE, "B", "b")),
        ("interactive", {"type": "button_reply", "button_reply": {"id": 7}}, (Kind.OTHER, "", None)),
        ("interactive", {}, (Kind.OTHER, "", None)),
        ("edit", {"message": {"type": "text", "text": {"body": "lagi"}}}, (Kind.TEXT, "lagi", None)),
        ("edit", {"message": {"type": "image", "image": {"caption": "lagi"}}}, (Kind.TEXT, "lagi", None)),
    ],
)
def test_each_type_is_read(kind: str, content: Any, expected: tuple[Kind, str, str | None]) -> None:
    found = said(message(kind, content))

    assert (found.kind, found.text, found.choice) == expected


@pytest.mark.parametrize(
    ("told", "reason"),
    [
        (message("reaction", {"emoji": "👍"}), "reaction"),
        (message("revoke", {}), "deleted"),
        (message("request_welcome", {}), "opened"),
        (message("edit", {"message": {"type": "image", "image": {"id": "1"}}}), "edited_without_text"),
        (message("edit", {}), "no_type"),
        (message("interactive", {"type": "nfm_reply"}), "form"),
        (message("interactive", {"type": "call_permission_reply"}), "form"),
        (message(type=None), "no_type"),
        (message(type=["text"]), "no_type"),
        (message(id=None), "no_id"),
        (message(id="with space"), "no_id"),
        (message(id="x" * 501), "no_id"),
        (message(group_id="g"), "group"),
    ],
)
def test_what_needs_no_answer_says_why(told: dict[str, Any], reason: str) -> None:
    assert only(value(told)) == Ignored(reason)


@pytest.mark.parametrize(
    ("posted", "reason"),
    [
        ({}, "no_changes"),
        ([], "no_changes"),
        ({"entry": [{"changes": []}]}, "no_changes"),
        (post({}, field="account_update"), "other_field"),
        (post({"messages": [message()]}), "other_number"),
        (post({"metadata": {"phone_number_id": "1"}, "messages": [message()]}), "other_number"),
        (post({"metadata": {"phone_number_id": NUMBER}}), "empty"),
        (post({"metadata": {"phone_number_id": NUMBER}, "errors": [{"code": 1}]}), "errors"),
    ],
)
def test_what_is_not_for_us_says_why(posted: object, reason: str) -> None:
    assert updates.translate(posted, NUMBER, NOW) == [Ignored(reason)]


# Names that change

NEW_PHONE, NEW_USER = "628987654321", "ID.99"


def system(content: dict[str, Any], **more: Any) -> dict[str, Any]:
    return {"id": "wamid.1", "type": "system", "system": content, "timestamp": "1790000000"} | more


@pytest.mark.parametrize(
    ("told", "former", "present"),
    [
        (
            system({"type": "user_changed_number", "wa_id": NEW_PHONE}, **{"from": PHONE}),
            Identity(whatsapp_phone=PHONE),
            Identity(whatsapp_phone=NEW_PHONE),
        ),
        (
            system({"type": "customer_changed_number", "new_wa_id": NEW_PHONE}, **{"from": PHONE}),
            Identity(whatsapp_phone=PHONE),
            Identity(whatsapp_phone=NEW_PHONE),
        ),
        (
            system(
                {"type": "user_changed_number", "wa_id": NEW_PHONE, "user_id": NEW_USER},
                **{"from": PHONE, "from_user_id": USER},
            ),
            Identity(whatsapp_user_id=USER, whatsapp_phone=PHONE),
            Identity(whatsapp_user_id=NEW_USER, whatsapp_phone=NEW_PHONE),
        ),
        (
            system({"type": "user_changed_user_id", "user_id": NEW_USER, "previous_user_id": USER}),
            Identity(whatsapp_user_id=USER),
            Identity(whatsapp_user_id=NEW_USER),
        ),
        (
            system({"type": "user_changed_user_id", "body": f"User Sari changed from {USER} to {NEW_USER}"}),
            Identity(whatsapp_user_id=USER),
            Identity(whatsapp_user_id=NEW_USER),
        ),
        (
            system({"type": "user_changed_user_id", "user_id": NEW_USER, "wa_id": PHONE}, from_user_id=NEW_USER),
            Identity(whatsapp_phone=PHONE),
            Identity(whatsapp_user_id=NEW_USER, whatsapp_phone=PHONE),
        ),
    ],
    ids=["number", "old form", "with user ids", "user id", "in words", "by the number"],
)
def test_changed_names_are_told(told: dict[str, Any], former: Identity, present: Identity) -> None:
    at = datetime.fromtimestamp(1790000000, UTC)

    assert only(value(told)) == Renaming("whatsapp", "wamid.1", former, present, at)


@pytest.mark.parametrize(
    "told",
    [
        system({"type": "customer_identity_changed", "wa_id": PHONE}, **{"from": PHONE}),
        system({"type": "user_changed_number"}, **{"from": PHONE}),
        system({"type": "user_changed_user_id", "user_id": NEW_USER}),
        system({"type": None, "wa_id": PHONE}),
        system({}),
    ],
    ids=["security code", "to nothing", "from nothing", "no type", "empty"],
)
def test_other_news_of_the_system_are_ignored(told: dict[str, Any]) -> None:
    assert only(value(told)) == Ignored("system")


# Reports


def status(**more: Any) -> dict[str, Any]:
    told = {"id": "wamid.1", "status": "sent", "timestamp": "1790000000", "biz_opaque_callback_data": "12.3"} | more
    return {"metadata": {"phone_number_id": NUMBER}, "statuses": [told]}


@pytest.mark.parametrize(
    ("told", "expected"),
    [
        ({}, ("sent", (12, 3), None)),
        ({"status": "delivered"}, ("delivered", (12, 3), None)),
        ({"status": "read", "biz_opaque_callback_data": "of another program"}, ("read", None, None)),
        ({"status": "played", "biz_opaque_callback_data": None}, ("read", None, None)),
        ({"status": "failed", "errors": [{"code": 131026}]}, ("failed", (12, 3), 131026)),
        ({"status": "failed", "errors": [{"code": "x"}, {"code": True}]}, ("failed", (12, 3), 0)),
        ({"status": "failed"}, ("failed", (12, 3), 0)),
        ({"biz_opaque_callback_data": "9" * 30 + ".1"}, ("sent", None, None)),
    ],
)
def test_a_report_tells_of_which_attempt_and_how(
    told: dict[str, Any], expected: tuple[str, tuple[int, int] | None, int | None]
) -> None:
    found = only(status(**told))

    assert isinstance(found, StatusUpdate)
    assert (found.state, found.marked, found.code) == expected
    assert found.at == datetime.fromtimestamp(1790000000, UTC)


@pytest.mark.parametrize("told", [{"status": "warning"}, {"status": None}, {"status": ["sent"]}, {"id": None}])
def test_another_report_is_ignored(told: dict[str, Any]) -> None:
    assert only(status(**told)) == Ignored("other_status")


@pytest.mark.parametrize("timestamp", ["", "x", "-5", None, "9" * 12, 0, 1.5, True, "٣"])
def test_a_time_that_is_none_is_now(timestamp: Any) -> None:
    found = only(status(timestamp=timestamp))

    assert isinstance(found, StatusUpdate)
    assert found.at in {NOW, datetime.fromtimestamp(1, UTC)}


def test_what_a_message_is_marked_with_comes_back() -> None:
    found = only(status(biz_opaque_callback_data=updates.mark(4711, 2)))

    assert isinstance(found, StatusUpdate)
    assert found.marked == (4711, 2)


# Anything

KEYS = ("entry", "changes", "field", "value", "metadata", "phone_number_id", "messages", "statuses", "contacts", "id")
INNER = ("from", "from_user_id", "type", "text", "body", "system", "interactive", "button", "edit", "message", "wa_id")
WORDS = st.sampled_from([*KEYS, *INNER, "user_id", "status", "errors", "code", "timestamp", "phones"])
ANYTHING = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5) | WORDS | st.just(PHONE),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(WORDS, inner, max_size=6),
    max_leaves=30,
)


@FIXED
@given(ANYTHING)
def test_nothing_that_arrives_is_a_surprise(anything: Any) -> None:
    for posted in (anything, post(anything), post(value(anything)), post(value(message(content=anything)))):
        for found in updates.translate(posted, NUMBER, NOW):
            if isinstance(found, Inbound):
                assert found.text == found.text.encode().decode()


@FIXED
@given(ANYTHING, ANYTHING, ANYTHING)
def test_no_system_message_or_report_is_a_surprise(one: Any, two: Any, three: Any) -> None:
    told = system({"type": "user_changed_number", "wa_id": one, "user_id": two, "body": three}, **{"from": one})
    reported = {"id": "wamid.1", "status": "failed", "errors": one, "timestamp": two, "biz_opaque_callback_data": three}

    assert translate(value(told))
    assert translate({"metadata": {"phone_number_id": NUMBER}, "statuses": [reported, one]})


@pytest.mark.parametrize("raw", [b"", b"{", b"\xff", b"[" * 100_000])
def test_what_is_not_json_is_nothing(raw: bytes) -> None:
    assert updates.parse(raw) is None


# Signatures


def test_a_signature_holds_for_the_bytes_it_was_made_of() -> None:
    raw = b'{"text":"caf\\u00e9"}'

    assert signature.is_valid(raw, signature.sign(raw, "secret"), "secret")
    assert not signature.is_valid(json.dumps(json.loads(raw)).encode(), signature.sign(raw, "secret"), "secret")
    assert not signature.is_valid(raw, signature.sign(raw, "other"), "secret")
    assert not signature.is_valid(raw, "", "secret")
    assert not signature.is_valid(raw, "\udcff", "secret")


def test_a_signature_is_the_one_meta_makes() -> None:
    # RFC 4231, test case 2
    expected = "sha256=5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843"

    assert signature.sign(b"what do ya want for nothing?", "Jefe") == expected


# Recorded webhooks


def number_of(posted: dict[str, Any]) -> str:
    values = [change["value"] for entry in posted["entry"] for change in entry["changes"]]
    return str(values[0].get("metadata", {}).get("phone_number_id", NUMBER))


# Why somebody who sent one of these gets no answer.
NO_ANSWER = {"reaction", "deleted", "edited_without_text", "form", "system", "no_sender", "group"}


@pytest.mark.skipif(not recorded(), reason="Meta's samples are not there (../shared)")
def test_every_message_in_recorded_webhooks_is_answered_or_says_why_not() -> None:
    outcomes: dict[str, list[str]] = {}
    for name, posted in recorded():
        values = [change["value"] for entry in posted["entry"] for change in entry["changes"]]
        found = updates.translate(posted, number_of(posted), NOW)
        messages = sum(len(each.get("messages", [])) for each in values)
        reports = sum(
            len(change["value"].get("statuses", []))
            for entry in posted["entry"]
            for change in entry["changes"]
            if change["field"] == "messages"
        )
        if messages:
            assert len(found) == messages, name
        for each in found:
            outcomes.setdefault(each.reason if isinstance(each, Ignored) else type(each).__name__, []).append(name)
        assert sum(isinstance(each, StatusUpdate | Ignored) for each in found) >= reports, name

    assert sum(map(len, outcomes.values())) >= 90
    assert len(outcomes["Inbound"]) >= 30
    assert set(outcomes) - {"Inbound", "StatusUpdate", "Renaming", "other_field", "preference"} <= NO_ANSWER


# What people want


def preferring(*told: dict[str, Any], **more: Any) -> list[updates.Update]:
    posted = post(value(user_preferences=list(told)) | more, field="user_preferences")
    return updates.translate(posted, NUMBER, NOW)


def test_whoever_stops_announcements_at_whatsapp_is_known_by_number_and_user_id() -> None:
    stop = {"wa_id": PHONE, "category": "marketing_messages", "value": "stop"}
    contact = {"wa_id": PHONE, "user_id": USER}
    hidden = {"category": "marketing_messages", "value": "stop", "user_id": USER}

    assert preferring(stop, contacts=[contact]) == [
        NoAnnouncements(Identity(whatsapp_user_id=USER, whatsapp_phone=PHONE))
    ]
    assert preferring(stop, contacts=[contact | {"wa_id": "62899"}]) == [
        NoAnnouncements(Identity(whatsapp_phone=PHONE))
    ]
    assert preferring(hidden) == [NoAnnouncements(Identity(whatsapp_user_id=USER))]


@pytest.mark.parametrize(
    ("told", "reason"),
    [
        ({"wa_id": PHONE, "category": "marketing_messages", "value": "resume"}, "preference"),
        ({"wa_id": PHONE, "category": "other", "value": "stop"}, "preference"),
        ({"category": "marketing_messages", "value": "stop"}, "no_sender"),
    ],
)
def test_no_other_preference_is_ours_to_act_on(told: dict[str, Any], reason: str) -> None:
    assert preferring(told) == [Ignored(reason)]
