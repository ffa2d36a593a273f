"""Makes one person of two accounts: a code shown on one channel is typed on another, and what hangs on either stays.

The account on which the code was shown goes on; the other becomes a name of it and is gone.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa

from storage import contacts, database
from storage.contacts import Identity, Person
from storage.conversations import State
from storage.database import Transaction
from storage.office.tables import handovers, staff
from storage.proposals import links
from storage.schema import (
    alarms,
    consents,
    conversations,
    inbound,
    interests,
    joining_codes,
    openings,
    outbox,
    people,
    subscriptions,
    transcript,
    unreachable,
)

LIFE = timedelta(minutes=15)
_NAMES = tuple(Identity.__dataclass_fields__)
_NAMES_ON = {
    "telegram": ("telegram_id",),
    "whatsapp": ("whatsapp_user_id", "whatsapp_phone"),
    "web": ("web_token_hash",),
    "terminal": ("terminal_name",),
}


@dataclass(frozen=True, slots=True)
class Offer:
    """An account that may be joined: whose, and where the code was shown."""

    person_id: int
    channel: str


@dataclass(frozen=True, slots=True)
class Joined:
    """What became one: the person that goes on, where the code was shown to them, and where their conversation stands
    there, if anywhere.
    """

    person: Person
    channel: str
    state: State | None


async def offer(tx: Transaction, person_id: int, channel: str, code_sha256: str, now: datetime) -> None:
    """Keep a code by which another account can be joined to this one; an earlier one is no good any more."""
    row = {"person_id": person_id, "code_sha256": code_sha256, "channel": channel, "expires_at": now + LIFE}
    insert = database.insert(tx, joining_codes)
    same = {name: insert.excluded[name] for name in ("code_sha256", "channel", "expires_at")}
    await tx.execute(insert.on_conflict_do_update(index_elements=["person_id"], set_=same), row)


async def look(tx: Transaction, code_sha256: str, now: datetime) -> Offer | None:
    """Return the account that a code was shown to, or None for one that is no good."""
    query = sa.select(joining_codes).where(joining_codes.c.code_sha256 == code_sha256, joining_codes.c.expires_at > now)
    row = (await tx.execute(query)).first()
    return None if row is None else Offer(row.person_id, row.channel)


async def join(tx: Transaction, person_id: int, code_sha256: str, now: datetime) -> Joined | None:
    """Use a code: let this account become a name of the one it was shown to.

    None when the code is no good any more, is this account's own, or when both are known on one channel already: a
    person has one account on each.
    """
    used = (
        sa.delete(joining_codes)
        .where(
            joining_codes.c.code_sha256 == code_sha256,
            joining_codes.c.expires_at > now,
            joining_codes.c.person_id != person_id,
        )
        .returning(joining_codes.c.person_id, joining_codes.c.channel)
    )
    found = (await tx.execute(used)).first()
    if found is None:
        return None
    both = sa.select(people).where(people.c.id.in_((person_id, found.person_id))).order_by(people.c.id)
    rows = {row.id: row for row in (await tx.execute(both.with_for_update())).all()}
    gone, stays = rows[person_id], rows[found.person_id]
    if _channels(gone) & _channels(stays):
        return None
    await _move_all(tx, gone.id, stays.id)
    carried = (*_NAMES, "whatsapp_seen_at")
    names = {name: getattr(gone, name) for name in carried if getattr(gone, name) is not None}
    await tx.execute(sa.delete(people).where(people.c.id == gone.id))
    await tx.execute(sa.update(people).where(people.c.id == stays.id).values(names))
    state = (await tx.execute(sa.select(conversations.c.state).where(conversations.c.person_id == stays.id))).scalar()
    return Joined(await contacts.get(tx, stays.id), found.channel, state)


async def part(tx: Transaction, person_id: int, keep: str) -> list[str]:
    """Let a person be known on this channel only, and return the others: there they begin anew."""
    row = (await tx.execute(sa.select(people).where(people.c.id == person_id).with_for_update())).one()
    others = sorted(_channels(row) - {keep})
    if not others:
        return []
    cleared = {name: None for channel in others for name in _NAMES_ON[channel]}
    if "whatsapp" in others:
        cleared["whatsapp_seen_at"] = None
    await tx.execute(sa.update(people).where(people.c.id == person_id).values(cleared | {"last_channel": keep}))
    waiting = (outbox.c.person_id == person_id, outbox.c.channel.in_(others), outbox.c.status == "queued")
    await tx.execute(sa.delete(outbox).where(*waiting))
    if "web" in others:  # nobody could see it there any more
        await tx.execute(sa.delete(transcript).where(transcript.c.person_id == person_id))
    await links.tell_on(tx, person_id, keep)
    return others


def _channels(row: sa.Row[Any]) -> set[str]:
    """Return the channels on which an account is known."""
    return {channel for channel, names in _NAMES_ON.items() if any(getattr(row, name) is not None for name in names)}


async def _move_all(tx: Transaction, gone: int, stays: int) -> None:
    """Hang all that one account has on the other; of what both have, the other's stays."""
    await links.hand_over(tx, gone, stays)
    for table, key in ((subscriptions, "topic"), (interests, "category"), (unreachable, "channel")):
        theirs = sa.select(table.c[key]).where(table.c.person_id == stays)
        await tx.execute(sa.delete(table).where(table.c.person_id == gone, table.c[key].in_(theirs)))
    given = sa.select(consents.c.purpose).where(consents.c.person_id == stays, consents.c.withdrawn_at.is_(None))
    twice = (consents.c.person_id == gone, consents.c.withdrawn_at.is_(None), consents.c.purpose.in_(given))
    await tx.execute(sa.delete(consents).where(*twice))
    # Of an announcement that both were to get, one is enough.
    has = sa.select(outbox.c.broadcast_id).where(outbox.c.person_id == stays, outbox.c.broadcast_id.is_not(None))
    again = (outbox.c.person_id == gone, outbox.c.broadcast_id.in_(has))
    await tx.execute(sa.delete(outbox).where(*again, outbox.c.status == "queued"))
    await tx.execute(sa.update(outbox).where(*again).values(broadcast_id=None))
    await _move_talk(tx, gone, stays)
    # Only one of them is on WhatsApp, and has such a row.
    for table in (subscriptions, interests, unreachable, consents, inbound, outbox, transcript, alarms, openings):
        await tx.execute(sa.update(table).where(table.c.person_id == gone).values(person_id=stays))


async def _move_talk(tx: Transaction, gone: int, stays: int) -> None:
    """Keep one open talk with an officer, and one place at the office."""
    has = sa.exists(sa.select(handovers.c.id).where(handovers.c.person_id == stays, handovers.c.closed_at.is_(None)))
    open_one = (handovers.c.person_id == gone, handovers.c.closed_at.is_(None))
    await tx.execute(sa.delete(handovers).where(*open_one, has))
    await tx.execute(sa.update(handovers).where(handovers.c.person_id == gone).values(person_id=stays))
    works = sa.exists(sa.select(staff.c.id).where(staff.c.person_id == stays))
    await tx.execute(sa.update(staff).where(staff.c.person_id == gone, ~works).values(person_id=stays))
