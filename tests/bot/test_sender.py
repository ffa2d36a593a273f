"""The outbox is emptied in order, at a pace, with an intent before each request and a result after it."""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta

import pytest
import sqlalchemy as sa
from structlog.testing import capture_logs

from bot.channels.base import (
    AccountError,
    Limits,
    OptedOutError,
    Outgoing,
    RefusedError,
    SpamLimitedError,
    ThroughputError,
    TryLaterError,
    UnsureError,
    WindowClosedError,
)
from bot.metrics import Metrics
from bot.pacing import OwnBucket, Pace, Rate
from bot.sender import CLAIM_LEASE, MAX_IN_FLIGHT, POLL_SECONDS, RECORD_WAITS, SEND_LEASE, Sender
from handlers.messages import Attachment
from storage import alarms, contacts, outbox, schema
from storage.contacts import Identity
from storage.database import Database
from storage.outbox import BULK, PUSH, REPLY, Draft, File
from tests.bot.conftest import WatchedClock

Fate = Callable[[Outgoing], Awaitable[str | None]]


class FakeChannel:
    """A platform that does as the test says; by default it takes everything."""

    name = "telegram"
    limits = Limits(
        text=4096, caption=1024, buttons=12, button_title=64, choice_id_bytes=64, pictures=True, shares_phone=True
    )

    def __init__(self, fate: Fate | None = None) -> None:
        self.got: list[str] = []  # texts, in the order in which their requests began
        self.outgoing: list[Outgoing] = []
        self.fate = fate
        self._changed = asyncio.Event()

    async def send(self, outgoing: Outgoing) -> str | None:
        self.got.append(outgoing.reply.text)
        self.outgoing.append(outgoing)
        self._changed.set()
        return f"their-{outgoing.id}" if self.fate is None else await self.fate(outgoing)

    async def until_got(self, *texts: str) -> None:
        async with asyncio.timeout(20):
            while not set(texts) <= set(self.got):
                self._changed.clear()
                await self._changed.wait()


def raising(*errors: Exception) -> Fate:
    """Raise these, one a request, then take what comes."""
    waiting = list(errors)

    async def fate(outgoing: Outgoing) -> str | None:
        if waiting:
            raise waiting.pop(0)
        return str(outgoing.id)

    return fate


class Post:
    """The outbox as a test writes and reads it."""

    def __init__(self, database: Database, clock: WatchedClock) -> None:
        self.database = database
        self.clock = clock

    async def people(self, count: int) -> list[int]:
        async with self.database.transaction() as tx:
            names = [Identity(telegram_id=1000 + number) for number in range(count)]
            return [person.id for person in await contacts.meet(tx, names, self.clock.now())]

    async def add(self, person: int, *texts: str, priority: int = REPLY, channel: str = "telegram") -> None:
        await self.add_all([Draft(person, channel, text, priority=priority) for text in texts])

    async def add_all(self, drafts: Sequence[Draft]) -> None:
        async with self.database.transaction() as tx:
            await outbox.add(tx, drafts, self.clock.now())

    async def rows(self) -> dict[str, sa.Row[tuple[object, ...]]]:
        async with self.database.reading() as tx:
            return {row.text: row for row in (await tx.execute(sa.select(schema.outbox))).all()}

    async def statuses(self) -> dict[str, str]:
        return {text: row.status for text, row in (await self.rows()).items()}

    async def until(self, **wanted: str) -> None:
        async with asyncio.timeout(5):
            while await self.statuses() != wanted:
                pass


@pytest.fixture
def post(database: Database, clock: WatchedClock) -> Post:
    return Post(database, clock)


@pytest.fixture
def metrics() -> Metrics:
    return Metrics()


@pytest.fixture
def build(database: Database, clock: WatchedClock, metrics: Metrics) -> Callable[..., Sender]:
    def build(channel: FakeChannel, pace: Pace | None = None) -> Sender:
        return Sender(database, channel, pace=pace or Pace(clock), clock=clock, owner="a", metrics=metrics)

    return build


