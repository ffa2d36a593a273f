"""A second officer decides: what was shown is approved, once, and by nobody who wrote it or works here no more."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import replace

from faq.library import Library
from handlers.messages import Kind
from handlers.routing import Router
from handlers.wording import Wording
from storage.broadcasts import drafts
from storage.broadcasts.drafts import Draft, Text
from storage.database import Database
from tests.handlers.staff import office
from tests.handlers.staff.newsroom import OUTLETS, Newsroom, ids, titles
from tests.handlers.status.desk import ANI, BUDI, SITI, opened
from tests.handlers.talk import CONTACT
from tests.storage.emptied import ON_BOTH, ON_POSTGRESQL


async def test_all_others_are_shown_what_they_may_approve(newsroom: Newsroom) -> None:
    before = len(await newsroom.desk.told(SITI))
    broadcast_id, version = await newsroom.asked()
    lead, message, _, summary = (await newsroom.desk.told(SITI))[before:]

    assert "Ani meminta persetujuan" in lead.text
    assert (message.text, titles(message)) == ("Pendaftaran dibuka.", ["Berhenti"])
    assert "Jumlah penerima: *3* orang." in summary.text
    assert ids(summary) == [f"news:approve:{broadcast_id}:{version}", f"news:reject:{broadcast_id}:{version}"]


@ON_BOTH
async def test_the_second_officer_starts_it_and_the_author_is_told(newsroom: Newsroom) -> None:
    broadcast_id = await newsroom.approved()
    broadcast = await newsroom.find(broadcast_id)
    author, approver = await newsroom.numbers()
    told = (await newsroom.desk.told(ANI))[-1]

    assert (broadcast.status, broadcast.starts_at) == ("approved", newsroom.desk.at)
    assert (broadcast.author_id, broadcast.approver_id, broadcast.alone) == (author, approver, False)
    assert "Siti menyetujui" in told.text
    assert [verb for _, verb in await newsroom.acts(broadcast_id)] == [
        "broadcast_draft",
        "broadcast_change",
        "broadcast_ask",
        "broadcast_approve",
        "broadcast_start",
    ]


@ON_BOTH
async def test_nobody_approves_what_they_wrote(newsroom: Newsroom) -> None:
    broadcast_id, version = await newsroom.asked()
    (told,) = await newsroom.press(ANI, f"news:approve:{broadcast_id}:{version}")
    (rejecting,) = await newsroom.press(ANI, f"news:reject:{broadcast_id}:{version}")

    assert "Anda sendiri yang menulisnya" in told.text
    assert "Anda sendiri yang menulisnya" in rejecting.text
    assert (await newsroom.newest()).status == "draft"


async def test_what_has_changed_is_shown_anew_and_not_approved(newsroom: Newsroom) -> None:
    broadcast_id, version = await newsroom.asked()
    await newsroom.press(ANI, f"news:text:{broadcast_id}")
    await newsroom.say(ANI, "Lain.")
    told = await newsroom.press(SITI, f"news:approve:{broadcast_id}:{version}")
    guessed = await newsroom.press(SITI, f"news:approve:{broadcast_id}:{version + 1}")

    assert "sudah berubah" in told[0].text
    assert told[1].text == "Lain."
    assert "news:approve" not in "".join(ids(told[-1]))
    assert "sudah berubah" in guessed[0].text  # approval was not asked for this version
    assert (await newsroom.newest()).status == "draft"


async def test_approving_twice_changes_nothing(newsroom: Newsroom) -> None:
    broadcast_id, version = await newsroom.asked()
    await newsroom.press(SITI, f"news:approve:{broadcast_id}:{version}")
    acts = await newsroom.acts(broadcast_id)
    (told,) = await newsroom.press(SITI, f"news:approve:{broadcast_id}:{version}")

    assert "bukan konsep lagi" in told.text
    assert await newsroom.acts(broadcast_id) == acts


async def test_an_officer_who_was_removed_cannot_approve(newsroom: Newsroom) -> None:
    broadcast_id, version = await newsroom.asked()
    await office.remove(newsroom.desk, "Siti")
    (told,) = await newsroom.press(SITI, f"news:approve:{broadcast_id}:{version}")

    assert "Pilihan itu sudah tidak berlaku" in told.text
    assert (await newsroom.newest()).status == "draft"


async def test_what_a_removed_officer_wrote_cannot_be_approved_but_thrown_away(newsroom: Newsroom) -> None:
    broadcast_id, version = await newsroom.asked()
    await office.remove(newsroom.desk, "Ani")
    (told,) = await newsroom.press(SITI, f"news:approve:{broadcast_id}:{version}")
    summary = (await newsroom.press(SITI, f"news:status:{broadcast_id}"))[-1]
    (dropped,) = await newsroom.press(SITI, f"news:drop:{broadcast_id}")

    assert "bukan petugas lagi" in told.text
    assert f"news:drop:{broadcast_id}" in ids(summary)
    assert "Konsep dibuang" in dropped.text


async def test_words_that_promise_something_have_to_be_confirmed_and_are_seen_by_the_second(newsroom: Newsroom) -> None:
    broadcast_id, version = await newsroom.asked("Pendaftaran *GRATIS*, Anda   memenuhi syarat dan pasti lolos.")
    warned = (await newsroom.desk.told(ANI))[-1]
    nobody = (await newsroom.newest()).asked_version
    (asked,) = await newsroom.press(ANI, f"news:ask:{broadcast_id}:{version}:sure")
    summary = (await newsroom.desk.told(SITI))[-1]

    assert "gratis, pasti lolos, Anda memenuhi syarat" in warned.text
    assert nobody is None
    assert "Siti" in asked.text
    assert "menjanjikan sesuatu" in summary.text
    assert (await newsroom.acts(broadcast_id))[-1][1] == "broadcast_ask_sure"


async def test_a_refusal_goes_back_to_the_author_with_its_reason(newsroom: Newsroom) -> None:
    broadcast_id, version = await newsroom.asked()
    (asked,) = await newsroom.press(SITI, f"news:reject:{broadcast_id}:{version}")
    (empty,) = await newsroom.say(SITI, "", kind=Kind.IMAGE)
    (done,) = await newsroom.say(SITI, "Tanggalnya keliru.")
    told = (await newsroom.desk.told(ANI))[-1]
    late = await newsroom.press(SITI, f"news:approve:{broadcast_id}:{version}")

    assert "alasan penolakan" in asked.text
    assert "alasan penolakan" in empty.text
    assert "Dikembalikan" in done.text
    assert "Siti menolak" in told.text
    assert "Tanggalnya keliru." in told.text
    assert "sudah berubah" in late[0].text
    assert (await newsroom.acts(broadcast_id))[-1] == (f"staff:{(await newsroom.numbers())[1]}", "broadcast_reject")


async def test_a_refusal_of_what_has_changed_meanwhile_is_none(newsroom: Newsroom) -> None:
    broadcast_id, version = await newsroom.asked()
    await newsroom.press(SITI, f"news:reject:{broadcast_id}:{version}")
    await newsroom.press(ANI, f"news:now:{broadcast_id}")
    before = len(await newsroom.desk.told(ANI))
    told = await newsroom.say(SITI, "Tidak.")
    again = await newsroom.press(SITI, f"news:reject:{broadcast_id}:{version}")

    assert "sudah berubah" in told[0].text
    assert "sudah berubah" in again[0].text
    assert len(await newsroom.desk.told(ANI)) == before


async def test_a_refusal_is_not_lost_where_its_author_is_gone(newsroom: Newsroom) -> None:
    broadcast_id, version = await newsroom.asked()
    await newsroom.press(SITI, f"news:reject:{broadcast_id}:{version}")
    await office.remove(newsroom.desk, "Ani")
    (done,) = await newsroom.say(SITI, "Tidak.")

    assert "Dikembalikan" in done.text


async def test_a_time_that_has_passed_meanwhile_is_now(newsroom: Newsroom) -> None:
    broadcast_id = await newsroom.written()
    await newsroom.press(ANI, f"news:time:{broadcast_id}")
    await newsroom.say(ANI, "hari ini jam 11")
    version = (await newsroom.newest()).version
    await newsroom.press(ANI, f"news:ask:{broadcast_id}:{version}")
    newsroom.desk.at = newsroom.desk.at.replace(hour=5)
    (told,) = await newsroom.press(SITI, f"news:approve:{broadcast_id}:{version}")

    assert "segera" in told.text
    assert (await newsroom.newest()).starts_at == newsroom.desk.at


async def test_approval_cannot_be_asked_for_a_time_that_is_over(newsroom: Newsroom) -> None:
    broadcast_id = await newsroom.written()
    await newsroom.press(ANI, f"news:time:{broadcast_id}")
    await newsroom.say(ANI, "hari ini jam 11")
    newsroom.desk.at = newsroom.desk.at.replace(hour=5)
    told = await newsroom.press(ANI, f"news:ask:{broadcast_id}:{(await newsroom.newest()).version}")

    assert "sudah lewat" in told[0].text


async def test_approval_is_asked_for_the_newest_version_only_and_by_the_author(newsroom: Newsroom) -> None:
    broadcast_id = await newsroom.written()
    version = (await newsroom.newest()).version
    old = await newsroom.press(ANI, f"news:ask:{broadcast_id}:{version - 1}")
    (other,) = await newsroom.press(SITI, f"news:ask:{broadcast_id}:{version}")
    await newsroom.press(ANI, f"news:drop:{broadcast_id}")
    (gone,) = await newsroom.press(ANI, f"news:ask:{broadcast_id}:{version}")

    assert "sudah berubah" in old[0].text
    assert "Hanya penulisnya" in other.text
    assert "bukan konsep lagi" in gone.text


async def test_what_says_nothing_in_indonesian_cannot_be_asked_for(newsroom: Newsroom) -> None:
    author, _ = await newsroom.numbers()
    async with newsroom.desk.database.transaction() as tx:
        broadcast_id = await drafts.create(tx, Draft(author, texts={"en": Text("Open.")}), newsroom.desk.at)
    told = await newsroom.press(ANI, f"news:ask:{broadcast_id}:1")

    assert "Belum ada teks bahasa Indonesia" in told[0].text


async def test_without_a_second_officer_there_is_nobody_to_ask(newsroom: Newsroom) -> None:
    await office.remove(newsroom.desk, "Siti")
    await newsroom.asked()
    told = (await newsroom.desk.told(ANI))[-1]

    assert "Belum ada petugas lain" in told.text


async def test_an_office_of_one_may_approve_alone_which_the_audit_shows(
    newsroom: Newsroom, library: Library, wording: Wording
) -> None:
    alone = Router(library, wording, CONTACT, outlets=replace(OUTLETS, single_officer=True))
    newsroom.desk = opened(newsroom.desk.database, alone)
    newsroom.desk._ids = iter(range(1000, 2000))
    await office.remove(newsroom.desk, "Siti")
    broadcast_id, version = await newsroom.asked()
    asked = (await newsroom.desk.told(ANI))[-1]
    (told,) = await newsroom.press(ANI, f"news:approve:{broadcast_id}:{version}")

    assert titles(asked)[0] == "Setujui sendiri"
    assert "Disetujui sendiri" in told.text
    assert "satu petugas" in (await newsroom.desk.told(ANI))[-3].text
    assert (await newsroom.find(broadcast_id)).alone
    assert "broadcast_approve_alone" in [verb for _, verb in await newsroom.acts(broadcast_id)]


async def test_an_english_officer_is_asked_in_english(newsroom: Newsroom) -> None:
    await newsroom.press(SITI, "language:en")
    await newsroom.asked()
    summary = (await newsroom.desk.told(SITI))[-1]

    assert titles(summary) == ["Approve and send", "Send back"]


@ON_POSTGRESQL
async def test_of_two_who_decide_at_the_same_time_one_does(
    newsroom: Newsroom, library: Library, wording: Wording, open_again: Callable[[], Database]
) -> None:
    await office.join(newsroom.desk, BUDI, "Rudi")
    broadcast_id, version = await newsroom.asked()
    other = opened(open_again(), Router(library, wording, CONTACT, outlets=OUTLETS))
    other._ids = iter(range(5000, 6000))
    approve = f"news:approve:{broadcast_id}:{version}"
    both = await asyncio.gather(
        newsroom.press(SITI, approve), other.take(other.message(BUDI, kind=Kind.CHOICE, choice=approve))
    )
    verbs = [verb for _, verb in await newsroom.acts(broadcast_id)]

    assert len(both) == 2
    assert (verbs.count("broadcast_approve"), verbs.count("broadcast_start")) == (1, 1)


@ON_POSTGRESQL
async def test_a_change_and_an_approval_at_the_same_time_never_send_what_was_not_shown(
    newsroom: Newsroom, library: Library, wording: Wording, open_again: Callable[[], Database]
) -> None:
    other = opened(open_again(), Router(library, wording, CONTACT, outlets=OUTLETS))
    other._ids = iter(range(5000, 6000))
    for _ in range(5):
        broadcast_id, version = await newsroom.asked("Lama.")
        await newsroom.press(ANI, f"news:text:{broadcast_id}")
        await asyncio.gather(
            newsroom.say(ANI, "Baru."),
            other.take(other.message(SITI, kind=Kind.CHOICE, choice=f"news:approve:{broadcast_id}:{version}")),
        )
        found = await newsroom.find(broadcast_id)
        assert (found.status, found.texts["id"].text) in {("approved", "Lama."), ("draft", "Baru.")}
