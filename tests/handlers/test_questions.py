"""Answers come from the library with a way on; what cannot be answered says so in a sentence."""

from __future__ import annotations

import pytest

from faq.library import Library
from handlers.messages import Choice, Kind
from handlers.questions import ASK, Questions
from handlers.wording import LANGUAGES, Language, Wording
from tests.handlers.talk import CONTACT, NOW

TOPICS = ("eligibility", "data", "subscribe")
MENU = (Choice("menu", "Menu"),)
NOT_TEXT = [Kind.VOICE, Kind.IMAGE, Kind.DOCUMENT, Kind.STICKER, Kind.LOCATION, Kind.CONTACT, Kind.OTHER]


@pytest.fixture
def questions(library: Library, wording: Wording) -> Questions:
    return Questions(library, wording, CONTACT)


@pytest.mark.parametrize("language", LANGUAGES)
def test_an_article_is_answered_with_its_related_ones_and_the_menu(
    questions: Questions, library: Library, language: Language
) -> None:
    reply = questions.article("registration_close_date", language, NOW)

    assert reply is not None
    assert reply.text == library.render("registration_close_date", language, NOW, CONTACT)
    assert [choice.id for choice in reply.choices] == [
        *(f"{ASK}{related}" for related in library.articles["registration_close_date"].related),
        "subscribe",
        "menu",
    ]


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_article_has_an_answer_and_choices_that_lead_to_answers(
    questions: Questions, library: Library, language: Language
) -> None:
    for article_id in library.articles:
        reply = questions.article(article_id, language, NOW)

        assert reply is not None
        assert reply.text.strip()
        *related, menu = [choice for choice in reply.choices if choice.id not in TOPICS]
        assert menu == Choice("menu", "Menu")
        assert all(choice.title and choice.id.removeprefix(ASK) in library.articles for choice in related)


@pytest.mark.parametrize("article_id", ["", "nothing", "ask:organizer", "../organizer"])
def test_an_article_that_does_not_exist_is_no_answer(questions: Questions, article_id: str) -> None:
    assert questions.article(article_id, "id", NOW) is None


def test_a_question_with_several_readings_is_asked_back(questions: Questions, library: Library) -> None:
    reply = questions.which(("organizer", "legal_basis"), "en")

    assert reply.text == "Which of these do you mean?"
    assert reply.choices == (
        Choice("ask:organizer", library.button("organizer", "en")),
        Choice("ask:legal_basis", library.button("legal_basis", "en")),
    )


@pytest.mark.parametrize("language", LANGUAGES)
def test_what_is_not_known_is_not_guessed_and_leads_to_the_organisers(questions: Questions, language: Language) -> None:
    reply = questions.unknown(language, MENU)

    assert ("menebak" if language == "id" else "guess") in reply.text
    assert CONTACT in reply.text
    assert reply.choices == MENU


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("kind", NOT_TEXT)
def test_what_is_no_text_gets_a_sentence(questions: Questions, kind: Kind, language: Language) -> None:
    reply = questions.not_text(kind, language, MENU)

    assert reply.text.endswith((".", "?", CONTACT))
    assert "{" not in reply.text
    assert reply.choices == MENU


def test_each_kind_has_a_sentence_of_its_own(questions: Questions) -> None:
    assert len({questions.not_text(kind, "id", MENU).text for kind in NOT_TEXT}) == len(NOT_TEXT)


def test_a_document_is_not_taken_for_a_proposal(questions: Questions) -> None:
    text = questions.not_text(Kind.DOCUMENT, "en", MENU).text

    assert "Proposals cannot be handed in through this chat" in text
    assert text.endswith(CONTACT)
