"""Delivers to the browser: adds to the transcript, once, and tells the pages that listen."""

from __future__ import annotations

import asyncio
from typing import Final

from bot.channels.base import Limits, Outgoing, TryLaterError
from bot.clock import Clock
from storage import transcript
from storage.database import Database, DatabaseError
from storage.transcript import Answer

NAME: Final = "web"
LIMITS: Final = Limits(
    text=20_000, caption=20_000, buttons=50, button_title=100, choice_id_bytes=200, pictures=True, shares_phone=False
)


class WebChat:
    """The browser as one way to people."""

    name = NAME
    limits = LIMITS

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock
        self._listeners: dict[str, set[asyncio.Event]] = {}

    async def send(self, outgoing: Outgoing) -> str | None:
        choices = tuple((choice.id, choice.title) for choice in outgoing.reply.choices)
        answer = Answer(outgoing.person_id, outgoing.id, outgoing.reply.text, choices)
        try:
            async with self._database.transaction() as tx:
                added = await transcript.add_answer(tx, answer, self._clock.now())
        except (DatabaseError, OSError) as error:
            # Adding it again does nothing, so this is never unsure.
            raise TryLaterError("database") from error
        self.notify(outgoing.address.web_token_hash or "")
        return None if added is None else str(added)

    def notify(self, visitor: str) -> None:
        """Tell this visitor's open pages that there is something new. A visitor is named by their token's hash."""
        for event in self._listeners.get(visitor, ()):
            event.set()

    def notify_all(self) -> None:
        """Wake every page's stream, to notice a stop for instance."""
        for visitor in self._listeners:
            self.notify(visitor)

    def listen(self, visitor: str) -> asyncio.Event:
        """Return an event that is set whenever there is something new; give it back with `forget`."""
        event = asyncio.Event()
        self._listeners.setdefault(visitor, set()).add(event)
        return event

    @property
    def streams(self) -> int:
        """Tell how many pages listen."""
        return sum(map(len, self._listeners.values()))

    def forget(self, visitor: str, event: asyncio.Event) -> None:
        """Stop telling this listener."""
        listeners = self._listeners.get(visitor, set())
        listeners.discard(event)
        if not listeners:
            self._listeners.pop(visitor, None)
