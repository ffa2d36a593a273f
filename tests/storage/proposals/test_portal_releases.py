"""What the portal releases is told once, and what it takes back is hidden again."""

from __future__ import annotations

import pytest

from storage.database import Database
from storage.proposals import records
from storage.proposals.portal import Portal
from tests.storage import given
from tests.storage.emptied import (
    ON_BOTH,
    sqlite_unless_asked,  # noqa: F401 - a fixture
)
from tests.storage.given import NOW, at
from tests.storage.proposals.mirrored import (
    HOUR,
    YESTERDAY,
    announce,
    announced,
    catch_up,
    events,
    found,
    link,
    raised,
    told,
)
from tests.stubs.portal import PortalStub

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