@asynccontextmanager
async def running(sender: Sender) -> AsyncIterator[asyncio.Event]:
    stop = asyncio.Event()
    task = asyncio.create_task(sender.run(stop))
    yield stop
    stop.set()
    sender.wake()
    async with asyncio.timeout(5):
        await task


# How one request ends


async def test_a_message_is_sent_and_its_platform_id_kept(post: Post, build: Callable[..., Sender]) -> None:
    (person,) = await post.people(1)
    await post.add(person, "a")
    channel = FakeChannel()
    await build(channel).drain()
    row = (await post.rows())["a"]

    assert channel.got == ["a"]
    assert (row.status, row.platform_message_id, row.attempts, row.reason) == ("sent", f"their-{row.id}", 1, None)
    assert (row.settled_at, row.lease_owner) == (post.clock.now(), None)


async def test_a_message_goes_out_with_its_address_choices_and_files(post: Post, build: Callable[..., Sender]) -> None:
    (person,) = await post.people(1)
    file = File("a.png", "image/png", "Tahap", b"\x89PNG", illustration=True)
    await post.add_all([Draft(person, "telegram", "a", choices=(("menu", "Menu"),), files=(file,))])
    channel = FakeChannel()
    await build(channel).drain()
    (outgoing,) = channel.outgoing

    assert (outgoing.person_id, outgoing.address.telegram_id) == (person, 1000)
    assert [(choice.id, choice.title) for choice in outgoing.reply.choices] == [("menu", "Menu")]
    assert outgoing.reply.attachments == (Attachment("a.png", "image/png", b"\x89PNG", "Tahap", illustration=True),)


async def test_only_messages_of_its_own_channel_are_sent(post: Post, build: Callable[..., Sender]) -> None:
    (person,) = await post.people(1)
    await post.add(person, "a")
    await post.add(person, "b", channel="web")
    await build(FakeChannel()).drain()

    assert await post.statuses() == {"a": "sent", "b": "queued"}


async def test_one_persons_messages_can_be_sent_alone(post: Post, build: Callable[..., Sender]) -> None:
    ann, bob = await post.people(2)
    await post.add_all([Draft(who, "telegram", text) for who, text in ((bob, "b1"), (ann, "a1"), (ann, "a2"))])
    channel = FakeChannel()
    await build(channel).drain(ann)

    assert channel.got == ["a1", "a2"]
    assert await post.statuses() == {"a1": "sent", "a2": "sent", "b1": "queued"}


async def test_a_named_pause_is_kept_to_the_second(post: Post, build: Callable[..., Sender]) -> None:
    (person,) = await post.people(1)
    await post.add(person, "a")
    channel = FakeChannel(raising(TryLaterError("rate_limited", timedelta(seconds=30))))
    sender = build(channel)
    await sender.drain()
    row = (await post.rows())["a"]
    post.clock.move(29)
    await sender.drain()
    too_early = len(channel.got)
    post.clock.move(1)
    await sender.drain()

    assert (row.status, row.reason, row.not_before) == (
        "queued",
        "rate_limited",
        row.created_at + timedelta(seconds=30),
    )
    assert (too_early, len(channel.got)) == (1, 2)
    assert (await post.rows())["a"].attempts == 2


async def test_only_the_person_at_a_limit_waits(post: Post, build: Callable[..., Sender]) -> None:
    first, second = await post.people(2)
    await post.add(first, "a1", "a2")
    await post.add(second, "b1", "b2")

    async def fate(outgoing: Outgoing) -> str | None:
        if outgoing.person_id == first and post.clock.monotonic() < 60:
            raise TryLaterError("rate_limited", timedelta(seconds=60))
        return None

    channel = FakeChannel(fate)
    sender = build(channel)
    await sender.drain()
    meanwhile = await post.statuses()
    post.clock.move(60)
    await sender.drain()

    assert meanwhile == {"a1": "queued", "a2": "queued", "b1": "sent", "b2": "sent"}
    assert [text for text in channel.got if text.startswith("a")] == ["a1", "a1", "a2"]


