"""An access code that staff or the portal's call issues takes the place of the earlier one."""

from __future__ import annotations

from dataclasses import replace

import sqlalchemy as sa

from storage.database import Database
from storage.proposals import links, proof, records, tables
from storage.proposals.records import Entry
from storage.proposals.staging import Staging
from tests.storage.given import NOW, at


async def test_an_issued_code_takes_the_place_of_a_spent_one(store: Database) -> None:
    async with store.transaction() as tx:
        await records.put(tx, Entry("A-1", 2026, "kepeloporan", code_sha256="old", code_expires_at=NOW), NOW)
        await tx.execute(sa.update(tables.proposals).values(code_used_at=NOW))
        issued = await links.issue_code(tx, "A-1", "7KQM2B9TXW4C", at(1))
        missing = await links.issue_code(tx, "A-2", "7KQM2B9TXW4C", at(1))
        row = (await tx.execute(sa.select(tables.proposals))).one()

    assert (issued, missing) == (True, False)
    assert (row.code_sha256, row.code_expires_at) == (proof.code_hash("A-1", "7KQM2B9TXW4C"), at(1))
    assert (row.code_used_at, row.revision) == (None, 2)


async def test_a_source_that_repeats_its_old_code_does_not_undo_an_issued_one(store: Database) -> None:
    said = Entry("A-1", 2026, "kepeloporan", title="T", code_sha256=proof.code_hash("A-1", "0LD0LD0LD0LD"))
    issued = proof.code_hash("A-1", "7KQM2B9TXW4C")
    async with store.transaction() as tx:
        await records.put(tx, said, NOW)
        await links.issue_code(tx, "A-1", "7KQM2B9TXW4C", at(1))
        again = await records.put(tx, said, NOW)
        retitled = await records.put(tx, replace(said, title="U"), NOW)
        by_call = (await tx.execute(sa.select(tables.proposals.c.code_sha256))).scalar_one()
    file = Staging(store)
    await file.add([(2, replace(said, title="V"))], NOW)
    await file.settle("command line", lambda: NOW, lambda _: None, dry_run=False)
    async with store.transaction() as tx:
        by_file = (await tx.execute(sa.select(tables.proposals))).one()
        await records.put(tx, replace(said, code_sha256="new"), NOW)
        other = (await tx.execute(sa.select(tables.proposals.c.code_sha256))).scalar_one()

    assert (again.verdict, retitled.verdict) == ("unchanged", "changed")
    assert (by_call, by_file.code_sha256, by_file.title, other) == (issued, issued, "V", "new")
