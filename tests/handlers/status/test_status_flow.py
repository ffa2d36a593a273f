"""Who proves that a proposal is theirs sees it, in few messages, and nobody else does. Whole talks: tests/dialogues."""

from __future__ import annotations

from datetime import timedelta

import pytest

from handlers.messages import SHARE_PHONE, Kind
from handlers.routing import Router
from handlers.status.state import PATIENCE
from storage import consents, outbox, transcript
from storage.database import Database
from storage.outbox import Lease, Settlement
from storage.proposals import links
from storage.proposals.tables import links as links_table
from storage.schema import outbox as outbox_table
from tests.handlers.status.desk import (
    ANI,
    ASKED_NUMBER,
    ASKED_PROOF,
    BUDI,
    CODE,
    NUMBER,
    OTHER,
    OTHER_CODE,
    OTHER_PHONE,
    PHONE,
    REFUSED,
    Desk,
    opened,
)
from tests.storage import given
from tests.storage.emptied import ON_BOTH
from tests.storage.given import TELEGRAM

STATE = "*Penilaian substansi*"


@ON_BOTH
async def test_three_messages_lead_to_the_status(desk: Desk) -> None:
    await desk.record()

    assert ASKED_NUMBER in await desk.say(BUDI, "status usulan saya")
    assert ASKED_PROOF in await desk.say(BUDI, NUMBER)
    assert STATE in await desk.say(BUDI, CODE)


async def test_one_message_is_enough_once_it_is_proved(desk: Desk) -> None:
    await desk.record()
    await desk.link(BUDI)

    assert STATE in await desk.say(BUDI, f"status {NUMBER}")
    assert STATE in await desk.say(BUDI, "/status")


async def test_number_and_code_at_once_are_taken_after_consent(desk: Desk) -> None:
    await desk.record()

    asked = await desk.say(BUDI, f"{NUMBER} {CODE}")
    shown = await desk.press(BUDI, "status:agree")

    assert "UU 27/2022" in asked
    assert STATE not in asked
    assert STATE in shown


async def test_consent_cannot_be_given_to_nothing(desk: Desk) -> None:
    await desk.record()
    await desk.say(BUDI, "/status")

    assert "tidak berlaku" in await desk.press(BUDI, "status:agree")


async def test_consent_is_kept_with_its_version_and_time(desk: Desk) -> None:
    await desk.record()
    await desk.link(BUDI)

    async with desk.database.reading() as tx:
        (kept,) = await consents.of_person(tx, await desk.person_id(BUDI))
    assert (kept.purpose, kept.version, kept.given_at, kept.withdrawn_at) == ("status", "2026-11", desk.at, None)


async def test_the_own_shared_phone_number_proves(desk: Desk) -> None:
    await desk.record()
    await desk.say(BUDI, "/status")
    (asked,) = await desk.replies(BUDI, NUMBER, can_share_phone=True)

    assert asked.choices[0].id == SHARE_PHONE
    assert STATE in await desk.share(BUDI, "+62 812 3456 7890")


async def test_where_no_number_can_be_shared_nobody_is_asked_to(desk: Desk) -> None:
    await desk.record()
    await desk.say(BUDI, "/status")
    (asked,) = await desk.replies(BUDI, NUMBER)

    assert SHARE_PHONE not in [choice.id for choice in asked.choices]
    assert "nomor HP" not in asked.text


@pytest.mark.parametrize("named", ["1", "Bagikan nomor saya"])
async def test_naming_the_button_is_answered_with_how_to_press_it(desk: Desk, named: str) -> None:
    await desk.say(BUDI, "/status")
    await desk.say(BUDI, NUMBER, can_share_phone=True)

    (told,) = await desk.replies(BUDI, named, can_share_phone=True)
    assert "Tekan tombol *Bagikan nomor saya*" in told.text
    assert told.choices[0].id == SHARE_PHONE


async def test_the_button_to_share_means_nothing_where_no_proof_is_asked(desk: Desk) -> None:
    assert "tidak berlaku" in await desk.press(BUDI, SHARE_PHONE)


@pytest.mark.parametrize("phone", [OTHER_PHONE, "1", ""])
async def test_another_phone_number_does_not_prove(desk: Desk, phone: str) -> None:
    await desk.record()
    await desk.say(BUDI, "/status")
    await desk.say(BUDI, NUMBER)

    assert STATE not in await desk.share(BUDI, phone)


async def test_somebody_elses_contact_is_no_proof_and_no_attempt(desk: Desk) -> None:
    await desk.record()
    await desk.say(BUDI, "/status")
    await desk.say(BUDI, NUMBER)

    for _ in range(5):
        assert "bukan kontak Anda sendiri" in await desk.share(BUDI, None)
    assert STATE in await desk.share(BUDI, PHONE)


async def test_a_contact_out_of_nowhere_is_asked_for_the_number(desk: Desk) -> None:
    assert ASKED_NUMBER in await desk.share(BUDI, PHONE)
    assert "kontak" in await desk.say(ANI, kind=Kind.CONTACT)


