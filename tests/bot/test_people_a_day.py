"""An announcement to more people than may be written to first in a day is told so, spread over days, and finishes."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta

import sqlalchemy as sa

from bot.admission import MARGIN, cap_of
from bot.channels.base import Limits, Outgoing
from bot.metrics import Metrics
from bot.pacing import Pace
from bot.sender import Sender
from handlers.messages import Reply
from handlers.staff.outlets import Outlets
from handlers.staff.speaking import Speaker
from handlers.wording import Wording
from storage import outbox
from storage.broadcasts import running, spreading
from storage.broadcasts.audience import Audience
from storage.database import Database
from storage.outbox import PUSH, Draft
from storage.schema import people, subscriptions
from storage.windows import Template
from tests.bot.conftest import WatchedClock
from tests.storage import given
from tests.storage.broadcasts import announced
from tests.storage.emptied import ON_BOTH

PEOPLE, A_DAY = 600, 250
DAY = timedelta(hours=24)


class Meta:
    """A platform with a window and a template for everything, which counts whom it was written to when."""

    name = "whatsapp"
    window = DAY
    limits = Limits(
        text=4096, caption=1024, buttons=3, button_title=20, choice_id_bytes=64, pictures=True, shares_phone=True
    )

    def __init__(self, clock: WatchedClock) -> None:
        self._clock = clock
        self.got: list[tuple[int, bool, float]] = []  # person, as a template, when

    async def send(self, outgoing: Outgoing) -> str | None:
        self.got.append((outgoing.person_id, outgoing.template is not None, self._clock.monotonic()))
        return f"wamid.{outgoing.id}.{outgoing.attempt}"

    def has_template(self, _: Template) -> bool:
        return True

    def shown_as(self, _: Template, reply: Reply) -> str:
        return reply.text

    def most_in_a_day(self) -> int:
        """Return the most people who were written to first within any 24 hours."""
        opened = [(person, at) for person, first, at in self.got if first]
        day = DAY.total_seconds()
        return max(len({person for person, at in opened if end - day < at <= end}) for _, end in opened)


@asynccontextmanager
async def sending(store: Database, meta: Meta, clock: WatchedClock, owner: str = "a") -> AsyncIterator[Sender]:
    sender = Sender(store, meta, pace=Pace(clock), clock=clock, owner=owner, metrics=Metrics(), people_a_day=A_DAY)
    stop = asyncio.Event()
    run = asyncio.create_task(sender.run(stop))
    yield sender
    stop.set()
    sender.wake()
    async with asyncio.timeout(10):
        await run


async def subscribe(store: Database, clock: WatchedClock) -> None:
    now = clock.now()
    numbers = range(1, PEOPLE + 1)
    known = [
        {"id": n, "whatsapp_user_id": f"ID.{n}", "created_at": now, "last_seen_at": now, "last_channel": "whatsapp"}
        for n in numbers
    ]
    async with store.transaction() as tx:
        await tx.execute(sa.insert(people), known)
        topics = [{"person_id": n, "topic": "announcements", "since": now} for n in numbers]
        await tx.execute(sa.insert(subscriptions), topics)


async def begun(store: Database, clock: WatchedClock) -> int:
    await announced.office(store)
    broadcast_id = await announced.approved(store)
    async with store.transaction() as tx:
        await running.begin(tx, clock.now())
    more = True
    while more:
        async with store.transaction() as tx:
            more = await running.freeze(tx, ("whatsapp",), clock.now())
    return broadcast_id


async def until(store: Database, **counts: int) -> None:
    async with asyncio.timeout(60):
        while Counter(status for (status,) in await given.rows(store, "status")) != counts:
            pass


async def tick(clock: WatchedClock, period: timedelta) -> None:
    await clock.until_asleep(2)
    clock.move(period.total_seconds())


@ON_BOTH
async def test_six_hundred_people_take_three_days_and_each_gets_it_once(store: Database, clock: WatchedClock) -> None:
    await subscribe(store, clock)
    meta = Meta(clock)
    cap = cap_of(meta, A_DAY)
    assert cap is not None
    async with store.reading() as tx:
        wanted = (Audience(), "announcements")
        (spread,) = await spreading.forecast(tx, wanted, ("whatsapp",), {"whatsapp": cap}, clock.now())  # type: ignore[arg-type]
    said = Speaker(Wording.load(), Outlets()).spread(spread, "en")
    broadcast_id = await begun(store, clock)
    async with sending(store, meta, clock):
        await until(store, sent=200, queued=400)
        async with store.reading() as tx:
            waiting = await spreading.waiting(tx, broadcast_id)
        await tick(clock, DAY - timedelta(seconds=2))
        await until(store, sent=200, queued=400)
        await tick(clock, timedelta(seconds=2))
        await until(store, sent=400, queued=200)
        await tick(clock, DAY)
        await until(store, sent=600)
    async with store.transaction() as tx:
        finished = await running.finish(tx, clock.now())

    assert "day 1: 200, day 2: 200, day 3: 200" in said
    assert waiting is not None
    assert (waiting.count, waiting.first, waiting.last) == (400, given.NOW + DAY, given.NOW + 2 * DAY)
    assert sorted(person for person, _, _ in meta.got) == list(range(1, PEOPLE + 1))
    assert meta.most_in_a_day() <= 200
    assert finished == [broadcast_id]


@ON_BOTH
async def test_news_for_one_person_find_room_that_announcements_leave(store: Database, clock: WatchedClock) -> None:
    await subscribe(store, clock)
    meta = Meta(clock)
    await begun(store, clock)
    async with sending(store, meta, clock) as sender:
        await until(store, sent=200, queued=400)
        async with store.transaction() as tx:
            news = [Draft(n, "whatsapp", "kabar", priority=PUSH) for n in range(PEOPLE - 59, PEOPLE + 1)]
            await outbox.add(tx, news, clock.now())
        sender.wake()
        await until(store, sent=250, queued=410)

    assert meta.most_in_a_day() == A_DAY


@ON_BOTH
async def test_whoever_wrote_lately_does_not_wait(store: Database, clock: WatchedClock) -> None:
    await subscribe(store, clock)
    async with store.transaction() as tx:
        wrote = clock.now() - DAY + MARGIN + timedelta(minutes=1)
        await tx.execute(sa.update(people).where(people.c.id > PEOPLE - 100).values(whatsapp_seen_at=wrote))
    meta = Meta(clock)
    await begun(store, clock)
    async with sending(store, meta, clock):
        await until(store, sent=300, queued=300)

    assert {person for person, first, _ in meta.got if not first} == set(range(PEOPLE - 99, PEOPLE + 1))


@ON_BOTH
async def test_two_processes_together_keep_the_limit(store: Database, clock: WatchedClock) -> None:
    await subscribe(store, clock)
    meta = Meta(clock)
    await begun(store, clock)
    async with sending(store, meta, clock, "a"), sending(store, meta, clock, "b"):
        await until(store, sent=200, queued=400)

    assert meta.most_in_a_day() == 200


def test_only_a_channel_with_a_window_has_a_limit(clock: WatchedClock) -> None:
    assert cap_of(Meta(clock), None) is None
    assert cap_of(Meta(clock), 0) is None
