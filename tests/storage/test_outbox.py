"""The ledger of what is sent: who is next, what a lease holds, and how attempts end."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
import sqlalchemy as sa

from storage import contacts, outbox
from storage.contacts import Identity
from storage.database import Database
from storage.outbox import BULK, Draft, File, Lease, Settlement
from storage.schema import outbox as table

NOW = datetime(2026, 11, 24, 3, tzinfo=UTC)
PERIOD = timedelta(seconds=15)
LEASE = Lease("me", NOW, PERIOD)


async def people(database: Database, count: int) -> list[int]:
    async with database.transaction() as tx:
        met = await contacts.meet(tx, [Identity(telegram_id=number) for number in range(1, count + 1)], NOW)
    return [person.id for person in met]


async def queue(database: Database, *drafts: Draft) -> None:
    async with database.transaction() as tx:
        await outbox.add(tx, drafts, NOW)


async def claim(database: Database, lease: Lease = LEASE, limit: int = 10) -> list[outbox.Claim]:
    async with database.transaction() as tx:
        return await outbox.claim(tx, "telegram", lease, limit)


async def intend(database: Database, claims: list[outbox.Claim], lease: Lease = LEASE) -> set[int]:
    async with database.transaction() as tx:
        return await outbox.intend(tx, claims, lease)


async def settle(database: Database, *settlements: Settlement) -> None:
    async with database.transaction() as tx:
        await outbox.settle(tx, settlements, NOW)


async def statuses(database: Database) -> list[str]:
    async with database.reading() as tx:
        return list((await tx.execute(sa.select(table.c.status).order_by(table.c.id))).scalars())


def draft(person: int, text: str = "halo", **more: object) -> Draft:
    return Draft(person, "telegram", text, **more)  # type: ignore[arg-type]


async def test_one_person_gets_one_message_at_a_time_in_order(database: Database) -> None:
    (ann,) = await people(database, 1)
    await queue(database, draft(ann, "first"), draft(ann, "second"))

    (first,) = await claim(database)
    assert first.text == "first"
    assert await claim(database) == []

    await intend(database, [first])
    await settle(database, Settlement(first, "sent"))
    (second,) = await claim(database)

    assert second.text == "second"


async def test_a_reply_overtakes_announcements(database: Database) -> None:
    ann, bob = await people(database, 2)
    await queue(database, draft(ann, "news", priority=BULK), draft(bob, "news", priority=BULK), draft(bob, "reply"))

    claims = await claim(database, limit=1)

    assert [each.text for each in claims] == ["reply"]


async def test_a_claim_carries_address_choices_and_files(database: Database) -> None:
    (ann,) = await people(database, 1)
    file = File("a.txt", "text/plain", "A file", b"\x00content")
    await queue(database, draft(ann, choices=(("menu", "Menu"),), files=(file,)))

    (found,) = await claim(database)

    assert (found.address, found.choices, found.files) == (Identity(telegram_id=1), (("menu", "Menu"),), (file,))


async def test_an_expired_claim_is_free_again_and_an_expired_send_is_unsure(database: Database) -> None:
    ann, bob = await people(database, 2)
    await queue(database, draft(ann), draft(bob))
    claims = await claim(database)
    await intend(database, claims[:1])
    async with database.transaction() as tx:
        early = await outbox.recover(tx, NOW + PERIOD - timedelta(microseconds=1))
        due = await outbox.recover(tx, NOW + PERIOD)

    assert (early, due) == ((0, 0), (1, 1))
    assert await statuses(database) == ["unsure", "queued"]


async def test_nothing_is_intended_once_the_lease_ran_out(database: Database) -> None:
    (ann,) = await people(database, 1)
    await queue(database, draft(ann))
    claims = await claim(database)

    assert await intend(database, claims, Lease("me", NOW + PERIOD, PERIOD)) == set()
    assert await intend(database, claims, Lease("somebody else", NOW, PERIOD)) == set()
    assert await intend(database, claims) == {claims[0].id}


async def test_a_late_answer_turns_unsure_into_sent(database: Database) -> None:
    (ann,) = await people(database, 1)
    await queue(database, draft(ann))
    (found,) = await claim(database)
    await intend(database, [found])
    async with database.transaction() as tx:
        await outbox.recover(tx, NOW + PERIOD)
    await settle(database, Settlement(found, "sent", platform_message_id="77"))

    assert await statuses(database) == ["sent"]


async def test_a_message_put_back_waits_for_its_time_and_counts_its_attempts(database: Database) -> None:
    (ann,) = await people(database, 1)
    await queue(database, draft(ann))
    (found,) = await claim(database)
    await intend(database, [found])
    later = NOW + timedelta(seconds=3)
    await settle(database, Settlement(found, "queued", "rate_limited", not_before=later))

    assert await claim(database) == []
    (again,) = await claim(database, Lease("me", later, PERIOD))
    assert again.attempt == 2


async def test_whoever_closed_the_door_gets_nothing_more(database: Database) -> None:
    ann, bob = await people(database, 2)
    await queue(database, draft(ann), draft(ann), draft(bob))
    found = next(each for each in await claim(database) if each.person_id == ann)
    await intend(database, [found])
    await settle(database, Settlement(found, "refused", "blocked", door_closed=True))

    assert await statuses(database) == ["refused", "skipped", "claimed"]
    async with database.reading() as tx:
        assert not await contacts.is_reachable(tx, ann, "telegram")
        assert await contacts.is_reachable(tx, bob, "telegram")


async def test_the_table_refuses_a_status_that_does_not_exist(database: Database) -> None:
    (ann,) = await people(database, 1)
    await queue(database, draft(ann))
    with pytest.raises(sa.exc.IntegrityError):
        async with database.transaction() as tx:
            await tx.execute(sa.update(table).values(status="delivered"))
