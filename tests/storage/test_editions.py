"""The documents staff gave are kept as they gave them, one a year."""

from __future__ import annotations

import pytest
import sqlalchemy as sa

from storage import editions
from storage.database import Database
from storage.schema import editions as table
from tests.storage.given import NOW, at


async def documents(database: Database) -> dict[int, str]:
    async with database.reading() as tx:
        return await editions.documents(tx)


async def test_a_document_comes_back_letter_by_letter(store: Database) -> None:
    document = 'year = 2026\n# “Jumat”, 26 Août\n[registration]\nopens = []\n\t"\\"'
    async with store.transaction() as tx:
        await editions.put(tx, 2026, document, NOW)

    assert await documents(store) == {2026: document}


async def test_a_year_entered_again_replaces_the_one_before(store: Database) -> None:
    async with store.transaction() as tx:
        await editions.put(tx, 2026, "first", NOW)
        await editions.put(tx, 2026, "second", at(60))
        imported = (await tx.execute(sa.select(table.c.imported_at))).scalars().all()

    assert await documents(store) == {2026: "second"}
    assert imported == [at(60)]


async def test_documents_stand_in_the_order_of_years(store: Database) -> None:
    async with store.transaction() as tx:
        for year in (2028, 2024, 2026):
            await editions.put(tx, year, str(year), NOW)

    assert list(await documents(store)) == [2024, 2026, 2028]


async def test_there_is_none_at_first(store: Database) -> None:
    assert await documents(store) == {}


async def test_an_edition_without_a_document_is_refused(store: Database) -> None:
    with pytest.raises(sa.exc.IntegrityError):
        async with store.transaction() as tx:
            await tx.execute(sa.insert(table), {"year": 2026, "document": None, "imported_at": NOW})