async def test_without_a_named_pause_the_waits_double_up_to_five_minutes(
    post: Post, build: Callable[..., Sender]
) -> None:
    (person,) = await post.people(1)
    await post.add(person, "a")
    sender = build(FakeChannel(raising(*(TryLaterError("not_connected") for _ in range(11)))))
    waits = []
    for _ in range(11):
        await sender.drain()
        wait = ((await post.rows())["a"].not_before - post.clock.now()).total_seconds()
        waits.append(wait)
        post.clock.move(wait)
    await sender.drain()

    assert waits == [1, 2, 4, 8, 16, 32, 64, 128, 256, 300, 300]
    assert await post.statuses() == {"a": "sent"}


@pytest.mark.parametrize(("pause", "status"), [(24 * 3600, "queued"), (24 * 3600 + 1, "failed")])
async def test_a_message_that_would_come_more_than_a_day_late_is_given_up(
    pause: int, status: str, post: Post, build: Callable[..., Sender]
) -> None:
    (person,) = await post.people(1)
    await post.add(person, "a")
    await build(FakeChannel(raising(TryLaterError("rate_limited", timedelta(seconds=pause))))).drain()
    row = (await post.rows())["a"]

    assert (row.status, row.reason) == (status, "rate_limited")


async def test_a_message_that_waited_longer_than_a_day_is_not_sent_any_more(
    post: Post, build: Callable[..., Sender]
) -> None:
    first, second = await post.people(2)
    await post.add(first, "a")
    post.clock.move(1)
    await post.add(second, "b")
    post.clock.move(24 * 3600)
    channel = FakeChannel()
    await build(channel).drain()
    rows = await post.rows()

    assert channel.got == ["b"]
    assert (rows["a"].status, rows["a"].reason, rows["b"].status) == ("failed", "too_old", "sent")


async def test_after_a_day_of_trying_a_message_is_given_up_and_the_next_one_goes(
    post: Post, build: Callable[..., Sender]
) -> None:
    (person,) = await post.people(1)
    await post.add(person, "a", "b")
    sender = build(FakeChannel(raising(TryLaterError("not_connected"), TryLaterError("not_connected"))))
    await sender.drain()
    post.clock.move(24 * 3600)
    await sender.drain()

    assert await post.statuses() == {"a": "failed", "b": "sent"}


@pytest.mark.parametrize(
    "error", [RefusedError("bad_request"), WindowClosedError("window_closed"), SpamLimitedError("spam_limited")]
)
async def test_a_refused_message_is_not_repeated_and_the_next_one_goes(
    error: Exception, post: Post, build: Callable[..., Sender]
) -> None:
    (person,) = await post.people(1)
    await post.add(person, "a", "b")
    channel = FakeChannel(raising(error))
    sender = build(channel)
    await sender.drain()
    post.clock.move(3600)
    await sender.drain()

    assert channel.got == ["a", "b"]
    assert await post.statuses() == {"a": "refused", "b": "sent"}
    assert (await post.rows())["a"].reason == str(error)


async def test_an_error_that_staff_should_hear_of_raises_an_alarm_once_a_day(
    post: Post, build: Callable[..., Sender]
) -> None:
    (person,) = await post.people(1)
    await post.add(person, "a", "b", "c")
    error = SpamLimitedError("spam_limited", alarm="spam")
    with capture_logs() as logged:
        await build(FakeChannel(raising(error, error))).drain()
    async with post.database.reading() as tx:
        raised = await alarms.counts(tx, post.clock.now() - timedelta(days=1))

    assert raised == {"spam": 1}
    assert [each["reason"] for each in logged if each["event"] == "platform_refuses_us"] == ["spam_limited"] * 2


@dataclass(slots=True)
class Gate:
    """A platform that takes nothing while it is shut."""

    error: Exception | None

    async def __call__(self, _: Outgoing) -> str | None:
        if self.error is not None:
            raise self.error
        return None


NO_TOKEN = AccountError("token_rejected", timedelta(minutes=5), alarm="account")


