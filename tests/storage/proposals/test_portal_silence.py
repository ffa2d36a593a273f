"""When the portal's view falls silent, what it said stays, and is called old."""

from __future__ import annotations

import asyncio
from datetime import datetime, timedelta

import pytest
import sqlalchemy as sa

from storage.database import Database
from storage.proposals import freshness, links, view
from storage.proposals import portal as portals
from storage.proposals.portal import Portal, Reading
from storage.proposals.tables import portal_readings
from storage.proposals.view import PortalError, View
from tests.storage import given
from tests.storage.emptied import (
    ON_BOTH,
    ON_SQLITE,
    sqlite_unless_asked,  # noqa: F401 - a fixture
)
from tests.storage.given import NOW, at
from tests.storage.proposals.mirrored import (
    HOUR,
    YESTERDAY,
    announce,
    catch_up,
    events,
    found,
    link,
    ours,
)
from tests.stubs.portal import GRANT, VIEW, PortalStub

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
