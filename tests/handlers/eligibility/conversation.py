"""Holds a conversation of the check as a person with given answers would, by whatever carries messages."""

from __future__ import annotations

import json
from collections.abc import Mapping

from handlers.conversation import Conversation
from handlers.eligibility import path
from handlers.eligibility.criterion import UNSURE, Answer, Answers
from handlers.eligibility.limits import Limits
from handlers.eligibility.pages import PREFIX
from handlers.eligibility.state import Check
from handlers.messages import Inbound, Kind, Reply
from handlers.routing import Router
from handlers.turn import Outcome, without_storage
from storage.contacts import Identity, Person
from tests.handlers.talk import NOW, Talk

SIZE = {"workers": "{} orang", "investment_bn": "investasi {} miliar", "sales_bn": "omzet {} miliar"}
GREETED = Person(1, "id", language_chosen=True, notice_shown_at=NOW)


class Forgetful(Talk):
    """A talk in which everything but what is stored is forgotten after every message, as by a restart."""

    def take(self, *args: object, **kwargs: object) -> tuple[Reply, ...]:
        replies = super().take(*args, **kwargs)  # type: ignore[arg-type]
        self.conversation = Conversation.from_state(json.loads(json.dumps(self.conversation.to_state())))
        return replies


def begin(router: Router, person: Person = GREETED) -> Forgetful:
    """Return a talk in which the check has asked its first question."""
    talk = Forgetful(router, person)
    talk.take("/cek")
    return talk


def check(talk: Talk) -> Check:
    """Return the talk's check."""
    assert talk.conversation.check is not None
    return talk.conversation.check


def typed(question: str, answer: Answer) -> str | None:
    """Return what a person types for an answer that no button gives."""
    if isinstance(answer, int):
        return f"{answer} tahun" if question == "years" else str(answer)
    if isinstance(answer, Mapping):
        return ", ".join(SIZE[name].format(f"{value:g}".replace(".", ",")) for name, value in answer.items())
    return None


def give(talk: Talk, question: str, answer: Answer) -> tuple[Reply, ...]:
    """Answer the open question, by its button where there is one."""
    text = typed(question, answer)
    if text is None:
        return press(talk, f"{question}:{answer}")
    replies = talk.take(text)
    if isinstance(answer, Mapping) and len(answer) < 3:
        replies = press(talk, f"scale:{UNSURE}")  # the other numbers are not known
    return replies


def press(talk: Talk, verb: str) -> tuple[Reply, ...]:
    """Press a button of the check."""
    return talk.take(kind=Kind.CHOICE, choice=f"{PREFIX}{verb}")


def on_path(answers: Answers, limits: Limits) -> dict[str, Answer]:
    """Return what a person with these answers is asked, with "unsure" for what they do not know."""
    told: dict[str, Answer] = {}
    while (criterion := path.unanswered(told, limits)) is not None:
        told[criterion.id] = answers.get(criterion.id, UNSURE)
    return told


def finish(talk: Talk, answers: Answers, *, early: bool = False) -> str:
    """Answer all that is asked and return the result's text. `early` takes the early end where it is offered."""
    for _ in range(60):
        match check(talk).open:
            case "stopped":
                press(talk, "summary" if early else "goon")
            case "summary":
                wrong = [each for each, value in check(talk).answers.items() if value != answers.get(each, UNSURE)]
                if not wrong:
                    (reply,) = press(talk, "confirm")
                    if check(talk).open == "result":
                        return reply.text
                else:
                    press(talk, "edit")
            case "edit":
                wrong = [each for each, value in check(talk).answers.items() if value != answers.get(each, UNSURE)]
                press(talk, f"edit:{wrong[0]}" if wrong else "back:edit")
            case question:
                give(talk, question, answers.get(question, UNSURE))
    raise AssertionError(f"the check does not end: {check(talk)}")


def texts(replies: tuple[Reply, ...]) -> list[str]:
    return [reply.text for reply in replies]


def ids(reply: Reply) -> list[str]:
    return [choice.id.removeprefix(PREFIX) for choice in reply.choices]


def decided(talk: Forgetful, said: str) -> Outcome:
    """Return what the router decides, without taking the turn."""
    choice = said.strip("[]") if said.startswith("[") else None
    kind = Kind.TEXT if choice is None else Kind.CHOICE
    message = Inbound("telegram", "1", Identity(telegram_id=1), talk.at, kind, said, choice)
    return without_storage(talk.router.decide(message, talk.person, talk.conversation))
