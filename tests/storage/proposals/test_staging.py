"""A file of proposals is taken in as a whole or not at all, also when others change the same proposals meanwhile."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest
import sqlalchemy as sa

from storage import audit, retention
from storage.database import Database
from storage.proposals import links, proof, records, releases, staging
from storage.proposals.applying import ProposalsChangedError
from storage.proposals.records import Entry, Event, Proposal
from storage.proposals.staging import Counts, Judged, RowsGoneError, Staging, Unreadable
from storage.proposals.tables import proposal_events, proposals, staged_rows
from tests.storage import given
from tests.storage.given import NOW

DAY = timedelta(days=1)
LATER = NOW + timedelta(hours=1)
START, SELECTION, SUBSTANCE = "usulan_diterima", "seleksi_administrasi", "penilaian_substansi"


def entry(number: str, **said: Any) -> Entry:
    return Entry(number=number, edition=2026, category="pengabdian", **said)


def entries(count: int, **said: Any) -> list[Entry]:
    return [entry(f"UPK-{number:05}", **said) for number in range(count)]


async def stage(work: Staging, rows: Sequence[Entry | Unreadable]) -> None:
    numbered = list(enumerate(rows, start=2))  # row 1 is the header
    for start in range(0, len(numbered), staging.CHUNK):
        await work.add(numbered[start : start + staging.CHUNK], NOW)


async def take_in(
    database: Database, rows: Sequence[Entry | Unreadable], now: datetime = NOW, *, dry_run: bool = False
) -> Counts:
    work = Staging(database)
    try:
        await stage(work, rows)
        return await work.settle("command line", lambda: now, lambda _: None, dry_run=dry_run)
    finally:
        await work.clear()


async def refusals(database: Database, rows: Sequence[Entry | Unreadable], now: datetime = NOW) -> list[Judged]:
    work = Staging(database)
    await stage(work, rows)
    await work.judge(now)
    found = [each async for each in work.judgements(["refused"])]
    await work.clear()
    return found


async def get(database: Database, number: str) -> Proposal:
    async with database.reading() as tx:
        found = await records.get(tx, number)
    assert found is not None
    return found


async def put(database: Database, said: Entry, now: datetime = NOW) -> None:
    async with database.transaction() as tx:
        await records.put(tx, said, now)


async def test_new_rows_become_proposals_with_their_first_event(store: Database) -> None:
    full = entry(
        "UPK-1",
        title="Batik",
        phone_sha256="p",
        code_sha256="c",
        code_expires_at=LATER,
        state=SELECTION,
        entered_at=NOW - DAY,
        released_at=NOW,
    )

    counts = await take_in(store, [full, entry("UPK-2")])

    assert counts == Counts(added=2)
    assert await get(store, "UPK-1") == Proposal(
        number="UPK-1",
        edition=2026,
        category="pengabdian",
        title="Batik",
        phone_sha256="p",
        code_sha256="c",
        told_code_sha256="c",
        code_expires_at=LATER,
        revision=1,
        confirmed_at=NOW,
        events=(Event(1, SELECTION, NOW - DAY, NOW),),
    )
    assert (await get(store, "UPK-2")).events == (Event(1, START, NOW),)


async def test_many_chunks_are_one_import(store: Database) -> None:
    heard: list[int] = []
    work = Staging(store)
    await stage(work, entries(staging.CHUNK * 2 + 1))

    counts = await work.settle("command line", lambda: NOW, heard.append, dry_run=False)
    await work.clear()

    assert counts == Counts(added=staging.CHUNK * 2 + 1)
    assert heard == [staging.CHUNK, staging.CHUNK * 2, staging.CHUNK * 2 + 1]
    assert await given.count(store, proposals) == staging.CHUNK * 2 + 1
    assert await given.count(store, staged_rows) == 0


async def test_the_same_rows_again_change_nothing_but_when_they_were_confirmed(store: Database) -> None:
    rows = [entry("UPK-1", title="Batik", state=SELECTION, entered_at=NOW - DAY, released_at=NOW), entry("UPK-2")]
    await take_in(store, rows)
    before = await get(store, "UPK-1"), await get(store, "UPK-2")

    counts = await take_in(store, rows, LATER)

    assert counts == Counts(unchanged=2)
    after = await get(store, "UPK-1"), await get(store, "UPK-2")
    assert after == tuple(replace(each, confirmed_at=LATER) for each in before)


async def test_changed_rows_change_what_they_say_and_leave_what_they_do_not_say(store: Database) -> None:
    await put(store, entry("UPK-1", title="Batik", phone_sha256="p", state=SELECTION, entered_at=NOW))

    counts = await take_in(store, [replace(entry("UPK-1", title="Tenun"), edition=2028, category="kepeloporan")], LATER)

    assert counts == Counts(changed=1)
    found = await get(store, "UPK-1")
    assert (found.edition, found.category, found.title, found.phone_sha256) == (2028, "kepeloporan", "Tenun", "p")
    assert (found.revision, found.confirmed_at) == (2, LATER)
    assert found.events == (Event(1, SELECTION, NOW),)


async def test_a_row_in_the_next_state_adds_an_event(store: Database) -> None:
    await put(store, entry("UPK-1", state=SELECTION, released_at=NOW))
    await put(store, entry("UPK-2", state=SELECTION))

    counts = await take_in(
        store,
        [entry("UPK-1", state=SUBSTANCE, entered_at=NOW + DAY), entry("UPK-2", state=SUBSTANCE, released_at=LATER)],
        LATER,
    )

    assert counts == Counts(changed=2)
    assert (await get(store, "UPK-1")).events == (Event(1, SELECTION, NOW, NOW), Event(2, SUBSTANCE, NOW + DAY))
    assert (await get(store, "UPK-2")).events[1] == Event(2, SUBSTANCE, LATER, LATER)


async def test_times_of_the_present_state_can_be_told_later(store: Database) -> None:
    await put(store, entry("UPK-1", state=SELECTION))
    await put(store, entry("UPK-1", state=SUBSTANCE))

    await take_in(store, [entry("UPK-1", entered_at=NOW - DAY, released_at=LATER)])

    first, second = (await get(store, "UPK-1")).events
    assert first == Event(1, SELECTION, NOW)
    assert second == Event(2, SUBSTANCE, NOW - DAY, LATER)


async def test_a_new_code_replaces_a_spent_one_and_the_old_one_stays_spent(store: Database) -> None:
    spent = {"code_used_at": NOW}
    await put(store, entry("UPK-1", code_sha256="old", code_expires_at=NOW))
    await put(store, entry("UPK-2", code_sha256="old", code_expires_at=NOW))
    async with store.transaction() as tx:
        await tx.execute(sa.update(proposals).values(spent))

    await take_in(
        store,
        [
            entry("UPK-1", code_sha256="new", code_expires_at=LATER),
            entry("UPK-2", title="Tenun", code_sha256="old", code_expires_at=LATER),
        ],
    )

    query = sa.select(proposals.c.code_sha256, proposals.c.code_expires_at, proposals.c.code_used_at)
    async with store.reading() as tx:
        rows = (await tx.execute(query.order_by(proposals.c.number))).all()
    assert [tuple(row) for row in rows] == [("new", LATER, None), ("old", NOW, NOW)]


async def test_one_refused_row_keeps_all_others_out(store: Database) -> None:
    await put(store, entry("UPK-1", title="Batik", state=SELECTION))
    rows = [entry("UPK-1", title="Tenun"), entry("UPK-2"), Unreadable("UPK-3", "no year: 20x6")]

    counts = await take_in(store, rows)

    assert counts == Counts(added=1, changed=1, refused=1)
    assert (await get(store, "UPK-1")).title == "Batik"
    assert await given.count(store, proposals) == 1
    assert await given.count(store, staged_rows) == 0


async def test_a_dry_run_counts_and_takes_nothing_in(store: Database) -> None:
    counts = await take_in(store, entries(3), dry_run=True)

    assert counts == Counts(added=3)
    assert await given.count(store, proposals) == 0
    assert await given.count(store, staged_rows) == 0


async def test_every_refusal_names_its_row_and_reason(store: Database) -> None:
    await put(store, entry("UPK-1", state=SUBSTANCE))
    await put(store, entry("UPK-2", state=SELECTION, released_at=NOW))

    found = await refusals(
        store,
        [
            entry("UPK-1", state=START),
            Unreadable("UPK-9", "no year: 20x6"),
            entry("UPK-2", state=SELECTION, released_at=LATER),
            entry("UPK-3"),
            entry("UPK-4", state="menang"),
        ],
        LATER,
    )

    assert found == [
        Judged(2, "UPK-1", "refused", START, "impossible_transition", SUBSTANCE),
        Judged(3, "UPK-9", "refused", None, "unreadable", "no year: 20x6"),
        Judged(4, "UPK-2", "refused", SELECTION, "released_already", SELECTION),
        Judged(6, "UPK-4", "refused", "menang", "unknown_state", ""),
    ]


async def test_rows_with_the_same_number_are_refused_and_name_each_other(store: Database) -> None:
    rows = [*entries(staging.CHUNK), entry("UPK-00000"), entry("X-1"), Unreadable("X-1", "no year")]

    found = await refusals(store, rows)

    last = staging.CHUNK + 2
    assert [(each.row, each.reason, each.detail) for each in found] == [
        (2, "duplicate", str(last)),
        (last, "duplicate", "2"),
        (last + 2, "unreadable", "no year"),
    ]


async def test_an_import_is_one_line_in_the_audit_with_its_counts(store: Database) -> None:
    await take_in(store, entries(2))

    async with store.reading() as tx:
        (act,) = await audit.latest(tx, 10)
    assert (act.actor, act.action, act.at) == ("command line", "import", NOW)
    assert act.details == {"added": 2, "changed": 0, "unchanged": 0}


async def change(database: Database) -> None:
    await put(database, entry("UPK-1", title="changed meanwhile"))


async def add(database: Database) -> None:
    await put(database, entry("UPK-2", title="added meanwhile"))


async def delete(database: Database) -> None:
    async with database.transaction() as tx:
        await tx.execute(sa.delete(proposals).where(proposals.c.number == "UPK-3"))


async def release(database: Database) -> None:
    async with database.transaction() as tx:
        await releases.release_one(tx, "UPK-4", NOW, NOW)


@pytest.mark.parametrize("meanwhile", [change, add, delete, release])
async def test_rows_that_were_judged_by_what_has_changed_since_are_not_taken_in(
    store: Database, open_again: Callable[[], Database], meanwhile: Callable[[Database], Any]
) -> None:
    for number in ("UPK-1", "UPK-3", "UPK-4"):
        await put(store, entry(number, title="Batik"))
    work = Staging(store)
    await stage(
        work,
        [
            entry("UPK-1", title="Tenun"),
            entry("UPK-2"),
            entry("UPK-3"),
            entry("UPK-4", released_at=LATER),
            entry("UPK-5"),
        ],
    )
    await work.judge(NOW)
    await meanwhile(open_again())

    with pytest.raises(ProposalsChangedError):
        await work.apply(await work.counts(), "command line", NOW)

    async with store.reading() as tx:
        assert await records.get(tx, "UPK-5") is None
        assert await audit.latest(tx, 1) == []


def disturbed(database: Database, others: Database, times: int) -> Staging:
    """Return an import during which others change a proposal right after its rows were judged, so many times."""
    left = list(range(times))

    class Disturbed(Staging):
        async def judge(self, now: datetime, judged: Callable[[int], None] = lambda _: None) -> None:
            await super().judge(now, judged)
            if left:
                await put(others, entry("UPK-1", title=f"version {left.pop()}"))

    return Disturbed(database)


async def test_what_changed_meanwhile_is_judged_again(store: Database, open_again: Callable[[], Database]) -> None:
    work = disturbed(store, open_again(), 2)
    await stage(work, [entry("UPK-1", title="Tenun"), entry("UPK-2")])

    counts = await work.settle("command line", lambda: NOW, lambda _: None, dry_run=False)

    assert counts == Counts(added=1, changed=1)
    assert (await get(store, "UPK-1")).title == "Tenun"


async def test_an_import_gives_up_when_others_do_not_stop(store: Database, open_again: Callable[[], Database]) -> None:
    work = disturbed(store, open_again(), staging.JUDGED_AT_MOST)
    await stage(work, [entry("UPK-1", title="Tenun"), entry("UPK-2")])

    with pytest.raises(ProposalsChangedError):
        await work.settle("command line", lambda: NOW, lambda _: None, dry_run=False)

    assert await given.count(store, proposals) == 1


@pytest.mark.parametrize("gone", [1, 3])
async def test_an_import_whose_rows_were_deleted_takes_in_nothing(store: Database, gone: int) -> None:
    class Deleted(Staging):
        async def judge(self, now: datetime, judged: Callable[[int], None] = lambda _: None) -> None:
            await super().judge(now, judged)
            async with store.transaction() as tx:
                await tx.execute(sa.delete(staged_rows).where(staged_rows.c.row <= 1 + gone))

    work = Deleted(store)
    await stage(work, entries(3))

    with pytest.raises(RowsGoneError):
        await work.settle("command line", lambda: NOW, lambda _: None, dry_run=False)

    assert await given.count(store, proposals) == 0


async def test_two_imports_of_the_same_rows_at_the_same_time_both_end(
    store: Database, open_again: Callable[[], Database]
) -> None:
    rows = entries(200, title="Batik")
    await take_in(store, rows)

    both = await asyncio.gather(
        take_in(store, [replace(each, title="Tenun") for each in rows]),
        take_in(open_again(), [replace(each, title="Songket") for each in reversed(rows)]),
    )

    assert both == [Counts(changed=200)] * 2
    async with store.reading() as tx:
        found = await records.listing(tx, limit=1000)
    assert len({each.title for each in found}) == 1
    assert {each.revision for each in found} == {3}


async def test_people_find_their_proposals_during_an_import(
    store: Database, open_again: Callable[[], Database]
) -> None:
    rows = entries(3 * staging.CHUNK, title="Batik")
    await take_in(store, rows)
    others = open_again()
    importing = asyncio.create_task(take_in(store, [replace(each, title="Tenun") for each in rows]))
    seen = []
    while not importing.done():
        async with others.reading() as tx:
            found = await records.find(tx, ["UPK-00000", "UPK-02999"])
        seen.append({each.title for each in found.values()})
        await asyncio.sleep(0)

    assert await importing == Counts(changed=3 * staging.CHUNK)
    assert {"Batik"} in seen
    assert all(titles in ({"Batik"}, {"Tenun"}) for titles in seen)


async def test_what_a_killed_import_leaves_hinders_nobody_and_goes_after_a_day(store: Database) -> None:
    killed = Staging(store)
    await stage(killed, entries(3))
    await killed.judge(NOW)

    counts = await take_in(store, entries(3))
    async with store.transaction() as tx:
        await retention.forget(tx, NOW + retention.STAGED_ROWS)
    kept = await given.count(store, staged_rows)
    async with store.transaction() as tx:
        await retention.forget(tx, NOW + retention.STAGED_ROWS + timedelta(microseconds=1))

    assert counts == Counts(added=3)
    assert (kept, await given.count(store, staged_rows)) == (3, 0)


async def test_clearing_goes_in_steps_and_leaves_the_rows_of_others(store: Database) -> None:
    others = Staging(store)
    await stage(others, entries(1))
    work = Staging(store)
    await stage(work, entries(staging.CLEARED))

    await work.clear()

    assert await given.count(store, staged_rows) == 1


async def test_nothing_can_be_staged_and_taken_in(store: Database) -> None:
    work = Staging(store)
    await work.add([], NOW)

    assert await work.settle("command line", lambda: NOW, lambda _: None, dry_run=False) == Counts()


@pytest.mark.parametrize("same", [True, False])
async def test_an_import_does_to_a_proposal_what_a_single_put_does(store: Database, *, same: bool) -> None:
    """The statements for all rows and those for one must not drift apart."""
    code = proof.code_hash("A-1", "7KQM2B9TXW4C")
    earlier = entry("A-1", title="Batik", code_sha256=code, code_expires_at=NOW + links.ACCESS_CODE_LIFE)
    later = replace(
        earlier,
        title="Tenun",
        phone_sha256="p",
        state=START if same else SELECTION,
        entered_at=NOW - DAY,
        released_at=LATER,
    )
    for said in (earlier, later):
        await put(store, said, NOW)
        await take_in(store, [replace(said, number="B-1")], NOW)

    one, other = await get(store, "A-1"), await get(store, "B-1")
    assert replace(other, number="A-1") == one
    async with store.reading() as tx:
        rows = (await tx.execute(sa.select(proposal_events).order_by(proposal_events.c.id))).all()
    assert {row.recorded_at for row in rows} == {NOW}