async def test_while_the_platform_takes_nothing_from_us_one_message_tries_every_few_minutes(
    post: Post, build: Callable[..., Sender]
) -> None:
    people = await post.people(40)
    await post.add(people[0], "first")
    channel = FakeChannel(Gate(NO_TOKEN))
    sender = build(channel)
    await sender.drain()
    for person in people[1:]:
        await post.add(person, f"of {person}")
    tried = []
    for _ in range(3):
        post.clock.move(299)
        await sender.drain()
        tried.append(len(channel.got))
        post.clock.move(1)
        await sender.drain()
        tried.append(len(channel.got))

    assert tried == [1, 2, 2, 3, 3, 4]
    assert set((await post.statuses()).values()) == {"queued"}


async def test_when_one_gets_through_all_go_on_by_themselves(post: Post, build: Callable[..., Sender]) -> None:
    people = await post.people(40)
    for person in people:
        await post.add(person, f"of {person}")
    gate = Gate(NO_TOKEN)
    sender = build(FakeChannel(gate))
    await sender.drain()
    gate.error = None
    post.clock.move(300)
    await sender.drain()

    assert set((await post.statuses()).values()) == {"sent"}


async def test_a_try_that_says_nothing_of_us_is_followed_by_another(post: Post, build: Callable[..., Sender]) -> None:
    people = await post.people(3)
    for person in people:
        await post.add(person, f"of {person}")
    gate = Gate(NO_TOKEN)
    channel = FakeChannel(gate)
    sender = build(channel)
    await sender.drain()
    gate.error, before = UnsureError("answer_lost"), len(channel.got)
    post.clock.move(300)
    await sender.drain()
    gate.error, after = None, len(channel.got)
    post.clock.move(SEND_LEASE.total_seconds())
    await sender.drain()

    assert (before, after) == (3, 4)
    assert sorted((await post.statuses()).values()) == ["sent", "sent", "unsure"]


async def test_when_the_platform_says_that_we_are_too_fast_nothing_goes_for_a_moment(
    post: Post, build: Callable[..., Sender]
) -> None:
    first, second = await post.people(2)
    await post.add(first, "a")
    gate = Gate(ThroughputError("rate_limited", timedelta(seconds=5)))
    channel = FakeChannel(gate)
    sender = build(channel)
    await sender.drain()
    gate.error = None
    await post.add(second, "b")
    await sender.drain()
    meanwhile = list(channel.got)
    post.clock.move(5)
    await sender.drain()

    assert meanwhile == ["a"]
    assert await post.statuses() == {"a": "sent", "b": "sent"}


async def test_a_channel_is_told_which_attempt_it_is(post: Post, build: Callable[..., Sender]) -> None:
    (person,) = await post.people(1)
    await post.add(person, "a")
    attempts: list[int] = []

    async def fate(outgoing: Outgoing) -> str | None:
        attempts.append(outgoing.attempt)
        if len(attempts) == 1:
            raise TryLaterError("not_connected")
        return None

    sender = build(FakeChannel(fate))
    await sender.drain()
    post.clock.move(60)
    await sender.drain()

    assert attempts == [1, 2]


async def test_who_opted_out_gets_nothing_more_on_that_channel(
    post: Post, build: Callable[..., Sender], database: Database
) -> None:
    first, second = await post.people(2)
    await post.add(first, "a1", "a2", "a3")
    await post.add(first, "web", channel="web")
    await post.add(second, "b1")
    channel = FakeChannel(raising(OptedOutError("blocked")))
    await build(channel).drain()
    async with database.reading() as tx:
        reachable = [
            await contacts.is_reachable(tx, person, name)
            for person, name in ((first, "telegram"), (first, "web"), (second, "telegram"))
        ]
    rows = await post.rows()

    assert channel.got == ["a1", "b1"]
    assert {text: (row.status, row.reason) for text, row in rows.items()} == {
        "a1": ("refused", "blocked"),
        "a2": ("skipped", "unreachable"),
        "a3": ("skipped", "unreachable"),
        "web": ("queued", None),
        "b1": ("sent", None),
    }
    assert reachable == [False, True, True]


