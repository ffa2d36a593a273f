"""Spreads announcements over days where a platform limits how many people we may write to first within 24 hours.

Recipients for whom there is no room wait until a time at which there will be, so that nobody looks at them before.
"""

from __future__ import annotations

import itertools
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from storage import openings
from storage.broadcasts import audience
from storage.broadcasts.audience import Audience, Topic
from storage.broadcasts.tables import GOING, broadcasts
from storage.database import Transaction
from storage.openings import Cap
from storage.outbox import Claim, stands
from storage.schema import outbox as messages
from storage.schema import people

NO_ROOM = "no_room"  # the reason of what waits for room
AT_ONCE = 2_000  # put off in one transaction: a fraction of a second, so that replies do not wait


@dataclass(frozen=True, slots=True)
class Spread:
    """How an announcement would go where the people of a day are limited: to `outside` who did not write lately, so
    many of them on each of the `days`, of 24 hours each.
    """

    channel: str
    cap: Cap
    outside: int
    days: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Waiting:
    """How many recipients wait for room, and when it comes for the next and for the last of them."""

    count: int
    first: datetime
    last: datetime


async def put_off(tx: Transaction, channel: str, claims: Sequence[Claim], cap: Cap, now: datetime) -> None:
    """Let messages in hand wait for room, which were not begun to be sent; and the recipients that would come next.

    Call it while places are held and none is free for them.
    """
    free = await openings.frees(tx, now)
    direct = [claim for claim in claims if claim.broadcast is None]
    times = openings.when(free, cap.people, range(len(direct)), now)
    await _wait(tx, dict(zip((claim.id for claim in direct), times, strict=True)), burnt=0)
    bulk = {claim.id for claim in claims if claim.broadcast is not None}
    if not bulk:
        return
    waited = sa.select(messages.c.id).where(messages.c.id.in_(bulk), messages.c.reason == NO_ROOM)
    again = sorted((await tx.execute(waited)).scalars())
    new = sorted(bulk - set(again))
    # Whoever waited already is the next; whoever is new goes behind all who wait.
    places = [*range(len(again)), *_behind(await _ahead(tx, channel, now), len(new))]
    times = openings.when(free, cap.bulk, places, now)
    await _wait(tx, dict(zip((*again, *new), times, strict=True)), burnt=1)
    ids = {claim.broadcast.id for claim in claims if claim.broadcast is not None}
    following = await _following(tx, channel, ids, cap, now)
    times = openings.when(free, cap.bulk, _behind(await _ahead(tx, channel, now), len(following)), now)
    await _wait(tx, dict(zip(following, times, strict=True)), burnt=0)


def _behind(ahead: int, count: int) -> range:
    return range(ahead, ahead + count)


async def _ahead(tx: Transaction, channel: str, now: datetime) -> int:
    """Return how many recipients wait for room already."""
    going = sa.select(broadcasts.c.id).where(broadcasts.c.status.in_(GOING))
    query = sa.select(sa.func.count()).where(
        messages.c.broadcast_id.in_(going),
        messages.c.channel == channel,
        stands(messages.c.status, "queued"),
        messages.c.not_before > now,
        messages.c.reason == NO_ROOM,
    )
    return int((await tx.execute(query)).scalar_one())


async def _following(
    tx: Transaction, channel: str, broadcast_ids: Collection[int], cap: Cap, now: datetime
) -> list[int]:
    """Return the next recipients for whom there is no room either. What another process has in hand is left to it."""
    query = (
        sa.select(messages.c.id)
        .join(people, people.c.id == messages.c.person_id)
        .where(
            messages.c.broadcast_id.in_(broadcast_ids),
            messages.c.channel == channel,
            stands(messages.c.status, "queued"),
            messages.c.not_before <= now,
            messages.c.reason.is_distinct_from(NO_ROOM),
            _is_quiet(cap, now),
            ~openings.is_open(messages.c.person_id, now),
        )
        .order_by(messages.c.not_before, messages.c.id)
        .limit(AT_ONCE)
        .with_for_update(skip_locked=True, of=messages)
    )
    return list((await tx.execute(query)).scalars())


def _is_quiet(cap: Cap, now: datetime) -> sa.ColumnElement[bool]:
    return sa.or_(people.c.whatsapp_seen_at.is_(None), people.c.whatsapp_seen_at <= cap.closed_before(now))


_put_off = (
    sa.update(messages)
    .where(messages.c.id == sa.bindparam("of"))
    .values(
        status="queued",
        reason=NO_ROOM,
        not_before=sa.bindparam("later", type_=messages.c.not_before.type),
        attempts=messages.c.attempts - sa.bindparam("burnt", type_=messages.c.attempts.type),
        lease_owner=None,
        lease_until=None,
    )
)


async def _wait(tx: Transaction, until: Mapping[int, datetime], *, burnt: int) -> None:
    """Let these wait until then. A recipient was taken with an intent, which is taken back: no request was begun."""
    if until:
        rows = [{"of": outbox_id, "later": moment, "burnt": burnt} for outbox_id, moment in sorted(until.items())]
        await tx.execute(_put_off, rows)


async def release(tx: Transaction, person_ids: Collection[int], now: datetime) -> None:
    """Let what waits for room go to these people now: they wrote, and no room is needed for them."""
    if person_ids:
        waits = (stands(messages.c.status, "queued"), messages.c.reason == NO_ROOM, messages.c.not_before > now)
        gone = sa.update(messages).where(messages.c.person_id.in_(person_ids), *waits)
        await tx.execute(gone.values(not_before=now))


async def waiting(tx: Transaction, broadcast_id: int) -> Waiting | None:
    """Return how many recipients of a broadcast wait for room and until when; None where nobody does."""
    query = sa.select(sa.func.count(), sa.func.min(messages.c.not_before), sa.func.max(messages.c.not_before)).where(
        messages.c.broadcast_id == broadcast_id, stands(messages.c.status, "queued"), messages.c.reason == NO_ROOM
    )
    count, first, last = (await tx.execute(query)).one()
    return Waiting(count, first, last) if count else None


async def forecast(
    tx: Transaction, wanted: tuple[Audience, Topic], served: Sequence[str], caps: Mapping[str, Cap], now: datetime
) -> tuple[Spread, ...]:
    """Tell of each channel with a limit how an announcement would go, behind those that wait already."""
    found = []
    for channel, cap in caps.items():
        chosen = audience.chosen(*wanted, served, now).subquery()
        outside: sa.Select[Any] = (
            sa.select(sa.func.count())
            .select_from(chosen)
            .join(people, people.c.id == chosen.c.person_id)
            .where(chosen.c.channel == channel, _is_quiet(cap, now), ~openings.is_open(people.c.id, now))
        )
        count = int((await tx.execute(outside)).scalar_one())
        found.append(Spread(channel, cap, count, _days(count, await _ahead(tx, channel, now), cap.bulk)))
    return tuple(found)


def _days(count: int, ahead: int, limit: int) -> tuple[int, ...]:
    """Return how many go on each day, behind those who are ahead."""
    last = -(-(ahead + count) // limit)
    ends = [min(max(0, day * limit - ahead), count) for day in range(last + 1)]
    return tuple(after - before for before, after in itertools.pairwise(ends))
