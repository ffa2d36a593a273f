"""An announcement is written from files, and shown as each channel will show it."""

from __future__ import annotations

import mimetypes
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import click

from bot.broadcast.newsroom import LANGUAGE, STATES, Newsroom, acting, opened, plain
from bot.errors import PlainError
from bot.proposals.desk import Desk, jakarta
from handlers.messages import Reply
from handlers.staff import outlets
from handlers.staff.composing import with_stop
from handlers.staff.preview import Preview
from handlers.staff.sheet import Sheet
from handlers.staff.targeting import UnclearError
from handlers.wording import LANGUAGES, Language
from storage import audit
from storage.audit import Act
from storage.broadcasts import drafts
from storage.broadcasts.audience import Audience
from storage.broadcasts.drafts import Draft, Text
from storage.office import staff
from storage.outbox import File

LARGEST_FILE = 10_000_000  # bytes; what every platform takes as a photo


@dataclass(frozen=True, slots=True)
class Given:
    """What is typed for a draft."""

    text: Path
    text_en: Path | None = None
    file: Path | None = None
    describes: str = ""
    audience: str = ""
    starts_at: datetime | None = None


async def draft(desk: Desk, name: str, given: Given) -> None:
    """Write a draft down, and show it."""
    said: dict[Language, str] = {"id": _text(given.text)}
    if given.text_en is not None:
        said["en"] = _text(given.text_en)
    file = None if given.file is None else _file(given.file, given.describes)
    now = desk.clock.now()
    if given.starts_at is not None and given.starts_at <= now:
        raise PlainError(f"{jakarta(given.starts_at)} is past: give a later time, or none.")
    async with opened(desk) as room:
        texts: dict[str, Text] = {language: with_stop(room.speaker, text, language) for language, text in said.items()}
        for text in texts.values():
            _one_message(room, outlets.message(text, file))
        audience = _audience(room, given.audience)
        async with room.database.transaction() as tx:
            author = await acting(tx, name)
            wanted = Draft(author.id, audience=audience, texts=texts, file=file, starts_at=given.starts_at)
            broadcast_id = await drafts.create(tx, wanted, now)
            act = Act(staff.actor(author.id), "broadcast_draft", f"broadcast:{broadcast_id}", {}, now)
            await audit.record(tx, act)
        shown = await room.sheet(broadcast_id)
    click.echo("\n".join(_preview(room, shown)))
    click.echo(
        f"Announcement {broadcast_id} is written. A second officer says:"
        f" upakarti broadcast approve {broadcast_id} --version {shown.broadcast.version} --as NAME",
        err=True,
    )


async def preview(desk: Desk, broadcast_id: int) -> None:
    """Show an announcement as each channel will show it, to whom it goes, who is left out, and how long it takes."""
    async with opened(desk) as room:
        shown = await room.sheet(broadcast_id)
    click.echo("\n".join(_preview(room, shown)))


def _preview(room: Newsroom, shown: Sheet) -> Iterator[str]:
    said = shown.broadcast
    version = f" It is version {said.version}." if said.status == "draft" else ""
    yield f"Announcement {said.id} is {STATES[said.status]}.{version}"
    for channel in room.outlets.channels:
        for language in LANGUAGES:
            if language not in said.texts:
                continue
            yield f"\n--- {channel}, {language} ---"
            for part in room.outlets.fit(channel, outlets.message(said.texts[language], shown.file)):
                yield from (f"[file: {file.filename}]" for file in part.attachments)
                yield part.text
                yield from (f"[button: {choice.title}]" for choice in part.choices)
    for channel in room.outlets.outside:
        for spoken, read in Preview(room.speaker).outside(shown, channel):
            yield f"\n--- {channel}, {spoken}, to those who did not write in the last 24 hours ---"
            yield read or "(nothing: no templates are used)"
    if said.status in {"draft", "approved"}:
        yield "\n---"
        yield plain(Preview(room.speaker).pages(shown, "", LANGUAGE, ())[-1].text)


def _text(path: Path) -> str:
    try:
        text = path.read_text(encoding="utf-8-sig").strip()
    except UnicodeDecodeError:
        raise PlainError(f"{path} is not UTF-8 text; save it again as UTF-8.") from None
    except OSError as error:
        raise PlainError(f"{path} cannot be read: {error.strerror}.") from error
    if not text:
        raise PlainError(f"{path} says nothing.")
    return text


def _file(path: Path, description: str) -> File:
    if path.stat().st_size > LARGEST_FILE:
        raise PlainError(f"{path} is larger than {LARGEST_FILE // 1_000_000} MB.")
    media_type = mimetypes.guess_type(path.name)[0] or "application/octet-stream"
    return File(path.name, media_type, description, path.read_bytes())


def _one_message(room: Newsroom, reply: Reply) -> None:
    for channel in room.outlets.channels:
        if len(room.outlets.fit(channel, reply)) > 1:
            raise PlainError(
                f"The text is too long for one message on {channel}{' below a file' if reply.attachments else ''}:"
                " make it shorter."
            )


def _audience(room: Newsroom, typed: str) -> Audience:
    if not typed.strip():
        return Audience()
    try:
        return room.targeting.read(typed)
    except UnclearError as error:
        keys = "bahasa, kanal, kategori, tahap, kepada"
        raise PlainError(
            f"{str(error)!r} names no audience: write pairs such as bahasa=en kanal=telegram; the names are {keys}."
        ) from error
