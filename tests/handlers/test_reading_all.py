"""The button below the beginning of a message brings all of it, or says in words why it cannot."""

from __future__ import annotations

import pytest

from handlers.conversation import Conversation
from handlers.messages import Attachment, Choice, Inbound, Kind, Reply
from handlers.reading_all import ReadingAll
from handlers.turn import Errand, Outcome, Turn
from handlers.wording import Language, Wording
from storage.contacts import Identity, Person
from storage.outbox import File
from storage.whole import Whole
from tests.storage.given import NOW


def turn(language: Language = "id") -> Turn:
    person = Person(1, language, language_chosen=False, notice_shown_at=NOW)
    message = Inbound("whatsapp", "1", Identity(whatsapp_phone="62811"), NOW, Kind.CHOICE, choice="whole:5")
    return Turn(message, person, Conversation(), language)


def read(wording: Wording, found: Whole | None, language: Language = "id") -> Reply:
    pressed = ReadingAll(wording).press("whole:5", turn(language))
    assert isinstance(pressed, Errand)
    outcome = pressed.then(found)
    assert isinstance(outcome, Outcome)
    (reply,) = outcome.replies
    return reply


def test_all_of_it_comes_as_it_would_have_been_sent(wording: Wording) -> None:
    found = Whole("Kabar", (("menu", "Menu"),), (File("a.pdf", "application/pdf", "Surat", b"%PDF"),), True, True)
    attachment = Attachment("a.pdf", "application/pdf", b"%PDF", "Surat")

    assert read(wording, found) == Reply("Kabar", (Choice("menu", "Menu"),), (attachment,), secret=True, fitted=True)


@pytest.mark.parametrize(
    ("found", "language", "words"),
    [
        (None, "id", "sudah tidak tersimpan"),
        (None, "en", "no longer kept"),
        (Whole(taken_back=True), "id", "sudah ditarik kembali"),
        (Whole(taken_back=True), "en", "was taken back"),
    ],
)
def test_what_cannot_be_read_is_said_with_the_way_on(
    wording: Wording, found: Whole | None, language: Language, words: str
) -> None:
    reply = read(wording, found, language)

    assert words in reply.text
    assert [choice.id for choice in reply.choices] == ["menu"]


@pytest.mark.parametrize("choice_id", ["whole:", "whole:x", "whole:-1", f"whole:{'9' * 30}"])
def test_what_names_no_message_is_no_such_button(wording: Wording, choice_id: str) -> None:
    assert ReadingAll(wording).press(choice_id, turn()) is None
