"""Reminders are made two days before they are due, once, and are never of a day that is not in an edition."""

from __future__ import annotations

import asyncio
import dataclasses
import datetime as dt
from collections.abc import Callable
from datetime import datetime, timedelta

import pytest
import sqlalchemy as sa

from faq.edition import Basis, Dated, Edition
from handlers.reminding import Reminding
from handlers.routing import Router
from handlers.wording import Wording
from storage import audit
from storage.broadcasts import drafts, reminders, running
from storage.broadcasts.drafts import Broadcast
from storage.broadcasts.reminders import Setting
from storage.broadcasts.tables import broadcasts
from storage.database import Database
from storage.outbox import PUSH
from storage.schema import outbox
from tests.handlers.staff import office
from tests.handlers.status.desk import ANI, SITI, Desk, as_it_is, opened
from tests.storage.emptied import ON_BOTH, sqlite_unless_asked  # noqa: F401 - a fixture

BASIS = Basis(source="SK 1/2026")
CLOSES = dt.date(2026, 12, 10)
EDITION = Edition(2026, closes=Dated(CLOSES, BASIS))
SITE = "upakarti.example"
FIRST = "2026:registration:14"


def jakarta(text: str) -> datetime:
    return datetime.fromisoformat(f"{text}+07:00")


DUE = jakarta("2026-11-26T09:00")
SOON = DUE - timedelta(days=2)
LATER_EDITION = dataclasses.replace(EDITION, closes=Dated(dt.date(2026, 12, 11), BASIS))


@pytest.fixture
def reminding(store: Database, wording: Wording) -> Reminding:
    return Reminding(store, wording, as_it_is)


@pytest.fixture
async def desk(store: Database, router: Router) -> Desk:
    """An office of two officers, Ani on duty."""
    desk = opened(store, router)
    await office.join(desk, ANI, "Ani")
    await office.join(desk, SITI, "Siti")
    await desk.press(ANI, "staff:duty")
    return desk


async def made(store: Database) -> list[Broadcast]:
    """Return the reminders that are not thrown away."""
    query = sa.select(broadcasts.c.id).where(broadcasts.c.status != "discarded").order_by(broadcasts.c.id)
    async with store.reading() as tx:
        ids = (await tx.execute(query)).scalars()
        return [found for each in ids if (found := await drafts.find(tx, each)) is not None]


async def told(store: Database) -> list[tuple[int, str]]:
    query = sa.select(outbox.c.person_id, outbox.c.text).where(outbox.c.priority == PUSH).order_by(outbox.c.id)
    async with store.reading() as tx:
        return [(row.person_id, row.text) for row in (await tx.execute(query)).all()]


async def change(store: Database, setting: Setting, key: str = FIRST) -> None:
    async with store.transaction() as tx:
        await reminders.change(tx, key, setting, audit.Act("staff:1", "reminder_words", f"reminder:{key}", {}, SOON))


@pytest.mark.parametrize(
    ("now", "count"),
    [
        (SOON - timedelta(seconds=1), 0),
        (SOON, 1),
        (DUE - timedelta(seconds=1), 1),
        (DUE, 0),
        (jakarta("2026-12-08T09:00"), 1),  # that of one day before; that of three is past
        (jakarta("2026-12-09T09:00"), 0),
        (jakarta("2026-12-10T12:00"), 0),
        (jakarta("2027-06-01T12:00"), 0),
    ],
)
async def test_a_reminder_is_made_two_days_before_and_never_too_late(
    store: Database, reminding: Reminding, now: datetime, count: int
) -> None:
    assert await reminding.remind([EDITION], SITE, now) == count
    assert len(await made(store)) == count


@ON_BOTH
async def test_a_reminder_is_a_broadcast_that_nobody_wrote_and_that_is_ready(
    store: Database, reminding: Reminding
) -> None:
    await reminding.remind([EDITION], SITE, SOON)
    (found,) = await made(store)

    assert (found.kind, found.topic, found.status, found.author_id) == ("announcement", "deadlines", "approved", None)
    assert (found.approved_at, found.starts_at, found.reminder_key) == (SOON, DUE, FIRST)
    assert "10 Desember 2026" in found.texts["id"].text
    assert "10 December 2026" in found.texts["en"].text
    assert found.texts["id"].choices == (("sub:off", "Berhenti"),)
    assert found.texts["en"].choices == (("sub:off", "Stop"),)
    async with store.transaction() as tx:
        assert await running.begin(tx, DUE) == 1


async def test_no_edition_and_no_closing_day_make_no_reminder(store: Database, reminding: Reminding) -> None:
    assert await reminding.remind([], SITE, SOON) == 0
    assert await reminding.remind([dataclasses.replace(EDITION, closes=None)], SITE, SOON) == 0


