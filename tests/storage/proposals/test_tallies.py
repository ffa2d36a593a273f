"""Sums by stage count each proposal once, where it stands now."""

from __future__ import annotations

from storage.database import Database
from storage.proposals import tallies
from storage.proposals.tallies import Stage
from tests.storage.given import NOW, at
from tests.storage.proposals import made
from tests.storage.proposals.made import entry


async def some(database: Database) -> None:
    await made.put(
        database,
        entry("A-1", released_at=NOW),
        entry("A-2", released_at=at(1)),
        entry("A-3"),
        entry("A-4"),
        entry("A-4", state="penilaian_substansi"),
        entry("A-5", edition=2025),
    )


async def test_each_proposal_counts_where_it_stands_newest_edition_first(store: Database) -> None:
    await some(store)
    async with store.reading() as tx:
        found = await tallies.stages(tx, NOW)

    assert found == [
        Stage(2025, "seleksi_administrasi", released=0, scheduled=0, waiting=1),
        Stage(2024, "seleksi_administrasi", released=1, scheduled=1, waiting=1),
        Stage(2024, "penilaian_substansi", released=0, scheduled=0, waiting=1),
    ]
    assert [stage.total for stage in found] == [1, 3, 1]


async def test_a_scheduled_release_is_one_from_its_moment_on(store: Database) -> None:
    await some(store)
    async with store.reading() as tx:
        (first, _) = await tallies.stages(tx, at(1), 2024)

    assert (first.released, first.scheduled, first.waiting) == (2, 0, 1)


async def test_an_edition_nobody_proposed_for_has_no_stages(store: Database) -> None:
    await some(store)
    async with store.reading() as tx:
        assert await tallies.stages(tx, NOW, 2023) == []


async def test_what_waits_for_a_decision_is_counted(store: Database) -> None:
    await some(store)
    async with store.reading() as tx:
        assert await tallies.waiting(tx) == 3
