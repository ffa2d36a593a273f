"""Reports of a platform settle what was unsure, in whatever order they come."""

from __future__ import annotations

import itertools
from dataclasses import replace

import pytest
import sqlalchemy as sa

from storage import admitting, alarms, deliveries, outbox, rests, windows
from storage.broadcasts import steering
from storage.database import Database
from storage.deliveries import Delivery
from storage.outbox import UNKEPT, Claim, Draft
from storage.reactions import Reaction
from storage.rests import Rest
from storage.schema import outbox as messages
from tests.storage import given
from tests.storage.broadcasts import announced
from tests.storage.emptied import ON_BOTH
from tests.storage.given import NOW, TELEGRAM, at

pytestmark = ON_BOTH

THEIRS = "wamid.1"


async def sending(store: Database, text: str = "halo") -> Claim:
    """Return a message whose request is on its way."""
    await given.queue(store, await given.person(store), text)
    (claim,) = await given.claim(store)
    await given.intend(store, [claim])
    return claim


async def unsure(store: Database) -> Claim:
    claim = await sending(store)
    await given.settle(store, claim, "unsure", reason="answer_lost")
    return claim


async def note(store: Database, *reports: Delivery) -> int:
    async with store.transaction() as tx:
        return await deliveries.note(tx, reports, at(100))


def report(claim: Claim, state: str, seconds: float = 1, **more: object) -> Delivery:
    details = {"platform_message_id": THEIRS, "outbox_id": claim.id, "attempt": claim.attempt} | more
    return Delivery(TELEGRAM, state, at(seconds), **details)  # type: ignore[arg-type]


async def row(store: Database) -> tuple[object, ...]:
    columns = ("status", "reason", "platform_message_id", "delivered_at", "read_at")
    (found,) = await given.rows(store, *columns)
    return found


@pytest.mark.parametrize("state", ["sent", "delivered", "read"])
async def test_a_report_settles_what_was_unsure(store: Database, state: str) -> None:
    claim = await unsure(store)

    assert await note(store, report(claim, state)) == 1
    assert (await row(store))[:3] == ("sent", None, THEIRS)


async def test_a_report_may_come_before_the_answer(store: Database) -> None:
    claim = await sending(store)
    await note(store, report(claim, "delivered", 5))
    await given.settle(store, claim, "sent", platform_message_id=THEIRS)

    assert await row(store) == ("sent", None, THEIRS, at(5), None)


async def test_what_was_reported_before_its_process_was_killed_does_not_become_unsure(store: Database) -> None:
    claim = await sending(store)
    await note(store, report(claim, "sent"))
    async with store.transaction() as tx:
        assert await outbox.recover(tx, at(3600)) == (0, 0)

    assert (await row(store))[0] == "sent"


async def test_what_arrived_is_not_sent_again(store: Database) -> None:
    claim = await sending(store)
    await given.settle(store, claim, "queued", reason="server_error", not_before=NOW)

    assert await note(store, report(claim, "sent")) == 1
    assert await given.claim(store) == []


async def test_what_another_process_just_took_is_not_sent_either(store: Database) -> None:
    claim = await sending(store)
    await given.settle(store, claim, "queued", reason="server_error", not_before=NOW)
    again = await given.claim(store)
    await note(store, report(claim, "delivered"))

    assert await given.intend(store, again) == set()


@pytest.mark.parametrize("order", list(itertools.permutations(["sent", "delivered", "read"])))
async def test_the_order_of_reports_does_not_matter(store: Database, order: tuple[str, ...]) -> None:
    claim = await unsure(store)
    seconds = {"sent": 1, "delivered": 2, "read": 3}
    for state in order:
        await note(store, report(claim, state, seconds[state]))

    first_arrived = next(state for state in order if state != "sent")
    assert await row(store) == ("sent", None, THEIRS, at(seconds[first_arrived]), at(3))


async def test_a_repeated_report_changes_nothing(store: Database) -> None:
    claim = await unsure(store)
    await note(store, report(claim, "read", 3))
    before = await row(store)

    assert await note(store, report(claim, "read", 9), report(claim, "delivered", 9)) == 0
    assert await row(store) == before


