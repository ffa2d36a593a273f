"""All of a message is handed to whom it was sent as a template, once or as long as it is kept, and to nobody else."""

from __future__ import annotations

from datetime import timedelta

import pytest

from storage import admitting, outbox, retention, whole
from storage.broadcasts import steering
from storage.broadcasts.drafts import Draft as Announcement
from storage.broadcasts.drafts import Text
from storage.database import Database
from storage.outbox import UNKEPT, Draft, File
from storage.whole import Whole
from tests.storage import given
from tests.storage.broadcasts import announced
from tests.storage.broadcasts.announced import AUTHOR
from tests.storage.emptied import ON_BOTH
from tests.storage.given import NOW, TELEGRAM, at

pytestmark = ON_BOTH

FILE = File("a.pdf", "application/pdf", "Surat", b"%PDF")


async def sent_as_template(store: Database, person_id: int, **more: object) -> int:
    async with store.transaction() as tx:
        draft = Draft(person_id, TELEGRAM, "Kabar\npanjang", (("menu", "Menu"),), **more)  # type: ignore[arg-type]
        await outbox.add(tx, [draft], NOW)
    (claim,) = await given.claim(store)
    await given.intend(store, [claim])
    async with store.transaction() as tx:
        await admitting.go_as(tx, {claim.id: "message"})
    await given.settle(store, claim, "sent")
    return claim.id


async def take(store: Database, person_id: int, outbox_id: int) -> Whole | None:
    async with store.transaction() as tx:
        return await whole.take(tx, person_id, outbox_id)


async def test_the_receiver_reads_all_of_it_as_often_as_they_like(store: Database) -> None:
    ann = await given.person(store)
    outbox_id = await sent_as_template(store, ann, files=(FILE,))
    found = Whole("Kabar\npanjang", (("menu", "Menu"),), (FILE,), fitted=True)

    assert [await take(store, ann, outbox_id) for _ in range(2)] == [found, found]


async def test_nobody_else_reads_it(store: Database) -> None:
    ann, ben = await given.people(store, 2)
    outbox_id = await sent_as_template(store, ann)

    assert await take(store, ben, outbox_id) is None
    assert await take(store, ann, outbox_id + 1) is None


async def test_what_went_as_it_is_has_no_more_to_read(store: Database) -> None:
    ann = await given.person(store)
    await given.queue(store, ann, "halo")
    (claim,) = await given.claim(store)
    await given.intend(store, [claim])
    await given.settle(store, claim, "sent")

    assert await take(store, ann, claim.id) is None


async def test_what_is_not_to_be_kept_can_be_read_once(store: Database) -> None:
    ann = await given.person(store)
    outbox_id = await sent_as_template(store, ann, topic=UNKEPT)
    found = await take(store, ann, outbox_id)

    assert (found and found.text, found and found.secret) == ("Kabar\npanjang", True)
    assert await take(store, ann, outbox_id) is None
    assert await given.rows(store, "text") == [("",)]


@pytest.mark.parametrize(("more", "text"), [(timedelta(0), "Kabar\npanjang"), (timedelta(seconds=1), "")])
async def test_what_nobody_reads_goes_after_a_week(store: Database, more: timedelta, text: str) -> None:
    await sent_as_template(store, await given.person(store), topic=UNKEPT)
    async with store.transaction() as tx:
        await retention.forget(tx, NOW + retention.UNREAD + more)

    assert await given.rows(store, "text") == [(text,)]


# Announcements


async def told(store: Database, draft: Announcement) -> int:
    """Send an announcement to the one who subscribed, as a template; return its number in the outbox."""
    await announced.under_way(store, draft)
    claims = await announced.taken(store)
    async with store.transaction() as tx:
        await admitting.go_as(tx, {claim.id: "announcement" for claim in claims})
    for claim in claims:
        await given.settle(store, claim, "sent", platform_message_id=f"wamid.{claim.id}")
    await announced.carried(store, at(60))
    return claims[0].id


async def first_one(store: Database, **more: object) -> int:
    await announced.office(store)
    await announced.subscribers(store, 1)
    texts = {"id": Text("Halo semua", (("menu", "Menu"),)), "en": Text("Hello all")}
    return await told(store, Announcement(AUTHOR, texts=texts, **more))  # type: ignore[arg-type]


async def test_an_announcement_is_read_in_the_language_of_its_template_with_its_file(store: Database) -> None:
    outbox_id = await first_one(store, file=FILE)

    assert await take(store, 1, outbox_id) == Whole("Halo semua", (("menu", "Menu"),), (FILE,))


async def test_one_that_was_corrected_is_read_as_it_holds_now(store: Database) -> None:
    outbox_id = await first_one(store)
    await told(store, Announcement(AUTHOR, "correction", 1, texts={"id": Text("Ralat: halo")}))
    await told(store, Announcement(AUTHOR, "correction", 2, texts={"id": Text("Ralat lagi")}))

    assert await take(store, 1, outbox_id) == Whole("Ralat lagi")


async def test_one_that_was_taken_back_says_nothing_any_more(store: Database) -> None:
    outbox_id = await first_one(store)
    await told(store, Announcement(AUTHOR, "withdrawal", 1))

    assert await take(store, 1, outbox_id) == Whole(taken_back=True)


async def test_a_change_that_was_stopped_before_it_began_changes_nothing(store: Database) -> None:
    outbox_id = await first_one(store)
    before = await take(store, 1, outbox_id)
    withdrawal = await announced.approved(store, Announcement(AUTHOR, "withdrawal", 1), NOW + timedelta(days=1))
    async with store.transaction() as tx:
        assert await steering.stop(tx, withdrawal, announced.SECOND, NOW)

    assert await take(store, 1, outbox_id) == before != Whole(taken_back=True)


async def test_a_withdrawal_without_words_has_nothing_to_read(store: Database) -> None:
    await first_one(store)

    assert await take(store, 1, await told(store, Announcement(AUTHOR, "withdrawal", 1))) is None
