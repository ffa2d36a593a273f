"""Ten thousand people on their way: a stop reaches nobody but who is in flight, and a question is not behind them."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import timedelta

import sqlalchemy as sa

from bot.channels.base import Limits, Outgoing
from bot.metrics import Metrics
from bot.pacing import OwnBucket, Pace, Rate
from bot.sender import BULK_IN_FLIGHT, BULK_LEAST, Sender
from storage import contacts, outbox, schema
from storage.broadcasts import steering
from storage.contacts import Identity
from storage.database import Database, Transaction
from storage.outbox import REPLY, Draft
from tests.bot.conftest import WatchedClock
from tests.storage.broadcasts import announced
from tests.storage.emptied import ON_BOTH

PEOPLE = 10_000
RATE = Rate(per_second=25.0, burst=25)

pytestmark = ON_BOTH


class Platform:
    """Takes a second for each message, or as long as the test holds it."""

    name = "telegram"
    limits = Limits(
        text=4096, caption=1024, buttons=12, button_title=64, choice_id_bytes=64, pictures=True, shares_phone=True
    )

    def __init__(self) -> None:
        self.got: list[Outgoing] = []
        self.in_flight = 0
        self.open = asyncio.Event()
        self.open.set()
        self._changed = asyncio.Event()

    async def send(self, outgoing: Outgoing) -> str | None:
        self.got.append(outgoing)
        self.in_flight += 1
        self._changed.set()
        await self.open.wait()
        self.in_flight -= 1
        return str(outgoing.id)

    async def until(self, clock: WatchedClock, wanted: Callable[[], bool]) -> None:
        """Let time go on, a quarter of a second at a time, until something is so."""
        async with asyncio.timeout(60):
            while not wanted():
                self._changed.clear()
                waits = {asyncio.create_task(self._changed.wait()), asyncio.create_task(clock.until_asleep(2))}
                await asyncio.wait(waits, return_when=asyncio.FIRST_COMPLETED)
                for wait in waits:
                    wait.cancel()
                await asyncio.gather(*waits, return_exceptions=True)
                if not wanted() and clock.sleepers >= 2:
                    clock.move(0.25)


@asynccontextmanager
async def sending(database: Database, platform: Platform, clock: WatchedClock) -> AsyncIterator[Sender]:
    pace = Pace(clock, channel=OwnBucket(RATE, clock), person=Rate(1.0, burst=5))
    sender = Sender(database, platform, pace=pace, clock=clock, owner="a", metrics=Metrics())
    stop = asyncio.Event()
    task = asyncio.create_task(sender.run(stop))
    try:
        yield sender
    finally:
        stop.set()
        sender.wake()
        clock.move(60)
        async with asyncio.timeout(20):
            await task


async def under_way(database: Database) -> int:
    """Let a broadcast to ten thousand begin."""
    await announced.office(database)
    await announced.subscribers(database, PEOPLE, first=100)
    return await announced.under_way(database)


async def count(tx: Transaction, which: sa.ColumnElement[bool]) -> int:
    return int((await tx.execute(sa.select(sa.func.count()).select_from(schema.outbox).where(which))).scalar_one())


async def test_after_a_stop_nobody_gets_it_but_who_is_in_flight(store: Database, clock: WatchedClock) -> None:
    broadcast_id = await under_way(store)
    platform = Platform()
    async with sending(store, platform, clock) as sender:
        await platform.until(clock, lambda: len(platform.got) >= 300)
        platform.open.clear()
        await platform.until(clock, lambda: platform.in_flight >= BULK_LEAST)
        async with store.transaction() as tx:
            assert await steering.stop(tx, broadcast_id, announced.SECOND, clock.now())
            begun = await count(tx, schema.outbox.c.status != "queued")
            in_flight = await count(tx, schema.outbox.c.status == "sending")
        platform.open.set()
        sender.wake()
        for _ in range(20):  # far longer than the sender needs to look again
            await clock.until_asleep(2)
            clock.move(1)
    async with store.reading() as tx:
        counted = sa.select(schema.outbox.c.status, sa.func.count()).group_by(schema.outbox.c.status)
        ends = {status: count for status, count in (await tx.execute(counted)).all()}

    assert BULK_LEAST <= in_flight <= BULK_IN_FLIGHT
    assert len(platform.got) == begun
    assert ends == {"sent": begun, "queued": PEOPLE - begun}


async def test_a_question_during_a_broadcast_is_answered_at_the_pace_of_one_message(
    store: Database, clock: WatchedClock
) -> None:
    async with store.transaction() as tx:
        (asking,) = await contacts.meet(tx, [Identity(telegram_id=42)], clock.now())
    await under_way(store)
    platform = Platform()
    async with sending(store, platform, clock) as sender:
        await platform.until(clock, lambda: len(platform.got) >= 300)
        asked_at, before = clock.now(), len(platform.got)
        async with store.transaction() as tx:
            await outbox.add(tx, [Draft(asking.id, "telegram", "jawaban", priority=REPLY)], clock.now())
        sender.wake()
        await platform.until(clock, lambda: any(each.reply.text == "jawaban" for each in platform.got))
        waited = clock.now() - asked_at
        place = next(place for place, each in enumerate(platform.got) if each.reply.text == "jawaban")

    assert waited <= timedelta(seconds=1)  # the tests' clock moves by quarters; a pace of 25 a second
    assert place - before <= BULK_IN_FLIGHT + RATE.burst  # what was in hand already, and not the other nine thousand
