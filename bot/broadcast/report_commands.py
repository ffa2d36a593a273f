"""Tells how announcements went: in words, as JSON, and as a list of recipients."""

from __future__ import annotations

import csv
import json
from collections import Counter
from collections.abc import Mapping
from pathlib import Path
from typing import Final

import click

from bot.broadcast.newsroom import LANGUAGE, STATES, Newsroom, opened, plain
from bot.errors import PlainError
from bot.proposals.desk import Desk, iso
from handlers.staff import reporting as words
from handlers.staff.reporting import Reports
from handlers.staff.sheet import Sheet
from storage.broadcasts import drafts, reporting
from storage.broadcasts.drafts import Broadcast

LISTED: Final = 30
HEAD: Final = ("person", "channel", "language", "status", "reason", "settled_at", "delivered_at", "read_at")


async def list_recent(desk: Desk, *, as_json: bool) -> None:
    """List the last announcements, newest first."""
    async with opened(desk) as room, room.database.reading() as tx:
        found = await drafts.recent(tx, LISTED)
    for broadcast in found:
        click.echo(json.dumps(_described(broadcast), ensure_ascii=False) if as_json else _line(broadcast))
    if not found and not as_json:
        click.echo("No announcements yet. See: upakarti broadcast draft --help")


async def report(desk: Desk, broadcast_id: int, path: Path | None, *, as_json: bool) -> None:
    """Tell how an announcement went or goes, and write its list of recipients."""
    async with opened(desk) as room:
        shown = await room.sheet(broadcast_id)
        if shown.broadcast.status in {"draft", "approved", "discarded"}:
            raise PlainError(f"Announcement {broadcast_id} is {STATES[shown.broadcast.status]}: nothing to report.")
        click.echo(json.dumps(_counted(shown), ensure_ascii=False) if as_json else _told(room, shown))
        if path is not None:
            await _write(room, broadcast_id, path)


def _told(room: Newsroom, shown: Sheet) -> str:
    text = plain(Reports(room.speaker).page(shown, LANGUAGE).text)
    undecided = words.undecided(shown.counts)
    if undecided and shown.broadcast.ended_at is not None:
        number = shown.broadcast.id
        text += (
            f"\n{undecided:,} may or may not have got it; nobody can tell. Decide:"
            f"\n  upakarti broadcast leave {number} --as NAME"
            f"\n  upakarti broadcast rest {number} --unsure --as NAME   (some would get it twice)"
        )
    return text


def _counted(shown: Sheet) -> Mapping[str, object]:
    ends: Counter[str] = Counter()
    reasons: dict[str, Counter[str]] = {}
    for end, count in shown.counts.ends.items():
        ends[end.status] += count
        if end.reason:
            reasons.setdefault(end.status, Counter())[end.reason] += count
    return {
        **_described(shown.broadcast),
        "recipients": shown.counts.total,
        "ends": ends,
        "reasons": reasons,
        "delivered": shown.counts.delivered,
        "read": shown.counts.read,
    }


async def _write(room: Newsroom, broadcast_id: int, path: Path) -> None:
    try:
        with path.open("w", encoding="utf-8-sig", newline="") as file:  # the mark by which spreadsheets know UTF-8
            writer = csv.writer(file)
            writer.writerow(HEAD)
            async for each in reporting.recipients(room.database.reading, broadcast_id):
                moments = (each.settled_at, each.delivered_at, each.read_at)
                told = (each.person_id, each.channel, each.language, each.status, each.reason or "")
                writer.writerow((*told, *(iso(at) or "" for at in moments)))
    except OSError as error:
        raise PlainError(f"{path} cannot be written: {error.strerror}.") from error


def _described(broadcast: Broadcast) -> dict[str, object]:
    return {
        "id": broadcast.id,
        "kind": broadcast.kind,
        "status": broadcast.status,
        "created_at": iso(broadcast.created_at),
        "starts_at": iso(broadcast.starts_at),
        "started_at": iso(broadcast.started_at),
        "ended_at": iso(broadcast.ended_at),
    }


def _line(broadcast: Broadcast) -> str:
    text = broadcast.texts.get("id")
    first = " ".join(text.text.split())[:60] if text else ""
    return f"{broadcast.id}: {broadcast.kind}, {STATES[broadcast.status]}. {first}".rstrip()
