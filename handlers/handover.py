"""Asks for an officer, and passes on what is said while one answers: the side of whoever asked. No I/O, no clock."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, replace

from handlers.handover_pages import ASK, DECLINE, LEAVE, ForOfficer, ForPerson, Office, number_in
from handlers.messages import Kind, Reply
from handlers.turn import Decided, Errand, Notice, Outcome, Turn
from storage.contacts import Person
from storage.database import Transaction
from storage.office import handovers
from storage.office.handovers import Talk

Otherwise = Callable[[Turn], Decided]

_DONE = re.compile(r"/(?:selesai|done)\b.*", re.IGNORECASE | re.DOTALL)
_YES = re.compile(
    r"(?:ya|y|iya|yes|ok|oke|okay|boleh|mau|setuju|lanjut|teruskan|tunggu|sure|please)(?:\s+\w+)?[.!]?", re.IGNORECASE
)
_NO = re.compile(
    r"(?:tidak|tdk|ga|gak|nggak|jangan|no|nope|batal)(?:\s+(?:jadi|usah|perlu|thanks))?[.!]?", re.IGNORECASE
)


def ends(text: str) -> bool:
    """Tell whether a text is the command that ends a talk."""
    return _DONE.fullmatch(text.strip()) is not None


def answer_in(turn: Turn) -> str | None:
    """Return the button that a yes or a no means below the question whether to pass somebody on; else None."""
    text = turn.message.text.strip()
    if not turn.conversation.offered or turn.conversation.offered[0].id != ASK:
        return None
    return DECLINE if _NO.fullmatch(text) else ASK if _YES.fullmatch(text) else None


@dataclass(frozen=True, slots=True)
class _Asked:
    talk_id: int | None
    office: Office


@dataclass(frozen=True, slots=True)
class _Delivery:
    """What was found when a message was to be passed on; `office` where the talk waits again."""

    talk: Talk
    office: Office | None = None


class Handover:
    """The topic. `unstaffed` answers where nobody works at the office at all."""

    def __init__(self, person: ForPerson, officer: ForOfficer, unstaffed: Callable[[Turn], Reply]) -> None:
        self._person = person
        self._officer = officer
        self._unstaffed = unstaffed

    def start(self, turn: Turn) -> Decided:
        """Say what would happen and ask; of a talk that is open already, how it stands."""
        return Errand(lambda tx: _office(tx, turn), lambda office: self._offered(office, turn), nothing=Office())

    def press(self, choice_id: str, turn: Turn) -> Decided | None:
        """Take a pressed button; None for one that is not, or no longer, this person's."""
        if choice_id == ASK:
            return self._ask(turn)
        if choice_id == DECLINE:
            return _said(turn, self._person.said("declined", turn.language))
        talk_id = number_in(choice_id, LEAVE)
        return self._leave(talk_id, turn) if talk_id is not None and talk_id == turn.person.handover_id else None

    def cancel(self, turn: Turn, otherwise: Otherwise) -> Decided:
        """End or take back an open talk; `otherwise` where there is none."""
        talk_id = turn.person.handover_id
        return otherwise(turn) if talk_id is None else self._leave(talk_id, turn)

    def relay(self, turn: Turn, otherwise: Otherwise) -> Decided:
        """Pass what somebody says on to the officer who took their talk; `otherwise` where none did."""
        talk_id = turn.person.handover_id
        if talk_id is None:
            return otherwise(turn)

        async def deliver(tx: Transaction) -> _Delivery | None:
            talk = await handovers.find(tx, talk_id)
            if talk is None:
                return None
            if not talk.taken:
                return _Delivery(talk)
            if not talk.attended:
                await handovers.release(tx, talk, turn.message.at)
                return _Delivery(talk, await _office(tx, turn))
            if _speaks(turn):
                await handovers.said(tx, talk, turn.message.at)
            return _Delivery(talk)

        return Errand(deliver, lambda found: self._passed_on(found, turn, otherwise))

    def before_forgetting(self, outcome: Outcome, turn: Turn) -> Decided:
        """Tell the officer of somebody who is being forgotten that their talk is over."""
        talk_id = turn.person.handover_id
        if not outcome.forget or talk_id is None:
            return outcome
        return Errand(
            lambda tx: _close(tx, talk_id, turn),
            lambda talk: replace(outcome, notices=(*outcome.notices, *self._farewell(talk, "person_gone"))),
        )

    def _offered(self, office: Office, turn: Turn) -> Outcome:
        if office.talk is not None:
            return _said(turn, self._person.open(office.talk, office, turn.language))
        if not office.staffed:
            return _said(turn, self._unstaffed(turn))
        return _said(turn, self._person.offer(office, turn.language, turn.message.at))

    def _ask(self, turn: Turn) -> Errand:
        person_id, channel, now = turn.person.id, turn.message.channel, turn.message.at

        async def ask(tx: Transaction) -> _Asked:
            office = await _office(tx, turn)
            return _Asked(await handovers.ask(tx, person_id, channel, now), office)

        def then(asked: _Asked) -> Decided:
            if asked.talk_id is None:
                return self._offered(asked.office, turn)
            return replace(
                _said(turn, self._person.asked(asked.talk_id, asked.office, turn.language)),
                person=replace(turn.person, handover_id=asked.talk_id),
                notices=self._requests(asked.talk_id, asked.office, turn),
            )

        return Errand(ask, then, nothing=_Asked(None, Office()))

    def _requests(self, talk_id: int, office: Office, turn: Turn) -> tuple[Notice, ...]:
        recent = turn.conversation.recent
        return tuple(self._officer.request(each, talk_id, turn.message.at, recent) for each in office.officers)

    def _leave(self, talk_id: int, turn: Turn) -> Errand:
        def then(talk: Talk | None) -> Outcome:
            key = "over" if talk is None else "left" if talk.taken else "cancelled"
            left = replace(_said(turn, self._person.said(key, turn.language)), person=_free(turn.person))
            return replace(left, notices=self._farewell(talk, "ended_by_person"))

        return Errand(lambda tx: _close(tx, talk_id, turn), then)

    def _farewell(self, talk: Talk | None, key: str) -> tuple[Notice, ...]:
        if talk is None or talk.officer is None:
            return ()
        return (self._officer.told(talk.officer, key, talk),)

    def _passed_on(self, found: _Delivery | None, turn: Turn, otherwise: Otherwise) -> Decided:
        if found is None:
            return otherwise(replace(turn, person=_free(turn.person)))
        talk = found.talk
        if not talk.taken:
            return self._leave(talk.id, turn) if ends(turn.message.text) else otherwise(turn)
        if talk.officer is None or not talk.attended:
            return self._alone(talk, found.office or Office(), turn)
        if ends(turn.message.text):
            return self._leave(talk.id, turn)
        if not _speaks(turn):
            return _said(turn, self._person.only_text(talk.id, turn.language))
        passed_on = self._officer.from_person(talk.officer, talk, turn.message.text)
        return Outcome(turn.person, turn.conversation, notices=(passed_on,))

    def _alone(self, talk: Talk, office: Office, turn: Turn) -> Outcome:
        """Say that the officer left, and ask the others."""
        reply = self._person.waits_again(talk, turn.language, unheard=True)
        gone = () if talk.officer is None else (self._officer.told(talk.officer, "released", talk),)
        others = tuple(
            self._officer.request(each, talk.id, talk.opened_at, turn.conversation.recent) for each in office.officers
        )
        person = replace(turn.person, officer_id=None)
        return replace(_said(turn, reply), person=person, notices=(*gone, *others))


async def _office(tx: Transaction, turn: Turn) -> Office:
    talk_id = turn.person.handover_id
    return Office(
        staffed=await handovers.is_staffed(tx),
        officers=await handovers.on_duty(tx),
        waiting=await handovers.waiting(tx),
        talk=None if talk_id is None else await handovers.find(tx, talk_id),
    )


async def _close(tx: Transaction, talk_id: int, turn: Turn) -> Talk | None:
    talk = await handovers.find(tx, talk_id)
    if talk is not None:
        await handovers.close(tx, talk_id, "person", turn.message.at)
    return talk


def _speaks(turn: Turn) -> bool:
    return turn.message.kind is Kind.TEXT and bool(turn.message.text)


def _free(person: Person) -> Person:
    return replace(person, handover_id=None, officer_id=None)


def _said(turn: Turn, reply: Reply) -> Outcome:
    return Outcome(turn.person, turn.conversation, (reply,))
