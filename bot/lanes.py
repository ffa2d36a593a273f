"""The messages of one kind that a sender has in flight, so that none of another kind has to wait for them."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Take:
    """A wish for so many recipients of broadcasts."""

    limit: int


class Lane:
    """The messages of one kind that are in flight, and how many may be."""

    def __init__(self, name: str, limit: int) -> None:
        self.name = name
        self.limit = limit
        self.work = asyncio.Event()
        self.sending: set[asyncio.Task[None]] = set()

    @property
    def free(self) -> int:
        """How many more may go now."""
        return self.limit - len(self.sending)

    def add(self, task: asyncio.Task[None]) -> None:
        """Keep a message in flight until it has ended."""
        self.sending.add(task)
        task.add_done_callback(self._finished)

    def leave(self) -> None:
        """Let the running task give its place to another, though it is not done."""
        task = asyncio.current_task()
        if task is not None:
            self.sending.discard(task)
        self.work.set()

    def _finished(self, task: asyncio.Task[None]) -> None:
        self.sending.discard(task)
        self.work.set()  # the next message to the same person may go now
