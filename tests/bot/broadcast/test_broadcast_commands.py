"""An announcement is written, approved by a second officer, steered and reported from the command line."""

from __future__ import annotations

import asyncio
import csv
from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from pydantic import SecretStr

from bot.broadcast import drafting, report_commands, steering_commands
from bot.broadcast.drafting import Given
from bot.errors import PlainError
from bot.proposals.desk import Desk
from storage import audit, outbox
from storage.broadcasts import drafts
from storage.broadcasts.audience import Audience
from storage.broadcasts.drafts import Broadcast, Draft, Text
from storage.database import Database
from storage.outbox import Settlement
from storage.schema import outbox as messages
from tests.bot.conftest import WatchedClock
from tests.bot.test_cli import Command
from tests.storage.broadcasts import announced
from tests.stubs.whatsapp import WhatsAppStub

Printed = Callable[[Awaitable[None]], Awaitable[str]]
Objects = Callable[[Awaitable[None]], Awaitable[list[Any]]]

pytestmark = pytest.mark.usefixtures("office")


SECRETS = {"whatsapp_token", "whatsapp_app_secret", "whatsapp_verify_token"}


async def found(store: Database, broadcast_id: int = 1) -> Broadcast:
    async with store.reading() as tx:
        broadcast = await drafts.find(tx, broadcast_id)
    assert broadcast is not None
    return broadcast


async def approved(desk: Desk, text: Path) -> None:
    await drafting.draft(desk, "Rina", Given(text))
    await steering_commands.approve(desk, "Budi", 1, 1)


async def ended(desk: Desk, store: Database, text: Path) -> None:
    """Send one to three people: one gets it, one refused, one may have got it."""
    await approved(desk, text)
    await steering_commands.start(desk, "Budi", 1, None, watched=False)
    await announced.carried(store, desk.clock.now())
    claims = await announced.taken(store, held=outbox.Lease("a", desk.clock.now(), timedelta(seconds=9)))
    ends = (("sent", None), ("refused", "blocked"), ("unsure", "answer_lost"))
    settlements = [Settlement(claim, status, reason) for claim, (status, reason) in zip(claims, ends, strict=True)]
    async with store.transaction() as tx:
        await outbox.settle(tx, settlements, desk.clock.now())
    await announced.carried(store, desk.clock.now())


async def test_a_draft_is_shown_as_each_channel_shows_it_with_its_audience_and_time(
    desk: Desk, store: Database, text: Path, tmp_path: Path, printed: Printed
) -> None:
    photo, english = tmp_path / "tahap.png", tmp_path / "text.txt"
    photo.write_bytes(b"\x89PNG")
    english.write_text("Registration is open.", encoding="utf-8")
    given = Given(text, english, photo, "Tahap penilaian", "bahasa=id kanal=telegram")
    out = await printed(drafting.draft(desk, " rina ", given))
    broadcast = await found(store)
    async with store.reading() as tx:
        file, (act, *_) = await drafts.file(tx, 1), await audit.latest(tx, 1)

    assert (broadcast.author_id, broadcast.status) == (1, "draft")
    assert broadcast.texts == {
        "id": Text("Pendaftaran *dibuka*.", (("sub:off", "Berhenti"),)),
        "en": Text("Registration is open.", (("sub:off", "Stop"),)),
    }
    assert broadcast.audience == Audience(languages=("id",), channels=("telegram",))
    assert file is not None
    assert (file.filename, file.media_type, file.description) == ("tahap.png", "image/png", "Tahap penilaian")
    assert (act.actor, act.action, act.subject) == ("staff:1", "broadcast_draft", "broadcast:1")
    assert "--- telegram, id ---\n[file: tahap.png]\nPendaftaran *dibuka*." in out
    assert "--- web, en ---\n[file: tahap.png]\nRegistration is open." in out
    assert "get it: 3." in out
    assert out == await printed(drafting.preview(desk, 1))


@pytest.mark.parametrize(
    ("business_id", "read"),
    [
        (None, "(nothing: no templates are used)"),
        ("12345", "*Pengumuman Penghargaan Upakarti*\n\nPendaftaran dibuka.\n"),
    ],
    ids=["without templates", "with templates"],
)
async def test_a_preview_shows_what_goes_to_whatsapp_after_a_day(
    desk: Desk, text: Path, printed: Printed, business_id: str | None, read: str
) -> None:
    known = WhatsAppStub().settings() | {"whatsapp_api_url": "https://graph.example.test"}
    settings = desk.settings.model_copy(
        update={name: SecretStr(value) if name in SECRETS else value for name, value in known.items()}
        | {"whatsapp_business_id": business_id}
    )
    await drafting.draft(desk, "Rina", Given(text))
    out = await printed(drafting.preview(replace(desk, settings=settings), 1))

    assert f"--- whatsapp, id, to those who did not write in the last 24 hours ---\n{read}" in out


