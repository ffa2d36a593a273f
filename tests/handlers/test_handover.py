"""Whoever wants to talk to an officer is told honestly what will happen, and reaches one."""

from __future__ import annotations

from datetime import timedelta

import pytest
import sqlalchemy as sa

from handlers.messages import Inbound, Kind
from handlers.routing import Router
from storage import conversations
from storage.contacts import Identity
from storage.database import Database
from storage.office.tables import handovers
from storage.schema import outbox
from tests.handlers.office import ANI, BUDI, DEWI, RINA, Office, opened
from tests.handlers.talk import Talk
from tests.storage.emptied import ON_BOTH, sqlite_unless_asked  # noqa: F401 - a fixture
from tests.storage.office import working


@pytest.fixture
def office(store: Database, router: Router) -> Office:
    return opened(store, router)


async def states(office: Office) -> list[tuple[str | None, bool]]:
    """Return who closed each talk, and whether it was taken."""
    async with office.database.reading() as tx:
        rows = (await tx.execute(sa.select(handovers).order_by(handovers.c.id))).all()
    return [(row.closed_by, row.taken_at is not None) for row in rows]


async def recent(office: Office, number: int) -> list[list[str]]:
    person_id = await office.person_id(number)
    async with office.database.reading() as tx:
        state = (await conversations.load(tx, [person_id]))[person_id]
    return list(state["recent"])


def test_without_anybody_at_the_office_people_are_pointed_to_the_contact(talk: Talk) -> None:
    assert talk.say("/petugas").startswith("Untuk berbicara dengan petugas, silakan hubungi panitia:")
    assert talk.press("talk:ask").startswith("Untuk berbicara dengan petugas")


@pytest.mark.parametrize(
    ("later", "on_duty", "situation"),
    [
        (timedelta(0), True, "Sekarang jam kantor. Petugas yang bertugas: 1. Yang sudah menunggu: 0."),
        (timedelta(0), False, "Sekarang jam kantor, tetapi belum ada petugas yang bertugas."),
        (timedelta(hours=9), True, "Sekarang di luar jam kantor, tetapi masih ada petugas yang bertugas: 1."),
        (timedelta(hours=9), False, "kantor buka lagi 25 November 2026 pukul 08.00 WIB."),
    ],
)
async def test_what_will_happen_is_said_honestly(
    office: Office, later: timedelta, on_duty: bool, situation: str
) -> None:
    await office.employ(RINA, on_duty=on_duty)
    office.at += later
    said = await office.say(BUDI, "/petugas")

    assert situation in said
    assert "tidak bisa saya janjikan" in said
    assert "Hari libur tidak saya ketahui" in said
    assert await states(office) == []


@pytest.mark.parametrize("yes", ["ya", "Ya, teruskan", "1", "boleh dong"])
async def test_a_yes_in_words_asks(office: Office, yes: str) -> None:
    await office.employ(RINA)
    await office.say(BUDI, "mau bicara dengan petugas")

    assert "nomor 1, sudah saya teruskan" in await office.say(BUDI, yes)
    assert await states(office) == [(None, False)]


@pytest.mark.parametrize("no", ["tidak", "ga usah", "Tidak jadi", "2"])
async def test_a_no_asks_nothing(office: Office, no: str) -> None:
    await office.employ(RINA)
    await office.say(BUDI, "mau bicara dengan petugas")

    assert (await office.say(BUDI, no)).startswith("Baik, tidak saya teruskan.")
    assert await states(office) == []


async def test_a_yes_to_another_question_asks_for_nobody(office: Office) -> None:
    await office.employ(RINA)
    await office.say(BUDI, "/menu")
    await office.say(BUDI, "ya")

    assert await states(office) == []


@ON_BOTH
async def test_every_officer_on_duty_gets_the_recent_conversation_at_once(office: Office) -> None:
    await office.employ(RINA)
    await office.employ(DEWI, "Dewi")
    await office.employ(ANI, "Ani", on_duty=False)
    before = await office.count(ANI)
    await office.say(BUDI, "kapan pendaftaran ditutup?")
    talk_id = await office.ask()
    told = await office.last(RINA)

    assert "• Penanya: kapan pendaftaran ditutup?" in told.text
    assert "Asisten: Kami tidak mengetahui adanya pendaftaran" in told.text
    assert [choice.id for choice in told.choices] == [f"talk:take:{talk_id}"]
    assert (await office.last(DEWI)).text == told.text
    assert await office.count(ANI) == before