async def test_a_message_whose_answer_was_lost_is_not_repeated(post: Post, build: Callable[..., Sender]) -> None:
    (person,) = await post.people(1)
    await post.add(person, "a", "b")
    channel = FakeChannel(raising(UnsureError("timed_out")))
    sender = build(channel)
    await sender.drain()
    post.clock.move(24 * 3600)
    await sender.drain()

    assert channel.got == ["a", "b"]
    assert await post.statuses() == {"a": "unsure", "b": "sent"}
    assert (await post.rows())["a"].reason == "timed_out"


async def test_an_error_nobody_expected_is_unsure_and_logged(post: Post, build: Callable[..., Sender]) -> None:
    (person,) = await post.people(1)
    await post.add(person, "a", "b")
    with capture_logs() as logged:
        await build(FakeChannel(raising(KeyError("what a person wrote")))).drain()
    row = (await post.rows())["a"]

    assert (row.status, row.reason) == ("unsure", "crashed")
    assert [(line["event"], line["message"], line["exc_info"]) for line in logged] == [("send_crashed", row.id, True)]
    assert await post.statuses() == {"a": "unsure", "b": "sent"}


async def test_every_way_to_end_is_counted(post: Post, build: Callable[..., Sender], metrics: Metrics) -> None:
    (person,) = await post.people(1)
    await post.add(person, "a", "b", "c", "d")
    errors = (RefusedError("bad_request"), UnsureError("timed_out"), TryLaterError("not_connected"))
    await build(FakeChannel(raising(*errors))).drain()
    shown = metrics.show().decode()

    for result in ("refused", "unsure", "queued"):
        assert f'upakarti_send_attempts_total{{channel="telegram",result="{result}"}} 1.0' in shown


async def test_failures_are_logged_with_ids_and_reasons_only(post: Post, build: Callable[..., Sender]) -> None:
    (person,) = await post.people(1)
    await post.add(person, "a")
    with capture_logs() as logged:
        await build(FakeChannel(raising(TryLaterError("rate_limited")))).drain()
    row = (await post.rows())["a"]

    assert logged == [
        {
            "event": "send_failed",
            "log_level": "warning",
            "channel": "telegram",
            "message": row.id,
            "kind": "TryLaterError",
            "reason": "rate_limited",
            "attempt": 1,
        }
    ]


# Who goes first


async def test_messages_of_one_person_keep_their_order_and_never_overlap(
    post: Post, build: Callable[..., Sender]
) -> None:
    people = await post.people(5)
    for number in range(4):
        for person in people:
            await post.add(person, f"{person}:{number}")
    open_for: dict[int, int] = defaultdict(int)
    most: list[int] = []

    async def fate(outgoing: Outgoing) -> str | None:
        open_for[outgoing.person_id] += 1
        most.append(open_for[outgoing.person_id])
        await asyncio.sleep(0)
        open_for[outgoing.person_id] -= 1
        return None

    channel = FakeChannel(fate)
    await build(channel).drain()

    assert max(most) == 1
    for person in people:
        mine = [text for text in channel.got if text.startswith(f"{person}:")]
        assert mine == [f"{person}:{number}" for number in range(4)]


async def test_a_reply_overtakes_announcements_that_are_queued(post: Post, build: Callable[..., Sender]) -> None:
    everybody = await post.people(301)
    await post.add_all([Draft(person, "telegram", f"news {person}", priority=BULK) for person in everybody[:300]])
    await post.add(everybody[1], "push", priority=PUSH)
    await post.add(everybody[300], "reply")
    await post.add(everybody[0], "reply to somebody who waits for news")
    channel = FakeChannel()
    await build(channel).drain()

    assert set(channel.got[:3]) == {"reply", "reply to somebody who waits for news", "push"}
    assert len(channel.got) == 303


async def test_a_reply_that_comes_in_the_middle_of_an_announcement_is_among_the_next(
    post: Post, build: Callable[..., Sender], clock: WatchedClock
) -> None:
    everybody = await post.people(101)
    await post.add_all([Draft(person, "telegram", f"news {person}", priority=BULK) for person in everybody[:100]])
    channel = FakeChannel()
    written_after: list[int] = []

    async def fate(outgoing: Outgoing) -> str | None:
        if len(channel.got) == 40 and not written_after:
            await post.add(everybody[100], "reply")
            written_after.append(len(channel.got))
        return None

    channel.fate = fate
    sending = asyncio.create_task(
        build(channel, Pace(clock, channel=OwnBucket(Rate(per_second=10, burst=10), clock))).drain()
    )
    await clock.run(sending, 0.1)
    await sending

    assert channel.got.index("reply") - written_after[0] <= 10
    assert len(channel.got) == 101