async def test_a_draft_keeps_its_time(
    desk: Desk, store: Database, text: Path, clock: WatchedClock, printed: Printed
) -> None:
    at = clock.now() + timedelta(hours=2)
    await approved(replace(desk), text)
    await drafting.draft(desk, "Rina", Given(text, starts_at=at))
    await steering_commands.approve(desk, "Budi", 2, 1)
    out = await printed(steering_commands.start(desk, "Budi", 2, None, watched=False))

    assert (await found(store, 2)).starts_at == at
    assert "begins 2026-11-24 12:00 WIB" in out


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"audience": "bahasa=jawa"}, "names no audience"),
        ({"starts_at": timedelta(seconds=-1)}, "is past"),
        ({"text": ""}, "says nothing"),
        ({"text": "a" * 4097}, "too long for one message on telegram"),
        ({"text": b"\xff\xfe\xff"}, "not UTF-8"),
        ({"file": 10_000_001}, "larger than 10 MB"),
    ],
)
async def test_what_cannot_be_sent_is_not_written(
    desk: Desk, store: Database, text: Path, tmp_path: Path, given: dict[str, Any], said: str
) -> None:
    content = given.pop("text", "Halo")
    text.write_bytes(content if isinstance(content, bytes) else content.encode())
    if "file" in given:
        path = tmp_path / "besar.pdf"
        path.write_bytes(bytes(given["file"]))
        given["file"] = path
    if "starts_at" in given:
        given["starts_at"] += desk.clock.now()
    with pytest.raises(PlainError, match=said):
        await drafting.draft(desk, "Rina", Given(text, **given))
    async with store.reading() as tx:
        assert await drafts.recent(tx, 10) == []


async def test_a_start_at_a_time_that_is_past_is_refused(desk: Desk, store: Database, text: Path) -> None:
    await approved(desk, text)
    with pytest.raises(PlainError, match="is past: give a later time"):
        await steering_commands.start(desk, "Budi", 1, desk.clock.now() - timedelta(days=1), watched=False)

    assert (await found(store)).status == "approved"


async def test_what_is_taken_back_does_not_go_to_the_rest(desk: Desk, store: Database, text: Path) -> None:
    await ended(desk, store, text)
    async with store.transaction() as tx:
        later = await drafts.create(tx, Draft(1, "withdrawal", 1), desk.clock.now())
        await drafts.ask(tx, later, 1)
    with pytest.raises(PlainError, match="its old words are not sent any more"):
        await steering_commands.rest(desk, "Budi", 1, ("failed",))

    assert (await found(store)).status == "finished"


@pytest.mark.parametrize("name", ["Sri", "Nobody"])
async def test_only_those_who_work_here_act(desk: Desk, text: Path, name: str) -> None:
    with pytest.raises(PlainError, match="Nobody who works here"):
        await drafting.draft(desk, name, Given(text))


async def test_whoever_wrote_it_may_not_approve_it(desk: Desk, store: Database, text: Path) -> None:
    await drafting.draft(desk, "Rina", Given(text))
    with pytest.raises(PlainError, match="second officer"):
        await steering_commands.approve(desk, "Rina", 1, 1)
    before = (await found(store)).status
    lenient = replace(desk, settings=desk.settings.model_copy(update={"single_officer": True}))
    await steering_commands.approve(lenient, "Rina", 1, 1)

    assert before == "draft"
    assert ((await found(store)).status, (await found(store)).alone) == ("approved", True)


async def test_only_what_was_seen_is_approved(desk: Desk, store: Database, text: Path, printed: Printed) -> None:
    await drafting.draft(desk, "Rina", Given(text))
    shown = await printed(drafting.preview(desk, 1))
    async with store.transaction() as tx:
        await drafts.set_audience(tx, 1, Audience(languages=("en",)))
    with pytest.raises(PlainError, match="not the version it has now: look at it"):
        await steering_commands.approve(desk, "Budi", 1, 1)

    assert shown.startswith("Announcement 1 is a draft that nobody has approved. It is version 1.")
    assert (await found(store)).status == "draft"
    await steering_commands.approve(desk, "Budi", 1, 2)
    assert (await found(store)).status == "approved"


async def test_it_is_started_paused_resumed_and_stopped(desk: Desk, store: Database, text: Path) -> None:
    await approved(desk, text)
    await steering_commands.start(desk, "Budi", 1, desk.clock.now(), watched=False)
    await announced.carried(store, desk.clock.now())
    seen = [(await found(store)).status]
    for act in (steering_commands.pause, steering_commands.resume, steering_commands.stop):
        await act(desk, "Budi", 1)
        seen.append((await found(store)).status)

    assert seen == ["running", "paused", "running", "stopped"]


