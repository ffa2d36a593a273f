"""The desk is there for staff only: for everybody else it is not there at all."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
import sqlalchemy as sa

from handlers.inbox import CONCEALED
from handlers.messages import Inbound, Kind, Reply
from handlers.routing import Router
from handlers.staff import desk as topic
from handlers.turn import Errand
from storage import schema
from storage.contacts import Identity
from storage.database import Database
from storage.office import staff
from tests.handlers.staff import office
from tests.handlers.status.desk import ANI, BUDI, SITI, Desk
from tests.handlers.talk import Talk

BUTTONS = (topic.DESK, topic.DUTY, topic.LIST, "staff:", "staff:nothing")
GIBBERISH = "asdf qwer zxcv"


async def said(desk: Desk, *texts: str) -> list[Reply]:
    """Return what a stranger is answered who writes this first."""
    return [await first(desk, text) for text in texts]


async def first(desk: Desk, text: str, **more: object) -> Reply:
    """Return what a person who never wrote is answered."""
    number = 100 + next(desk._ids)
    (reply,) = await desk.replies(number, text, **more)
    return reply


@pytest.mark.parametrize("command", ["/panitia", "/office", "/PANITIA", "/office@upakarti_bot", "/panitia tolong"])
async def test_the_command_opens_the_desk_for_staff_and_nothing_for_others(desk: Desk, command: str) -> None:
    await office.join(desk, ANI, "Ani")

    assert "Meja petugas" in await desk.say(ANI, command)
    assert await said(desk, command, GIBBERISH) == [await first(desk, GIBBERISH)] * 2


@pytest.mark.parametrize("button", BUTTONS)
async def test_a_button_of_the_desk_is_for_others_like_any_that_is_no_longer_valid(desk: Desk, button: str) -> None:
    expired = await first(desk, "", kind=Kind.CHOICE, choice="ask:nothing")

    assert await first(desk, "", kind=Kind.CHOICE, choice=button) == expired
    assert await office.acts(desk) == []


@pytest.mark.parametrize(
    "form",
    [
        "{code}",
        "  {code}  ",
        "ini kodenya {code} ya",
        "PANITIA-0000-2222-3333-4444",
        "panitia 0000 2222 3333 4444",
        "PANITIA-7KQM-2B9T-XW4C-H8RE",
    ],
)
async def test_a_used_code_and_a_guessed_one_are_answered_as_what_nobody_understands(desk: Desk, form: str) -> None:
    code = await office.invite(desk, "Ani")
    await desk.say(ANI, code)
    gibberish = await first(desk, GIBBERISH)

    assert await first(desk, form.format(code=code)) == gibberish
    assert [action for _, action, _ in await office.acts(desk)] == ["staff_invited", "staff_joined"]


async def test_a_code_that_has_run_out_is_answered_the_same(desk: Desk) -> None:
    code = await office.invite(desk, "Ani")
    desk.at += timedelta(days=7)

    assert await first(desk, code) == await first(desk, GIBBERISH)


async def test_a_bad_code_is_answered_the_same_in_the_middle_of_a_check(desk: Desk) -> None:
    await desk.say(BUDI, "/cek")
    await desk.say(SITI, "/cek")

    assert await desk.replies(BUDI, "PANITIA-7KQM-2B9T-XW4C-H8RD") == await desk.replies(SITI, "••••")
    assert await desk.replies(BUDI, "/panitia") == await desk.replies(SITI, "••••")


async def test_a_bad_code_is_answered_the_same_where_a_proof_is_asked_for(desk: Desk) -> None:
    for person in (BUDI, SITI):
        await desk.say(person, "/status")
        await desk.say(person, "UPK-2026-00012")

    assert await desk.replies(BUDI, "PANITIA-7KQM-2B9T-XW4C-H8RD") == await desk.replies(SITI, "••••")


async def test_a_bad_code_is_not_kept_among_what_was_not_understood(desk: Desk) -> None:
    await desk.say(BUDI, "PANITIA-7KQM-2B9T-XW4C-H8RD")
    await desk.say(BUDI, "/panitia")
    async with desk.database.reading() as tx:
        kept = (await tx.execute(sa.select(schema.unanswered.c.text))).all()

    assert kept == []


async def test_a_typed_code_is_not_shown_again_whatever_it_is_worth(desk: Desk) -> None:
    code = await office.invite(desk, "Ani")
    for text in (code, code, "PANITIA-0000-2222-3333-4444"):
        await desk.say(ANI, text)
    query = sa.select(schema.transcript.c.text).where(schema.transcript.c.author == "person")
    async with desk.database.reading() as tx:
        texts = list((await tx.execute(query)).scalars())

    assert texts == [CONCEALED] * 3


async def test_a_code_that_says_hello_first_still_shows_the_notice(desk: Desk) -> None:
    reply = await first(desk, await office.invite(desk, "Ani"))

    assert "Selamat bergabung" in reply.text
    assert "/privasi" in reply.text


async def test_who_is_let_in_may_do_so_at_once_in_messages_that_come_together(desk: Desk) -> None:
    code = await office.invite(desk, "Ani")
    await desk.take(desk.message(ANI, code), desk.message(ANI, "/panitia"))

    assert "Meja petugas" in (await desk.told(ANI))[-1].text


async def test_an_officer_goes_on_duty_and_off(desk: Desk) -> None:
    staff_id = await office.join(desk, ANI, "Ani")
    on, off = await desk.press(ANI, topic.DUTY), await desk.press(ANI, topic.DUTY)

    assert "sedang *bertugas*" in on
    assert "tidak bertugas" in off
    who = f"staff:{staff_id}"
    assert (await office.acts(desk))[2:] == [(who, "staff_on_duty", who), (who, "staff_off_duty", who)]


async def test_only_an_admin_sees_who_is_staff(desk: Desk) -> None:
    await office.join(desk, ANI, "Ani")
    await office.join(desk, SITI, "Siti", "admin")
    await office.invite(desk, "Rudi")
    await desk.press(ANI, topic.DUTY)

    assert "tidak berlaku" in await desk.press(ANI, topic.LIST)
    listed = await desk.press(SITI, topic.LIST)
    assert "• Ani, petugas, sedang bertugas" in listed
    assert "• Siti, admin, tidak bertugas" in listed
    assert "• Rudi, petugas, diundang; kodenya berlaku sampai 1 Desember 2026" in listed
    desk.at += timedelta(days=8)
    assert "• Rudi, petugas, tanpa akun" in await desk.press(SITI, topic.LIST)


async def test_a_removed_officer_is_like_anybody_at_once(desk: Desk) -> None:
    await office.join(desk, ANI, "Ani", "admin")
    await office.remove(desk, "Ani")
    await desk.say(BUDI, "halo")

    assert await desk.replies(ANI, "/panitia") == await desk.replies(BUDI, GIBBERISH)
    for button in BUTTONS:
        assert "tidak berlaku" in await desk.press(ANI, button)


@pytest.mark.parametrize("pressed", [None, topic.DESK, topic.DUTY])
async def test_an_officer_removed_while_answering_is_answered_like_anybody(
    desk: Desk, router: Router, pressed: str | None
) -> None:
    await office.join(desk, ANI, "Ani")
    message = desk.message(ANI, *(["/panitia"] if pressed is None else []))
    if pressed is not None:
        message = replace(message, kind=Kind.CHOICE, choice=pressed)
    talk = Talk(router)
    officer = replace(talk.person, id=await desk.person_id(ANI), staff_id=99, role="officer", language="id")
    decided = router.decide(message, officer, talk.conversation)
    async with desk.database.transaction() as tx:
        while isinstance(decided, Errand):
            decided = decided.then(await decided.do(tx))

    assert ("belum menangkap" if pressed is None else "tidak berlaku") in decided.replies[0].text


async def test_deleting_ones_data_ends_being_staff_and_says_so(desk: Desk) -> None:
    staff_id = await office.join(desk, ANI, "Ani")
    asked = await desk.replies(ANI, "hapus data saya")
    await desk.press(ANI, asked[-1].choices[0].id)

    assert "berhenti menjadi petugas" in asked[-1].text
    assert "belum menangkap" in await desk.say(ANI, "/panitia")
    assert (await office.acts(desk))[-1] == (f"staff:{staff_id}", "staff_left", f"staff:{staff_id}")


async def test_news_for_staff_go_to_the_channel_they_wrote_on_last(desk: Desk, store: Database) -> None:
    await office.join(desk, ANI, "Ani")
    async with store.transaction() as tx:
        await tx.execute(sa.update(schema.people).values(web_token_hash="f" * 64))
    web = Inbound("web", "w1", Identity(web_token_hash="f" * 64), desk.at, text="halo")
    await desk.take(web)
    async with store.reading() as tx:
        (ani,) = await staff.active(tx)

    assert ani.channel == "web"


async def test_a_name_with_stars_makes_nothing_bold(desk: Desk, router: Router) -> None:
    office.CODES["B*u*di"] = "PANITIA-BBBB-2222-CCCC-3333"

    assert "*Budi*" in await desk.say(BUDI, await office.invite(desk, "B*u*di"))


def test_nobody_of_whom_nothing_is_kept_is_staff(talk: Talk) -> None:
    assert "belum menangkap" in talk.say("PANITIA-7KQM-2B9T-XW4C-H8RD")
