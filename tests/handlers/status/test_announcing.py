"""What is released is told once to everybody who is tied to it and wants it, and not a second before."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from datetime import timedelta

import pytest
import sqlalchemy as sa

from handlers.messages import Kind
from handlers.status.announcing import Announcing
from handlers.wording import Wording
from storage import outbox
from storage.database import Database
from storage.proposals import records, releases
from storage.proposals.freshness import FRESH
from storage.proposals.records import Entry
from storage.proposals.tables import links, portal_readings, proposal_events
from tests.handlers.status.desk import ANI, BUDI, NUMBER, OTHER, OTHER_CODE, Desk, as_it_is
from tests.handlers.talk import CONTACT
from tests.storage import given
from tests.storage.emptied import ON_BOTH, ON_POSTGRESQL

HOUR = timedelta(hours=1)


@pytest.fixture
def announcing(store: Database, wording: Wording) -> Announcing:
    return Announcing(store, wording, CONTACT, as_it_is)


@pytest.fixture
async def moved(desk: Desk, announcing: Announcing) -> Desk:
    """Budi knows his proposal in one state; it has come to the next, which is released in an hour."""
    await desk.record()
    await desk.link(BUDI)
    await announcing.announce(desk.at)
    await desk.moves("peninjauan_lapangan", released_at=desk.at + HOUR)
    return desk


async def news(desk: Desk, person: int = BUDI) -> list[str]:
    return [reply.text for reply in await desk.told(person) if reply.text.startswith(("*Kabar", "*News"))]


@ON_BOTH
async def test_nobody_hears_before(moved: Desk, announcing: Announcing) -> None:
    await announcing.announce(moved.at + HOUR - timedelta(microseconds=1))

    assert await news(moved) == []
    assert "*Penilaian substansi*" in await moved.say(BUDI, "/status")


@ON_BOTH
async def test_everybody_hears_then_and_once(moved: Desk, announcing: Announcing) -> None:
    for _ in range(3):
        await announcing.announce(moved.at + HOUR)

    (told,) = await news(moved)
    assert "*Peninjauan lapangan*" in told


async def test_what_somebody_knew_before_is_no_news(desk: Desk, announcing: Announcing) -> None:
    await desk.record()
    await desk.link(BUDI)

    assert await announcing.announce(desk.at) == 0


async def test_who_looked_first_is_not_told_again(moved: Desk, announcing: Announcing) -> None:
    moved.at += HOUR
    assert "*Peninjauan lapangan*" in await moved.say(BUDI, "/status")

    await announcing.announce(moved.at)

    assert await news(moved) == []


async def test_who_wants_no_news_gets_none(moved: Desk, announcing: Announcing) -> None:
    await moved.press(BUDI, f"status:quiet:{NUMBER}")
    await announcing.announce(moved.at + HOUR)

    assert await news(moved) == []


async def test_news_that_wait_are_taken_back_from_who_wants_none(moved: Desk, announcing: Announcing) -> None:
    await announcing.announce(moved.at + HOUR)
    moved.at += HOUR

    await moved.say(BUDI, "tolong berhenti mengabari saya")

    assert await news(moved) == []


@ON_BOTH
async def test_a_delegate_is_told_and_one_who_was_put_out_is_not(moved: Desk, announcing: Announcing) -> None:
    await moved.delegate(BUDI, ANI)
    await announcing.announce(moved.at + HOUR)
    before = await news(moved, ANI)
    await moved.press(BUDI, f"status:left:{NUMBER}")

    assert len(before) == 1
    assert await news(moved, ANI) == []  # had not been sent yet


async def test_news_come_in_the_persons_language(moved: Desk, announcing: Announcing) -> None:
    await moved.press(BUDI, "language:en")
    await announcing.announce(moved.at + HOUR)

    (told,) = await news(moved)
    assert told.startswith("*News of proposal")


async def test_news_come_after_replies_and_can_be_taken_back(moved: Desk, announcing: Announcing) -> None:
    await announcing.announce(moved.at + HOUR)

    *_, last = await given.rows(moved.database, "priority", "topic")
    assert last == (outbox.PUSH, f"proposal:{NUMBER}")


async def test_only_the_newest_of_several_states_is_told(desk: Desk, announcing: Announcing) -> None:
    await desk.record(released=False)
    await desk.link(BUDI)
    await desk.moves("peninjauan_lapangan")
    async with desk.database.transaction() as tx:
        await releases.release_one(tx, NUMBER, desk.at, desk.at)

    await announcing.announce(desk.at)

    (told,) = await news(desk)
    assert "*Peninjauan lapangan*" in told


@ON_BOTH
async def test_a_kill_before_the_commit_leaves_all_undone(
    moved: Desk, announcing: Announcing, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def killed(*_: object) -> None:
        raise asyncio.CancelledError

    with monkeypatch.context() as patched:
        patched.setattr(outbox, "add", killed)
        with pytest.raises(asyncio.CancelledError):
            await announcing.announce(moved.at + HOUR)
    assert await news(moved) == []

    await announcing.announce(moved.at + HOUR)
    assert len(await news(moved)) == 1


@ON_POSTGRESQL
async def test_several_processes_tell_once(moved: Desk, wording: Wording, open_again: Callable[[], Database]) -> None:
    await moved.record(OTHER, "penjurian", OTHER_CODE)
    await moved.link(ANI, OTHER, OTHER_CODE)
    await moved.moves("calon_penerima", OTHER, released_at=moved.at + HOUR)
    processes = [Announcing(open_again(), wording, CONTACT, as_it_is) for _ in range(4)]

    await asyncio.gather(*(process.announce(moved.at + HOUR) for process in processes))

    assert [len(await news(moved, person)) for person in (BUDI, ANI)] == [1, 1]


async def test_many_are_told_in_several_transactions(moved: Desk, announcing: Announcing) -> None:
    async with moved.database.transaction() as tx:
        for number in range(250):
            others = Entry(f"UPK-2026-1{number:04}", 2026, "pengabdian", released_at=moved.at)
            await records.put(tx, others, moved.at)

    await announcing.announce(moved.at + HOUR)

    async with moved.database.reading() as tx:
        left = sa.select(sa.func.count()).where(proposal_events.c.announced_at.is_(None))
        assert (await tx.execute(left)).scalar_one() == 0
    assert len(await news(moved)) == 1


@ON_BOTH
async def test_a_silent_portal_holds_news_back(moved: Desk, announcing: Announcing) -> None:
    async with moved.database.transaction() as tx:
        await tx.execute(sa.insert(portal_readings), {"id": 1, "read_at": moved.at})
    await announcing.announce(moved.at + HOUR)
    held = await news(moved)
    async with moved.database.transaction() as tx:
        await tx.execute(sa.update(portal_readings).values(read_at=moved.at + HOUR - FRESH))
    await announcing.announce(moved.at + HOUR)

    assert held == []
    assert len(await news(moved)) == 1


async def test_nothing_is_written_to_who_closed_the_door(moved: Desk, announcing: Announcing) -> None:
    await moved.take(moved.message(BUDI, kind=Kind.BLOCKED))
    await announcing.announce(moved.at + HOUR)

    assert await news(moved) == []
    assert await given.count(moved.database, links) == 1


async def test_news_say_nothing_of_what_is_released_later(desk: Desk, announcing: Announcing) -> None:
    await desk.record(state="seleksi_administrasi")
    await desk.link(BUDI)
    await desk.moves("penilaian_substansi", released_at=desk.at + HOUR)
    await desk.moves("ditarik", released_at=desk.at)
    await announcing.announce(desk.at)

    (told,) = await news(desk)
    assert "Berhenti di tahap 2 dari 8" in told
