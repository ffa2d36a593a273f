"""On Telegram a status is told to whoever shares the proposal's phone number, if it is their own, with its picture."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from handlers.wording import Wording
from storage.database import Database
from storage.proposals import proof, records, releases
from storage.proposals.records import Entry
from tests.bot.test_telegram_service import Line, connected, message, ready
from tests.stubs.telegram import Sent, TelegramStub

NUMBER = "UPK-2026-00012"
PHONE = "+6281234567890"
RELEASED = datetime(2026, 3, 2, 3, 0, tzinfo=UTC)
OWNER, STRANGER = 42, 43
STATE = "Penilaian substansi"


@pytest.fixture
async def asked(tmp_path: Path) -> AsyncIterator[Line]:
    """Two people who have each named the number of the same proposal, and are asked to prove that they may know."""
    async with TelegramStub() as stub, connected(tmp_path, "webhook", stub) as line:
        await ready(line)
        database = Database(line.database_url)
        phone_hash = proof.phone_hash(proof.phone(PHONE) or "")
        entry = Entry(
            NUMBER, 2026, "pengabdian", phone_sha256=phone_hash, state="penilaian_substansi", entered_at=RELEASED
        )
        async with database.transaction() as tx:
            await records.put(tx, entry, RELEASED)
            await releases.release_one(tx, NUMBER, RELEASED, RELEASED)
        await database.close()
        for person in (OWNER, STRANGER):
            stub.text(person, "/status")
            stub.text(person, NUMBER)
            await line.answers(person, 2)
        yield line


async def next_answer(line: Line, person: int) -> Sent:
    """Return the newest message to somebody who has got two before."""
    await line.answers(person, 3)
    return line.stub.sent_to(person)[-1]


def share(wording: Wording) -> str:
    return wording.say("status.button_share", "id")


@pytest.fixture(scope="module")
def wording() -> Wording:
    return Wording.load()


async def test_ones_own_number_is_shared_by_a_tap_and_brings_the_status_with_its_picture(
    asked: Line, wording: Wording
) -> None:
    stub = asked.stub
    asks_contact = [[button.get("request_contact") for button in row] for row in stub.keyboard_of(OWNER)]
    stub.tap(OWNER, share(wording), PHONE)
    told = await next_answer(asked, OWNER)

    assert asks_contact[0] == [True]
    assert not any(flag for row in asks_contact[1:] for flag in row)
    assert told.method == "sendPhoto"
    assert STATE in (told.text or "")
    assert (told.text or "").count("›") == 7  # the stages stand in the text, and not again as its description
    assert "inline_keyboard" in (told.reply_markup or {})
    assert stub.violations == []


@pytest.mark.parametrize(
    ("owner", "forwarded"), [(OWNER, False), (STRANGER, True), (OWNER, True), (0, False), (0, True)]
)
async def test_another_persons_number_brings_nothing(
    asked: Line, wording: Wording, owner: int, *, forwarded: bool
) -> None:
    asked.stub.share_contact(STRANGER, PHONE, owner, forwarded=forwarded)
    told = await next_answer(asked, STRANGER)

    assert told.text == wording.say("status.not_own_contact", "id")
    assert share(wording) in [button["text"] for row in asked.stub.keyboard_of(STRANGER) for button in row]


async def test_ones_own_number_that_is_not_the_proposals_brings_nothing(asked: Line) -> None:
    asked.stub.share_contact(STRANGER, "+6281300000000")
    told = await next_answer(asked, STRANGER)

    assert STATE not in (told.text or "")


async def test_a_contact_that_comes_again_tells_nothing_twice(asked: Line) -> None:
    contact = {"phone_number": PHONE, "first_name": "Sari", "user_id": OWNER}
    update: dict[str, Any] = {"update_id": 900_000_000, "message": message(OWNER, contact=contact)}
    statuses = [await asked.post(update) for _ in range(3)]
    replayed = {**update, "update_id": 900_000_001, "message": message(STRANGER, contact=contact)}
    statuses.append(await asked.post(replayed))
    await asked.answers(OWNER, 3)
    told = await next_answer(asked, STRANGER)
    asked.stub.text(OWNER, "/help")
    await asked.answers(OWNER, 4)

    assert statuses == [200] * 4
    assert [STATE in (sent.text or "") for sent in asked.stub.sent_to(OWNER)] == [False, False, True, False]
    assert STATE not in (told.text or "")


async def test_the_other_buttons_beside_the_number_say_their_titles(asked: Line, wording: Wording) -> None:
    asked.stub.tap(OWNER, wording.say("status.button_stop", "id"))
    told = await next_answer(asked, OWNER)

    assert told.text == wording.say("status.stopped", "id")
