"""Writes down what was decided of messages in hand before they go: as what, or that they do not."""

from __future__ import annotations

from collections.abc import Mapping

import sqlalchemy as sa

from storage.database import Transaction
from storage.outbox import KEPT, Lease
from storage.schema import outbox

_go_as = sa.update(outbox).where(outbox.c.id == sa.bindparam("of")).values(template=sa.bindparam("kind"))


async def go_as(tx: Transaction, kinds: Mapping[int, str]) -> None:
    """Write down as which kinds of template these messages are about to go, by their ids."""
    if kinds:
        await tx.execute(_go_as, [{"of": outbox_id, "kind": kind} for outbox_id, kind in sorted(kinds.items())])


async def skip(tx: Transaction, reasons: Mapping[int, str], lease: Lease) -> None:
    """Give up messages that are in hand and were not begun to be sent, by their ids, each for its reason."""
    for reason in sorted(set(reasons.values())):
        given_up = [outbox_id for outbox_id, why in reasons.items() if why == reason]
        await tx.execute(
            sa.update(outbox)
            .where(outbox.c.id.in_(given_up), outbox.c.lease_owner == lease.owner)
            .values(
                status="skipped", reason=reason, settled_at=lease.now, lease_owner=None, lease_until=None, text=KEPT
            )
        )
