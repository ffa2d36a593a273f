"""Who may know of which proposal, whom they let in, and how it ends. How it begins stands in claims.py."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

import sqlalchemy as sa

from storage import outbox
from storage.database import Transaction
from storage.proposals import proof, records
from storage.proposals.records import Proposal
from storage.proposals.tables import delegate_codes, links, portal_readings, proposals

DELEGATE_CODE_LIFE = timedelta(days=7)
ACCESS_CODE_LIFE = timedelta(days=90)
TOPIC = "proposal:"  # how the topic of news about one begins
DELEGATES = 5  # of one proposer for one proposal, open codes included

Role = Literal["proposer", "delegate"]


@dataclass(frozen=True, slots=True)
class Link:
    """That a person may know of a proposal."""

    id: int
    person_id: int
    number: str
    role: Role
    tag: str | None
    channel: str
    wants_news: bool
    created_at: datetime


@dataclass(frozen=True, slots=True)
class Linked:
    """A proposal somebody may know of. `read_at` is when the portal's view last answered, where there is one."""

    link: Link
    proposal: Proposal
    read_at: datetime | None


@dataclass(frozen=True, slots=True)
class Delegates:
    """Whom a proposer let in, and the open codes as (tag, until when)."""

    link: Link
    people: tuple[Link, ...]
    open_codes: tuple[tuple[str, datetime], ...]


async def of_person(tx: Transaction, person_id: int) -> list[Linked]:
    """Return the proposals a person may know of, newest edition first."""
    query = (
        sa.select(links)
        .join(proposals, proposals.c.number == links.c.number)
        .where(links.c.person_id == person_id)
        .order_by(proposals.c.edition.desc(), links.c.number)
    )
    found = [_link(row) for row in (await tx.execute(query)).all()]
    known = await records.find(tx, [link.number for link in found]) if found else {}
    read_at = (await tx.execute(sa.select(portal_readings.c.read_at))).scalar()
    return [Linked(link, known[link.number], read_at) for link in found if link.number in known]


async def seen(tx: Transaction, link: Link, channel: str, position: int) -> None:
    """Remember what of a proposal the person knows now, and where they asked: news go there."""
    newer = sa.case((links.c.told_position < position, position), else_=links.c.told_position)
    await tx.execute(sa.update(links).where(links.c.id == link.id).values(channel=channel, told_position=newer))


async def want_news(tx: Transaction, person_id: int, number: str | None, *, wanted: bool) -> int:
    """Let a person be told of changes, or not any more; of all their proposals without a number. Return how many."""
    mine = [links.c.person_id == person_id, *([] if number is None else [links.c.number == number])]
    changed = await tx.execute(sa.update(links).where(*mine).values(wants_news=wanted).returning(links.c.number))
    numbers = [row.number for row in changed.all()]
    if not wanted:
        await _unsay(tx, {person_id: numbers})
    return len(numbers)


async def leave(tx: Transaction, person_id: int, number: str) -> bool:
    """End a person's right to know of a proposal, and that of the delegates they let in."""
    return await remove(tx, number, person_id) > 0


async def remove(tx: Transaction, number: str, person_id: int | None = None) -> int:
    """End the right of a person, or of everybody, to know of a proposal, their delegates' too; return how many."""
    mine = [links.c.number == number, *([] if person_id is None else [links.c.person_id == person_id])]
    return await _end(tx, sa.and_(*mine))


async def leave_all(tx: Transaction, person_id: int) -> int:
    """End all that a person may know of proposals; return how many rights ended."""
    return await _end(tx, links.c.person_id == person_id)


async def tell_on(tx: Transaction, person_id: int, channel: str) -> None:
    """Tell a person all news of their proposals on this channel from now on."""
    await tx.execute(sa.update(links).where(links.c.person_id == person_id).values(channel=channel))


async def hand_over(tx: Transaction, gone: int, stays: int) -> None:
    """Give what one account may know of to another that is the same person's.

    Of a proposal that both may know of, the proposer's right stays, with all who were let in by either.
    """
    both = sa.select(links).where(links.c.person_id.in_((gone, stays))).order_by(links.c.number, links.c.role.desc())
    kept: dict[str, int] = {}
    for row in (await tx.execute(both)).all():  # "proposer" comes before "delegate"
        if row.number not in kept:
            kept[row.number] = row.id
            continue
        for table, column in ((links, links.c.granted_by), (delegate_codes, delegate_codes.c.link_id)):
            await tx.execute(sa.update(table).where(column == row.id).values({column.name: kept[row.number]}))
        await tx.execute(sa.delete(links).where(links.c.id == row.id))
    await tx.execute(sa.update(links).where(links.c.person_id == gone).values(person_id=stays))


