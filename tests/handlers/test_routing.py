"""Who takes a turn, in which language, and what is remembered of it."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace
from typing import get_args

import pytest

from faq import edition
from faq.library import Library
from handlers.conversation import Conversation
from handlers.messages import Choice, Inbound, Kind
from handlers.routing import Router
from handlers.wording import LANGUAGES, Language, Wording
from storage.contacts import Identity, Person
from tests.handlers.talk import CONTACT, NOW, STRANGER, Talk

KNOWN = Person(1, "id", language_chosen=False, notice_shown_at=NOW)


@pytest.fixture
def known(router: Router) -> Talk:
    """Somebody who has been told the notice and writes Indonesian."""
    return Talk(router, KNOWN)


# Language


@pytest.mark.parametrize(
    ("text", "hint", "expected"),
    [
        ("/start", None, "id"),
        ("/start", "", "id"),
        ("/start", "en", "en"),
        ("/start", "en-GB", "en"),
        ("/start", "EN", "en"),
        ("/start", "id", "id"),
        ("/start", "jv", "id"),
        ("/start", "de", "id"),
        ("apa itu upakarti?", "en", "id"),
        ("what is upakarti?", "id", "en"),
        ("upakarti", "en", "en"),
        ("🎉", "en", "en"),
        ("🎉", None, "id"),
    ],
)
def test_the_text_decides_the_language_and_else_the_platform(
    talk: Talk, text: str, hint: str | None, expected: str
) -> None:
    talk.take(text, hint=hint)

    assert talk.person.language == expected


def test_the_language_follows_what_the_person_writes(known: Talk) -> None:
    languages = []
    for text in ("what is upakarti?", "upakarti", "apa itu upakarti?", "👍"):
        known.say(text)
        languages.append(known.person.language)

    assert languages == ["en", "en", "id", "id"]


def test_the_last_language_outranks_the_platform(known: Talk) -> None:
    known.take("🎉", hint="en")

    assert known.person.language == "id"


@pytest.mark.parametrize("pick", ["2", "English", "english", "language:en"])
def test_a_chosen_language_sticks_whatever_is_written_afterwards(known: Talk, pick: str) -> None:
    known.say("/bahasa")
    confirmed = known.press(pick) if ":" in pick else known.say(pick)
    later = known.say("kapan pendaftaran ditutup?", hint="id")

    assert confirmed == "All right, I will answer in *English*."
    assert (known.person.language, known.person.language_chosen) == ("en", True)
    assert "registration" in later


def test_a_chosen_language_can_be_chosen_anew(known: Talk) -> None:
    known.press("language:en")
    confirmed = known.press("language:id")

    assert confirmed == "Baik, saya akan menjawab dalam *bahasa Indonesia*."
    assert known.say("what is upakarti?").startswith("*Upakarti")
    assert known.person.language == "id"


def test_the_name_of_a_command_does_not_decide_the_language(talk: Talk) -> None:
    assert talk.say("/help", hint="id").startswith("*Cara memakai")


def test_a_stored_language_that_is_no_longer_spoken_counts_as_none(router: Router) -> None:
    talk = Talk(router, replace(STRANGER, language="jv", language_chosen=True))

    talk.take("/menu", hint="en")

    assert talk.person.language == "en"


# Notice


@pytest.mark.parametrize(
    "first",
    ["/start", "apa itu upakarti?", "halo", "resep rendang", "/foo", "/privasi", "deadline kapan", "hapus data saya"],
)
def test_the_notice_is_shown_exactly_once_whatever_comes_first(talk: Talk, first: str) -> None:
    said = [talk.say(text) for text in (first, "/menu", "apa itu upakarti?", "halo")]

    assert ["Privasi: saya menyimpan" in text for text in said] == [True, False, False, False]
    assert talk.person.notice_shown_at == NOW


def test_the_notice_stands_after_the_last_of_several_replies(talk: Talk, wording: Wording) -> None:
    text = talk.say("what is upakarti?")

    assert text.endswith(wording.say("start.first_answer", "en", notice=wording.say("start.notice", "en")))


def test_a_pressed_button_shows_the_notice_too(talk: Talk) -> None:
    assert "Privasi: saya menyimpan" in talk.press("menu")


def test_the_welcome_is_repeated_with_its_notice_when_asked_for_again(known: Talk) -> None:
    assert "Privasi: saya menyimpan" in known.say("/start")


@pytest.mark.parametrize("kind", [Kind.BLOCKED, Kind.UNBLOCKED])
def test_a_door_that_moves_is_not_answered_and_changes_nothing(talk: Talk, kind: Kind) -> None:
    assert talk.take(kind=kind, hint="en") == ()
    assert (talk.person, talk.conversation) == (STRANGER, Conversation())


def test_an_apology_leaves_the_notice_for_the_next_answer(router: Router, wording: Wording) -> None:
    message = Inbound("telegram", "1", Identity(telegram_id=1), NOW, text="what is upakarti?")

    outcome = router.apologise(message, STRANGER, Conversation())

    (reply,) = outcome.replies
    assert reply.text == wording.say("questions.apology", "en", contact=CONTACT)
    assert reply.choices == router.menu("en")
    assert outcome.person == STRANGER
    assert outcome.conversation.offered == router.menu("en")


# Choices


def test_a_choice_is_picked_by_its_number_or_its_title(router: Router) -> None:
    offered = Talk(router, KNOWN)
    offered.say("/menu")
    for number, choice in enumerate(offered.conversation.offered, start=1):
        pressed = Talk(router, KNOWN, offered.conversation).take(kind=Kind.CHOICE, choice=choice.id)
        for typed in (
            f"{number}",
            f" {number}. ",
            f"{number})",
            f"({number})",
            choice.title,
            choice.title.upper(),
            f" {choice.title} ",
        ):
            assert Talk(router, KNOWN, offered.conversation).take(typed) == pressed, typed


def test_every_button_title_can_be_typed_as_it_stands(router: Router, library: Library) -> None:
    for language in LANGUAGES:
        for article_id in library.articles:
            talk = Talk(router, Person(1, language, language_chosen=True, notice_shown_at=NOW))
            (pressed,) = talk.take(kind=Kind.CHOICE, choice=f"ask:{article_id}")
            for choice in pressed.choices:
                again = Talk(router, talk.person, talk.conversation)
                typed = again.take(choice.title)
                assert typed == Talk(router, talk.person).take(kind=Kind.CHOICE, choice=choice.id), choice


OFFERED = Conversation(
    offered=(
        Choice("ask:organizer", "Siapa yang menyelenggarakan Upakarti (dan siapa yang memutuskan)."),
        Choice("menu", "Siapa yang menyelenggarakan acara ini"),
        Choice("help", "Bantuan"),
    )
)


@pytest.mark.parametrize(
    ("typed", "pressed"),
    [
        ("Siapa yang menyelenggarakan Upakarti (dan siapa yang memutuskan).", "ask:organizer"),
        ("siapa yang menyelenggarakan Upakarti (dan siapa yang memutuskan)", "ask:organizer"),
        ("Siapa yang menyelenggarakan Up…", "ask:organizer"),
        ("Siapa yang menyelenggarakan ac…", "menu"),
        ("Bantuan…", "help"),
    ],
    ids=["whole", "bare", "cut", "another cut", "cut at its end"],
)
def test_a_button_that_says_its_title_picks_it_also_where_it_is_cut(router: Router, typed: str, pressed: str) -> None:
    said = Talk(router, KNOWN, OFFERED).take(typed)

    assert said == Talk(router, KNOWN, OFFERED).take(kind=Kind.CHOICE, choice=pressed)


@pytest.mark.parametrize("typed", ["…", "Siapa yang…", "Apa…"], ids=["nothing", "two begin so", "none begins so"])
def test_a_cut_text_that_could_be_another_picks_nothing(router: Router, typed: str) -> None:
    presses = [Talk(router, KNOWN, OFFERED).take(kind=Kind.CHOICE, choice=choice.id) for choice in OFFERED.offered]

    assert Talk(router, KNOWN, OFFERED).take(typed) not in presses


@pytest.mark.parametrize("number", ["0", "10", "99", "10.", "(12)", "02"])
def test_a_number_that_was_not_offered_picks_nothing(known: Talk, number: str) -> None:
    known.say("/menu")
    assert len(known.conversation.offered) == 9

    assert known.say(number) == "Pilihan itu sudah tidak berlaku. Silakan pilih lagi."


@pytest.mark.parametrize("number", ["1", "12"])
def test_a_number_is_no_question_when_nothing_was_offered(known: Talk, number: str) -> None:
    (reply,) = known.take(number)

    assert reply.text == "Pilihan itu sudah tidak berlaku. Silakan pilih lagi."
    assert reply.choices == known.router.menu("id")


@pytest.mark.parametrize("number", ["²", "一", "-1", "1.5", "123"])
def test_what_only_looks_like_a_number_never_raises(known: Talk, number: str) -> None:
    known.say("/menu")

    assert known.say(number)


def test_a_number_means_the_choices_shown_last(known: Talk) -> None:
    known.say("/menu")
    known.say("/bahasa")

    assert known.say("2") == "All right, I will answer in *English*."


@pytest.mark.parametrize("choice", ["", "ask:", "ask:nothing", "language:jv", "language:", "nothing", "MENU", "1"])
def test_a_choice_that_does_not_exist_offers_the_menu(known: Talk, choice: str) -> None:
    (reply,) = known.take(kind=Kind.CHOICE, choice=choice)

    assert reply.text == "Pilihan itu sudah tidak berlaku. Silakan pilih lagi."
    assert reply.choices == known.router.menu("id")


def test_a_choice_without_an_id_offers_the_menu(known: Talk) -> None:
    (reply,) = known.take(kind=Kind.CHOICE)

    assert reply.text == "Pilihan itu sudah tidak berlaku. Silakan pilih lagi."


def test_a_button_of_an_old_message_still_works(known: Talk) -> None:
    known.say("/menu")
    known.say("/bahasa")

    assert "*dua* kategori" in known.press("ask:categories_overview")


# Questions, commands in words, small talk


@pytest.mark.parametrize("text", ["/foo", "/", "//", "/start_now", "/kapan pendaftaran ditutup?"])
def test_a_command_we_do_not_have_is_read_as_a_question(known: Talk, text: str) -> None:
    assert known.say(text)


def test_an_unknown_command_is_not_understood(known: Talk) -> None:
    assert known.say("/foo").startswith("Maaf, saya belum menangkap pertanyaan itu")


def test_a_question_is_answered_from_its_article(known: Talk, library: Library) -> None:
    assert known.say("kpn tutup kak") == library.render("registration_close_date", "id", NOW, CONTACT)


def test_a_question_is_answered_as_of_when_it_was_received(known: Talk) -> None:
    known.at = dt.datetime(2024, 8, 26, 3, 0, tzinfo=dt.UTC)

    assert known.say("kpn tutup kak").startswith("*Masih dibuka, dan hari ini hari terakhir.*")


def test_a_question_with_several_readings_is_asked_back_and_a_number_answers_it(known: Talk) -> None:
    (reply,) = known.take("pemenang")

    assert reply.text == "Maksud Anda yang mana?"
    assert len(reply.choices) > 1
    assert known.take("1") == Talk(known.router, KNOWN).take(kind=Kind.CHOICE, choice=reply.choices[0].id)


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_command_in_words_is_answered(router: Router, library: Library, language: Language) -> None:
    for name, spoken in library.content.commands.items():
        for text in spoken[language]:
            (reply,) = Talk(router, Person(1, language, language_chosen=True, notice_shown_at=NOW)).take(text)
            assert reply.text, name


@pytest.mark.parametrize(
    ("text", "beginning"),
    [
        ("menu utama", "Ini yang bisa saya bantu."),
        ("ubah bahasa", "Mau memakai bahasa apa?"),
        ("tidak jadi", "Tidak ada yang sedang berjalan."),
        ("hubungkan saya ke petugas", f"Untuk berbicara dengan petugas, silakan hubungi panitia: {CONTACT}"),
        ("hapus seluruh data saya", "*Hapus semua data Anda?*"),
    ],
)
def test_a_command_in_words_does_the_same_or_says_that_it_cannot(known: Talk, text: str, beginning: str) -> None:
    assert known.say(text).startswith(beginning)


def test_a_command_that_was_offered_does_the_same_when_pressed(known: Talk) -> None:
    (pressed,) = known.take(kind=Kind.CHOICE, choice="ask:cmd_language")

    assert pressed.text.startswith("Mau memakai bahasa apa?")


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_kind_of_small_talk_has_a_phrase(library: Library, wording: Wording, language: Language) -> None:
    assert all(wording.say(f"start.{name}", language, contact=CONTACT) for name in library.content.smalltalk)


@pytest.mark.parametrize(
    ("text", "answer"),
    [
        ("halo", "Halo!"),
        ("makasih", "Sama-sama."),
        ("dadah", "Sampai jumpa."),
        ("bot bodoh, gak nyambung", "Maaf, jawaban saya belum membantu."),
    ],
)
def test_small_talk_is_answered_in_kind_with_the_menu(known: Talk, text: str, answer: str) -> None:
    (reply,) = known.take(text)

    assert reply.text.startswith(answer)
    assert reply.choices == known.router.menu("id")


# Whatever arrives


@pytest.mark.parametrize("kind", [kind for kind in Kind if kind not in (Kind.BLOCKED, Kind.UNBLOCKED)])
@pytest.mark.parametrize(
    "text",
    [
        "",
        " ",
        "😀😀",
        "👩‍👩‍👧‍👦",
        "متى يغلق التسجيل؟",
        "\u202eسجل\u202c",
        "a\x00b",
        "\ud800",
        "x" * 20_000,
        "kapan " * 5_000,
        "/",
        "/foo",
    ],
    ids=["empty", "space", "emoji", "family", "arabic", "bidi", "nul", "surrogate", "long", "repeated", "slash", "foo"],
)
def test_every_message_gets_an_answer_with_a_way_on(talk: Talk, kind: Kind, text: str) -> None:
    replies = talk.take(text, kind=kind)

    assert replies
    assert all(reply.text for reply in replies)
    assert replies[-1].choices == talk.conversation.offered
    assert talk.conversation.offered


def test_a_caption_does_not_make_a_picture_a_question(known: Talk) -> None:
    (reply,) = known.take("kapan ditutup?", kind=Kind.IMAGE)

    assert reply.text.startswith("Terima kasih, tetapi saya belum bisa membaca gambar.")


# Editions


def test_the_router_answers_from_the_library_it_was_given_last(known: Talk, library: Library) -> None:
    document = 'year = 2027\n[registration]\ncloses = { date = 2027-03-01, fact = "F47" }\n'
    before = known.say("kpn tutup kak")
    known.router.use(library.with_editions([edition.parse(document, "test")]))
    after = known.say("kpn tutup kak")

    assert "2027" not in before
    assert "2027" in after


def test_the_menu_leaves_out_articles_that_do_not_exist(router: Router, library: Library) -> None:
    content = replace(library.content, articles={"organizer": library.articles["organizer"]})
    router.use(replace(library, content=content))

    assert [choice.id for choice in router.menu("id")] == ["eligibility", "status", "help", "language", "privacy"]


def test_the_languages_of_phrases_and_of_articles_are_the_same(library: Library) -> None:
    assert set(get_args(Language)) == set(library.articles["organizer"].titles)


def test_where_no_contact_is_known_a_site_is_not_passed_off_as_one(library: Library, wording: Wording) -> None:
    talk = Talk(Router(library, wording, library.site), KNOWN)

    said = talk.say("hubungkan saya ke petugas")

    assert "kontak langsung panitia tidak saya ketahui" in said
    assert library.site in said
