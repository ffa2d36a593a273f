"""People are told of what they asked for, until they say stop: from then on not even what waits already."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence

import pytest
import sqlalchemy as sa

from storage import consents, contacts, subscriptions
from storage.broadcasts import running, steering
from storage.broadcasts.audience import Audience
from storage.broadcasts.drafts import Draft, Text
from storage.contacts import Identity
from storage.database import Database
from storage.reactions import Reaction
from storage.schema import people
from storage.subscriptions import Subscription
from tests.storage import given, tied
from tests.storage.broadcasts import announced
from tests.storage.emptied import ON_BOTH, ON_POSTGRESQL
from tests.storage.given import NOW, TELEGRAM, at

BOTH = subscriptions.TOPICS
VERSION = "2026-11"


async def subscribe(store: Database, person_id: int, topics: Sequence[str] = BOTH, seconds: float = 0) -> None:
    async with store.transaction() as tx:
        await subscriptions.subscribe(tx, person_id, topics, VERSION, at(seconds))


async def unsubscribe(store: Database, person_id: int, topics: Sequence[str] = BOTH, seconds: float = 9) -> bool:
    async with store.transaction() as tx:
        return await subscriptions.unsubscribe(tx, person_id, topics, at(seconds))


async def wanted(store: Database, person_id: int) -> list[str]:
    async with store.reading() as tx:
        return [each.topic for each in await subscriptions.of_person(tx, person_id)]


async def agreed(store: Database, person_id: int) -> list[tuple[str, bool]]:
    async with store.reading() as tx:
        found = await consents.of_person(tx, person_id)
    return [(each.purpose, each.withdrawn_at is None) for each in found]


async def close(store: Database, person_id: int, channel: str) -> None:
    async with store.transaction() as tx:
        await contacts.close_door(tx, person_id, channel, NOW)


@ON_BOTH
async def test_whoever_subscribes_wants_it_since_then_and_agreed_to_it(store: Database) -> None:
    ann, bob = await given.people(store, 2)
    await subscribe(store, ann)
    await subscribe(store, ann, seconds=60)
    async with store.reading() as tx:
        found = await subscriptions.of_person(tx, ann)

    assert found == [Subscription("announcements", NOW), Subscription("deadlines", NOW)]
    assert await agreed(store, ann) == [(consents.NEWS, True)]
    assert (await wanted(store, bob), await agreed(store, bob)) == ([], [])


async def test_a_consent_ends_with_the_last_topic(store: Database) -> None:
    ann = await given.person(store)
    await subscribe(store, ann)

    assert await unsubscribe(store, ann, ["deadlines"])
    assert (await wanted(store, ann), await agreed(store, ann)) == (["announcements"], [(consents.NEWS, True)])
    assert await unsubscribe(store, ann)
    assert (await wanted(store, ann), await agreed(store, ann)) == ([], [(consents.NEWS, False)])
    assert not await unsubscribe(store, ann)


@ON_BOTH
async def test_what_waits_is_not_sent_after_a_stop_and_only_to_whom_said_it(store: Database) -> None:
    await announced.office(store)
    ann, bob = await announced.subscribers(store, 2)
    await announced.under_way(store)
    await given.queue(store, ann, "Jawaban")
    await unsubscribe(store, ann)

    assert [claim.person_id for claim in await announced.taken(store)] == [bob]
    assert await given.rows(store, "person_id", "status", "reason") == [
        (ann, "skipped", "unsubscribed"),
        (bob, "sending", None),
        (ann, "queued", None),
    ]


async def test_a_stop_of_one_topic_leaves_what_waits_of_the_other(store: Database) -> None:
    await announced.office(store)
    (ann,) = await announced.subscribers(store, 1)
    await subscribe(store, ann)
    await announced.under_way(store)
    await announced.under_way(store, Draft(announced.AUTHOR, topic="deadlines", texts={"id": Text("Tenggat")}))
    await unsubscribe(store, ann, ["deadlines"])

    assert [claim.text for claim in await announced.taken(store)] == ["Halo"]


@ON_POSTGRESQL
async def test_a_stop_said_while_the_audience_is_written_down_counts(
    store: Database, open_again: Callable[[], Database]
) -> None:
    await announced.office(store)
    ann, bob = await announced.subscribers(store, 2)
    await announced.approved(store)
    async with store.transaction() as tx:
        await running.begin(tx, NOW)
    other = open_again()

    async def freeze() -> None:
        async with other.transaction() as tx:
            await running.freeze(tx, announced.SERVED, NOW)

    async with store.transaction() as tx:
        await contacts.meet(tx, [Identity(telegram_id=10_000 + ann)], NOW)
        freezing = asyncio.create_task(freeze())
        await given.until_somebody_waits_for_a_lock(other)
        await subscriptions.unsubscribe(tx, ann, BOTH, NOW)
    await freezing

    assert await given.rows(store, "person_id", "status") == [(bob, "queued")]


@ON_POSTGRESQL
async def test_a_stop_said_after_the_audience_was_read_waits_and_finds_what_was_written_down(
    store: Database, open_again: Callable[[], Database]
) -> None:
    await announced.office(store)
    (ann,) = await announced.subscribers(store, 1)
    await announced.approved(store)
    async with store.transaction() as tx:
        await running.begin(tx, NOW)
    other = open_again()

    async def stop() -> None:
        async with other.transaction() as tx:
            await contacts.meet(tx, [Identity(telegram_id=10_000 + ann)], NOW)
            await subscriptions.unsubscribe(tx, ann, BOTH, NOW)

    async with store.transaction() as tx:
        await running.freeze(tx, announced.SERVED, NOW)
        stopping = asyncio.create_task(stop())
        await given.until_somebody_waits_for_a_lock(other)
    await stopping

    assert await given.rows(store, "person_id", "status", "reason") == [(ann, "skipped", "unsubscribed")]


@ON_POSTGRESQL
async def test_an_officer_who_stops_it_in_a_turn_with_a_subscriber_does_not_wait_for_the_writing_down(
    store: Database, open_again: Callable[[], Database]
) -> None:
    await announced.office(store)
    (ann,) = await announced.subscribers(store, 1)
    broadcast_id = await announced.approved(store)
    async with store.transaction() as tx:
        await running.begin(tx, NOW)
    other = open_again()

    async def freeze() -> bool:
        async with other.transaction() as tx:
            return await running.freeze(tx, announced.SERVED, NOW)

    async with store.transaction() as tx:
        await contacts.meet(tx, [Identity(telegram_id=10_000 + ann)], NOW)
        freezing = asyncio.create_task(freeze())
        await given.until_somebody_waits_for_a_lock(other)
        assert await steering.stop(tx, broadcast_id, announced.SECOND, NOW)

    assert not await freezing
    assert await given.rows(store, "status") == []


async def test_proposers_get_news_without_subscribing(store: Database) -> None:
    await announced.office(store)
    ann, bob = await given.people(store, 2)
    await tied.tie(store, ann, "UPK-2026-0001")
    await subscribe(store, bob)
    await announced.under_way(store, Draft(announced.AUTHOR, audience=Audience("proposers"), texts={"id": Text("A")}))

    assert await given.rows(store, "person_id", "status") == [(ann, "queued")]


@ON_BOTH
async def test_whoever_cannot_be_written_to_anywhere_wants_nothing_any_more(store: Database) -> None:
    ann, bob = await given.people(store, 2)
    await subscribe(store, ann)
    await subscribe(store, bob)
    await close(store, ann, TELEGRAM)

    assert (await wanted(store, ann), await agreed(store, ann)) == ([], [(consents.NEWS, False)])
    assert await wanted(store, bob) == list(BOTH)


@pytest.mark.parametrize(("closed", "left"), [(["web"], 2), ([TELEGRAM], 2), ([TELEGRAM, "web"], 0)])
async def test_whoever_has_another_open_door_is_still_told(store: Database, closed: list[str], left: int) -> None:
    ann = await given.person(store)
    async with store.transaction() as tx:
        await tx.execute(sa.update(people).where(people.c.id == ann).values(web_token_hash="f" * 64))
    await subscribe(store, ann)
    for channel in closed:
        await close(store, ann, channel)

    assert len(await wanted(store, ann)) == left


async def test_a_door_found_closed_while_sending_ends_it_too(store: Database) -> None:
    await announced.office(store)
    (ann,) = await announced.subscribers(store, 1)
    await announced.under_way(store)
    (claim,) = await announced.taken(store)
    await given.settle(store, claim, "refused", reason="blocked", reaction=Reaction(door_closed=True))

    assert await wanted(store, ann) == []
