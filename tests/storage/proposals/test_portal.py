"""What the portal's view says is shown and told; when it falls silent, what it said stays, and is called old."""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import AsyncIterator, Callable
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import asyncpg
import pytest
import sqlalchemy as sa

from storage import alarms, audit, outbox
from storage.database import Database
from storage.outbox import Draft
from storage.proposals import freshness, links, proof, records, releases, reported, view
from storage.proposals import portal as portals
from storage.proposals.portal import Portal, Reading, Round
from storage.proposals.records import Proposal
from storage.proposals.tables import links as links_table
from storage.proposals.tables import portal_readings, proposal_events, proposals
from storage.proposals.view import PortalError, View
from tests.storage import given
from tests.storage.emptied import ON_BOTH, ON_POSTGRESQL, ON_SQLITE, migrated_url
from tests.storage.given import NOW, at
from tests.stubs.portal import GRANT, VIEW, PortalStub

HOUR = timedelta(hours=1)
DAY = timedelta(days=1)
YESTERDAY = NOW - DAY
SINCE = NOW - timedelta(days=2)
CODE = "ABCD1234EFGH"


@pytest.fixture
def store_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """SQLite on our side where a test does not say ON_BOTH; the portal's side is PostgreSQL always."""
    return migrated_url(request, tmp_path)


@pytest.fixture
async def reader(portal: PortalStub, store: Database) -> AsyncIterator[Portal]:
    """Reads that portal into our database, as the role that may read the view only."""
    reader = Portal(View(portal.url), store)
    yield reader
    await reader.close()


async def catch_up(reader: Portal, now: datetime = NOW) -> Round:
    """Read until nothing is left; return the last round, with all that was done."""
    last = await reader.round(now)
    total = last.tally
    while last.more:
        last = await reader.round(now)
        total.add(last.tally)
    return Round(last.read_at, last.more, total, last.vanished)


async def ours(store: Database, number: str = "A-1") -> Proposal | None:
    async with store.reading() as tx:
        return await records.get(tx, number)


async def found(store: Database, number: str = "A-1") -> Proposal:
    proposal = await ours(store, number)
    assert proposal is not None
    return proposal


async def events(store: Database, number: str = "A-1") -> list[tuple[int, str, datetime | None]]:
    return [(event.position, event.state, event.released_at) for event in (await found(store, number)).events]


async def column(store: Database, name: str, number: str = "A-1") -> Any:
    async with store.reading() as tx:
        return (await tx.execute(sa.select(proposals.c[name]).where(proposals.c.number == number))).scalar_one()


async def announced(store: Database) -> dict[int, bool]:
    query = sa.select(proposal_events.c.position, proposal_events.c.announced_at).order_by(proposal_events.c.position)
    async with store.reading() as tx:
        return {row.position: row.announced_at is not None for row in (await tx.execute(query)).all()}


async def raised(store: Database) -> list[tuple[str, str | None]]:
    async with store.reading() as tx:
        return sorted((each.kind, each.number) for each in await alarms.since(tx, NOW - DAY))


async def acts(store: Database) -> list[tuple[str, str]]:
    async with store.reading() as tx:
        return [(act.action, act.subject) for act in reversed(await audit.latest(tx, 100))]


async def link(store: Database, *people: int, number: str = "A-1", told: int = 0) -> None:
    row = {"number": number, "role": "proposer", "channel": "telegram", "told_position": told, "created_at": NOW}
    async with store.transaction() as tx:
        await tx.execute(sa.insert(links_table), [row | {"person_id": person} for person in people])


async def told(store: Database) -> dict[int, int]:
    query = sa.select(links_table.c.person_id, links_table.c.told_position).order_by(links_table.c.person_id)
    async with store.reading() as tx:
        return {row.person_id: row.told_position for row in (await tx.execute(query)).all()}


async def announce(store: Database, now: datetime) -> list[tuple[int, int]]:
    """Tell who is to be told, as the chore does; return (person, position of the event)."""
    async with store.transaction() as tx:
        news = await releases.due(tx, await freshness.as_of(tx, now), now, 100) or []
        drafts = [Draft(each.person_id, each.channel, "news", topic=links.topic(each.proposal.number)) for each in news]
        await outbox.add(tx, drafts, now)
    return [(each.person_id, each.position) for each in news]


# The first reading


