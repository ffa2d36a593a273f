"""People ask to be told of news, choose of what, and stop it, in words and by button."""

from __future__ import annotations

import pytest
import sqlalchemy as sa

from handlers.routing import Router
from storage import consents, interests, schema, subscriptions
from storage.database import Database
from tests.handlers.status.desk import BUDI, CODE, NUMBER, Desk, opened
from tests.handlers.talk import Talk
from tests.storage.emptied import sqlite_unless_asked  # noqa: F401 - a fixture

BOTH = list(subscriptions.TOPICS)


@pytest.fixture
def desk(store: Database, router: Router) -> Desk:
    return opened(store, router)


async def wanted(desk: Desk, person: int = BUDI) -> list[str]:
    async with desk.database.reading() as tx:
        return [each.topic for each in await subscriptions.of_person(tx, await desk.person_id(person))]


async def asked_about(desk: Desk) -> list[str]:
    async with desk.database.reading() as tx:
        return [each.category for each in await interests.of_person(tx, await desk.person_id(BUDI))]


async def wants_news(desk: Desk) -> list[bool]:
    async with desk.database.reading() as tx:
        return list((await tx.execute(sa.select(schema.metadata.tables["links"].c.wants_news))).scalars())


@pytest.mark.parametrize(
    "text", ["Kabari saya", "kabari saya dong!", "/kabari", "/notify", "notify me", "notify me about deadlines please"]
)
async def test_who_asks_to_be_told_is_told_of_all_and_hears_how_to_stop(desk: Desk, text: str) -> None:
    reply = await desk.say(BUDI, text)

    assert await wanted(desk) == BOTH
    assert "UU 27/2022" in reply
    assert "/berhenti" in reply or "/stop" in reply


@pytest.mark.parametrize(
    "text",
    [
        "tolong berhenti mengabari saya",
        "Berhenti",
        "STOP!",
        "/berhenti",
        "stop notifying me",
        "please stop",
        "Tolong stop kak",
        "udah stop",
        "stopp",
        "stop stop stop",
        "stop it",
        "hentikan!",
        "brenti dong",
        "setop",
        "Stop/berhenti",
        "unsub",
        "opt out",
        "berhenti berlangganan",
    ],
)
async def test_who_says_stop_is_told_nothing_more(desk: Desk, text: str) -> None:
    await desk.press(BUDI, "sub:on")
    await desk.say(BUDI, text)

    assert await wanted(desk) == []


async def test_the_consent_is_kept_with_its_version_and_withdrawn_by_a_stop(desk: Desk) -> None:
    await desk.press(BUDI, "sub:on")
    await desk.press(BUDI, "sub:off")
    async with desk.database.reading() as tx:
        (kept,) = await consents.of_person(tx, await desk.person_id(BUDI))

    assert (kept.purpose, kept.version, kept.withdrawn_at) == (consents.NEWS, "2026-11", desk.at)


async def test_a_bare_stop_of_somebody_who_is_told_of_a_proposal_ends_that(desk: Desk) -> None:
    await desk.record()
    await desk.link(BUDI, NUMBER, CODE)
    await desk.say(BUDI, "berhenti")

    assert await wants_news(desk) == [False]


async def test_a_bare_stop_is_for_what_is_being_asked_and_for_nothing_where_nothing_is_told(desk: Desk) -> None:
    assert "Tidak ada yang sedang berjalan" in await desk.say(BUDI, "stop")
    await desk.press(BUDI, "sub:on")
    await desk.say(BUDI, "/status")
    assert "dihentikan" in await desk.say(BUDI, "stop")
    await desk.say(BUDI, "/cek")
    assert "dihentikan" in await desk.say(BUDI, "stop")
    assert await wanted(desk) == BOTH


async def test_a_stop_without_having_asked_is_answered_all_the_same(desk: Desk) -> None:
    assert "saya berhenti" in await desk.say(BUDI, "/berhenti")


async def test_topics_are_chosen_one_by_one(desk: Desk) -> None:
    first = await desk.press(BUDI, "sub:topics")
    added = await desk.press(BUDI, "sub:add:deadlines")
    assert await wanted(desk) == ["deadlines"]
    await desk.press(BUDI, "sub:add:announcements")
    dropped = await desk.press(BUDI, "sub:drop:deadlines")

    assert await wanted(desk) == ["announcements"]
    assert first.count(": tidak") == 2
    assert "UU 27/2022" in added
    assert "UU 27/2022" not in dropped
    assert "• pengumuman panitia: ya\n• pengingat tenggat, beberapa hari sebelumnya: tidak" in dropped


@pytest.mark.parametrize("choice", ["sub:", "sub:add:", "sub:add:status", "sub:toggle:deadlines", "sub:drop"])
async def test_a_button_that_was_never_there_changes_nothing(desk: Desk, choice: str) -> None:
    await desk.press(BUDI, "sub:on")

    assert "tidak berlaku" in await desk.press(BUDI, choice)
    assert await wanted(desk) == BOTH


async def test_news_of_ones_proposal_go_with_it_both_ways(desk: Desk) -> None:
    await desk.record()
    await desk.link(BUDI, NUMBER, CODE)
    stopped = await desk.say(BUDI, "/berhenti")
    after_stop = await wants_news(desk)
    on = await desk.say(BUDI, "/kabari")

    assert "Tentang usulan Anda saya juga tidak mengabari lagi" in stopped
    assert (after_stop, await wants_news(desk)) == ([False], [True])
    assert "• status usulan Anda, bila dirilis" in on


async def test_what_is_wanted_stands_on_the_page_and_ends_with_the_consent(desk: Desk) -> None:
    await desk.press(BUDI, "sub:on")
    page = await desk.say(BUDI, "/data")
    asked = await desk.replies(BUDI, "cabut persetujuan")
    await desk.press(BUDI, asked[-1].choices[0].id)
    after = await desk.say(BUDI, "/data")

    assert "• Persetujuan untuk kabar dan pengingat: sejak 24 November 2026, versi 2026-11." in page
    assert "• Anda dikabari tentang: pengumuman panitia; pengingat tenggat, beberapa hari sebelumnya." in page
    assert await wanted(desk) == []
    assert "• Persetujuan untuk kabar dan pengingat: dicabut 24 November 2026 (versi 2026-11)." in after
    assert "Anda dikabari tentang" not in after


async def test_who_asks_about_a_category_may_be_told_of_its_news(desk: Desk) -> None:
    await desk.say(BUDI, "apa itu kategori jasa kepeloporan?")
    await desk.press(BUDI, "ask:individual_can_apply")
    await desk.press(BUDI, "ask:jury_members")
    page = await desk.say(BUDI, "/data")

    assert await asked_about(desk) == ["kepeloporan", "pengabdian"]
    assert "• Kategori yang Anda tanyakan: kepeloporan (24 November 2026); pengabdian (24 November 2026)." in page


async def test_an_answer_about_a_date_offers_to_be_told(desk: Desk) -> None:
    (reply,) = await desk.replies(BUDI, "kapan pendaftaran ditutup?")

    assert "subscribe" in [choice.id for choice in reply.choices]


async def test_a_check_waits_while_somebody_chooses(desk: Desk) -> None:
    await desk.say(BUDI, "/cek")

    assert "Cek kelayakan" in await desk.press(BUDI, "sub:topics")


def test_nothing_is_kept_of_somebody_of_whom_nothing_is_kept(talk: Talk) -> None:
    assert "saya kabari" in talk.say("/kabari")
    assert "saya berhenti" in talk.say("/berhenti")
    assert "Kabar yang Anda terima" in talk.press("sub:topics")