async def test_no_more_requests_run_at_once_than_allowed(post: Post, build: Callable[..., Sender]) -> None:
    everybody = await post.people(MAX_IN_FLIGHT + 10)
    await post.add_all([Draft(person, "telegram", f"news {person}") for person in everybody])
    release = asyncio.Event()

    async def fate(outgoing: Outgoing) -> str | None:
        if len(channel.got) == MAX_IN_FLIGHT:
            asyncio.get_running_loop().call_soon(release.set)
        await release.wait()
        return None

    channel = FakeChannel(fate)
    seen = []
    release_seen = asyncio.create_task(release.wait())
    release_seen.add_done_callback(lambda _: seen.append(len(channel.got)))
    await build(channel).drain()

    assert seen == [MAX_IN_FLIGHT]
    assert len(channel.got) == MAX_IN_FLIGHT + 10


async def test_one_person_gets_no_more_than_the_pace_allows_while_others_go_on(
    post: Post, build: Callable[..., Sender], clock: WatchedClock
) -> None:
    first, second = await post.people(2)
    await post.add(first, "a1", "a2", "a3")
    await post.add(second, "b1", "b2")
    channel = FakeChannel()
    async with running(build(channel, Pace(clock, person=Rate(per_second=0.5, burst=2)))):
        await post.until(a1="sent", a2="sent", a3="claimed", b1="sent", b2="sent")
        await clock.until_asleep(2)  # the next look, and the turn of a3
        clock.move(1.9)
        early = "a3" in channel.got
        clock.move(0.1)
        await channel.until_got("a3")

    assert not early


# What stands in the database meanwhile


async def test_the_intent_is_written_before_the_request_and_the_result_after_it(
    post: Post, build: Callable[..., Sender]
) -> None:
    (person,) = await post.people(1)
    await post.add(person, "a")
    during: list[sa.Row[tuple[object, ...]]] = []

    async def fate(outgoing: Outgoing) -> str | None:
        during.append((await post.rows())["a"])
        return "their-id"

    await build(FakeChannel(fate)).drain()
    before_it, after_it = during[0], (await post.rows())["a"]

    assert (before_it.status, before_it.attempts, before_it.lease_owner) == ("sending", 1, "a")
    assert (before_it.intended_at, before_it.lease_until) == (post.clock.now(), post.clock.now() + SEND_LEASE)
    assert (after_it.status, after_it.platform_message_id) == ("sent", "their-id")


async def test_a_message_whose_lease_ran_out_before_the_intent_is_not_sent(
    post: Post, build: Callable[..., Sender], clock: WatchedClock, database: Database
) -> None:
    (person,) = await post.people(1)
    await post.add(person, "a", "b")
    channel = FakeChannel()
    sender = build(channel, Pace(clock, person=Rate(per_second=1, burst=1)))
    draining = asyncio.create_task(sender.drain())
    await channel.until_got("a")
    await post.until(a="sent", b="claimed")
    await clock.until_asleep()
    clock.move(CLAIM_LEASE.total_seconds())
    await draining
    left = await post.statuses()
    async with database.transaction() as tx:
        recovered = await outbox.recover(tx, clock.now())
    await sender.drain()

    assert left == {"a": "sent", "b": "claimed"}
    assert recovered == (1, 0)
    assert channel.got == ["a", "b"]
    assert await post.statuses() == {"a": "sent", "b": "sent"}


async def test_an_answer_that_comes_after_the_lease_ran_out_still_counts(
    post: Post, build: Callable[..., Sender], clock: WatchedClock, database: Database
) -> None:
    (person,) = await post.people(1)
    await post.add(person, "a")
    called: list[tuple[int, int]] = []

    async def fate(outgoing: Outgoing) -> str | None:
        clock.move(SEND_LEASE.total_seconds())
        async with database.transaction() as tx:
            called.append(await outbox.recover(tx, clock.now()))
        return "their-id"

    await build(FakeChannel(fate)).drain()
    row = (await post.rows())["a"]

    assert called == [(0, 1)]
    assert (row.status, row.platform_message_id, row.reason) == ("sent", "their-id", None)


