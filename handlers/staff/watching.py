"""Tells officers of what they approved: a reminder before it goes, how it goes, how it went; and of alarms."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import replace
from datetime import datetime

from handlers.messages import Reply
from handlers.staff import reporting, sheet
from handlers.staff.alarming import Alarming
from handlers.staff.outlets import Outlets
from handlers.staff.reporting import Reports
from handlers.staff.sheet import Sheet
from handlers.staff.speaking import Speaker, language_of
from handlers.wording import Language, Wording
from storage import outbox
from storage.broadcasts import running, watching
from storage.broadcasts.watching import Shown
from storage.database import Database, Transaction
from storage.office.staff import Colleague
from storage.outbox import PUSH, Draft

SAID_KEPT = 50  # progress messages whose words are remembered

# Lets a message that is before somebody say something else, as well as the channel can.
Edit = Callable[[Shown, Reply], Awaitable[None]]

_Page = Callable[[Sheet, Language], Reply]


class Watching:
    """What the service does again and again; several processes may do so at the same time.

    What is told once is written down in the transaction that says that it was told. Progress is a courtesy: it is
    shown by whoever comes first, and not made up for.
    """

    def __init__(self, database: Database, wording: Wording, outlets: Outlets, edit: Edit) -> None:
        self._database = database
        self._outlets = outlets
        self._edit = edit
        self._reports = Reports(Speaker(wording, outlets))
        self._alarming = Alarming(wording, outlets)
        self._said: dict[int, str] = {}  # by the row of a progress message, so that the same is not shown again

    async def watch(self, now: datetime) -> bool:
        """Tell what is due; return whether messages wait to be sent."""
        async with self._database.transaction() as tx:
            told = await self._alarming.tell(tx, now)
            told += await self._tell(tx, await watching.due_warnings(tx, now), self._reports.warning, now)
            told += await self._tell(tx, await watching.begun(tx, now), self._reports.page, now, kept=True)
            ended = await running.unreported(tx, now)
            told += await self._tell(tx, ended, self._reports.page, now)
            due = await watching.due_progress(tx, reporting.progress_pause, now)
        if due or ended:
            async with self._database.reading() as tx:
                going = await self._read(tx, (*due, *ended), now)
            for found in going:
                await self._show(found)
        return told > 0

    async def _tell(
        self, tx: Transaction, broadcast_ids: Sequence[int], page: _Page, now: datetime, *, kept: bool = False
    ) -> int:
        """Queue a page of each for whom it concerns; with `kept` it can be changed later. Return how many messages."""
        drafts = []
        for found in await self._read(tx, broadcast_ids, now):
            topic = watching.topic(found.broadcast.id) if kept else None
            for colleague in await watching.watchers(tx, found.broadcast):
                drafts += self._drafts(colleague, page(found, language_of(colleague)), topic)
        await outbox.add(tx, drafts, now)
        return len(drafts)

    async def _read(self, tx: Transaction, broadcast_ids: Sequence[int], now: datetime) -> list[Sheet]:
        sheets = [await sheet.read(tx, each, self._outlets, now) for each in broadcast_ids]
        return [found for found in sheets if found is not None]

    def _drafts(self, colleague: Colleague, reply: Reply, topic: str | None) -> list[Draft]:
        return [
            Draft(
                colleague.person_id,
                colleague.channel,
                part.text,
                tuple((choice.id, choice.title) for choice in part.choices),
                priority=PUSH,
                topic=topic,
            )
            for part in self._outlets.fit(colleague.channel, reply)
        ]

    async def _show(self, found: Sheet) -> None:
        """Let the progress messages say how it stands now."""
        async with self._database.reading() as tx:
            watchers = await watching.watchers(tx, found.broadcast)
            shown = await watching.shown(tx, found.broadcast.id, [each.person_id for each in watchers])
        for message in shown:
            language: Language = "en" if message.language == "en" else "id"
            reply = self._reports.page(found, language)
            if found.broadcast.ended_at is not None:  # the report follows, with all buttons
                reply = replace(reply, choices=())
            if self._said.get(message.id) != reply.text:
                self._said = dict(list(self._said.items())[-SAID_KEPT:])
                self._said[message.id] = reply.text
                await self._edit(message, self._outlets.fit(message.channel, reply)[0])
