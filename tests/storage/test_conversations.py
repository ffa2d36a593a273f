"""A conversation is one JSON document a person, and the last one written counts."""

from __future__ import annotations

from storage import conversations
from storage.conversations import State
from storage.database import Database
from storage.schema import conversations as table
from tests.storage import given
from tests.storage.given import NOW, at


async def save(database: Database, states: dict[int, State]) -> None:
    async with database.transaction() as tx:
        await conversations.save(tx, states, NOW)


async def load(database: Database, *person_ids: int) -> dict[int, State]:
    async with database.reading() as tx:
        return await conversations.load(tx, person_ids)


async def test_a_state_comes_back_as_it_was(store: Database) -> None:
    person = await given.person(store)
    state = {"offered": [["ask:a", "Jadwal “lengkap” 🎉"], ["menu", "Menu"]], "nested": {"n": 1, "none": None}}

    await save(store, {person: state})

    assert await load(store, person) == {person: state}


async def test_whoever_has_no_state_is_left_out(store: Database) -> None:
    first, second = await given.people(store, 2)

    await save(store, {first: {}})

    assert await load(store, first, second, 999) == {first: {}}


async def test_the_last_state_replaces_the_one_before(store: Database) -> None:
    first, second = await given.people(store, 2)

    await save(store, {first: {"step": 1}})
    await save(store, {first: {"step": 2}, second: {"step": 1}})

    assert await load(store, first, second) == {first: {"step": 2}, second: {"step": 1}}
    assert await given.count(store, table) == 2


async def test_the_moment_of_the_last_change_is_kept(store: Database) -> None:
    person = await given.person(store)
    async with store.transaction() as tx:
        await conversations.save(tx, {person: {}}, NOW)
        await conversations.save(tx, {person: {}}, at(9))
        changed = (await tx.execute(table.select())).one().updated_at

    assert changed == at(9)


async def test_saving_nothing_does_nothing(store: Database) -> None:
    await save(store, {})

    assert await given.count(store, table) == 0
