"""Officers tie what nobody understood to an answer, once a trial has shown that it breaks none."""

from __future__ import annotations

from datetime import timedelta

import pytest

from faq.library import Library
from faq.taught import Taught
from handlers.messages import Choice, Kind, Reply
from handlers.routing import Router
from storage import audit, unanswered
from storage.database import Database
from storage.office import taught
from storage.unanswered import Unanswered
from tests.handlers.office import ANI, RINA, Office, opened
from tests.handlers.talk import CONTACT
from tests.storage.emptied import ON_BOTH, sqlite_unless_asked  # noqa: F401 - a fixture
from tests.storage.given import NOW

TEXT = "apakah industri batik cap wajib punya sertifikat tkdn"
ALIKE = "industri batik cap wajib punya sertifikat tkdn kak?"
OTHER = "zorgvuldig tkdn xyzzy"
EXPIRED = "Pilihan itu sudah tidak berlaku. Silakan pilih lagi."


@pytest.fixture
async def office(store: Database, router: Router) -> Office:
    office = opened(store, router)
    await office.employ(RINA)
    return office


async def missed(office: Office, *texts: str, ago: timedelta = timedelta(0)) -> None:
    async with office.database.transaction() as tx:
        await unanswered.add(tx, [Unanswered(text, "id", NOW - ago) for text in texts])


async def pressed(office: Office, choice: str) -> Reply:
    (reply,) = await office.replies(RINA, kind=Kind.CHOICE, choice=choice)
    return reply


async def left(office: Office) -> list[str]:
    async with office.database.reading() as tx:
        return [each.text for each in await unanswered.since(tx, NOW - timedelta(days=200))]


def ids(reply: Reply) -> list[str]:
    return [choice.id for choice in reply.choices]


@ON_BOTH
async def test_the_most_frequent_questions_are_listed_alike_ones_together(office: Office) -> None:
    await missed(office, OTHER, TEXT, ALIKE, TEXT)
    await missed(office, "tahun lalu", ago=unanswered.PERIOD + timedelta(seconds=1))
    listed = await pressed(office, "teach:list")

    assert f"1. 3 kali: {TEXT}\n2. 1 kali: {OTHER}" in listed.text
    assert "tahun lalu" not in listed.text
    assert ids(listed) == ["teach:show:2", "teach:show:1", "staff:desk"]


async def test_without_any_the_list_says_so(office: Office) -> None:
    assert (await pressed(office, "teach:list")).text == (
        "Tidak ada pertanyaan yang belum dimengerti dalam 90 hari terakhir."
    )


async def test_one_of_them_is_shown_with_the_likeliest_answers(office: Office, library: Library) -> None:
    await missed(office, TEXT, ALIKE)
    shown = await pressed(office, "teach:show:1")
    articles = [each.removeprefix("teach:try:1:") for each in ids(shown) if each.startswith("teach:try:1:")]

    assert f"• {TEXT}\n• {ALIKE}" in shown.text
    assert 1 <= len(articles) <= 4
    assert set(articles) <= set(library.articles)
    assert ids(shown)[-3:] == ["teach:find:1", "teach:drop:1", "teach:list"]


async def test_what_is_taught_is_the_example_from_which_nothing_was_taken_out(office: Office) -> None:
    await missed(office, f"{TEXT} …", f"{TEXT} …", TEXT)

    assert f'Yang akan diajarkan: "{TEXT}".' in (await pressed(office, "teach:show:1")).text


async def test_words_find_another_answer(office: Office) -> None:
    await missed(office, TEXT)
    await pressed(office, "teach:find:1")
    (found,) = await office.replies(RINA, "dokumen persyaratan apa saja")

    assert "teach:try:1:documents_required" in ids(found)
    assert ids(found)[-1] == "teach:show:1"


async def test_words_that_find_nothing_are_said_to(office: Office) -> None:
    await missed(office, TEXT)
    await pressed(office, "teach:find:1")
    (found,) = await office.replies(RINA, "😀")

    assert found.text == "Tidak ada jawaban yang mirip. Coba kata lain."


