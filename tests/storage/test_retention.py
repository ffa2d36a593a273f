"""Personal data goes when its period is over, not a moment earlier, and all that hangs on it goes too."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
import sqlalchemy as sa

from storage import (
    alarms,
    attempts,
    audit,
    contacts,
    conversations,
    feedback,
    inbound,
    outbox,
    own_data,
    retention,
    schema,
    transcript,
    unanswered,
)
from storage.alarms import Alarm
from storage.audit import Act
from storage.contacts import Identity
from storage.database import Database
from storage.feedback import Feedback
from storage.inbound import Receipt
from storage.outbox import Draft, File
from storage.proposals import links, tables
from storage.transcript import Said
from storage.unanswered import Unanswered
from tests.storage import given, tied
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


async def failed(database: Database, _person_id: int) -> None:
    async with database.transaction() as tx:
        await attempts.fail(tx, 1, "UPK-2026-0001", NOW)
        await tx.execute(sa.delete(schema.attempts).where(schema.attempts.c.subject == attempts.of_person(1)))


async def alarmed(database: Database, person_id: int) -> None:
    async with database.transaction() as tx:
        await alarms.raise_(tx, Alarm("many_failures_of_person", NOW, person_id))


async def acted(database: Database, _person_id: int) -> None:
    async with database.transaction() as tx:
        await audit.record(tx, Act("staff:1", "release", "UPK-2026-0001", {}, NOW))


async def invited(database: Database, person_id: int) -> None:
    """Make a code for a delegate that runs out now."""
    await tied.tie(database, person_id, "UPK-2026-0001")
    async with database.transaction() as tx:
        await links.invite(tx, person_id, "UPK-2026-0001", "AAAABBBB1234", NOW - links.DELEGATE_CODE_LIFE)


async def staged(database: Database, _person_id: int) -> None:
    row = {"import_id": "1", "row": 2, "number": "UPK-2026-0001", "edition": 2026, "category": "pengabdian"}
    async with database.transaction() as tx:
        await tx.execute(sa.insert(tables.staged_rows), row | {"staged_at": NOW})


async def opened(database: Database, person_id: int) -> None:
    async with database.transaction() as tx:
        await tx.execute(sa.insert(schema.openings), {"person_id": person_id, "opened_at": NOW})


async def erased(database: Database, person_id: int) -> None:
    async with database.transaction() as tx:
        await own_data.erase(tx, person_id, NOW)
        await contacts.mark_erased(tx, person_id, NOW)


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
        (schema.attempts, failed, retention.ATTEMPTS),
        (schema.alarms, alarmed, retention.ALARMS),
        (schema.audit, acted, retention.AUDIT),
        (tables.delegate_codes, invited, retention.DELEGATE_CODES),
        (tables.staged_rows, staged, retention.STAGED_ROWS),
        (schema.openings, opened, retention.OPENINGS),
        (schema.people, erased, retention.ERASED),
    ],
    ids=[
        "inbound",
        "outbox",
        "transcript",
        "conversations",
        "people",
        "unanswered",
        "feedback",
        "attempts",
        "alarms",
        "audit",
        "delegate_codes",
        "staged_rows",
        "openings",
        "erased people",
    ],
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


async def test_somebody_who_was_forgotten_stays_until_their_last_answer_is_sent(store: Database) -> None:
    ann = await given.person(store)
    await erased(store, ann)
    await given.queue(store, ann, "goodbye")
    much_later = NOW + timedelta(days=3)
    (claim,) = await given.claim(store, now=much_later)
    await given.intend(store, [claim], now=much_later)

    assert (await forget(store, much_later))["people"] == 0
    await given.settle(store, claim, "sent", now=much_later)
    assert (await forget(store, much_later))["people"] == 1
    assert await given.count(store, schema.outbox) == 0


async def test_somebody_who_was_forgotten_and_wrote_again_is_kept(store: Database) -> None:
    ann = await given.person(store)
    await erased(store, ann)
    async with store.transaction() as tx:
        (known,) = await contacts.meet(tx, [Identity(telegram_id=1)], NOW + retention.ERASED)
        await contacts.update(tx, [known], NOW + retention.ERASED)

    assert (await forget(store, NOW + timedelta(days=3)))["people"] == 0
    assert known.id == ann


async def test_an_alarm_about_somebody_who_is_gone_names_nobody(store: Database) -> None:
    ann = await given.person(store)
    await alarmed(store, ann)
    await erased(store, ann)

    await forget(store, NOW + retention.ERASED + MOMENT)

    async with store.reading() as tx:
        (alarm,) = await alarms.since(tx, NOW)
    assert alarm.person_id is None


async def test_proposals_are_the_ministrys_and_stay_without_those_who_knew_of_them(store: Database) -> None:
    ann = await given.person(store)
    await tied.tie(store, ann, "UPK-2026-0001")

    await forget(store, NOW + retention.PERSON + MOMENT)

    left = [await given.count(store, table) for table in (tables.proposals, tables.links, schema.consents)]
    assert left == [1, 0, 0]


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


async def test_of_many_rows_a_part_goes_at_a_time(store: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(retention, "AT_ONCE", 2)
    person = await given.person(store)
    async with store.transaction() as tx:
        await inbound.record(tx, [Receipt(TELEGRAM, str(number), person, NOW) for number in range(3)])
    later = NOW + retention.INBOUND + MOMENT

    assert [(await forget(store, later))["inbound"] for _ in range(3)] == [2, 1, 0]


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
        "interests": 0,
        "handovers": 0,
        "broadcasts": 0,
        "staff": 0,
        "joining_codes": 0,
        "openings": 0,
    }
    assert await forget(store, NOW) == nothing
    assert await forget(store, NOW + retention.PERSON + MOMENT) == nothing | {"people": 3}
