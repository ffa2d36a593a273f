"""Officers take, answer and end talks; to everybody else their buttons are nothing."""

from __future__ import annotations

from datetime import timedelta

import pytest

from handlers.messages import Kind
from handlers.routing import Router
from storage import audit, unanswered
from storage.database import Database
from storage.office import handovers
from storage.unanswered import Unanswered
from tests.handlers.office import ANI, BUDI, DEWI, RINA, Office, opened
from tests.storage.emptied import ON_BOTH, sqlite_unless_asked  # noqa: F401 - a fixture
from tests.storage.office import working

EXPIRED = "Pilihan itu sudah tidak berlaku. Silakan pilih lagi."


@pytest.fixture
def office(store: Database, router: Router) -> Office:
    return opened(store, router)


async def is_taken(office: Office, talk_id: int = 1) -> bool:
    async with office.database.transaction() as tx:
        talk = await handovers.find(tx, talk_id)
    return talk is not None and talk.taken


@ON_BOTH
async def test_who_takes_it_has_it_and_all_are_told(office: Office) -> None:
    rina = await office.employ(RINA)
    await office.employ(DEWI, "Dewi")
    await office.say(BUDI, "apa itu upakarti")
    await office.ask()
    yours = await office.press(RINA, "talk:take:1")
    async with office.database.reading() as tx:
        act = (await audit.latest(tx, 1))[0]

    assert yours.startswith("*Anda menjawab nomor 1*")
    assert "• Penanya: apa itu upakarti" in yours
    assert "👤 Petugas Rina sekarang membaca pesan Anda" in (await office.last(BUDI)).text
    assert (await office.last(DEWI)).text == "Nomor 1 sudah dijawab petugas Rina."
    assert (act.actor, act.action, act.subject, act.details) == (f"staff:{rina}", "talk_taken", "talk:1", {})


async def test_of_two_who_press_one_has_it_and_the_other_is_told(office: Office) -> None:
    await office.employ(RINA)
    await office.employ(DEWI, "Dewi")
    await office.ask()
    await office.take(*(office.message(each, kind=Kind.CHOICE, choice="talk:take:1") for each in (RINA, DEWI)))

    assert "Nomor 1 sudah dijawab petugas Rina." in (await office.last(DEWI)).text
    assert len([each for each in await office.told(BUDI) if "sekarang membaca" in each.text]) == 1


async def test_why_a_talk_cannot_be_taken_is_said(office: Office) -> None:
    rina = await office.employ(RINA)
    await office.talking()
    await office.ask(ANI)

    assert await office.press(RINA, "talk:take:1") == "Nomor 1 sudah Anda jawab. Tulis saja."
    assert await office.press(RINA, "talk:take:2") == "Anda masih menjawab nomor 1. Akhiri dulu percakapan itu."
    assert await office.press(RINA, "talk:take:3") == "Permintaan itu tidak menunggu lagi."
    await office.press(RINA, "talk:end:1")
    await working.change(office.database, rina, on_duty=False)
    assert (await office.press(RINA, "talk:take:2")).startswith("Anda sedang tidak bertugas.")
    assert not await is_taken(office, 2)


async def test_an_officer_does_not_take_what_they_asked_for_before_they_worked_here(office: Office) -> None:
    await office.employ(RINA)
    await office.ask(DEWI)
    await working.officer(office.database, DEWI, "Dewi")

    assert await office.press(DEWI, "talk:take:1") == "Itu permintaan Anda sendiri."


async def test_who_waits_is_listed_with_for_how_long(office: Office) -> None:
    await office.employ(RINA)
    assert await office.press(RINA, "talk:list") == "Tidak ada yang menunggu."
    await office.ask(BUDI)
    office.at += timedelta(minutes=65)
    await office.ask(ANI)
    (listed,) = await office.replies(RINA, "/petugas")

    assert listed.text == "*Yang menunggu: 2*\n• Nomor 1: menunggu 1 jam 5 menit\n• Nomor 2: menunggu 0 menit"
    assert [each.id for each in listed.choices] == ["talk:take:1", "talk:take:2", "staff:desk"]
    await office.press(RINA, "talk:take:2")
    (listed,) = await office.replies(RINA, kind=Kind.CHOICE, choice="talk:list")
    assert listed.text.endswith("Anda sedang menjawab nomor 2.")
    assert [each.id for each in listed.choices] == ["talk:end:2", "staff:desk"]


