"""Another implementation reads the same webhooks as we do: the npm package @kapso/whatsapp-cloud-api.

    npm install --no-save @kapso/whatsapp-cloud-api@0.3.0

in the project's folder, or in another one that NODE_PATH names.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from bot.channels.whatsapp import signature, updates
from bot.channels.whatsapp.updates import Ignored, StatusUpdate
from handlers.messages import Inbound, Kind
from storage.names import Renaming
from tests.stubs.recorded import recorded
from tests.stubs.whatsapp import APP_SECRET, dumps, post_of, sign

PACKAGE = "@kapso/whatsapp-cloud-api"
FOLDERS = [
    Path(__file__).parents[3] / "node_modules",
    *map(Path, filter(None, os.environ.get("NODE_PATH", "").split(":"))),
]
FOUND = next((folder / PACKAGE for folder in FOLDERS if (folder / PACKAGE).is_dir()), None)
NOW = datetime(2026, 11, 24, 3, 0, tzinfo=UTC)
SCRIPT = """
const { normalizeWebhook, verifySignature } = require(process.argv[1] + "/dist/server.cjs");
const cases = JSON.parse(require("fs").readFileSync(0, "utf8"));
const read = ({ raw, header }) => {
  const found = normalizeWebhook(JSON.parse(raw));
  const valid = verifySignature({ appSecret: process.argv[2], rawBody: Buffer.from(raw), signatureHeader: header });
  return { valid, messages: found.messages, statuses: found.statuses };
};
console.log(JSON.stringify(cases.map(read)));
"""

pytestmark = [
    pytest.mark.skipif(FOUND is None or shutil.which("node") is None, reason=f"node or {PACKAGE} is not installed"),
]


def ask(cases: list[tuple[bytes, str]]) -> list[dict[str, Any]]:
    """Return what the package makes of each body and its signature."""
    given = json.dumps([{"raw": raw.decode(), "header": header} for raw, header in cases])
    done = subprocess.run(
        ["node", "-e", SCRIPT, str(FOUND), APP_SECRET],
        input=given,
        capture_output=True,
        text=True,
        check=True,
        timeout=60,
    )
    answers: list[dict[str, Any]] = json.loads(done.stdout)
    return answers


def posts() -> list[dict[str, Any]]:
    """Return the recorded posts, and some of many changes."""
    single = [post for _, post in recorded()]
    values = [
        change["value"]
        for post in single
        for entry in post["entry"]
        for change in entry["changes"]
        if change["field"] == "messages" and "metadata" in change["value"]
    ]
    by_number: dict[str, list[Any]] = {}
    for value in values:
        by_number.setdefault(value["metadata"]["phone_number_id"], []).append(value)
    return single + [post_of(each, per_entry=3) for each in by_number.values()]


def ours(post: dict[str, Any]) -> list[updates.Update]:
    values = [change["value"] for entry in post["entry"] for change in entry["changes"]]
    return updates.translate(post, values[0].get("metadata", {}).get("phone_number_id", ""), NOW)


def theirs_said(message: dict[str, Any]) -> tuple[str | None, str | None]:
    """Return the text and the pressed choice of a message as the package reads it."""
    while message["type"] == "edit":
        message = message["edit"]["message"]
    content = message.get(message["type"])
    if not isinstance(content, dict):
        return None, None
    pressed = content.get("buttonReply") or content.get("listReply")
    if pressed:
        return pressed["title"], pressed["id"]
    if message["type"] == "button":
        payload = None if content["payload"] == content["text"] else content["payload"]
        return content["text"], payload
    return content.get("body") or content.get("caption") or None, None


@pytest.mark.skipif(not recorded(), reason="Meta's samples are not there (../shared)")
def test_both_read_the_same_messages_and_reports() -> None:
    known = posts()
    answers = ask([(dumps(post), sign(dumps(post))) for post in known])
    compared = 0
    for post, theirs in zip(known, answers, strict=True):
        if any(change["field"] != "messages" for entry in post["entry"] for change in entry["changes"]):
            continue
        found = ours(post)
        messages = [each for each in found if not isinstance(each, StatusUpdate)]
        read = theirs["messages"]
        assert theirs["valid"]
        assert len(messages) == len(read)
        for mine, other in zip(messages, read, strict=True):
            compared += 1
            if isinstance(mine, Inbound):
                assert mine.message_id == other["id"]
                assert other["from"] == mine.sender.whatsapp_phone
                said = (mine.text or None, mine.choice) if mine.kind in {Kind.TEXT, Kind.CHOICE} else (None, None)
                assert said == theirs_said(other)
            elif isinstance(mine, Renaming):
                assert other["system"]["waId"] == mine.present.whatsapp_phone
            else:
                assert isinstance(mine, Ignored)
                wanted = {"reaction", "revoke", "edit", "interactive", "system"}
                assert other["type"] in wanted or mine.reason == "no_sender"
        reports = [(each.message_id, each.state) for each in found if isinstance(each, StatusUpdate)]
        read_reports = [
            (each["id"], "read" if each["status"] == "played" else each["status"]) for each in theirs["statuses"]
        ]
        assert reports == [each for each in read_reports if each[1] in {"sent", "delivered", "read", "failed"}]

    assert compared >= 80


def test_both_believe_the_same_signatures() -> None:
    raw = dumps({"text": "kapan ditutup? é/ü", "entry": []})
    headers = [sign(raw), sign(raw, "other"), sign(json.dumps(json.loads(raw)).encode()), "sha256=", "", "x"]
    answers = ask([(raw, header) for header in headers])

    assert [answer["valid"] for answer in answers] == [
        signature.is_valid(raw, header, APP_SECRET) for header in headers
    ]
    assert [answer["valid"] for answer in answers] == [True, False, False, False, False, False]
