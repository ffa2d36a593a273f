"""Answers people who asked for an officer: the officer's side. Pure: no I/O, no clock."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import partial

from handlers import handover
from handlers.conversation import Conversation
from handlers.exchanges import Exchange
from handlers.handover_pages import END, LIST, TAKE, ForOfficer, ForPerson, number_in, plain
from handlers.messages import Kind, Reply
from handlers.turn import Decided, Errand, Outcome, Turn
from storage import audit, conversations
from storage.audit import Act
from storage.database import Transaction
from storage.office import handovers
from storage.office.handovers import Officer, Talk


@dataclass(frozen=True, slots=True)
class _Taking:
    """What was found when an officer wanted a talk; `me` is None while they are off duty."""

    talk: Talk | None = None
    taken: bool = False
    me: Officer | None = None
    own: Talk | None = None
    others: Sequence[Officer] = ()
    recent: Sequence[Exchange] = field(default=())


class Talks:
    """The topic, for those who are staff; whether somebody is, the router asks."""

    def __init__(self, person: ForPerson, officer: ForOfficer) -> None:
        self._person = person
        self._officer = officer

    def relay(self, turn: Turn, otherwise: Callable[[Turn], Decided]) -> Decided:
        """Pass what an officer says on to whom they answer; `otherwise` where they answer nobody."""
        staff_id = turn.person.staff_id
        if staff_id is None:
            return otherwise(turn)

        async def deliver(tx: Transaction) -> Talk | None:
            talk = await handovers.of_officer(tx, staff_id)
            if talk is None or not talk.attended:
                return None
            if not talk.reachable:
                await handovers.close(tx, talk.id, "person", turn.message.at)
            elif _speaks(turn):
                await handovers.said(tx, talk, turn.message.at)
            return talk

        return Errand(deliver, lambda talk: otherwise(turn) if talk is None else self._passed_on(talk, turn))

    def press(self, choice_id: str, turn: Turn) -> Decided | None:
        """Take a pressed button of the topic; None for one that is not known."""
        if choice_id == LIST:
            return self.list(turn)
        taken, ended = number_in(choice_id, TAKE), number_in(choice_id, END)
        if taken is not None:
            return self._take(taken, turn)
        return None if ended is None else self._end(ended, turn)

    def list(self, turn: Turn) -> Decided:
        """Show who waits, and for how long."""
        staff_id = turn.person.staff_id or 0

        async def look(tx: Transaction) -> tuple[Sequence[Talk], Talk | None]:
            return await handovers.waiting(tx), await handovers.of_officer(tx, staff_id)

        def then(found: tuple[Sequence[Talk], Talk | None]) -> Outcome:
            waiting, own = found
            return _said(turn, self._officer.waiting(waiting, own, turn.language, turn.message.at))

        return Errand(look, then, nothing=((), None))

    def _passed_on(self, talk: Talk, turn: Turn) -> Decided:
        if not talk.reachable:
            return _said(turn, self._officer.said("person_gone", turn.language, id=talk.id))
        if handover.ends(turn.message.text):
            return self._end(talk.id, turn)
        if not _speaks(turn):
            return _said(turn, self._officer.talking("only_text_officer", talk, turn.language))
        passed_on = self._person.from_officer(talk, turn.message.text)
        return Outcome(turn.person, turn.conversation, notices=(passed_on,))

    def _take(self, talk_id: int, turn: Turn) -> Errand:
        staff_id, now = turn.person.staff_id or 0, turn.message.at

        async def take(tx: Transaction) -> _Taking:
            talk = await handovers.find(tx, talk_id)
            on_duty = await handovers.on_duty(tx)
            me = next((each for each in on_duty if each.id == staff_id), None)
            own = await handovers.of_officer(tx, staff_id)
            if talk is None or not await handovers.take(tx, talk_id, staff_id, now):
                return _Taking(talk, me=me, own=own)
            others = [each for each in on_duty if each.id != staff_id]
            await audit.record(tx, Act(f"staff:{staff_id}", "talk_taken", f"talk:{talk_id}", {}, now))
            states = await conversations.load(tx, [talk.person.person_id])
            recent = Conversation.from_state(states.get(talk.person.person_id)).recent
            return _Taking(talk, taken=True, me=me, others=others, recent=recent)

        return Errand(take, partial(self._taken, turn=turn), nothing=_Taking())

    def _taken(self, found: _Taking, turn: Turn) -> Outcome:
        talk, me = found.talk, found.me
        if talk is None or me is None or not found.taken:
            return _said(turn, self._refused(found, turn))
        told = self._person.answers_now(talk, me.name)
        others = tuple(self._officer.taken_by(each, talk, me.name) for each in found.others)
        yours = self._officer.yours(talk, found.recent, turn.language)
        return Outcome(turn.person, turn.conversation, (yours,), (told, *others))

    def _refused(self, found: _Taking, turn: Turn) -> Reply:
        """Say why an officer did not get a talk."""
        talk, own = found.talk, found.own
        if talk is None:
            return self._officer.said("no_longer_waiting", turn.language)
        if own is not None:
            key = "taken_by_you" if own.id == talk.id else "busy"
            return self._officer.talking(key, own, turn.language)
        if talk.officer is not None:
            return self._officer.said("taken_by", turn.language, id=talk.id, name=plain(talk.officer.name))
        if found.me is None:
            return self._officer.said("off_duty", turn.language)
        return self._officer.said("own", turn.language)

    def _end(self, talk_id: int, turn: Turn) -> Errand:
        staff_id, now = turn.person.staff_id or 0, turn.message.at

        async def end(tx: Transaction) -> tuple[Talk | None, int]:
            talk = await handovers.of_officer(tx, staff_id)
            if talk is None or talk.id != talk_id:
                return None, 0
            await handovers.close(tx, talk_id, "officer", now)
            await audit.record(tx, Act(f"staff:{staff_id}", "talk_ended", f"talk:{talk_id}", {}, now))
            return talk, len(await handovers.waiting(tx))

        def then(ended: tuple[Talk | None, int]) -> Outcome:
            talk, waiting = ended
            if talk is None:
                return _said(turn, self._officer.said("not_yours", turn.language, id=talk_id))
            reply = self._officer.said("ended", turn.language, id=talk_id, waiting=waiting)
            return Outcome(turn.person, turn.conversation, (reply,), (self._person.ended(talk),))

        return Errand(end, then, nothing=(None, 0))


def _speaks(turn: Turn) -> bool:
    return turn.message.kind is Kind.TEXT and bool(turn.message.text)


def _said(turn: Turn, reply: Reply) -> Outcome:
    return Outcome(turn.person, turn.conversation, (reply,))
