"""What is kept of one person, all of it: to be shown, handed out, and erased."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from storage import attempts as proofs
from storage import consents, interests, received, subscriptions, transcript
from storage.attempts import Count
from storage.consents import Consent
from storage.contacts import Identity
from storage.conversations import State
from storage.database import Transaction
from storage.inbound import Receipt
from storage.interests import Interest
from storage.office import handovers as held_talks
from storage.office import staff
from storage.office.handovers import Held
from storage.office.staff import Member
from storage.office.tables import handovers
from storage.proposals import links
from storage.proposals.tables import delegate_codes
from storage.proposals.tables import links as links_table
from storage.received import Message
from storage.schema import attempts, conversations, inbound, joining_codes, openings, people, unreachable
from storage.schema import consents as consents_table
from storage.schema import interests as interests_table
from storage.schema import outbox as outbox_table
from storage.schema import subscriptions as subscriptions_table
from storage.schema import transcript as transcript_table
from storage.subscriptions import Subscription
from storage.transcript import Line

_HASHES = "sha256"  # how the name of what is a hash ends


@dataclass(frozen=True, slots=True)
class Account:
    """How we know somebody, and since when."""

    id: int
    identity: Identity
    language: str | None
    language_chosen: bool
    notice_shown_at: datetime | None
    created_at: datetime
    last_seen_at: datetime
    whatsapp_seen_at: datetime | None = None
    whatsapp_opened_at: datetime | None = None  # when they were written to there first, lately


@dataclass(frozen=True, slots=True)
class ClosedDoor:
    """A channel on which the person cannot be written to."""

    channel: str
    since: datetime


@dataclass(frozen=True, slots=True)
class LetIn:
    """A delegate as the proposer knows them: by the end of the code they came with, and since when. Not who it is."""

    tag: str | None
    since: datetime


@dataclass(frozen=True, slots=True)
class OpenCode:
    """A code for a delegate that nobody used yet."""

    tag: str
    created_at: datetime
    expires_at: datetime


@dataclass(frozen=True, slots=True)
class Tied:
    """A proposal the person may know of: that they may, not what it says. `told` is the last event they know."""

    number: str
    role: str
    tag: str | None
    channel: str
    wants_news: bool
    told: int
    since: datetime
    let_in: tuple[LetIn, ...] = ()
    open_codes: tuple[OpenCode, ...] = ()


@dataclass(frozen=True, slots=True)
class OwnData:
    """All that is kept of a person, as it may be handed to them; empty for somebody we never met.

    Not in it: the proposals themselves, which are the ministry's records; hashes of codes and of phone numbers; who
    other people are; and alarms, which would tell whoever tries numbers and codes how close they came.
    """

    account: Account | None = None
    closed_doors: tuple[ClosedDoor, ...] = ()
    state: State | None = None
    state_at: datetime | None = None
    receipts: tuple[Receipt, ...] = ()
    messages: tuple[Message, ...] = ()
    lines: tuple[Line, ...] = ()
    ties: tuple[Tied, ...] = ()
    consents: tuple[Consent, ...] = ()
    failed_proofs: Count | None = None
    office: Member | None = None
    talks: tuple[Held, ...] = ()
    subscriptions: tuple[Subscription, ...] = ()
    interests: tuple[Interest, ...] = ()

    def consent(self, purpose: str) -> Consent | None:
        """Return the consent to a purpose that holds, else the newest that was taken back."""
        mine = [each for each in self.consents if each.purpose == purpose]
        return next((each for each in mine if each.withdrawn_at is None), mine[-1] if mine else None)

    @property
    def agreed(self) -> bool:
        """Tell whether any consent holds."""
        return any(each.withdrawn_at is None for each in self.consents)

    @property
    def delegates(self) -> int:
        """How many people the person let in."""
        return sum(len(tied.let_in) for tied in self.ties)


async def collect(tx: Transaction, person_id: int) -> OwnData:
    """Return all that is kept of a person."""
    row = (await tx.execute(sa.select(people).where(people.c.id == person_id))).first()
    if row is None:
        return OwnData()
    talk = (await tx.execute(sa.select(conversations).where(conversations.c.person_id == person_id))).first()
    return OwnData(
        account=_account(row, await _opened_at(tx, person_id)),
        closed_doors=await _closed_doors(tx, person_id),
        state=None if talk is None else _without_hashes(talk.state),
        state_at=None if talk is None else talk.updated_at,
        receipts=await _receipts(tx, person_id),
        messages=tuple(await received.of_person(tx, person_id)),
        lines=tuple(await transcript.of_person(tx, person_id)),
        ties=await _ties(tx, person_id),
        consents=tuple(await consents.of_person(tx, person_id)),
        failed_proofs=await _failed_proofs(tx, person_id),
        office=await staff.of_person(tx, person_id),
        subscriptions=tuple(await subscriptions.of_person(tx, person_id)),
        interests=tuple(await interests.of_person(tx, person_id)),
        talks=tuple(await held_talks.of_person(tx, person_id)),
    )


async def erase(tx: Transaction, person_id: int, now: datetime) -> None:
    """Delete all that is kept of a person, but for what is needed to send them a last answer.

    That is their row, which `retention.forget` deletes later, the ids of their messages, so that a repeated delivery is
    known as one, and what is being sent at this moment. How often their proofs failed stays for its own, short period:
    nobody gets new tries by being forgotten.
    """
    await links.leave_all(tx, person_id)
    kept = (conversations, transcript_table, consents_table, subscriptions_table, interests_table)
    for table in (*kept, handovers, joining_codes, openings):
        await tx.execute(sa.delete(table).where(table.c.person_id == person_id))
    await staff.leave(tx, person_id, now)
    settled = outbox_table.c.status.not_in(("claimed", "sending"))
    await tx.execute(sa.delete(outbox_table).where(outbox_table.c.person_id == person_id, settled))


async def _opened_at(tx: Transaction, person_id: int) -> datetime | None:
    query = sa.select(openings.c.opened_at).where(openings.c.person_id == person_id)
    opened_at: datetime | None = (await tx.execute(query)).scalar()
    return opened_at


def _account(row: sa.Row[Any], opened_at: datetime | None) -> Account:
    return Account(
        id=row.id,
        identity=Identity(**{name: getattr(row, name) for name in Identity.__dataclass_fields__}),
        language=row.language,
        language_chosen=row.language_chosen,
        notice_shown_at=row.notice_shown_at,
        created_at=row.created_at,
        last_seen_at=row.last_seen_at,
        whatsapp_seen_at=row.whatsapp_seen_at,
        whatsapp_opened_at=opened_at,
    )


def _without_hashes(state: State) -> State:
    """Return a state without the hashes of codes that a topic may hold in it."""
    return {
        name: _without_hashes(value) if isinstance(value, dict) else value
        for name, value in state.items()
        if not name.endswith(_HASHES)
    }


async def _closed_doors(tx: Transaction, person_id: int) -> tuple[ClosedDoor, ...]:
    query = sa.select(unreachable).where(unreachable.c.person_id == person_id).order_by(unreachable.c.channel)
    return tuple(ClosedDoor(row.channel, row.since) for row in (await tx.execute(query)).all())


async def _receipts(tx: Transaction, person_id: int) -> tuple[Receipt, ...]:
    query = sa.select(inbound).where(inbound.c.person_id == person_id).order_by(inbound.c.received_at)
    rows = (await tx.execute(query.order_by(inbound.c.message_id))).all()
    return tuple(Receipt(row.channel, row.message_id, row.person_id, row.received_at) for row in rows)


async def _ties(tx: Transaction, person_id: int) -> tuple[Tied, ...]:
    query = sa.select(links_table).where(links_table.c.person_id == person_id).order_by(links_table.c.id)
    rows = (await tx.execute(query)).all()
    ids = [row.id for row in rows]
    let_in = sa.select(links_table).where(links_table.c.granted_by.in_(ids)).order_by(links_table.c.id)
    delegates: dict[int, tuple[LetIn, ...]] = {}
    for each in (await tx.execute(let_in)).all():
        delegates[each.granted_by] = (*delegates.get(each.granted_by, ()), LetIn(each.tag, each.created_at))
    open_codes = sa.select(delegate_codes).where(delegate_codes.c.link_id.in_(ids))
    codes: dict[int, tuple[OpenCode, ...]] = {}
    for each in (await tx.execute(open_codes.order_by(delegate_codes.c.created_at, delegate_codes.c.tag))).all():
        codes[each.link_id] = (*codes.get(each.link_id, ()), OpenCode(each.tag, each.created_at, each.expires_at))
    return tuple(
        Tied(
            number=row.number,
            role=row.role,
            tag=row.tag,
            channel=row.channel,
            wants_news=row.wants_news,
            told=row.told_position,
            since=row.created_at,
            let_in=delegates.get(row.id, ()),
            open_codes=codes.get(row.id, ()),
        )
        for row in rows
    )


async def _failed_proofs(tx: Transaction, person_id: int) -> Count | None:
    query = sa.select(attempts).where(attempts.c.subject == proofs.of_person(person_id))
    row = (await tx.execute(query)).first()
    return None if row is None else Count(row.failures, row.failed_at)
