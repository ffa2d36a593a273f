"""How long a platform's line rests, all of it or its broadcasts alone, and the one message that then tries it.

The moments stand in the table of paces, so that all processes keep them. When one has come, a single message is taken;
what becomes of it lifts the rest or begins it anew.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import Enum
from typing import Literal

import sqlalchemy as sa

from storage import database
from storage.database import Transaction
from storage.schema import paces

Lane = Literal["direct", "bulk"]
Extent = Literal["all", "bulk"]

_OF_LANE: dict[Lane, tuple[Extent, ...]] = {"direct": ("all",), "bulk": ("all", "bulk")}


class Standing(Enum):
    """How a lane of a line stands."""

    GOING = "going"
    RESTING = "resting"
    TRYING = "trying"  # one message may try whether it goes on


@dataclass(frozen=True, slots=True)
class Rest:
    """A rest of a whole line, or of its broadcasts (`bulk`), until then."""

    extent: Extent
    until: datetime


async def begin(tx: Transaction, channel: str, rest: Rest) -> None:
    """Let a line rest; a longer rest that it has already stays."""
    statement = database.insert(tx, paces)
    later = sa.case((statement.excluded.free_at > paces.c.free_at, statement.excluded.free_at), else_=paces.c.free_at)
    statement = statement.on_conflict_do_update(index_elements=["name"], set_={"free_at": later})
    await tx.execute(statement, {"name": _name(channel, rest.extent), "free_at": rest.until})


async def standing(tx: Transaction, channel: str, lane: Lane, now: datetime) -> Standing:
    """Return how a lane stands, and hold that until the transaction ends."""
    query = sa.select(paces.c.free_at).where(paces.c.name.in_(_names(channel, lane)))
    ends = (await tx.execute(query.order_by(paces.c.name).with_for_update())).scalars().all()
    if not ends:
        return Standing.GOING
    return Standing.RESTING if max(ends) > now else Standing.TRYING


async def try_one(tx: Transaction, channel: str, lane: Lane, until: datetime) -> None:
    """Let nobody else try before then."""
    await tx.execute(sa.update(paces).where(paces.c.name.in_(_names(channel, lane))).values(free_at=until))


async def lift(tx: Transaction, channel: str, lane: Lane, until: datetime) -> None:
    """End the rests of a lane, since a message that was to try until then got through; not one that began later."""
    ended = (paces.c.name.in_(_names(channel, lane)), paces.c.free_at <= until)
    await tx.execute(sa.delete(paces).where(*ended))


async def resting(tx: Transaction, now: datetime) -> dict[tuple[str, Extent], datetime]:
    """Return the rests there are, by channel and extent, with their ends; one that is over is being tried."""
    found: dict[tuple[str, Extent], datetime] = {}
    query = sa.select(paces.c.name, paces.c.free_at).where(paces.c.name.startswith(_PREFIX))
    for name, free_at in (await tx.execute(query)).all():
        channel, _, extent = name.removeprefix(_PREFIX).partition(":")
        found[channel, "bulk" if extent == "bulk" else "all"] = max(free_at, now)
    return found


_PREFIX = "rest:"


def _name(channel: str, extent: Extent) -> str:
    return f"{_PREFIX}{channel}:{extent}"


def _names(channel: str, lane: Lane) -> list[str]:
    return [_name(channel, extent) for extent in _OF_LANE[lane]]