@ON_BOTH
async def test_a_first_reading_brings_everything(portal: PortalStub, reader: Portal, store: Database) -> None:
    await portal.propose(
        "A-1",
        (1, "usulan_diterima", YESTERDAY),
        (7, "seleksi_administrasi", None),
        phone="0812-3456-7890",
        code_sha256=proof.code_hash("A-1", CODE).upper(),
        code_expires_at=NOW + DAY,
    )
    await portal.propose("B-2", category="kepeloporan")

    done = await catch_up(reader)
    proposal = await found(store)

    assert (done.tally.added, done.tally.changed, done.tally.deleted, done.read_at) == (2, 0, 0, NOW)
    assert (proposal.edition, proposal.category, proposal.title) == (2026, "pengabdian", "Batik")
    assert proposal.phone_sha256 == proof.phone_hash("6281234567890")
    assert proposal.code_sha256 == hashlib.sha256(f"A-1:{CODE}".encode()).hexdigest()
    assert (proposal.code_expires_at, proposal.revision, proposal.confirmed_at) == (NOW + DAY, 1, NOW)
    assert await events(store) == [(1, "usulan_diterima", YESTERDAY), (7, "seleksi_administrasi", None)]
    assert {event.entered_at for event in proposal.events} == {SINCE}
    assert (await found(store, "B-2")).category == "kepeloporan"
    assert await acts(store) == [("proposals_added", "upakarti_status")]


async def test_a_role_that_may_only_read_the_view_is_enough(portal: PortalStub, reader: Portal) -> None:
    await portal.propose()
    connection = await asyncpg.connect(portal.url.replace("+asyncpg", ""))
    try:
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            await connection.fetch("SELECT * FROM usulan")
    finally:
        await connection.close()

    assert (await catch_up(reader)).tally.added == 1


async def test_what_was_released_before_we_knew_of_it_is_no_news(
    portal: PortalStub, reader: Portal, store: Database
) -> None:
    await portal.propose("A-1", (1, "usulan_diterima", YESTERDAY), (2, "seleksi_administrasi", NOW + HOUR))
    await catch_up(reader)

    assert await announced(store) == {1: True, 2: False}


