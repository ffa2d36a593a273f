"""How somebody comes to know of a proposal: what they claim, what they show for it, and how that ends."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa

from storage import alarms, attempts, consents, database
from storage.alarms import Alarm
from storage.database import Transaction
from storage.proposals import proof
from storage.proposals.links import Role
from storage.proposals.tables import delegate_codes, links, proposals


@dataclass(frozen=True, slots=True)
class Proof:
    """What somebody shows: a code they typed or the phone number that their platform vouches for, as hashes."""

    code_sha256: str | None = None
    phone_sha256: str | None = None


@dataclass(frozen=True, slots=True)
class Claim:
    """Somebody's claim on a proposal. `consent` is the version of the text they were shown before."""

    person_id: int
    channel: str
    number: str
    proof: Proof
    consent: str


@dataclass(frozen=True, slots=True)
class Proved:
    """How a claim ended: accepted, refused for whatever reason, or not looked at before a time."""

    accepted: bool
    blocked_until: datetime | None = None


async def prove(tx: Transaction, claim: Claim, now: datetime) -> Proved:
    """Tie a person to a proposal if what they show proves it.

    A number there is none of, somebody else's proposal and a wrong code take the same statements and comparisons, and
    end the same. A code works once; the proposal's own makes a proposer, one from a proposer a delegate.
    """
    standing = await attempts.standing(tx, claim.person_id, claim.number, now)
    by_phone = claim.proof.phone_sha256 is not None
    until = standing.blocked_until(now, by_phone=by_phone)
    if until is not None:
        return Proved(accepted=False, blocked_until=until)
    granted = await _granted(tx, claim, now)
    if granted is None:
        after = await attempts.fail(tx, claim.person_id, claim.number, now)
        await _raise_alarms(tx, claim, after, now)
        return Proved(accepted=False, blocked_until=after.blocked_until(now, by_phone=by_phone))
    await _tie(tx, claim, granted, now)
    await consents.give(tx, claim.person_id, consents.STATUS, claim.consent, now)
    return Proved(accepted=True)


@dataclass(frozen=True, slots=True)
class _Grant:
    role: Role
    granted_by: int | None = None
    tag: str | None = None


async def _granted(tx: Transaction, claim: Claim, now: datetime) -> _Grant | None:
    row = (await tx.execute(sa.select(proposals).where(proposals.c.number == claim.number))).first()
    code = claim.proof.code_sha256 or proof.NOTHING
    own = (delegate_codes.c.code_sha256 == code, links.c.number == claim.number, delegate_codes.c.expires_at > now)
    query = sa.select(delegate_codes.c.link_id, delegate_codes.c.tag, links.c.person_id).join(links).where(*own)
    handed = (await tx.execute(query)).first()
    by_phone = proof.same(None if row is None else row.phone_sha256, claim.proof.phone_sha256)
    by_code = proof.same(None if row is None else row.code_sha256, claim.proof.code_sha256)
    if row is not None and by_phone:
        return _Grant("proposer")
    if row is not None and by_code:
        if await _spend(tx, claim, now):
            return _Grant("proposer")
        if await _is_spent(tx, claim.number):
            await alarms.raise_(tx, Alarm("code_used_again", now, claim.person_id, claim.number))
    if handed is not None and handed.person_id != claim.person_id and await _take(tx, code):
        return _Grant("delegate", handed.link_id, handed.tag)
    return None


async def _spend(tx: Transaction, claim: Claim, now: datetime) -> bool:
    """Use a proposal's access code up; False for one that was used, however long ago, or that is too old."""
    before = sa.func.coalesce(proposals.c.spent_code_sha256, "")
    spent = await tx.execute(
        sa.update(proposals)
        .where(
            proposals.c.number == claim.number,
            proposals.c.code_sha256 == claim.proof.code_sha256,
            proposals.c.code_used_at.is_(None),
            ~before.contains(claim.proof.code_sha256 or proof.NOTHING),
            sa.or_(proposals.c.code_expires_at.is_(None), proposals.c.code_expires_at > now),
        )
        .values(code_used_at=now, spent_code_sha256=before + (claim.proof.code_sha256 or proof.NOTHING))
    )
    return spent.rowcount > 0


async def _is_spent(tx: Transaction, number: str) -> bool:
    """Tell whether a proposal's access code was used, by somebody at this very moment too."""
    used_at = sa.select(proposals.c.code_used_at).where(proposals.c.number == number)
    return (await tx.execute(used_at)).scalar() is not None


async def _take(tx: Transaction, code: str) -> bool:
    """Use a delegate's code up; False where somebody was faster."""
    return (await tx.execute(sa.delete(delegate_codes).where(delegate_codes.c.code_sha256 == code))).rowcount > 0


async def _tie(tx: Transaction, claim: Claim, grant: _Grant, now: datetime) -> None:
    values = {
        "person_id": claim.person_id,
        "number": claim.number,
        "role": grant.role,
        "granted_by": grant.granted_by,
        "tag": grant.tag,
        "channel": claim.channel,
        "created_at": now,
    }
    statement = database.insert(tx, links).values(values)
    # A delegate who proves to be the proposer becomes one; a proposer is never made a delegate.
    better = {"role": "proposer", "granted_by": None, "tag": None}
    if grant.role == "proposer":
        statement = statement.on_conflict_do_update(index_elements=["person_id", "number"], set_=better)
    else:
        statement = statement.on_conflict_do_nothing()
    await tx.execute(statement)


async def _raise_alarms(tx: Transaction, claim: Claim, after: attempts.Standing, now: datetime) -> None:
    if after.person.failures % attempts.PERSON_ALARM == 0:
        await alarms.raise_(tx, Alarm("many_failures_of_person", now, claim.person_id))
    if after.number.failures % attempts.NUMBER_ALARM == 0:
        await alarms.raise_(tx, Alarm("many_failures_of_number", now, number=claim.number))
