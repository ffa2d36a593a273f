"""People know of an event from its release on, all of a stage at one moment, and each who wants it is told once."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from datetime import datetime

import pytest
import sqlalchemy as sa

from storage import contacts, outbox
from storage.database import Database, Transaction
from storage.outbox import Draft
from storage.proposals import links, releases
from storage.proposals.releases import News, Reach
from storage.proposals.tables import links as links_table
from storage.proposals.tables import proposal_events
from storage.schema import people as people_table
from tests.storage import given
from tests.storage.emptied import ON_POSTGRESQL
from tests.storage.given import NOW, TELEGRAM, at
from tests.storage.proposals import made
from tests.storage.proposals.made import ENTRY, NUMBER, OTHER, entry

STATE = "seleksi_administrasi"
LATER = "penilaian_substansi"


async def stage(database: Database, when: datetime = NOW, state: str = STATE, now: datetime = NOW) -> int:
    async with database.transaction() as tx:
        return await releases.release_stage(tx, state, 2024, when, now)


async def times(database: Database) -> list[datetime | None]:
    async with database.reading() as tx:
        query = sa.select(proposal_events.c.released_at).order_by(proposal_events.c.number, proposal_events.c.position)
        return list((await tx.execute(query)).scalars())


async def due(database: Database, now: datetime = NOW, limit: int = 100) -> list[News] | None:
    async with database.transaction() as tx:
        return await releases.due(tx, now, now, limit)


def told(news: list[News] | None) -> list[tuple[int, str, int]] | None:
    return None if news is None else [(each.person_id, each.proposal.number, each.position) for each in news]


async def reach(database: Database, now: datetime = NOW) -> Reach:
    async with database.reading() as tx:
        return await releases.reach_of_stage(tx, STATE, 2024, now)


async def test_all_events_of_one_proposal_are_released_and_no_other(store: Database) -> None:
    await made.put(store, ENTRY, entry(state=LATER), entry(OTHER))

    assert await made.release(store, at(60)) == 2
    assert await times(store) == [at(60), at(60), None]


async def test_a_time_in_the_past_means_now(store: Database) -> None:
    await made.put(store, ENTRY)
    await made.release(store, at(-60))

    assert await times(store) == [NOW]


async def test_a_release_that_is_not_due_can_be_moved_and_one_that_is_cannot(store: Database) -> None:
    await made.put(store, ENTRY)
    await made.release(store, at(60))

    assert await made.release(store, at(30)) == 1
    assert await made.release(store, at(90), now=at(30)) == 0
    assert await times(store) == [at(30)]


async def test_a_stage_is_of_one_state_and_one_edition(store: Database) -> None:
    await made.put(store, ENTRY, entry(OTHER, state=LATER), entry("UPK-2025-001", edition=2025))

    assert await stage(store, at(60)) == 1
    assert await times(store) == [at(60), None, None]


async def test_a_stage_is_released_for_those_too_who_went_on(store: Database) -> None:
    await made.put(store, ENTRY, entry(state=LATER))

    assert await stage(store, at(60)) == 1
    assert await times(store) == [at(60), None]


async def test_a_mistake_that_was_corrected_is_never_released(store: Database) -> None:
    await made.put(store, entry(state="tidak_terpilih"))
    await made.correct(store, "calon_penerima")

    assert await stage(store, state="tidak_terpilih") == 0
    assert await made.release(store, at(60)) == 1
    assert await times(store) == [None, at(60)]


async def test_what_comes_after_a_correction_is_released(store: Database) -> None:
    await made.put(store, entry(state="tidak_terpilih"))
    await made.correct(store, "penjurian")
    await made.put(store, entry(state="tidak_terpilih"))

    assert await stage(store, at(60), state="tidak_terpilih") == 1
    assert await times(store) == [None, None, at(60)]


async def test_a_release_that_is_not_due_is_held_again(store: Database) -> None:
    await made.put(store, ENTRY, entry(OTHER), entry("UPK-2025-001", edition=2025, released_at=at(60)))
    await made.release(store)
    await stage(store, at(60))
    async with store.transaction() as tx:
        held = [await releases.hold_stage(tx, STATE, 2024, NOW) for _ in range(2)]

    assert held == [1, 0]
    assert await times(store) == [NOW, None, at(60)]


async def test_one_proposal_is_held_alone(store: Database) -> None:
    await made.put(store, ENTRY, entry(OTHER))
    await stage(store, at(60))
    async with store.transaction() as tx:
        held = await releases.hold_one(tx, NUMBER, NOW)

    assert held == 1
    assert await times(store) == [None, at(60)]


@pytest.mark.parametrize(("now", "held"), [(at(59), 1), (at(60), 0), (at(61), 0)])
async def test_a_release_can_be_held_until_its_moment(store: Database, now: datetime, held: int) -> None:
    await made.put(store, ENTRY)
    await made.release(store, at(60))
    async with store.transaction() as tx:
        assert await releases.hold_stage(tx, STATE, 2024, now) == held


async def test_everybody_who_may_know_is_told_how_it_stands_in_their_channel(store: Database) -> None:
    budi, siti = await given.people(store, 2)
    await made.put(store, ENTRY, entry(OTHER))
    await made.link(store, budi)
    await made.link(store, siti, channel="web")
    async with store.transaction() as tx:
        await tx.execute(sa.update(people_table).where(people_table.c.id == siti).values(language="en"))
    await made.release(store)
    news = await due(store)
    found = await made.get(store)

    assert news == [News(budi, TELEGRAM, None, found, 1), News(siti, "web", "en", found, 1)]


@pytest.mark.parametrize(("now", "taken"), [(at(59.999), False), (at(60), True), (at(60.001), True)])
async def test_nobody_is_told_before_the_moment(store: Database, now: datetime, *, taken: bool) -> None:
    await made.put(store, ENTRY)
    await made.link(store, await given.person(store))
    await stage(store, at(60))

    assert (await due(store, now) is not None) is taken


async def test_what_was_not_released_is_never_told(store: Database) -> None:
    await made.put(store, ENTRY)
    await made.link(store, await given.person(store))

    assert await due(store, at(10**9)) is None


async def test_what_was_told_is_not_told_again_and_when_is_kept(store: Database) -> None:
    person = await given.person(store)
    await made.put(store, ENTRY)
    await made.link(store, person)
    await made.release(store)

    assert told(await due(store, at(1))) == [(person, NUMBER, 1)]
    assert await due(store, at(2)) is None
    assert (await made.get(store)).latest.announced_at == at(1)


async def test_what_was_not_stored_is_told_the_next_time(store: Database) -> None:
    person = await given.person(store)
    await made.put(store, ENTRY)
    await made.link(store, person)
    await made.release(store)

    async def die() -> None:
        async with store.transaction() as tx:
            await releases.due(tx, NOW, NOW, 100)
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        await die()

    assert told(await due(store)) == [(person, NUMBER, 1)]


async def test_of_several_events_only_the_newest_is_told(store: Database) -> None:
    person = await given.person(store)
    await made.put(store, ENTRY, entry(state=LATER))
    await made.link(store, person)
    await made.release(store)

    assert told(await due(store, limit=1)) == [(person, NUMBER, 2)]
    assert told(await due(store, limit=1)) == []
    assert await due(store) is None


async def test_an_event_released_after_its_successor_is_not_told(store: Database) -> None:
    person = await given.person(store)
    await made.put(store, ENTRY, entry(state=LATER))
    await made.link(store, person)
    await stage(store, state=LATER)
    await due(store)
    await stage(store, at(1), now=at(1))

    assert told(await due(store, at(1))) == []


async def test_events_are_taken_in_parts_the_longest_due_first(store: Database) -> None:
    numbers = [f"UPK-{count}" for count in range(3)]
    person = await given.person(store)
    for count, number in enumerate(numbers):
        await made.put(store, entry(number, released_at=at(-count)))
        await made.link(store, person, number)

    assert [told(await due(store, limit=2)) for _ in range(3)] == [
        [(person, "UPK-1", 1), (person, "UPK-2", 1)],
        [(person, "UPK-0", 1)],
        None,
    ]


async def test_who_saw_it_already_is_not_told(store: Database) -> None:
    person = await given.person(store)
    await made.put(store, ENTRY)
    await made.link(store, person)
    await made.release(store)
    async with store.transaction() as tx:
        (linked,) = await links.of_person(tx, person)
        await links.seen(tx, linked.link, TELEGRAM, 1)

    assert told(await due(store)) == []


async def test_who_wants_no_news_or_cannot_be_reached_is_not_told(store: Database) -> None:
    wanting, unwanting, gone, elsewhere = await given.people(store, 4)
    await made.put(store, ENTRY)
    for person in (wanting, unwanting, gone, elsewhere):
        await made.link(store, person)
    async with store.transaction() as tx:
        await links.want_news(tx, unwanting, NUMBER, wanted=False)
        await contacts.close_door(tx, gone, TELEGRAM, NOW)
        await contacts.close_door(tx, elsewhere, "web", NOW)
    expected = await reach(store)
    await made.release(store)

    assert told(await due(store)) == [(wanting, NUMBER, 1), (elsewhere, NUMBER, 1)]
    assert expected == Reach(1, 2)


async def test_a_proposal_nobody_may_know_of_is_told_to_nobody_and_done(store: Database) -> None:
    await made.put(store, ENTRY)
    await made.release(store)

    assert await due(store) == []
    assert await due(store) is None


async def test_the_reach_of_a_stage_is_counted_without_releasing_it(store: Database) -> None:
    budi, siti = await given.people(store, 2)
    await made.put(store, ENTRY, entry(OTHER), entry("UPK-2024-003", released_at=NOW))
    for number in (NUMBER, OTHER, "UPK-2024-003"):
        await made.link(store, budi, number)
    await made.link(store, siti, "UPK-2024-003")

    assert await reach(store) == Reach(events=2, people=1)
    assert await times(store) == [None, None, NOW]


async def test_the_reach_of_one_proposal_leaves_out_who_knows_it_already(store: Database) -> None:
    budi, siti = await given.people(store, 2)
    await made.put(store, ENTRY, entry(OTHER))
    await made.link(store, budi)
    await made.link(store, siti)
    async with store.transaction() as tx:
        await tx.execute(sa.update(links_table).where(links_table.c.person_id == siti).values(told_position=1))
    async with store.reading() as tx:
        found = await releases.reach_of_one(tx, NUMBER, NOW)

    assert found == Reach(events=1, people=1)


async def test_the_reach_leaves_out_mistakes_that_were_corrected(store: Database) -> None:
    await made.put(store, ENTRY)
    await made.link(store, await given.person(store))
    await made.correct(store, "ditarik")

    assert await reach(store) == Reach(0, 0)


@ON_POSTGRESQL
async def test_what_one_process_tells_the_other_passes_over(
    store: Database, open_again: Callable[[], Database]
) -> None:
    person = await given.person(store)
    for number in (NUMBER, OTHER):
        await made.put(store, entry(number, released_at=NOW))
        await made.link(store, person, number)
    async with store.transaction() as tx:
        first = await releases.due(tx, NOW, NOW, 1)
        second = await due(open_again())

    assert (told(first), told(second)) == ([(person, NUMBER, 1)], [(person, OTHER, 1)])
    assert await due(store) is None


@ON_POSTGRESQL
async def test_two_processes_with_two_events_of_one_proposal_tell_it_once(
    store: Database, open_again: Callable[[], Database]
) -> None:
    person = await given.person(store)
    await made.put(store, entry(released_at=NOW), entry(state=LATER, released_at=NOW))
    await made.link(store, person)
    async with store.transaction() as tx:
        first = await releases.due(tx, NOW, NOW, 1)
        beside = asyncio.create_task(due(open_again(), limit=1))
        await given.until_somebody_waits_for_a_lock(store)

    assert (told(first), told(await beside)) == ([(person, NUMBER, 2)], [])


async def announce(database: Database) -> None:
    """Do what the service does, until nothing is left."""

    async def once(tx: Transaction) -> bool:
        news = await releases.due(tx, NOW, NOW, 3)
        drafts = [Draft(each.person_id, each.channel, each.proposal.number) for each in news or ()]
        if drafts:
            await outbox.add(tx, drafts, NOW)
        return news is not None

    going_on = True
    while going_on:
        async with database.transaction() as tx:
            going_on = await once(tx)


async def test_several_processes_tell_everybody_exactly_once(
    store: Database, open_again: Callable[[], Database]
) -> None:
    numbers = [f"UPK-{count}" for count in range(20)]
    people = await given.people(store, 20)
    await made.put(store, *(entry(number) for number in numbers), *(entry(number, state=LATER) for number in numbers))
    for number, person in zip(numbers, people, strict=True):
        await made.link(store, person, number)
    for state in (STATE, LATER):
        await stage(store, state=state)
    await asyncio.gather(*(announce(open_again()) for _ in range(4)))

    assert sorted(await given.rows(store, "person_id")) == [(person,) for person in sorted(people)]
