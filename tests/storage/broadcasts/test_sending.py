"""Who is taken, gets it now: answers first, each broadcast its share, one message a person at a time."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from datetime import timedelta

import pytest
import sqlalchemy as sa

from storage import outbox, subscriptions
from storage.broadcasts import sending, steering
from storage.broadcasts.drafts import Draft, Text
from storage.database import Database
from storage.outbox import Bulk
from storage.reactions import Reaction
from storage.schema import people
from tests.storage import given
from tests.storage.broadcasts import announced
from tests.storage.broadcasts.announced import AUTHOR, SECOND
from tests.storage.emptied import ON_POSTGRESQL
from tests.storage.given import NOW, lease

BOTH = {"id": Text("Halo", (("sub:off", "Berhenti"),)), "en": Text("Hello", (("sub:off", "Stop"),))}


async def waits(database: Database, channel: str = "telegram") -> bool:
    async with database.reading() as tx:
        return await sending.is_waiting(tx, channel)


async def test_the_intent_is_written_as_somebody_is_taken(store: Database) -> None:
    await announced.office(store)
    await announced.subscribers(store, 1)
    broadcast_id = await announced.under_way(store)
    (claim,) = await announced.taken(store)

    assert claim.broadcast == Bulk(broadcast_id, "announcement")
    assert (claim.attempt, claim.address.telegram_id) == (1, 10_001)
    assert await given.rows(store, "status", "attempts", "lease_owner", "intended_at") == [("sending", 1, "one", NOW)]


async def test_each_gets_it_in_their_language_and_indonesian_where_there_is_no_other(store: Database) -> None:
    await announced.office(store)
    await announced.subscribers(store, 2)
    async with store.transaction() as tx:
        await tx.execute(sa.update(people).where(people.c.id == 2).values(language="en"))
    await announced.under_way(store, Draft(AUTHOR, texts=BOTH))
    both = await announced.taken(store)
    for claim in both:
        await given.settle(store, claim, "sent")
    await announced.under_way(store)
    one = await announced.taken(store)

    assert [(claim.text, claim.choices) for claim in both] == [
        ("Halo", (("sub:off", "Berhenti"),)),
        ("Hello", (("sub:off", "Stop"),)),
    ]
    assert [claim.text for claim in one] == ["Halo", "Halo"]


async def test_an_answer_to_the_same_person_goes_first(store: Database) -> None:
    await announced.office(store)
    await announced.subscribers(store, 2)
    await announced.under_way(store)
    await given.queue(store, 1, "jawaban")

    assert [claim.person_id for claim in await announced.taken(store)] == [2]
    (answer,) = await given.claim(store)
    assert answer.text == "jawaban"
    assert await announced.taken(store) == []
    await given.intend(store, [answer])
    await given.settle(store, answer, "sent")
    assert [claim.person_id for claim in await announced.taken(store)] == [1]


async def test_an_answer_does_not_wait_for_an_announcement_that_is_paused_or_to_come(store: Database) -> None:
    await announced.office(store)
    await announced.subscribers(store, 1)
    await announced.under_way(store)
    await given.queue(store, 1, "kabar", priority=outbox.BULK)

    assert [claim.text for claim in await given.claim(store)] == ["kabar"]


async def test_of_several_broadcasts_each_gets_its_share(store: Database) -> None:
    await announced.office(store)
    await announced.subscribers(store, 20)
    first, second = await announced.under_way(store), await announced.under_way(store)
    claims = await announced.taken(store, 10)

    assert [sum(claim.broadcast == Bulk(each, "announcement") for claim in claims) for each in (first, second)] == [
        5,
        5,
    ]
    assert len({claim.person_id for claim in claims}) == 10


async def test_who_is_to_be_tried_later_waits_without_holding_up_others(store: Database) -> None:
    await announced.office(store)
    await announced.subscribers(store, 2)
    await announced.under_way(store)
    (first,) = await announced.taken(store, 1)
    later = NOW + timedelta(seconds=5)
    await given.settle(store, first, "queued", reason="rate_limited", not_before=later)

    assert [claim.person_id for claim in await announced.taken(store)] == [2]
    assert [claim.attempt for claim in await announced.taken(store, held=lease(now=later))] == [2]


async def test_it_is_known_whether_somebody_is_left(store: Database) -> None:
    await announced.office(store)
    await announced.subscribers(store, 1)
    assert not await waits(store)
    broadcast_id = await announced.under_way(store)
    assert (await waits(store), await waits(store, "web")) == (True, False)
    async with store.transaction() as tx:
        await steering.pause(tx, broadcast_id, SECOND, NOW)
    assert not await waits(store)
    async with store.transaction() as tx:
        await steering.resume(tx, broadcast_id, SECOND, NOW)
    await announced.taken(store)

    assert not await waits(store)


async def test_what_a_killed_process_had_taken_is_unsure_and_not_taken_again(store: Database) -> None:
    await announced.office(store)
    await announced.subscribers(store, 1)
    broadcast_id = await announced.under_way(store)
    await announced.taken(store)
    async with store.transaction() as tx:
        assert await outbox.recover(tx, NOW + given.LEASE) == (0, 1)

    assert await announced.taken(store) == []
    assert await given.rows(store, "status", "reason") == [("unsure", "interrupted")]
    assert await announced.carried(store) == [broadcast_id]


async def test_who_closed_the_door_gets_no_other_broadcast_either(store: Database) -> None:
    await announced.office(store)
    await announced.subscribers(store, 2)
    await announced.under_way(store)
    await announced.under_way(store)
    (claim,) = await announced.taken(store, 1)
    await given.settle(store, claim, "refused", reason="blocked", reaction=Reaction(door_closed=True))

    assert sorted(await given.rows(store, "person_id", "status")) == [
        (1, "refused"),
        (1, "skipped"),
        (2, "queued"),
        (2, "queued"),
    ]


@ON_POSTGRESQL
async def test_several_processes_never_take_the_same_person(
    store: Database, open_again: Callable[[], Database]
) -> None:
    await announced.office(store)
    await announced.subscribers(store, 60)
    await announced.under_way(store)
    processes = [open_again() for _ in range(3)]

    async def take_all(database: Database, owner: str) -> list[int]:
        mine = []
        while claims := await announced.taken(database, 7, held=lease(owner)):
            mine += [claim.person_id for claim in claims]
        return mine

    shares = await asyncio.gather(*(take_all(each, str(place)) for place, each in enumerate(processes)))

    assert sorted(person for share in shares for person in share) == list(range(1, 61))


@ON_POSTGRESQL
async def test_a_stop_waits_for_what_is_being_taken_and_nothing_is_taken_after_it(
    store: Database, open_again: Callable[[], Database]
) -> None:
    await announced.office(store)
    await announced.subscribers(store, 10)
    broadcast_id = await announced.under_way(store)

    async def stop() -> None:
        async with open_again().transaction() as tx:
            await steering.stop(tx, broadcast_id, SECOND, NOW)

    async with store.transaction() as tx:
        claims = await sending.take(tx, "telegram", lease(), 3)
        stopping = asyncio.create_task(stop())
        await given.until_somebody_waits_for_a_lock(store)
        assert not stopping.done()
    await stopping

    assert len(claims) == 3
    assert await announced.taken(store) == []


@pytest.mark.parametrize("kind", ["correction", "withdrawal"])
async def test_a_change_goes_to_those_who_have_the_message_and_names_it(store: Database, kind: str) -> None:
    await announced.office(store)
    await announced.subscribers(store, 3)
    async with store.transaction() as tx:
        values = {"web_token_hash": "a", "last_channel": "web"}
        await tx.execute(sa.update(people).where(people.c.id == 2).values(values))
    broadcast_id = await announced.under_way(store)
    for claim in await announced.taken(store):
        if claim.person_id == 1:
            await given.settle(store, claim, "sent", platform_message_id="77")
        else:
            await given.settle(store, claim, "failed", reason="bad_request")
    async with store.transaction() as tx:
        (on_the_web,) = await sending.take(tx, "web", lease(), 10)
    await given.settle(store, on_the_web, "sent", platform_message_id="5")
    await announced.carried(store)

    change = await announced.under_way(
        store,
        Draft(
            AUTHOR, "correction" if kind == "correction" else "withdrawal", broadcast_id, texts={"id": Text("Ralat")}
        ),
    )
    (changed,) = await announced.taken(store)
    async with store.transaction() as tx:
        (told,) = await sending.take(tx, "web", lease(), 10)

    assert (changed.person_id, changed.broadcast) == (1, Bulk(change, kind, "77"))
    assert (told.person_id, told.broadcast, told.text) == (2, Bulk(change, kind), "Ralat")


async def test_a_correction_is_no_new_message_to_who_said_stop(store: Database) -> None:
    await announced.office(store)
    await announced.subscribers(store, 2)
    async with store.transaction() as tx:
        values = {"web_token_hash": "a", "last_channel": "web"}
        await tx.execute(sa.update(people).where(people.c.id == 2).values(values))
    broadcast_id = await announced.under_way(store)
    async with store.transaction() as tx:
        claims = [*await sending.take(tx, "telegram", lease(), 9), *await sending.take(tx, "web", lease(), 9)]
    for claim in claims:
        await given.settle(store, claim, "sent", platform_message_id="77")
    await announced.carried(store)
    async with store.transaction() as tx:
        for person_id in (1, 2):
            await subscriptions.unsubscribe(tx, person_id, subscriptions.TOPICS, NOW)
    await announced.under_way(store, Draft(AUTHOR, "correction", broadcast_id, texts={"id": Text("Ralat")}))

    assert [claim.broadcast.edits for claim in await announced.taken(store) if claim.broadcast] == ["77"]
    async with store.transaction() as tx:
        assert await sending.take(tx, "web", lease(), 9) == []
