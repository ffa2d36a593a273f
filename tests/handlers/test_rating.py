"""Whether an answer helped is asked now and then, and kept once."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from handlers.messages import Inbound, Kind
from handlers.turn import Outcome, without_storage
from storage.contacts import Identity
from storage.feedback import Feedback
from tests.handlers.talk import NOW, Talk

ASKED = "siapa penyelenggara upakarti"
RATES = ("rate:yes", "rate:no")


def offers(talk: Talk, text: str) -> bool:
    (reply,) = talk.take(text)
    return tuple(choice.id for choice in reply.choices)[-2:] == RATES


def press(talk: Talk, choice: str) -> Outcome:
    message = Inbound("telegram", "1", Identity(telegram_id=1), talk.at, Kind.CHOICE, choice=choice)
    outcome = without_storage(talk.router.decide(message, talk.person, talk.conversation))
    talk.conversation = outcome.conversation
    return outcome


@pytest.fixture
def known(talk: Talk) -> Talk:
    talk.person = replace(talk.person, notice_shown_at=NOW)
    return talk


def test_a_first_answer_is_left_alone(talk: Talk) -> None:
    assert not offers(talk, ASKED)


def test_it_is_asked_once_a_day_of_jakarta(known: Talk) -> None:
    assert offers(known, ASKED)
    assert not offers(known, ASKED)

    known.at = NOW.replace(hour=16, minute=59)  # 23:59 there
    assert not offers(known, ASKED)

    known.at += timedelta(minutes=1)
    assert offers(known, ASKED)


def test_what_was_chosen_by_button_is_not_rated(known: Talk) -> None:
    (reply,) = known.take(kind=Kind.CHOICE, choice="ask:organizer")

    assert not {choice.id for choice in reply.choices} & set(RATES)


@pytest.mark.parametrize(("choice", "helpful", "word"), [("rate:yes", True, "senang"), ("rate:no", False, "panitia@")])
def test_a_press_is_thanked_for_and_kept_once(known: Talk, choice: str, helpful: bool, word: str) -> None:
    known.take(ASKED)
    first, again = press(known, choice), press(known, choice)

    assert (first.feedback, again.feedback) == (Feedback("organizer", helpful, NOW), None)
    assert word in first.replies[0].text
    assert word in again.replies[0].text


def test_a_question_nobody_understood_is_kept_masked(known: Talk) -> None:
    message = Inbound("telegram", "1", Identity(telegram_id=1), NOW, text="qwrty zxcv hubungi 0812345678")
    outcome = without_storage(known.router.decide(message, known.person, known.conversation))

    assert outcome.unanswered is not None
    assert "0812" not in outcome.unanswered.text
    assert outcome.unanswered.text.startswith("qwrty")