async def test_what_officers_get_says_nothing_of_who_asks_and_is_not_kept(office: Office) -> None:
    await office.employ(RINA)
    await office.talking()
    await office.replies(BUDI, "saya di Kudus")
    async with office.database.reading() as tx:
        rows = (await tx.execute(sa.select(outbox.c.text, outbox.c.topic).where(outbox.c.priority == 5))).all()
    passed_on = [row for row in rows if "Kudus" in row.text or "Permintaan" in row.text]

    assert [row.topic for row in passed_on] == ["unkept", "unkept"]
    assert passed_on[-1].text == "💬 Penanya nomor 1: saya di Kudus"


async def test_while_it_waits_the_assistant_answers(office: Office) -> None:
    await office.employ(RINA)
    await office.ask()

    assert "penghargaan pemerintah" in await office.say(BUDI, "apa itu upakarti")
    assert "nomor 1, menunggu sejak" in await office.say(BUDI, "/petugas")
    assert "nomor 1, menunggu sejak" in await office.press(BUDI, "talk:ask")


@ON_BOTH
async def test_while_an_officer_answers_words_go_to_them_and_the_assistant_is_silent(office: Office) -> None:
    await office.employ(RINA)
    await office.talking()

    assert await office.replies(BUDI, "apa itu upakarti") == []
    assert (await office.last(RINA)).text == "💬 Penanya nomor 1: apa itu upakarti"
    assert await office.replies(RINA, "sebentar ya") == []
    assert (await office.last(BUDI)).text == "👤 Petugas Rina: sebentar ya"


async def test_commands_and_buttons_stay_the_assistants(office: Office) -> None:
    await office.employ(RINA)
    await office.talking()

    assert (await office.say(BUDI, "/menu")).startswith("Ini yang bisa saya bantu.")
    assert "penghargaan pemerintah" in await office.press(BUDI, "ask:what_is_upakarti")
    assert "Anda sedang bicara dengan petugas Rina." in await office.say(BUDI, "/petugas")


async def test_voice_and_pictures_are_not_passed_on_and_that_is_said(office: Office) -> None:
    await office.employ(RINA)
    await office.talking()
    before = await office.count(RINA)

    assert "hanya tulisan; ini tidak diteruskan" in await office.say(BUDI, kind=Kind.VOICE)
    assert await office.count(RINA) == before


@pytest.mark.parametrize("way", ["/batal", "/selesai", "talk:leave:1"])
async def test_the_person_may_end_it_and_both_are_told(office: Office, way: str) -> None:
    await office.employ(RINA)
    await office.talking()
    said = await (office.press(BUDI, way) if ":" in way else office.say(BUDI, way))

    assert said.startswith("Percakapan dengan petugas selesai.")
    assert (await office.last(RINA)).text == "Penanya mengakhiri percakapan nomor 1."
    assert await states(office) == [("person", True)]
    assert "penghargaan pemerintah" in await office.say(BUDI, "apa itu upakarti")


@pytest.mark.parametrize("way", ["/batal", "/selesai", "talk:leave:1"])
async def test_a_request_may_be_taken_back(office: Office, way: str) -> None:
    await office.employ(RINA)
    await office.ask()
    said = await (office.press(BUDI, way) if ":" in way else office.say(BUDI, way))

    assert said.startswith("Permintaan bicara dengan petugas dibatalkan.")
    assert await states(office) == [("person", False)]
    assert await office.press(RINA, "talk:take:1") == "Permintaan itu tidak menunggu lagi."


async def test_nobody_ends_somebody_elses_talk(office: Office) -> None:
    await office.employ(RINA)
    await office.talking()

    for choice in ("talk:leave:1", "talk:leave:", "talk:leave:x", "talk:leave:²", "talk:leave:" + "9" * 30):
        assert await office.press(ANI, choice) != ""
    assert await states(office) == [(None, True)]


async def test_a_button_of_an_earlier_talk_ends_no_later_one(office: Office) -> None:
    await office.employ(RINA)
    await office.ask()
    await office.press(BUDI, "talk:leave:1")
    await office.ask()

    assert "tidak berlaku" in await office.press(BUDI, "talk:leave:1")
    assert await states(office) == [("person", False), (None, False)]


async def test_the_officer_is_told_when_the_person_deletes_their_data(office: Office) -> None:
    await office.employ(RINA)
    await office.talking()
    page = (await office.replies(BUDI, kind=Kind.CHOICE, choice="data:delete"))[-1]
    await office.press(BUDI, page.choices[0].id)

    assert (await office.last(RINA)).text == "Penanya nomor 1 tidak bisa dihubungi lagi. Percakapan ditutup."
    assert await states(office) == []