@ON_BOTH
async def test_more_than_a_page_is_read_in_several_rounds(
    portal: PortalStub, reader: Portal, store: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(portals, "PAGE", 2)
    monkeypatch.setattr(portals, "PAGES", 2)
    for number in range(10, 17):
        await portal.propose(f"A-{number}")
    first = await reader.round(NOW)
    second = await reader.round(at(1))

    assert (first.tally.added, first.more, first.read_at) == (4, True, None)
    assert (second.tally.added, second.more) == (3, True)

    last = await catch_up(reader, at(2))

    assert (last.tally.added, last.read_at) == (0, NOW)
    assert await given.count(store, proposals) == 7

    await portal.do("UPDATE usulan SET title = 'Tenun', changed_at = clock_timestamp()")
    first = await reader.round(at(3))

    assert (first.tally.changed, first.more, first.read_at) == (4, True, NOW)
    assert (await catch_up(reader, at(4))).read_at == at(3)


# Changes


@ON_BOTH
async def test_a_second_round_writes_nothing(portal: PortalStub, reader: Portal, store: Database) -> None:
    await portal.propose(phone="0812 3456 789", code_sha256="a" * 64)
    await catch_up(reader)
    again = await reader.round(at(15))

    assert (again.tally.added, again.tally.changed, again.more, again.read_at) == (0, 0, False, at(15))
    assert (await found(store)).revision == 1


@ON_BOTH
async def test_a_new_event_and_changed_words_are_seen_in_the_next_round(
    portal: PortalStub, reader: Portal, store: Database
) -> None:
    await portal.propose()
    await catch_up(reader)
    await portal.happen("A-1", 2, "seleksi_administrasi", NOW)
    await portal.change(
        "A-1", title="  Tenun\n\u202eikat ", edition=2025, category="kepeloporan", phone="+1 202 555 0123"
    )
    done = await reader.round(at(15))
    proposal = await found(store)

    assert done.tally.changed == 1
    assert (proposal.title, proposal.edition, proposal.category) == ("Tenun ikat", 2025, "kepeloporan")
    assert proposal.phone_sha256 == proof.phone_hash("12025550123")
    assert (proposal.revision, proposal.confirmed_at) == (2, at(15))
    assert await events(store) == [(1, "usulan_diterima", YESTERDAY), (2, "seleksi_administrasi", NOW)]
    assert ("proposal_changed", "A-1") in await acts(store)


async def test_a_phone_number_that_the_portal_takes_away_proves_nothing_any_more(
    portal: PortalStub, reader: Portal, store: Database
) -> None:
    await portal.propose(phone="081234567890")
    await catch_up(reader)
    await portal.change("A-1", phone=None)
    await reader.round(at(15))

    assert (await found(store)).phone_sha256 is None


async def test_what_was_committed_late_is_found_within_five_minutes(
    portal: PortalStub, reader: Portal, store: Database
) -> None:
    await portal.propose()
    await catch_up(reader)
    await portal.do(
        "UPDATE usulan SET title = 'Late', changed_at = clock_timestamp() - interval '4 minutes 50 seconds'"
    )
    await reader.round(at(15))

    assert (await found(store)).title == "Late"


async def test_what_no_date_tells_of_is_found_within_an_hour(
    portal: PortalStub, reader: Portal, store: Database
) -> None:
    await portal.propose()
    await catch_up(reader)
    await portal.do("UPDATE usulan SET title = 'Undated', changed_at = NULL")
    await portal.do("UPDATE riwayat SET changed_at = NULL")
    await catch_up(reader, NOW + HOUR - given.SECOND)

    assert (await found(store)).title == "Batik"

    await catch_up(reader, NOW + HOUR)

    assert (await found(store)).title == "Undated"


async def test_a_change_dated_in_the_future_hides_no_other(portal: PortalStub, reader: Portal, store: Database) -> None:
    await portal.propose()
    await portal.propose("B-2", changed_at=NOW + timedelta(days=4000))
    await catch_up(reader)
    await portal.change("A-1", title="Tenun")
    await reader.round(at(15))

    assert (await found(store)).title == "Tenun"


async def test_infinite_times_do_no_harm(portal: PortalStub, reader: Portal, store: Database) -> None:
    await portal.propose("A-1", code_sha256="a" * 64)
    await portal.do("UPDATE riwayat SET released_at = 'infinity', since = '-infinity'")
    await portal.do("UPDATE usulan SET code_expires_at = 'infinity', changed_at = 'infinity'")
    await catch_up(reader)
    proposal = await found(store)

    assert proposal.code_expires_at is None
    assert [(event.entered_at.year, event.released_at) for event in proposal.events] == [(1900, None)]


# Release


async def test_a_release_that_is_not_due_moves_and_is_taken_back(
    portal: PortalStub, reader: Portal, store: Database
) -> None:
    await portal.propose("A-1", (1, "usulan_diterima", YESTERDAY), (2, "seleksi_administrasi", NOW + HOUR))
    await catch_up(reader)
    await link(store, await given.person(store))
    await portal.release("A-1", 2, NOW + 2 * HOUR)
    await reader.round(at(15))

    assert (await events(store))[1] == (2, "seleksi_administrasi", NOW + 2 * HOUR)

    await portal.release("A-1", 2, None)
    await reader.round(at(30))

    assert (await events(store))[1] == (2, "seleksi_administrasi", None)
    assert await announce(store, at(31)) == []
    assert await raised(store) == []


@ON_BOTH
async def test_a_release_is_told_once_whatever_the_portal_says_again(
    portal: PortalStub, reader: Portal, store: Database
) -> None:
    await portal.propose()
    await catch_up(reader)
    person = await given.person(store)
    await link(store, person)
    await portal.happen("A-1", 2, "seleksi_administrasi", NOW)
    await reader.round(at(15))

    assert await announce(store, at(16)) == [(person, 2)]

    await portal.release("A-1", 2, NOW - HOUR)
    await portal.do("UPDATE riwayat SET since = $1, changed_at = clock_timestamp()", YESTERDAY)
    await reader.round(at(30))

    assert await announce(store, at(31)) == []
    assert (await found(store)).latest.entered_at == YESTERDAY


@ON_BOTH
async def test_a_release_people_know_of_is_hidden_when_the_portal_takes_it_back(
    portal: PortalStub, reader: Portal, store: Database
) -> None:
    await portal.propose()
    await catch_up(reader)
    has_heard, waiting = await given.people(store, 2)
    await link(store, has_heard, waiting)
    await portal.happen("A-1", 2, "seleksi_administrasi", NOW)
    await reader.round(at(15))
    await announce(store, at(16))
    (claim,) = await given.claim(store, 1, now=at(17))
    await given.intend(store, [claim], now=at(17))
    await given.settle(store, claim, "sent", now=at(17))
    await portal.release("A-1", 2, None)
    await reader.round(at(30))
    proposal = await found(store)

    assert [event.position for event in proposal.released(at(30))] == [1]
    assert await given.rows(store, "person_id", "status") == [(has_heard, "sent")]
    assert await told(store) == {has_heard: 2, waiting: 1}
    assert await raised(store) == [("portal_took_back", "A-1")]

    await portal.release("A-1", 2, at(60))
    await reader.round(at(45))

    assert await announce(store, at(61)) == [(waiting, 2)]


async def test_an_event_that_is_gone_is_no_longer_shown(portal: PortalStub, reader: Portal, store: Database) -> None:
    await portal.propose("A-1", (1, "usulan_diterima", YESTERDAY), (2, "seleksi_administrasi", NOW))
    await catch_up(reader)
    await portal.do("DELETE FROM riwayat WHERE event = 2")
    await portal.change("A-1", title="Batik")
    await reader.round(at(15))

    assert await events(store) == [(1, "usulan_diterima", YESTERDAY)]
    assert await raised(store) == [("portal_took_back", "A-1")]


@ON_BOTH
async def test_all_that_people_knew_may_be_taken_back(portal: PortalStub, reader: Portal, store: Database) -> None:
    await portal.propose()
    await catch_up(reader)
    await portal.release("A-1", 1, None)
    await reader.round(at(15))

    assert (await found(store)).released(at(15)) == ()
    assert await raised(store) == [("portal_took_back", "A-1")]


async def test_a_correction_may_go_any_way(portal: PortalStub, reader: Portal, store: Database) -> None:
    await portal.propose("A-1", (1, "usulan_diterima", YESTERDAY), (2, "ditarik", YESTERDAY))
    await catch_up(reader)
    await portal.happen("A-1", 3, "penjurian", NOW, correction=True)
    await reader.round(at(15))
    latest = (await found(store)).latest

    assert (latest.position, latest.state, latest.correction) == (3, "penjurian", True)


async def test_an_entry_nobody_knew_of_may_be_replaced(portal: PortalStub, reader: Portal, store: Database) -> None:
    await portal.propose("A-1", (1, "usulan_diterima", YESTERDAY), (2, "ditarik", None))
    await catch_up(reader)
    await portal.do("DELETE FROM riwayat WHERE event = 2")
    await portal.happen("A-1", 3, "seleksi_administrasi", NOW)
    await reader.round(at(15))

    assert await events(store) == [(1, "usulan_diterima", YESTERDAY), (3, "seleksi_administrasi", NOW)]
    assert await raised(store) == []


@pytest.mark.parametrize("first", [1, 901])
async def test_after_files_the_view_goes_on_and_nobody_is_told_again(
    first: int, portal: PortalStub, reader: Portal, store: Database
) -> None:
    entry = records.Entry("A-1", 2026, "pengabdian", "Batik", state="seleksi_administrasi", released_at=YESTERDAY)
    async with store.transaction() as tx:
        await records.put(tx, entry, YESTERDAY)
    knows, did_not_want = await given.people(store, 2)
    await link(store, knows)
    await announce(store, NOW)
    await link(store, did_not_want)
    await portal.propose("A-1", (first, "usulan_diterima", YESTERDAY), (first + 1, "seleksi_administrasi", YESTERDAY))
    await catch_up(reader, at(1))

    assert await told(store) == {knows: first + 1, did_not_want: 0}
    assert await announced(store) == {first: True, first + 1: True}
    assert await announce(store, at(2)) == []
    assert await raised(store) == []

    await portal.happen("A-1", first + 2, "penilaian_substansi", at(3))
    await reader.round(at(15))

    assert await announce(store, at(16)) == [(knows, first + 2), (did_not_want, first + 2)]


async def test_after_files_what_nobody_was_told_of_yet_is_still_told(
    portal: PortalStub, reader: Portal, store: Database
) -> None:
    entry = records.Entry("A-1", 2026, "pengabdian", "Batik", state="seleksi_administrasi", released_at=YESTERDAY)
    async with store.transaction() as tx:
        await records.put(tx, entry, YESTERDAY)
    person = await given.person(store)
    await link(store, person)
    await portal.propose("A-1", (901, "usulan_diterima", YESTERDAY), (902, "seleksi_administrasi", YESTERDAY))
    await catch_up(reader, at(1))

    assert await announce(store, at(2)) == [(person, 902)]


# Refusals. They are judged alike whatever our own database is.


@ON_SQLITE
@pytest.mark.parametrize(
    ("statement", "reason"),
    [
        ("UPDATE usulan SET edition = 1984", "bad_edition"),
        ("UPDATE usulan SET edition = NULL", "bad_edition"),
        ("UPDATE usulan SET category = 'Pengabdian'", "bad_category"),
        ("UPDATE riwayat SET event = NULL", "bad_event"),
        ("UPDATE riwayat SET event = 0", "bad_event"),
        ("UPDATE riwayat SET since = NULL", "bad_event"),
        ("INSERT INTO riwayat SELECT * FROM riwayat", "repeated_event"),
        ("UPDATE riwayat SET state = 'menang'", "unknown_state"),
        ("UPDATE riwayat SET state = NULL", "unknown_state"),
        (
            "INSERT INTO riwayat SELECT number, 2, 'ditetapkan', since, released_at, NULL, now() FROM riwayat",
            "impossible_transition",
        ),
        ("UPDATE riwayat SET state = 'seleksi_administrasi'", "rewritten_event"),
        ("UPDATE riwayat SET event = 2, state = 'ditetapkan'", "impossible_transition"),
    ],
)  # fmt: skip
async def test_what_cannot_be_is_refused_and_the_last_good_state_stays(
    statement: str, reason: str, portal: PortalStub, reader: Portal, store: Database
) -> None:
    await portal.propose()
    await portal.propose("B-2")
    await catch_up(reader)
    before = await found(store)
    await portal.withdraw("B-2")
    await portal.do(statement)
    await portal.propose("C-3")
    await portal.do("UPDATE usulan SET changed_at = clock_timestamp()")
    done = await reader.round(at(15))

    assert done.tally.refused == {reason: 1}
    assert await found(store) == before
    assert await ours(store, "C-3") is not None
    assert await raised(store) == [("portal_refused", "A-1")]
    assert ("proposal_refused", "A-1") in await acts(store)

    again = await reader.round(at(30))

    assert not again.tally.refused
    assert await raised(store) == [("portal_refused", "A-1")]

    assert (await catch_up(reader, at(15) + DAY)).tally.refused == {reason: 1}


@ON_SQLITE
@pytest.mark.parametrize(
    "number", ["a-1", "A 1", "A/1", "A--1", "KATA", "X1", "-A1", "A" * 60 + "1", "A-1'; DROP TABLE proposals"]
)
async def test_numbers_in_another_form_are_refused(
    number: str, portal: PortalStub, reader: Portal, store: Database
) -> None:
    await portal.propose(number)

    assert (await catch_up(reader)).tally.refused == {"bad_number": 1}
    assert await raised(store) == [("portal_refused", number[:40])]


async def test_a_title_is_one_line_of_bounded_length_and_a_code_that_is_none_is_left_out(
    portal: PortalStub, reader: Portal, store: Database
) -> None:
    await portal.propose(title="x" * 1000, phone="no phone", code_sha256="ABCD1234", code_expires_at=NOW)
    await portal.propose("B-2", title=None)
    await catch_up(reader)
    proposal = await found(store)

    assert (len(proposal.title), proposal.title[-1]) == (reported.TITLE_LENGTH, "…")
    assert (proposal.phone_sha256, proposal.code_sha256, proposal.code_expires_at) == (None, None, None)
    assert (await found(store, "B-2")).title == ""


# Access codes


async def use_code(store: Database) -> None:
    async with store.transaction() as tx:
        await tx.execute(sa.update(proposals).values(code_used_at=NOW))


async def test_a_code_that_was_used_stays_used_also_when_it_was_away(
    portal: PortalStub, reader: Portal, store: Database
) -> None:
    await portal.propose(code_sha256="a" * 64)
    await catch_up(reader)
    await use_code(store)
    await portal.change("A-1", title="Tenun", code_expires_at=NOW + DAY)
    await reader.round(at(15))

    assert await column(store, "code_used_at") == NOW
    assert await column(store, "code_expires_at") == NOW + DAY

    await portal.change("A-1", code_sha256=None, code_expires_at=None)
    await reader.round(at(30))

    assert await column(store, "code_expires_at") == at(30)

    assert (await reader.round(at(45))).tally.changed == 0

    await portal.change("A-1", code_sha256="a" * 64)
    await reader.round(at(60))

    assert await column(store, "code_used_at") == NOW
    assert await column(store, "code_expires_at") is None


async def test_a_new_code_works_from_the_beginning(portal: PortalStub, reader: Portal, store: Database) -> None:
    await portal.propose(code_sha256="a" * 64)
    await catch_up(reader)
    await use_code(store)
    await portal.change("A-1", code_sha256="b" * 64)
    await reader.round(at(15))

    assert await column(store, "code_sha256") == "b" * 64
    assert await column(store, "code_used_at") is None


@ON_BOTH
async def test_a_code_that_staff_issued_stays_until_the_portal_makes_another(
    portal: PortalStub, reader: Portal, store: Database
) -> None:
    await portal.propose(code_sha256="a" * 64)
    await catch_up(reader)
    await use_code(store)
    async with store.transaction() as tx:
        await links.issue_code(tx, "A-1", CODE, NOW + DAY)
    await portal.change("A-1", title="Tenun")
    await reader.round(at(15))

    assert await column(store, "code_sha256") == proof.code_hash("A-1", CODE)

    await portal.change("A-1", code_sha256=None)
    await reader.round(at(30))

    assert await column(store, "code_sha256") == proof.code_hash("A-1", CODE)
    assert await column(store, "code_expires_at") == NOW + DAY

    await portal.change("A-1", code_sha256="c" * 64)
    await reader.round(at(45))

    assert await column(store, "code_sha256") == "c" * 64


# Deletion


@ON_BOTH
async def test_what_is_gone_from_the_view_goes_with_the_next_full_reading(
    portal: PortalStub, reader: Portal, store: Database
) -> None:
    await portal.propose("A-1")
    await portal.propose("B-2")
    await catch_up(reader)
    person = await given.person(store)
    await link(store, person)
    await portal.happen("A-1", 2, "seleksi_administrasi", NOW)
    await reader.round(at(15))
    await announce(store, at(16))
    await portal.withdraw("A-1")
    await reader.round(at(30))

    assert await ours(store) is not None

    done = await catch_up(reader, NOW + HOUR)

    assert done.tally.deleted == 1
    assert await ours(store) is None
    assert await ours(store, "B-2") is not None
    assert await told(store) == {}
    assert await given.rows(store, "status") == []
    assert ("proposal_deleted", "A-1") in await acts(store)


@ON_SQLITE
@pytest.mark.parametrize(
    ("total", "gone", "deleted"),
    [(11, 10, 10), (12, 11, 0), (110, 11, 11), (109, 11, 0)],
)
async def test_a_view_that_lost_too_much_is_not_believed(
    total: int, gone: int, deleted: int, portal: PortalStub, reader: Portal, store: Database
) -> None:
    await portal.do(
        "INSERT INTO usulan SELECT 'A-' || n, 2026, 'pengabdian', 'Batik' FROM generate_series(1, $1::int) AS n", total
    )
    await portal.do("INSERT INTO riwayat SELECT number, 1, 'usulan_diterima', now() FROM usulan")
    await catch_up(reader)
    await portal.withdraw(*(f"A-{number}" for number in range(1, gone + 1)))
    done = await catch_up(reader, NOW + HOUR)

    assert (done.tally.deleted, done.vanished) == (deleted, gone - deleted)
    assert await given.count(store, proposals) == total - deleted
    assert await raised(store) == ([] if deleted else [("portal_shrank", None)])

    await catch_up(reader, NOW + 2 * HOUR)

    assert len(await raised(store)) == (not deleted)


async def test_what_came_back_before_its_deletion_stays(
    portal: PortalStub, reader: Portal, store: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(portals, "PAGES", 1)
    await portal.propose("A-1")
    await portal.propose("B-2")
    await catch_up(reader)
    await portal.withdraw("A-1")
    later = NOW + HOUR
    for _ in range(2):  # the view, then ours, where it is missed
        await reader.round(later)
    await portal.propose("A-1", title="Again")
    done = await catch_up(reader, later + portals.CHANGES_EVERY)

    assert (done.tally.deleted, done.tally.changed) == (0, 1)
    assert await ours(store) is not None


# Loss and return


async def silenced(reader: Portal, now: datetime) -> str:
    with pytest.raises(PortalError) as caught:
        await reader.round(now)
    return caught.value.reason


async def test_a_view_that_is_dropped_is_missed_and_found_again(
    portal: PortalStub, reader: Portal, store: Database
) -> None:
    await portal.propose()
    await catch_up(reader)
    await portal.do("DROP VIEW upakarti_status")

    assert await silenced(reader, at(15)) == "no_view"
    assert await ours(store) is not None

    await portal.do(VIEW)

    assert await silenced(reader, at(30)) == "not_allowed"

    await portal.do(GRANT)
    await portal.happen("A-1", 2, "seleksi_administrasi", NOW)

    assert (await reader.round(at(45))).read_at == at(45)
    assert len(await events(store)) == 2


async def test_a_view_of_other_columns_is_not_read(portal: PortalStub, reader: Portal) -> None:
    await portal.propose()
    await catch_up(reader)
    await portal.do("DROP VIEW upakarti_status; CREATE VIEW upakarti_status AS SELECT number FROM usulan;" + GRANT)

    assert await silenced(reader, at(15)) == "wrong_columns"


async def test_a_connection_that_the_server_ended_is_made_again(portal: PortalStub, reader: Portal) -> None:
    await portal.propose()
    await catch_up(reader)
    await portal.do("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = 'upakarti_reader'")

    assert (await reader.round(at(15))).read_at == at(15)


@ON_SQLITE
@pytest.mark.parametrize(
    ("address", "reason"),
    [
        ("upakarti_reader@127.0.0.1:1/x", "unreachable"),
        ("nobody@/{name}?host={folder}", "login_refused"),
        ("postgres@/nothing?host={folder}", "no_database"),
        ("postgres@/{name}?host={folder}&ssl=perhaps", "unreachable"),
    ],
)
async def test_a_portal_that_cannot_be_reached_is_told_by_one_word(
    address: str, reason: str, portal: PortalStub, store: Database
) -> None:
    folder = portal.url.partition("host=")[2]
    reader = Portal(View("postgresql+asyncpg://" + address.format(name=portal.name, folder=folder)), store)

    assert await silenced(reader, NOW) == reason

    await reader.close()


async def test_a_server_that_says_nothing_is_waited_for_only_so_long(
    store: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(view, "CONNECT_TIMEOUT_S", 0.05)
    closing = asyncio.Event()

    async def say_nothing(_reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await closing.wait()
        writer.close()

    server = await asyncio.start_server(say_nothing, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    reader = Portal(View(f"postgresql+asyncpg://u:p@127.0.0.1:{port}/x"), store)

    assert await silenced(reader, NOW) == "timed_out"

    await reader.close()
    closing.set()
    server.close()
    await server.wait_closed()


async def test_a_view_that_hangs_is_waited_for_only_so_long(
    portal: PortalStub, reader: Portal, store: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def soon_silenced(now: datetime) -> str:
        with monkeypatch.context() as impatient:
            impatient.setattr(view, "_LIMIT_TIME", sa.text("SET LOCAL statement_timeout = '100ms'"))
            return await silenced(reader, now)

    await portal.propose()
    locking = await portal.connect()
    async with locking.transaction():
        await locking.execute("LOCK TABLE riwayat")

        assert await soon_silenced(NOW) == "timed_out"

    await locking.close()

    assert (await catch_up(reader, at(15))).tally.added == 1

    sleeping = VIEW.replace("JOIN riwayat r USING (number)", "JOIN riwayat r USING (number), pg_sleep(9)")
    await portal.do("DROP VIEW upakarti_status;" + sleeping + GRANT)

    assert await soon_silenced(at(30)) == "timed_out"
    assert await ours(store) is not None


async def test_a_server_that_breaks_off_and_errors_of_the_view_are_told_apart(
    portal: PortalStub, store: Database
) -> None:
    ending = "(SELECT pg_terminate_backend(pg_backend_pid())::text)"
    owner = Portal(View(portal.owners_url), store)
    await portal.propose()
    await portal.do("DROP VIEW upakarti_status;" + VIEW.replace("u.title", f"{ending} AS title"))

    assert await silenced(owner, NOW) == "unreachable"

    await portal.do(
        "DROP VIEW upakarti_status;" + VIEW.replace("u.title", "(1 / (u.edition - u.edition))::text AS title")
    )

    assert await silenced(owner, NOW) == "failed"

    await owner.close()


async def test_a_view_that_joins_wrongly_does_not_fill_our_memory(
    portal: PortalStub, reader: Portal, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(view, "ROWS", 10)
    await portal.propose("A-1", *((number, "usulan_diterima") for number in range(1, 12)))

    assert await silenced(reader, NOW) == "too_many_rows"


async def test_no_trouble_says_where_the_portal_is(portal: PortalStub, store: Database) -> None:
    reader = Portal(View("postgresql+asyncpg://somebody:secret@127.0.0.1:1/portal"), store)
    with pytest.raises(PortalError) as caught:
        await reader.round(NOW)
    await reader.close()

    assert str(caught.value) == "unreachable"
    assert "secret" not in repr(caught.value)


async def test_a_round_that_broke_off_begins_anew(
    portal: PortalStub, reader: Portal, store: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(portals, "PAGE", 1)
    monkeypatch.setattr(portals, "PAGES", 1)
    await portal.propose("A-1")
    await portal.propose("B-2")
    await catch_up(reader)
    await portal.do("UPDATE usulan SET title = 'Tenun', changed_at = clock_timestamp()")
    await reader.round(at(15))
    await portal.do("ALTER VIEW upakarti_status RENAME TO away")

    assert await silenced(reader, at(30)) == "no_view"

    await portal.do("ALTER VIEW away RENAME TO upakarti_status")

    assert (await catch_up(reader, at(600))).read_at == at(600)
    assert (await found(store, "B-2")).title == "Tenun"


# Freshness


@pytest.mark.parametrize(
    ("age", "fresh"), [(0, True), (300, True), (301, False), (-5, True)]
)  # the last: a clock that was set back
def test_what_was_read_within_five_minutes_is_fresh(age: int, fresh: bool) -> None:
    read_at = NOW - timedelta(seconds=age)

    assert freshness.is_fresh(read_at, NOW) == fresh
    assert freshness.known_at(read_at, NOW) == (NOW if fresh else read_at)


@ON_BOTH
async def test_a_silent_view_holds_what_comes_due(portal: PortalStub, reader: Portal, store: Database) -> None:
    await portal.propose("A-1", (1, "usulan_diterima", YESTERDAY), (2, "seleksi_administrasi", NOW + HOUR))
    await catch_up(reader)
    person = await given.person(store)
    await link(store, person)
    late = NOW + HOUR + given.SECOND
    async with store.reading() as tx:
        shown = await freshness.as_of(tx, late)
        (linked,) = await links.of_person(tx, person)

    assert (shown, linked.read_at) == (NOW, NOW)
    assert [event.position for event in linked.proposal.released(shown)] == [1]
    assert await announce(store, late) == []

    await catch_up(reader, late)

    assert await announce(store, late) == [(person, 2)]


async def test_before_the_first_reading_and_without_a_view_it_is_now(store: Database) -> None:
    async with store.transaction() as tx:
        assert await freshness.as_of(tx, NOW) == NOW
        await tx.execute(sa.insert(portal_readings), {"id": 1, "read_at": YESTERDAY})
        assert await freshness.as_of(tx, NOW) == YESTERDAY
        await portals.forget(tx)
        assert await freshness.as_of(tx, NOW) == NOW
        assert await portals.reading(tx) == Reading()


# Several processes


@ON_POSTGRESQL
async def test_one_process_at_a_time_reads_the_view(
    portal: PortalStub, reader: Portal, store: Database, open_again: Callable[[], Database]
) -> None:
    await portal.propose()
    other = Portal(View(portal.url), open_again())
    async with store.alone(portals._LOCK):
        idle = await other.round(NOW)

    assert (idle.tally.added, idle.more, idle.read_at) == (0, False, None)
    assert (await catch_up(other)).tally.added == 1

    await other.close()


@ON_POSTGRESQL
async def test_what_another_process_went_through_is_not_gone_through_again(
    portal: PortalStub, reader: Portal, open_again: Callable[[], Database], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(portals, "PAGES", 1)
    monkeypatch.setattr(portals, "PAGE", 1)
    await portal.propose("A-1")
    await portal.propose("B-2")
    other = Portal(View(portal.url), open_again())
    begun = await reader.round(NOW)
    await catch_up(other)
    await other.close()
    again = await catch_up(reader, at(1))

    assert (begun.more, again.read_at) == (True, at(1))
    assert reader._full is None


@ON_SQLITE
async def test_a_file_has_no_such_lock(store: Database) -> None:
    async with store.alone(1) as first, store.alone(1) as second:
        assert (first, second) == (True, True)


@ON_BOTH
async def test_no_reading_goes_back(portal: PortalStub, reader: Portal, store: Database) -> None:
    await portal.propose()
    await catch_up(reader)
    await reader.round(at(15))
    last = await reader.round(at(5))

    assert last.read_at == at(15)


# Examination


async def test_a_good_view_has_nothing_wrong(portal: PortalStub) -> None:
    await portal.propose("A-1", (1, "usulan_diterima"), (2, "seleksi_administrasi"), code_sha256="a" * 64)
    looking = View(portal.url)
    examined = await looking.examine()
    await looking.close()

    assert examined == view.Examination((), proposals=1, events=2)


@pytest.mark.parametrize(
    "number",
    ["A-1", "2026-UPK-0012", "123", "1" * 40, "a-1", "A 1", "A/1", "A--1", "KATA", "X1", "-A1", "A1-", "1" * 41],
)
async def test_an_examination_knows_the_form_of_a_number(number: str, portal: PortalStub) -> None:
    await portal.propose(number)
    looking = View(portal.url)
    examined = await looking.examine()
    await looking.close()

    assert examined.wrong_numbers == (() if proof.number(number) == number else (number,))


async def test_an_examination_finds_what_is_wrong(portal: PortalStub) -> None:
    await portal.propose("a 1", (1, "menang"), (2, None), code_sha256="1234")
    looking = View(portal.owners_url)
    examined = await looking.examine()
    await looking.close()

    assert examined == view.Examination(
        (),
        proposals=1,
        events=2,
        unknown_states=("", "menang"),
        wrong_numbers=("a 1",),
        wrong_codes=2,
        superuser=True,
        may_write=True,
    )


async def test_an_examination_of_other_columns_names_them(portal: PortalStub) -> None:
    await portal.do("CREATE DOMAIN nomor AS text; ALTER TABLE usulan ADD COLUMN nomor nomor;")
    other = VIEW.replace("u.number,", "u.nomor AS number,").replace("r.correction,", "")
    await portal.do("DROP VIEW upakarti_status;" + other.replace("r.since", "r.since::timestamp") + GRANT)
    looking = View(portal.url)
    examined = await looking.examine()
    await looking.close()

    assert examined.wrong_columns == (
        view.WrongColumn("since", "timestamp without time zone", "timestamp with time zone"),
        view.WrongColumn("correction", None, "boolean"),
    )


async def test_identities_stay_out_of_what_is_written_down(portal: PortalStub, reader: Portal, store: Database) -> None:
    await portal.propose(title="Rahasia", phone="081234567890", code_sha256="a" * 64)
    await catch_up(reader)
    await portal.change("A-1", title="Sangat Rahasia", phone="081234567891", code_sha256="b" * 64)
    await portal.happen("A-1", 2, "menang")
    await reader.round(at(15))
    await portal.do("DELETE FROM riwayat WHERE event = 2")
    await portal.do("UPDATE usulan SET changed_at = clock_timestamp()")
    await reader.round(at(30))
    async with store.reading() as tx:
        written = str(await audit.latest(tx, 100))

    assert "fields" in written
    assert not [word for word in ("ahasia", "8123", "aaaa", "bbbb") if word in written]