@pytest.mark.parametrize("state", ["refused", "failed"])
async def test_a_message_may_fail_after_it_was_taken(store: Database, state: str) -> None:
    claim = await sending(store)
    await given.settle(store, claim, "sent", platform_message_id=THEIRS)

    assert await note(store, report(claim, state, reason="undeliverable")) == 1
    assert await row(store) == (state, "undeliverable", THEIRS, None, None)


async def test_a_failure_settles_what_was_unsure(store: Database) -> None:
    claim = await unsure(store)
    await note(store, report(claim, "refused", reason="undeliverable"))

    assert (await row(store))[:2] == ("refused", "undeliverable")


async def test_what_arrived_cannot_have_failed(store: Database) -> None:
    claim = await unsure(store)
    await note(store, report(claim, "delivered"))

    assert await note(store, report(claim, "failed", reason="undeliverable")) == 0
    assert (await row(store))[:2] == ("sent", None)


async def test_what_failed_and_is_reported_to_have_arrived_has_arrived(store: Database) -> None:
    claim = await unsure(store)
    await note(store, report(claim, "failed", reason="undeliverable"))
    await note(store, report(claim, "delivered", 7))

    assert await row(store) == ("sent", None, THEIRS, at(7), None)


async def test_a_report_of_an_earlier_attempt_says_nothing_of_the_later(store: Database) -> None:
    first = await sending(store)
    await given.settle(store, first, "queued", reason="rate_limited", not_before=NOW)
    (second,) = await given.claim(store)
    await given.intend(store, [second])

    assert await note(store, report(first, "failed", reason="rate_limited")) == 0
    assert (await row(store))[0] == "sending"


async def test_a_message_is_also_found_by_the_id_of_the_platform(store: Database) -> None:
    claim = await sending(store)
    await given.settle(store, claim, "sent", platform_message_id=THEIRS)
    await note(store, report(claim, "read", 4, outbox_id=None, attempt=None))

    assert (await row(store))[3:] == (at(4), at(4))


async def test_an_id_of_ours_that_stands_for_another_message_is_not_believed(store: Database) -> None:
    claim = await sending(store)
    await given.settle(store, claim, "sent", platform_message_id="wamid.other")

    assert await note(store, report(claim, "failed", reason="undeliverable")) == 0
    assert (await row(store))[:3] == ("sent", None, "wamid.other")


async def test_a_report_of_another_channel_is_not_believed(store: Database) -> None:
    claim = await unsure(store)
    other = Delivery("elsewhere", "sent", NOW, THEIRS, claim.id, claim.attempt)

    assert await note(store, other) == 0
    assert (await row(store))[0] == "unsure"


@pytest.mark.parametrize("state", ["sent", "refused"])
async def test_what_is_not_kept_goes_with_the_report(store: Database, state: str) -> None:
    person = await given.person(store)
    async with store.transaction() as tx:
        await outbox.add(tx, [Draft(person, TELEGRAM, "kode 1234", topic=UNKEPT)], NOW)
    (claim,) = await given.claim(store)
    await given.intend(store, [claim])
    await note(store, report(claim, state))

    assert await given.rows(store, "text") == [("",)]


@pytest.mark.parametrize("state", ["sent", "read", "failed"])
async def test_the_first_report_of_an_attempt_is_kept(store: Database, state: str) -> None:
    claim = await sending(store)
    await note(store, report(claim, state, 5), report(claim, "delivered", 7))

    assert await given.rows(store, "reported_at") == [(at(5),)]


async def test_of_a_new_attempt_nothing_was_reported_yet(store: Database) -> None:
    claim = await sending(store)
    await given.settle(store, claim, "queued", not_before=NOW)
    await note(store, report(claim, "failed", reason="unavailable"))
    async with store.transaction() as tx:
        await tx.execute(sa.update(messages).values(status="queued", settled_at=None))
    (again,) = await given.claim(store)
    await given.intend(store, [again])

    assert await given.rows(store, "reported_at", "attempts") == [(None, 2)]


