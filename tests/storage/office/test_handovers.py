"""Talks with an officer: one open a person, one officer a talk, one talk an officer, and none that hangs."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from datetime import timedelta

import pytest

from storage.database import Database
from storage.office import handovers
from storage.office.handovers import PATIENCE, QUIET, Officer, Over, Side, Talk
from tests.storage.emptied import ON_POSTGRESQL
from tests.storage.given import NOW, TELEGRAM, at, until_somebody_waits_for_a_lock
from tests.storage.office import working
from tests.storage.office.working import asked, met, officer, taken

MOMENT = timedelta(microseconds=1)
BUDI, RINA, DEWI = 1, 2, 3


async def found(store: Database, talk_id: int) -> Talk | None:
    async with store.transaction() as tx:
        return await handovers.find(tx, talk_id)


async def due(store: Database, seconds: timedelta) -> list[int]:
    async with store.reading() as tx:
        return await handovers.due(tx, NOW + seconds)


async def why(store: Database, talk_id: int, later: timedelta) -> Over | None:
    """Return why a talk is over at that time; both ways of finding out have to agree."""
    talk = await found(store, talk_id)
    assert talk is not None
    over = handovers.over(talk, NOW + later)
    assert (talk_id in await due(store, later)) == (over is not None)
    return over


async def test_a_talk_waits_until_an_officer_on_duty_takes_it(store: Database) -> None:
    budi, rina = await met(store, BUDI), await officer(store, RINA)
    talk_id = await asked(store, budi)
    async with store.reading() as tx:
        (waiting,) = await handovers.waiting(tx)

    assert (waiting.id, waiting.taken, waiting.officer, waiting.attended) == (talk_id, False, None, False)
    assert waiting.person == Side(budi, TELEGRAM, None)
    assert await taken(store, talk_id, rina, at(60))
    talk = await found(store, talk_id)
    assert talk is not None
    assert (talk.taken, talk.attended, talk.officer_id, talk.last_said_at) == (True, True, rina, at(60))
    assert talk.officer == Officer(rina, "Rina", Side(await met(store, RINA), TELEGRAM, None))
    async with store.reading() as tx:
        assert await handovers.waiting(tx) == []


async def test_nobody_has_two_open_talks(store: Database) -> None:
    budi = await met(store, BUDI)
    talk_id = await asked(store, budi)
    async with store.transaction() as tx:
        again = await handovers.ask(tx, budi, TELEGRAM, NOW)
        closed = await handovers.close(tx, talk_id, "person", NOW)
        closed_again = await handovers.close(tx, talk_id, "officer", NOW)

    assert (again, closed, closed_again) == (None, True, False)
    assert await asked(store, budi) != talk_id
    assert await found(store, talk_id) is None


async def test_the_first_officer_has_it(store: Database) -> None:
    rina, dewi = await officer(store, RINA), await officer(store, DEWI, "Dewi")
    talk_id = await asked(store, await met(store, BUDI))

    assert [await taken(store, talk_id, each) for each in (rina, dewi, rina)] == [True, False, False]


async def test_an_officer_has_one_at_a_time(store: Database) -> None:
    rina = await officer(store, RINA)
    first, second = await asked(store, await met(store, BUDI)), await asked(store, await met(store, DEWI))
    assert await taken(store, first, rina)
    busy = await taken(store, second, rina)
    async with store.transaction() as tx:
        own = await handovers.of_officer(tx, rina)
        await handovers.close(tx, first, "officer", NOW)

    assert (busy, own is not None and own.id) == (False, first)
    assert await taken(store, second, rina)


async def test_nobody_takes_their_own_or_while_off_duty_or_removed(store: Database) -> None:
    rina = await officer(store, RINA)
    own = await asked(store, await met(store, RINA))
    budis = await asked(store, await met(store, BUDI))
    assert not await taken(store, own, rina)
    await working.change(store, rina, on_duty=False)
    assert not await taken(store, budis, rina)
    await working.remove(store, rina)

    assert not await taken(store, budis, rina)
    assert not await taken(store, budis, 99)


@ON_POSTGRESQL
async def test_of_two_officers_at_the_same_moment_one_has_it(
    store: Database, open_again: Callable[[], Database]
) -> None:
    rina, dewi = await officer(store, RINA), await officer(store, DEWI, "Dewi")
    talk_id = await asked(store, await met(store, BUDI))
    async with store.transaction() as tx:
        first = await handovers.take(tx, talk_id, rina, NOW)
        second = asyncio.create_task(taken(open_again(), talk_id, dewi))
        await until_somebody_waits_for_a_lock(open_again())

    assert (first, await second) == (True, False)


@ON_POSTGRESQL
async def test_whoever_finds_a_talk_waits_for_the_one_who_changes_it(
    store: Database, open_again: Callable[[], Database]
) -> None:
    rina = await officer(store, RINA)
    talk_id = await asked(store, await met(store, BUDI))
    async with store.transaction() as tx:
        await handovers.take(tx, talk_id, rina, NOW)
        finding = asyncio.create_task(found(open_again(), talk_id))
        await until_somebody_waits_for_a_lock(open_again())
    talk = await finding

    assert talk is not None
    assert (talk.officer_id, talk.attended) == (rina, True)


async def test_on_duty_is_who_works_now_and_can_be_reached(store: Database) -> None:
    rina, dewi = await officer(store, RINA), await officer(store, DEWI, "Dewi", on_duty=False)
    tono = await officer(store, 4, "Tono")
    await working.block(store, 4)
    async with store.reading() as tx:
        working_now = await handovers.on_duty(tx)
        staffed = await handovers.is_staffed(tx)

    assert ([each.id for each in working_now], staffed) == ([rina], True)
    for each in (rina, dewi, tono):
        await working.remove(store, each)
    async with store.reading() as tx:
        assert not await handovers.is_staffed(tx)


async def test_a_talk_in_which_nothing_is_said_is_over_after_its_time(store: Database) -> None:
    rina = await officer(store, RINA)
    waiting = await asked(store, await met(store, BUDI))
    talking = await asked(store, await met(store, DEWI))
    assert await taken(store, talking, rina)

    assert await why(store, talking, QUIET - MOMENT) is None
    assert await why(store, talking, QUIET) is Over.QUIET
    assert await why(store, waiting, PATIENCE - MOMENT) is None
    assert await why(store, waiting, PATIENCE) is Over.UNANSWERED
    async with store.transaction() as tx:
        talk = await handovers.find(tx, talking)
        assert talk is not None
        await handovers.said(tx, talk, NOW + QUIET)
    assert await why(store, talking, QUIET) is None


@pytest.mark.parametrize("left", ["off duty", "removed", "deleted", "forgotten", "blocked"])
async def test_a_talk_is_alone_when_its_officer_is_gone_and_waits_again(store: Database, left: str) -> None:
    rina = await officer(store, RINA)
    talk_id = await asked(store, await met(store, BUDI))
    assert await taken(store, talk_id, rina)
    match left:
        case "off duty":
            await working.change(store, rina, on_duty=False)
        case "removed":
            await working.remove(store, rina)
        case "deleted":
            await working.delete(store, rina)
        case "forgotten":
            await working.change(store, rina, person_id=None)
        case "blocked":
            await working.block(store, RINA)
    over = await why(store, talk_id, timedelta(0))
    async with store.transaction() as tx:
        talk = await handovers.find(tx, talk_id)
        assert talk is not None
        released = [await handovers.release(tx, talk, at(5)) for _ in range(2)]
    again = await found(store, talk_id)

    assert (over, released) == (Over.ALONE, [True, False])
    assert again is not None
    assert (again.taken, again.officer_id, again.last_said_at) == (False, None, at(5))
    assert await why(store, talk_id, timedelta(0)) is None


async def test_a_talk_is_over_when_the_person_closed_the_door(store: Database) -> None:
    budi = await met(store, BUDI)
    talk_id = await asked(store, budi)
    await working.block(store, BUDI)

    assert await why(store, talk_id, timedelta(0)) is Over.GONE


async def test_a_persons_talks_are_told_without_the_officer(store: Database) -> None:
    budi, rina = await met(store, BUDI), await officer(store, RINA)
    talk_id = await asked(store, budi)
    await taken(store, talk_id, rina, at(1))
    async with store.transaction() as tx:
        await handovers.close(tx, talk_id, "officer", at(2))
        talks = await handovers.of_person(tx, budi)

    assert talks == [handovers.Held(NOW, at(1), at(2))]
