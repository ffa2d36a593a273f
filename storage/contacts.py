"""Who people are: our own id, and the names the channels know them by."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, astuple, dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from storage import database, subscriptions
from storage.database import Transaction
from storage.office.tables import handovers, staff
from storage.schema import people, unreachable


@dataclass(frozen=True, slots=True)
class Identity:
    """What a channel knows a person by; at least one is set, each is unique to one person.

    The phone number alone is neither identity nor proof on WhatsApp; a web token is kept as its SHA-256 only.
    """

    telegram_id: int | None = None
    whatsapp_user_id: str | None = None
    whatsapp_phone: str | None = None
    web_token_hash: str | None = None
    terminal_name: str | None = None

    def known(self) -> dict[str, int | str]:
        """Return the names that are set, by column."""
        return {name: value for name, value in asdict(self).items() if value is not None}


@dataclass(frozen=True, slots=True)
class Person:
    """One person, as far as deciding needs to know.

    `last_channel` is where they wrote last; who works at the office has a `staff_id` and a `role`, "officer" or
    "admin". `handover_id` is their open talk with an officer, and `officer_id` the staff id of whoever took it.
    """

    id: int
    language: str | None
    language_chosen: bool
    notice_shown_at: datetime | None
    last_channel: str | None = None
    staff_id: int | None = None
    role: str | None = None
    handover_id: int | None = None
    officer_id: int | None = None


_IDENTITY_COLUMNS = tuple(people.c[name] for name in Identity.__dataclass_fields__)


# How a channel is known to reach a person.
ADDRESSES = {
    "telegram": people.c.telegram_id.is_not(None),
    "whatsapp": sa.or_(people.c.whatsapp_user_id.is_not(None), people.c.whatsapp_phone.is_not(None)),
    "web": people.c.web_token_hash.is_not(None),
    "terminal": people.c.terminal_name.is_not(None),
}


def _of_staff(column: sa.Column[Any]) -> sa.ScalarSelect[Any]:
    return sa.select(column).where(staff.c.person_id == people.c.id, staff.c.removed_at.is_(None)).scalar_subquery()


def _of_handover(column: sa.Column[Any]) -> sa.ScalarSelect[Any]:
    open_one = (handovers.c.person_id == people.c.id, handovers.c.closed_at.is_(None))
    return sa.select(column).where(*open_one).scalar_subquery()


# Each by the name of its field in `Person`.
_PERSON_COLUMNS = (
    people.c.id,
    people.c.language,
    people.c.language_chosen,
    people.c.notice_shown_at,
    people.c.last_channel,
    _of_staff(staff.c.id).label("staff_id"),
    _of_staff(staff.c.role).label("role"),
    _of_handover(handovers.c.id).label("handover_id"),
    _of_handover(handovers.c.officer_id).label("officer_id"),
)


async def meet(tx: Transaction, identities: Sequence[Identity], now: datetime) -> list[Person]:
    """Return the person behind each identity, new ones created, and hold them until the transaction ends.

    Holding is what makes turns of one person follow each other also across processes: PostgreSQL locks the
    rows, in the order of ids so that two processes cannot wait for each other; SQLite has one writer anyway. The lock
    lets others write to the person meanwhile: of two who write to each other, neither waits for the other's turn.
    """
    wanted = sorted(set(identities), key=lambda identity: [str(value) for value in astuple(identity)])
    found = await _hold(tx, wanted)
    missing = [identity for identity in wanted if identity not in found]
    if missing:
        # Those with most names first: another that has some of them is then the same person.
        fullest = sorted(missing, key=lambda identity: -len(identity.known()))
        rows = [asdict(identity) | {"created_at": now, "last_seen_at": now} for identity in fullest]
        await tx.execute(database.insert(tx, people).on_conflict_do_nothing(), rows)
        found |= await _hold(tx, missing)
    return [found[identity] for identity in identities]


async def _hold(tx: Transaction, identities: Sequence[Identity]) -> dict[Identity, Person]:
    names: dict[str, list[int | str]] = {}
    for identity in identities:
        for column, value in identity.known().items():
            names.setdefault(column, []).append(value)
    query = (
        sa.select(*_PERSON_COLUMNS, *_IDENTITY_COLUMNS)
        .where(sa.or_(*(people.c[column].in_(values) for column, values in names.items())))
        .order_by(people.c.id)
        .with_for_update(key_share=True)
    )
    by_name = {}
    for row in (await tx.execute(query)).all():
        person = Person(*(getattr(row, column.name) for column in _PERSON_COLUMNS))
        for column in names:
            by_name[column, getattr(row, column)] = person
    # Reversed, so that of two names the one that stands first in `Identity` decides: the user id, not the phone number.
    return {
        identity: by_name[name]
        for identity in identities
        for name in reversed(identity.known().items())
        if name in by_name
    }


async def get(tx: Transaction, person_id: int) -> Person:
    """Return the person with this id of ours, who exists."""
    row = (await tx.execute(sa.select(*_PERSON_COLUMNS).where(people.c.id == person_id))).one()
    return Person(*row)


async def update(tx: Transaction, changed: Sequence[Person], now: datetime) -> None:
    """Store what a turn changed of these people, and that they were here."""
    rows = [
        {
            "of": person.id,
            "language": person.language,
            "language_chosen": person.language_chosen,
            "notice_shown_at": person.notice_shown_at,
            "last_seen_at": now,
            "last_channel": person.last_channel,
            "erased_at": None,  # whoever writes again begins anew
        }
        for person in changed
    ]
    if rows:
        await tx.execute(sa.update(people).where(people.c.id == sa.bindparam("of")), rows)


async def mark_erased(tx: Transaction, person_id: int, now: datetime) -> None:
    """Leave of a person only the account, and that they asked to be forgotten: the row goes after the last answer."""
    values = {
        "language": None,
        "language_chosen": False,
        "notice_shown_at": None,
        "whatsapp_seen_at": None,
        "created_at": now,
        "last_seen_at": now,
        "erased_at": now,
    }
    await tx.execute(sa.update(people).where(people.c.id == person_id).values(values))


async def addresses(tx: Transaction, person_ids: Sequence[int]) -> Mapping[int, Identity]:
    """Return what the channels know these people by, keyed by person id."""
    query = sa.select(people.c.id, *_IDENTITY_COLUMNS).where(people.c.id.in_(person_ids))
    return {row[0]: Identity(*row[1:]) for row in (await tx.execute(query)).all()}


async def find(tx: Transaction, identity: Identity) -> int | None:
    """Return the person's id, or None for somebody we never met."""
    known = identity.known()
    query = sa.select(people.c.id).where(sa.or_(*(people.c[column] == value for column, value in known.items())))
    person_id: int | None = (await tx.execute(query)).scalar()
    return person_id


