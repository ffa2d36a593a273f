"""Officers write announcements part by part, see what they will be, and nobody else can tell that it is there."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from handlers.messages import Attachment, Kind, Reply, Unfetched
from handlers.staff.state import PATIENCE
from storage.broadcasts import drafts
from storage.broadcasts.audience import Audience
from storage.broadcasts.drafts import Broadcast, Text
from storage.outbox import File
from tests.handlers.staff import office
from tests.handlers.staff.newsroom import OUTLETS, Newsroom, ids, titles
from tests.handlers.status.desk import ANI, BUDI, SITI

STOP = ("sub:off", "Berhenti")
PHOTO = Attachment("photo.jpg", "image/jpeg", b"jpeg", "")


async def test_an_announcement_is_written_in_both_languages(newsroom: Newsroom) -> None:
    broadcast_id = await newsroom.written("*Dibuka*.", "*Open*.")
    broadcast = await newsroom.find(broadcast_id)

    assert broadcast.texts == {"id": Text("*Dibuka*.", (STOP,)), "en": Text("*Open*.", (("sub:off", "Stop"),))}
    assert (broadcast.status, broadcast.audience, broadcast.starts_at) == ("draft", Audience(), None)
    assert broadcast.author_id == (await newsroom.numbers())[0]


async def test_a_photo_and_its_caption_come_together(newsroom: Newsroom) -> None:
    await newsroom.press(ANI, "news:new")
    await newsroom.say(ANI, "Dibuka.", attachment=PHOTO)
    async with newsroom.desk.database.reading() as tx:
        file = await drafts.file(tx, (await newsroom.newest()).id)

    assert file == File("photo.jpg", "image/jpeg", "", b"jpeg")


async def test_after_a_file_without_words_they_are_asked_for(newsroom: Newsroom) -> None:
    await newsroom.press(ANI, "news:new")
    (asked,) = await newsroom.say(ANI, "", kind=Kind.IMAGE, attachment=PHOTO)
    (english,) = await newsroom.say(ANI, "Dibuka.")
    broadcast = await newsroom.newest()

    assert "Berkasnya sudah saya simpan" in asked.text
    assert "versi bahasa Inggris" in english.text
    assert (broadcast.file, list(broadcast.texts)) == ("photo.jpg", ["id"])


@pytest.mark.parametrize(
    ("length", "attachment", "fits"),
    [(4096, None, True), (4097, None, False), (1024, PHOTO, True), (1025, PHOTO, False)],
)
async def test_what_is_not_one_message_on_every_channel_is_refused_at_once(
    newsroom: Newsroom, length: int, attachment: Attachment | None, *, fits: bool
) -> None:
    await newsroom.press(ANI, "news:new")
    (told,) = await newsroom.say(ANI, "a" * length, attachment=attachment)
    (again,) = await newsroom.say(ANI, "Pendek.")

    assert ("Terlalu panjang" in told.text) is not fits
    assert fits or f"{'1.024' if attachment else '4.096'} karakter" in told.text
    assert ("versi bahasa Inggris" in again.text) is not fits or fits


@pytest.mark.parametrize("outlets", [replace(OUTLETS, channels=("telegram", "web", "whatsapp"))], ids=["with WhatsApp"])
@pytest.mark.parametrize("attachment", [None, PHOTO])
async def test_with_whatsapp_a_photo_and_its_caption_are_one_message_too(
    newsroom: Newsroom, attachment: Attachment | None
) -> None:
    await newsroom.press(ANI, "news:new")
    (told,) = await newsroom.say(ANI, "a" * 1025, attachment=attachment)
    (english,) = await newsroom.say(ANI, "a" * 1024, attachment=attachment)

    assert "paling banyak 1.024 karakter" in told.text
    assert "versi bahasa Inggris" in english.text


async def test_a_text_that_does_not_fit_below_the_file_is_refused_later_too(newsroom: Newsroom) -> None:
    await newsroom.press(ANI, "news:new")
    await newsroom.say(ANI, "Dibuka.", attachment=PHOTO)
    (told,) = await newsroom.say(ANI, "a" * 1025)
    (asked,) = await newsroom.say(ANI, "Open.")

    assert "1.024" in told.text
    assert "Untuk siapa?" in asked.text


async def test_a_changed_text_that_is_too_long_is_refused(newsroom: Newsroom) -> None:
    broadcast_id = await newsroom.written()
    await newsroom.press(ANI, f"news:text:{broadcast_id}")
    (told,) = await newsroom.say(ANI, "a" * 4097)
    await newsroom.say(ANI, "Lain.", attachment=PHOTO)
    changed = await newsroom.newest()

    assert "4.096" in told.text
    assert (changed.texts["id"].text, changed.file) == ("Lain.", "photo.jpg")


async def test_a_file_alone_leaves_the_words_as_they_are(newsroom: Newsroom) -> None:
    broadcast_id = await newsroom.written()
    await newsroom.press(ANI, f"news:text:{broadcast_id}")
    await newsroom.say(ANI, "", kind=Kind.IMAGE, attachment=PHOTO)
    changed = await newsroom.newest()

    assert (changed.texts["id"].text, changed.file) == ("Pendaftaran dibuka.", "photo.jpg")


@pytest.mark.parametrize(
    ("sent", "words"),
    [
        ({"kind": Kind.IMAGE, "unfetched": Unfetched.TOO_LARGE}, "terlalu besar"),
        ({"kind": Kind.IMAGE, "unfetched": Unfetched.FAILED}, "gagal saya ambil"),
        ({"kind": Kind.VOICE}, "Kirim teks, foto, atau dokumen"),
        ({"kind": Kind.IMAGE}, "Kirim teks, foto, atau dokumen"),
    ],
)
async def test_what_cannot_be_part_of_it_is_said_and_waited_for_again(
    newsroom: Newsroom, sent: dict[str, object], words: str
) -> None:
    await newsroom.press(ANI, "news:new")
    (told,) = await newsroom.say(ANI, "", **sent)
    (asked,) = await newsroom.say(ANI, "Dibuka.")

    assert words in told.text
    assert "versi bahasa Inggris" in asked.text


async def test_the_english_version_has_no_file_of_its_own(newsroom: Newsroom) -> None:
    await newsroom.press(ANI, "news:new")
    await newsroom.say(ANI, "Dibuka.")
    (told,) = await newsroom.say(ANI, "Open.", attachment=PHOTO)

    assert "sama untuk kedua bahasa" in told.text


async def test_the_audience_is_narrowed_by_buttons_and_by_a_line(newsroom: Newsroom) -> None:
    await newsroom.subscribe(2, "en", "web")
    broadcast_id = await newsroom.written()
    await newsroom.press(ANI, f"news:audience:{broadcast_id}")
    (page,) = await newsroom.press(ANI, f"news:pick:{broadcast_id}:bahasa=en")
    pressed = (await newsroom.newest()).audience
    (stages,) = await newsroom.press(ANI, f"news:stages:{broadcast_id}")
    (unclear,) = await newsroom.say(ANI, "kanal=merpati")
    summary = (await newsroom.say(ANI, "kanal=telegram"))[-1]

    assert pressed == Audience(languages=("en",))
    assert "Jumlah orang: 2" in page.text
    assert "✓ English" in titles(page)
    assert f"news:pick:{broadcast_id}:tahap=penjurian" in ids(stages)
    assert "merpati" in unclear.text
    assert (await newsroom.newest()).audience == Audience(channels=("telegram",))
    assert "Jumlah penerima: *3* orang." in summary.text
    assert "penyaringan di atas: 2." in summary.text


async def test_every_button_of_the_audience_fits_a_platforms_button(newsroom: Newsroom) -> None:
    broadcast_id = await newsroom.written()
    (page,) = await newsroom.press(ANI, f"news:audience:{broadcast_id}")
    (stages,) = await newsroom.press(ANI, f"news:stages:{broadcast_id}")

    assert max(len(choice.encode()) for choice in (*ids(page), *ids(stages))) <= 64
    assert max(len(page.choices), len(stages.choices)) <= 12


async def test_a_time_is_said_back_in_words_and_can_be_taken_back(newsroom: Newsroom) -> None:
    broadcast_id = await newsroom.written()
    await newsroom.press(ANI, f"news:time:{broadcast_id}")
    (unclear,) = await newsroom.say(ANI, "nanti saja")
    (past,) = await newsroom.say(ANI, "hari ini 09:00")
    shown = (await newsroom.say(ANI, "26 November jam 9"))[-1]
    at = (await newsroom.newest()).starts_at
    now = (await newsroom.press(ANI, f"news:now:{broadcast_id}"))[-1]

    assert "belum jelas" in unclear.text
    assert "sudah lewat" in past.text
    assert "Kamis, 26 November 2026 pukul 09.00 WIB" in shown.text
    assert at == datetime(2026, 11, 26, 2, 0, tzinfo=UTC)
    assert "segera setelah disetujui" in now.text


async def test_typing_now_sends_it_at_once(newsroom: Newsroom) -> None:
    broadcast_id = await newsroom.written()
    await newsroom.press(ANI, f"news:time:{broadcast_id}")
    await newsroom.say(ANI, "besok 09:00")
    await newsroom.press(ANI, f"news:time:{broadcast_id}")
    await newsroom.say(ANI, "sekarang")

    assert (await newsroom.newest()).starts_at is None


async def test_the_preview_shows_the_message_itself_and_how_it_reads_elsewhere(newsroom: Newsroom) -> None:
    broadcast_id = await newsroom.written()
    message, elsewhere, summary = await newsroom.press(ANI, f"news:show:{broadcast_id}")

    assert (message.text, titles(message)) == ("Pendaftaran dibuka.", ["Berhenti"])
    assert elsewhere.text == "Di chat di peramban terbaca:\n\nPendaftaran dibuka.\n[Berhenti]"
    assert "Tanpa versi bahasa Inggris." in summary.text
    assert ids(summary)[0] == f"news:ask:{broadcast_id}:{(await newsroom.newest()).version}"


def beginning(broadcast: Broadcast, language: str, reply: Reply) -> str | None:
    return f"{broadcast.kind} {language}: {reply.text[:6]}…"


@pytest.mark.parametrize(
    "outlets", [replace(OUTLETS, outside={"telegram": lambda *_: None, "web": beginning})], ids=["window"]
)
async def test_the_preview_shows_what_those_read_who_were_quiet_for_a_day(newsroom: Newsroom) -> None:
    broadcast_id = await newsroom.written("Dibuka hari ini.", "Open from today.")
    nothing, indonesian, english, _ = (await newsroom.press(ANI, f"news:show:{broadcast_id}"))[-4:]

    assert nothing.text.startswith("Di Telegram, yang tidak menulis dalam 24 jam terakhir tidak mendapatnya")
    assert indonesian.text.endswith("terakhir membaca:\n\nannouncement id: Dibuka…")
    assert english.text.endswith("terakhir membaca:\n\nannouncement en: Open f…")


async def test_a_test_goes_to_the_officer_alone(newsroom: Newsroom) -> None:
    broadcast_id = await newsroom.written()
    message, last = await newsroom.press(ANI, f"news:test:{broadcast_id}")

    assert message.text == "Pendaftaran dibuka."
    assert "hanya Anda" in last.text
    assert await newsroom.desk.told(SITI) == (await newsroom.desk.told(SITI))[:1]
    assert (await newsroom.acts(broadcast_id))[-1][1] == "broadcast_test"


async def test_the_officers_language_is_not_that_of_the_english_version(newsroom: Newsroom) -> None:
    await newsroom.press(ANI, "news:new")
    await newsroom.say(ANI, "Pendaftaran dibuka.")
    (page,) = await newsroom.say(ANI, "Registration is open until the end of the month.")

    assert "Untuk siapa?" in page.text


async def test_cancelling_keeps_what_was_written(newsroom: Newsroom) -> None:
    await newsroom.press(ANI, "news:new")
    await newsroom.say(ANI, "Dibuka.")
    (kept,) = await newsroom.say(ANI, "/batal")
    (listed,) = await newsroom.press(ANI, "news:list")
    (answer,) = await newsroom.say(ANI, "apa itu upakarti?")

    assert "tetap ada" in kept.text
    assert "konsep: Dibuka." in listed.text
    assert "Upakarti" in answer.text


@pytest.mark.parametrize("word", ["batal", "Berhenti.", "STOP", "cancel"])
async def test_a_word_for_cancelling_is_no_announcement(newsroom: Newsroom, word: str) -> None:
    await newsroom.press(ANI, "news:new")
    (told,) = await newsroom.say(ANI, word)
    async with newsroom.desk.database.reading() as tx:
        written = await drafts.recent(tx, 1)

    assert told.text.startswith("Baik, berhenti menulis.")
    assert written == []


@pytest.mark.parametrize("said", ["1", "tanpa versi inggris", "tidak ada", "lewati", "Skip.", "-"])
async def test_declining_the_english_version_in_words_makes_none(newsroom: Newsroom, said: str) -> None:
    await newsroom.press(ANI, "news:new")
    await newsroom.say(ANI, "Dibuka.")
    (told,) = await newsroom.say(ANI, said)

    assert list((await newsroom.newest()).texts) == ["id"]
    assert "Untuk siapa?" in told.text


async def test_a_button_of_the_audience_may_be_typed(newsroom: Newsroom) -> None:
    await newsroom.press(ANI, "news:new")
    await newsroom.say(ANI, "Dibuka.")
    await newsroom.say(ANI, "1")
    await newsroom.say(ANI, "telegram")
    narrowed = (await newsroom.newest()).audience
    summary = (await newsroom.say(ANI, "Lanjut"))[-1]

    assert narrowed == Audience(channels=("telegram",))
    assert "Konsep pengumuman" in summary.text


async def test_a_used_code_is_no_part_of_an_announcement(newsroom: Newsroom) -> None:
    await newsroom.press(ANI, "news:new")
    (told,) = await newsroom.say(ANI, office.CODES["Siti"])
    (english,) = await newsroom.say(ANI, "Dibuka.")

    assert "belum menangkap" in told.text
    assert "versi bahasa Inggris" in english.text
    assert (await newsroom.newest()).texts["id"].text == "Dibuka."


async def test_another_command_ends_the_waiting(newsroom: Newsroom) -> None:
    await newsroom.press(ANI, "news:new")
    await newsroom.say(ANI, "/menu")
    (answer,) = await newsroom.say(ANI, "apa itu upakarti?")

    assert "versi bahasa Inggris" not in answer.text


async def test_another_button_ends_the_waiting(newsroom: Newsroom) -> None:
    await newsroom.press(ANI, "news:new")
    await newsroom.press(ANI, "staff:duty")
    (answer,) = await newsroom.say(ANI, "apa itu upakarti?")

    assert "versi bahasa Inggris" not in answer.text


async def test_after_hours_what_is_typed_is_no_part_of_it(newsroom: Newsroom) -> None:
    await newsroom.press(ANI, "news:new")
    newsroom.desk.at += PATIENCE + timedelta(seconds=1)
    (answer,) = await newsroom.say(ANI, "apa itu upakarti?")

    assert "versi bahasa Inggris" not in answer.text


async def test_only_its_author_changes_a_draft(newsroom: Newsroom) -> None:
    broadcast_id = await newsroom.written()
    before = await newsroom.newest()
    for verb in ("text", "english", "audience", "time", "now", "noen", "stages", "drop"):
        (told,) = await newsroom.press(SITI, f"news:{verb}:{broadcast_id}")
        assert "Hanya penulisnya" in told.text
    (told,) = await newsroom.press(SITI, f"news:pick:{broadcast_id}:bahasa=en")

    assert "Hanya penulisnya" in told.text
    assert await newsroom.newest() == before


async def test_what_is_approved_cannot_be_changed(newsroom: Newsroom) -> None:
    broadcast_id = await newsroom.approved()
    for verb in ("text", "now", "drop"):
        (told,) = await newsroom.press(ANI, f"news:{verb}:{broadcast_id}")
        assert "bukan konsep lagi" in told.text


async def test_a_part_typed_after_the_draft_was_thrown_away_is_refused(newsroom: Newsroom) -> None:
    broadcast_id = await newsroom.written()
    await newsroom.press(ANI, f"news:text:{broadcast_id}")
    async with newsroom.desk.database.transaction() as tx:
        await drafts.discard(tx, broadcast_id, newsroom.desk.at)
    (told,) = await newsroom.say(ANI, "Lain.")

    assert "bukan konsep lagi" in told.text


async def test_a_draft_is_thrown_away(newsroom: Newsroom) -> None:
    broadcast_id = await newsroom.written()
    (told,) = await newsroom.press(ANI, f"news:drop:{broadcast_id}")
    (page,) = await newsroom.press(ANI, f"news:status:{broadcast_id}")

    assert "Konsep dibuang" in told.text
    assert "sudah dibuang" in page.text
    assert (await newsroom.acts(broadcast_id))[-1][1] == "broadcast_discard"


@pytest.mark.parametrize("button", ["news:new", "news:list", "news:approve:1:1", "news:stop:1", "news:csv:1"])
async def test_for_everybody_else_the_buttons_are_like_expired_ones(newsroom: Newsroom, button: str) -> None:
    await newsroom.written()
    await newsroom.say(BUDI, "/start")
    (pressed,) = await newsroom.press(BUDI, button)
    (expired,) = await newsroom.press(BUDI, "ask:gone")

    assert (pressed.text, titles(pressed)) == (expired.text, titles(expired))


async def test_an_officer_who_is_removed_while_writing_is_answered_like_everybody(newsroom: Newsroom) -> None:
    await newsroom.press(ANI, "news:new")
    await office.remove(newsroom.desk, "Ani")
    (answer,) = await newsroom.say(ANI, "apa itu upakarti?")

    assert "versi bahasa Inggris" not in answer.text


@pytest.mark.parametrize(
    "button",
    [
        "news:show:999",
        "news:test:999",
        "news:text:999",
        "news:drop:999",
        "news:ask:999:1",
        "news:approve:999:1",
        "news:reject:999:1",
        "news:stop:999",
        "news:csv:999",
        "news:pick:999:bahasa=en",
        "news:again:999",
    ],
)
async def test_a_button_of_what_is_not_there_has_expired(newsroom: Newsroom, button: str) -> None:
    (told,) = await newsroom.press(ANI, button)

    assert "tidak berlaku" in told.text


@pytest.mark.parametrize(
    "button",
    ["news:", "news:fly:1", "news:show:x", "news:show", "news:show:1:2:3", "news:show:" + "9" * 40, "news:show:²"],
)
async def test_a_button_that_is_none_of_ours_has_expired(newsroom: Newsroom, button: str) -> None:
    (pressed,) = await newsroom.press(ANI, button)
    (expired,) = await newsroom.press(ANI, "ask:gone")

    assert pressed.text == expired.text


async def test_a_part_of_an_audience_that_is_none_changes_nothing(newsroom: Newsroom) -> None:
    broadcast_id = await newsroom.written()
    (told,) = await newsroom.press(ANI, f"news:pick:{broadcast_id}:bahasa=jawa")

    assert "tidak berlaku" in told.text
    assert (await newsroom.newest()).audience == Audience()
