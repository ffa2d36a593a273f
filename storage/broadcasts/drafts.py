"""Writes broadcasts: texts, file, audience and time, until one is approved; and reads them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any, Literal

import sqlalchemy as sa

from storage import database
from storage.broadcasts.audience import Audience, Topic
from storage.broadcasts.tables import broadcast_texts, broadcasts
from storage.database import Transaction
from storage.outbox import File
from storage.schema import attachments

Kind = Literal["announcement", "correction", "withdrawal"]


@dataclass(frozen=True, slots=True)
class Text:
    """What a broadcast says in one language, and its buttons as (id, title)."""

    text: str
    choices: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class Draft:
    """What a broadcast begins with. A correction or withdrawal is of an earlier one (`of_id`)."""

    author_id: int | None
    kind: Kind = "announcement"
    of_id: int | None = None
    topic: Topic = "announcements"
    audience: Audience = field(default_factory=Audience)
    texts: Mapping[str, Text] = field(default_factory=dict)
    file: File | None = None
    starts_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Broadcast:
    """One broadcast. `version` counts changes of a draft, approval was asked for `asked_version`; `file` is the name of
    what goes with it.
    """

    id: int
    kind: Kind
    of_id: int | None
    topic: Topic
    status: str
    audience: Audience
    version: int
    asked_version: int | None
    author_id: int | None
    created_at: datetime
    approver_id: int | None
    approved_at: datetime | None
    alone: bool
    starts_at: datetime | None
    started_at: datetime | None
    total: int
    ended_at: datetime | None
    tally: Sequence[Sequence[Any]] | None
    reminder_key: str | None
    texts: Mapping[str, Text] = field(default_factory=dict)
    file: str | None = None


_COLUMNS = tuple(
    broadcasts.c[name] for name in Broadcast.__dataclass_fields__ if name not in {"audience", "texts", "file"}
)


async def create(tx: Transaction, draft: Draft, now: datetime) -> int:
    """Write a draft down and return its id."""
    row = {
        "kind": draft.kind,
        "of_id": draft.of_id,
        "topic": draft.topic,
        "audience": draft.audience.to_json(),
        "author_id": draft.author_id,
        "starts_at": draft.starts_at,
        "created_at": now,
    }
    broadcast_id = int((await tx.execute(sa.insert(broadcasts).values(row).returning(broadcasts.c.id))).scalar_one())
    for language, text in draft.texts.items():
        await _write(tx, broadcast_id, language, text)
    if draft.file is not None:
        await _attach(tx, broadcast_id, draft.file)
    return broadcast_id


async def set_text(tx: Transaction, broadcast_id: int, language: str, text: Text | None) -> bool:
    """Give a draft its words in a language, or take them away; False when it is no draft any more."""
    if not await _changed(tx, broadcast_id):
        return False
    if text is None:
        where = (broadcast_texts.c.broadcast_id == broadcast_id, broadcast_texts.c.language == language)
        await tx.execute(sa.delete(broadcast_texts).where(*where))
    else:
        await _write(tx, broadcast_id, language, text)
    return True


async def set_file(tx: Transaction, broadcast_id: int, file: File | None) -> bool:
    """Give a draft its photo or document, or take it away; False when it is no draft any more."""
    if not await _changed(tx, broadcast_id):
        return False
    await tx.execute(sa.delete(attachments).where(attachments.c.broadcast_id == broadcast_id))
    if file is not None:
        await _attach(tx, broadcast_id, file)
    return True


async def set_audience(tx: Transaction, broadcast_id: int, audience: Audience) -> bool:
    """Say whom a draft is for; False when it is no draft any more."""
    return await _changed(tx, broadcast_id, audience=audience.to_json())


async def set_start(tx: Transaction, broadcast_id: int, starts_at: datetime | None) -> bool:
    """Say when a draft is to be sent, None for at once; False when it is no draft any more."""
    return await _changed(tx, broadcast_id, starts_at=starts_at)


async def ask(tx: Transaction, broadcast_id: int, version: int) -> bool:
    """Say that a draft is ready to be approved as it is; False when it has changed, or is none any more."""
    shown = (broadcasts.c.id == broadcast_id, broadcasts.c.status == "draft", broadcasts.c.version == version)
    return (await tx.execute(sa.update(broadcasts).where(*shown).values(asked_version=version))).rowcount == 1


async def discard(tx: Transaction, broadcast_id: int, now: datetime) -> bool:
    """Throw away what has not been started; False when it has."""
    waiting = (broadcasts.c.id == broadcast_id, broadcasts.c.status.in_(("draft", "approved")))
    values = {"status": "discarded", "ended_at": now}
    return (await tx.execute(sa.update(broadcasts).where(*waiting).values(values))).rowcount == 1


async def find(tx: Transaction, broadcast_id: int) -> Broadcast | None:
    """Return a broadcast, or None where there is none by this id."""
    return next(iter(await _read(tx, broadcasts.c.id == broadcast_id)), None)


async def recent(tx: Transaction, limit: int) -> list[Broadcast]:
    """Return the last broadcasts, newest first."""
    newest = sa.select(broadcasts.c.id).order_by(broadcasts.c.id.desc()).limit(limit)
    return list(reversed(await _read(tx, broadcasts.c.id.in_(newest))))


async def file(tx: Transaction, broadcast_id: int) -> File | None:
    """Return the photo or document that goes with a broadcast."""
    query = sa.select(attachments).where(attachments.c.broadcast_id == broadcast_id)
    row = (await tx.execute(query)).first()
    return None if row is None else File(row.filename, row.media_type, row.description, row.content, row.illustration)


async def _read(tx: Transaction, which: sa.ColumnElement[bool]) -> list[Broadcast]:
    query = sa.select(*_COLUMNS, broadcasts.c.audience).where(which).order_by(broadcasts.c.id)
    rows = (await tx.execute(query)).all()
    ids = [row.id for row in rows]
    texts: dict[int, dict[str, Text]] = {}
    for row in (await tx.execute(sa.select(broadcast_texts).where(broadcast_texts.c.broadcast_id.in_(ids)))).all():
        texts.setdefault(row.broadcast_id, {})[row.language] = read_text(row)
    named = sa.select(attachments.c.broadcast_id, attachments.c.filename).where(attachments.c.broadcast_id.in_(ids))
    files = {row.broadcast_id: row.filename for row in (await tx.execute(named)).all()}
    return [
        replace(
            Broadcast(
                **{column.name: getattr(row, column.name) for column in _COLUMNS},
                audience=Audience.from_json(row.audience),
            ),
            texts=texts.get(row.id, {}),
            file=files.get(row.id),
        )
        for row in rows
    ]


def read_text(row: sa.Row[Any]) -> Text:
    """Return a row of `broadcast_texts` as what it says."""
    return Text(row.text, tuple((str(choice_id), str(title)) for choice_id, title in row.choices))


async def _changed(tx: Transaction, broadcast_id: int, **values: object) -> bool:
    """Change a draft, so that what was shown of it before can no longer be approved."""
    draft = (broadcasts.c.id == broadcast_id, broadcasts.c.status == "draft")
    update = sa.update(broadcasts).where(*draft).values(version=broadcasts.c.version + 1, **values)
    return (await tx.execute(update)).rowcount == 1


async def _write(tx: Transaction, broadcast_id: int, language: str, text: Text) -> None:
    row = {
        "broadcast_id": broadcast_id,
        "language": language,
        "text": text.text,
        "choices": [list(choice) for choice in text.choices],
    }
    insert = database.insert(tx, broadcast_texts)
    same = {"text": insert.excluded.text, "choices": insert.excluded.choices}
    await tx.execute(insert.on_conflict_do_update(index_elements=["broadcast_id", "language"], set_=same), row)


async def _attach(tx: Transaction, broadcast_id: int, file: File) -> None:
    row = {
        "broadcast_id": broadcast_id,
        "filename": file.filename,
        "media_type": file.media_type,
        "description": file.description,
        "content": file.content,
        "illustration": file.illustration,
    }
    await tx.execute(sa.insert(attachments), row)
