"""The templates that come with the program keep Meta's rules, say what a message is, and go once they are filled in."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest

from bot import admission
from bot.channels import fit
from bot.channels.whatsapp import templates
from bot.channels.whatsapp.templates import BODY, EXCERPT, Declared, TemplatesError
from handlers.messages import Attachment, Choice, Reply
from storage.windows import Template
from tests.stubs.whatsapp import ORACLE, _schema, broken_limits

ENVELOPE = {"messaging_product": "whatsapp", "to": "62811", "biz_opaque_callback_data": "1.1"}
GOOD = """
[message]
name = "upakarti_message"
category = "UTILITY"
[message.id]
body = "Ada pesan baru: {{1}} Ketuk tombol."
example = "Halo"
button = "Baca lengkap"
[message.en]
body = "There is a message: {{1}} Tap the button."
example = "Hello"
footer = "Reply STOP"
button = "Read all"
"""


def test_every_kind_has_a_template_in_each_language() -> None:
    declared = [(each.kind, each.language) for each in templates.load()]

    assert declared == [(kind, language) for kind in admission.KINDS for language in templates.LANGUAGES]


@pytest.mark.parametrize("each", list(templates.load()), ids=lambda each: f"{each.kind}-{each.language}")
@pytest.mark.parametrize(
    "text",
    ["Halo", "*Tenggat* dekat.\n\n• satu\n• dua\t\ttiga     empat", "kata " * 900, "👩‍🔬" * 400],
    ids=["short", "lines", "long", "wide"],
)
def test_a_filled_in_template_is_what_meta_takes(each: Declared, text: str) -> None:
    content = each.content(Reply(text, (Choice("menu", "Menu"),)), 12)
    body = {**ENVELOPE, **content}
    (said,) = content["template"]["components"][0]["parameters"]
    (button,) = content["template"]["components"][1]["parameters"]

    assert _schema(ORACLE).check(body) + broken_limits(body) == []
    assert fit.units(each.body) + fit.units(said["text"]) <= BODY
    assert fit.units(said["text"]) <= EXCERPT
    assert button == {"type": "payload", "payload": "whole:12"}


def test_a_parameter_is_one_line_without_emphasis_and_says_how_a_message_begins() -> None:
    each = templates.load().find(Template("message", "en"))
    assert each is not None

    shown = each.shown(Reply("*Dear all*,\n\n  registration is open.\n" + "More words. " * 100))

    assert "Dear all, registration is open. More words. More" in shown
    assert re.search(r"More words\.?…\n", shown) or "…" in shown
    assert shown.endswith("[Read all]")


def test_a_file_without_words_is_told_by_what_it_shows() -> None:
    (each, *_) = templates.load()

    assert "Surat edaran" in each.shown(Reply("", attachments=(Attachment("a.pdf", "", b"", "Surat edaran"),)))
    assert "a.pdf" in each.shown(Reply("", attachments=(Attachment("a.pdf", "", b"", ""),)))


def test_announcements_and_reminders_tell_how_to_stop_them() -> None:
    footers = {(each.kind, each.language): each.footer or "" for each in templates.load()}

    for kind in ("announcement", "deadline"):
        assert "BERHENTI" in footers[kind, "id"]
        assert "STOP" in footers[kind, "en"]


def test_a_good_file_is_read() -> None:
    indonesian, english = templates.parse(GOOD)

    assert (indonesian.footer, english.footer) == (None, "Reply STOP")
    assert english.submission == {
        "name": "upakarti_message",
        "language": "en",
        "category": "UTILITY",
        "components": [
            {
                "type": "BODY",
                "text": "There is a message: {{1}} Tap the button.",
                "example": {"body_text": [["Hello"]]},
            },
            {"type": "FOOTER", "text": "Reply STOP"},
            {"type": "BUTTONS", "buttons": [{"type": "QUICK_REPLY", "text": "Read all"}]},
        ],
    }


@pytest.mark.parametrize(
    ("before", "after", "complaint"),
    [
        ('name = "upakarti_message"', 'name = "Upakarti Message"', "message: name: at most 512 small letters"),
        ('category = "UTILITY"', 'category = "NEWS"', "message: category: MARKETING or UTILITY"),
        ('category = "UTILITY"', 'category = "UTILITY"\ncolour = "red"', "message: colour: unknown"),
        ("[message.en]", "[message.fr]", "message.en: needs body, example and button"),
        ("a message: {{1}} Tap", "a message: Tap", "message.en: body: {{1}} once"),
        ("a message: {{1}} Tap", "a message: {{1}} {{2}} Tap", "message.en: body: {{1}} once"),
        ("a message: {{1}} Tap", "a message: {{ 1 }} Tap", "message.en: body: {{1}} once"),
        ("{{1}} Tap the button.", "{{1}}", "message.en: body: may neither begin nor end with {{1}}"),
        ("There is a message: {{1}}", "{{1}} There is", "message.en: body: may neither begin nor end with {{1}}"),
        ("There is a message: {{1}} Tap the button.", "Read: {{1}} .", "message.en: body: at least 3 words"),
        ("a message: {{1}}", "a message:\\n\\n\\n{{1}}", "message.en: body: at most two line breaks together"),
        ("There is", "There is " * 100, "message.en: body: at most 1024 characters"),
        ('"Hello"', '"Hello\\nyou"', "message.en: example: no line breaks"),
        ('"Hello"', '"Hello    you"', "message.en: example: no line breaks"),
        ('"Hello"', f'"{"Hello " * 60}"', "message.en: example: at most 300 characters"),
        ('"Hello"', '"  "', "message.en: all values are texts"),
        ('"Hello"', "5", "message.en: all values are texts"),
        ('"Read all"', '"Read all of this message now"', "message.en: button: one line of at most 25"),
        ('"Read all"', '"Read {{1}}"', "message.en: button: one line of at most 25"),
        ('"Reply STOP"', f'"{"Reply STOP " * 6}"', "message.en: footer: one line of at most 60"),
        ("[message]", "other = 5\n[message]", "other: needs a name, a category"),
        ("[message]", "[message", "The templates are not TOML"),
    ],
)
def test_a_broken_rule_is_named_with_its_place(before: str, after: str, complaint: str) -> None:
    assert before in GOOD
    with pytest.raises(TemplatesError) as raised:
        templates.parse(GOOD.replace(before, after))

    assert complaint in str(raised.value)


def test_two_templates_of_one_name_are_refused() -> None:
    with pytest.raises(TemplatesError, match="upakarti_message: two templates have this name"):
        templates.parse(GOOD + GOOD.replace("[message", "[other"))


def test_a_body_takes_as_much_as_meta_lets_it() -> None:
    (each, *_) = templates.load()
    full = replace(each, body="x" * (BODY - EXCERPT - 5) + "{{1}}")
    text = full.content(Reply("kata " * 100), 1)["template"]["components"][0]["parameters"][0]["text"]

    assert fit.units(full.body.replace("{{1}}", text)) <= BODY