async def test_deleting_ones_data_without_a_talk_tells_nobody(office: Office) -> None:
    await office.employ(RINA)
    before = await office.count(RINA)
    page = (await office.replies(BUDI, kind=Kind.CHOICE, choice="data:delete"))[-1]
    await office.press(BUDI, page.choices[0].id)

    assert await office.count(RINA) == before


@pytest.mark.parametrize("left", ["off duty", "deleted"])
async def test_words_to_an_officer_who_left_are_not_lost_silently(office: Office, left: str) -> None:
    rina = await office.employ(RINA)
    await office.employ(DEWI, "Dewi")
    await office.talking()
    if left == "deleted":
        await working.delete(office.database, rina)
    else:
        await working.change(office.database, rina, on_duty=False)
    said = await office.say(BUDI, "masih di sana, bu?")

    assert said.startswith("Petugas yang tadi menjawab Anda tidak bertugas lagi.")
    assert said.endswith("Pesan terakhir Anda tidak diteruskan.")
    assert (await office.last(DEWI)).text.startswith("*Permintaan bicara nomor 1*")
    assert "penghargaan pemerintah" in await office.say(BUDI, "apa itu upakarti")


async def test_who_ends_what_is_over_already_is_told_so(office: Office) -> None:
    """Both press at the same moment: what the person's turn knew of is over when it comes to it."""
    await office.employ(RINA)
    await office.talking()
    rina = office.message(RINA, kind=Kind.CHOICE, choice="talk:end:1")
    budi = office.message(BUDI, kind=Kind.CHOICE, choice="talk:leave:1")
    await office.take(rina, budi)

    assert (await office.last(BUDI)).text == "Percakapan itu sudah selesai."
    assert await states(office) == [("officer", True)]


async def test_what_is_written_when_the_talk_has_just_ended_is_answered(office: Office) -> None:
    await office.employ(RINA)
    await office.talking()
    rina = office.message(RINA, kind=Kind.CHOICE, choice="talk:end:1")
    await office.take(rina, office.message(BUDI, "apa itu upakarti"))

    assert any("penghargaan pemerintah" in reply.text for reply in await office.told(BUDI))


async def test_a_message_taken_in_twice_is_passed_on_once(office: Office) -> None:
    await office.employ(RINA)
    await office.talking()
    before = await office.count(RINA)
    message = Inbound("telegram", "same", Identity(telegram_id=BUDI), office.at, text="halo bu")
    for _ in range(2):
        await office.take(message)

    assert await office.count(RINA) == before + 1


async def test_recent_questions_are_kept_without_what_is_private(office: Office) -> None:
    await office.employ(RINA)
    for text in ("apa itu upakarti", "/status", "UPK-2026-00012", "7KQM-2B9T-XW4C", "/batal", "halo", "/cek"):
        await office.replies(BUDI, text)
    await office.replies(BUDI, kind=Kind.CHOICE, choice="check:applicant_type:company")
    await office.replies(BUDI, kind=Kind.CHOICE, choice="ask:prize_benefits")
    said = [each[0] for each in await recent(office, BUDI)]

    assert said[:2] == ["apa itu upakarti", "halo"]
    assert len(said) == 3
    assert "UPK" not in str(await recent(office, BUDI))


async def test_what_a_person_may_see_of_it(office: Office) -> None:
    await office.employ(RINA)
    await office.say(BUDI, "apa itu upakarti")
    await office.talking()
    page = await office.say(BUDI, "/data")

    assert "• Tanya jawab terakhir, untuk petugas bila Anda memintanya: 1." in page
    assert "• Percakapan dengan petugas (tanpa isinya): 1." in page


async def test_deleting_answers_deletes_recent_questions_too(office: Office) -> None:
    await office.say(BUDI, "apa itu upakarti")
    await office.replies(BUDI, "/cek")
    await office.replies(BUDI, "hapus jawaban")

    assert await recent(office, BUDI) == []


@pytest.mark.parametrize("text", ["STOP", "berhenti mengabari"])
async def test_a_stop_in_a_talk_ends_the_news_and_not_the_talk(office: Office, text: str) -> None:
    await office.employ(RINA)
    await office.press(BUDI, "sub:on")
    await office.talking()
    before = await office.count(RINA)
    stopped = await office.say(BUDI, text)
    await office.take(office.message(BUDI, "masih di situ?"))

    assert stopped.startswith("Baik, saya berhenti")
    assert await office.count(RINA) == before + 1
    assert "masih di situ?" in (await office.last(RINA)).text


async def test_a_stop_of_whoever_is_told_nothing_is_for_the_officer(office: Office) -> None:
    await office.employ(RINA)
    await office.talking()
    await office.take(office.message(BUDI, "stop"))

    assert "stop" in (await office.last(RINA)).text