async def test_any_command_or_button_ends_the_search(office: Office) -> None:
    await missed(office, TEXT)
    await pressed(office, "teach:find:1")
    await office.replies(RINA, "/menu")

    assert "penghargaan pemerintah" in await office.say(RINA, "apa itu upakarti")


@ON_BOTH
async def test_an_answer_is_tried_first_and_then_saved(office: Office) -> None:
    await missed(office, TEXT, ALIKE, OTHER)
    tried = await pressed(office, "teach:try:1:documents_required")
    before = await left(office)
    saved = await pressed(office, "teach:save:1:documents_required")
    async with office.database.reading() as tx:
        (kept,) = await taught.everything(tx)
        act = (await audit.latest(tx, 1))[0]

    assert "tidak ada yang jawabannya berubah menjadi salah" in tried.text
    assert tried.choices[0] == Choice("teach:save:1:documents_required", "Simpan")
    assert before == [TEXT, ALIKE, OTHER]
    assert saved.text.startswith("Tersimpan.")
    assert (kept.text, kept.article_id, kept.language) == (TEXT, "documents_required", "id")
    assert await left(office) == [OTHER]
    assert (act.action, act.subject) == ("phrasing_taught", "article:documents_required")
    assert TEXT not in str(act.details)


@pytest.mark.parametrize(
    ("text", "article_id", "reason"),
    [
        (OTHER, "documents_required", "tidak jelas apakah itu bahasa Indonesia atau Inggris"),
        ("tkdn", "documents_required", "terlalu pendek"),
        ("apakah Pak … wajib punya tkdn", "documents_required", "tampak seperti nama"),
        (TEXT, "no_such", "Jawaban itu sudah tidak ada."),
        ("kapan pendaftaran ditutup", "prize_benefits", "dijawab lain"),
    ],
)
async def test_what_is_refused_is_not_saved_and_why_is_said(
    office: Office, text: str, article_id: str, reason: str
) -> None:
    await missed(office, text)
    refused = await pressed(office, f"teach:save:1:{article_id}")
    async with office.database.reading() as tx:
        kept = await taught.everything(tx)

    assert reason in refused.text
    assert (kept, await left(office)) == ([], [text])


async def test_questions_that_would_be_broken_are_named(office: Office, library: Library) -> None:
    foreign = [each.text for each in library.phrasings() if each.kind == "foreign"]
    await missed(office, *foreign[:20])
    said = [(await pressed(office, f"teach:try:{number}:organizer")).text for number in range(1, 21)]

    assert any('pertanyaan yang sekarang dijawab benar akan dijawab lain, misalnya "' in each for each in said)


async def test_a_question_may_be_ignored(office: Office) -> None:
    await missed(office, TEXT, ALIKE, OTHER)
    ignored = await pressed(office, "teach:drop:1")

    assert ignored.text == "Baik, 2 pertanyaan keluar dari daftar tanpa diajarkan."
    assert await left(office) == [OTHER]
    for verb in ("show:1", "drop:1", "try:1:organizer", "save:1:organizer"):
        assert (await pressed(office, f"teach:{verb}")).text == "Pertanyaan itu sudah tidak ada di daftar."


@pytest.mark.parametrize("choice", ["teach:list", "teach:show:1", "teach:save:1:organizer", "teach:drop:1"])
async def test_its_buttons_are_nothing_to_anybody_else(office: Office, choice: str) -> None:
    await missed(office, TEXT)
    await office.replies(ANI, "/menu")

    assert await office.press(ANI, choice) == EXPIRED
    assert await left(office) == [TEXT]


@pytest.mark.parametrize(
    "choice", ["teach:", "teach:show", "teach:show:x", "teach:x:1", "teach:try:1", "teach:show:1:2"]
)
async def test_a_button_that_is_no_button_is_expired(office: Office, choice: str) -> None:
    assert (await pressed(office, choice)).text == EXPIRED


async def test_what_was_taught_answers(office: Office, router: Router, library: Library) -> None:
    router.use(library.with_taught([Taught(TEXT, "documents_required")]))

    router.prepare()
    said = await office.say(ANI, ALIKE)

    assert said.startswith(library.render("documents_required", "id", office.at, CONTACT))
    assert router.library.taught.taught == (Taught(TEXT, "documents_required"),)
