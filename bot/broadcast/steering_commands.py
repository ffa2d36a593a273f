"""An announcement is approved, started, paused, stopped and sent to the rest; the running service does the sending."""

from __future__ import annotations

import sys
from collections.abc import Awaitable, Callable, Sequence
from datetime import datetime
from typing import Final

import click

from bot.broadcast.newsroom import Newsroom, acting, not_in_order, opened
from bot.errors import PlainError
from bot.proposals.desk import Desk, counted, jakarta
from storage.broadcasts import drafts, reporting, steering
from storage.broadcasts.drafts import Broadcast
from storage.broadcasts.steering import Approval
from storage.database import Transaction

WATCH_SECONDS: Final = 1.0
SLOW_AFTER: Final = 20_000  # recipients whose counting is cheap; with more it is looked at less often
OPEN: Final = ("queued", "claimed", "sending")

Move = Callable[[Transaction, int, int, datetime], Awaitable[bool]]

_REFUSED: Final = {
    Approval.CHANGED: "That is not the version it has now: look at it (upakarti broadcast preview), then approve what"
    " you saw.",
    Approval.OWN: "Whoever wrote it may not approve it: a second officer has to. In an office of one officer set"
    " UPAKARTI_SINGLE_OFFICER=true.",
    Approval.LEFT: "Whoever wrote it does not work here any more: write it anew.",
    Approval.EMPTY: "It has no Indonesian text.",
}


async def approve(desk: Desk, name: str, broadcast_id: int, version: int) -> None:
    """Approve the version of an announcement that was seen. The database refuses the author."""
    alone = desk.settings.single_officer
    async with opened(desk) as room, room.database.transaction() as tx:
        member, found = await acting(tx, name), await drafts.find(tx, broadcast_id)
        if found is None or found.status != "draft":
            raise not_in_order(found, broadcast_id, "approved")
        now = desk.clock.now()
        done = await steering.approve(tx, broadcast_id, version, member.id, now, alone=alone)
        if done is not Approval.DONE:
            raise PlainError(_REFUSED[done])
    click.echo(f"Announcement {broadcast_id} is approved. Send it: upakarti broadcast start {broadcast_id} --as NAME")


async def start(desk: Desk, name: str, broadcast_id: int, at: datetime | None, *, watched: bool) -> None:
    """Let an approved announcement begin at that time, at its own time, or now."""
    async with opened(desk) as room:
        now = desk.clock.now()
        if at is not None and at < now:
            raise PlainError(f"{jakarta(at)} is past: give a later time, or none to send it now.")
        async with room.database.transaction() as tx:
            member, found = await acting(tx, name), await drafts.find(tx, broadcast_id)
            begins = max(now, at or (found.starts_at if found else None) or now)
            if found is None or not await steering.start(tx, broadcast_id, member.id, begins, now):
                raise not_in_order(found, broadcast_id, "started")
        when = f"begins {jakarta(begins)}" if begins > now else "begins now"
        click.echo(f"Announcement {broadcast_id} {when}; the running service sends it.")
        if watched:
            await _watch(room, broadcast_id)


async def pause(desk: Desk, name: str, broadcast_id: int) -> None:
    """Let nothing more be sent until it goes on."""
    await _move(desk, name, broadcast_id, steering.pause, "paused")


async def resume(desk: Desk, name: str, broadcast_id: int) -> None:
    """Let a paused announcement go on."""
    await _move(desk, name, broadcast_id, steering.resume, "resumed")


async def stop(desk: Desk, name: str, broadcast_id: int) -> None:
    """End it: whoever has not got it by now does not get it."""
    await _move(desk, name, broadcast_id, steering.stop, "stopped")


async def watch(desk: Desk, broadcast_id: int) -> None:
    """Show how far an announcement has come, until it ends."""
    async with opened(desk) as room:
        await _watch(room, broadcast_id)


async def rest(desk: Desk, name: str, broadcast_id: int, ends: Sequence[str]) -> None:
    """Let an ended announcement go to whom it never came to, and to those it ended so with."""
    async with opened(desk) as room, room.database.transaction() as tx:
        member, found = await acting(tx, name), await drafts.find(tx, broadcast_id)
        before = None if found is None else (await reporting.counts(tx, broadcast_id)).of("queued")
        again = await steering.send_rest(tx, broadcast_id, member.id, ends, desk.clock.now())
        if again is None and await steering.is_superseded(tx, broadcast_id):
            raise PlainError(
                f"Announcement {broadcast_id} was corrected or taken back, or approval for that is asked for: its old"
                " words are not sent any more."
            )
        if before is None or again is None:
            raise not_in_order(found, broadcast_id, "sent to the rest")
    click.echo(
        f"Announcement {broadcast_id} goes on to {counted(before, 'person', 'people')} it had not come to, and again to"
        f" {counted(again, 'person', 'people')}."
    )


async def leave(desk: Desk, name: str, broadcast_id: int) -> None:
    """Leave those as they are who may or may not have got it."""
    async with opened(desk) as room, room.database.transaction() as tx:
        member, found = await acting(tx, name), await drafts.find(tx, broadcast_id)
        if found is None:
            raise not_in_order(found, broadcast_id, "decided on")
        left = await steering.leave_unsure(tx, broadcast_id, member.id, desk.clock.now())
    click.echo(f"Left as they are: {counted(left, 'person', 'people')} who may or may not have got it.")


async def _move(desk: Desk, name: str, broadcast_id: int, move: Move, done: str) -> None:
    async with opened(desk) as room, room.database.transaction() as tx:
        member, found = await acting(tx, name), await drafts.find(tx, broadcast_id)
        if found is None or not await move(tx, broadcast_id, member.id, desk.clock.now()):
            raise not_in_order(found, broadcast_id, done)
    click.echo(f"Announcement {broadcast_id} is {done}.")


async def _watch(room: Newsroom, broadcast_id: int) -> None:
    """Draw a bar on standard error until it ends; a pause is waited out."""
    broadcast, done = await _look(room, broadcast_id)
    with click.progressbar(length=max(broadcast.total, 1), file=sys.stderr, show_pos=True, label="Sent") as bar:
        while not (ended := broadcast.ended_at is not None):
            await room.desk.clock.sleep(WATCH_SECONDS * max(1, broadcast.total // SLOW_AFTER))
            broadcast, done = await _look(room, broadcast_id)
            bar.length = max(broadcast.total, 1)
            bar.label = "Paused" if broadcast.status == "paused" else "Sent"
            bar.update(done - bar.pos)
        if ended:
            bar.update(done - bar.pos)
    click.echo(f"Announcement {broadcast_id} is {broadcast.status}: upakarti broadcast report {broadcast_id}", err=True)


async def _look(room: Newsroom, broadcast_id: int) -> tuple[Broadcast, int]:
    """Return an announcement, and how many of its recipients have come to an end."""
    async with room.database.reading() as tx:
        found = await drafts.find(tx, broadcast_id)
        if found is None:
            raise not_in_order(found, broadcast_id, "watched")
        counts = await reporting.counts(tx, broadcast_id)
    return found, counts.total - counts.of(*OPEN)
