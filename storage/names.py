"""What people's WhatsApp names do: user ids that turn up, numbers that change, and numbers that others get.

A user id belongs to one person and one number; WhatsApp makes a new one when somebody changes their number. A number
may have a new owner one day, who must find nothing of the one before. So accounts are never merged: a name goes over
to whom it belongs now, and an account that nobody can be known by any more is forgotten.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa

from storage import inbound, own_data
from storage.contacts import Identity
from storage.database import Transaction
from storage.inbound import Receipt
from storage.schema import people

# Meta's clock and ours may differ; a person met later than this after a change is not the one who changed.
TOLERANCE = timedelta(minutes=1)

_ON_WHATSAPP = {"whatsapp_user_id", "whatsapp_phone"}
_NAMES = tuple(people.c[name] for name in Identity.__dataclass_fields__)


@dataclass(frozen=True, slots=True)
class Renaming:
    """Somebody is known by other names since `changed_at`. Of `former` one name is enough to find them."""

    channel: str
    message_id: str
    former: Identity
    present: Identity
    changed_at: datetime


@dataclass(frozen=True, slots=True)
class Told:
    """What a message tells of its sender's names."""

    channel: str
    message_id: str
    sender: Identity


async def learn(tx: Transaction, told: Sequence[Told], now: datetime) -> None:
    """Write down what these messages tell: a user id and the number that belongs to it.

    Somebody known by the number alone gets the user id. Whoever else had the number loses it. A repeated message tells
    nothing: the number may have gone on since.
    """
    both = [(each.sender.whatsapp_user_id, each.sender.whatsapp_phone, each) for each in told]
    pairs = {(user_id, phone): each for user_id, phone, each in both if user_id is not None and phone is not None}
    if not pairs:
        return
    user_ids, phones = {user_id for user_id, _ in pairs}, {phone for _, phone in pairs}
    known = sa.or_(people.c.whatsapp_user_id.in_(user_ids), people.c.whatsapp_phone.in_(phones))
    query = sa.select(people.c.whatsapp_user_id, people.c.whatsapp_phone).where(known)
    rows = {(row.whatsapp_user_id, row.whatsapp_phone) for row in (await tx.execute(query)).all()}
    taken = {name for row in rows for name in row}
    for (user_id, phone), each in sorted(pairs.items(), key=lambda item: item[0]):
        is_news = (user_id, phone) not in rows and not taken.isdisjoint((user_id, phone))
        if is_news and not await inbound.is_known(tx, each.channel, each.message_id):
            await _belongs(tx, user_id, phone, now)


async def _belongs(tx: Transaction, user_id: str, phone: str, now: datetime) -> None:
    owner = await _find(tx, people.c.whatsapp_user_id == user_id)
    holder = await _find(tx, people.c.whatsapp_phone == phone)
    if owner is None and holder is not None and holder.whatsapp_user_id is None:
        await _set(tx, holder.id, whatsapp_user_id=user_id)
        return
    if holder is not None and (owner is None or holder.id != owner.id):
        await _lose(tx, holder, "whatsapp_phone", now=now)
    if owner is not None:
        await _set(tx, owner.id, whatsapp_phone=phone)


async def rename(tx: Transaction, renaming: Renaming, now: datetime) -> None:
    """Let somebody be known by their new names, once; the old ones are nobody's from now on.

    Where somebody else is known by a new name already, they are two people: the conversations stay apart.
    """
    person = await _former(tx, renaming)
    if person is None:
        return
    receipt = Receipt(renaming.channel, renaming.message_id, person.id, renaming.changed_at)
    if not await inbound.record(tx, [receipt]):
        return
    present = renaming.present.known()
    gone = {name for name, value in present.items() if getattr(person, name) != value}
    if "whatsapp_phone" in gone:  # and the user id with it: one that was not told is learned with the next message
        gone.add("whatsapp_user_id")
    if await _is_somebody_elses(tx, person.id, present):
        await _lose(tx, person, *gone, now=now)
    else:
        await _set(tx, person.id, **(dict.fromkeys(gone) | present))


async def _former(tx: Transaction, renaming: Renaming) -> sa.Row[Any] | None:
    """Return who changed their names: by the user id if it was told, and never somebody who came later."""
    former = renaming.former
    named = []
    if former.whatsapp_user_id is not None:
        named.append(people.c.whatsapp_user_id == former.whatsapp_user_id)
    if former.whatsapp_phone is not None:
        named.append(people.c.whatsapp_phone == former.whatsapp_phone)
    for name in named:
        found = await _find(tx, name)
        if found is not None and found.created_at <= renaming.changed_at + TOLERANCE:
            return found
    return None


async def _is_somebody_elses(tx: Transaction, person_id: int, names: dict[str, int | str]) -> bool:
    theirs = sa.or_(*(people.c[name] == value for name, value in names.items()))
    return (await tx.execute(sa.select(people.c.id).where(theirs, people.c.id != person_id))).first() is not None


async def _find(tx: Transaction, which: sa.ColumnElement[bool]) -> sa.Row[Any] | None:
    return (await tx.execute(sa.select(people).where(which).with_for_update())).first()


async def _lose(tx: Transaction, person: sa.Row[Any], *names: str, now: datetime) -> None:
    """Take names from a person, and forget whoever has none left: nobody could ever reach that account again."""
    left = {column.name for column in _NAMES if getattr(person, column.name) is not None} - set(names)
    if left:
        # Who is not known there any more has no window there either.
        window = {} if left & _ON_WHATSAPP else {"whatsapp_seen_at": None}
        await _set(tx, person.id, **dict.fromkeys(names), **window)
        return
    await own_data.erase(tx, person.id, now)
    await tx.execute(sa.delete(people).where(people.c.id == person.id))


async def _set(tx: Transaction, person_id: int, **names: int | str | None) -> None:
    await tx.execute(sa.update(people).where(people.c.id == person_id).values(**names))
