"""Nobody approves their own, nothing happens twice, and every act is written down."""

from __future__ import annotations

from datetime import timedelta

import pytest
import sqlalchemy as sa

from storage import audit, subscriptions
from storage.broadcasts import drafts, running, steering
from storage.broadcasts.audience import Audience
from storage.broadcasts.drafts import Draft, Text
from storage.broadcasts.steering import Approval
from storage.broadcasts.tables import broadcasts
from storage.database import ConflictError, Database
from tests.storage import given, tied
from tests.storage.broadcasts import announced
from tests.storage.broadcasts.announced import AUTHOR, SECOND
from tests.storage.given import NOW


async def approve(database: Database, broadcast_id: int, by: int, *, version: int = 1, alone: bool = False) -> Approval:
    async with database.transaction() as tx:
        return await steering.approve(tx, broadcast_id, version, by, NOW, alone=alone)


async def acts(database: Database) -> list[tuple[str, str]]:
    async with database.reading() as tx:
        return [(act.actor, act.action) for act in reversed(await audit.latest(tx, 100))]


async def test_a_second_officer_approves(store: Database) -> None:
    await announced.office(store)
    broadcast_id = await announced.drafted(store)

    assert await approve(store, broadcast_id, SECOND) is Approval.DONE
    assert await approve(store, broadcast_id, SECOND) is Approval.CHANGED
    assert await acts(store) == [("staff:2", "broadcast_approve")]


async def test_the_author_is_refused(store: Database) -> None:
    await announced.office(store)
    broadcast_id = await announced.drafted(store)

    assert await approve(store, broadcast_id, AUTHOR) is Approval.OWN
    assert await announced.status(store, broadcast_id) == "draft"
    assert await acts(store) == []


async def test_the_database_itself_refuses_the_author(store: Database) -> None:
    await announced.office(store)
    broadcast_id = await announced.drafted(store)
    past = sa.update(broadcasts).values(status="approved", approver_id=AUTHOR, approved_at=NOW)

    with pytest.raises(ConflictError):
        async with store.transaction() as tx:
            await tx.execute(past.where(broadcasts.c.id == broadcast_id))


async def test_an_office_of_one_may_approve_its_own_which_the_audit_shows(store: Database) -> None:
    await announced.office(store)
    own, anothers = await announced.drafted(store), await announced.drafted(store)

    assert await approve(store, own, AUTHOR, alone=True) is Approval.DONE
    assert await approve(store, anothers, SECOND, alone=True) is Approval.DONE
    assert await acts(store) == [("staff:1", "broadcast_approve_alone"), ("staff:2", "broadcast_approve")]


async def test_what_was_changed_since_it_was_shown_is_not_approved(store: Database) -> None:
    await announced.office(store)
    broadcast_id = await announced.drafted(store)
    async with store.transaction() as tx:
        await drafts.set_text(tx, broadcast_id, "id", Text("Lain"))

    assert await approve(store, broadcast_id, SECOND) is Approval.CHANGED
    assert await approve(store, broadcast_id, SECOND, version=2) is Approval.DONE


async def test_it_begins_at_its_time_and_not_before(store: Database) -> None:
    await announced.office(store)
    await announced.subscribers(store, 1)
    broadcast_id = await announced.approved(store, at=NOW + timedelta(minutes=5))
    await announced.carried(store, NOW + timedelta(minutes=4))
    assert await announced.status(store, broadcast_id) == "approved"
    await announced.carried(store, NOW + timedelta(minutes=5))

    assert await announced.status(store, broadcast_id) == "running"


async def test_an_unapproved_one_cannot_be_started(store: Database) -> None:
    await announced.office(store)
    broadcast_id = await announced.drafted(store)
    async with store.transaction() as tx:
        assert not await steering.start(tx, broadcast_id, SECOND, NOW, NOW)


async def test_a_pause_holds_and_a_resume_lets_go(store: Database) -> None:
    await announced.office(store)
    await announced.subscribers(store, 3)
    broadcast_id = await announced.under_way(store)
    await announced.taken(store, 1)
    async with store.transaction() as tx:
        assert await steering.pause(tx, broadcast_id, SECOND, NOW)
        assert not await steering.pause(tx, broadcast_id, SECOND, NOW)
    assert await announced.taken(store) == []
    async with store.transaction() as tx:
        assert await steering.resume(tx, broadcast_id, AUTHOR, NOW)
        assert not await steering.resume(tx, broadcast_id, AUTHOR, NOW)

    assert len(await announced.taken(store)) == 2
    assert [action for _, action in await acts(store)][2:] == ["broadcast_pause", "broadcast_resume"]


