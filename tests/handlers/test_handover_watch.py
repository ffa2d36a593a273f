"""Talks that go on no more are ended or wait again, once, and both sides are told."""

from __future__ import annotations

import asyncio
from datetime import datetime, timedelta

import pytest

from handlers.routing import Router
from storage.database import Database, Transaction
from storage.office import handovers
from storage.office.handovers import PATIENCE, QUIET
from tests.handlers.office import BUDI, DEWI, RINA, Office, opened
from tests.storage.emptied import ON_BOTH, sqlite_unless_asked  # noqa: F401 - a fixture
from tests.storage.office import working


@pytest.fixture
def office(store: Database, router: Router) -> Office:
    return opened(store, router)


@ON_BOTH
async def test_a_talk_in_which_nobody_writes_is_ended_once_and_both_are_told(office: Office) -> None:
    await office.employ(RINA)
    await office.talking()
    assert await office.sweep(QUIET - timedelta(seconds=1)) == 0
    swept = [await office.sweep(QUIET) for _ in range(2)]

    assert swept == [1, 0]
    assert (await office.last(BUDI)).text.startswith("Selama 30 menit tidak ada yang menulis")
    assert (await office.last(RINA)).text == "Selama 30 menit tidak ada yang menulis, jadi percakapan nomor 1 diakhiri."


@ON_BOTH
async def test_of_two_processes_one_ends_it(office: Office) -> None:
    await office.employ(RINA)
    await office.talking()

    assert sorted(await asyncio.gather(office.sweep(QUIET), office.sweep(QUIET))) == [0, 1]


async def test_what_another_process_ended_in_this_moment_is_left_alone(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    await office.employ(RINA)
    await office.talking()
    due = handovers.due

    async def seen_late(tx: Transaction, now: datetime) -> list[int]:
        found = await due(tx, now)
        monkeypatch.setattr(handovers, "due", due)
        assert await office.sweep(QUIET) == 1
        return found

    monkeypatch.setattr(handovers, "due", seen_late)

    assert await office.sweep(QUIET) == 0


async def test_words_of_either_side_keep_it_going(office: Office) -> None:
    await office.employ(RINA)
    await office.talking()
    for number in (BUDI, RINA):
        office.at += timedelta(minutes=20)
        await office.replies(number, "sebentar")

    assert await office.sweep(timedelta(minutes=29)) == 0


async def test_a_request_that_nobody_takes_is_closed_with_the_contact(office: Office) -> None:
    await office.employ(RINA)
    await office.ask()
    before = await office.count(RINA)

    assert await office.sweep(PATIENCE) == 1
    assert "dalam 3 hari tidak ada petugas yang menjawab" in (await office.last(BUDI)).text
    assert "panitia@example.test" in (await office.last(BUDI)).text
    assert await office.count(RINA) == before


@ON_BOTH
async def test_when_the_officer_goes_off_duty_the_others_are_asked(office: Office) -> None:
    rina = await office.employ(RINA)
    await office.employ(DEWI, "Dewi")
    await office.say(BUDI, "apa itu upakarti")
    await office.talking()
    await working.change(office.database, rina, on_duty=False)

    assert await office.sweep() == 1
    assert (await office.last(BUDI)).text.startswith("Petugas yang tadi menjawab Anda tidak bertugas lagi.")
    assert "• Penanya: apa itu upakarti" in (await office.last(DEWI)).text
    assert (await office.last(RINA)).text.startswith("Anda tidak bertugas lagi, jadi percakapan nomor 1 dilepas")
    assert await office.press(DEWI, "talk:take:1") != ""


@pytest.mark.parametrize("left", ["removed", "deleted"])
async def test_when_the_officer_is_gone_the_person_is_told(office: Office, left: str) -> None:
    rina = await office.employ(RINA)
    await office.talking()
    before = await office.count(RINA)
    await (working.remove if left == "removed" else working.delete)(office.database, rina)

    assert await office.sweep() == 1
    assert (await office.last(BUDI)).text.startswith("Petugas yang tadi menjawab Anda tidak bertugas lagi.")
    assert await office.count(RINA) == before


async def test_when_the_person_closed_the_door_the_officer_is_told(office: Office) -> None:
    await office.employ(RINA)
    await office.talking()
    await working.block(office.database, BUDI)

    assert await office.sweep() == 1
    assert (await office.last(RINA)).text == "Penanya nomor 1 tidak bisa dihubungi lagi. Percakapan ditutup."


async def test_when_nobody_had_taken_it_nobody_is_told(office: Office) -> None:
    await office.employ(RINA)
    await office.ask()
    before = await office.count(RINA)
    await working.block(office.database, BUDI)

    assert await office.sweep() == 1
    assert await office.count(RINA) == before