@pytest.mark.parametrize(
    ("act", "said"),
    [
        (
            lambda desk: steering_commands.start(desk, "Budi", 1, None, watched=False),
            "cannot be started: it is a draft",
        ),
        (lambda desk: steering_commands.pause(desk, "Budi", 1), "cannot be paused: it is a draft"),
        (lambda desk: steering_commands.approve(desk, "Budi", 2, 1), "no announcement 2"),
        (lambda desk: steering_commands.rest(desk, "Budi", 1, ()), "cannot be sent to the rest"),
        (lambda desk: steering_commands.leave(desk, "Budi", 2), "no announcement 2"),
        (lambda desk: steering_commands.watch(desk, 2), "no announcement 2"),
        (lambda desk: report_commands.report(desk, 1, None, as_json=False), "nothing to report"),
        (lambda desk: drafting.preview(desk, 2), "no announcement 2"),
    ],
    ids=["start", "pause", "approve", "rest", "leave", "watch", "report", "preview"],
)
async def test_what_cannot_be_done_is_said(
    desk: Desk, text: Path, act: Callable[[Desk], Awaitable[None]], said: str
) -> None:
    await drafting.draft(desk, "Rina", Given(text))
    with pytest.raises(PlainError, match=said):
        await act(desk)


async def test_the_report_tells_ends_with_reasons_and_what_to_decide(
    desk: Desk, store: Database, text: Path, tmp_path: Path, printed: Printed, objects: Objects
) -> None:
    await ended(desk, store, text)
    out = await printed(report_commands.report(desk, 1, tmp_path / "list.csv", as_json=False))
    (told,) = await objects(report_commands.report(desk, 1, None, as_json=True))
    with (tmp_path / "list.csv").open(encoding="utf-8-sig", newline="") as file:
        lines = list(csv.DictReader(file))

    assert "1 may or may not have got it" in out
    assert (told["status"], told["recipients"]) == ("finished", 3)
    assert told["ends"] == {"sent": 1, "refused": 1, "unsure": 1}
    assert told["reasons"] == {"refused": {"blocked": 1}, "unsure": {"answer_lost": 1}}
    assert [(line["person"], line["status"], line["reason"]) for line in lines] == [
        ("1", "sent", ""),
        ("2", "refused", "blocked"),
        ("3", "unsure", "answer_lost"),
    ]


async def test_a_list_that_cannot_be_written_is_said(desk: Desk, store: Database, text: Path, tmp_path: Path) -> None:
    await ended(desk, store, text)
    with pytest.raises(PlainError, match="cannot be written"):
        await report_commands.report(desk, 1, tmp_path / "none" / "list.csv", as_json=False)


async def test_unsure_ones_are_left_or_sent_again(desk: Desk, store: Database, text: Path, printed: Printed) -> None:
    await ended(desk, store, text)
    left = await printed(steering_commands.leave(desk, "Rina", 1))
    rest = await printed(steering_commands.rest(desk, "Rina", 1, ("failed", "refused", "unsure")))
    async with store.reading() as tx:
        statuses = (await tx.execute(sa.select(messages.c.status).order_by(messages.c.id))).scalars().all()

    assert "1 person" in left
    assert "0 people it had not come to, and again to 2 people" in rest
    assert statuses == ["sent", "queued", "queued"]


async def test_announcements_are_listed_newest_first(
    desk: Desk, text: Path, printed: Printed, objects: Objects
) -> None:
    assert "No announcements yet" in await printed(report_commands.list_recent(desk, as_json=False))
    await approved(desk, text)
    await drafting.draft(desk, "Budi", Given(text))
    out = await printed(report_commands.list_recent(desk, as_json=False))
    listed = await objects(report_commands.list_recent(desk, as_json=True))

    assert out.splitlines() == [
        "2: announcement, a draft that nobody has approved. Pendaftaran *dibuka*.",
        "1: announcement, approved and has not begun. Pendaftaran *dibuka*.",
    ]
    assert [each["id"] for each in listed] == [2, 1]


async def test_a_bar_is_drawn_until_it_ends(
    desk: Desk, store: Database, text: Path, clock: WatchedClock, capsys: pytest.CaptureFixture[str]
) -> None:
    await approved(desk, text)
    watching = asyncio.create_task(steering_commands.start(desk, "Budi", 1, None, watched=True))
    await clock.until_asleep()
    await announced.carried(store, clock.now())
    await steering_commands.stop(desk, "Budi", 1)
    await clock.run(watching, 1.0)
    out, err = capsys.readouterr()

    assert "begins now" in out
    assert "Announcement 1 is stopped: upakarti broadcast report 1" in err


def test_mistakes_are_one_sentence_and_exit_2(upakarti: Command, tmp_path: Path) -> None:
    status, out, err = upakarti("broadcast", "pause", "7", "--as", "Rina")

    assert (status, out) == (2, "")
    assert err == "Nobody who works here is called 'Rina'. See: upakarti staff list\n"