async def test_a_code_works_once(desk: Desk) -> None:
    await desk.record()
    await desk.link(BUDI)
    await desk.say(ANI, "/status")

    assert REFUSED in await desk.say(ANI, f"{NUMBER} {CODE}")


async def test_a_used_code_that_its_source_tells_again_does_not_come_alive(desk: Desk) -> None:
    await desk.record()
    await desk.link(BUDI)
    async with desk.database.transaction() as tx:
        await links.issue_code(tx, NUMBER, "4H2J8RSD6TNB", desk.at + timedelta(days=1))
    await desk.record()
    await desk.say(ANI, "/status")

    assert REFUSED in await desk.say(ANI, f"{NUMBER} {CODE}")


async def test_a_code_that_has_run_out_does_not_work(desk: Desk) -> None:
    await desk.record(code_life=timedelta(minutes=10))
    desk.at += timedelta(minutes=10)
    await desk.say(BUDI, "/status")

    assert REFUSED in await desk.say(BUDI, f"{NUMBER} {CODE}")


async def test_another_number_may_be_typed_instead_of_the_code(desk: Desk) -> None:
    await desk.record()
    await desk.record(OTHER, "penjurian", OTHER_CODE)
    await desk.say(BUDI, "/status")
    await desk.say(BUDI, NUMBER)

    assert OTHER in await desk.say(BUDI, f"eh salah, nomornya {OTHER}")
    assert "*Penjurian*" in await desk.say(BUDI, OTHER_CODE)


async def test_number_and_code_of_another_may_be_typed_instead(desk: Desk) -> None:
    await desk.record()
    await desk.record(OTHER, "penjurian", OTHER_CODE)
    await desk.say(BUDI, "/status")
    await desk.say(BUDI, NUMBER)

    assert "*Penjurian*" in await desk.say(BUDI, f"{OTHER} {OTHER_CODE}")


async def test_who_waits_too_long_is_asked_again(desk: Desk) -> None:
    await desk.record()
    await desk.say(BUDI, "/status")
    await desk.say(BUDI, NUMBER)
    desk.at += PATIENCE + timedelta(seconds=1)

    assert STATE not in await desk.say(BUDI, CODE)


async def test_who_waits_just_so_long_is_heard(desk: Desk) -> None:
    await desk.record()
    await desk.say(BUDI, "/status")
    await desk.say(BUDI, NUMBER)
    desk.at += PATIENCE

    assert STATE in await desk.say(BUDI, CODE)


async def test_a_question_between_is_answered_and_the_code_still_taken(desk: Desk) -> None:
    await desk.record()
    await desk.say(BUDI, "/status")
    await desk.say(BUDI, NUMBER)

    assert "Kementerian Perindustrian" in await desk.say(BUDI, "siapa penyelenggara upakarti")
    assert STATE in await desk.say(BUDI, CODE)


async def test_who_has_no_code_is_told_where_codes_are_from(desk: Desk) -> None:
    await desk.say(BUDI, "/status")
    await desk.say(BUDI, NUMBER)

    assert "diberikan portal pendaftaran atau panitia" in await desk.say(BUDI, "kodenya hilang min")


async def test_an_open_check_waits_for_the_status(desk: Desk) -> None:
    await desk.record()
    await desk.say(BUDI, "/cek")

    assert ASKED_NUMBER in await desk.say(BUDI, "/status")
    assert STATE in await desk.say(BUDI, f"{NUMBER} {CODE}")


async def test_stopping_is_said_once(desk: Desk) -> None:
    await desk.say(BUDI, "/status")

    assert "dihentikan" in await desk.say(BUDI, "/batal")
    assert "Tidak ada yang sedang berjalan" in await desk.say(BUDI, "/batal")


async def test_a_wish_that_sounds_like_its_contrary_is_asked_back(desk: Desk) -> None:
    assert "Maksud Anda yang mana?" in await desk.say(BUDI, "kabari saya lagi")


@ON_BOTH
async def test_several_tries_in_one_batch_count_each(desk: Desk) -> None:
    await desk.record()
    await desk.say(BUDI, "/status")
    await desk.say(BUDI, NUMBER)
    wrong = [desk.message(BUDI, OTHER_CODE) for _ in range(3)]

    await desk.take(*wrong, desk.message(BUDI, CODE))

    assert "terlalu banyak" in (await desk.told(BUDI))[-1].text
    assert await given.count(desk.database, links_table) == 0


@ON_BOTH
async def test_what_failed_halfway_is_undone(store: Database, router: Router, monkeypatch: pytest.MonkeyPatch) -> None:
    desk = opened(store, router)
    await desk.record()
    await desk.say(BUDI, "/status")

    async def broken(*_: object) -> None:
        raise RuntimeError("the link is made, and then this")

    with monkeypatch.context() as patched:
        patched.setattr(consents, "give", broken)
        assert "Maaf" in await desk.say(BUDI, f"{NUMBER} {CODE}")

    assert await given.count(store, links_table) == 0
    assert STATE in await desk.say(BUDI, f"{NUMBER} {CODE}")  # the code is not spent either


