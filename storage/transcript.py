"""Both sides of a conversation, for channels that must show it again after a reload (the browser)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from storage import database
from storage.database import Transaction
from storage.outbox import File
from storage.schema import attachments, outbox, people, transcript

HEAD = 24  # bytes; a PNG tells its size in them
_goes_with = sa.or_(attachments.c.outbox_id == outbox.c.id, attachments.c.broadcast_id == outbox.c.broadcast_id)


@dataclass(frozen=True, slots=True)
class Enclosure:
    """A file beside a line; of its content only the `head`, the first bytes."""

    id: int
    filename: str
    media_type: str
    description: str
    head: bytes


@dataclass(frozen=True, slots=True)
class Line:
    """One message as it is shown."""

    id: int
    author: str  # "person" or "assistant"
    text: str
    choices: tuple[tuple[str, str], ...]
    client_id: str | None
    at: datetime
    files: tuple[Enclosure, ...] = ()


@dataclass(frozen=True, slots=True)
class Said:
    """What a person said, to be shown to them again."""

    person_id: int
    text: str
    client_id: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Answer:
    """What we answered; `outbox_id` is unique, so that the same answer is never added twice."""

    person_id: int
    outbox_id: int
    text: str
    choices: tuple[tuple[str, str], ...]


async def add_said(tx: Transaction, lines: Sequence[Said]) -> None:
    """Add what people said."""
    rows = [
        {
            "person_id": line.person_id,
            "author": "person",
            "text": line.text,
            "choices": [],
            "client_id": line.client_id,
            "created_at": line.at,
        }
        for line in lines
    ]
    if rows:
        await tx.execute(sa.insert(transcript), rows)


async def add_answer(tx: Transaction, answer: Answer, now: datetime) -> int | None:
    """Add one answer and return its id, or None when it stands there already.

    The person is held meanwhile, so that the lines of one person become visible in the order of their ids.
    """
    await tx.execute(sa.select(people.c.id).where(people.c.id == answer.person_id).with_for_update())
    row = {
        "person_id": answer.person_id,
        "author": "assistant",
        "text": answer.text,
        "choices": [list(choice) for choice in answer.choices],
        "outbox_id": answer.outbox_id,
        "created_at": now,
    }
    statement = database.insert(tx, transcript).values(row).on_conflict_do_nothing().returning(transcript.c.id)
    added: int | None = (await tx.execute(statement)).scalar()
    return added


async def erase(tx: Transaction, person_id: int, since: datetime) -> None:
    """Delete both sides of what was said from then on."""
    await tx.execute(sa.delete(transcript).where(transcript.c.person_id == person_id, transcript.c.created_at >= since))


async def after(tx: Transaction, person_id: int, cursor: int, limit: int) -> list[Line]:
    """Return the person's lines with ids above `cursor`, oldest first."""
    query = (
        sa.select(transcript)
        .where(transcript.c.person_id == person_id, transcript.c.id > cursor)
        .order_by(transcript.c.id)
        .limit(limit)
    )
    return await _lines(tx, query)


async def latest(tx: Transaction, person_id: int, limit: int) -> list[Line]:
    """Return the person's last lines, oldest first."""
    newest = (
        sa.select(transcript).where(transcript.c.person_id == person_id).order_by(transcript.c.id.desc()).limit(limit)
    )
    return list(reversed(await _lines(tx, newest)))


async def of_person(tx: Transaction, person_id: int) -> list[Line]:
    """Return all of the person's lines, oldest first; without their files, which are the messages' own."""
    query = sa.select(transcript).where(transcript.c.person_id == person_id).order_by(transcript.c.id)
    return [_line(row) for row in (await tx.execute(query)).all()]


async def _lines(tx: Transaction, query: sa.Select[tuple[object, ...]]) -> list[Line]:
    rows = (await tx.execute(query)).all()
    outbox_ids = [row.outbox_id for row in rows if row.outbox_id is not None]
    described = sa.select(
        outbox.c.id.label("outbox_id"),
        attachments.c.id,
        attachments.c.filename,
        attachments.c.media_type,
        attachments.c.description,
        sa.func.substr(attachments.c.content, 1, HEAD, type_=sa.LargeBinary).label("head"),
    ).where(outbox.c.id.in_(outbox_ids), _goes_with)
    files: dict[int, tuple[Enclosure, ...]] = {}
    for row in (await tx.execute(described.order_by(attachments.c.id))).all() if outbox_ids else ():
        head = row.head or b""  # SQLite knows no part of nothing
        enclosure = Enclosure(row.id, row.filename, row.media_type, row.description, head)
        files[row.outbox_id] = (*files.get(row.outbox_id, ()), enclosure)
    return [_line(row, files.get(row.outbox_id, ())) for row in rows]


def _line(row: sa.Row[Any], files: tuple[Enclosure, ...] = ()) -> Line:
    return Line(
        id=row.id,
        author=row.author,
        text=row.text,
        choices=tuple((str(choice_id), str(title)) for choice_id, title in row.choices),
        client_id=row.client_id,
        at=row.created_at,
        files=files,
    )


async def file(tx: Transaction, person_id: int, attachment_id: int) -> File | None:
    """Return a file that was sent to this very person, or None."""
    query = (
        sa.select(attachments)
        .join(outbox, _goes_with)
        .join(transcript, transcript.c.outbox_id == outbox.c.id)
        .where(attachments.c.id == attachment_id, transcript.c.person_id == person_id)
        .limit(1)
    )
    row = (await tx.execute(query)).first()
    return None if row is None else File(row.filename, row.media_type, row.description, row.content, row.illustration)