async def test_staff_on_duty_are_told_once(store: Database, reminding: Reminding, desk: Desk) -> None:
    counts = [await reminding.remind([EDITION], SITE, SOON + timedelta(minutes=each)) for each in range(3)]
    ((person_id, text),) = await told(store)

    assert counts == [1, 0, 0]
    assert person_id == await desk.person_id(ANI)
    assert "26 November 2026 pukul 09.00 WIB" in text
    assert "10 Desember 2026" in text


async def test_all_staff_are_told_where_nobody_is_on_duty_each_in_their_language(
    store: Database, reminding: Reminding, desk: Desk
) -> None:
    await desk.press(ANI, "staff:duty")
    await desk.press(SITI, "language:en")
    await reminding.remind([EDITION], SITE, SOON)
    texts = dict(await told(store))

    assert "Pengingat ini dikirim" in texts[await desk.person_id(ANI)]
    assert "This reminder goes out" in texts[await desk.person_id(SITI)]


@ON_BOTH
async def test_two_processes_at_the_same_moment_make_one(
    store: Database, wording: Wording, open_again: Callable[[], Database]
) -> None:
    both = [Reminding(database, wording, as_it_is) for database in (store, open_again())]
    counts = await asyncio.gather(*(each.remind([EDITION], SITE, SOON) for each in both))

    assert sorted(counts) == [0, 1]
    assert len(await made(store)) == 1


async def test_a_day_that_is_changed_before_the_start_makes_it_anew(store: Database, reminding: Reminding) -> None:
    await reminding.remind([EDITION], SITE, SOON + timedelta(days=1))
    await reminding.remind([LATER_EDITION], SITE, SOON + timedelta(days=1))
    (found,) = await made(store)

    assert found.starts_at == DUE + timedelta(days=1)
    assert "11 Desember 2026" in found.texts["id"].text


async def test_a_day_that_is_taken_away_before_the_start_leaves_none(store: Database, reminding: Reminding) -> None:
    await reminding.remind([EDITION], SITE, SOON)
    await reminding.remind([], SITE, SOON)

    assert await made(store) == []


async def test_one_that_has_begun_is_left_as_it_is(store: Database, reminding: Reminding) -> None:
    await reminding.remind([EDITION], SITE, SOON)
    async with store.transaction() as tx:
        await running.begin(tx, DUE)
        (before,) = await made(store)
        assert not await reminders.discard(tx, reminders.Waiting(before.id, FIRST, DUE), DUE)
    await reminding.remind([LATER_EDITION], SITE, DUE)

    assert [found.status for found in await made(store)] == ["preparing"]


@pytest.mark.parametrize(("late", "left"), [(timedelta(days=1), 1), (timedelta(days=1, seconds=1), 0)])
async def test_one_that_was_not_begun_in_time_is_thrown_away(
    store: Database, reminding: Reminding, late: timedelta, left: int
) -> None:
    await reminding.remind([EDITION], SITE, SOON)
    await reminding.remind([EDITION], SITE, DUE + late)

    assert len(await made(store)) == left


async def test_one_that_is_switched_off_is_not_made_and_thrown_away_where_it_is(
    store: Database, reminding: Reminding
) -> None:
    await reminding.remind([EDITION], SITE, SOON)
    await change(store, Setting(enabled=False))
    await reminding.remind([EDITION], SITE, SOON)
    assert await made(store) == []

    await change(store, Setting())
    assert await reminding.remind([EDITION], SITE, SOON) == 1


async def test_words_of_an_officer_wait_for_a_second_one(store: Database, reminding: Reminding, desk: Desk) -> None:
    await change(store, Setting(texts={"id": "Ayo daftar!"}, deadline=CLOSES, author_id=1))
    await reminding.remind([EDITION], SITE, SOON)
    (found,) = await made(store)

    assert (found.status, found.author_id, found.texts["id"].text) == ("draft", 1, "Ayo daftar!")
    assert "10 December 2026" in found.texts["en"].text
    ((_, text),) = await told(store)
    assert "persetujuan petugas kedua" in text
    async with store.transaction() as tx:
        assert await running.begin(tx, DUE) == 0


async def test_words_written_for_another_day_are_not_used(store: Database, reminding: Reminding, desk: Desk) -> None:
    await change(store, Setting(texts={"id": "Tutup 10 Desember!"}, deadline=CLOSES, author_id=1))
    await reminding.remind([LATER_EDITION], SITE, SOON + timedelta(days=1))
    (found,) = await made(store)

    assert (found.status, found.author_id) == ("approved", None)
    assert "11 Desember 2026" in found.texts["id"].text


async def test_what_is_done_by_itself_is_in_the_audit(store: Database, reminding: Reminding) -> None:
    await reminding.remind([EDITION], SITE, SOON)
    await reminding.remind([], SITE, SOON)
    async with store.reading() as tx:
        acts = await audit.latest(tx, 5)

    assert [(act.actor, act.action, act.details["key"]) for act in acts] == [
        ("reminders", "reminder_discarded", FIRST),
        ("reminders", "reminder_made", FIRST),
    ]
