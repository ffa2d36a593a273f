"""Who works at the office: invited by a one-time code, known by their account, and removed at once.

A code that is used, replaced or run out is like none. Every act is written into the audit, by number and never by name.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal

import sqlalchemy as sa

from storage import audit
from storage.audit import Act
from storage.database import Transaction
from storage.office import invitations
from storage.office.tables import handovers, staff
from storage.schema import people

Role = Literal["officer", "admin"]
ROLES: tuple[Role, ...] = ("officer", "admin")


@dataclass(frozen=True, slots=True)
class Invited:
    """Who is invited, and by which code, in the form that `invitations.read` returns."""

    name: str
    role: Role
    code: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class Member:
    """Somebody who works at the office, or is invited to: then there is no `person_id`.

    `channel` is where they wrote last, `language` the one they are spoken to in; `code_expires_at` is that of an open
    invitation.
    """

    id: int
    name: str
    role: Role
    person_id: int | None
    channel: str | None
    language: str | None
    on_duty: bool
    invited_at: datetime
    joined_at: datetime | None
    code_expires_at: datetime | None


@dataclass(frozen=True, slots=True)
class Colleague:
    """A member of staff who can be written to."""

    id: int
    name: str
    role: Role
    person_id: int
    channel: str
    language: str | None
    on_duty: bool


def actor(staff_id: int) -> str:
    """Return how the audit calls a member of staff."""
    return f"staff:{staff_id}"


async def invite(tx: Transaction, invited: Invited, by: str, now: datetime) -> int | None:
    """Keep an invitation and return the number of whoever it is for; None where somebody of that name works already.

    An invitation that was not used is replaced: its code is worth nothing any more. `by` is who invites, as the audit
    calls them.
    """
    invitation = {
        "role": invited.role,
        "code_sha256": invitations.code_hash(invited.code),
        "code_expires_at": now + invitations.LIFE,
        "invited_at": now,
    }
    row = (await tx.execute(_named(invited.name).with_for_update())).first()
    if row is not None and row.person_id is not None:
        return None
    if row is None:
        added = sa.insert(staff).values(name=invited.name, **invitation).returning(staff.c.id)
        staff_id = int((await tx.execute(added)).scalar_one())
    else:
        staff_id = int(row.id)
        await tx.execute(sa.update(staff).where(staff.c.id == staff_id).values(invitation))
    await audit.record(tx, Act(by, "staff_invited", actor(staff_id), {"role": invited.role}, now))
    return staff_id


async def redeem(tx: Transaction, code_sha256: str, person_id: int, channel: str, now: datetime) -> Member | None:
    """Let a person in by a code, and return them as staff; None for a code that is no good.

    Whoever is staff already stays the one they are, with the role that the code says: the invitation is used up. With
    a number anew they could approve what they wrote themselves.
    """
    row = (await tx.execute(sa.select(staff).where(staff.c.person_id == person_id))).first()
    valid = (staff.c.code_sha256 == code_sha256, staff.c.code_expires_at > now)
    used = {"code_sha256": None, "code_expires_at": None}
    known = {"person_id": person_id, "channel": channel, "joined_at": now}
    given = sa.update(staff).where(*valid).returning(staff.c.id, staff.c.role)
    found = (await tx.execute(given.values(used | (known if row is None else {"removed_at": now})))).first()
    if found is None:
        return None
    staff_id, action = (found.id, "staff_joined") if row is None else (row.id, "staff_role_given")
    if row is not None:
        changed = sa.update(staff).where(staff.c.id == staff_id)
        await tx.execute(changed.values(role=found.role, channel=channel))
    await audit.record(tx, Act(actor(staff_id), action, actor(found.id), {"role": found.role}, now))
    return await of_id(tx, staff_id)


async def remove(tx: Transaction, name: str, by: str, now: datetime) -> int | None:
    """Take everything from somebody, an open invitation too, and return their number; None for a name not known.

    A talk that they had taken is free for another officer.
    """
    gone = {
        "person_id": None,
        "code_sha256": None,
        "code_expires_at": None,
        "channel": None,
        "on_duty": False,
        "removed_at": now,
    }
    ended = sa.update(staff).where(staff.c.name == name, staff.c.removed_at.is_(None)).values(gone)
    staff_id = (await tx.execute(ended.returning(staff.c.id))).scalar()
    if staff_id is None:
        return None
    await _free_talk(tx, int(staff_id))
    await audit.record(tx, Act(by, "staff_removed", actor(staff_id), {}, now))
    return int(staff_id)


async def leave(tx: Transaction, person_id: int, now: datetime) -> None:
    """Let an account be staff no longer, because its owner deletes their data; the name stays, and can be invited."""
    left = sa.update(staff).where(staff.c.person_id == person_id)
    gone = left.values(person_id=None, channel=None, on_duty=False).returning(staff.c.id)
    staff_id = (await tx.execute(gone)).scalar()
    if staff_id is not None:
        await _free_talk(tx, int(staff_id))
        await audit.record(tx, Act(actor(staff_id), "staff_left", actor(staff_id), {}, now))


async def set_duty(tx: Transaction, staff_id: int, now: datetime, *, on_duty: bool) -> bool:
    """Put somebody on duty or off; False where they were so already, or are not staff any more."""
    other = (staff.c.id == staff_id, staff.c.on_duty != on_duty, staff.c.person_id.is_not(None))
    changed = (await tx.execute(sa.update(staff).where(*other).values(on_duty=on_duty))).rowcount > 0
    if changed:
        action = "staff_on_duty" if on_duty else "staff_off_duty"
        await audit.record(tx, Act(actor(staff_id), action, actor(staff_id), {}, now))
    return changed


async def seen(tx: Transaction, where: Sequence[tuple[int, str | None]]) -> None:
    """Remember where these members of staff, by number, wrote last: what concerns them goes there."""
    for staff_id, channel in where:
        moved = (staff.c.id == staff_id, staff.c.person_id.is_not(None), staff.c.channel != channel)
        await tx.execute(sa.update(staff).where(*moved).values(channel=channel))


async def of_id(tx: Transaction, staff_id: int) -> Member | None:
    """Return one of those who work here or are invited."""
    row = (await tx.execute(_members().where(staff.c.id == staff_id))).first()
    return None if row is None else Member(*row)


async def of_person(tx: Transaction, person_id: int) -> Member | None:
    """Return who a person is at the office, if anybody."""
    row = (await tx.execute(_members().where(staff.c.person_id == person_id))).first()
    return None if row is None else Member(*row)


async def every(tx: Transaction) -> list[Member]:
    """Return all who work here or are invited, by name."""
    return [Member(*row) for row in (await tx.execute(_members().order_by(staff.c.name))).all()]


async def active(tx: Transaction) -> list[Colleague]:
    """Return all who work here, in the order they were invited."""
    query = (
        sa.select(*(staff.c[name] for name in ("id", "name", "role", "person_id", "channel")))
        .add_columns(people.c.language, staff.c.on_duty)
        .join(people, people.c.id == staff.c.person_id)
        .order_by(staff.c.id)
    )
    return [Colleague(*row) for row in (await tx.execute(query)).all()]


async def on_duty(tx: Transaction) -> list[Colleague]:
    """Return those who work now."""
    return [colleague for colleague in await active(tx) if colleague.on_duty]


async def to_tell(tx: Transaction) -> list[Colleague]:
    """Return whom to tell what has to be seen to: those on duty, or all where nobody is."""
    return await on_duty(tx) or await active(tx)


def _named(name: str) -> sa.Select[tuple[int, int | None]]:
    return sa.select(staff.c.id, staff.c.person_id).where(staff.c.name == name, staff.c.removed_at.is_(None))


def _members() -> sa.Select[Any]:
    """Select the fields of `Member`, in their order."""
    return (
        sa.select(*(staff.c[name] for name in ("id", "name", "role", "person_id", "channel")))
        .add_columns(people.c.language)
        .add_columns(*(staff.c[name] for name in ("on_duty", "invited_at", "joined_at", "code_expires_at")))
        .outerjoin(people, people.c.id == staff.c.person_id)
        .where(staff.c.removed_at.is_(None))
    )


async def _free_talk(tx: Transaction, staff_id: int) -> None:
    """Take an officer out of their talk: the person is told by whoever looks after talks (see `handovers.due`)."""
    taken = (handovers.c.officer_id == staff_id, handovers.c.closed_at.is_(None))
    await tx.execute(sa.update(handovers).where(*taken).values(officer_id=None))
