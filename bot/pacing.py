"""Keeps sending below a platform's limits: a bucket for the channel, and a small one for every person."""

from __future__ import annotations

from dataclasses import dataclass

from bot.clock import Clock

MANY = 10_000  # people whose buckets are kept before the full ones are dropped


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


class Pace:
    """The pace of one channel; None means that there is no such limit."""

    def __init__(self, clock: Clock, *, channel: Rate | None = None, person: Rate | None = None) -> None:
        self._clock = clock
        self._channel = None if channel is None else Bucket(channel, clock)
        self._person_rate = person
        self._people: dict[int, Bucket] = {}

    async def permits(self, wanted: int) -> int:
        """Wait until at least one message may go, and return how many may, up to `wanted`; use `give_back`."""
        if self._channel is None:
            return wanted
        count = max(1, min(wanted, int(self._channel.available())))
        await self._clock.sleep(self._channel.take(count))
        return count

    def give_back(self, count: int) -> None:
        """Return permits that were not used."""
        if self._channel is not None:
            self._channel.take(-count)

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
