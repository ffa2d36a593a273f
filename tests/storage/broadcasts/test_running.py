"""A broadcast goes from its approval to its end: each of a frozen audience once, and nobody after a stop."""

from __future__ import annotations

from datetime import timedelta

import pytest
import sqlalchemy as sa

from storage import contacts, retention
from storage.broadcasts import reporting, running, steering
from storage.broadcasts.reporting import End
from storage.database import Database
from storage.outbox import erase
from storage.schema import outbox, people
from tests.storage import given
from tests.storage.broadcasts import announced
from tests.storage.given import NOW


async def test_everybody_who_subscribed_gets_it_once(store: Database) -> None:
    await announced.office(store)
    people = await announced.subscribers(store, 5)
    broadcast_id = await announced.under_way(store)

    claims = await announced.taken(store)
    assert [claim.person_id for claim in claims] == people
    assert {claim.text for claim in claims} == {"Halo"}
    assert await announced.taken(store) == []
    for claim in claims:
        await given.settle(store, claim, "sent", platform_message_id="7")
    assert await announced.carried(store) == [broadcast_id]
    assert await announced.status(store, broadcast_id) == "finished"


async def test_a_large_audience_is_frozen_part_by_part(store: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(running, "AT_ONCE", 3)
    await announced.office(store)
    people = await announced.subscribers(store, 10)
    await announced.under_way(store)

    assert [claim.person_id for claim in await announced.taken(store)] == people


async def test_nobody_is_taken_from_a_stopped_broadcast(store: Database) -> None:
    await announced.office(store)
    await announced.subscribers(store, 5)
    broadcast_id = await announced.under_way(store)
    await announced.taken(store, 2)
    async with store.transaction() as tx:
        assert await steering.stop(tx, broadcast_id, announced.SECOND, NOW)

    assert await announced.taken(store) == []


async def test_after_a_stop_it_can_go_to_the_rest(store: Database) -> None:
    await announced.office(store)
    people = await announced.subscribers(store, 5)
    broadcast_id = await announced.under_way(store)
    first = await announced.taken(store, 2)
    await given.settle(store, first[0], "sent")
    await given.settle(store, first[1], "failed", reason="bad_request")
    async with store.transaction() as tx:
        await steering.stop(tx, broadcast_id, announced.SECOND, NOW)
    async with store.transaction() as tx:
        assert await steering.send_rest(tx, broadcast_id, announced.SECOND, ["failed"], NOW) == 1

    assert [claim.person_id for claim in await announced.taken(store)] == people[1:]


async def test_who_cannot_be_reached_is_in_the_report_and_not_sent_to(store: Database) -> None:
    await announced.office(store)
    await announced.subscribers(store, 2)
    async with store.transaction() as tx:
        await tx.execute(
            sa.update(people).where(people.c.id == 1).values(terminal_name="a")
        )  # no channel of the office
        await contacts.close_door(tx, 1, "telegram", NOW)
    await announced.under_way(store)

    assert await given.rows(store, "person_id", "channel", "status", "reason") == [
        (1, "telegram", "skipped", "unreachable"),
        (2, "telegram", "queued", None),
    ]


async def test_who_subscribes_after_the_start_is_not_in_it(store: Database) -> None:
    await announced.office(store)
    await announced.subscribers(store, 1)
    await announced.approved(store)
    async with store.transaction() as tx:
        await running.begin(tx, NOW)
    await announced.subscribers(store, 1, first=2)
    await announced.carried(store)

    assert [claim.person_id for claim in await announced.taken(store)] == [1]


async def test_an_ended_one_is_reported_once_when_nothing_is_in_flight(store: Database) -> None:
    await announced.office(store)
    await announced.subscribers(store, 2)
    broadcast_id = await announced.under_way(store)
    claims = await announced.taken(store)
    async with store.transaction() as tx:
        await steering.stop(tx, broadcast_id, announced.SECOND, NOW)
        assert await running.unreported(tx, NOW) == []
    for claim in claims:
        await given.settle(store, claim, "sent")
    async with store.transaction() as tx:
        assert await running.unreported(tx, NOW) == [broadcast_id]
        assert await running.unreported(tx, NOW) == []


async def test_one_that_was_stopped_before_it_began_has_no_report(store: Database) -> None:
    await announced.office(store)
    broadcast_id = await announced.approved(store, at=NOW + timedelta(hours=1))
    async with store.transaction() as tx:
        await steering.stop(tx, broadcast_id, announced.SECOND, NOW)
        assert await running.unreported(tx, NOW) == []


async def test_counts_outlive_the_recipients(store: Database) -> None:
    await announced.office(store)
    await announced.subscribers(store, 3)
    broadcast_id = await announced.under_way(store)
    first, second, third = await announced.taken(store)
    await given.settle(store, first, "sent")
    await given.settle(store, second, "refused", reason="blocked")
    await given.settle(store, third, "unsure", reason="interrupted")
    async with store.transaction() as tx:
        moments = {"delivered_at": NOW, "read_at": NOW}
        await tx.execute(sa.update(outbox).where(outbox.c.id == first.id).values(moments))
    await announced.carried(store)
    async with store.transaction() as tx:
        await running.unreported(tx, NOW)
        live = await reporting.counts(tx, broadcast_id)
        await tx.execute(sa.delete(outbox))
        kept = await reporting.counts(tx, broadcast_id)
        nothing = await reporting.counts(tx, 999)

    assert kept == live
    assert (live.total, live.of("sent"), live.of("refused", "unsure"), live.delivered, live.read) == (3, 1, 2, 1, 1)
    assert live.ends[End("telegram", "refused", "blocked")] == 1
    assert (nothing.total, nothing.ends) == (0, {})


async def test_recipients_are_listed_part_by_part(store: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reporting, "AT_ONCE", 2)
    await announced.office(store)
    people = await announced.subscribers(store, 4)
    broadcast_id = await announced.under_way(store)
    (first, *_) = await announced.taken(store, 1)
    await given.settle(store, first, "sent")

    listed = [each async for each in reporting.recipients(store.reading, broadcast_id)]
    unsent = [each async for each in reporting.recipients(store.reading, broadcast_id, ["queued"])]
    assert [each.person_id for each in listed] == people
    assert [(each.status, each.settled_at) for each in listed[:2]] == [("sent", NOW), ("queued", None)]
    assert [each.person_id for each in unsent] == people[1:]


async def test_recipients_it_never_came_to_are_forgotten_a_month_after_its_end(store: Database) -> None:
    await announced.office(store)
    await announced.subscribers(store, 2)
    stopped, going = await announced.under_way(store), await announced.under_way(store)
    async with store.transaction() as tx:
        await steering.stop(tx, stopped, announced.SECOND, NOW)
        await retention.forget(tx, NOW + retention.OUTBOX)
    assert await given.count(store, outbox) == 4
    async with store.transaction() as tx:
        await retention.forget(tx, NOW + retention.OUTBOX + given.SECOND)

    assert await given.rows(store, "broadcast_id") == [(going,)] * 2


async def test_who_deletes_their_answers_still_gets_it(store: Database) -> None:
    await announced.office(store)
    await announced.subscribers(store, 1)
    await announced.under_way(store)
    async with store.transaction() as tx:
        await erase(tx, 1, NOW)

    assert len(await announced.taken(store)) == 1
