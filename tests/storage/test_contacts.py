"""People are made once, known again by each of their names, and held for the length of a turn."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

import pytest
import sqlalchemy as sa

from storage import contacts
from storage.contacts import Identity, Person
from storage.database import Database
from storage.schema import people as people_table
from storage.schema import unreachable
from tests.storage import given
from tests.storage.emptied import ON_POSTGRESQL
from tests.storage.given import NOW, TELEGRAM, at

BUDI = Identity(telegram_id=7)
SITI = Identity(web_token_hash="ab" * 32)


async def meet(database: Database, *identities: Identity) -> list[Person]:
    async with database.transaction() as tx:
        return await contacts.meet(tx, identities, NOW)


def test_an_identity_knows_only_the_names_that_are_set() -> None:
    identity = Identity(whatsapp_user_id="ID.1", whatsapp_phone="62811")

    assert identity.known() == {"whatsapp_user_id": "ID.1", "whatsapp_phone": "62811"}


async def test_somebody_new_is_made_without_language_or_notice(store: Database) -> None:
    (person,) = await meet(store, BUDI)

    assert person == Person(person.id, language=None, language_chosen=False, notice_shown_at=None)


async def test_somebody_met_before_is_the_same_person(store: Database) -> None:
    first = await meet(store, BUDI)
    second = await meet(store, BUDI)

    assert second == first
    assert await given.count(store, people_table) == 1


@pytest.mark.parametrize(
    "identity",
    [
        Identity(telegram_id=2**52),
        Identity(whatsapp_user_id="ID.1"),
        Identity(whatsapp_phone="62811"),
        Identity(web_token_hash="ff" * 32),
        Identity(terminal_name="budi"),
    ],
)
async def test_every_channel_has_its_own_names(store: Database, identity: Identity) -> None:
    (person,) = await meet(store, identity)
    async with store.reading() as tx:
        found = await contacts.addresses(tx, [person.id])

    assert found == {person.id: identity}


async def test_people_come_back_in_the_order_asked_and_repeats_are_one_person(store: Database) -> None:
    siti, budi, again, new = await meet(store, SITI, BUDI, SITI, Identity(telegram_id=3))

    assert siti == again
    assert len({siti.id, budi.id, new.id}) == 3


async def test_known_and_new_people_may_come_together(store: Database) -> None:
    (budi,) = await meet(store, BUDI)

    siti, same = await meet(store, SITI, BUDI)

    assert same == budi
    assert siti.id != budi.id


async def test_a_person_with_two_names_is_known_by_either(store: Database) -> None:
    (both,) = await meet(store, Identity(whatsapp_user_id="ID.1", whatsapp_phone="62811"))

    found = await meet(store, Identity(whatsapp_user_id="ID.1"), Identity(whatsapp_phone="62811"))

    assert found == [both, both]


async def test_the_user_id_outranks_the_phone_number_which_may_have_a_new_owner(store: Database) -> None:
    (old,) = await meet(store, Identity(whatsapp_phone="62811"))
    (known,) = await meet(store, Identity(whatsapp_user_id="ID.2"))

    (found,) = await meet(store, Identity(whatsapp_user_id="ID.2", whatsapp_phone="62811"))

    assert found == known
    assert found != old


async def test_two_processes_that_meet_somebody_new_at_once_make_one_person(
    store: Database, open_again: Callable[[], Database]
) -> None:
    names = [Identity(telegram_id=number) for number in range(20)]

    found = await asyncio.gather(meet(store, *names), meet(open_again(), *reversed(names)))

    assert found[0] == list(reversed(found[1]))
    assert await given.count(store, people_table) == 20


@ON_POSTGRESQL
async def test_the_second_to_meet_somebody_new_waits_for_the_first(store: Database) -> None:
    async with store.transaction() as tx:
        first = await contacts.meet(tx, [BUDI], NOW)
        second = asyncio.create_task(meet(store, BUDI))
        await given.until_somebody_waits_for_a_lock(store)
        assert not second.done()

    assert await second == first


@ON_POSTGRESQL
async def test_a_person_is_held_until_the_transaction_ends(store: Database) -> None:
    (budi,) = await meet(store, BUDI)
    async with store.transaction() as tx:
        await contacts.meet(tx, [BUDI], NOW)
        await contacts.update(tx, [Person(budi.id, "en", language_chosen=True, notice_shown_at=None)], NOW)
        second = asyncio.create_task(meet(store, BUDI))
        await given.until_somebody_waits_for_a_lock(store)

    assert [person.language for person in await second] == ["en"]


@ON_POSTGRESQL
async def test_people_are_held_in_the_order_of_their_ids(store: Database) -> None:
    first, second, third = await given.people(store, 3)
    free = sa.select(people_table.c.id).order_by(people_table.c.id).with_for_update(skip_locked=True)
    async with store.transaction() as holder:
        await holder.execute(sa.select(people_table.c.id).where(people_table.c.id == second).with_for_update())
        waiter = asyncio.create_task(meet(store, *(Identity(telegram_id=number) for number in (3, 2, 1))))
        await given.until_somebody_waits_for_a_lock(store)
        async with store.transaction() as looking:
            still_free = (await looking.execute(free)).scalars().all()

    assert still_free == [third]
    assert [person.id for person in await waiter] == [third, second, first]


async def test_what_a_turn_changed_is_there_the_next_time(store: Database) -> None:
    budi, siti = await meet(store, BUDI, SITI)
    changed = Person(budi.id, "en", language_chosen=True, notice_shown_at=at(5))
    async with store.transaction() as tx:
        await contacts.update(tx, [changed], at(5))

    assert await meet(store, BUDI, SITI) == [changed, siti]
    async with store.reading() as tx:
        seen = (await tx.execute(sa.select(people_table.c.last_seen_at).order_by(people_table.c.id))).scalars().all()
    assert sorted(seen) == [NOW, at(5)]


async def test_updating_nobody_does_nothing(store: Database) -> None:
    async with store.transaction() as tx:
        await contacts.update(tx, [], NOW)

    assert await given.count(store, people_table) == 0


async def test_a_person_is_found_without_being_made(store: Database) -> None:
    (budi,) = await meet(store, BUDI)
    async with store.reading() as tx:
        found = await contacts.find(tx, BUDI)
        missing = await contacts.find(tx, SITI)

    assert (found, missing) == (budi.id, None)
    assert await given.count(store, people_table) == 1


async def test_the_language_of_a_person_is_the_stored_one(store: Database) -> None:
    budi, siti = await meet(store, BUDI, SITI)
    async with store.transaction() as tx:
        await contacts.update(tx, [Person(budi.id, "id", language_chosen=False, notice_shown_at=None)], NOW)
    async with store.reading() as tx:
        languages = [await contacts.language_of(tx, person_id) for person_id in (budi.id, siti.id, 999)]

    assert languages == ["id", None, None]


async def test_a_door_closes_for_one_person_on_one_channel(store: Database) -> None:
    budi, siti = await given.people(store, 2)
    async with store.transaction() as tx:
        await contacts.close_door(tx, budi, TELEGRAM, NOW)
    async with store.reading() as tx:
        reachable = [
            await contacts.is_reachable(tx, person_id, channel)
            for person_id, channel in ((budi, TELEGRAM), (budi, "web"), (siti, TELEGRAM))
        ]

    assert reachable == [False, True, True]


async def test_closing_a_closed_door_keeps_the_first_moment(store: Database) -> None:
    budi = await given.person(store)
    async with store.transaction() as tx:
        await contacts.close_door(tx, budi, TELEGRAM, NOW)
        await contacts.close_door(tx, budi, TELEGRAM, at(60))
    async with store.reading() as tx:
        since = (await tx.execute(sa.select(unreachable.c.since))).scalars().all()

    assert since == [NOW]


async def test_doors_open_for_the_people_named_on_that_channel_only(store: Database) -> None:
    budi, siti, joko = await given.people(store, 3)
    async with store.transaction() as tx:
        for person_id in (budi, siti, joko):
            await contacts.close_door(tx, person_id, TELEGRAM, NOW)
        await contacts.close_door(tx, budi, "web", NOW)
        await contacts.open_doors(tx, [budi, siti], TELEGRAM)
    async with store.reading() as tx:
        closed = (await tx.execute(sa.select(unreachable.c.person_id, unreachable.c.channel))).all()

    assert sorted(map(tuple, closed)) == [(budi, "web"), (joko, TELEGRAM)]


@pytest.mark.parametrize("person", [{"language": "fr"}, {"telegram_id": None}, {"last_seen_at": None}])
async def test_an_impossible_person_is_refused(store: Database, person: dict[str, object]) -> None:
    row = {"telegram_id": 1, "created_at": NOW, "last_seen_at": NOW} | person

    with pytest.raises(sa.exc.IntegrityError):
        async with store.transaction() as tx:
            await tx.execute(sa.insert(people_table), row)
