"""The ledger of what is sent: who is next, what a lease holds, and how attempts end."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from datetime import timedelta

import pytest
import sqlalchemy as sa

from storage import contacts, outbox
from storage.contacts import Identity
from storage.database import ConflictError, Database
from storage.outbox import BULK, PUSH, REPLY, Claim, Draft, File, Settlement
from storage.reactions import Reaction
from storage.schema import attachments
from storage.schema import outbox as table
from tests.storage import given
from tests.storage.emptied import ON_POSTGRESQL
from tests.storage.given import LEASE, NOW, TELEGRAM, at, claim, intend, lease, queue, settle, statuses

MOMENT = timedelta(microseconds=1)
POSTER = File("poster.pdf", "application/pdf", "The poster", b"%PDF\x00\xff")
MAP = File("peta.png", "image/png", "Peta", b"\x89PNG", illustration=True)


def texts(claims: list[Claim]) -> list[str]:
    return [each.text for each in claims]


async def sending(database: Database, text: str = "halo") -> Claim:
    """Bring one message to where its request may have left."""
    await queue(database, await given.person(database), text)
    (found,) = await claim(database)
    await intend(database, [found])
    return found


async def recover(database: Database, seconds: float) -> tuple[int, int]:
    async with database.transaction() as tx:
        return await outbox.recover(tx, at(seconds))


# Adding


async def test_a_message_begins_queued_due_and_never_tried(store: Database) -> None:
    await queue(store, await given.person(store), "halo")

    (row,) = await given.rows(store, "status", "attempts", "not_before", "created_at", "priority", "settled_at")

    assert row == ("queued", 0, NOW, NOW, REPLY, None)


async def test_messages_are_numbered_in_the_order_given(store: Database) -> None:
    first, second = await given.people(store, 2)
    async with store.transaction() as tx:
        await outbox.add(tx, [Draft(person, TELEGRAM, f"{n}") for n, person in enumerate([first, second] * 20)], NOW)

    assert [text for (text,) in await given.rows(store, "text")] == [f"{n}" for n in range(40)]


@pytest.mark.parametrize("with_file", [0, 1, 2], ids=["first", "middle", "last"])
async def test_messages_with_and_without_files_keep_the_order_given(store: Database, with_file: int) -> None:
    person = await given.person(store)
    drafts = [Draft(person, TELEGRAM, f"{n}", files=(POSTER,) if n == with_file else ()) for n in range(3)]
    async with store.transaction() as tx:
        await outbox.add(tx, drafts, NOW)

    assert [text for (text,) in await given.rows(store, "text")] == ["0", "1", "2"]


async def test_adding_nothing_adds_nothing(store: Database) -> None:
    async with store.transaction() as tx:
        await outbox.add(tx, [], NOW)

    assert await given.rows(store, "id") == []


# Claiming


async def test_a_claim_carries_everything_a_send_needs(store: Database) -> None:
    await given.people(store, 2)
    async with store.transaction() as tx:
        await outbox.add(
            tx,
            [
                Draft(2, TELEGRAM, "Ini *posternya*", (("ask:a", "Jadwal"), ("menu", "Menu")), (POSTER, MAP)),
                Draft(1, TELEGRAM, "halo", files=(MAP,)),
            ],
            NOW,
        )

    first, second = await claim(store, now=at(7))

    assert first == Claim(
        id=first.id,
        person_id=2,
        address=Identity(telegram_id=2),
        channel=TELEGRAM,
        text="Ini *posternya*",
        choices=(("ask:a", "Jadwal"), ("menu", "Menu")),
        files=(POSTER, MAP),
        attempt=1,
        created_at=NOW,
    )
    assert (second.address, second.files) == (Identity(telegram_id=1), (MAP,))
    assert await given.rows(store, "status", "lease_owner", "lease_until") == [("claimed", "one", at(7) + LEASE)] * 2


async def test_a_message_is_claimed_once(store: Database) -> None:
    await queue(store, await given.person(store), "halo")

    assert texts(await claim(store)) == ["halo"]
    assert await claim(store, owner="two") == []


async def test_replies_come_first_then_news_then_announcements_each_in_the_order_of_writing(store: Database) -> None:
    for person, priority in zip(await given.people(store, 6), (BULK, PUSH, REPLY, BULK, REPLY, PUSH), strict=True):
        await queue(store, person, f"{priority} to {person}", priority=priority)

    claims = await claim(store)

    assert texts(claims) == ["0 to 3", "0 to 5", "5 to 2", "5 to 6", "9 to 1", "9 to 4"]


@pytest.mark.parametrize("limit", [0, 1, 4, 5, 6, 7])
async def test_no_more_are_claimed_than_asked_for_and_those_that_come_first(store: Database, limit: int) -> None:
    for person in await given.people(store, 6):
        await queue(store, person, f"{person}", priority=BULK if person <= 2 else REPLY)

    claims = await claim(store, limit)

    assert texts(claims) == ["3", "4", "5", "6", "1", "2"][:limit]


@ON_POSTGRESQL
async def test_no_more_are_claimed_than_asked_for_however_the_query_is_planned(store: Database) -> None:
    for person in await given.people(store, 20):
        await queue(store, person, "halo")
    async with store.transaction() as tx:
        for kind in ("hashjoin", "mergejoin", "hashagg", "sort", "material", "indexscan", "bitmapscan"):
            await tx.execute(sa.text(f"SET LOCAL enable_{kind} = off"))
        claims = await outbox.claim(tx, TELEGRAM, lease(), 5)

    assert len(claims) == 5


async def test_other_channels_are_left_alone(store: Database) -> None:
    person = await given.person(store)
    await queue(store, person, "browser", channel="web")

    assert await claim(store) == []
    assert await statuses(store) == {"browser": "queued"}


async def test_one_person_has_one_open_message_at_a_time(store: Database) -> None:
    await queue(store, await given.person(store), "first", "second")

    (first,) = await claim(store)
    while_claimed = await claim(store)
    await intend(store, [first])
    while_sending = await claim(store)
    await settle(store, first, "sent")

    assert (texts([first]), while_claimed, while_sending) == (["first"], [], [])
    assert texts(await claim(store)) == ["second"]


async def test_an_open_message_on_one_channel_does_not_hold_up_another(store: Database) -> None:
    person = await given.person(store)
    await queue(store, person, "browser", channel="web")
    async with store.transaction() as tx:
        await outbox.claim(tx, "web", lease(), 1)
    await queue(store, person, "telegram")

    assert texts(await claim(store)) == ["telegram"]


async def test_a_queued_reply_overtakes_a_queued_announcement(store: Database) -> None:
    person = await given.person(store)
    await queue(store, person, "announcement", priority=BULK)
    await queue(store, person, "reply")

    (reply,) = await claim(store)
    await intend(store, [reply])
    await settle(store, reply, "sent")

    assert reply.text == "reply"
    assert texts(await claim(store)) == ["announcement"]


async def test_an_announcement_that_is_being_sent_is_finished_before_the_reply(store: Database) -> None:
    person = await given.person(store)
    await queue(store, person, "announcement", priority=BULK)
    await claim(store)
    await queue(store, person, "reply")

    assert await claim(store) == []


async def test_a_message_waits_until_its_time(store: Database) -> None:
    found = await sending(store)
    await settle(store, found, "queued", reason="rate_limited", not_before=at(30))

    assert await claim(store, now=at(30) - MOMENT) == []
    assert texts(await claim(store, now=at(30))) == ["halo"]


async def test_what_waits_for_its_time_holds_up_what_was_written_after_it(store: Database) -> None:
    found = await sending(store, "first")
    await settle(store, found, "queued", not_before=at(30))
    await queue(store, found.person_id, "second")

    assert await claim(store, now=at(29)) == []
    assert texts(await claim(store, now=at(30))) == ["first"]


async def test_a_waiting_announcement_does_not_hold_up_a_reply(store: Database) -> None:
    person = await given.person(store)
    await queue(store, person, "announcement", priority=BULK)
    (found,) = await claim(store)
    await intend(store, [found])
    await settle(store, found, "queued", not_before=at(30))
    await queue(store, person, "reply")

    assert texts(await claim(store)) == ["reply"]


@ON_POSTGRESQL
async def test_a_claim_passes_over_what_another_process_is_claiming_right_now(
    store: Database, open_again: Callable[[], Database]
) -> None:
    for person in await given.people(store, 4):
        await queue(store, person, f"{person} first", f"{person} second")
    async with store.transaction() as one, open_again().transaction() as other:
        first = await outbox.claim(one, TELEGRAM, lease("one"), 2)
        second = await outbox.claim(other, TELEGRAM, lease("two"), 10)

    assert texts(first) == ["1 first", "2 first"]
    assert texts(second) == ["3 first", "4 first"]


@ON_POSTGRESQL
async def test_a_claim_that_was_rolled_back_leaves_the_message_queued(store: Database) -> None:
    await queue(store, await given.person(store), "halo")
    async with store.transaction() as tx:
        await outbox.claim(tx, TELEGRAM, lease("one"), 1)
        await tx.rollback()

    assert texts(await claim(store, owner="two")) == ["halo"]


async def test_processes_that_claim_at_once_share_the_messages_out(
    store: Database, open_again: Callable[[], Database]
) -> None:
    for person in await given.people(store, 30):
        await queue(store, person, f"{person}")
    other = open_again()

    rounds = await asyncio.gather(
        *(claim(database, 4, owner=owner) for _ in range(8) for database, owner in ((store, "one"), (other, "two")))
    )

    taken = [each for claims in rounds for each in texts(claims)]
    assert len(taken) == len(set(taken))
    assert set(taken) | set(texts(await claim(store))) == {f"{person}" for person in range(1, 31)}


# Intending


async def test_an_intent_counts_the_attempt_and_renews_the_lease(store: Database) -> None:
    await queue(store, await given.person(store), "halo")
    (found,) = await claim(store)

    assert await intend(store, [found], now=at(10)) == {found.id}
    assert await given.rows(store, "status", "attempts", "intended_at", "lease_owner", "lease_until") == [
        ("sending", 1, at(10), "one", at(10) + LEASE)
    ]


async def test_many_intents_are_written_at_once(store: Database) -> None:
    for person in await given.people(store, 3):
        await queue(store, person, "halo")
    claims = await claim(store)

    assert await intend(store, claims[:2]) == {claims[0].id, claims[1].id}
    assert [status for (status,) in await given.rows(store, "status")] == ["sending", "sending", "claimed"]


@pytest.mark.parametrize(
    ("after", "holds"), [(LEASE - MOMENT, True), (LEASE, False), (LEASE + MOMENT, False)], ids=["below", "at", "above"]
)
async def test_nothing_is_intended_once_the_lease_ran_out(store: Database, after: timedelta, holds: bool) -> None:
    await queue(store, await given.person(store), "halo")
    claims = await claim(store)

    assert await intend(store, claims, now=NOW + after) == ({claims[0].id} if holds else set())


async def test_nothing_is_intended_with_the_lease_of_somebody_else(store: Database) -> None:
    await queue(store, await given.person(store), "halo")
    claims = await claim(store, owner="one")

    assert await intend(store, claims, owner="two") == set()
    assert await statuses(store) == {"halo": "claimed"}


async def test_nothing_is_intended_twice(store: Database) -> None:
    found = await sending(store)

    assert await intend(store, [found]) == set()
    assert await given.rows(store, "attempts") == [(1,)]


async def test_a_message_freed_and_claimed_again_is_not_sent_by_whoever_came_too_late(store: Database) -> None:
    await queue(store, await given.person(store), "halo")
    late = await claim(store, owner="one")
    await recover(store, 60)
    again = await claim(store, owner="two", now=at(60))

    assert await intend(store, late, owner="one", now=at(59)) == set()
    assert await intend(store, again, owner="two", now=at(61)) == {again[0].id}


# Settling


@pytest.mark.parametrize("status", ["sent", "refused", "failed", "unsure"])
async def test_an_attempt_ends_with_its_reason_and_the_platforms_id(store: Database, status: str) -> None:
    found = await sending(store)
    await settle(store, found, status, now=at(2), reason="because", platform_message_id="77")

    columns = ("status", "settled_at", "reason", "platform_message_id", "lease_owner", "lease_until")
    assert await given.rows(store, *columns) == [(status, at(2), "because", "77", None, None)]


async def test_a_message_put_back_is_not_settled_and_counts_its_attempts(store: Database) -> None:
    found = await sending(store)
    await settle(store, found, "queued", reason="rate_limited", not_before=at(3))

    columns = ("status", "settled_at", "reason", "not_before", "lease_owner", "attempts")
    assert await given.rows(store, *columns) == [("queued", None, "rate_limited", at(3), None, 1)]
    (again,) = await claim(store, now=at(3))
    assert (found.attempt, again.attempt) == (1, 2)


async def test_an_answer_to_an_earlier_attempt_does_not_settle_a_later_one(store: Database) -> None:
    first = await sending(store)
    await settle(store, first, "queued")
    (second,) = await claim(store)
    await intend(store, [second])
    await settle(store, first, "refused")

    assert await statuses(store) == {"halo": "sending"}


@pytest.mark.parametrize("truth", ["sent", "refused", "queued"])
async def test_an_answer_that_comes_late_turns_unsure_into_the_truth(store: Database, truth: str) -> None:
    found = await sending(store)
    await recover(store, 60)
    before = await statuses(store)
    await settle(store, found, truth, now=at(61), platform_message_id="77")

    assert before == {"halo": "unsure"}
    assert await statuses(store) == {"halo": truth}


async def test_what_is_settled_stays_settled(store: Database) -> None:
    found = await sending(store)
    await settle(store, found, "sent", platform_message_id="77")
    await settle(store, found, "failed", now=at(5), reason="too_late")

    assert await given.rows(store, "status", "settled_at", "reason") == [("sent", NOW, None)]


async def test_what_was_never_intended_cannot_be_settled(store: Database) -> None:
    await queue(store, await given.person(store), "halo")
    (found,) = await claim(store)
    await settle(store, found, "sent")

    assert await statuses(store) == {"halo": "claimed"}


async def test_many_attempts_are_settled_at_once(store: Database) -> None:
    for person in await given.people(store, 3):
        await queue(store, person, f"{person}")
    claims = await claim(store)
    await intend(store, claims)
    endings = ("sent", "failed", "queued")
    async with store.transaction() as tx:
        await outbox.settle(tx, [Settlement(c, ending) for c, ending in zip(claims, endings, strict=True)], NOW)

    assert await statuses(store) == {"1": "sent", "2": "failed", "3": "queued"}


async def test_whoever_closed_the_door_gets_nothing_more_on_that_channel(store: Database) -> None:
    ann, bob = await given.people(store, 2)
    await queue(store, ann, "refused", "second", "third")
    await queue(store, ann, "announcement", priority=BULK)
    await queue(store, ann, "browser", channel="web")
    await queue(store, bob, "bob's")
    found = next(each for each in await claim(store) if each.person_id == ann)
    await intend(store, [found])
    await settle(store, found, "refused", reason="blocked", reaction=Reaction(door_closed=True), now=at(1))

    assert await statuses(store) == {
        "refused": "refused",
        "second": "skipped",
        "third": "skipped",
        "announcement": "skipped",
        "browser": "queued",
        "bob's": "claimed",
    }
    assert (await given.rows(store, "reason", "settled_at"))[1] == ("unreachable", at(1))
    async with store.reading() as tx:
        assert not await contacts.is_reachable(tx, ann, TELEGRAM)
        assert await contacts.is_reachable(tx, ann, "web")
        assert await contacts.is_reachable(tx, bob, TELEGRAM)


async def test_skipping_gives_up_only_what_is_queued(store: Database) -> None:
    found = await sending(store, "sending")
    await queue(store, found.person_id, "queued")
    async with store.transaction() as tx:
        await outbox.skip_queued(tx, found.person_id, TELEGRAM, "unreachable", at(1))

    assert await statuses(store) == {"sending": "sending", "queued": "skipped"}


# Recovering


async def test_a_lease_that_ran_out_frees_the_claimed_and_makes_the_sending_unsure(store: Database) -> None:
    ann, bob = await given.people(store, 2)
    await queue(store, ann, "claimed")
    await queue(store, bob, "sending")
    claims = await claim(store)
    await intend(store, claims[1:])

    before = await recover(store, 60 - 1e-6)
    after = await recover(store, 60)

    assert (before, after) == ((0, 0), (1, 1))
    columns = ("status", "reason", "settled_at", "attempts", "lease_owner", "lease_until")
    assert await given.rows(store, *columns) == [
        ("queued", None, None, 0, None, None),
        ("unsure", "interrupted", at(60), 1, None, None),
    ]


async def test_a_process_that_is_alone_takes_back_what_is_leased_still(store: Database) -> None:
    ann, bob = await given.people(store, 2)
    await queue(store, ann, "claimed")
    await queue(store, bob, "sending")
    claims = await claim(store)
    await intend(store, claims[1:])
    async with store.transaction() as tx:
        recovered = await outbox.recover(tx, at(1), alone=True)

    assert recovered == (1, 1)
    assert await given.rows(store, "status", "reason") == [("queued", None), ("unsure", "interrupted")]


async def test_what_is_unsure_is_never_sent_again_by_itself(store: Database) -> None:
    found = await sending(store)
    await recover(store, 60)
    await recover(store, 6000)

    assert await claim(store, now=at(6000)) == []
    assert await intend(store, [found], now=at(6000)) == set()


async def test_a_message_behind_an_unsure_one_goes_on(store: Database) -> None:
    found = await sending(store, "unsure")
    await queue(store, found.person_id, "next")
    await recover(store, 60)

    assert texts(await claim(store, now=at(60))) == ["next"]


# Counting


async def test_messages_are_counted_by_channel_and_status(store: Database) -> None:
    ann, bob = await given.people(store, 2)
    await queue(store, ann, "1", "2", "3")
    await queue(store, bob, "4", channel="web")
    await claim(store)
    async with store.reading() as tx:
        counts = await outbox.counts(tx)

    assert counts == {(TELEGRAM, "claimed"): 1, (TELEGRAM, "queued"): 2, ("web", "queued"): 1}


# What the table refuses

GOOD: dict[str, object] = {
    "person_id": 1,
    "channel": TELEGRAM,
    "priority": REPLY,
    "text": "halo",
    "choices": [],
    "not_before": NOW,
    "created_at": NOW,
}
LEASED: dict[str, object] = {"lease_owner": "one", "lease_until": NOW}


@pytest.mark.parametrize(
    "wrong",
    [
        {"status": "delivered"},
        {"status": "claimed"},
        {"status": "sending"},
        {"status": "claimed", "lease_owner": "one"},
        {"status": "claimed", "lease_until": NOW},
        {"status": "claimed", "settled_at": NOW, **LEASED},
        {"status": "queued", "settled_at": NOW},
        {"status": "queued", **LEASED},
        {"status": "queued", "lease_until": NOW},
        {"status": "sent"},
        {"status": "refused"},
        {"status": "failed"},
        {"status": "skipped"},
        {"status": "unsure"},
        {"status": "sent", "settled_at": NOW, **LEASED},
        {"text": None},
        {"channel": None},
        {"person_id": 999},
    ],
    ids=lambda wrong: "-".join(f"{name}={value}"[:24] for name, value in wrong.items()),
)
async def test_an_impossible_message_is_refused(store: Database, wrong: dict[str, object]) -> None:
    await given.person(store)

    with pytest.raises(sa.exc.IntegrityError):
        async with store.transaction() as tx:
            await tx.execute(sa.insert(table), GOOD | wrong)


@pytest.mark.parametrize(
    "right",
    [{}, {"status": "claimed", **LEASED}, {"status": "sending", **LEASED}, {"status": "unsure", "settled_at": NOW}],
    ids=["queued", "claimed", "sending", "unsure"],
)
async def test_a_possible_message_is_taken(store: Database, right: dict[str, object]) -> None:
    await given.person(store)
    async with store.transaction() as tx:
        await tx.execute(sa.insert(table), GOOD | right)

    assert await given.count(store, table) == 1


async def test_messages_and_their_files_go_with_the_person(store: Database) -> None:
    await queue(store, await given.person(store), "halo", files=(POSTER,))
    async with store.transaction() as tx:
        await tx.execute(sa.text("DELETE FROM people"))

    assert (await given.count(store, table), await given.count(store, attachments)) == (0, 0)


@ON_POSTGRESQL
async def test_two_processes_never_hold_two_messages_of_one_person(
    store: Database, open_again: Callable[[], Database]
) -> None:
    person = await given.person(store)
    other = open_again()
    async with store.transaction() as tx:
        await outbox.add(tx, [Draft(person, TELEGRAM, "news", priority=BULK)], NOW)

    async def claim_too() -> None:
        async with other.transaction() as tx:
            await outbox.claim(tx, TELEGRAM, lease(owner="another"), 10)

    async with store.transaction() as slow:
        (first,) = await outbox.claim(slow, TELEGRAM, lease(), 10)
        async with other.transaction() as tx:
            await outbox.add(tx, [Draft(person, TELEGRAM, "reply")], NOW)
        racing = asyncio.create_task(claim_too())
        await given.until_somebody_waits_for_a_lock(store)
    with pytest.raises(ConflictError):
        await racing

    assert first.text == "news"
    assert await statuses(store) == {"news": "claimed", "reply": "queued"}


async def test_what_was_written_from_a_time_on_is_erased_with_its_files(store: Database) -> None:
    ann, ben = await given.people(store, 2)
    await queue(store, ann, "before", now=at(-1))
    await queue(store, ann, "file", files=(File("a.pdf", "application/pdf", "a", b"%PDF"),))
    await queue(store, ben, "other")
    async with store.transaction() as tx:
        await outbox.erase(tx, ann, NOW)

    assert await statuses(store) == {"before": "queued", "other": "queued"}
    assert await given.count(store, attachments) == 0


async def test_what_is_just_being_sent_is_not_erased(store: Database) -> None:
    await queue(store, await given.person(store), "first", "second")
    (claimed,) = await claim(store)
    async with store.transaction() as tx:
        await outbox.erase(tx, claimed.person_id, NOW)
    await intend(store, [claimed])
    await settle(store, claimed, "sent")

    assert await statuses(store) == {"first": "sent"}
