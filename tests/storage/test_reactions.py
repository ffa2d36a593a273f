"""What a platform says of one message has its consequences for the person, the line and staff."""

from __future__ import annotations

from datetime import timedelta

from storage import alarms, contacts, reactions, rests, subscriptions
from storage.database import Database
from storage.reactions import Cause, Reaction
from storage.rests import Rest
from tests.storage import given
from tests.storage.emptied import ON_BOTH
from tests.storage.given import NOW, TELEGRAM, at

pytestmark = ON_BOTH


async def act(store: Database, *causes: Cause) -> None:
    async with store.transaction() as tx:
        await reactions.act(tx, causes, NOW)


async def test_nothing_follows_from_nothing(store: Database) -> None:
    await act(store)

    async with store.reading() as tx:
        assert (await rests.resting(tx, NOW), await alarms.since(tx, NOW)) == ({}, [])


async def test_a_closed_door_is_remembered(store: Database) -> None:
    person = await given.person(store)
    await act(store, Cause(person, TELEGRAM, Reaction(door_closed=True)))

    async with store.reading() as tx:
        assert not await contacts.is_reachable(tx, person, TELEGRAM)


async def test_whoever_wants_no_announcements_keeps_the_door_open(store: Database) -> None:
    ann, bob = await given.people(store, 2)
    async with store.transaction() as tx:
        for person in (ann, bob):
            await subscriptions.subscribe(tx, person, subscriptions.TOPICS, "1", NOW)
    await act(store, Cause(ann, TELEGRAM, Reaction(unsubscribed=True)))

    async with store.reading() as tx:
        assert await contacts.is_reachable(tx, ann, TELEGRAM)
        assert [len(await subscriptions.of_person(tx, person)) for person in (ann, bob)] == [0, 2]


async def test_the_longest_rest_of_each_kind_counts_and_staff_hear_once(store: Database) -> None:
    person = await given.person(store)
    all_of_it = [Cause(person, "whatsapp", Reaction(rest=Rest("all", at(n)), alarm="account")) for n in (300, 200)]
    spam = Cause(person, "whatsapp", Reaction(rest=Rest("bulk", NOW + timedelta(days=1)), alarm="spam"))
    await act(store, *all_of_it, spam)

    async with store.reading() as tx:
        assert await rests.resting(tx, NOW) == {("whatsapp", "all"): at(300), ("whatsapp", "bulk"): at(86_400)}
        assert await alarms.counts(tx, NOW) == {"account": 1, "spam": 1}
