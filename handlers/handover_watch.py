"""Ends talks with officers that go on no more, and tells both sides: nobody waits for somebody who is gone."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from handlers.conversation import Conversation
from handlers.handover_pages import ForOfficer, ForPerson, notice, spoken
from handlers.inbox import Fit, news
from handlers.turn import Notice
from storage import conversations, outbox
from storage.database import Database, Transaction
from storage.office import handovers
from storage.office.handovers import Over, Talk


class Watch:
    """Looks after open talks; several processes may do so at the same time."""

    def __init__(self, database: Database, person: ForPerson, officer: ForOfficer, fit: Fit) -> None:
        self._database = database
        self._person = person
        self._officer = officer
        self._fit = fit

    async def sweep(self, now: datetime) -> int:
        """End what is over, or let it wait for another officer; return how many talks that were.

        Each in a transaction of its own, in which both are told.
        """
        async with self._database.reading() as tx:
            due = await handovers.due(tx, now)
        return sum([await self._look_after(talk_id, now) for talk_id in due])

    async def _look_after(self, talk_id: int, now: datetime) -> bool:
        """End this talk, or let it wait; False where another process did so, or somebody wrote, in this moment."""
        async with self._database.transaction() as tx:
            talk = await handovers.find(tx, talk_id)
            why = None if talk is None else handovers.over(talk, now)
            if talk is None or why is None:
                return False
            await outbox.add(tx, news(await self._settle(tx, talk, why, now), self._fit), now)
        return True

    async def _settle(self, tx: Transaction, talk: Talk, why: Over, now: datetime) -> Sequence[Notice]:
        if why is Over.ALONE:
            await handovers.release(tx, talk, now)
            return await self._asked_again(tx, talk)
        await handovers.close(tx, talk.id, "person" if why is Over.GONE else "time", now)
        match why:
            case Over.GONE:
                return self._to_officer(talk, "person_gone")
            case Over.QUIET:
                return (self._person.quiet(talk), *self._to_officer(talk, "ended_quiet_officer"))
            case _:
                return (self._person.unanswered(talk),)

    async def _asked_again(self, tx: Transaction, talk: Talk) -> Sequence[Notice]:
        states = await conversations.load(tx, [talk.person.person_id])
        recent = Conversation.from_state(states.get(talk.person.person_id)).recent
        told = notice(talk.person, self._person.waits_again(talk, spoken(talk.person)))
        others = [self._officer.request(each, talk.id, talk.opened_at, recent) for each in await handovers.on_duty(tx)]
        return (told, *self._to_officer(talk, "released"), *others)

    def _to_officer(self, talk: Talk, key: str) -> Sequence[Notice]:
        return () if talk.officer is None else (self._officer.told(talk.officer, key, talk),)
