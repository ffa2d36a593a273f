"""Lets callers that arrive together share one transaction: a commit costs the same for one as for many."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from typing import Generic, TypeVar

Item = TypeVar("Item")
Result = TypeVar("Result")

BATCH_LIMIT = 100  # items in one transaction; more only makes each of them wait longer


class _Ticket(Generic[Item, Result]):
    def __init__(self, item: Item) -> None:
        self.item = item
        self.results: list[Result] = []
        self.error: Exception | None = None

    @property
    def done(self) -> bool:
        return bool(self.results) or self.error is not None


class GroupCommit(Generic[Item, Result]):
    """Runs `work` over everything that is waiting, in the order it came, one batch at a time.

    `work` takes the items of one batch and returns one result for each; it is expected to open one transaction.
    Whoever comes first works for all that are waiting: no background task, and no delay when nobody else is there.
    When a batch fails, its items are tried again one by one, so that one bad item fails alone.
    """

    def __init__(self, work: Callable[[Sequence[Item]], Awaitable[Sequence[Result]]], limit: int = BATCH_LIMIT) -> None:
        self._work = work
        self._limit = limit
        self._waiting: list[_Ticket[Item, Result]] = []
        self._door = asyncio.Lock()

    async def run(self, items: Sequence[Item]) -> list[Result]:
        """Return the results of these items once their transaction is committed; raise what `work` raised."""
        tickets = [_Ticket[Item, Result](item) for item in items]
        self._waiting.extend(tickets)
        async with self._door:
            while not all(ticket.done for ticket in tickets):
                await self._next_batch()
        for ticket in tickets:
            if ticket.error is not None:
                raise ticket.error
        return [ticket.results[0] for ticket in tickets]

    async def _next_batch(self) -> None:
        batch, self._waiting = self._waiting[: self._limit], self._waiting[self._limit :]
        try:
            await self._attempt(batch)
        except asyncio.CancelledError:
            # Whoever is next takes over; what had been committed already is recognised as a repeat.
            self._waiting[:0] = [ticket for ticket in batch if not ticket.done]
            raise

    async def _attempt(self, batch: Sequence[_Ticket[Item, Result]]) -> None:
        try:
            results = await self._work([ticket.item for ticket in batch])
        except Exception as error:  # noqa: BLE001 - handed to the caller it belongs to, which raises it
            if len(batch) == 1:
                batch[0].error = error
                return
        else:
            for ticket, result in zip(batch, results, strict=True):
                ticket.results.append(result)
            return
        for ticket in batch:
            await self._attempt([ticket])
