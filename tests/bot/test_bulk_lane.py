"""Broadcasts leave in a lane of their own: once each, with their file, changed where they can be, after answers."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from datetime import timedelta

import pytest

from bot.channels.base import (
    AccountError,
    Limits,
    NoAnnouncementsError,
    Outgoing,
    PairLimitError,
    RefusedError,
    SpamLimitedError,
    TryLaterError,
    UnsureError,
)
from bot.metrics import Metrics
from bot.pacing import OwnBucket, Pace, Rate
from bot.sender import BULK_ATTEMPTS, BULK_IN_FLIGHT, POLL_SECONDS, Sender
from storage import alarms, subscriptions
from storage.broadcasts.drafts import Draft, Text
from storage.database import Database
from storage.outbox import File
from tests.bot.conftest import WatchedClock
from tests.storage import given
from tests.storage.broadcasts import announced
from tests.storage.broadcasts.announced import AUTHOR

PHOTO = File("foto.png", "image/png", "Foto", b"png")


class Plain:
    """A platform that takes everything, or does as the test says, and on which nothing can be changed."""

    name = "telegram"
    limits = Limits(
        text=20, caption=10, buttons=3, button_title=20, choice_id_bytes=64, pictures=True, shares_phone=False
    )

    def __init__(self, fate: Callable[[Outgoing], Awaitable[None]] | None = None) -> None:
        self.got: list[Outgoing] = []
        self.fate = fate
        self._called = asyncio.Event()

    @property
    def texts(self) -> list[str]:
        return [outgoing.reply.text for outgoing in self.got]

    async def until_got(self, count: int) -> None:
        """Return when it has got so many messages."""
        async with asyncio.timeout(10):
            while len(self.got) < count:
                self._called.clear()
                await self._called.wait()

    def note(self, outgoing: Outgoing) -> None:
        self.got.append(outgoing)
        self._called.set()

    async def send(self, outgoing: Outgoing) -> str | None:
        self.note(outgoing)
        if self.fate is not None:
            await self.fate(outgoing)
        return f"their-{outgoing.id}"


class Changing(Plain):
    """One on which what was sent can be changed."""

    def __init__(self, *errors: Exception) -> None:
        super().__init__()
        self.errors = list(errors)
        self.changed: list[tuple[str, str, str]] = []

    async def edit(self, outgoing: Outgoing, message_id: str) -> None:
        self._change("edit", outgoing, message_id)

    async def withdraw(self, outgoing: Outgoing, message_id: str) -> None:
        self._change("withdraw", outgoing, message_id)

    def _change(self, verb: str, outgoing: Outgoing, message_id: str) -> None:
        self.changed.append((verb, message_id, outgoing.reply.text))
        self.note(outgoing)
        if self.errors:
            raise self.errors.pop(0)


@asynccontextmanager
async def sending(
    store: Database, channel: Plain, clock: WatchedClock, pace: Pace | None = None
) -> AsyncIterator[Sender]:
    sender = Sender(store, channel, pace=pace or Pace(clock), clock=clock, owner="a", metrics=Metrics())
    stop = asyncio.Event()
    running = asyncio.create_task(sender.run(stop))
    yield sender
    stop.set()
    sender.wake()
    async with asyncio.timeout(5):
        await running


async def until(store: Database, *statuses: str) -> None:
    """Return when the messages of all broadcasts ended so, in the order of writing."""
    async with asyncio.timeout(10):
        while tuple(status for (status,) in await given.rows(store, "status")) != statuses:
            pass


async def until_counted(store: Database, **counts: int) -> None:
    """Return when so many messages stand so."""
    async with asyncio.timeout(10):
        while Counter(status for (status,) in await given.rows(store, "status")) != counts:
            pass


async def tick(clock: WatchedClock, period: timedelta) -> None:
    """Let time go by once both lanes wait for work."""
    await clock.until_asleep(2)
    clock.move(period.total_seconds())


async def test_each_gets_it_once_with_its_file_and_buttons(store: Database, clock: WatchedClock) -> None:
    await announced.office(store)
    await announced.subscribers(store, 3)
    text = Text("Halo", (("sub:off", "Berhenti"),))
    await announced.under_way(store, Draft(AUTHOR, texts={"id": text}, file=PHOTO))
    channel = Plain()
    async with sending(store, channel, clock):
        await until(store, "sent", "sent", "sent")

    assert sorted(each.address.telegram_id or 0 for each in channel.got) == [10_001, 10_002, 10_003]
    assert {each.reply.text for each in channel.got} == {"Halo"}
    assert {each.reply.attachments[0].content for each in channel.got} == {b"png"}
    assert {choice.id for each in channel.got for choice in each.reply.choices} == {"sub:off"}


async def test_no_more_are_in_flight_than_allowed_and_an_answer_does_not_wait_for_them(
    store: Database, clock: WatchedClock
) -> None:
    await announced.office(store)
    await announced.subscribers(store, BULK_IN_FLIGHT + 5)
    await announced.under_way(store)
    hanging = asyncio.Event()

    async def fate(outgoing: Outgoing) -> None:
        if outgoing.reply.text == "Halo":
            await hanging.wait()

    channel = Plain(fate)
    last = BULK_IN_FLIGHT + 5
    async with sending(store, channel, clock) as sender:
        await channel.until_got(BULK_IN_FLIGHT)
        await given.queue(store, last, "jawaban")
        sender.wake()
        await channel.until_got(BULK_IN_FLIGHT + 1)
        assert channel.texts[-1] == "jawaban"
        hanging.set()
        await until(store, *["sent"] * (last + 1))


async def test_an_answer_in_the_middle_of_a_paced_broadcast_is_the_next_message(
    store: Database, clock: WatchedClock
) -> None:
    await announced.office(store)
    await announced.subscribers(store, 50)
    await announced.under_way(store)
    channel = Plain()
    pace = Pace(clock, channel=OwnBucket(Rate(per_second=10, burst=1), clock))
    async with sending(store, channel, clock, pace) as sender:
        await clock.run(asyncio.create_task(channel.until_got(5)), 0.1)
        before = len(channel.got)
        await given.queue(store, 50, "jawaban")
        sender.wake()
        await clock.run(asyncio.create_task(channel.until_got(before + 3)), 0.1)

    assert "jawaban" in channel.texts[before : before + 3]  # one or two were permitted before it came


async def test_a_text_that_no_longer_fits_is_refused(store: Database, clock: WatchedClock) -> None:
    await announced.office(store)
    await announced.subscribers(store, 1)
    await announced.under_way(store, Draft(AUTHOR, texts={"id": Text("terlalu panjang untuk kanal ini")}))
    channel = Plain()
    async with sending(store, channel, clock):
        await until(store, "refused")

    assert channel.got == []
    assert await given.rows(store, "reason") == [("not_fitted",)]


async def sent_before(store: Database, clock: WatchedClock) -> int:
    await announced.office(store)
    await announced.subscribers(store, 1)
    broadcast_id = await announced.under_way(store)
    async with sending(store, Plain(), clock):
        await until(store, "sent")
    await announced.carried(store)
    return broadcast_id


@pytest.mark.parametrize(("kind", "verb", "text"), [("correction", "edit", "Ralat"), ("withdrawal", "withdraw", "")])
async def test_what_was_sent_is_changed_even_when_an_answer_is_lost(
    store: Database, clock: WatchedClock, kind: str, verb: str, text: str
) -> None:
    broadcast_id = await sent_before(store, clock)
    ((their_id,),) = await given.rows(store, "platform_message_id")
    texts = {"id": Text(text)} if text else {}
    draft = Draft(AUTHOR, "correction" if kind == "correction" else "withdrawal", broadcast_id, texts=texts)
    await announced.under_way(store, draft)
    channel = Changing(UnsureError("answer_lost"))
    async with sending(store, channel, clock) as sender:
        await channel.until_got(1)
        await until(store, "sent", "queued")
        clock.move(2)
        sender.wake()
        await until(store, "sent", "sent")

    assert channel.changed == [(verb, their_id, text)] * 2


async def test_where_nothing_can_be_changed_it_says_so(store: Database, clock: WatchedClock) -> None:
    broadcast_id = await sent_before(store, clock)
    await announced.under_way(store, Draft(AUTHOR, "correction", broadcast_id, texts={"id": Text("Ralat")}))
    async with sending(store, Plain(), clock):
        await until(store, "sent", "refused")

    assert (await given.rows(store, "reason"))[1] == ("not_editable",)


async def test_a_recipient_is_tried_so_often_and_then_given_up(store: Database, clock: WatchedClock) -> None:
    await announced.office(store)
    await announced.subscribers(store, 1)
    await announced.under_way(store)

    async def fate(_: Outgoing) -> None:
        raise TryLaterError("not_connected")

    channel = Plain(fate)
    async with sending(store, channel, clock) as sender:
        for count in range(1, BULK_ATTEMPTS + 1):
            await channel.until_got(count)
            await until(store, "failed" if count == BULK_ATTEMPTS else "queued")
            clock.move(300)
            sender.wake()

    assert len(channel.got) == BULK_ATTEMPTS


async def test_when_several_people_are_at_a_limit_the_broadcast_pauses_and_answers_go_on(
    store: Database, clock: WatchedClock
) -> None:
    await announced.office(store)
    await announced.subscribers(store, BULK_IN_FLIGHT + 4)
    await announced.under_way(store)

    async def fate(outgoing: Outgoing) -> None:
        if outgoing.reply.text == "Halo" and len(channel.got) <= 3:
            raise TryLaterError("rate_limited", timedelta(seconds=30))

    channel = Plain(fate)
    async with sending(store, channel, clock) as sender:
        await channel.until_got(BULK_IN_FLIGHT)
        await until_counted(store, sent=BULK_IN_FLIGHT - 3, queued=7)
        await given.queue(store, 1, "jawaban")
        sender.wake()
        await channel.until_got(BULK_IN_FLIGHT + 1)
        assert channel.texts[-1] == "jawaban"
        clock.move(31)
        clock.move(POLL_SECONDS)
        await until(store, *["sent"] * (BULK_IN_FLIGHT + 5))


async def test_people_at_their_own_limit_hold_nobody_else_back(store: Database, clock: WatchedClock) -> None:
    await announced.office(store)
    await announced.subscribers(store, BULK_IN_FLIGHT * 2)
    await announced.under_way(store)

    async def fate(_: Outgoing) -> None:
        if len(channel.got) <= 5:
            raise PairLimitError("pair_limit", timedelta(seconds=10))

    channel = Plain(fate)
    async with sending(store, channel, clock):
        await until_counted(store, sent=BULK_IN_FLIGHT * 2 - 5, queued=5)


async def test_complaints_let_broadcasts_rest_for_a_day_and_answers_go_on(store: Database, clock: WatchedClock) -> None:
    await announced.office(store)
    await announced.subscribers(store, BULK_IN_FLIGHT + 5)
    await announced.under_way(store)
    complained = SpamLimitedError("spam_limited", alarm="spam")

    async def fate(outgoing: Outgoing) -> None:
        if outgoing.reply.text == "Halo" and len(channel.got) in (1, BULK_IN_FLIGHT + 2):
            raise complained

    channel = Plain(fate)
    async with sending(store, channel, clock) as sender:
        await until_counted(store, sent=BULK_IN_FLIGHT - 1, refused=1, queued=5)
        await given.queue(store, 1, "jawaban")
        sender.wake()
        await channel.until_got(BULK_IN_FLIGHT + 1)
        assert channel.texts[-1] == "jawaban"
        await tick(clock, timedelta(hours=24) - timedelta(seconds=POLL_SECONDS))
        await until_counted(store, sent=BULK_IN_FLIGHT, refused=1, queued=5)
        await tick(clock, timedelta(seconds=POLL_SECONDS))
        await until_counted(store, sent=BULK_IN_FLIGHT, refused=2, queued=4)  # one tried, and was refused
        await tick(clock, timedelta(hours=24))
        await until_counted(store, sent=BULK_IN_FLIGHT + 4, refused=2)
    async with store.reading() as tx:
        assert await alarms.counts(tx, given.NOW) == {"spam": 2}  # one a day


async def test_while_nothing_of_ours_is_taken_no_recipient_is_given_up(store: Database, clock: WatchedClock) -> None:
    await announced.office(store)
    await announced.subscribers(store, 1)
    await announced.under_way(store)
    tries = BULK_ATTEMPTS + 3

    async def fate(_: Outgoing) -> None:
        if len(channel.got) < tries:
            raise AccountError("not_paid", timedelta(minutes=5))

    channel = Plain(fate)
    async with sending(store, channel, clock):
        for count in range(1, tries):
            await channel.until_got(count)
            await until(store, "queued")
            await tick(clock, timedelta(minutes=5))
        await until(store, "sent")


async def test_whoever_opted_out_at_the_platform_is_unsubscribed_and_still_answered(
    store: Database, clock: WatchedClock
) -> None:
    await announced.office(store)
    (person,) = await announced.subscribers(store, 1)
    await announced.under_way(store)

    async def fate(outgoing: Outgoing) -> None:
        if outgoing.reply.text == "Halo":
            raise NoAnnouncementsError("marketing_opted_out")

    async with sending(store, Plain(fate), clock) as sender:
        await until(store, "refused")
        await given.queue(store, person, "jawaban")
        sender.wake()
        await until(store, "refused", "sent")
    async with store.reading() as tx:
        assert await subscriptions.of_person(tx, person) == []


async def test_a_refusal_is_the_recipients_end(store: Database, clock: WatchedClock) -> None:
    await announced.office(store)
    await announced.subscribers(store, 1)
    await announced.under_way(store)

    async def fate(_: Outgoing) -> None:
        raise RefusedError("chat_not_found")

    async with sending(store, Plain(fate), clock):
        await until(store, "refused")

    assert await given.rows(store, "reason") == [("chat_not_found",)]
