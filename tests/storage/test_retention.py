"""Personal data goes when its period is over, not a moment earlier, and all that hangs on it goes too."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
import sqlalchemy as sa

from storage import contacts, conversations, feedback, inbound, outbox, retention, schema, transcript, unanswered
from storage.contacts import Identity
from storage.database import Database
from storage.feedback import Feedback
from storage.inbound import Receipt
from storage.outbox import Draft, File
from storage.transcript import Said
from storage.unanswered import Unanswered
from tests.storage import given
from tests.storage.given import NOW, TELEGRAM

MOMENT = timedelta(microseconds=1)
AROUND = [
    pytest.param(-MOMENT, 0, id="just below"),
    pytest.param(timedelta(0), 0, id="at"),
    pytest.param(MOMENT, 1, id="just above"),
]


async def forget(database: Database, now: datetime) -> dict[str, int]:
    async with database.transaction() as tx:
        return await retention.forget(tx, now)


async def record(database: Database, person_id: int) -> None:
    async with database.transaction() as tx:
        await inbound.record(tx, [Receipt(TELEGRAM, "1", person_id, NOW)])


async def settled(database: Database, person_id: int) -> None:
    await given.queue(database, person_id, "halo", now=NOW - timedelta(days=1))
    async with database.transaction() as tx:
        await outbox.skip_queued(tx, person_id, TELEGRAM, "unreachable", NOW)


async def said(database: Database, person_id: int) -> None:
    async with database.transaction() as tx:
        await transcript.add_said(tx, [Said(person_id, "halo", "1", NOW)])


async def missed(database: Database, _person_id: int) -> None:
    async with database.transaction() as tx:
        await unanswered.add(tx, [Unanswered("apa …", "id", NOW)])


async def rated(database: Database, _person_id: int) -> None:
    async with database.transaction() as tx:
        await feedback.add(tx, [Feedback("purpose", True, NOW)])


async def talked(database: Database, person_id: int) -> None:
    async with database.transaction() as tx:
        await conversations.save(tx, {person_id: {}}, NOW)


async def nothing_more(_database: Database, _person_id: int) -> None:
    """The person alone."""


@pytest.mark.parametrize(
    ("table", "fill", "period"),
    [
        (schema.inbound, record, retention.INBOUND),
        (schema.outbox, settled, retention.OUTBOX),
        (schema.transcript, said, retention.TRANSCRIPT),
        (schema.conversations, talked, retention.CONVERSATION),
        (schema.people, nothing_more, retention.PERSON),
        (schema.unanswered, missed, retention.UNANSWERED),
        (schema.feedback, rated, retention.FEEDBACK),
    ],
    ids=["inbound", "outbox", "transcript", "conversations", "people", "unanswered", "feedback"],
)
@pytest.mark.parametrize(("more", "gone"), AROUND)
async def test_a_row_goes_when_its_period_is_over(
    store: Database, table: sa.Table, fill: object, period: timedelta, more: timedelta, gone: int
) -> None:
    await fill(store, await given.person(store))  # type: ignore[operator]

    counts = await forget(store, NOW + period + more)

    assert counts[table.name] == gone
    assert await given.count(store, table) == 1 - gone


async def test_a_message_that_is_still_open_stays_however_old(store: Database) -> None:
    await given.queue(store, await given.person(store), "halo")

    await forget(store, NOW + retention.PERSON)

    assert await given.statuses(store) == {"halo": "queued"}


async def test_a_person_who_writes_again_is_kept(store: Database) -> None:
    person = await given.person(store)
    later = NOW + retention.PERSON
    async with store.transaction() as tx:
        (known,) = await contacts.meet(tx, [Identity(telegram_id=1)], later)
        await contacts.update(tx, [known], later)

    assert (await forget(store, later + MOMENT))["people"] == 0
    assert known.id == person


async def test_a_forgotten_person_takes_everything_along(store: Database) -> None:
    ann, _bob = await given.people(store, 2)
    later = NOW + retention.PERSON
    async with store.transaction() as tx:
        bob = await contacts.meet(tx, [Identity(telegram_id=2)], later)
        await contacts.update(tx, bob, later)
        # All of it written just now, so that only the person's own period is over.
        await conversations.save(tx, {ann: {}}, later)
        await contacts.close_door(tx, ann, TELEGRAM, later)
        await inbound.record(tx, [Receipt(TELEGRAM, "1", ann, later)])
        await transcript.add_said(tx, [Said(ann, "halo", "1", later)])
        file = File("a.txt", "text/plain", "A file", b"content")
        await outbox.add(tx, [Draft(ann, TELEGRAM, "halo", files=(file,))], later)

    await forget(store, later + MOMENT)

    left = {name: await given.count(store, table) for name, table in schema.metadata.tables.items()}
    assert left == dict.fromkeys(schema.metadata.tables, 0) | {"people": 1}


async def test_files_go_with_their_message(store: Database) -> None:
    person = await given.person(store)
    await given.queue(store, person, "halo", files=(File("a.txt", "text/plain", "A file", b"content"),))
    async with store.transaction() as tx:
        await outbox.skip_queued(tx, person, TELEGRAM, "unreachable", NOW)

    await forget(store, NOW + retention.OUTBOX + MOMENT)

    assert await given.count(store, schema.attachments) == 0


async def test_editions_are_nobodys_and_stay(store: Database) -> None:
    async with store.transaction() as tx:
        await tx.execute(sa.insert(schema.editions), {"year": 2026, "document": "year = 2026", "imported_at": NOW})

    await forget(store, NOW + 10 * retention.PERSON)

    assert await given.count(store, schema.editions) == 1


async def test_the_count_of_what_went_is_told_by_table(store: Database) -> None:
    for person in await given.people(store, 3):
        await given.queue(store, person, "halo")

    nothing = {
        "inbound": 0,
        "transcript": 0,
        "outbox": 0,
        "conversations": 0,
        "people": 0,
        "unanswered": 0,
        "feedback": 0,
        "attempts": 0,
        "alarms": 0,
        "audit": 0,
        "delegate_codes": 0,
        "staged_rows": 0,
    }
    assert await forget(store, NOW) == nothing
    assert await forget(store, NOW + retention.PERSON + MOMENT) == nothing | {"people": 3}
