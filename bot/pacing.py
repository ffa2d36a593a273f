"""Keeps sending below a platform's limits: a bucket for the channel, and a small one for every person."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import Protocol

from bot.clock import Clock
from storage import paces
from storage.database import Database

MANY = 10_000  # people whose buckets are kept before the full ones are dropped
BRAKE_PEOPLE = 3  # so many people at a limit at once, and it is ours, not theirs
BRAKE_SECONDS = 10.0


@dataclass(frozen=True, slots=True)
class Rate:
    """So many messages a second, after a burst of at most `burst` at once."""

    per_second: float
    burst: int = 1


class Bucket:
    """A token bucket: filled at a steady rate, never above its burst."""

    def __init__(self, rate: Rate, clock: Clock) -> None:
        self._rate = rate
        self._clock = clock
        self._tokens = float(rate.burst)
        self._filled_at = clock.monotonic()

    def available(self) -> float:
        """Return the tokens there are now; below zero when some were taken ahead."""
        now = self._clock.monotonic()
        grown = self._tokens + (now - self._filled_at) * self._rate.per_second
        self._tokens, self._filled_at = min(float(self._rate.burst), grown), now
        return self._tokens

    def take(self, count: int) -> float:
        """Take tokens, ahead of time if need be, and return the seconds to wait until they are really there."""
        self._tokens = self.available() - count
        return max(0.0, -self._tokens / self._rate.per_second)

    def is_full(self) -> bool:
        return self.available() >= self._rate.burst


class ChannelBucket(Protocol):
    """What all messages of a channel are taken from."""

    async def take_some(self, wanted: int) -> tuple[int, float]:
        """Take as many tokens as there are, up to `wanted` and at least one; return how many, and the seconds to wait
        until they are really there.
        """

    async def give_back(self, count: int) -> None:
        """Put tokens back that were not used."""


class OwnBucket:
    """The bucket of a process that sends alone. It begins empty: the one before may have spent all just now."""

    def __init__(self, rate: Rate, clock: Clock) -> None:
        self._bucket = Bucket(rate, clock)
        self._bucket.take(rate.burst)

    async def take_some(self, wanted: int) -> tuple[int, float]:
        count = max(1, min(wanted, int(self._bucket.available())))
        return count, self._bucket.take(count)

    async def give_back(self, count: int) -> None:
        self._bucket.take(-count)


class SharedBucket:
    """One bucket for all processes that send by the same account; it stands in the database."""

    def __init__(self, database: Database, name: str, rate: Rate, clock: Clock) -> None:
        self._database = database
        self._name = name
        self._rate = rate
        self._clock = clock

    async def take_some(self, wanted: int) -> tuple[int, float]:
        return await self._move(lambda available: max(1, min(wanted, int(available))))

    async def give_back(self, count: int) -> None:
        if count:
            await self._move(lambda _: -count)

    async def _move(self, decide: Callable[[float], int]) -> tuple[int, float]:
        """Take what `decide` returns for the tokens there are. What is kept is the moment at which there were none."""
        rate = self._rate
        async with self._database.transaction() as tx:
            now = self._clock.now()
            full = now - timedelta(seconds=rate.burst / rate.per_second)
            empty_at = max(full, await paces.hold(tx, self._name, full))
            count = decide((now - empty_at).total_seconds() * rate.per_second)
            empty_at += timedelta(seconds=count / rate.per_second)
            await paces.set_to(tx, self._name, empty_at)
        return count, max(0.0, (empty_at - now).total_seconds())


class Pace:
    """The pace of one channel; None means that there is no such limit."""

    def __init__(self, clock: Clock, *, channel: ChannelBucket | None = None, person: Rate | None = None) -> None:
        self._clock = clock
        self._channel = channel
        self._person_rate = person
        self._people: dict[int, Bucket] = {}

    async def permits(self, wanted: int) -> int:
        """Wait until at least one message may go, and return how many may, up to `wanted`; use `give_back`."""
        if self._channel is None:
            return wanted
        count, wait = await self._channel.take_some(wanted)
        await self._clock.sleep(wait)
        return count

    async def give_back(self, count: int) -> None:
        """Return permits that were not used."""
        if self._channel is not None and count:
            await self._channel.give_back(count)

    async def turn_of(self, person_id: int) -> None:
        """Wait until one more message may go to this person."""
        if self._person_rate is None:
            return
        if len(self._people) >= MANY:
            self._people = {person: bucket for person, bucket in self._people.items() if not bucket.is_full()}
        bucket = self._people.setdefault(person_id, Bucket(self._person_rate, self._clock))
        wait = bucket.take(1)
        if wait:
            await self._clock.sleep(wait)


class Brake:
    """Holds sending back when the platform says that we are too fast: of everything, or of broadcasts when it says so
    of several people at once.
    """

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._seen: dict[int, float] = {}  # person -> when they were at a limit
        self._until = clock.monotonic()
        self._all_until = clock.monotonic()

    def note(self, person_id: int, seconds: float) -> None:
        """Take notice that the platform asked for a pause with one person."""
        now = self._clock.monotonic()
        self._seen = {who: at for who, at in self._seen.items() if now - at < BRAKE_SECONDS} | {person_id: now}
        if len(self._seen) >= BRAKE_PEOPLE:
            self._until = max(self._until, now + seconds)

    def note_all(self, seconds: float) -> None:
        """Take notice that the platform asked for a pause with everybody."""
        self._all_until = max(self._all_until, self._clock.monotonic() + seconds)

    def seconds_left(self) -> float:
        """Return how long nothing more of a broadcast is to be begun."""
        return max(self.all_seconds_left(), self._until - self._clock.monotonic())

    def all_seconds_left(self) -> float:
        """Return how long nothing at all is to be begun."""
        return max(0.0, self._all_until - self._clock.monotonic())
