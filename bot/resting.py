"""Lets a line that rests take nothing, then one message that tries, and all again once that one got through."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from datetime import datetime, timedelta

from storage import rests
from storage.database import Transaction
from storage.outbox import Claim, Settlement
from storage.rests import Lane, Standing


class Resting:
    """What one sender knows of its line; the rests themselves stand in the database, for all processes."""

    def __init__(self, channel: str, trial: timedelta) -> None:
        """`trial` is how long a message that tries may take, before another tries."""
        self._channel = channel
        self._trial = trial
        self._trying: dict[int, tuple[Lane, datetime]] = {}  # by the message that tries

    async def take(
        self,
        tx: Transaction,
        lane: Lane,
        now: datetime,
        limit: int,
        take: Callable[[int], Awaitable[list[Claim]]],
    ) -> list[Claim]:
        """Take so many messages by `take`, none while the lane rests, and one when that is over."""
        standing = await rests.standing(tx, self._channel, lane, now)
        if standing is Standing.RESTING:
            return []
        if standing is Standing.GOING:
            return await take(limit)
        claims = await take(1)
        for claim in claims:
            until = now + self._trial
            await rests.try_one(tx, self._channel, lane, until)
            self._trying[claim.id] = lane, until
        return claims

    async def note(self, tx: Transaction, settlements: Sequence[Settlement]) -> None:
        """Lift the rest of a lane whose trial got through."""
        for settlement in settlements:
            trial = self._trying.pop(settlement.claim.id, None)
            if trial is not None and settlement.status == "sent":
                await rests.lift(tx, self._channel, *trial)
