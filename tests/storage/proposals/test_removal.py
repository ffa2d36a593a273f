"""A proposal goes with its events, its links and news that still wait; nothing of others goes with it."""

from __future__ import annotations

import sqlalchemy as sa

from storage import outbox
from storage.database import Database
from storage.outbox import Draft
from storage.proposals import links, proof, records, removal, tables
from storage.proposals.records import Entry
from tests.storage.given import NOW, TELEGRAM, count, people, statuses


async def given(store: Database, *numbers: str) -> None:
    async with store.transaction() as tx:
        for number in numbers:
            await records.put(tx, Entry(number, 2026, "kepeloporan", "Tenun"), NOW)


async def known_to(store: Database, person_id: int, number: str) -> None:
    """Let a person know of a proposal, and let news of it wait for them."""
    async with store.transaction() as tx:
        link = {"person_id": person_id, "number": number, "role": "proposer", "channel": TELEGRAM, "created_at": NOW}
        await tx.execute(sa.insert(tables.links), link)
        await outbox.add(tx, [Draft(person_id, TELEGRAM, f"News of {number}", topic=links.topic(number))], NOW)


async def remove(store: Database, number: str) -> bool:
    async with store.transaction() as tx:
        return await removal.remove(tx, number)


async def test_a_proposal_goes_with_all_that_hangs_on_it(store: Database) -> None:
    await given(store, "A-1")
    (person,) = await people(store, 1)
    await known_to(store, person, "A-1")
    async with store.transaction() as tx:
        await links.invite(tx, person, "A-1", proof.new_code(), NOW)
    gone = await remove(store, "A-1")

    emptied = (tables.proposals, tables.proposal_events, tables.links, tables.delegate_codes)
    assert gone
    assert [await count(store, table) for table in emptied] == [0, 0, 0, 0]


async def test_news_that_wait_are_taken_back_and_those_of_others_stay(store: Database) -> None:
    await given(store, "A-1", "A-2")
    first, second = await people(store, 2)
    await known_to(store, first, "A-1")
    await known_to(store, first, "A-2")
    await known_to(store, second, "A-1")
    await remove(store, "A-1")
    waiting = await statuses(store)

    assert waiting.get("News of A-2") == "queued"
    assert waiting.get("News of A-1") != "queued"


async def test_where_there_is_none_nothing_goes(store: Database) -> None:
    await given(store, "A-1")

    assert not await remove(store, "A-2")
    assert await count(store, tables.proposals) == 1
