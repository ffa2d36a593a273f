"""Officers see the reminders to come, switch them off, and change their words; nobody else can."""

from __future__ import annotations

import datetime as dt
from datetime import timedelta

import pytest

from faq.edition import Basis, Dated, Edition
from faq.library import Library
from handlers.reminding import Reminding
from handlers.routing import Router
from handlers.staff import reminders as topic
from handlers.wording import Wording
from storage.broadcasts import reminders
from storage.broadcasts.reminders import Setting
from storage.database import Database
from tests.handlers.staff import office
from tests.handlers.status.desk import ANI, BUDI, Desk, as_it_is, opened
from tests.handlers.talk import CONTACT

CLOSES = dt.date(2026, 12, 10)
EDITION = Edition(2026, closes=Dated(CLOSES, Basis(source="SK 1/2026")))
KEY = "2026:registration:14"
ONE = f"staff:reminder:{KEY}"


@pytest.fixture
async def desk(store: Database, library: Library, wording: Wording) -> Desk:
    """An office in November 2026, with Ani in it."""
    desk = opened(store, Router(library.with_editions([EDITION]), wording, CONTACT))
    await office.join(desk, ANI, "Ani")
    return desk


async def kept(desk: Desk) -> Setting | None:
    async with desk.database.reading() as tx:
        return (await reminders.settings(tx)).get(KEY)


async def waiting(desk: Desk) -> int:
    async with desk.database.reading() as tx:
        return len(await reminders.waiting(tx))


async def test_the_reminders_to_come_are_listed_with_how_they_stand(desk: Desk) -> None:
    await desk.press(ANI, f"staff:reminder-off:{KEY}")
    listed = await desk.press(ANI, topic.LIST)
    desk.at += timedelta(days=3)
    later = await desk.press(ANI, topic.LIST)

    assert f"• {KEY}: 26 November 2026 pukul 09.00 WIB, dimatikan" in listed
    assert "• 2026:registration:1: 9 Desember 2026 pukul 09.00 WIB, kata-kata standar" in listed
    assert KEY not in later
    desk.at += timedelta(days=30)
    assert "Tidak ada tenggat yang akan datang" in await desk.press(ANI, topic.LIST)


async def test_one_is_shown_as_people_will_read_it(desk: Desk) -> None:
    shown = await desk.press(ANI, ONE)

    assert "10 Desember 2026" in shown
    assert "10 December 2026" in shown
    assert "pengingat 14 hari sebelumnya" in shown


async def test_one_is_switched_off_and_on(desk: Desk) -> None:
    off = await desk.press(ANI, f"staff:reminder-off:{KEY}")
    assert (await kept(desk)) == Setting(enabled=False)
    on = await desk.press(ANI, f"staff:reminder-on:{KEY}")

    assert ("dimatikan" in off, "kata-kata standar" in on) == (True, True)
    assert (await kept(desk)) == Setting()
    assert [action for _, action, _ in (await office.acts(desk))[-2:]] == ["reminder_off", "reminder_on"]


async def test_words_are_changed_in_each_language_and_back(desk: Desk) -> None:
    await desk.press(ANI, "language:id")
    await desk.press(ANI, f"staff:reminder-words_id:{KEY}")
    await desk.say(ANI, "Ayo daftar sebelum terlambat!")
    await desk.press(ANI, f"staff:reminder-words_en:{KEY}")
    shown = await desk.say(ANI, "Register before it is too late!")

    words = {"id": "Ayo daftar sebelum terlambat!", "en": "Register before it is too late!"}
    assert (await kept(desk)) == Setting(True, words, CLOSES, 1)
    assert all(text in shown for text in words.values())
    assert "perlu disetujui petugas kedua" in shown
    assert "kata-kata standar" in await desk.press(ANI, f"staff:reminder-standard:{KEY}")
    assert (await kept(desk)) == Setting()


async def test_a_change_throws_away_what_waits_so_that_it_is_made_anew(desk: Desk, wording: Wording) -> None:
    await Reminding(desk.database, wording, as_it_is).remind([EDITION], "site", desk.at)
    assert await waiting(desk) == 1
    await desk.press(ANI, f"staff:reminder-words_id:{KEY}")
    await desk.say(ANI, "Ayo daftar!")

    assert await waiting(desk) == 0


async def test_words_that_are_too_long_are_asked_again(desk: Desk) -> None:
    await desk.press(ANI, f"staff:reminder-words_id:{KEY}")
    told = await desk.say(ANI, "a" * (topic.MOST + 1))
    await desk.say(ANI, "a" * topic.MOST)

    assert "paling banyak 1000" in told
    found = await kept(desk)
    assert found is not None
    assert len(found.texts["id"]) == topic.MOST


@pytest.mark.parametrize("text", ["Jangan ubah", "1", "/menu", "/panitia"])
async def test_what_names_a_button_or_is_a_command_is_no_words(desk: Desk, text: str) -> None:
    await desk.press(ANI, f"staff:reminder-words_id:{KEY}")
    await desk.say(ANI, text)

    assert await kept(desk) is None


async def test_nothing_is_changed_once_it_is_sent(desk: Desk) -> None:
    await desk.press(ANI, f"staff:reminder-words_id:{KEY}")
    desk.at += timedelta(days=2)

    assert "sudah dikirim" in await desk.say(ANI, "Ayo daftar!")
    for button in (ONE, f"staff:reminder-off:{KEY}", f"staff:reminder-words_id:{KEY}"):
        assert "sudah dikirim" in await desk.press(ANI, button)
    assert await kept(desk) is None


@pytest.mark.parametrize("button", [topic.LIST, ONE, f"staff:reminder-off:{KEY}", f"staff:reminder-words_id:{KEY}"])
async def test_nobody_else_can(desk: Desk, button: str) -> None:
    assert "tidak berlaku" in await desk.press(BUDI, button)
    assert await kept(desk) is None


@pytest.mark.parametrize("button", [f"staff:reminder-nothing:{KEY}", "staff:nothing"])
async def test_a_button_that_was_never_there_is_no_longer_valid(desk: Desk, button: str) -> None:
    assert "tidak berlaku" in await desk.press(ANI, button)


async def test_who_was_asked_for_words_and_is_removed_changes_nothing(desk: Desk) -> None:
    await desk.press(ANI, f"staff:reminder-words_id:{KEY}")
    await office.remove(desk, "Ani")
    await desk.say(ANI, "Ayo daftar!")

    assert await kept(desk) is None