@pytest.mark.parametrize("way", ["/selesai", "/done", "talk:end:1"])
async def test_the_officer_gives_it_back_and_both_are_told(office: Office, way: str) -> None:
    await office.employ(RINA)
    await office.talking()
    said = await (office.press(RINA, way) if ":" in way else office.say(RINA, way))

    assert said == "Percakapan nomor 1 selesai; penanya sudah diberi tahu. Yang menunggu: 0."
    assert (await office.last(BUDI)).text.startswith("Petugas Rina mengakhiri percakapan.")
    assert "penghargaan pemerintah" in await office.say(BUDI, "apa itu upakarti")
    assert "penghargaan pemerintah" in await office.say(RINA, "apa itu upakarti")


async def test_an_officer_ends_no_talk_but_their_own(office: Office) -> None:
    await office.employ(RINA)
    await office.employ(DEWI, "Dewi")
    await office.talking()

    assert await office.press(DEWI, "talk:end:1") == "Anda tidak sedang menjawab nomor 1."
    assert await office.press(RINA, "talk:end:2") == "Anda tidak sedang menjawab nomor 2."
    assert await is_taken(office)


async def test_an_officers_voice_and_pictures_are_not_passed_on(office: Office) -> None:
    await office.employ(RINA)
    await office.talking()
    before = await office.count(BUDI)

    assert "hanya tulisan; ini tidak diteruskan" in await office.say(RINA, kind=Kind.IMAGE)
    assert await office.count(BUDI) == before


async def test_what_an_officer_looks_for_meanwhile_is_not_passed_on(office: Office) -> None:
    await office.employ(RINA)
    await office.talking()
    before = await office.count(BUDI)
    async with office.database.transaction() as tx:
        await unanswered.add(tx, [Unanswered("zorgvuldig tkdn xyzzy", "id", office.at)])
    await office.press(RINA, "teach:find:1")
    found = await office.say(RINA, "jadwal pendaftaran")
    ended = await office.say(RINA, "/selesai")

    assert found == "Yang paling mirip:"
    assert ended.startswith("Percakapan nomor 1 selesai")
    assert not any("jadwal pendaftaran" in reply.text for reply in (await office.told(BUDI))[before:])


async def test_an_officers_bad_code_is_not_passed_on(office: Office) -> None:
    await office.employ(RINA)
    await office.talking()
    before = await office.count(BUDI)

    assert "belum menangkap" in await office.say(RINA, "PANITIA-7KQM-2B9T-XW4C-H8RD")
    assert await office.count(BUDI) == before


async def test_words_for_a_person_who_is_gone_are_not_lost_silently(office: Office) -> None:
    await office.employ(RINA)
    await office.talking()
    await working.block(office.database, BUDI)

    assert await office.say(RINA, "halo?") == "Penanya nomor 1 tidak bisa dihubungi lagi. Percakapan ditutup."
    assert not await is_taken(office)


async def test_an_officer_off_duty_speaks_to_the_assistant_again(office: Office) -> None:
    rina = await office.employ(RINA)
    await office.talking()
    await working.change(office.database, rina, on_duty=False)

    assert "penghargaan pemerintah" in await office.say(RINA, "apa itu upakarti")


@pytest.mark.parametrize("choice", ["talk:take:1", "talk:end:1", "talk:list", "talk:take:", "talk:x"])
async def test_officers_buttons_are_nothing_to_anybody_else(office: Office, choice: str) -> None:
    await office.employ(RINA)
    await office.ask()
    await office.replies(ANI, "/menu")

    assert await office.press(ANI, choice) == EXPIRED
    assert not await is_taken(office)


async def test_buttons_are_nothing_after_removal(office: Office) -> None:
    rina = await office.employ(RINA)
    await office.ask()
    await working.remove(office.database, rina)

    assert await office.press(RINA, "talk:take:1") == EXPIRED
    assert not await is_taken(office)


async def test_a_button_that_is_no_button_is_expired_for_officers_too(office: Office) -> None:
    await office.employ(RINA)

    assert await office.press(RINA, "talk:x") == EXPIRED
    assert await office.press(RINA, "talk:take:x") == EXPIRED
