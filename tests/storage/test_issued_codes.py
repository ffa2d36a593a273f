"""An access code that staff or the portal's call issues takes the place of the earlier one."""

from __future__ import annotations

import sqlalchemy as sa

from storage import links, schema
from storage.database import Database
from storage.proposals import proof, records
from storage.proposals.records import Entry
from tests.storage.given import NOW, at


async def test_an_issued_code_takes_the_place_of_a_spent_one(store: Database) -> None:
    async with store.transaction() as tx:
        await records.put(tx, Entry("A-1", 2026, "kepeloporan", code_sha256="old", code_expires_at=NOW), NOW)
        await tx.execute(sa.update(schema.proposals).values(code_used_at=NOW))
        issued = await links.issue_code(tx, "A-1", "7KQM2B9TXW4C", at(1))
        missing = await links.issue_code(tx, "A-2", "7KQM2B9TXW4C", at(1))
        row = (await tx.execute(sa.select(schema.proposals))).one()

    assert (issued, missing) == (True, False)
    assert (row.code_sha256, row.code_expires_at) == (proof.code_hash("A-1", "7KQM2B9TXW4C"), at(1))
    assert (row.code_used_at, row.revision) == (None, 2)
