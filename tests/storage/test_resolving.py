"""An unsure message goes again only where it is proven that it never reached the platform."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest
import sqlalchemy as sa

from storage import deliveries, outbox, resolving, subscriptions
from storage.broadcasts import running, steering
from storage.broadcasts.drafts import Draft
from storage.broadcasts.tables import broadcasts
from storage.database import Database
from storage.deliveries import Delivery
from storage.outbox import UNKEPT
from storage.schema import outbox as messages
from tests.storage import given
from tests.storage.broadcasts import announced
from tests.storage.emptied import ON_BOTH
from tests.storage.given import NOW, TELEGRAM

pytestmark = ON_BOTH
LOOKED = NOW + resolving.WAIT


async def put(store: Database, count: int, at: datetime = NOW, **more: Any) -> list[int]:
    """Put messages on record that were sent at that time and reported, or as `more` says; return their numbers."""
    row = {
        "person_id": 1,
        "channel": TELEGRAM,
        "priority": 0,
        "text": "halo",
        "choices": [],
        "status": "sent",
        "attempts": 1,
        "not_before": at,
        "created_at": at,
        "intended_at": at,
        "settled_at": at,
        "reported_at": at,
        "platform_message_id": "wamid.x",
    } | more
    async with store.transaction() as tx:
        added = await tx.execute(sa.insert(messages).returning(messages.c.id), [row] * count)
        return [found.id for found in added.all()]


async def put_unsure(store: Database, **more: Any) -> int:
    silent = {"status": "unsure", "reason": "answer_lost", "reported_at": None, "platform_message_id": None}
    (outbox_id,) = await put(store, 1, **(silent | more))
    return outbox_id


async def resolve(store: Database, now: datetime = LOOKED) -> int:
    async with store.transaction() as tx:
        return await resolving.resolve(tx, (TELEGRAM,), now)


async def status(store: Database, outbox_id: int) -> str:
    async with store.reading() as tx:
        return str((await tx.execute(sa.select(messages.c.status).where(messages.c.id == outbox_id))).scalar_one())


@pytest.fixture
async def unsure(store: Database) -> int:
    await given.person(store)
    return await put_unsure(store)


async def test_with_all_around_it_reported_it_goes_again(store: Database, unsure: int) -> None:
    await put(store, resolving.LEAST)

    assert await resolve(store) == 1
    assert await resolve(store) == 0
    (claim,) = await given.claim(store, now=LOOKED)
    assert (claim.id, claim.attempt) == (unsure, 2)


async def test_before_its_time_nothing_is_proven(store: Database, unsure: int) -> None:
    await put(store, resolving.LEAST)

    assert await resolve(store, LOOKED - timedelta(seconds=1)) == 0
    assert await resolve(store, NOW + resolving.LOOKED_AT) == 0
    assert await status(store, unsure) == "unsure"


async def test_one_report_that_is_missing_proves_nothing(store: Database, unsure: int) -> None:
    await put(store, 10 * resolving.LEAST)
    await put(store, 1, NOW + resolving.AROUND, reported_at=None)

    assert await resolve(store) == 0
    assert await status(store, unsure) == "unsure"


@pytest.mark.parametrize(
    "more",
    [
        {"at": NOW + resolving.AROUND + timedelta(seconds=1)},
        {"channel": "web"},
        {"status": "refused", "reason": "undeliverable", "platform_message_id": None},
        {"status": "unsure"},
    ],
    ids=["at another time", "elsewhere", "never taken", "unsure itself"],
)
async def test_others_without_a_report_say_nothing(store: Database, unsure: int, more: dict[str, Any]) -> None:
    await put(store, resolving.LEAST)
    await put(store, 1, **({"reported_at": None} | more))

    assert await resolve(store) >= 1
    assert await status(store, unsure) == "queued"


async def test_few_prove_nothing(store: Database, unsure: int) -> None:
    await put(store, resolving.LEAST - 1)

    assert await resolve(store) == 0
    assert await status(store, unsure) == "unsure"


async def test_nor_do_those_before_it_alone(store: Database, unsure: int) -> None:
    await put(store, resolving.LEAST, NOW - timedelta(seconds=1))

    assert await resolve(store) == 0
    assert await status(store, unsure) == "unsure"


@pytest.mark.parametrize(
    "more",
    [
        {"reported_at": NOW},
        {"reason": "left"},
        {"attempts": deliveries.TRIES},
        {"text": "", "topic": UNKEPT},
    ],
    ids=["reported", "left by officers", "tried often", "no text left"],
)
async def test_some_stay_as_they_are(store: Database, more: dict[str, Any]) -> None:
    await given.person(store)
    outbox_id = await put_unsure(store, **more)
    await put(store, resolving.LEAST)

    assert await resolve(store) == 0
    assert await status(store, outbox_id) == "unsure"


async def test_a_report_that_comes_after_all_is_believed(store: Database, unsure: int) -> None:
    await put(store, resolving.LEAST)
    await resolve(store)
    async with store.transaction() as tx:
        late = Delivery(TELEGRAM, "delivered", LOOKED, "wamid.1", unsure, 1)
        assert await deliveries.note(tx, [late], LOOKED) == 1

    assert await given.claim(store, now=LOOKED) == []


async def of_a_broadcast(store: Database) -> tuple[int, int]:
    """Return a broadcast of which one message is unsure and no more is to be sent, and that message."""
    await announced.office(store)
    await announced.subscribers(store, 2)
    broadcast_id = await announced.under_way(store)
    for claim, status in zip(await announced.taken(store), ("sent", "unsure"), strict=True):
        await given.settle(store, claim, status, platform_message_id="wamid.1" if status == "sent" else None)
    async with store.transaction() as tx:
        await tx.execute(sa.update(messages).where(messages.c.status == "sent").values(reported_at=NOW))
        outbox_id = (await tx.execute(sa.select(messages.c.id).where(messages.c.status == "unsure"))).scalar_one()
    await put(store, resolving.LEAST)
    return broadcast_id, outbox_id


async def finish(store: Database) -> None:
    async with store.transaction() as tx:
        await running.finish(tx, NOW)
        await running.unreported(tx, NOW)


@pytest.mark.parametrize("over", [False, True])
async def test_a_broadcast_goes_on_for_it_and_is_reported_anew(store: Database, over: bool) -> None:
    broadcast_id, outbox_id = await of_a_broadcast(store)
    if over:
        await finish(store)

    assert await resolve(store) == 1
    assert await announced.status(store, broadcast_id) == "running"
    (claim,) = await announced.taken(store, held=outbox.Lease("one", LOOKED, given.LEASE))
    await given.settle(store, claim, "sent", now=LOOKED)
    assert claim.id == outbox_id
    async with store.transaction() as tx:
        assert await running.finish(tx, LOOKED) == [broadcast_id]
        assert await running.unreported(tx, LOOKED) == [broadcast_id]


async def test_one_that_staff_stopped_stays_stopped(store: Database) -> None:
    broadcast_id, outbox_id = await of_a_broadcast(store)
    async with store.transaction() as tx:
        await steering.stop(tx, broadcast_id, announced.SECOND, NOW)

    assert await resolve(store) == 0
    assert (await announced.status(store, broadcast_id), await status(store, outbox_id)) == ("stopped", "unsure")


async def test_the_old_words_of_one_that_was_taken_back_do_not_go_again(store: Database) -> None:
    broadcast_id, outbox_id = await of_a_broadcast(store)
    await finish(store)
    await announced.approved(store, Draft(announced.AUTHOR, "withdrawal", broadcast_id))

    assert await resolve(store) == 0
    assert (await announced.status(store, broadcast_id), await status(store, outbox_id)) == ("finished", "unsure")


async def test_whoever_said_stop_meanwhile_gets_nothing(store: Database) -> None:
    _, outbox_id = await of_a_broadcast(store)
    async with store.transaction() as tx:
        await subscriptions.unsubscribe(tx, 2, subscriptions.TOPICS, NOW)
        await subscriptions.unsubscribe(tx, 1, subscriptions.TOPICS, NOW)

    assert await resolve(store) == 0
    assert await status(store, outbox_id) == "unsure"


async def test_one_of_the_same_broadcast_without_a_report_proves_nothing(store: Database) -> None:
    broadcast_id, outbox_id = await of_a_broadcast(store)
    async with store.transaction() as tx:
        of_it = (messages.c.broadcast_id == broadcast_id, messages.c.status == "sent")
        long_before = NOW - timedelta(hours=3)
        await tx.execute(sa.update(messages).where(*of_it).values(reported_at=None, settled_at=long_before))

    assert await resolve(store) == 0
    assert await status(store, outbox_id) == "unsure"


async def test_a_platform_that_does_not_report_proves_nothing(store: Database, unsure: int) -> None:
    await put(store, resolving.LEAST)
    async with store.transaction() as tx:
        assert await resolving.resolve(tx, ("whatsapp",), LOOKED) == 0
    assert await status(store, unsure) == "unsure"


async def test_broadcasts_are_looked_at_apart(store: Database) -> None:
    broadcast_id, _ = await of_a_broadcast(store)
    await put_unsure(store)

    assert await resolve(store) == 2
    async with store.reading() as tx:
        assert (await tx.execute(sa.select(broadcasts.c.id))).scalar_one() == broadcast_id