async def test_a_typed_code_is_not_kept_where_both_sides_are(store: Database, router: Router) -> None:
    desk = opened(store, router, transcribed=frozenset({TELEGRAM}))
    await desk.record()
    await desk.say(BUDI, "/status")
    await desk.say(BUDI, f"{NUMBER} {OTHER_CODE}")
    await desk.say(BUDI, CODE)

    async with store.reading() as tx:
        lines = await transcript.latest(tx, await desk.person_id(BUDI), 10)
    assert [line.text for line in lines] == ["/status", "••••", "••••"]


async def test_a_delegates_code_is_not_kept_once_it_was_sent(desk: Desk) -> None:
    await desk.record()
    await desk.link(BUDI)
    code = await desk.invite(BUDI)
    lease = Lease("one", desk.at, timedelta(seconds=60))

    async with desk.database.transaction() as tx:
        while claimed := await outbox.claim(tx, TELEGRAM, lease, 10):
            await outbox.intend(tx, claimed, lease)
            await outbox.settle(tx, [Settlement(claim, "sent") for claim in claimed], desk.at)

    texts = [text for (text,) in await given.rows(desk.database, outbox_table.c.text.name)]
    assert not [text for text in texts if code in text]
    assert texts[-1] == ""


@pytest.mark.parametrize("number", [NUMBER, "202600012"])
async def test_who_says_the_number_twice_is_asked_for_the_code_again(desk: Desk, number: str) -> None:
    await desk.record(number)
    await desk.say(BUDI, "/status")
    for _ in range(4):
        assert ASKED_PROOF in await desk.say(BUDI, number)

    assert STATE in await desk.say(BUDI, CODE)


async def test_who_agrees_in_words_sees_the_status(desk: Desk) -> None:
    await desk.record()
    await desk.say(BUDI, f"{NUMBER} {CODE}")

    assert STATE in await desk.say(BUDI, "ya setuju")


async def test_a_command_may_bring_number_and_code(desk: Desk) -> None:
    await desk.record()
    assert "kode aksesnya sudah saya terima" in await desk.say(BUDI, f"/status {NUMBER} {CODE}")

    assert STATE in await desk.press(BUDI, "status:agree")


async def test_a_code_out_of_nowhere_is_not_said_back(desk: Desk) -> None:
    for _ in range(2):
        answer = await desk.say(BUDI, CODE)

        assert ASKED_NUMBER in answer
        assert CODE not in answer


async def test_a_number_in_the_form_of_a_code_is_a_number(desk: Desk) -> None:
    await desk.say(BUDI, "/status")

    assert "*2026-0001-2345*" in await desk.say(BUDI, "2026-0001-2345")
    await desk.press(BUDI, "status:other_number")
    assert "*KPLN-2026-0012*" in await desk.say(BUDI, "KPLN-2026-0012")


@pytest.mark.parametrize("typed", ["081234567890", "+62 812-3456-7890", "0812 3456 7890"])
async def test_a_typed_phone_number_is_no_proof_and_no_try(desk: Desk, typed: str) -> None:
    await desk.record()
    await desk.say(BUDI, "/status")
    await desk.say(BUDI, NUMBER)

    for _ in range(3):
        assert "Tekan tombol" in await desk.say(BUDI, typed, can_share_phone=True)
        assert "Kode akses terdiri" in await desk.say(BUDI, typed)
    assert STATE in await desk.say(BUDI, CODE)


async def test_a_delegates_code_that_nobody_got_is_not_kept_either(desk: Desk) -> None:
    await desk.record()
    await desk.link(BUDI)
    code = await desk.invite(BUDI)
    await desk.take(desk.message(BUDI, kind=Kind.BLOCKED))

    assert not [text for (text,) in await given.rows(desk.database, "text") if code in text]


async def test_where_the_platform_vouches_for_every_number_two_messages_are_enough(desk: Desk) -> None:
    await desk.record()
    await desk.say(BUDI, "/status", phone=PHONE)

    assert STATE in await desk.say(BUDI, NUMBER, phone=PHONE)


@pytest.mark.parametrize("agreement", ["setuju", ""])
async def test_who_begins_with_the_number_there_agrees_first(desk: Desk, agreement: str) -> None:
    await desk.record()
    asked = await desk.say(BUDI, NUMBER, phone=PHONE)
    pressed = {} if agreement else {"kind": Kind.CHOICE, "choice": "status:agree"}

    assert "UU 27/2022" in asked
    assert STATE in await desk.say(BUDI, agreement, phone=PHONE, **pressed)


async def test_a_vouched_number_of_somebody_else_leaves_the_code(desk: Desk) -> None:
    await desk.record()
    await desk.say(BUDI, "/status", phone=OTHER_PHONE)

    assert REFUSED in await desk.say(BUDI, NUMBER, phone=OTHER_PHONE)
    assert STATE in await desk.say(BUDI, CODE, phone=OTHER_PHONE)
