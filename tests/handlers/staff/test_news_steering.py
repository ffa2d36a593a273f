"""What goes is steered, what ended is reported and can go to the rest, and what was sent is corrected or taken back."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from datetime import timedelta

import pytest
import sqlalchemy as sa

from faq.library import Library
from handlers.messages import Attachment, Kind, Reply, Unfetched
from handlers.routing import Router
from handlers.staff import reporting
from handlers.staff.outlets import Outlets
from handlers.staff.speaking import Speaker
from handlers.staff.watching import Watching
from handlers.wording import Wording
from storage.broadcasts import drafts
from storage.broadcasts.drafts import Draft, Text
from storage.broadcasts.watching import Shown
from storage.database import Database
from storage.outbox import Claim, File
from storage.schema import attachments, outbox
from tests.handlers.staff import office
from tests.handlers.staff.newsroom import OUTLETS, Newsroom, ids
from tests.handlers.status.desk import ANI, SITI, opened
from tests.handlers.talk import CONTACT
from tests.storage import given
from tests.storage.broadcasts import announced
from tests.storage.emptied import ON_BOTH, ON_POSTGRESQL


class Screen:
    """Where progress messages change, as it were."""

    def __init__(self) -> None:
        self.edits: list[tuple[int, Reply]] = []

    async def edit(self, shown: Shown, reply: Reply) -> None:
        self.edits.append((shown.person_id, reply))


@pytest.fixture
def screen() -> Screen:
    return Screen()


@pytest.fixture
def watching(store: Database, wording: Wording, screen: Screen) -> Watching:
    return Watching(store, wording, OUTLETS, screen.edit)


async def going(newsroom: Newsroom) -> tuple[int, list[Claim]]:
    """Let one go, and take two of the three recipients."""
    broadcast_id = await newsroom.approved()
    await announced.carried(newsroom.desk.database, newsroom.desk.at)
    return broadcast_id, await announced.taken(newsroom.desk.database, 2)


async def ended(newsroom: Newsroom, *how: tuple[str, str | None]) -> int:
    """Let one go to its end, in which the recipients ended so."""
    broadcast_id = await newsroom.approved()
    store = newsroom.desk.database
    await announced.carried(store, newsroom.desk.at)
    for claim, (status, reason) in zip(await announced.taken(store), how, strict=True):
        number = str(claim.id) if status == "sent" else None
        await given.settle(store, claim, status, reason=reason, platform_message_id=number)
    assert await announced.carried(store, newsroom.desk.at) == [broadcast_id]
    return broadcast_id


SENT = ("sent", None)


@ON_BOTH
async def test_it_is_paused_resumed_and_stopped_and_each_says_how_many_are_out(newsroom: Newsroom) -> None:
    broadcast_id, claims = await going(newsroom)
    await given.settle(newsroom.desk.database, claims[0], "sent")
    (paused,) = await newsroom.press(SITI, f"news:pause:{broadcast_id}")
    (resumed,) = await newsroom.press(ANI, f"news:resume:{broadcast_id}")
    (stopped,) = await newsroom.press(SITI, f"news:stop:{broadcast_id}")
    (again,) = await newsroom.press(SITI, f"news:stop:{broadcast_id}")

    assert paused.text.startswith("Dijeda. Sudah keluar: 1; sedang di jalan: 1; menunggu: 1.")
    assert ids(paused)[:2] == [f"news:resume:{broadcast_id}", f"news:stop:{broadcast_id}"]
    assert resumed.text.startswith("Dilanjutkan.")
    assert stopped.text.startswith(
        "Dihentikan. Sudah keluar: 1; sedang di jalan dan tetap sampai: 1; tidak menerimanya: 1."
    )
    assert again.text.startswith("Pengumuman itu sudah berakhir.")
    assert await announced.taken(newsroom.desk.database) == []
    verbs = [verb for _, verb in await newsroom.acts(broadcast_id)]
    assert verbs[-3:] == ["broadcast_pause", "broadcast_resume", "broadcast_stop"]


@pytest.mark.parametrize(
    ("verb", "words"), [("pause", "Tidak ada yang dijeda"), ("resume", "Tidak ada yang dilanjutkan")]
)
async def test_what_does_not_go_cannot_be_steered(newsroom: Newsroom, verb: str, words: str) -> None:
    broadcast_id = await ended(newsroom, SENT, SENT, SENT)
    (told,) = await newsroom.press(ANI, f"news:{verb}:{broadcast_id}")

    assert words in told.text


async def test_one_that_was_stopped_before_it_began_came_to_nobody(newsroom: Newsroom) -> None:
    broadcast_id = await newsroom.approved()
    (told,) = await newsroom.press(SITI, f"news:stop:{broadcast_id}")
    (table,) = await newsroom.press(SITI, f"news:csv:{broadcast_id}")

    assert "sebelum mulai" in told.text
    assert ids(told) == ["news:list"]
    assert "tidak berlaku" in table.text


async def test_progress_says_how_far_it_is_and_how_long_it_takes(newsroom: Newsroom) -> None:
    broadcast_id, claims = await going(newsroom)
    await given.settle(newsroom.desk.database, claims[0], "sent")
    (page,) = await newsroom.press(ANI, f"news:status:{broadcast_id}")

    assert "Selesai: 1 dari 3 (33%)" in page.text
    assert "Masih menunggu: 2, kurang dari 1 menit lagi." in page.text
    assert ids(page)[:3] == [f"news:{verb}:{broadcast_id}" for verb in ("pause", "stop", "status")]


async def test_the_report_gives_each_end_with_its_reason_in_words(newsroom: Newsroom) -> None:
    broadcast_id = await ended(newsroom, SENT, ("refused", "blocked"), ("unsure", "moon"))
    async with newsroom.desk.database.transaction() as tx:
        known = {"delivered_at": newsroom.desk.at, "read_at": newsroom.desk.at}
        await tx.execute(sa.update(outbox).where(outbox.c.status == "sent").values(known))
    (page,) = await newsroom.press(ANI, f"news:status:{broadcast_id}")

    for line in ("Terkirim: 1", "sampai, sejauh diketahui: 1", "dibaca, sejauh diketahui: 1", "Gagal: 1"):
        assert line in page.text
    assert "1: memblokir asisten ini" in page.text
    assert "1: alasan lain (moon)" in page.text
    assert ids(page)[:2] == [f"news:leave:{broadcast_id}", f"news:again:{broadcast_id}"]


async def test_it_goes_to_the_rest(newsroom: Newsroom) -> None:
    broadcast_id = await ended(newsroom, SENT, ("failed", "rate_limited"), ("refused", "blocked"))
    (told,) = await newsroom.press(ANI, f"news:rest:{broadcast_id}")
    (again,) = await newsroom.press(ANI, f"news:rest:{broadcast_id}")

    assert "menunggu: 1." in told.text
    assert "baru bisa setelah" in again.text
    assert len(await announced.taken(newsroom.desk.database)) == 1


async def test_the_unsure_ones_get_it_again_only_after_a_confirmation_of_how_many(newsroom: Newsroom) -> None:
    broadcast_id = await ended(newsroom, SENT, ("unsure", "timed_out"), ("unsure", "answer_lost"))
    (asked,) = await newsroom.press(ANI, f"news:again:{broadcast_id}")
    (wrong,) = await newsroom.press(ANI, f"news:again:{broadcast_id}:1")
    (done,) = await newsroom.press(ANI, f"news:again:{broadcast_id}:2")
    (late,) = await newsroom.press(ANI, f"news:again:{broadcast_id}:2")

    assert "*2* orang" in asked.text
    assert "*2* orang" in wrong.text
    assert "menunggu: 2." in done.text
    assert "Tidak ada lagi yang belum pasti" in late.text


async def test_the_unsure_ones_are_left_as_they_are(newsroom: Newsroom) -> None:
    broadcast_id = await ended(newsroom, SENT, SENT, ("unsure", "timed_out"))
    (left,) = await newsroom.press(ANI, f"news:leave:{broadcast_id}")
    (again,) = await newsroom.press(ANI, f"news:leave:{broadcast_id}")

    assert "dibiarkan" in left.text
    assert f"news:again:{broadcast_id}" not in ids(left)
    assert "Tidak ada yang menunggu keputusan" in again.text


async def test_the_list_has_numbers_and_reasons_and_no_names(newsroom: Newsroom) -> None:
    broadcast_id = await ended(newsroom, SENT, ("refused", "blocked"), ("skipped", "unsubscribed"))
    (told,) = await newsroom.press(ANI, f"news:csv:{broadcast_id}")
    async with newsroom.desk.database.reading() as tx:
        row = (await tx.execute(sa.select(attachments))).one()
    heads, first, second, _ = row.content.decode("utf-8-sig").splitlines()

    assert "tanpa nama" in told.text
    assert (row.filename, row.media_type) == (f"pengumuman-{broadcast_id}.csv", "text/csv")
    assert heads == "orang,kanal,bahasa,hasil,alasan,waktu,sampai,dibaca"
    assert first.split(",")[1:] == ["telegram", "id", "terkirim", "", "2026-11-24 10:00:00", "", ""]
    assert second.split(",")[3:5] == ["gagal", "memblokir asisten ini"]


@pytest.mark.parametrize("limit", ["ROWS_LIMIT", "BYTES_LIMIT"])
async def test_a_list_that_is_too_large_names_the_command(
    newsroom: Newsroom, limit: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(reporting, limit, 2)
    broadcast_id = await ended(newsroom, SENT, SENT, SENT)
    (told,) = await newsroom.press(ANI, f"news:csv:{broadcast_id}")

    assert f"upakarti broadcast report {broadcast_id} --csv" in told.text


async def test_a_correction_goes_through_the_same_preview_and_a_second_approval(newsroom: Newsroom) -> None:
    await newsroom.subscribe(1, channel="web")
    broadcast_id = await newsroom.approved()
    store = newsroom.desk.database
    await announced.carried(store)
    for claim in await announced.taken(store):
        await given.settle(store, claim, "sent", platform_message_id=str(claim.id))
    async with store.transaction() as tx:
        done = {"status": "sent", "settled_at": newsroom.desk.at}
        await tx.execute(sa.update(outbox).where(outbox.c.channel == "web").values(done))
    await announced.carried(store)
    (asked,) = await newsroom.press(ANI, f"news:correct:{broadcast_id}")
    (file,) = await newsroom.say(ANI, "Dengan foto", attachment=None, unfetched=Unfetched.TOO_LARGE)
    (english,) = await newsroom.say(ANI, "Tanggalnya 5 Desember.")
    correction = (await newsroom.newest()).id
    summary = (await newsroom.press(ANI, f"news:noen:{correction}"))[-1]
    version = (await newsroom.newest()).version
    await newsroom.press(ANI, f"news:ask:{correction}:{version}")
    (approved,) = await newsroom.press(SITI, f"news:approve:{correction}:{version}")
    await announced.carried(store)
    claims = await announced.taken(store)

    assert "teks koreksinya" in asked.text
    assert "terlalu besar" in file.text
    assert "versi bahasa Inggris" in english.text
    assert "diubah di tempatnya (Telegram): *3*" in summary.text
    assert "sebagai pesan baru: *1*" in summary.text
    assert "Disetujui" in approved.text
    assert {claim.text for claim in claims} == {"*Koreksi:* Tanggalnya 5 Desember."}
    assert [claim.broadcast is not None and claim.broadcast.edits is not None for claim in claims] == [True] * 3


async def test_what_was_sent_is_taken_back_with_words_for_those_who_cannot_lose_it(newsroom: Newsroom) -> None:
    broadcast_id = await ended(newsroom, SENT, SENT, ("refused", "blocked"))
    pages = await newsroom.press(ANI, f"news:withdraw:{broadcast_id}")
    draft = await newsroom.newest()
    (no_more,) = await newsroom.press(ANI, f"news:withdraw:{draft.id}")

    assert (draft.kind, draft.of_id) == ("withdrawal", broadcast_id)
    assert "kami tarik" in draft.texts["id"].text
    assert "yang dihapus (Telegram): *2*" in pages[-1].text
    assert "baru bisa setelah" in no_more.text


async def test_what_is_taken_back_does_not_go_to_the_rest(newsroom: Newsroom) -> None:
    broadcast_id = await ended(newsroom, SENT, ("failed", "rate_limited"), ("unsure", "timed_out"))
    await newsroom.press(ANI, f"news:withdraw:{broadcast_id}")
    draft = await newsroom.newest()
    await newsroom.press(ANI, f"news:ask:{draft.id}:{draft.version}")
    (asked,) = await newsroom.press(SITI, f"news:rest:{broadcast_id}")
    (approved,) = await newsroom.press(SITI, f"news:approve:{draft.id}:{draft.version}")
    (rest,) = await newsroom.press(SITI, f"news:rest:{broadcast_id}")
    (unsure,) = await newsroom.press(SITI, f"news:again:{broadcast_id}:1")

    assert approved.text.startswith("Disetujui.")
    for told in (asked, rest, unsure):
        assert told.text.startswith("Pengumuman itu sudah dikoreksi atau ditarik")
    assert (await newsroom.find(broadcast_id)).status == "finished"


async def test_a_change_that_was_sent_back_or_never_began_lets_the_rest_have_it(newsroom: Newsroom) -> None:
    broadcast_id = await ended(newsroom, SENT, SENT, ("failed", "rate_limited"))
    await newsroom.press(ANI, f"news:withdraw:{broadcast_id}")
    draft = await newsroom.newest()
    await newsroom.press(ANI, f"news:ask:{draft.id}:{draft.version}")
    await newsroom.press(SITI, f"news:reject:{draft.id}:{draft.version}")
    await newsroom.say(SITI, "Masih berlaku.")
    (told,) = await newsroom.press(SITI, f"news:rest:{broadcast_id}")

    assert told.text.startswith("Dikirim ke yang belum mendapatnya.")


async def test_a_change_of_what_goes_again_waits_for_its_end(newsroom: Newsroom) -> None:
    broadcast_id = await ended(newsroom, SENT, SENT, ("failed", "rate_limited"))
    await newsroom.press(ANI, f"news:withdraw:{broadcast_id}")
    draft = await newsroom.newest()
    await newsroom.press(SITI, f"news:rest:{broadcast_id}")
    pages = await newsroom.press(ANI, f"news:ask:{draft.id}:{draft.version}")
    await newsroom.press(SITI, f"news:stop:{broadcast_id}")
    (asked,) = await newsroom.press(ANI, f"news:ask:{draft.id}:{draft.version}")

    assert pages[0].text.startswith("Pengumuman yang diubah ini sedang dikirim lagi.")
    assert asked.text.startswith("Persetujuan diminta dari: Siti.")


async def test_a_correction_has_no_file(newsroom: Newsroom) -> None:
    broadcast_id = await ended(newsroom, SENT, SENT, SENT)
    await newsroom.press(ANI, f"news:correct:{broadcast_id}")
    (told,) = await newsroom.say(ANI, "Baru", attachment=Attachment("a.pdf", "application/pdf", b"%PDF", ""))

    assert "tidak bisa membawa berkas" in told.text


async def test_what_goes_cannot_be_corrected_yet(newsroom: Newsroom) -> None:
    broadcast_id, _ = await going(newsroom)
    (told,) = await newsroom.press(ANI, f"news:correct:{broadcast_id}")

    assert "baru bisa setelah" in told.text


async def test_the_list_names_each_with_its_state(newsroom: Newsroom) -> None:
    (empty,) = await newsroom.press(ANI, "news:list")
    broadcast_id = await newsroom.written("Pendaftaran *dibuka* untuk semua perajin di seluruh Indonesia.")
    (listed,) = await newsroom.press(SITI, "news:list")

    assert "Belum ada." in empty.text
    assert f"{broadcast_id}. konsep: Pendaftaran dibuka untuk semua perajin…" in listed.text
    assert ids(listed) == ["news:new", f"news:status:{broadcast_id}"]


async def test_what_waits_for_its_time_says_when_and_what(newsroom: Newsroom) -> None:
    broadcast_id = await newsroom.written()
    await newsroom.press(ANI, f"news:time:{broadcast_id}")
    await newsroom.say(ANI, "besok 09:00")
    version = (await newsroom.newest()).version
    await newsroom.press(ANI, f"news:ask:{broadcast_id}:{version}")
    await newsroom.press(SITI, f"news:approve:{broadcast_id}:{version}")
    (page,) = await newsroom.press(ANI, f"news:status:{broadcast_id}")

    assert "Rabu, 25 November 2026 pukul 09.00 WIB" in page.text
    assert "Pendaftaran dibuka." in page.text
    assert ids(page) == [f"news:stop:{broadcast_id}", "news:list"]


async def test_a_correction_of_a_correction_stands_below_the_first_ones_file(newsroom: Newsroom) -> None:
    store, now = newsroom.desk.database, newsroom.desk.at
    author, _ = await newsroom.numbers()
    file = File("a.jpg", "image/jpeg", "", b"jpeg")
    async with store.transaction() as tx:
        first = await drafts.create(tx, Draft(author, texts={"id": Text("Satu")}, file=file), now)
        second = await drafts.create(tx, Draft(author, "correction", first, texts={"id": Text("Dua")}), now)
        third = await drafts.create(tx, Draft(author, "correction", second, texts={"id": Text("Tiga")}), now)
    await newsroom.press(ANI, f"news:text:{third}")
    (told,) = await newsroom.say(ANI, "a" * 1020)

    assert "1.024" in told.text  # with the word before it


async def test_how_long_it_takes_is_said_in_minutes_and_hours(wording: Wording) -> None:
    speaker = Speaker(wording, OUTLETS)
    periods = {"kurang dari 1 menit": 60, "sekitar 2 menit": 61, "sekitar 119 menit": 7140, "sekitar 12 jam": 40_000}

    assert {speaker.lasting(timedelta(seconds=seconds), "id") for seconds in periods.values()} == set(periods)


def test_without_channels_everything_fits() -> None:
    assert Outlets().fit("telegram", Reply("a")) == (Reply("a"),)
    assert Outlets().fits(Reply("a" * 10_000))


# What officers are told without asking


async def test_they_are_reminded_once_within_the_hour_before_it_goes(newsroom: Newsroom, watching: Watching) -> None:
    broadcast_id = await newsroom.written()
    await newsroom.press(ANI, f"news:time:{broadcast_id}")
    await newsroom.say(ANI, "besok 09:00")
    version = (await newsroom.newest()).version
    await newsroom.press(ANI, f"news:ask:{broadcast_id}:{version}")
    await newsroom.press(SITI, f"news:approve:{broadcast_id}:{version}")
    starts_at = (await newsroom.newest()).starts_at
    assert starts_at is not None
    early = await watching.watch(starts_at - timedelta(hours=1, seconds=1))
    due = [await watching.watch(starts_at - timedelta(hours=1)) for _ in range(2)]
    reminders = [(await newsroom.desk.told(person))[-1] for person in (ANI, SITI)]

    assert (early, due) == (False, [True, False])
    for reminder in reminders:
        assert "Pengingat" in reminder.text
        assert "Pendaftaran dibuka." in reminder.text
        assert ids(reminder) == [f"news:stop:{broadcast_id}"]


async def test_what_goes_at_once_brings_no_reminder(newsroom: Newsroom, watching: Watching) -> None:
    await newsroom.approved()

    assert not await watching.watch(newsroom.desk.at)


@ON_BOTH
async def test_progress_changes_in_its_place_at_most_every_three_seconds(
    newsroom: Newsroom, watching: Watching, screen: Screen
) -> None:
    broadcast_id, claims = await going(newsroom)
    store, now = newsroom.desk.database, newsroom.desk.at
    assert await watching.watch(now)
    async with store.transaction() as tx:
        first = sa.update(outbox).where(outbox.c.topic == f"broadcast:{broadcast_id}")
        await tx.execute(first.values(status="sent", settled_at=now, platform_message_id="7"))
    await given.settle(store, claims[0], "sent")
    for seconds in (1, 2.9, 3, 4, 6):  # at the sixth second nothing has changed
        assert not await watching.watch(now + timedelta(seconds=seconds))

    assert [person for person, _ in screen.edits] == [await newsroom.desk.person_id(person) for person in (ANI, SITI)]
    assert "Selesai: 1 dari 3" in screen.edits[0][1].text


async def test_the_report_is_told_once_and_the_progress_message_says_the_end(
    newsroom: Newsroom, watching: Watching, screen: Screen
) -> None:
    broadcast_id, claims = await going(newsroom)
    store, now = newsroom.desk.database, newsroom.desk.at
    await watching.watch(now)
    async with store.transaction() as tx:
        first = sa.update(outbox).where(outbox.c.topic == f"broadcast:{broadcast_id}")
        await tx.execute(first.values(status="sent", settled_at=now, platform_message_id="7"))
    for claim in claims:
        await given.settle(store, claim, "sent")
    await newsroom.press(ANI, f"news:stop:{broadcast_id}")
    told = [await watching.watch(now + timedelta(seconds=1)) for _ in range(2)]
    report = (await newsroom.desk.told(SITI))[-1]

    assert told == [True, False]
    assert "dihentikan" in report.text
    assert "Tidak sempat dikirim: 1" in report.text
    assert f"news:rest:{broadcast_id}" in ids(report)
    assert [reply.choices for _, reply in screen.edits] == [(), ()]


async def test_without_author_and_approver_everybody_is_told(newsroom: Newsroom, watching: Watching) -> None:
    broadcast_id, _ = await going(newsroom)
    await office.remove(newsroom.desk, "Ani")
    await watching.watch(newsroom.desk.at)

    assert f"Pengumuman no. {broadcast_id}" in (await newsroom.desk.told(SITI))[-1].text


@pytest.mark.parametrize(("total", "seconds"), [(0, 3), (60_000, 3), (1_000_000, 50)])
def test_the_more_there_are_the_less_often_progress_is_shown(total: int, seconds: int) -> None:
    assert reporting.progress_pause(total) == timedelta(seconds=seconds)


@ON_POSTGRESQL
async def test_two_processes_tell_everything_once(
    newsroom: Newsroom, wording: Wording, screen: Screen, open_again: Callable[[], Database]
) -> None:
    await going(newsroom)
    store, now = newsroom.desk.database, newsroom.desk.at
    watchers = [Watching(each, wording, OUTLETS, screen.edit) for each in (store, open_again())]
    told = await asyncio.gather(*(each.watch(now) for each in watchers))

    assert sorted(told) == [False, True]


@ON_POSTGRESQL
async def test_a_pause_and_a_stop_at_the_same_time_end_it(
    newsroom: Newsroom, library: Library, wording: Wording, open_again: Callable[[], Database]
) -> None:
    broadcast_id, _ = await going(newsroom)
    other = opened(open_again(), Router(library, wording, CONTACT, outlets=OUTLETS))
    other._ids = iter(range(5000, 6000))
    await asyncio.gather(
        newsroom.press(ANI, f"news:pause:{broadcast_id}"),
        other.take(other.message(SITI, kind=Kind.CHOICE, choice=f"news:stop:{broadcast_id}")),
    )

    assert (await newsroom.find(broadcast_id)).status == "stopped"
    assert await announced.taken(newsroom.desk.database) == []
