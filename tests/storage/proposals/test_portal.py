"""What the portal's view says is shown; what it says wrongly is not, and staff are told."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from datetime import timedelta

import asyncpg
import pytest
import sqlalchemy as sa

from storage.database import Database
from storage.proposals import links, proof, reported
from storage.proposals import portal as portals
from storage.proposals.portal import Portal
from storage.proposals.tables import proposals
from storage.proposals.view import View
from tests.storage import given
from tests.storage.emptied import (
    ON_BOTH,
    ON_POSTGRESQL,
    ON_SQLITE,
    sqlite_unless_asked,  # noqa: F401 - a fixture
)
from tests.storage.given import NOW, at
from tests.storage.proposals.mirrored import (
    CODE,
    DAY,
    HOUR,
    SINCE,
    YESTERDAY,
    acts,
    announce,
    announced,
    catch_up,
    column,
    events,
    found,
    link,
    ours,
    raised,
    told,
)
from tests.stubs.portal import PortalStub

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
