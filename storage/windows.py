"""When people last wrote on WhatsApp: for a day from then on we may write to them freely there, else by templates."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa

from storage.database import Transaction
from storage.schema import people


@dataclass(frozen=True, slots=True)
class Template:
    """As what a message goes that may not go as it is: a kind of message, in a language."""

    kind: str
    language: str


@dataclass(frozen=True, slots=True)
class Standing:
    """How somebody stands: when they last wrote on WhatsApp, and the language they speak."""

    wrote_at: datetime | None
    language: str | None


_wrote_at = sa.bindparam("wrote_at", type_=people.c.whatsapp_seen_at.type)
_later = sa.case((people.c.whatsapp_seen_at > _wrote_at, people.c.whatsapp_seen_at), else_=_wrote_at)
_note = sa.update(people).where(people.c.id == sa.bindparam("of")).values(whatsapp_seen_at=_later)


async def note(tx: Transaction, wrote_at: Mapping[int, datetime]) -> None:
    """Note when these people wrote, by person id, unless they wrote later already: messages come in any order."""
    if wrote_at:
        await tx.execute(_note, [{"of": person_id, "wrote_at": at} for person_id, at in sorted(wrote_at.items())])


async def close(tx: Transaction, person_ids: Collection[int]) -> None:
    """Forget when these people wrote: the platform says that it is too long ago."""
    await tx.execute(sa.update(people).where(people.c.id.in_(person_ids)).values(whatsapp_seen_at=None))


async def standing(tx: Transaction, person_ids: Collection[int]) -> dict[int, Standing]:
    """Return how these people stand, by person id."""
    query = sa.select(people.c.id, people.c.whatsapp_seen_at, people.c.language).where(people.c.id.in_(person_ids))
    return {row.id: Standing(row.whatsapp_seen_at, row.language) for row in (await tx.execute(query)).all()}
