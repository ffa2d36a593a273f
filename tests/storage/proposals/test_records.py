"""A proposal comes in and goes on by the ways of its states only; the same entry again changes nothing."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import datetime, timedelta

import pytest
import sqlalchemy as sa

from storage.database import Database, Transaction
from storage.proposals import proof, records
from storage.proposals.records import Entry, Event, Judgement
from storage.proposals.tables import proposals
from tests.storage import given
from tests.storage.emptied import ON_POSTGRESQL
from tests.storage.given import NOW, SECOND, at
from tests.storage.proposals import made
from tests.storage.proposals.made import CODE, ENTRY, NUMBER, OTHER, entry

BARE = Entry(NUMBER, 2024, "pengabdian")


async def judge(database: Database, said: Entry) -> Judgement:
    async with database.reading() as tx:
        return records.judge(await records.get(tx, NUMBER), said, NOW)


async def listing(database: Database, **asked: object) -> list[str]:
    async with database.reading() as tx:
        found = await records.listing(tx, **({"limit": 100} | asked))
    return [proposal.number for proposal in found]


async def test_a_new_proposal_is_kept_as_it_was_told(store: Database) -> None:
    (judgement,) = await made.put(store, replace(ENTRY, code_expires_at=at(9), entered_at=at(-5), released_at=at(-3)))
    found = await made.get(store)

    assert judgement == Judgement("added")
    assert found == records.Proposal(
        number=NUMBER,
        edition=2024,
        category="pengabdian",
        title="Anyaman bambu",
        phone_sha256=ENTRY.phone_sha256,
        code_sha256=ENTRY.code_sha256,
        told_code_sha256=ENTRY.code_sha256,
        code_expires_at=at(9),
        revision=1,
        confirmed_at=NOW,
        events=(Event(1, "seleksi_administrasi", at(-5), at(-3)),),
    )


async def test_of_a_new_proposal_little_need_be_told(store: Database) -> None:
    await made.put(store, replace(BARE, code_expires_at=at(9)))
    found = await made.get(store)

    assert (found.title, found.phone_sha256, found.code_sha256, found.code_expires_at) == ("", None, None, None)
    assert found.events == (Event(1, "usulan_diterima", NOW),)


async def test_a_new_proposal_may_come_in_any_state(store: Database) -> None:
    assert await made.put(store, replace(BARE, state="tidak_terpilih")) == [Judgement("added")]


async def test_an_unknown_state_is_refused_and_nothing_kept(store: Database) -> None:
    judgements = await made.put(store, replace(BARE, state="menang"))

    assert judgements == [Judgement("refused", "unknown_state")]
    assert await given.count(store, proposals) == 0


async def test_the_same_entry_again_changes_nothing_but_when_it_was_confirmed(store: Database) -> None:
    await made.put(store, ENTRY)
    before = await made.get(store)
    again = await made.put(store, ENTRY, now=at(60))

    assert again == [Judgement("unchanged")]
    assert await made.get(store) == replace(before, confirmed_at=at(60))


async def test_what_an_entry_does_not_say_stays(store: Database) -> None:
    await made.put(store, ENTRY)
    before = await made.get(store)

    assert await made.put(store, BARE) == [Judgement("unchanged")]
    assert await made.get(store) == before


@pytest.mark.parametrize(
    "said",
    [
        {"edition": 2025},
        {"category": "kepeloporan"},
        {"title": "Anyaman rotan"},
        {"phone_sha256": proof.phone_hash("628999999999")},
    ],
    ids=lambda said: next(iter(said)),
)
async def test_what_is_told_anew_is_kept(store: Database, said: dict[str, object]) -> None:
    await made.put(store, ENTRY)
    before = await made.get(store)
    judgements = await made.put(store, entry(**said), now=at(60))

    assert judgements == [Judgement("changed")]
    assert await made.get(store) == replace(before, **said, revision=2, confirmed_at=at(60))


async def test_a_new_code_takes_the_place_of_a_spent_one(store: Database) -> None:
    await made.put(store, ENTRY)
    async with store.transaction() as tx:
        await tx.execute(sa.update(proposals).values(code_used_at=NOW))
    new = proof.code_hash(NUMBER, CODE[::-1])
    await made.put(store, replace(BARE, code_sha256=new, code_expires_at=at(9)))
    found = await made.get(store)

    assert (found.code_sha256, found.code_expires_at, found.code_used_at) == (new, at(9), None)


async def test_a_code_that_is_told_again_stays_spent(store: Database) -> None:
    await made.put(store, ENTRY)
    async with store.transaction() as tx:
        await tx.execute(sa.update(proposals).values(code_used_at=NOW))
    await made.put(store, entry(title="Anyaman rotan"))

    assert (await made.get(store)).code_used_at == NOW


async def test_a_proposal_goes_on_by_the_ways_of_its_state(store: Database) -> None:
    await made.put(store, ENTRY)
    judgements = await made.put(
        store,
        replace(BARE, state="penilaian_substansi", entered_at=at(5), released_at=at(9)),
        replace(BARE, state="peninjauan_lapangan"),
        now=at(10),
    )
    found = await made.get(store)

    assert judgements == [Judgement("changed"), Judgement("changed")]
    assert found.events[1:] == (
        Event(2, "penilaian_substansi", at(5), at(9)),
        Event(3, "peninjauan_lapangan", at(10)),
    )
    assert (found.latest, found.revision) == (found.events[2], 3)


async def test_an_impossible_step_is_refused_with_where_it_stands_and_nothing_changes(store: Database) -> None:
    await made.put(store, ENTRY)
    before = await made.get(store)
    judgements = await made.put(store, entry(state="penjurian", title="Anyaman rotan"), now=at(60))

    assert judgements == [Judgement("refused", "impossible_transition", "seleksi_administrasi")]
    assert await made.get(store) == before


@pytest.mark.parametrize(
    ("said", "verdict"),
    [
        ({"entered_at": at(-9)}, "changed"),
        ({"released_at": at(9)}, "changed"),
        ({"released_at": at(5)}, "unchanged"),
        ({"entered_at": NOW}, "unchanged"),
    ],
)
async def test_times_of_the_newest_event_may_change_while_people_do_not_know(
    store: Database, said: dict[str, object], verdict: str
) -> None:
    await made.put(store, entry(released_at=at(5)))
    judgements = await made.put(store, entry(**said))
    latest = (await made.get(store)).latest

    assert [judgement.verdict for judgement in judgements] == [verdict]
    assert latest == replace(Event(1, "seleksi_administrasi", NOW, at(5)), **said)


@pytest.mark.parametrize(
    ("released", "judgement"),
    [
        (SECOND, Judgement("changed")),
        (timedelta(0), Judgement("refused", "released_already", "seleksi_administrasi")),
        (-SECOND, Judgement("refused", "released_already", "seleksi_administrasi")),
    ],
)
async def test_a_release_cannot_be_moved_from_its_moment_on(
    store: Database, released: timedelta, judgement: Judgement
) -> None:
    await made.put(store, entry(released_at=NOW + released))

    assert await made.put(store, entry(released_at=at(60))) == [judgement]


async def test_a_release_that_is_told_again_is_no_change(store: Database) -> None:
    await made.put(store, entry(released_at=at(-9)))

    assert await made.put(store, entry(released_at=at(-9))) == [Judgement("unchanged")]


async def test_judging_changes_nothing(store: Database) -> None:
    await made.put(store, ENTRY)
    before = await made.get(store)

    assert await judge(store, entry(title="Anyaman rotan")) == Judgement("changed")
    assert await made.get(store) == before


@pytest.mark.parametrize("moment", [at(4.9), at(5), at(5.1)])
async def test_people_know_of_an_event_from_its_release_on(store: Database, moment: datetime) -> None:
    await made.put(store, entry(released_at=at(-9)))
    await made.put(store, replace(BARE, state="penilaian_substansi", released_at=at(5)))
    found = await made.get(store)

    known = found.released(moment)
    assert known == (found.events if moment >= at(5) else found.events[:1])


async def test_events_that_were_not_released_are_left_out(store: Database) -> None:
    await made.put(store, ENTRY)

    assert (await made.get(store)).released(at(10**9)) == ()


async def test_a_correction_goes_where_no_way_leads_and_waits_for_its_release(store: Database) -> None:
    await made.put(store, entry(state="tidak_terpilih", released_at=at(-9)))
    event = await made.correct(store, "penjurian", now=at(60))
    found = await made.get(store)

    assert event == found.latest == Event(2, "penjurian", at(60), correction=True)
    assert (found.revision, found.confirmed_at) == (2, at(60))
    assert found.released(at(10**6)) == found.events[:1]


async def test_after_a_correction_the_ways_hold_again(store: Database) -> None:
    await made.put(store, entry(state="tidak_terpilih"))
    await made.correct(store, "penjurian")

    assert await made.put(store, entry(state="calon_penerima")) == [Judgement("changed")]


async def test_a_correction_takes_back_the_release_of_the_mistake(store: Database) -> None:
    await made.put(store, entry(state="tidak_terpilih", released_at=at(60)))
    await made.correct(store, "calon_penerima")

    assert [event.released_at for event in (await made.get(store)).events] == [None, None]


async def test_what_people_know_already_is_not_unsaid_by_a_correction(store: Database) -> None:
    await made.put(store, entry(released_at=NOW))
    await made.correct(store, "penjurian")

    assert (await made.get(store)).events[0].released_at == NOW


async def test_a_correction_to_where_it_stands_is_none(store: Database) -> None:
    await made.put(store, entry(released_at=at(60)))
    before = await made.get(store)

    assert await made.correct(store, "seleksi_administrasi") is None
    assert await made.get(store) == before


async def test_a_proposal_there_is_none_of_cannot_be_corrected(store: Database) -> None:
    assert await made.correct(store, "penjurian") is None


async def test_proposals_are_found_by_their_numbers(store: Database) -> None:
    await made.put(store, ENTRY, entry(OTHER))
    await made.put(store, entry(OTHER, state="penilaian_substansi"))
    async with store.reading() as tx:
        found = await records.find(tx, [OTHER, "UPK-2024-003", NUMBER])
        nothing = await records.find(tx, [])

    assert set(found) == {NUMBER, OTHER}
    assert [event.position for event in found[OTHER].events] == [1, 2]
    assert nothing == {}


async def test_a_list_comes_in_pages_in_the_order_of_the_numbers(store: Database) -> None:
    await made.put(store, *(entry(f"UPK-{count}") for count in (30, 10, 20)))

    assert await listing(store, limit=2) == ["UPK-10", "UPK-20"]
    assert await listing(store, limit=2, after="UPK-20") == ["UPK-30"]
    assert await listing(store, limit=2, after="UPK-30") == []


async def test_a_list_can_be_of_one_edition_one_state_and_what_nobody_may_know(store: Database) -> None:
    await made.put(store, entry("A-1"), entry("A-2", released_at=NOW), entry("A-3", edition=2025, released_at=at(1)))
    await made.put(store, entry("A-1", state="penilaian_substansi"))

    assert await listing(store, edition=2024) == ["A-1", "A-2"]
    assert await listing(store, state="seleksi_administrasi") == ["A-2", "A-3"]
    assert await listing(store, state="seleksi_administrasi", edition=2025) == ["A-3"]
    assert await listing(store, unknown_at=NOW) == ["A-1", "A-3"]
    assert await listing(store, unknown_at=at(1)) == ["A-1"]
    assert await listing(store, unknown_at=NOW, state="seleksi_administrasi") == ["A-3"]
    assert await listing(store, state="penjurian") == []


async def put_beside(
    store: Database, other: Database, said: Entry, *, first: Callable[[Transaction], Awaitable[object]]
) -> list[Judgement]:
    """Put an entry by the other while the first holds its transaction open with `first` done in it."""
    async with store.transaction() as tx:
        await first(tx)
        beside = asyncio.create_task(made.put(other, said, now=at(1)))
        await given.until_somebody_waits_for_a_lock(store)
    return await beside


@ON_POSTGRESQL
async def test_two_processes_that_bring_the_same_new_proposal_make_one(
    store: Database, open_again: Callable[[], Database]
) -> None:
    judgements = await put_beside(store, open_again(), ENTRY, first=lambda tx: records.put(tx, ENTRY, NOW))

    assert judgements == [Judgement("unchanged")]
    assert [event.position for event in (await made.get(store)).events] == [1]


@ON_POSTGRESQL
async def test_of_two_processes_the_second_judges_by_what_the_first_left(
    store: Database, open_again: Callable[[], Database]
) -> None:
    await made.put(store, ENTRY)
    ahead = entry(state="penilaian_substansi")
    judgements = await put_beside(store, open_again(), ahead, first=lambda tx: records.put(tx, ahead, NOW))

    assert judgements == [Judgement("unchanged")]
    assert [event.state for event in (await made.get(store)).events] == ["seleksi_administrasi", "penilaian_substansi"]


@ON_POSTGRESQL
async def test_an_entry_beside_a_correction_is_judged_by_it(
    store: Database, open_again: Callable[[], Database]
) -> None:
    await made.put(store, ENTRY)
    judgements = await put_beside(
        store,
        open_again(),
        entry(state="penilaian_substansi"),
        first=lambda tx: records.correct(tx, NUMBER, "ditarik", NOW),
    )

    assert judgements == [Judgement("refused", "impossible_transition", "ditarik")]


@ON_POSTGRESQL
async def test_many_entries_at_once_leave_no_gap_and_no_double(
    store: Database, open_again: Callable[[], Database]
) -> None:
    others = [open_again() for _ in range(4)]
    await asyncio.gather(*(made.put(other, entry(title=f"Judul {count}")) for count, other in enumerate(others)))
    found = await made.get(store)

    assert (found.revision, len(found.events)) == (4, 1)
