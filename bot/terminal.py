"""Talks in the terminal, by hand or by JSON lines, through the same inbox and outbox as every channel."""

from __future__ import annotations

import asyncio
import json
import secrets
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import click

from bot import app
from bot.app import Assistant
from bot.channels import terminal as channel
from bot.channels.terminal import Terminal
from bot.clock import SettableClock, SystemClock, moment
from bot.errors import PlainError
from bot.service import open_database
from bot.settings import Settings
from handlers.messages import Inbound, Kind, Reply, clean
from storage import contacts, outbox
from storage.contacts import Identity

NAME_LIMIT = 200  # characters


class LineError(PlainError):
    """A line that cannot be taken; says which and why."""


@dataclass(frozen=True, slots=True)
class Line:
    """One message typed: a text or the id of a choice, by whom, and when if a time was given."""

    person: str
    text: str
    choice: str | None = None
    at: datetime | None = None


class Talk:
    """A conversation partner for any number of named people."""

    def __init__(self, assistant: Assistant, spoken: Terminal, clock: SettableClock) -> None:
        self._assistant = assistant
        self._spoken = spoken
        self._clock = clock
        self._run = secrets.token_hex(8)
        self._count = 0

    async def say(self, line: Line) -> list[Reply]:
        """Take one message in and return everything that was answered."""
        self._clock.set(line.at)
        self._count += 1
        message = Inbound(
            channel=channel.NAME,
            message_id=f"{self._run}:{self._count}",
            sender=Identity(terminal_name=line.person),
            at=self._clock.now(),
            kind=Kind.TEXT if line.choice is None else Kind.CHOICE,
            text=line.text,
            choice=line.choice,
        )
        await self._assistant.inbox.receive([message])
        await self._assistant.senders[channel.NAME].drain(await self._person_id(message.sender))
        self._clock.set(None)
        return self._spoken.take(line.person)

    async def _person_id(self, who: Identity) -> int | None:
        """Return who is spoken to, after taking back what a terminal that was killed held of anybody's."""
        async with self._assistant.database.transaction() as tx:
            await outbox.recover(tx, SystemClock().now())
            return await contacts.find(tx, who)


async def chat(settings: Settings, *, as_json: bool, name: str) -> None:
    """Talk until the input ends."""
    database = await open_database(settings)
    try:
        clock = SettableClock()
        spoken = Terminal()
        assistant = app.build(settings, database, clock, [spoken])
        await assistant.reload_editions()
        talk = Talk(assistant, spoken, clock)
        await (_by_json(talk) if as_json else _by_hand(talk, name))
    finally:
        await database.close()


async def _by_json(talk: Talk) -> None:
    number = 0
    while text := await _read_line():
        number += 1
        if text.strip():
            line = read(text, number)
            replies = await talk.say(line)
            click.echo(json.dumps({"person": line.person, "replies": [_shown(r) for r in replies]}, ensure_ascii=False))


async def _by_hand(talk: Talk, name: str) -> None:
    interactive = sys.stdin.isatty()
    for line in _show(await talk.say(Line(name, "/start"))):
        click.echo(line)
    while True:
        if interactive:
            click.echo("\n> ", nl=False)
        typed = await _read_line()
        if not typed:
            return
        if clean(typed):
            for line in _show(await talk.say(Line(name, clean(typed)))):
                click.echo(line)


async def _read_line() -> str:
    """Return the next line of standard input, or "" at its end.

    At a keyboard no thread waits for it: Ctrl+C could not end that one before Enter is pressed.
    """
    if sys.stdin.isatty():
        await _typed(sys.stdin.fileno())
    return await asyncio.to_thread(sys.stdin.readline)


async def _typed(descriptor: int) -> None:
    """Wait until a terminal has a line to read."""
    loop, ready = asyncio.get_running_loop(), asyncio.Event()
    loop.add_reader(descriptor, ready.set)
    try:
        await ready.wait()
    finally:
        loop.remove_reader(descriptor)


def read(text: str, number: int) -> Line:
    """Return the message of one JSON line; raises LineError."""
    try:
        fields = json.loads(text)
    except (ValueError, RecursionError):
        raise LineError(f"Line {number} is not JSON.") from None
    if not isinstance(fields, dict):
        raise LineError(f'Line {number} must be an object like {{"person": "a", "text": "halo"}}.')
    person, said, choice = (_string(fields, name, number) for name in ("person", "text", "choice"))
    if not person or len(person) > NAME_LIMIT:
        raise LineError(f'Line {number} needs a "person" of 1 to {NAME_LIMIT} characters.')
    if (said is None) == (choice is None):
        raise LineError(f'Line {number} needs either a "text" or a "choice".')
    return Line(person, said or "", choice, _at(fields, number))


def _string(fields: dict[str, Any], name: str, number: int) -> str | None:
    value = fields.get(name)
    if value is not None and not isinstance(value, str):
        raise LineError(f'Line {number}: "{name}" must be a text.')
    return None if value is None else clean(value)


def _at(fields: dict[str, Any], number: int) -> datetime | None:
    given = _string(fields, "at", number)
    try:
        return None if given is None else moment(given)
    except ValueError:
        raise LineError(f'Line {number}: "at" must be a time like 2026-11-24T10:00:00+07:00.') from None


def _shown(reply: Reply) -> dict[str, object]:
    shown: dict[str, object] = {
        "text": reply.text,
        "choices": [{"id": choice.id, "title": choice.title} for choice in reply.choices],
    }
    if reply.attachments:
        shown["attachments"] = [
            {"filename": a.filename, "media_type": a.media_type, "description": a.description}
            for a in reply.attachments
        ]
    return shown


def _show(replies: list[Reply]) -> Iterator[str]:
    for reply in replies:
        yield ""
        yield from channel.lines(reply)
