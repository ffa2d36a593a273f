"""When people last wrote on WhatsApp: for a day from then on we may write to them freely there."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import datetime

import sqlalchemy as sa

from storage.database import Transaction
from storage.schema import people

_wrote_at = sa.bindparam("wrote_at", type_=people.c.whatsapp_seen_at.type)
_note = (
    sa.update(people)
    .where(people.c.id == sa.bindparam("of"))
    # Messages may come late and in any order.
    .values(
        whatsapp_seen_at=sa.case((people.c.whatsapp_seen_at > _wrote_at, people.c.whatsapp_seen_at), else_=_wrote_at)
    )
)


async def note(tx: Transaction, wrote_at: Mapping[int, datetime]) -> None:
    """Note when these people wrote, by person id, unless they wrote later already."""
    if wrote_at:
        await tx.execute(_note, [{"of": person_id, "wrote_at": at} for person_id, at in sorted(wrote_at.items())])


async def close(tx: Transaction, person_ids: Collection[int]) -> None:
    """Forget when these people wrote: the platform says that it is too long ago."""
    await tx.execute(sa.update(people).where(people.c.id.in_(person_ids)).values(whatsapp_seen_at=None))


async def wrote_at(tx: Transaction, person_ids: Collection[int]) -> dict[int, datetime]:
    """Return when these people last wrote on WhatsApp, by person id; who never did is not in it."""
    query = sa.select(people.c.id, people.c.whatsapp_seen_at).where(
        people.c.id.in_(person_ids), people.c.whatsapp_seen_at.is_not(None)
    )
    return {row.id: row.whatsapp_seen_at for row in (await tx.execute(query)).all()}
