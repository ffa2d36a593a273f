"""Takes messages in: one person at a time, decided once, and committed together with the answers."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from enum import StrEnum

import structlog

from handlers.conversation import Conversation
from handlers.messages import Inbound, Kind, Reply, clean
from handlers.turn import Decided, Errand, Notice, Outcome
from storage import (
    checks,
    contacts,
    conversations,
    feedback,
    inbound,
    interests,
    names,
    outbox,
    own_data,
    transcript,
    unanswered,
    windows,
)
from storage.broadcasts import spreading
from storage.checks import Finished
from storage.contacts import Person
from storage.conversations import State
from storage.database import Database, DatabaseError, Transaction
from storage.feedback import Feedback
from storage.group_commit import GroupCommit
from storage.joining import Joined
from storage.names import Told
from storage.office import staff
from storage.outbox import PUSH, Draft, File
from storage.unanswered import Unanswered

log = structlog.get_logger()

Decide = Callable[[Inbound, Person, Conversation], Decided]
Apologise = Callable[[Inbound, Person, Conversation], Outcome]
Fit = Callable[[str, Reply], Sequence[Reply]]  # (channel, reply) -> the messages it becomes there


CONCEALED = "••••"  # stands for words that hold a code


class Received(StrEnum):
    """What became of a message."""

    ANSWERED = "answered"
    NOTED = "noted"  # nothing to answer
    REPEATED = "repeated"  # was here before; nothing was done
    FAILED = "failed"  # a bug of ours; the person got an apology


class Inbox:
    """The one way in, for every channel.

    Messages that arrive together share a transaction (see `GroupCommit`): it holds their people, notes the ids,
    decides, and stores conversations and replies. A message of somebody whose turn is running waits for it, in this
    process by the batch, in another by the lock on the person.
    """

    def __init__(
        self,
        database: Database,
        *,
        decide: Decide,
        apologise: Apologise,
        fit: Fit,
        transcribed: frozenset[str] = frozenset(),
        committed: Callable[[], None] = lambda: None,
        received: Callable[[Inbound, Received], None] = lambda _message, _result: None,
    ) -> None:
        """`transcribed` are the channels that keep both sides. `committed` is called when replies wait to be sent,
        `received` for every message once it is stored.
        """
        self._database = database
        self._decide = decide
        self._apologise = apologise
        self._fit = fit
        self._transcribed = transcribed
        self._committed = committed
        self._received = received
        self._turns: GroupCommit[Inbound, Received] = GroupCommit(self._take)

    async def receive(self, messages: Sequence[Inbound]) -> list[Received]:
        """Return when these messages are answered and all of it is committed; a repeated one does nothing.

        Raises a database error when the commit failed: then nothing was stored, and nothing may be acknowledged.
        """
        return await self._turns.run(messages) if messages else []

    async def _take(self, messages: Sequence[Inbound]) -> list[Received]:
        async with self._database.transaction() as tx:
            batch = _Batch(self, messages)
            await batch.load(tx)
            results = [await batch.turn(tx, message) for message in messages]
            await batch.store(tx)
        if batch.drafts:
            self._committed()
        for message, result in zip(messages, results, strict=True):
            self._received(message, result)
        return results

    async def decide(
        self, tx: Transaction, message: Inbound, person: Person, conversation: Conversation
    ) -> tuple[Outcome, Sequence[Reply]]:
        """Decide one turn, its errands included, and fit its replies to the channel.

        What an errand did is undone when the turn fails.
        """
        decided = self._decide(message, person, conversation)
        if isinstance(decided, Errand):
            async with tx.begin_nested():
                while isinstance(decided, Errand):
                    decided = decided.then(await decided.do(tx))
                return decided, self._fitted(message.channel, decided)
        return decided, self._fitted(message.channel, decided)

    def apologise(
        self, message: Inbound, person: Person, conversation: Conversation
    ) -> tuple[Outcome, Sequence[Reply]]:
        """Answer a turn whose topic failed."""
        outcome = self._apologise(message, person, conversation)
        return outcome, self._fitted(message.channel, outcome)

    def notices(self, outcome: Outcome) -> list[Draft]:
        """Return what a turn tells others, as news for each."""
        return news(outcome.notices, self._fit)

    def is_transcribed(self, message: Inbound) -> bool:
        """Tell whether the channel shows people their own words again."""
        return message.channel in self._transcribed and message.kind in (Kind.TEXT, Kind.CHOICE)

    def _fitted(self, channel: str, outcome: Outcome) -> list[Reply]:
        return [
            replace(part, secret=reply.secret)
            for reply in outcome.replies
            for part in ((reply,) if reply.fitted else self._fit(channel, reply))
        ]


class _Batch:
    """The turns of one transaction: loaded together, decided one after the other, stored together."""

    def __init__(self, inbox: Inbox, messages: Sequence[Inbound]) -> None:
        self._inbox = inbox
        self._messages = messages
        self._now = max(message.at for message in messages)
        self._owner: dict[int, int] = {}  # id() of a message -> person id
        self._people: dict[int, Person] = {}
        self._states: Mapping[int, State] = {}
        self._conversations: dict[int, Conversation] = {}  # those that a turn has read or changed
        self._fresh: set[tuple[str, str]] = set()
        self._reopened: dict[str, list[int]] = {}
        self._blocked: set[tuple[int, str]] = set()  # (person id, channel): the door closed at some moment
        self._shut: set[tuple[int, str]] = set()  # ... and is closed at the end
        self._said: list[transcript.Said] = []
        self._unanswered: list[Unanswered] = []
        self._feedback: list[Feedback] = []
        self._finished: list[Finished] = []
        self._interests: list[tuple[int, str]] = []  # (person id, category)
        self._wrote_at: dict[int, datetime] = {}  # person id -> when they wrote, where that opens a window
        self._erased: dict[int, datetime] = {}  # person id -> from when on
        self._forgotten: set[int] = set()  # people of whom all was erased, and who have not begun anew
        self.drafts: list[Draft] = []

    async def load(self, tx: Transaction) -> None:
        senders = [message.sender for message in self._messages]
        told = [Told(message.channel, message.message_id, message.sender) for message in self._messages]
        await names.learn(tx, told, self._now)
        people = await contacts.meet(tx, senders, self._now)
        self._owner = {id(message): person.id for message, person in zip(self._messages, people, strict=True)}
        self._people = {person.id: person for person in people}
        self._fresh = await inbound.record(
            tx,
            [
                inbound.Receipt(message.channel, message.message_id, person.id, message.at)
                for message, person in zip(self._messages, people, strict=True)
            ],
        )
        self._states = await conversations.load(tx, list(self._people))

    async def turn(self, tx: Transaction, message: Inbound) -> Received:
        key = (message.channel, message.message_id)
        if key not in self._fresh:
            return Received.REPEATED
        self._fresh.discard(key)  # the same message twice in one batch is a repeat too
        person = replace(self._people[self._owner[id(message)]], last_channel=message.channel)
        door = (person.id, message.channel)
        if message.kind is Kind.BLOCKED:
            self._blocked.add(door)
            self._shut.add(door)
            return Received.NOTED
        self._shut.discard(door)
        self._reopened.setdefault(message.channel, []).append(person.id)
        if message.written_at is not None:
            wrote_at = min(message.written_at, message.at)  # whose clock is ahead gets no longer a window
            self._wrote_at[person.id] = max(wrote_at, self._wrote_at.get(person.id, wrote_at))
        outcome, replies, received = await self._decide(tx, message, person)
        self._people[person.id] = outcome.person
        self._conversations[person.id] = outcome.conversation
        if outcome.joined is not None:
            person = self._join(person, outcome.joined)
        self._unanswered += filter(None, [outcome.unanswered])
        self._feedback += filter(None, [outcome.feedback])
        self._finished += filter(None, [outcome.finished])
        if outcome.erase_since is not None:
            self._erase(person.id, outcome.erase_since)
        self._forgotten.discard(person.id)  # who writes on begins anew
        if outcome.forget:
            await self._forget(tx, person.id)
        self._keep(message, person.id, replies, concealed=outcome.conceal)
        self._interests += ((person.id, category) for category in outcome.interests)
        self.drafts += self._inbox.notices(outcome)
        return received

    async def _decide(
        self, tx: Transaction, message: Inbound, person: Person
    ) -> tuple[Outcome, Sequence[Reply], Received]:
        conversation = Conversation()  # of somebody whose stored one cannot be read
        try:
            conversation = self._conversation(person.id)
            outcome, replies = await self._inbox.decide(tx, message, person, conversation)
        except DatabaseError:
            raise  # nothing of this transaction can be kept
        except Exception:  # a bug in one topic must not cost the person an answer, nor others theirs
            log.exception("turn_failed", channel=message.channel, kind=message.kind, person=person.id)
            outcome, replies = self._inbox.apologise(message, person, conversation)
            return outcome, replies, Received.FAILED
        return outcome, replies, Received.ANSWERED if replies else Received.NOTED

    def _conversation(self, person_id: int) -> Conversation:
        if person_id not in self._conversations:
            self._conversations[person_id] = Conversation.from_state(self._states.get(person_id))
        return self._conversations[person_id]

    def _erase(self, person_id: int, since: datetime) -> None:
        """Erase from then on, what this very transaction would add included."""
        self._erased[person_id] = min(since, self._erased.get(person_id, since))
        self._drop(person_id)

    def _drop(self, person_id: int) -> None:
        self._said = [line for line in self._said if line.person_id != person_id]
        self.drafts = [draft for draft in self.drafts if draft.person_id != person_id]
        self._interests = [each for each in self._interests if each[0] != person_id]

    async def _forget(self, tx: Transaction, person_id: int) -> None:
        """Erase all there is of somebody, now: what a later message of this transaction adds is to stay."""
        await own_data.erase(tx, person_id, self._now)
        await contacts.mark_erased(tx, person_id, self._now)
        self._drop(person_id)
        self._people[person_id] = Person(
            person_id,
            None,
            language_chosen=False,
            notice_shown_at=None,
            last_channel=self._people[person_id].last_channel,
        )
        self._conversations[person_id] = Conversation()
        self._forgotten.add(person_id)

    def _join(self, gone: Person, joined: Joined) -> Person:
        """Go on with the person whom an account became a name of; nothing of this batch names the account's any more.

        Their conversation goes on, with what only the account's has.
        """
        stays = joined.person.id
        known = self._conversations.get(stays) or Conversation.from_state(joined.state)
        self._conversations[stays] = known.joined_by(self._conversations.pop(gone.id))
        self._people[stays] = replace(joined.person, last_channel=self._people.pop(gone.id).last_channel)
        self._owner = {key: stays if owner == gone.id else owner for key, owner in self._owner.items()}
        for channel, person_ids in self._reopened.items():
            self._reopened[channel] = [stays if each == gone.id else each for each in person_ids]
        self._blocked = {(stays if each == gone.id else each, channel) for each, channel in self._blocked}
        self._shut = {(stays if each == gone.id else each, channel) for each, channel in self._shut}
        self._said = [replace(line, person_id=stays) if line.person_id == gone.id else line for line in self._said]
        self.drafts = [replace(each, person_id=stays) if each.person_id == gone.id else each for each in self.drafts]
        self._interests = [(stays if each == gone.id else each, category) for each, category in self._interests]
        if gone.id in self._wrote_at:
            self._wrote_at[stays] = self._wrote_at.pop(gone.id)
        if gone.id in self._erased:
            self._erased[stays] = self._erased.pop(gone.id)
        return self._people[stays]

    def _keep(self, message: Inbound, person_id: int, replies: Sequence[Reply], *, concealed: bool) -> None:
        if self._inbox.is_transcribed(message) and person_id not in self._forgotten:
            # Cleaned again, should a channel have forgotten to: no text may be one that cannot be stored.
            text = CONCEALED if concealed and message.kind is Kind.TEXT else clean(message.text)
            self._said.append(transcript.Said(person_id, text, message.message_id, message.at))
        self.drafts += (_draft(person_id, message.channel, reply) for reply in replies)

    async def store(self, tx: Transaction) -> None:
        for person_id, channel in sorted(self._blocked):
            await outbox.skip_queued(tx, person_id, channel, "unreachable", self._now)
        for channel, person_ids in self._reopened.items():
            await contacts.open_doors(tx, person_ids, channel)
        active = {person_id for person_ids in self._reopened.values() for person_id in person_ids} - self._forgotten
        people = [self._people[person_id] for person_id in sorted(active)]
        await contacts.update(tx, people, self._now)
        # Also of whoever asked to be forgotten: for the hour in which the last answer has to reach them.
        await windows.note(tx, self._wrote_at)
        await spreading.release(tx, sorted(self._wrote_at), self._now)
        await staff.seen(tx, [(each.staff_id, each.last_channel) for each in people if each.staff_id is not None])
        states = {person_id: self._conversations[person_id].to_state() for person_id in sorted(active)}
        await conversations.save(tx, states, self._now)
        for person_id, since in sorted(self._erased.items()):
            await transcript.erase(tx, person_id, since)
            await outbox.erase(tx, person_id, since)
        await transcript.add_said(tx, self._said)
        await unanswered.add(tx, self._unanswered)
        await feedback.add(tx, self._feedback)
        await checks.count(tx, self._finished)
        await interests.note(tx, self._interests, self._now)
        await outbox.add(tx, self.drafts, self._now)
        for person_id, channel in sorted(self._shut):  # after their answers, which nobody can receive any more
            await contacts.close_door(tx, person_id, channel, self._now)
            await outbox.skip_queued(tx, person_id, channel, "unreachable", self._now)


def news(notices: Sequence[Notice], fit: Fit) -> list[Draft]:
    """Return what somebody is told without having asked, fitted to their channel."""
    return [
        replace(_draft(notice.person_id, notice.channel, part), priority=PUSH, topic=notice.topic)
        for notice in notices
        for part in fit(notice.channel, notice.reply)
    ]


def _draft(person_id: int, channel: str, reply: Reply) -> Draft:
    return Draft(
        person_id=person_id,
        channel=channel,
        text=reply.text,
        choices=tuple((choice.id, choice.title) for choice in reply.choices),
        files=tuple(
            File(a.filename, a.media_type, a.description, a.content, a.illustration) for a in reply.attachments
        ),
        topic=outbox.UNKEPT if reply.secret else None,
    )