async def test_one_that_was_stopped_before_it_was_frozen_goes_on_where_it_was(
    store: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(running, "AT_ONCE", 2)
    await announced.office(store)
    people = await announced.subscribers(store, 5)
    broadcast_id = await announced.approved(store)
    async with store.transaction() as tx:
        await running.begin(tx, NOW)
        await running.freeze(tx, announced.SERVED, NOW)
        assert await steering.stop(tx, broadcast_id, SECOND, NOW)
        assert not await running.freeze(tx, announced.SERVED, NOW)
    async with store.transaction() as tx:
        assert await steering.send_rest(tx, broadcast_id, SECOND, [], NOW) == 0
    await announced.carried(store)

    assert [claim.person_id for claim in await announced.taken(store)] == people


async def test_only_what_has_ended_goes_to_the_rest(store: Database) -> None:
    await announced.office(store)
    await announced.subscribers(store, 1)
    broadcast_id = await announced.under_way(store)
    async with store.transaction() as tx:
        assert await steering.send_rest(tx, broadcast_id, SECOND, [], NOW) is None


@pytest.mark.parametrize(
    ("ends", "again"), [(["unsure"], ["unsure"]), (["failed", "refused"], ["failed", "refused"]), (["sent"], [])]
)
async def test_only_who_ended_so_gets_it_again_and_never_who_has_it(
    store: Database, ends: list[str], again: list[str]
) -> None:
    await announced.office(store)
    await announced.subscribers(store, 4)
    broadcast_id = await announced.under_way(store)
    claims = await announced.taken(store)
    ended = dict(zip(("sent", "unsure", "failed", "refused"), claims, strict=True))
    for end, claim in ended.items():
        await given.settle(store, claim, end, reason=None if end == "sent" else "why")
    await announced.carried(store)
    async with store.transaction() as tx:
        assert await steering.send_rest(tx, broadcast_id, SECOND, ends, NOW) == len(again)

    retaken = {claim.id: claim.attempt for claim in await announced.taken(store)}
    assert retaken == {ended[end].id: 2 for end in again}


async def test_who_may_have_got_it_can_be_left_alone(store: Database) -> None:
    await announced.office(store)
    await announced.subscribers(store, 2)
    broadcast_id = await announced.under_way(store)
    for claim in await announced.taken(store):
        await given.settle(store, claim, "unsure", reason="interrupted")
    await announced.carried(store)
    async with store.transaction() as tx:
        assert await steering.leave_unsure(tx, broadcast_id, SECOND, NOW) == 2
        assert await steering.leave_unsure(tx, broadcast_id, SECOND, NOW) == 0

    assert await given.rows(store, "status", "reason") == [("unsure", "left")] * 2


async def test_a_withdrawal_needs_no_words(store: Database) -> None:
    await announced.office(store)
    await announced.subscribers(store, 1)
    broadcast_id = await announced.under_way(store)
    withdrawal = await announced.drafted(store, Draft(AUTHOR, "withdrawal", broadcast_id))

    assert await approve(store, withdrawal, SECOND) is Approval.DONE


async def test_who_said_stop_since_does_not_get_it_again(store: Database) -> None:
    await announced.office(store)
    await announced.subscribers(store, 2)
    broadcast_id = await announced.under_way(store)
    for claim in await announced.taken(store):
        await given.settle(store, claim, "failed", reason="bad_request")
    await announced.carried(store)
    async with store.transaction() as tx:
        await subscriptions.unsubscribe(tx, 1, subscriptions.TOPICS, NOW)
        assert await steering.send_rest(tx, broadcast_id, SECOND, ["failed"], NOW) == 1

    assert [claim.person_id for claim in await announced.taken(store)] == [2]


async def test_proposers_who_never_subscribed_get_it_again(store: Database) -> None:
    await announced.office(store)
    await announced.subscribers(store, 1)
    await tied.tie(store, 1, "UPK-2026-0001")
    draft = Draft(AUTHOR, audience=Audience("proposers"), texts={"id": Text("Halo")})
    broadcast_id = await announced.under_way(store, draft)
    for claim in await announced.taken(store):
        await given.settle(store, claim, "failed", reason="bad_request")
    await announced.carried(store)
    async with store.transaction() as tx:
        await subscriptions.unsubscribe(tx, 1, subscriptions.TOPICS, NOW)
        assert await steering.send_rest(tx, broadcast_id, SECOND, ["failed"], NOW) == 1
