"""Lets officers steer what goes, and decide what becomes of what ended. Each act says what it did."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import replace

from handlers.messages import Attachment, Choice, Reply
from handlers.staff import reporting, speaking
from handlers.staff.composing import Writing
from handlers.staff.reporting import Reports
from handlers.staff.sheet import Sheet
from handlers.staff.speaking import Speaker, answer
from handlers.turn import Decided, Errand, Turn
from storage.broadcasts import drafts, steering
from storage.broadcasts import reporting as results
from storage.broadcasts.drafts import Broadcast
from storage.database import Transaction

LISTED = 8  # announcements that are listed

# An act on what goes; returns the phrase that says what became of it.
Act = Callable[[Transaction], Awaitable[str]]


class Steering:
    """The topic."""

    def __init__(self, speaker: Speaker, writing: Writing) -> None:
        self._speaker = speaker
        self._writing = writing
        self._reports = Reports(speaker)

    def list(self, turn: Turn) -> Decided:
        """List the last announcements, each with a button to its page."""

        def listed(found: list[Broadcast]) -> Decided:
            lines = "\n".join(self._line(each, turn) for each in found) or self._say("list_empty", turn)
            buttons = [self._numbered(each.id, turn) for each in found]
            new = self._speaker.button("new", turn.language)
            return answer(turn, Reply(self._say("list", turn, lines=lines), (new, *buttons)))

        return Errand(lambda tx: drafts.recent(tx, LISTED), listed)

    def _numbered(self, broadcast_id: int, turn: Turn) -> Choice:
        return Choice(f"{speaking.PREFIX}status:{broadcast_id}", self._say("button_number", turn, id=broadcast_id))

    def _line(self, each: Broadcast, turn: Turn) -> str:
        text = each.texts.get(turn.language) or each.texts.get("id")
        words = " ".join((text.text if text else "").replace("*", "").split())
        status = self._say(f"status_{each.status}", turn)
        short = words if len(words) <= 40 else f"{words[:39].rstrip()}…"  # noqa: PLR2004 - a line of a phone
        return self._say("list_line", turn, id=each.id, status=status, text=short)

    def page(self, turn: Turn, broadcast_id: int, lead: str = "") -> Decided:
        """Show an announcement as it stands: a draft, what waits or goes, or the report."""
        return Errand(self._speaker.read(turn, broadcast_id), lambda found: self._shown(turn, found, lead))

    def _shown(self, turn: Turn, found: Sheet | None, lead: str = "") -> Decided:
        if found is None or found.broadcast.status == "draft":
            return self._writing.shown(turn, found, lead)
        if found.broadcast.status == "discarded":
            return self._writing.say(turn, "was_dropped", self._speaker.button("list", turn.language))
        page = self._reports.page(found, turn.language)
        return answer(turn, replace(page, text="\n\n".join(filter(None, (lead, page.text)))))

    def pause(self, turn: Turn, broadcast_id: int) -> Decided:
        """Let nothing more go out for now."""
        by, now = turn.person.staff_id or 0, turn.message.at

        async def act(tx: Transaction) -> str:
            return "paused" if await steering.pause(tx, broadcast_id, by, now) else "not_going"

        return self._act(turn, broadcast_id, act)

    def resume(self, turn: Turn, broadcast_id: int) -> Decided:
        """Let it go on."""
        by, now = turn.person.staff_id or 0, turn.message.at

        async def act(tx: Transaction) -> str:
            return "resumed" if await steering.resume(tx, broadcast_id, by, now) else "not_paused"

        return self._act(turn, broadcast_id, act)

    def stop(self, turn: Turn, broadcast_id: int) -> Decided:
        """End it: whoever has not got it does not get it."""
        by, now = turn.person.staff_id or 0, turn.message.at

        async def act(tx: Transaction) -> str:
            return "stopped" if await steering.stop(tx, broadcast_id, by, now) else "ended_already"

        return self._act(turn, broadcast_id, act)

    def rest(self, turn: Turn, broadcast_id: int) -> Decided:
        """Send it to those it did not come to, and to those it failed for."""
        return self._send_again(turn, broadcast_id, "failed", "sent_to_rest")

    def again(self, turn: Turn, broadcast_id: int, confirmed: int | None) -> Decided:
        """Send it again to those who may have it already, once the officer has seen how many."""

        def asked(found: Sheet | None) -> Decided:
            count = 0 if found is None else reporting.undecided(found.counts)
            if found is None or count == 0:
                return self._shown(turn, found, self._say("nothing_unsure", turn))
            if confirmed == count:
                return self._send_again(turn, broadcast_id, "unsure", "sent_again")
            sure = self._speaker.button("again", turn.language, broadcast_id, count, title="again_sure")
            back = self._speaker.button("status", turn.language, broadcast_id, title="back")
            number = self._speaker.number(count, turn.language)
            never = self._speaker.number(found.counts.of("queued"), turn.language)
            return self._writing.say(turn, "again_ask", sure, back, count=number, never=never)

        return Errand(self._speaker.read(turn, broadcast_id), asked)

    def _send_again(self, turn: Turn, broadcast_id: int, end: str, done: str) -> Decided:
        by, now = turn.person.staff_id or 0, turn.message.at

        async def act(tx: Transaction) -> str:
            count = await steering.send_rest(tx, broadcast_id, by, (end,), now)
            if count is not None:
                return done
            return "superseded" if await steering.is_superseded(tx, broadcast_id) else "not_ended"

        return self._act(turn, broadcast_id, act)

    def leave(self, turn: Turn, broadcast_id: int) -> Decided:
        """Leave those who may or may not have got it as they are."""
        by, now = turn.person.staff_id or 0, turn.message.at

        async def act(tx: Transaction) -> str:
            return "left_as_they_are" if await steering.leave_unsure(tx, broadcast_id, by, now) else "nothing_unsure"

        return self._act(turn, broadcast_id, act)

    def table(self, turn: Turn, broadcast_id: int) -> Decided:
        """Send the list of recipients as a file."""

        async def read(tx: Transaction) -> bytes | str | None:
            found = await drafts.find(tx, broadcast_id)
            if found is None or found.started_at is None:
                return "expired"
            if found.total > reporting.ROWS_LIMIT:
                return None

            @asynccontextmanager
            async def reading() -> AsyncIterator[Transaction]:
                yield tx

            await speaking.note(tx, turn, "list", broadcast_id)
            return await reporting.listed(self._speaker, results.recipients(reading, broadcast_id), turn.language)

        def sent(content: bytes | str | None) -> Decided:
            if isinstance(content, str):
                return self._writing.say(turn, content)
            back = self._speaker.button("status", turn.language, broadcast_id)
            if content is None:
                return self._writing.say(turn, "table_too_large", back, id=broadcast_id)
            name, what = self._say("table_name", turn, id=broadcast_id), self._say("table", turn, id=broadcast_id)
            return answer(turn, Reply(what, (back,), (Attachment(name, "text/csv", content, ""),)))

        return Errand(read, sent)

    def _act(self, turn: Turn, broadcast_id: int, act: Act) -> Decided:
        """Do something and show where that leaves it, with what it did first."""

        async def do(tx: Transaction) -> tuple[str, Sheet | None]:
            key = await act(tx)
            return key, await self._speaker.read(turn, broadcast_id)(tx)

        def done(result: tuple[str, Sheet | None]) -> Decided:
            key, found = result
            if found is None:
                return self._writing.say(turn, "expired")
            counts = found.counts
            numbers = {
                "out": counts.of("sent"),
                "flight": counts.of("claimed", "sending"),
                "never": counts.of("queued"),
            }
            said = {name: self._speaker.number(count, turn.language) for name, count in numbers.items()}
            return self._shown(turn, found, self._say(f"did_{key}", turn, **said))

        return Errand(do, done)

    def _say(self, key: str, turn: Turn, **values: str | int) -> str:
        return self._speaker.say(key, turn.language, **values)
