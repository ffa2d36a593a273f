"""A message is new once, however often and by however many processes it is delivered."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

import sqlalchemy as sa

from storage import inbound
from storage.database import Database
from storage.inbound import Receipt
from storage.schema import inbound as table
from tests.storage import given
from tests.storage.given import NOW, TELEGRAM

New = set[tuple[str, str]]


async def record(database: Database, *receipts: Receipt) -> New:
    async with database.transaction() as tx:
        return await inbound.record(tx, receipts)


async def test_a_message_is_new_the_first_time_only(store: Database) -> None:
    person = await given.person(store)
    receipt = Receipt(TELEGRAM, "1", person, NOW)

    assert await record(store, receipt) == {(TELEGRAM, "1")}
    assert await record(store, receipt) == set()


async def test_only_the_new_ones_of_a_batch_are_named(store: Database) -> None:
    person = await given.person(store)
    await record(store, Receipt(TELEGRAM, "1", person, NOW))

    new = await record(store, *(Receipt(TELEGRAM, name, person, NOW) for name in ("2", "1", "3", "2")))

    assert new == {(TELEGRAM, "2"), (TELEGRAM, "3")}
    assert await given.count(store, table) == 3


async def test_an_id_counts_within_its_channel(store: Database) -> None:
    person = await given.person(store)

    new = await record(store, Receipt(TELEGRAM, "1", person, NOW), Receipt("web", "1", person, NOW))

    assert new == {(TELEGRAM, "1"), ("web", "1")}


async def test_two_processes_never_both_find_a_message_new(store: Database, open_again: Callable[[], Database]) -> None:
    person = await given.person(store)
    receipts = [Receipt(TELEGRAM, str(number), person, NOW) for number in range(20)]

    one, other = await asyncio.gather(record(store, *receipts), record(open_again(), *receipts))

    assert one | other == {(TELEGRAM, str(number)) for number in range(20)}
    assert not one & other


async def test_a_rolled_back_message_is_new_again(store: Database) -> None:
    person = await given.person(store)
    receipt = Receipt(TELEGRAM, "1", person, NOW)
    async with store.transaction() as tx:
        await inbound.record(tx, [receipt])
        await tx.rollback()

    assert await record(store, receipt) == {(TELEGRAM, "1")}


async def test_the_text_is_not_among_what_is_kept() -> None:
    assert set(table.c.keys()) == {"channel", "message_id", "person_id", "received_at"}


async def test_a_receipt_goes_with_its_person(store: Database) -> None:
    person = await given.person(store)
    await record(store, Receipt(TELEGRAM, "1", person, NOW))
    async with store.transaction() as tx:
        await tx.execute(sa.text("DELETE FROM people"))

    assert await given.count(store, table) == 0
