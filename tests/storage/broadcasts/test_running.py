"""A broadcast goes from its approval to its end: each of a frozen audience once, and nobody after a stop."""

from __future__ import annotations

import pytest

from storage.broadcasts import running, steering
from storage.database import Database
from tests.storage import given
from tests.storage.broadcasts import announced
from tests.storage.emptied import ON_BOTH
from tests.storage.given import NOW

pytestmark = ON_BOTH


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
