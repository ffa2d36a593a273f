"""A draft is written, changed and thrown away until it is approved; what was shown is what is approved."""

from __future__ import annotations

from datetime import timedelta

from storage.broadcasts import drafts, steering
from storage.broadcasts.audience import Audience
from storage.broadcasts.drafts import Broadcast, Draft, Text
from storage.broadcasts.steering import Approval
from storage.database import Database
from storage.outbox import File
from tests.storage.broadcasts import announced
from tests.storage.given import NOW

PHOTO = File("foto.png", "image/png", "Foto", b"png")
STOP = (("sub:off", "Berhenti"),)


async def read(database: Database, broadcast_id: int) -> Broadcast:
    async with database.reading() as tx:
        found = await drafts.find(tx, broadcast_id)
    assert found is not None
    return found


async def test_a_draft_is_kept_as_it_was_written(store: Database) -> None:
    await announced.office(store)
    at = NOW + timedelta(hours=3)
    draft = Draft(
        announced.AUTHOR,
        audience=Audience(languages=("en",)),
        texts={"id": Text("Halo", STOP), "en": Text("Hello")},
        file=PHOTO,
        starts_at=at,
    )
    found = await read(store, await announced.drafted(store, draft))
    async with store.reading() as tx:
        file = await drafts.file(tx, found.id)

    assert (found.texts, found.audience, found.starts_at, found.file) == (
        draft.texts,
        draft.audience,
        at,
        "foto.png",
    )
    assert (found.kind, found.topic, found.status, found.author_id, found.version) == (
        "announcement",
        "announcements",
        "draft",
        announced.AUTHOR,
        1,
    )
    assert file == PHOTO


async def test_every_change_is_a_new_version(store: Database) -> None:
    await announced.office(store)
    broadcast_id = await announced.drafted(store)
    async with store.transaction() as tx:
        assert await drafts.set_text(tx, broadcast_id, "id", Text("Baru"))
        assert await drafts.set_text(tx, broadcast_id, "en", Text("New"))
        assert await drafts.set_text(tx, broadcast_id, "en", None)
        assert await drafts.set_file(tx, broadcast_id, PHOTO)
        assert await drafts.set_file(tx, broadcast_id, None)
        assert await drafts.set_audience(tx, broadcast_id, Audience("proposers"))
        assert await drafts.set_start(tx, broadcast_id, NOW)
    found = await read(store, broadcast_id)

    assert (found.texts, found.file, found.audience, found.starts_at, found.version) == (
        {"id": Text("Baru")},
        None,
        Audience("proposers"),
        NOW,
        8,
    )


async def test_an_approved_one_cannot_be_changed_any_more(store: Database) -> None:
    await announced.office(store)
    broadcast_id = await announced.approved(store)
    before = await read(store, broadcast_id)
    async with store.transaction() as tx:
        changed = [
            await drafts.set_text(tx, broadcast_id, "id", Text("Lain")),
            await drafts.set_file(tx, broadcast_id, PHOTO),
            await drafts.set_audience(tx, broadcast_id, Audience("proposers")),
            await drafts.set_start(tx, broadcast_id, NOW + timedelta(days=1)),
        ]

    assert changed == [False] * 4
    assert await read(store, broadcast_id) == before


async def test_what_has_not_begun_can_be_thrown_away(store: Database) -> None:
    await announced.office(store)
    waiting = await announced.approved(store, at=NOW + timedelta(hours=1))
    begun = await announced.under_way(store)
    async with store.transaction() as tx:
        assert await drafts.discard(tx, waiting, NOW)
        assert not await drafts.discard(tx, waiting, NOW)
        assert not await drafts.discard(tx, begun, NOW)

    assert [await announced.status(store, each) for each in (waiting, begun)] == ["discarded", "finished"]


async def test_the_last_ones_are_listed_newest_first(store: Database) -> None:
    await announced.office(store)
    ids = [await announced.drafted(store) for _ in range(3)]
    async with store.reading() as tx:
        listed = await drafts.recent(tx, 2)
        nothing = await drafts.find(tx, 999)

    assert [each.id for each in listed] == [ids[2], ids[1]]
    assert nothing is None


async def test_one_without_a_file_has_none(store: Database) -> None:
    await announced.office(store)
    broadcast_id = await announced.drafted(store)
    async with store.reading() as tx:
        assert await drafts.file(tx, broadcast_id) is None


async def test_one_that_says_nothing_is_not_approved(store: Database) -> None:
    await announced.office(store)
    broadcast_id = await announced.drafted(store, Draft(announced.AUTHOR, texts={"en": Text("Hello")}))
    async with store.transaction() as tx:
        assert await steering.approve(tx, broadcast_id, 1, announced.SECOND, NOW) is Approval.EMPTY
