"""What came by a broadcast is shown to its receiver like every message: in the browser, and in their own data."""

from __future__ import annotations

import sqlalchemy as sa

from storage import own_data, transcript
from storage.broadcasts import sending, steering
from storage.broadcasts.drafts import Draft, Text
from storage.database import Database
from storage.outbox import File
from storage.schema import people
from storage.transcript import Answer
from tests.storage import given
from tests.storage.broadcasts import announced
from tests.storage.broadcasts.announced import AUTHOR, SECOND
from tests.storage.given import NOW, lease

PHOTO = File("foto.png", "image/png", "Foto", b"\x89PNG")
TEXTS = {"id": Text("Halo"), "en": Text("Hello")}


async def texts(database: Database, person_id: int) -> list[str]:
    async with database.reading() as tx:
        return [message.text for message in (await own_data.collect(tx, person_id)).messages]


async def test_the_browser_shows_its_file_to_those_who_got_it_and_nobody_else(store: Database) -> None:
    await announced.office(store)
    await announced.subscribers(store, 2)
    async with store.transaction() as tx:
        for person_id in (1, 2):
            values = {"web_token_hash": str(person_id), "last_channel": "web"}
            await tx.execute(sa.update(people).where(people.c.id == person_id).values(values))
    await announced.under_way(store, Draft(AUTHOR, texts=TEXTS, file=PHOTO))
    async with store.transaction() as tx:
        (claim,) = await sending.take(tx, "web", lease(), 1)
        await transcript.add_answer(tx, Answer(1, claim.id, claim.text, claim.choices), NOW)
        (line,) = await transcript.latest(tx, 1, 10)
        (enclosure,) = line.files
        theirs = await transcript.file(tx, 1, enclosure.id)
        anothers = await transcript.file(tx, 2, enclosure.id)

    assert (enclosure.filename, enclosure.head) == ("foto.png", PHOTO.content)
    assert (theirs, anothers) == (PHOTO, None)


async def test_own_data_hold_what_reached_somebody_in_their_language(store: Database) -> None:
    await announced.office(store)
    await announced.subscribers(store, 3)
    async with store.transaction() as tx:
        await tx.execute(sa.update(people).where(people.c.id == 2).values(language="en"))
    broadcast_id = await announced.under_way(store, Draft(AUTHOR, texts=TEXTS))
    for claim in await announced.taken(store, 2):
        await given.settle(store, claim, "sent")
    async with store.transaction() as tx:
        await steering.stop(tx, broadcast_id, SECOND, NOW)

    assert [await texts(store, person_id) for person_id in (1, 2, 3)] == [["Halo"], ["Hello"], []]
