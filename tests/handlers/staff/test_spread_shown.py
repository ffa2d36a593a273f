"""Officers see over how many days an announcement spreads before it goes, and who waits while it goes."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
import sqlalchemy as sa

from faq.library import Library
from handlers.routing import Router
from handlers.staff import sheet
from handlers.staff.outlets import Outlets
from handlers.staff.reporting import Reports
from handlers.staff.speaking import Speaker
from handlers.wording import Wording
from storage.broadcasts import running
from storage.broadcasts.spreading import NO_ROOM, Spread
from storage.database import Database
from storage.openings import Cap
from storage.schema import outbox
from tests.handlers.staff import office
from tests.handlers.staff.newsroom import OUTLETS, Newsroom
from tests.handlers.status.desk import ANI, SITI, opened
from tests.handlers.talk import CONTACT

CAP = Cap(3, timedelta(hours=23))  # two for announcements
LIMITED = replace(OUTLETS, caps={"telegram": CAP})


@pytest.fixture
async def limited(store: Database, library: Library, wording: Wording) -> Newsroom:
    """Two officers and three people who subscribed, of whom two can be written to in a day."""
    room = Newsroom(opened(store, Router(library, wording, CONTACT, outlets=LIMITED)))
    await office.join(room.desk, ANI, "Ani")
    await office.join(room.desk, SITI, "Siti")
    await room.subscribe()
    return room


async def test_the_preview_and_the_audience_say_over_how_many_days_it_goes(limited: Newsroom) -> None:
    broadcast_id = await limited.written()
    audience = await limited.press(ANI, f"news:audience:{broadcast_id}")
    preview = await limited.press(ANI, f"news:show:{broadcast_id}")

    for shown in (audience[-1], preview[-1]):
        assert "hari ke-1: 2, hari ke-2: 1" in shown.text
        assert "3 orang per 24 jam; 1 tempat" in shown.text


async def test_where_nobody_is_limited_nothing_is_said(newsroom: Newsroom) -> None:
    broadcast_id = await newsroom.written()
    preview = await newsroom.press(ANI, f"news:show:{broadcast_id}")

    assert "24 jam" not in preview[-1].text


async def test_of_many_days_the_first_and_the_last_are_named(wording: Wording) -> None:
    spread = Spread("whatsapp", Cap(250, timedelta(hours=23)), 50_000, (200,) * 250)
    said = Speaker(wording, Outlets()).spread(spread, "id")

    assert said.endswith("hari ke-1: 200, hari ke-2: 200, hari ke-3: 200, hari ke-4: 200, …, hari ke-250: 200.")
    assert "50.000" in said


async def test_the_progress_says_how_many_wait_and_until_when(limited: Newsroom, wording: Wording) -> None:
    broadcast_id = await limited.approved()
    await limited.press(SITI, f"news:start:{broadcast_id}")
    now = limited.desk.at
    reports = Reports(Speaker(wording, LIMITED))
    async with limited.desk.database.transaction() as tx:
        await running.begin(tx, now)
        while await running.freeze(tx, ("telegram", "web"), now):
            pass
        before = await sheet.read(tx, broadcast_id, LIMITED, now)
        of_it = outbox.c.broadcast_id == broadcast_id
        later = {"reason": NO_ROOM, "not_before": now + timedelta(days=1)}
        await tx.execute(sa.update(outbox).where(of_it).values(later))
        after = await sheet.read(tx, broadcast_id, LIMITED, now)

    assert before is not None
    assert after is not None
    assert "batas orang" not in reports.page(before, "id").text
    assert "Masih menunggu: 3" in reports.page(before, "id").text
    text = reports.page(after, "id").text
    assert "Menunggu giliran karena batas orang per 24 jam: 3." in text
    assert "Masih menunggu" not in text
