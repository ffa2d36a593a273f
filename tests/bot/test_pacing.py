"""Sending stays below a platform's limits, for the channel and for every person."""

from __future__ import annotations

import asyncio

import pytest

from bot import pacing
from bot.pacing import Brake, Bucket, OwnBucket, Pace, Rate, SharedBucket
from storage.database import Database
from tests.bot.conftest import WatchedClock


def test_a_bucket_gives_its_burst_at_once_and_then_makes_wait(clock: WatchedClock) -> None:
    bucket = Bucket(Rate(per_second=2, burst=3), clock)

    assert [bucket.take(1) for _ in range(5)] == [0, 0, 0, 0.5, 1.0]


def test_a_bucket_fills_at_its_rate_and_not_above_its_burst(clock: WatchedClock) -> None:
    bucket = Bucket(Rate(per_second=2, burst=3), clock)
    bucket.take(3)
    clock.move(1)
    after_a_second = bucket.available()
    clock.move(3600)

    assert (after_a_second, bucket.available(), bucket.is_full()) == (2, 3, True)


async def test_without_a_limit_all_may_go(clock: WatchedClock) -> None:
    pace = Pace(clock)
    await pace.give_back(3)
    await pace.turn_of(1)

    assert await pace.permits(64) == 64


async def test_no_more_go_at_once_than_the_burst(clock: WatchedClock) -> None:
    pace = Pace(clock, channel=OwnBucket(Rate(per_second=25, burst=25), clock))
    clock.move(10)

    assert await pace.permits(64) == 25


async def test_a_bucket_begins_empty_since_another_process_may_have_spent_it_just_now(clock: WatchedClock) -> None:
    pace = Pace(clock, channel=OwnBucket(Rate(per_second=4, burst=25), clock))
    waiting = asyncio.create_task(pace.permits(64))
    await clock.until_asleep()
    clock.move(0.25)

    assert await waiting == 1


async def test_an_empty_bucket_permits_one_after_its_time(clock: WatchedClock) -> None:
    pace = Pace(clock, channel=OwnBucket(Rate(per_second=4, burst=2), clock))
    waiting = asyncio.create_task(pace.permits(10))
    await clock.until_asleep()
    clock.move(0.24)
    too_early = waiting.done()
    clock.move(0.01)

    assert (too_early, await waiting) == (False, 1)


async def test_what_was_not_used_is_given_back(clock: WatchedClock) -> None:
    pace = Pace(clock, channel=OwnBucket(Rate(per_second=1, burst=5), clock))
    clock.move(5)
    await pace.give_back(await pace.permits(5))

    assert await pace.permits(5) == 5


async def test_over_a_long_time_the_rate_is_kept(clock: WatchedClock) -> None:
    pace = Pace(clock, channel=OwnBucket(Rate(per_second=25, burst=25), clock))

    async def send(seconds: float) -> int:
        sent = 0
        while clock.monotonic() < seconds:
            sent += await pace.permits(64)
        return sent

    sending = asyncio.create_task(send(60))
    await clock.run(sending, 0.01)

    assert 60 * 25 - 25 <= await sending <= 60 * 25 + 25 + 1


async def test_one_person_waits_while_others_go_on(clock: WatchedClock) -> None:
    pace = Pace(clock, person=Rate(per_second=1, burst=2))
    await pace.turn_of(1)
    await pace.turn_of(1)
    third = asyncio.create_task(pace.turn_of(1))
    await clock.until_asleep()
    await pace.turn_of(2)
    waited = not third.done()
    clock.move(1)
    await third

    assert waited


async def test_people_who_are_quiet_are_forgotten(clock: WatchedClock, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pacing, "MANY", 3)
    pace = Pace(clock, person=Rate(per_second=1, burst=1))
    for person in range(3):
        await pace.turn_of(person)
    clock.move(10)
    await pace.turn_of(7)

    assert len(pace._people) == 1


async def test_people_who_just_got_something_are_not_forgotten(
    clock: WatchedClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pacing, "MANY", 3)
    pace = Pace(clock, person=Rate(per_second=1, burst=1))
    for person in range(3):
        await pace.turn_of(person)
    await pace.turn_of(7)
    again = asyncio.create_task(pace.turn_of(0))
    await clock.until_asleep()
    clock.move(1)
    await again

    assert clock.monotonic() == 1


async def test_processes_that_share_a_bucket_keep_the_rate_together(store: Database, clock: WatchedClock) -> None:
    rate = Rate(per_second=10, burst=4)
    one, other = (Pace(clock, channel=SharedBucket(store, "telegram:1", rate, clock)) for _ in range(2))
    assert (await one.permits(3), await other.permits(3)) == (3, 1)
    waiting = asyncio.create_task(other.permits(3))
    await clock.until_asleep()
    clock.move(0.09)
    assert not waiting.done()
    clock.move(0.02)

    assert await waiting == 1


async def test_what_one_gives_back_another_may_take(store: Database, clock: WatchedClock) -> None:
    one, other = (
        Pace(clock, channel=SharedBucket(store, "telegram:1", Rate(per_second=1, burst=5), clock)) for _ in range(2)
    )
    await one.give_back(await one.permits(5))

    assert await other.permits(9) == 5


async def test_a_shared_bucket_never_holds_more_than_its_burst(store: Database, clock: WatchedClock) -> None:
    pace = Pace(clock, channel=SharedBucket(store, "telegram:1", Rate(per_second=1, burst=5), clock))
    await pace.permits(5)
    clock.move(3600)
    await pace.give_back(3)

    assert await pace.permits(9) == 5


def test_several_people_at_a_limit_hold_broadcasts_back(clock: WatchedClock) -> None:
    brake = Brake(clock)
    for person in (1, 1, 1, 2):
        brake.note(person, 30)
    assert brake.seconds_left() == 0
    brake.note(3, 7)
    assert brake.seconds_left() == 7
    clock.move(5)
    brake.note(4, 1)
    assert brake.seconds_left() == 2
    clock.move(2)

    assert brake.seconds_left() == 0


def test_people_at_a_limit_now_and_then_hold_nobody_back(clock: WatchedClock) -> None:
    brake = Brake(clock)
    for person in range(6):
        brake.note(person, 30)
        clock.move(pacing.BRAKE_SECONDS / 2)

    assert brake.seconds_left() == 0


def test_a_platform_that_is_asked_too_fast_by_all_holds_everything_back(clock: WatchedClock) -> None:
    brake = Brake(clock)
    brake.note_all(5)
    brake.note_all(2)

    assert (brake.all_seconds_left(), brake.seconds_left()) == (5, 5)
    clock.move(5)
    assert (brake.all_seconds_left(), brake.seconds_left()) == (0, 0)
