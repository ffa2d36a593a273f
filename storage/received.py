"""What was written to one person, as it may be handed to them: answers, news, and announcements that reached them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from storage.broadcasts.tables import broadcast_texts
from storage.database import Transaction
from storage.outbox import UNKEPT
from storage.schema import attachments, outbox


@dataclass(frozen=True, slots=True)
class Message:
    """One message as its receiver may see it listed: what it said, which buttons and files it had, how it ended."""

    channel: str
    text: str
    choices: tuple[str, ...]  # titles
    files: tuple[str, ...]  # names
    status: str
    reason: str | None
    platform_message_id: str | None
    created_at: datetime
    settled_at: datetime | None
    delivered_at: datetime | None = None
    read_at: datetime | None = None


async def of_person(tx: Transaction, person_id: int) -> list[Message]:
    """Return all that is kept of what was written to this person, oldest first; of files the names only, and nothing
    of the text that is not to be kept."""
    named = (
        sa.select(attachments.c.outbox_id, attachments.c.filename).join(outbox).where(outbox.c.person_id == person_id)
    )
    files: dict[int, tuple[str, ...]] = {}
    for outbox_id, filename in (await tx.execute(named.order_by(attachments.c.id))).all():
        files[outbox_id] = (*files.get(outbox_id, ()), filename)
    # Of an announcement only what may have reached them: the rest may not be known yet.
    theirs = sa.or_(outbox.c.broadcast_id.is_(None), outbox.c.status.in_(("sending", "sent", "unsure")))
    query = (
        sa.select(outbox, _announced("id").label("announced_id"), _announced("en").label("announced_en"))
        .where(outbox.c.person_id == person_id, theirs)
        .order_by(outbox.c.id)
    )
    return [
        Message(
            channel=row.channel,
            text=_text(row),
            choices=tuple(str(title) for _, title in row.choices),
            files=files.get(row.id, ()),
            status=row.status,
            reason=row.reason,
            platform_message_id=row.platform_message_id,
            created_at=row.created_at,
            settled_at=row.settled_at,
            delivered_at=row.delivered_at,
            read_at=row.read_at,
        )
        for row in (await tx.execute(query)).all()
    ]


def _announced(language: str) -> sa.ScalarSelect[str]:
    of_it = (broadcast_texts.c.broadcast_id == outbox.c.broadcast_id, broadcast_texts.c.language == language)
    return sa.select(broadcast_texts.c.text).where(*of_it).scalar_subquery()


def _text(row: sa.Row[Any]) -> str:
    """Return what a message said to its receiver, as far as it is kept."""
    if row.topic == UNKEPT:
        return ""
    if row.broadcast_id is None:
        return str(row.text)
    return (row.announced_en if row.language == "en" else None) or row.announced_id or ""
