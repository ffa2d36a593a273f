"""People keep their conversation when their WhatsApp names change, and nobody finds that of somebody else."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from datetime import datetime
from typing import Any

import pytest
import sqlalchemy as sa

from storage import contacts, conversations, inbound, names
from storage.contacts import Identity, Person
from storage.database import Database
from storage.names import TOLERANCE, Renaming, Told
from storage.schema import people as people_table
from tests.storage import given
from tests.storage.emptied import ON_BOTH
from tests.storage.given import NOW, at

pytestmark = ON_BOTH

ONE, TWO = "62811", "62822"  # phone numbers
U1, U2, U3 = "ID.1", "ID.2", "ID.3"
CHANNEL = "whatsapp"
NUMBERS = itertools.count()


def whatsapp(user_id: str | None = None, phone: str | None = None, **others: Any) -> Identity:
    return Identity(whatsapp_user_id=user_id, whatsapp_phone=phone, **others)


async def meet(database: Database, *identities: Identity, now: datetime = NOW) -> list[int]:
    """Meet people as the inbox does, and return who they are."""
    async with database.transaction() as tx:
        await names.learn(tx, [Told(CHANNEL, f"wamid.new-{next(NUMBERS)}", identity) for identity in identities], now)
        return [person.id for person in await contacts.meet(tx, identities, now)]


async def rename(
    database: Database,
    former: Identity,
    present: Identity,
    *,
    message_id: str = "wamid.1",
    changed_at: datetime = NOW,
) -> None:
    async with database.transaction() as tx:
        await names.rename(tx, Renaming(CHANNEL, message_id, former, present, changed_at), NOW)


async def known_as(database: Database) -> dict[int, tuple[str | None, str | None]]:
    query = sa.select(people_table.c.id, people_table.c.whatsapp_user_id, people_table.c.whatsapp_phone)
    async with database.reading() as tx:
        return {row[0]: (row[1], row[2]) for row in (await tx.execute(query)).all()}


async def say(database: Database, person_id: int) -> None:
    async with database.transaction() as tx:
        await conversations.save(tx, {person_id: {"rated_on": "2026-11-24"}}, NOW)


async def said(database: Database, person_ids: Sequence[int]) -> set[int]:
    async with database.reading() as tx:
        return set(await conversations.load(tx, person_ids))


# Learning


async def test_somebody_new_is_known_by_both_names(store: Database) -> None:
    (person,) = await meet(store, whatsapp(U1, ONE))

    assert await meet(store, whatsapp(U1), whatsapp(phone=ONE)) == [person, person]


async def test_who_was_known_by_the_number_gets_the_user_id_and_keeps_the_conversation(store: Database) -> None:
    (person,) = await meet(store, whatsapp(phone=ONE))

    assert await meet(store, whatsapp(U1, ONE)) == [person]
    assert await known_as(store) == {person: (U1, ONE)}


async def test_who_was_known_by_the_user_id_gets_the_number(store: Database) -> None:
    (person,) = await meet(store, whatsapp(U1))

    assert await meet(store, whatsapp(U1, ONE)) == [person]
    assert await known_as(store) == {person: (U1, ONE)}


async def test_the_number_of_a_user_id_may_be_another_now(store: Database) -> None:
    (person,) = await meet(store, whatsapp(U1, ONE))

    assert await meet(store, whatsapp(U1, TWO)) == [person]
    assert await known_as(store) == {person: (U1, TWO)}


async def test_a_number_with_another_user_id_has_a_new_owner_who_inherits_nothing(store: Database) -> None:
    (old,) = await meet(store, whatsapp(U1, ONE))
    await say(store, old)

    (new,) = await meet(store, whatsapp(U2, ONE))

    assert new != old
    assert await known_as(store) == {old: (U1, None), new: (U2, ONE)}
    assert await said(store, [old, new]) == {old}


async def test_a_number_may_go_from_one_known_person_to_another(store: Database) -> None:
    one, two = await meet(store, whatsapp(U1, ONE), whatsapp(U2, TWO))

    assert await meet(store, whatsapp(U2, ONE)) == [two]
    assert await known_as(store) == {one: (U1, None), two: (U2, ONE)}


async def test_who_had_nothing_but_the_number_is_forgotten_when_it_is_somebody_elses(store: Database) -> None:
    (old,) = await meet(store, whatsapp(phone=ONE))
    (new,) = await meet(store, whatsapp(U2))
    await say(store, old)

    assert await meet(store, whatsapp(U2, ONE)) == [new]
    assert await known_as(store) == {new: (U2, ONE)}
    assert await said(store, [old, new]) == set()


async def test_who_has_another_channel_stays_when_the_number_goes(store: Database) -> None:
    (old,) = await meet(store, whatsapp(phone=ONE, telegram_id=7))
    await meet(store, whatsapp(U2))

    (new,) = await meet(store, whatsapp(U2, ONE))

    assert await known_as(store) == {old: (None, None), new: (U2, ONE)}
    assert await meet(store, Identity(telegram_id=7)) == [old]


@pytest.mark.parametrize("user_id", ["ID.9", "ZZ.9"], ids=["sorts before nothing", "sorts after nothing"])
async def test_several_messages_of_somebody_new_are_one_person(store: Database, user_id: str) -> None:
    met = await meet(store, whatsapp(phone=ONE), whatsapp(user_id, ONE), whatsapp(user_id))

    assert len(set(met)) == 1
    assert list((await known_as(store)).values()) == [(user_id, ONE)]


async def test_what_tells_nothing_new_changes_nothing(store: Database) -> None:
    both = whatsapp(U1, ONE)
    before = await meet(store, both, Identity(telegram_id=7))

    assert await meet(store, both, whatsapp(U1), Identity(telegram_id=7)) == [before[0], *before]


async def test_a_message_that_comes_again_later_takes_no_number_back(store: Database) -> None:
    (old,) = await meet(store, whatsapp(U1, ONE))
    async with store.transaction() as tx:
        await inbound.record(tx, [inbound.Receipt(CHANNEL, "wamid.first", old, NOW)])
    (new,) = await meet(store, whatsapp(U2, ONE))

    async with store.transaction() as tx:
        await names.learn(tx, [Told(CHANNEL, "wamid.first", whatsapp(U1, ONE))], NOW)

    assert await known_as(store) == {old: (U1, None), new: (U2, ONE)}


# Renaming


async def test_a_changed_number_goes_with_the_person(store: Database) -> None:
    (person,) = await meet(store, whatsapp(U1, ONE))

    await rename(store, whatsapp(phone=ONE), whatsapp(U2, TWO))

    assert await known_as(store) == {person: (U2, TWO)}
    assert await meet(store, whatsapp(U2, TWO)) == [person]


async def test_a_user_id_that_was_not_told_with_the_number_is_learned_later(store: Database) -> None:
    (person,) = await meet(store, whatsapp(U1, ONE))

    await rename(store, whatsapp(phone=ONE), whatsapp(phone=TWO))
    between = await known_as(store)

    assert between == {person: (None, TWO)}
    assert await meet(store, whatsapp(U2, TWO)) == [person]


async def test_a_changed_user_id_goes_with_the_person(store: Database) -> None:
    (person,) = await meet(store, whatsapp(U1, ONE))

    await rename(store, whatsapp(U1), whatsapp(U2))

    assert await known_as(store) == {person: (U2, ONE)}


async def test_a_renaming_to_the_same_names_changes_nothing(store: Database) -> None:
    (person,) = await meet(store, whatsapp(U1, ONE))

    await rename(store, whatsapp(U1, ONE), whatsapp(phone=ONE))

    assert await known_as(store) == {person: (U1, ONE)}


async def test_the_old_number_is_nobodys_after_a_change(store: Database) -> None:
    (person,) = await meet(store, whatsapp(U1, ONE))
    await rename(store, whatsapp(phone=ONE), whatsapp(phone=TWO))

    (new,) = await meet(store, whatsapp(U3, ONE), now=at(3600))

    assert new != person


async def test_a_renaming_counts_once(store: Database) -> None:
    await meet(store, whatsapp(U1, ONE))
    await rename(store, whatsapp(phone=ONE), whatsapp(phone=TWO))
    (other,) = await meet(store, whatsapp(U3, ONE))  # the next owner of the number

    await rename(store, whatsapp(phone=ONE), whatsapp(phone="62833"))

    assert await known_as(store) == (await known_as(store)) | {other: (U3, ONE)}


async def test_a_renaming_that_comes_late_does_not_touch_who_has_the_old_number_now(store: Database) -> None:
    (new,) = await meet(store, whatsapp(U3, ONE), now=NOW + TOLERANCE + (at(1) - NOW))

    await rename(store, whatsapp(phone=ONE), whatsapp(phone=TWO), changed_at=NOW)

    assert await known_as(store) == {new: (U3, ONE)}


@pytest.mark.parametrize("former", [whatsapp("ID.404"), whatsapp(phone="62899"), whatsapp("ID.404", "62899")])
async def test_a_renaming_of_somebody_unknown_does_nothing(store: Database, former: Identity) -> None:
    await rename(store, former, whatsapp(U2, TWO))

    assert await known_as(store) == {}


async def test_the_user_id_says_who_was_renamed_before_the_number_does(store: Database) -> None:
    one, two = await meet(store, whatsapp(U1), whatsapp(U2, TWO))

    await rename(store, whatsapp(U1, TWO), whatsapp(U3))

    assert await known_as(store) == {one: (U3, None), two: (U2, TWO)}


async def test_who_writes_by_the_new_names_before_the_renaming_comes_stays_another_person(store: Database) -> None:
    (old,) = await meet(store, whatsapp(U1, ONE, telegram_id=7))
    (new,) = await meet(store, whatsapp(U2, TWO))

    await rename(store, whatsapp(phone=ONE), whatsapp(phone=TWO))

    assert await known_as(store) == {old: (None, None), new: (U2, TWO)}


async def test_an_account_that_nobody_can_be_known_by_any_more_is_forgotten(store: Database) -> None:
    (old,) = await meet(store, whatsapp(U1, ONE))
    await say(store, old)
    (new,) = await meet(store, whatsapp(U2, TWO))

    await rename(store, whatsapp(phone=ONE), whatsapp(phone=TWO))

    assert await known_as(store) == {new: (U2, TWO)}
    assert await said(store, [old]) == set()


async def test_the_language_of_a_renamed_person_stays(store: Database) -> None:
    (person,) = await meet(store, whatsapp(U1, ONE))
    async with store.transaction() as tx:
        await contacts.update(tx, [Person(person, "en", language_chosen=True, notice_shown_at=NOW)], NOW)

    await rename(store, whatsapp(phone=ONE), whatsapp(U2, TWO))

    assert await given.count(store, people_table) == 1
    async with store.reading() as tx:
        assert await contacts.language_of(tx, person) == "en"
