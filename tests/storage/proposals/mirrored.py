"""What tests of the portal's view begin with, and how they look at what became of it."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa

from storage import alarms, audit, outbox
from storage.database import Database
from storage.outbox import Draft
from storage.proposals import freshness, links, records, releases
from storage.proposals.portal import Portal, Round
from storage.proposals.records import Proposal
from storage.proposals.tables import links as links_table
from storage.proposals.tables import proposal_events, proposals
from tests.storage.given import NOW

HOUR = timedelta(hours=1)
DAY = timedelta(days=1)
YESTERDAY = NOW - DAY
SINCE = NOW - timedelta(days=2)
CODE = "ABCD1234EFGH"


async def catch_up(reader: Portal, now: datetime = NOW) -> Round:
    """Read until nothing is left; return the last round, with all that was done."""
    last = await reader.round(now)
    total = last.tally
    while last.more:
        last = await reader.round(now)
        total.add(last.tally)
    return Round(last.read_at, last.more, total, last.vanished)


async def ours(store: Database, number: str = "A-1") -> Proposal | None:
    async with store.reading() as tx:
        return await records.get(tx, number)


async def found(store: Database, number: str = "A-1") -> Proposal:
    proposal = await ours(store, number)
    assert proposal is not None
    return proposal


async def events(store: Database, number: str = "A-1") -> list[tuple[int, str, datetime | None]]:
    return [(event.position, event.state, event.released_at) for event in (await found(store, number)).events]


async def column(store: Database, name: str, number: str = "A-1") -> Any:
    async with store.reading() as tx:
        return (await tx.execute(sa.select(proposals.c[name]).where(proposals.c.number == number))).scalar_one()


async def announced(store: Database) -> dict[int, bool]:
    query = sa.select(proposal_events.c.position, proposal_events.c.announced_at).order_by(proposal_events.c.position)
    async with store.reading() as tx:
        return {row.position: row.announced_at is not None for row in (await tx.execute(query)).all()}


async def raised(store: Database) -> list[tuple[str, str | None]]:
    async with store.reading() as tx:
        return sorted((each.kind, each.number) for each in await alarms.since(tx, NOW - DAY))


async def acts(store: Database) -> list[tuple[str, str]]:
    async with store.reading() as tx:
        return [(act.action, act.subject) for act in reversed(await audit.latest(tx, 100))]


async def link(store: Database, *people: int, number: str = "A-1", told: int = 0) -> None:
    row = {"number": number, "role": "proposer", "channel": "telegram", "told_position": told, "created_at": NOW}
    async with store.transaction() as tx:
        await tx.execute(sa.insert(links_table), [row | {"person_id": person} for person in people])


async def told(store: Database) -> dict[int, int]:
    query = sa.select(links_table.c.person_id, links_table.c.told_position).order_by(links_table.c.person_id)
    async with store.reading() as tx:
        return {row.person_id: row.told_position for row in (await tx.execute(query)).all()}


async def announce(store: Database, now: datetime) -> list[tuple[int, int]]:
    """Tell who is to be told, as the chore does; return (person, position of the event)."""
    async with store.transaction() as tx:
        news = await releases.due(tx, await freshness.as_of(tx, now), now, 100) or []
        drafts = [Draft(each.person_id, each.channel, "news", topic=links.topic(each.proposal.number)) for each in news]
        await outbox.add(tx, drafts, now)
    return [(each.person_id, each.position) for each in news]
