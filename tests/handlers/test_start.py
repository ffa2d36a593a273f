"""Welcome, menu, help, language, privacy and cancel answer in both languages, and lead on."""

from __future__ import annotations

import re

import pytest

from handlers import joining
from handlers.messages import Kind
from handlers.routing import Router
from handlers.start import COMMANDS, command_in, command_list
from handlers.wording import LANGUAGES, Language, Wording
from storage import retention
from storage.contacts import Person
from tests.handlers.talk import CONTACT, NOW, Talk

KNOWN = {language: Person(1, language, language_chosen=True, notice_shown_at=NOW) for language in LANGUAGES}


@pytest.mark.parametrize(
    ("text", "command"),
    [
        ("/start", "start"),
        ("/mulai", "start"),
        ("/menu", "menu"),
        ("/bantuan", "help"),
        ("/help", "help"),
        ("/bahasa", "language"),
        ("/language", "language"),
        ("/privasi", "privacy"),
        ("/privacy", "privacy"),
        ("/batal", "cancel"),
        ("/cancel", "cancel"),
        ("/MENU", "menu"),
        ("/menu@UpakartiBot", "menu"),
        ("/start ref_abc123", "start"),
        ("/start\nhalo", "start"),
        ("/menuu", None),
        ("/foo", None),
        ("/", None),
        ("/ menu", "menu"),
        ("//menu", None),
        ("menu", None),
        ("buka /menu", None),
        ("", None),
    ],
)
def test_a_command_is_the_first_word_after_a_slash(text: str, command: str | None) -> None:
    assert command_in(text) == command


def test_every_command_is_listed_and_described_in_both_languages(wording: Wording) -> None:
    listed = command_list(wording)

    assert set(listed) == set(LANGUAGES)
    known = {language: [name for name, _ in listed[language]] for language in LANGUAGES}
    topics = "data kabari berhenti hubungkan pisahkan petugas batal"
    assert " ".join(known["id"]) == f"start menu cek status bantuan bahasa privasi {topics}"
    topics = "data notify stop connect separate officer cancel"
    assert " ".join(known["en"]) == f"start menu check status help language privacy {topics}"
    # What Telegram takes for a name and a description.
    assert all(re.fullmatch("[a-z0-9_]{1,32}", name) for pairs in listed.values() for name, _ in pairs)
    assert all(0 < len(description) <= 256 for pairs in listed.values() for _, description in pairs)
    assert all(command_in(f"/{name}") in COMMANDS for pairs in listed.values() for name, _ in pairs)


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("name", ["menu", "cancel", "help", "privacy", "start"])
def test_a_command_answers_in_the_chosen_language_and_offers_the_menu(
    router: Router, wording: Wording, language: Language, name: str
) -> None:
    talk = Talk(router, KNOWN[language])

    (reply,) = talk.take(f"/{COMMANDS[name][language]}")

    beginnings: dict[str, dict[Language, str]] = {
        "menu": {"id": "Ini yang bisa saya bantu.", "en": "Here is what I can help with."},
        "cancel": {"id": "Tidak ada yang sedang berjalan.", "en": "Nothing is running right now."},
        "help": {"id": "*Cara memakai asisten ini*", "en": "*How to use this assistant*"},
        "privacy": {"id": "*Data Anda di asisten ini*", "en": "*Your data in this assistant*"},
        "start": {"id": "Halo, saya *Asisten Upakarti*.", "en": "Hello, I am the *Upakarti Assistant*."},
    }
    assert reply.text.startswith(beginnings[name][language])
    assert reply.choices == router.menu(language)


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_command_and_the_button_of_the_same_name_do_the_same(
    router: Router, language: Language, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(joining, "new_code", lambda: "SATU-7KQM-2B9T-XW4C")
    for command, names in COMMANDS.items():
        typed = Talk(router, KNOWN[language]).take(f"/{names[language]}")
        pressed = Talk(router, KNOWN[language]).take(kind=Kind.CHOICE, choice=command)

        assert typed == pressed


def test_a_language_is_offered_in_its_own_name(talk: Talk) -> None:
    (reply,) = talk.take("/bahasa")

    assert [(choice.id, choice.title) for choice in reply.choices] == [
        ("language:id", "Bahasa Indonesia"),
        ("language:en", "English"),
    ]
    assert reply.text.startswith("Mau memakai bahasa apa? / Which language would you like?")


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_privacy_notice_names_the_periods_that_are_enforced(router: Router, language: Language) -> None:
    text = Talk(router, KNOWN[language]).say("/privacy")

    assert f" {retention.OUTBOX.days} " in text
    assert f" {retention.INBOUND.days} " in text
    assert f" {retention.PERSON.days // 365} " in text
    assert retention.TRANSCRIPT == retention.OUTBOX  # the notice has one figure for both
    assert "/data" in text
    assert CONTACT in text


@pytest.mark.parametrize("language", LANGUAGES)
def test_help_names_only_commands_that_exist_and_the_contact(router: Router, language: Language) -> None:
    text = Talk(router, KNOWN[language]).say("/help")

    named = re.findall(r"/\w+", text)
    assert named
    assert all(command_in(name) for name in named)
    assert CONTACT in text


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_notice_names_only_commands_that_exist(wording: Wording, language: Language) -> None:
    assert [command_in(name) for name in re.findall(r"/\w+", wording.say("start.notice", language))] == ["privacy"]


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_welcome_that_a_channel_shows_by_itself_is_that_of_the_command(router: Router, language: Language) -> None:
    (said,) = Talk(router, KNOWN[language]).take("/start")

    assert router.welcome(language) == said


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_choice_of_the_menu_leads_somewhere(router: Router, wording: Wording, language: Language) -> None:
    expired = wording.say("questions.expired", language)

    for choice in router.menu(language):
        assert Talk(router, KNOWN[language]).press(choice.id) != expired


@pytest.mark.parametrize("language", LANGUAGES)
def test_no_two_choices_of_the_menu_have_the_same_title(router: Router, language: Language) -> None:
    titles = [choice.title.casefold() for choice in router.menu(language)]

    assert len(set(titles)) == len(titles)
