"""All of a message of which only the beginning was sent, for the person it was sent to and nobody else."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from storage import outbox
from storage.broadcasts import drafts
from storage.broadcasts.tables import broadcast_texts, broadcasts
from storage.database import Transaction
from storage.outbox import UNKEPT, File
from storage.schema import outbox as messages

# How a broadcast stands that people were told of, or soon will be; one that was stopped before it began says nothing.
_TOLD = sa.or_(
    broadcasts.c.status.in_(("preparing", "running", "paused", "finished")),
    sa.and_(broadcasts.c.status == "stopped", broadcasts.c.started_at.is_not(None)),
)


@dataclass(frozen=True, slots=True)
class Whole:
    """A message as it would have been sent. One that was `fitted` to its channel already is not to be fitted again; a
    `secret` one is not kept once it was read. One that was `taken_back` since says nothing any more.
    """

    text: str = ""
    choices: tuple[tuple[str, str], ...] = ()
    files: tuple[File, ...] = ()
    fitted: bool = False
    secret: bool = False
    taken_back: bool = False


async def take(tx: Transaction, person_id: int, outbox_id: int) -> Whole | None:
    """Return all of a message that went to this person as a template; None for any other, and once it is not kept.

    What is not to be kept is gone after this.
    """
    theirs = (messages.c.id == outbox_id, messages.c.person_id == person_id, messages.c.template.is_not(None))
    row = (await tx.execute(sa.select(messages).where(*theirs))).first()
    if row is None:
        return None
    if row.broadcast_id is not None:
        return await _announced(tx, row)
    if not row.text and not row.attachments:
        return None
    secret = row.topic == UNKEPT
    if secret:
        await tx.execute(sa.update(messages).where(messages.c.id == outbox_id).values(text=""))
    files = await outbox.files(tx, [outbox_id])
    choices = tuple((str(choice_id), str(title)) for choice_id, title in row.choices)
    return Whole(row.text, choices, files.get(outbox_id, ()), fitted=True, secret=secret)


async def _announced(tx: Transaction, row: sa.Row[Any]) -> Whole | None:
    """Return what an announcement says now: as it was corrected last, or that it was taken back."""
    says = row.broadcast_id
    while (change := await _change_of(tx, says)) is not None:
        says, kind = change
        if kind == "withdrawal":
            return Whole(taken_back=True)
    query = sa.select(broadcast_texts).where(broadcast_texts.c.broadcast_id == says)
    texts = {each.language: drafts.read_text(each) for each in (await tx.execute(query)).all()}
    text = texts.get(row.language) or texts.get("id")
    if text is None:
        return None
    file = await drafts.file(tx, row.broadcast_id)
    return Whole(text.text, text.choices, () if file is None else (file,))


async def _change_of(tx: Transaction, broadcast_id: int) -> tuple[int, str] | None:
    """Return the last change of an announcement that people were told of, if there is any: which, and its kind."""
    query = sa.select(broadcasts.c.id, broadcasts.c.kind)
    query = query.where(broadcasts.c.of_id == broadcast_id, _TOLD)
    row = (await tx.execute(query.order_by(broadcasts.c.id.desc()).limit(1))).first()
    return None if row is None else (row.id, row.kind)