async def test_a_known_result_survives_a_cancellation(post: Post, build: Callable[..., Sender]) -> None:
    (person,) = await post.people(1)
    await post.add(person, "a")

    async def fate(outgoing: Outgoing) -> str | None:
        asyncio.get_running_loop().call_soon(task.cancel)  # comes while the result is being written
        return "their-id"

    task = asyncio.create_task(build(FakeChannel(fate)).run(asyncio.Event()))
    with pytest.raises(asyncio.CancelledError):
        await task
    await post.until(a="sent")

    assert (await post.rows())["a"].platform_message_id == "their-id"


async def test_a_result_is_written_again_when_the_database_fails_meanwhile(
    post: Post, build: Callable[..., Sender], clock: WatchedClock, database: Database
) -> None:
    (person,) = await post.people(1)
    await post.add(person, "a")

    async def fate(outgoing: Outgoing) -> str | None:
        await rename(database, "outbox", "away")
        return "their-id"

    channel = FakeChannel(fate)
    with capture_logs() as logged:
        draining = asyncio.create_task(build(channel).drain())
        await clock.until_asleep()
        clock.move(1)
        await clock.until_asleep()
        await rename(database, "away", "outbox")
        clock.move(2)
        await draining

    assert [line["event"] for line in logged] == ["record_failed", "record_failed"]
    assert channel.got == ["a"]
    assert await post.statuses() == {"a": "sent"}


async def test_a_message_that_surely_was_not_sent_goes_out_after_the_database_was_away_for_a_minute(
    post: Post, build: Callable[..., Sender], clock: WatchedClock, database: Database
) -> None:
    (person,) = await post.people(1)
    await post.add(person, "a")

    async def fate(outgoing: Outgoing) -> str | None:
        await rename(database, "outbox", "away")
        raise TryLaterError("rate_limited", timedelta(seconds=3))

    channel = FakeChannel(fate)
    draining = asyncio.create_task(build(channel).drain())
    for _ in range(60):
        await clock.until_asleep()
        clock.move(1)
    await rename(database, "away", "outbox")
    async with database.transaction() as tx:
        await outbox.recover(tx, clock.now())
    channel.fate = None
    await clock.run(draining, 30)
    clock.move(3)
    await build(channel).drain()

    assert channel.got == ["a", "a"]
    assert await post.statuses() == {"a": "sent"}


async def test_a_result_that_cannot_be_written_at_all_is_logged_and_becomes_unsure(
    post: Post, build: Callable[..., Sender], clock: WatchedClock, database: Database
) -> None:
    (person,) = await post.people(1)
    await post.add(person, "a")

    async def fate(outgoing: Outgoing) -> str | None:
        await rename(database, "outbox", "away")
        return "their-id"

    with capture_logs() as logged:
        draining = asyncio.create_task(build(FakeChannel(fate)).drain())
        await clock.run(draining, 60)
        await draining
    await rename(database, "away", "outbox")
    async with database.transaction() as tx:
        await outbox.recover(tx, clock.now())
    events = [line["event"] for line in logged]

    assert (events.count("record_failed"), events.count("deliver_failed")) == (len(RECORD_WAITS), 1)
    assert await post.statuses() == {"a": "unsure"}


async def rename(database: Database, name: str, to: str) -> None:
    async with database.transaction() as tx:
        await tx.execute(sa.text(f"ALTER TABLE {name} RENAME TO {to}"))


# Running


async def test_a_wake_lets_a_new_message_go_at_once(post: Post, build: Callable[..., Sender]) -> None:
    (person,) = await post.people(1)
    channel = FakeChannel()
    sender = build(channel)
    async with running(sender):
        await post.clock.until_asleep()
        await post.add(person, "a")
        sender.wake()
        await channel.until_got("a")

    assert post.clock.monotonic() == 0
    assert await post.statuses() == {"a": "sent"}


