"""An operator sees how each template stands at Meta, and what to submit, ready to be posted."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from bot import whatsapp_commands
from bot.channels.whatsapp import approval, templates
from bot.channels.whatsapp.templates import TemplatesError
from bot.cli import cli
from bot.errors import PlainError
from bot.settings import Settings
from tests.bot import serving
from tests.service import free_port
from tests.stubs.whatsapp import BUSINESS_ID, WhatsAppStub

SUBMITTED = [each.submission for each in templates.load()]


@pytest.fixture
async def meta() -> AsyncIterator[WhatsAppStub]:
    async with WhatsAppStub() as stub:
        yield stub


def settings(folder: Path, stub: WhatsAppStub, **more: object) -> Settings:
    return serving.settings(folder, **({"whatsapp_business_id": BUSINESS_ID} | stub.settings() | more))


def posted(out: str) -> list[tuple[str, dict[str, Any]]]:
    """Return what is to be posted, and where."""
    _, *parts = out.split("\nPOST ")
    return [(address, json.loads(body)) for address, _, body in (part.partition("\n") for part in parts)]


async def test_what_is_missing_is_printed_ready_to_be_posted(
    meta: WhatsAppStub, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    given = settings(tmp_path, meta)
    assert not await whatsapp_commands.show_templates(given, as_json=False)
    out = capsys.readouterr().out
    found = posted(out)
    meta.approve(*(body for _, body in found))

    assert out.startswith("BAD upakarti_announcement (id): not submitted yet\n")
    assert {address for address, _ in found} == {f"{meta.url}/{BUSINESS_ID}/message_templates"}
    assert [body for _, body in found] == SUBMITTED
    assert await whatsapp_commands.show_templates(given, as_json=False)
    assert capsys.readouterr().out.splitlines() == [
        f"ok  {each['name']} ({each['language']}): approved" for each in SUBMITTED
    ]


async def test_another_text_is_changed_under_its_id_and_a_rejection_has_its_reason(
    meta: WhatsAppStub, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    meta.approve(*SUBMITTED)
    first, second, third, fourth, fifth, *_ = SUBMITTED
    other = [{"type": "BODY", "text": "Lain {{1}} sekali"}, *first["components"][1:]]
    meta.approve({**first, "components": other, "id": "77"})
    meta.approve({**second, "rejected_reason": "INVALID_FORMAT"}, status="REJECTED")
    meta.approve({**third, "category": "MARKETING", "rejected_reason": "NONE"}, status="PENDING")
    meta.approve(fourth, status="PAUSED")
    meta.approve({**fifth, "components": [*fifth["components"], {"type": "FOOTER", "text": "Salam"}]})
    meta.templates["elsewhere", "id"] = {"name": "elsewhere", "language": "id"}

    assert not await whatsapp_commands.show_templates(settings(tmp_path, meta), as_json=False)
    out = capsys.readouterr().out
    assert out.splitlines()[:6] == [
        "BAD upakarti_announcement (id): Meta has another text: submit this one",
        "BAD upakarti_announcement (en): Meta rejected it: change the text, or appeal in the WhatsApp Manager"
        " (invalid_format)",
        "BAD upakarti_deadline (id): Meta has not decided yet; Meta calls it MARKETING, not UTILITY",
        "BAD upakarti_deadline (en): Meta paused it, since people complained: it comes back by itself",
        "BAD upakarti_correction (id): Meta has another text: submit this one",
        "ok  upakarti_correction (en): approved",
    ]
    assert posted(out)[0] == (f"{meta.url}/77", {"components": first["components"]})
    assert len(posted(out)) == 3


async def test_a_program_reads_the_same_as_json(
    meta: WhatsAppStub, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    meta.approve(*SUBMITTED[1:])
    assert not await whatsapp_commands.show_templates(settings(tmp_path, meta), as_json=True)
    first, second, *_ = map(json.loads, capsys.readouterr().out.splitlines())

    assert (first["state"], first["submit"]) == ("missing", SUBMITTED[0])
    assert second == {
        "name": "upakarti_announcement",
        "language": "en",
        "state": "ok",
        "reason": None,
        "category": "MARKETING",
        "submit": None,
    }


@pytest.mark.parametrize(
    ("more", "sentence"),
    [
        ({"whatsapp_business_id": None}, "Set WhatsApp's four settings and UPAKARTI_WHATSAPP_BUSINESS_ID first"),
        ({"whatsapp_business_id": "12345"}, "check UPAKARTI_WHATSAPP_BUSINESS_ID"),
        ({"whatsapp_token": "EAAG" + "x" * 40}, "Meta refuses the token"),
        ({"whatsapp_api_url": f"http://127.0.0.1:{free_port()}"}, r"Meta cannot be reached \(not_connected\)"),
    ],
)
async def test_what_is_wrong_is_said_in_one_sentence(
    meta: WhatsAppStub, tmp_path: Path, more: dict[str, object], sentence: str
) -> None:
    with pytest.raises(PlainError, match=sentence):
        await whatsapp_commands.show_templates(settings(tmp_path, meta, **more), as_json=False)


async def test_mistakes_in_the_file_are_told(
    meta: WhatsAppStub, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken() -> None:
        raise TemplatesError("status.id: body: {{1}} once, and no other parameter")

    monkeypatch.setattr(templates, "load", broken)
    with pytest.raises(PlainError, match="mistakes"):
        await whatsapp_commands.show_templates(settings(tmp_path, meta), as_json=False)


def test_strange_answers_count_as_another_text() -> None:
    (first, *_) = templates.load()
    known = {"name": first.name, "language": "id", "id": "1", "status": "APPROVED", "category": first.category}
    for components in (None, "x", [5], [{"type": "BUTTONS", "buttons": [7]}]):
        (found, *_) = approval.compare([first], [{**known, "components": components}])
        assert found.state == approval.DIFFERENT


def test_the_command_ends_with_1_when_something_is_missing(monkeypatch: pytest.MonkeyPatch) -> None:
    async def shown(_settings: Settings, *, as_json: bool) -> bool:
        return as_json

    monkeypatch.setattr(whatsapp_commands, "show_templates", shown)
    codes = [CliRunner().invoke(cli, ["whatsapp", "templates", *more]).exit_code for more in ([], ["--json"])]

    assert codes == [1, 0]
