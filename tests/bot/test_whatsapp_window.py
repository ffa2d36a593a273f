"""Outside the window WhatsApp takes templates only: people are told what waits for them, and read it on a press."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import sqlalchemy as sa

from bot.channels.whatsapp import templates
from storage import contacts, outbox
from storage.contacts import Identity
from storage.database import Database
from storage.outbox import PUSH, UNKEPT, Draft, File
from tests.bot.whatsapp import Line, connected
from tests.storage.broadcasts import announced
from tests.stubs.whatsapp import BUSINESS_ID, Sent, WhatsAppStub

HOUR = 3600
NEWS = "Kabar *penting*:\n\n• satu\n• dua"
CHOICES = (("menu", "Menu"), ("sub:off", "Berhenti"))
FILE = File("surat.pdf", "application/pdf", "Surat", b"%PDF")


@pytest.fixture
async def line(tmp_path: Path) -> AsyncIterator[Line]:
    """A service whose templates are all approved."""
    async with WhatsAppStub() as stub:
        stub.approve(*(each.submission for each in templates.load()))
        async with connected(tmp_path, stub, whatsapp_business_id=BUSINESS_ID) as line:
            yield line
        assert stub.violations == []


async def queue(line: Line, name: str, *texts: str, **more: object) -> None:
    """Queue news for somebody, who may never have written."""
    person = line.stub.person(name)
    database = Database(line.database_url)
    async with database.transaction() as tx:
        identity = Identity(whatsapp_user_id=person.user_id, whatsapp_phone=person.phone)
        (met,) = await contacts.meet(tx, [identity], datetime.now(UTC))
        more = {"choices": CHOICES, "priority": PUSH} | more
        drafts = [Draft(met.id, "whatsapp", text, **more) for text in texts]  # type: ignore[arg-type]
        await outbox.add(tx, drafts, datetime.now(UTC))
    await database.close()


def kinds(sent: Sequence[Sent]) -> list[str]:
    return [each.body["type"] for each in sent]


async def test_news_to_somebody_who_was_quiet_go_as_a_template_and_are_read_on_a_press(line: Line) -> None:
    await queue(line, "sari", NEWS)
    (first,) = await line.answers("sari")
    ((payload, _),) = first.choices
    line.stub.press("sari", payload)
    _, whole = await line.answers("sari", 2)

    assert (first.body["template"]["name"], first.text) == ("upakarti_message", "Kabar penting: • satu • dua")
    assert whole.text.startswith(NEWS)
    assert whole.choices == list(CHOICES)
    assert (await line.rows("template"))[:2] == [("message",), (None,)]


async def test_what_is_too_long_for_buttons_is_read_as_it_was_cut(line: Line) -> None:
    numbered = f"{NEWS}\n\n1. Menu\n2. Berhenti"
    await queue(line, "sari", numbered, files=(FILE,))
    (first,) = await line.answers("sari")
    line.stub.text("sari", "menu")  # whoever reads the notice first
    await line.answers("sari", 2)
    line.stub.press("sari", first.choices[0][0])
    whole = (await line.answers("sari", 3))[-1]

    assert whole.body["type"] == "document"
    assert whole.text.count("1. Menu") == 1


async def test_nobody_reads_what_was_sent_to_somebody_else(line: Line) -> None:
    await queue(line, "sari", "rahasia")
    (first,) = await line.answers("sari")
    ((payload, title),) = first.choices
    for forged in (payload, "whole:x", "whole:99999"):
        line.stub.says("joko", "button", {"payload": forged, "text": title})
    got = await line.answers("joko", 3)

    assert not any("rahasia" in each.text for each in got)
    assert got[0].text.startswith("Pesan itu sudah tidak tersimpan di sini.")


async def test_what_is_not_to_be_kept_is_read_once_and_then_gone(line: Line) -> None:
    await queue(line, "sari", "rahasia", topic=UNKEPT)
    (first,) = await line.answers("sari")
    for _ in range(2):
        line.stub.press("sari", first.choices[0][0])
    _, whole, gone = await line.answers("sari", 3)

    assert whole.text.startswith("rahasia")
    assert gone.text.startswith("Pesan itu sudah tidak tersimpan di sini.")
    assert ("rahasia",) not in await line.rows("text")


async def test_an_answer_goes_as_it_is_however_many_there_are(line: Line) -> None:
    line.stub.text("sari", "menu")
    await line.answers("sari")
    await queue(line, "sari", NEWS)

    assert kinds(await line.answers("sari", 2)) == ["interactive", "interactive"]


async def test_the_answer_to_a_message_that_came_a_day_late_goes_as_a_template(line: Line) -> None:
    line.stub.says("sari", "text", {"body": "menu"}, ago=25 * HOUR)
    (answer,) = await line.answers("sari")

    assert answer.body["type"] == "template"


async def test_a_window_that_meta_calls_closed_is_believed_once(line: Line) -> None:
    line.stub.text("sari", "menu")
    await line.answers("sari")
    line.stub.close_window("sari")
    await queue(line, "sari", NEWS, "Kabar lain")
    await line.answers("sari", 3)

    assert kinds(line.stub.sent_to("sari", refused=True)) == ["interactive", "interactive", "template", "template"]
    await line.until(("sent", None), ("sent", None), ("sent", None))


async def test_a_window_that_meta_calls_closed_for_a_template_too_is_no_loop(line: Line) -> None:
    line.stub.faults.refuse(131047, None)
    await queue(line, "sari", NEWS)
    await line.until(("refused", "window_closed"))

    assert kinds(line.stub.sent_to("sari", refused=True)) == ["template"]


async def test_a_window_that_is_reported_closed_later_is_believed_too(line: Line) -> None:
    line.stub.delivery.reports = ()
    line.stub.text("sari", "menu")
    (first,) = await line.answers("sari")
    await line.until(("sent", None))
    for _ in range(3):  # and again
        line.stub.report(first, "failed", 131047)
    _, again = await line.answers("sari", 2)
    await line.stub.wait_for(lambda: line.stub.idle)
    await line.until(("sent", None))

    assert again.body["type"] == "template"
    assert len(line.stub.sent_to("sari")) == 2


async def test_without_templates_it_is_skipped_and_says_why(tmp_path: Path) -> None:
    async with WhatsAppStub() as stub, connected(tmp_path, stub) as line:
        await queue(line, "sari", NEWS)
        await line.until(("skipped", "window_closed"))

        assert stub.sent == []


@pytest.mark.parametrize(
    ("status", "reason"),
    [("PENDING", "template_missing"), ("PAUSED", "template_paused"), ("DISABLED", "template_refused")],
)
async def test_a_template_that_is_not_approved_is_refused_and_staff_are_alarmed(
    line: Line, status: str, reason: str
) -> None:
    line.stub.approve(*(each.submission for each in templates.load()), status=status)
    await queue(line, "sari", NEWS)
    await line.until(("refused", reason))
    database = Database(line.database_url)
    async with database.reading() as tx:
        raised = (await tx.execute(sa.text("SELECT kind FROM alarms"))).scalars().all()
    await database.close()

    assert raised == ["whatsapp_templates"]


async def test_a_template_that_meta_has_otherwise_is_refused(line: Line) -> None:
    (message, *_) = [each.submission for each in templates.load() if each.kind == "message"]
    two = [{**part, "text": part.get("text", "").replace("{{1}}", "{{1}} dan {{2}}")} for part in message["components"]]
    line.stub.approve({**message, "components": two})
    await queue(line, "sari", NEWS)

    await line.until(("refused", "template_different"))


# Announcements


async def audience(line: Line, names: Sequence[str]) -> None:
    """Let these people subscribe on WhatsApp, of whom nobody wrote lately, and announce something to them."""
    database = Database(line.database_url)
    identities = [Identity(whatsapp_user_id=line.stub.person(name).user_id) for name in names]
    async with database.transaction() as tx:
        ids = [each.id for each in await contacts.meet(tx, identities, datetime.now(UTC) - timedelta(days=9))]
        await tx.execute(sa.text("UPDATE people SET last_channel = 'whatsapp'"))
        for each in ids:
            statement = (
                "INSERT INTO subscriptions (person_id, topic, since) VALUES (:id, 'announcements', '2026-01-01')"
            )
            await tx.execute(sa.text(statement), {"id": each})
    await announced.office(database)
    text = announced.Text("Pengumuman:\n\nada *kabar*", (("menu", "Menu"),))
    await announced.approved(database, announced.Draft(announced.AUTHOR, texts={"id": text}, file=FILE))
    await database.close()


async def ended(line: Line, count: int) -> list[tuple[object, ...]]:
    """Return how the recipients ended, once all did."""
    async with asyncio.timeout(30):
        while True:
            rows = await line.rows("status", "reason", "template")
            if sum(status not in {"queued", "sending"} for status, *_ in rows) == count:
                return rows
            await line.stub.wait_for(lambda: True)


async def test_an_announcement_reaches_those_who_were_quiet_as_a_template(line: Line) -> None:
    names = [f"p{number}" for number in range(40)]
    line.stub.delivery.reports = ()
    await audience(line, names)
    assert set(await ended(line, len(names))) == {("sent", None, "announcement")}
    (first,) = line.stub.sent_to("p0")
    line.stub.press("p0", first.choices[0][0])
    got = await line.answers("p0", 2)

    assert first.text == "Pengumuman: ada kabar"
    assert kinds(got) == ["template", "interactive"]
    assert got[-1].body["interactive"]["header"]["type"] == "document"
    assert got[-1].text.startswith("Pengumuman:\n\nada *kabar*")
    assert all(kinds(line.stub.sent_to(name)) == ["template"] for name in names[1:])


async def test_of_an_announcement_without_templates_all_are_skipped(tmp_path: Path) -> None:
    async with WhatsAppStub() as stub, connected(tmp_path, stub) as line:
        names = [f"p{number}" for number in range(80)]
        await audience(line, names)

        assert set(await ended(line, len(names))) == {("skipped", "window_closed", None)}
        assert stub.sent == []