async def revoke(tx: Transaction, person_id: int, link_id: int) -> bool:
    """Put out a delegate whom this person let in."""
    mine = links.alias("mine")
    granted = sa.select(mine.c.id).where(mine.c.person_id == person_id)
    return await _end(tx, sa.and_(links.c.id == link_id, links.c.granted_by.in_(granted))) > 0


async def of_number(tx: Transaction, number: str) -> Sequence[Link]:
    """Return who may know of a proposal, for staff."""
    query = sa.select(links).where(links.c.number == number).order_by(links.c.id)
    return [_link(row) for row in (await tx.execute(query)).all()]


async def counts(tx: Transaction, numbers: Sequence[str]) -> dict[str, int]:
    """Return how many people may know of each of these proposals; those that nobody knows of are left out."""
    query = sa.select(links.c.number, sa.func.count().label("people")).where(links.c.number.in_(numbers))
    return {row.number: row.people for row in (await tx.execute(query.group_by(links.c.number))).all()}


async def delegates(tx: Transaction, person_id: int, number: str, now: datetime) -> Delegates | None:
    """Return whom a person let in to a proposal; None when they are not its proposer."""
    own = (links.c.person_id == person_id, links.c.number == number, links.c.role == "proposer")
    row = (await tx.execute(sa.select(links).where(*own))).first()
    if row is None:
        return None
    let_in = sa.select(links).where(links.c.granted_by == row.id).order_by(links.c.id)
    valid = (delegate_codes.c.link_id == row.id, delegate_codes.c.expires_at > now)
    codes = (
        sa.select(delegate_codes.c.tag, delegate_codes.c.expires_at).where(*valid).order_by(delegate_codes.c.expires_at)
    )
    return Delegates(
        _link(row),
        tuple(_link(each) for each in (await tx.execute(let_in)).all()),
        tuple((each.tag, each.expires_at) for each in (await tx.execute(codes)).all()),
    )


async def invite(tx: Transaction, person_id: int, number: str, code: str, now: datetime) -> Delegates | None:
    """Keep a code that lets one delegate in, and return whom the proposer has let in; None for nobody's proposer.

    Where there are `DELEGATES` already, the code is not kept, and its tag not among the open ones.
    """
    known = await delegates(tx, person_id, number, now)
    if known is None or len(known.people) + len(known.open_codes) >= DELEGATES:
        return known
    row = {
        "code_sha256": proof.code_hash(number, code),
        "link_id": known.link.id,
        "tag": code[-proof.TAG_LENGTH :],
        "created_at": now,
        "expires_at": now + DELEGATE_CODE_LIFE,
    }
    await tx.execute(sa.insert(delegate_codes), row)
    return await delegates(tx, person_id, number, now)


async def cancel_codes(tx: Transaction, person_id: int, number: str) -> int:
    """Make the open codes of a proposer useless; return how many there were."""
    own = sa.select(links.c.id).where(links.c.person_id == person_id, links.c.number == number)
    return (await tx.execute(sa.delete(delegate_codes).where(delegate_codes.c.link_id.in_(own)))).rowcount


async def issue_code(tx: Transaction, number: str, code: str, expires_at: datetime) -> bool:
    """Keep a new access code of a proposal, in the place of an earlier one; False where there is no such proposal."""
    values = {
        "code_sha256": proof.code_hash(number, code),
        "code_expires_at": expires_at,
        "code_used_at": None,
        "revision": proposals.c.revision + 1,
    }
    issued = sa.update(proposals).where(proposals.c.number == number).values(values)
    return (await tx.execute(issued)).rowcount > 0


def topic(number: str) -> str:
    """Return what news about a proposal are kept under in the outbox."""
    return f"{TOPIC}{number}"


async def _end(tx: Transaction, which: sa.ColumnElement[bool]) -> int:
    """Delete links, those that hang on them first (SQLite would not tell whose they were), and unsay waiting news."""
    ended = (await tx.execute(sa.select(links).where(which))).all()
    if not ended:
        return 0
    hanging = (await tx.execute(sa.select(links).where(links.c.granted_by.in_([row.id for row in ended])))).all()
    gone = {row.id: row for row in (*ended, *hanging)}
    await tx.execute(sa.delete(links).where(links.c.id.in_(list(gone))))
    numbers: dict[int, list[str]] = {}
    for row in gone.values():
        numbers.setdefault(row.person_id, []).append(row.number)
    await _unsay(tx, numbers)
    return len(ended)


async def _unsay(tx: Transaction, numbers: dict[int, list[str]]) -> None:
    """Take back news that were not sent yet, by person."""
    for person_id, theirs in numbers.items():
        await outbox.take_back(tx, person_id, [topic(number) for number in theirs])


def _link(row: sa.Row[tuple[object, ...]]) -> Link:
    return Link(
        id=row.id,
        person_id=row.person_id,
        number=row.number,
        role="delegate" if row.role == "delegate" else "proposer",
        tag=row.tag,
        channel=row.channel,
        wants_news=row.wants_news,
        created_at=row.created_at,
    )