# What was sent outside the window after all


def closed(claim: Claim, **more: object) -> Delivery:
    return report(claim, "refused", reason="window_closed", **more)


async def test_what_was_sent_outside_the_window_goes_again_once(store: Database) -> None:
    claim = await unsure(store)
    async with store.transaction() as tx:
        await windows.note(tx, {claim.person_id: NOW})

    assert await note(store, closed(claim)) == 1
    assert await note(store, closed(claim)) == 0  # the same report comes twice
    assert await row(store) == ("queued", "window_closed", THEIRS, None, None)
    async with store.reading() as tx:
        assert (await windows.standing(tx, [claim.person_id]))[claim.person_id].wrote_at is None
    (again,) = await given.claim(store, now=at(101))
    await given.intend(store, [again], now=at(101))
    async with store.transaction() as tx:
        await admitting.go_as(tx, {again.id: "message"})
    await given.settle(store, again, "sent", platform_message_id="wamid.2")
    assert await note(store, closed(claim)) == 0
    assert await note(store, closed(again, platform_message_id="wamid.2")) == 1  # a template: not a third time
    assert (await row(store))[:2] == ("refused", "window_closed")


async def test_what_is_not_kept_any_more_cannot_go_again(store: Database) -> None:
    person = await given.person(store)
    async with store.transaction() as tx:
        await outbox.add(tx, [Draft(person, TELEGRAM, "rahasia", topic=UNKEPT)], NOW)
    (claim,) = await given.claim(store)
    await given.intend(store, [claim])
    await given.settle(store, claim, "sent", platform_message_id=THEIRS)
    await note(store, closed(claim))

    assert (await row(store))[:2] == ("refused", "window_closed")


@pytest.mark.parametrize(("stopped", "status"), [(False, "queued"), (True, "refused")])
async def test_a_recipient_goes_again_only_while_the_broadcast_goes_on(
    store: Database, stopped: bool, status: str
) -> None:
    await announced.office(store)
    await announced.subscribers(store, 1)
    broadcast_id = await announced.under_way(store)
    (claim,) = await announced.taken(store)
    await given.settle(store, claim, "sent", platform_message_id=THEIRS)
    if stopped:
        async with store.transaction() as tx:
            await steering.stop(tx, broadcast_id, announced.SECOND, NOW)
    await note(store, closed(claim))

    assert (await row(store))[0] == status


async def test_nothing_to_report_is_nothing(store: Database) -> None:
    assert await note(store) == 0


# What was taken and could not be sent goes again


async def sent(store: Database) -> Claim:
    claim = await sending(store)
    await given.settle(store, claim, "sent", platform_message_id=THEIRS)
    return claim


def too_fast(claim: Claim, **more: object) -> Delivery:
    return report(claim, "queued", reason="rate_limited", not_before=at(5), **more)


@pytest.mark.parametrize("before", ["sending", "sent", "unsure"])
async def test_what_failed_for_want_of_room_goes_again_when_there_is_some(store: Database, before: str) -> None:
    claim = await {"sending": sending, "sent": sent, "unsure": unsure}[before](store)

    assert await note(store, too_fast(claim)) == 1
    assert await given.rows(store, "status", "reason", "settled_at", "not_before") == [
        ("queued", "rate_limited", None, at(5))
    ]
    assert await given.claim(store, now=at(4)) == []
    (again,) = await given.claim(store, now=at(5))
    assert again.attempt == 2


async def test_the_answer_to_the_first_attempt_may_come_after_its_failure(store: Database) -> None:
    claim = await sending(store)
    await note(store, too_fast(claim))
    await given.settle(store, claim, "sent", platform_message_id=THEIRS)

    assert (await row(store))[0] == "queued"


@pytest.mark.parametrize("later", ["queued", "sent"])
async def test_a_report_that_comes_again_or_late_changes_nothing(store: Database, later: str) -> None:
    claim = await sent(store)
    await note(store, too_fast(claim))

    assert await note(store, report(claim, later, reason="rate_limited", not_before=at(90))) == 0
    assert await given.rows(store, "status", "not_before") == [("queued", at(5))]