async def test_a_message_of_another_process_is_found_by_looking(post: Post, build: Callable[..., Sender]) -> None:
    (person,) = await post.people(1)
    channel = FakeChannel()
    async with running(build(channel)):
        await post.clock.until_asleep()
        await post.add(person, "a")
        post.clock.move(POLL_SECONDS)
        await channel.until_got("a")

    assert await post.statuses() == {"a": "sent"}


async def test_looking_shows_that_the_sender_is_alive(
    post: Post, build: Callable[..., Sender], clock: WatchedClock
) -> None:
    sender = build(FakeChannel())
    clock.move(100)
    async with running(sender):
        await clock.until_asleep()
        seen = sender.seen_alive_at

    assert (sender.channel_name, seen) == ("telegram", 100)


async def test_a_stop_finishes_what_is_in_flight_and_begins_nothing_new(
    post: Post, build: Callable[..., Sender]
) -> None:
    (person,) = await post.people(1)
    await post.add(person, "a", "b")
    release = asyncio.Event()

    async def fate(outgoing: Outgoing) -> str | None:
        await release.wait()
        return None

    channel = FakeChannel(fate)
    sender = build(channel)
    stop = asyncio.Event()
    task = asyncio.create_task(sender.run(stop))
    await channel.until_got("a")
    stop.set()
    sender.wake()
    during = await post.statuses()
    waited = not task.done()
    release.set()
    await task

    assert (waited, during) == (True, {"a": "sending", "b": "queued"})
    assert await post.statuses() == {"a": "sent", "b": "queued"}


async def test_a_row_that_cannot_be_read_does_not_end_the_sender(
    post: Post, build: Callable[..., Sender], clock: WatchedClock, database: Database
) -> None:
    (person,) = await post.people(1)
    await post.add(person, "a")
    await set_choices(database, [["no title"]])
    channel = FakeChannel()
    with capture_logs() as logged:
        async with running(build(channel)):
            await clock.until_asleep()
            await set_choices(database, [])
            clock.move(POLL_SECONDS)
            await channel.until_got("a")

    assert [line["event"] for line in logged] == ["claim_failed"]


async def set_choices(database: Database, choices: list[list[str]]) -> None:
    async with database.transaction() as tx:
        await tx.execute(sa.update(schema.outbox).values(choices=choices))


async def test_an_outbox_that_cannot_be_read_is_looked_at_again(
    post: Post, build: Callable[..., Sender], clock: WatchedClock, database: Database
) -> None:
    (person,) = await post.people(1)
    await post.add(person, "a")
    await rename(database, "outbox", "away")
    channel = FakeChannel()
    with capture_logs() as logged:
        async with running(build(channel)):
            await clock.until_asleep()
            await rename(database, "away", "outbox")
            clock.move(POLL_SECONDS)
            await channel.until_got("a")

    assert {line["event"] for line in logged} == {"claim_failed"}


@pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)
async def test_two_processes_share_one_outbox_without_doubling(
    post: Post, database: Database, clock: WatchedClock
) -> None:
    people = await post.people(40)
    for number in range(5):
        await post.add_all([Draft(person, "telegram", f"{person}:{number}") for person in people])
    order: list[str] = []

    async def fate(outgoing: Outgoing) -> str | None:
        order.append(outgoing.reply.text)
        await asyncio.sleep(0)
        return None

    channels = [FakeChannel(fate), FakeChannel(fate)]
    other = Database(database.url.render_as_string(hide_password=False))
    senders = [
        Sender(shared, channel, pace=Pace(clock), clock=clock, owner=owner, metrics=Metrics())
        for shared, channel, owner in zip((database, other), channels, ("a", "b"), strict=True)
    ]
    await asyncio.gather(*(sender.drain() for sender in senders))
    await senders[0].drain()
    await other.close()

    assert sorted(order) == sorted(f"{person}:{number}" for person in people for number in range(5))
    assert all(channel.got for channel in channels)
    for person in people:
        assert [text for text in order if text.startswith(f"{person}:")] == [f"{person}:{n}" for n in range(5)]