async def is_staff(tx: Transaction, identity: Identity) -> bool:
    """Tell whether this is somebody who works at the office."""
    of_them = sa.or_(*(people.c[column] == value for column, value in identity.known().items()))
    query = sa.select(staff.c.id).join(people, people.c.id == staff.c.person_id)
    return (await tx.execute(query.where(of_them, staff.c.removed_at.is_(None)))).first() is not None


async def language_of(tx: Transaction, person_id: int) -> str | None:
    """Return the language the person last spoke or chose."""
    language: str | None = (await tx.execute(sa.select(people.c.language).where(people.c.id == person_id))).scalar()
    return language


async def close_door(tx: Transaction, person_id: int, channel: str, now: datetime) -> None:
    """Remember that the person cannot be written to on this channel: they blocked us or are gone.

    Whoever cannot be written to on any channel wants no news any more, as far as we can know.
    """
    row = {"person_id": person_id, "channel": channel, "since": now}
    await tx.execute(database.insert(tx, unreachable).on_conflict_do_nothing(), row)
    is_closed = sa.exists().where(unreachable.c.person_id == people.c.id)
    ways = (known & ~is_closed.where(unreachable.c.channel == name) for name, known in ADDRESSES.items())
    query = sa.select(people.c.id).where(people.c.id == person_id, sa.or_(*ways))
    if (await tx.execute(query)).first() is None:
        await subscriptions.end(tx, person_id, now)


async def open_doors(tx: Transaction, person_ids: Sequence[int], channel: str) -> None:
    """Forget it again: they wrote to us."""
    await tx.execute(
        sa.delete(unreachable).where(unreachable.c.person_id.in_(person_ids), unreachable.c.channel == channel)
    )


async def is_reachable(tx: Transaction, person_id: int, channel: str) -> bool:
    """Tell whether the person may be written to on this channel."""
    query = sa.select(unreachable.c.since).where(unreachable.c.person_id == person_id, unreachable.c.channel == channel)
    return (await tx.execute(query)).first() is None