@pytest.mark.parametrize("state", ["refused", "failed"])
async def test_what_could_not_be_sent_is_not_called_sent_since_the_platform_took_it(
    store: Database, state: str
) -> None:
    claim = await sent(store)
    await note(store, report(claim, state, reason="undeliverable"))
    await note(store, report(claim, "sent"))

    assert (await row(store))[0] == state


async def test_what_arrived_after_all_does_not_go_again(store: Database) -> None:
    claim = await sent(store)
    await note(store, too_fast(claim))
    await note(store, report(claim, "delivered", 7))

    assert await row(store) == ("sent", None, THEIRS, at(7), None)


async def test_the_next_attempt_is_known_by_its_own_report(store: Database) -> None:
    claim = await sent(store)
    await note(store, too_fast(claim))
    (again,) = await given.claim(store, now=at(5))
    await given.intend(store, [again], now=at(5))
    await note(store, report(again, "sent", platform_message_id="wamid.2"))

    assert (await row(store))[:3] == ("sent", None, "wamid.2")


async def test_what_is_not_kept_cannot_go_again(store: Database) -> None:
    person = await given.person(store)
    async with store.transaction() as tx:
        await outbox.add(tx, [Draft(person, TELEGRAM, "kode 1234", topic=UNKEPT)], NOW)
    (claim,) = await given.claim(store)
    await given.intend(store, [claim])
    await given.settle(store, claim, "sent", platform_message_id=THEIRS)
    await note(store, too_fast(claim))

    assert await given.rows(store, "status", "text") == [("failed", "")]


async def test_it_goes_again_so_often_and_no_more(store: Database) -> None:
    first = await sent(store)
    for attempt in range(1, deliveries.TRIES + 1):
        now = at(10 * attempt)
        await note(store, replace(too_fast(replace(first, attempt=attempt)), not_before=now))
        for claim in await given.claim(store, now=now):
            await given.intend(store, [claim], now=now)
            await given.settle(store, claim, "sent", platform_message_id=THEIRS)

    assert await given.rows(store, "status", "attempts") == [("failed", deliveries.TRIES)]


async def of_a_broadcast(store: Database) -> tuple[int, Claim]:
    """Return a broadcast and its one message, which the platform took."""
    await announced.office(store)
    await announced.subscribers(store, 1)
    broadcast_id = await announced.under_way(store)
    (claim,) = await announced.taken(store)
    await given.settle(store, claim, "sent", platform_message_id=THEIRS)
    return broadcast_id, claim


async def test_a_recipient_goes_again_while_the_broadcast_goes(store: Database) -> None:
    broadcast_id, claim = await of_a_broadcast(store)
    await note(store, too_fast(claim))

    assert await announced.carried(store) == []
    (again,) = await announced.taken(store, held=given.lease(now=at(5)))
    assert (again.attempt, again.broadcast and again.broadcast.id) == (2, broadcast_id)


async def test_when_the_broadcast_is_over_the_recipient_has_failed(store: Database) -> None:
    broadcast_id, claim = await of_a_broadcast(store)
    assert await announced.carried(store) == [broadcast_id]
    await note(store, too_fast(claim))

    assert await given.rows(store, "status", "reason") == [("failed", "rate_limited")]


async def test_what_else_follows_from_a_failure_is_done_once(store: Database) -> None:
    claim = await sent(store)
    reaction = Reaction(rest=Rest("bulk", at(60)), alarm="spam")
    spam = report(claim, "refused", reason="spam_limited", reaction=reaction)
    await note(store, spam)
    await note(store, replace(spam, reaction=Reaction(rest=Rest("bulk", at(600)))))

    async with store.reading() as tx:
        assert await rests.resting(tx, NOW) == {(TELEGRAM, "bulk"): at(60)}
        assert await alarms.counts(tx, NOW) == {"spam": 1}
