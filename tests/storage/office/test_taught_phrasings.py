"""Ways of asking that officers taught are kept once, listed in order, and can be taken back."""

from __future__ import annotations

from storage.database import Database
from storage.office import taught
from storage.office.taught import Taught
from tests.storage.given import NOW
from tests.storage.office.working import delete, officer


async def teach(store: Database, text: str, article_id: str = "nib_siinas_needed", by: int = 1) -> int | None:
    async with store.transaction() as tx:
        return await taught.add(tx, text, article_id, "id", taught_by=by, now=NOW)


async def everything(store: Database) -> list[Taught]:
    async with store.reading() as tx:
        return await taught.everything(tx)


async def test_what_was_taught_is_kept_once_and_listed_in_order(store: Database) -> None:
    rina = await officer(store, 1)
    first = await teach(store, "perlu punya nib", by=rina)
    again = await teach(store, "perlu punya nib", "documents_required", by=rina)
    second = await teach(store, "akun siinas wajib", by=rina)
    assert first is not None
    assert second is not None

    assert again is None
    assert await everything(store) == [
        Taught(first, "nib_siinas_needed", "id", "perlu punya nib", NOW),
        Taught(second, "nib_siinas_needed", "id", "akun siinas wajib", NOW),
    ]


async def test_it_stays_when_whoever_taught_it_is_gone(store: Database) -> None:
    rina = await officer(store, 1)
    await teach(store, "perlu punya nib", by=rina)
    await delete(store, rina)

    assert [each.text for each in await everything(store)] == ["perlu punya nib"]


async def test_it_is_taken_back_by_its_number(store: Database) -> None:
    taught_id = await teach(store, "perlu punya nib", by=await officer(store, 1))
    assert taught_id is not None
    async with store.transaction() as tx:
        gone = [await taught.remove(tx, taught_id) for _ in range(2)]

    assert [each and each.text for each in gone] == ["perlu punya nib", None]
    assert await everything(store) == []
