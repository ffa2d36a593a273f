"""Both sides of a conversation can be read again, by the person they belong to and nobody else."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

import pytest
import sqlalchemy as sa

from storage import outbox, transcript
from storage.database import Database
from storage.outbox import Draft, File
from storage.schema import attachments
from storage.schema import outbox as outbox_table
from storage.schema import transcript as table
from storage.transcript import Answer, Enclosure, Line, Said
from tests.storage import given
from tests.storage.emptied import ON_POSTGRESQL
from tests.storage.given import NOW, at

WEB = "web"
POSTER = File("poster.pdf", "application/pdf", "The poster", b"%PDF\x00\xff")
MAP = File("peta.png", "image/png", "Peta", bytes(range(256)) * 4, illustration=True)


async def say(database: Database, person_id: int, *texts: str) -> None:
    async with database.transaction() as tx:
        await transcript.add_said(tx, [Said(person_id, text, f"client-{text}", NOW) for text in texts])


async def send(database: Database, person_id: int, text: str, *files: File) -> int:
    """Queue a message and return its outbox id."""
    async with database.transaction() as tx:
        await outbox.add(tx, [Draft(person_id, WEB, text, files=files)], NOW)
        newest = sa.select(sa.func.max(outbox_table.c.id))
        return int((await tx.execute(newest)).scalar_one())


async def answer(database: Database, person_id: int, outbox_id: int, text: str) -> int | None:
    async with database.transaction() as tx:
        return await transcript.add_answer(tx, Answer(person_id, outbox_id, text, (("menu", "Menu"),)), at(1))


async def after(database: Database, person_id: int, cursor: int = 0, limit: int = 100) -> list[Line]:
    async with database.reading() as tx:
        return await transcript.after(tx, person_id, cursor, limit)


async def latest(database: Database, person_id: int, limit: int) -> list[Line]:
    async with database.reading() as tx:
        return await transcript.latest(tx, person_id, limit)


async def test_both_sides_come_back_in_order(store: Database) -> None:
    person = await given.person(store)
    await say(store, person, "kapan ditutup?")
    sent = await send(store, person, "26 Agustus")
    answered = await answer(store, person, sent, "26 Agustus")

    lines = await after(store, person)

    assert lines == [
        Line(lines[0].id, "person", "kapan ditutup?", (), "client-kapan ditutup?", NOW),
        Line(answered or 0, "assistant", "26 Agustus", (("menu", "Menu"),), None, at(1)),
    ]


async def test_the_same_answer_is_added_once(store: Database) -> None:
    person = await given.person(store)
    sent = await send(store, person, "halo")

    first = await answer(store, person, sent, "halo")
    second = await answer(store, person, sent, "halo")

    assert (first is not None, second) == (True, None)
    assert await given.count(store, table) == 1


async def test_two_processes_that_add_the_same_answer_add_one(
    store: Database, open_again: Callable[[], Database]
) -> None:
    person = await given.person(store)
    sent = await send(store, person, "halo")

    added = await asyncio.gather(answer(store, person, sent, "halo"), answer(open_again(), person, sent, "halo"))

    assert sorted(one is None for one in added) == [False, True]


@ON_POSTGRESQL
async def test_a_line_waits_for_the_one_before_it_so_that_no_reader_passes_it_over(store: Database) -> None:
    person = await given.person(store)
    first, second = [await send(store, person, text) for text in ("1", "2")]
    async with store.transaction() as tx:
        await transcript.add_answer(tx, Answer(person, first, "1", ()), NOW)
        later = asyncio.create_task(answer(store, person, second, "2"))
        await given.until_somebody_waits_for_a_lock(store)
        assert await after(store, person) == []
    await later

    assert [line.text for line in await after(store, person)] == ["1", "2"]


async def test_reading_goes_on_after_the_cursor(store: Database) -> None:
    person = await given.person(store)
    await say(store, person, "1", "2", "3", "4")
    first, *_ = await after(store, person)

    assert [line.text for line in await after(store, person, first.id)] == ["2", "3", "4"]
    assert [line.text for line in await after(store, person, first.id, limit=2)] == ["2", "3"]
    assert await after(store, person, first.id + 3) == []


@pytest.mark.parametrize(("limit", "expected"), [(1, ["4"]), (3, ["2", "3", "4"]), (9, ["1", "2", "3", "4"])])
async def test_the_latest_lines_stand_oldest_first(store: Database, limit: int, expected: list[str]) -> None:
    person = await given.person(store)
    await say(store, person, "1", "2", "3", "4")

    assert [line.text for line in await latest(store, person, limit)] == expected


async def test_nobody_reads_the_lines_of_another(store: Database) -> None:
    ann, bob = await given.people(store, 2)
    await say(store, ann, "ann's")
    await say(store, bob, "bob's")

    assert [line.text for line in await after(store, ann)] == ["ann's"]
    assert [line.text for line in await latest(store, bob, 9)] == ["bob's"]


async def test_saying_nothing_adds_nothing(store: Database) -> None:
    await say(store, await given.person(store))

    assert await given.count(store, table) == 0


async def test_files_stand_beside_the_line_they_came_with(store: Database) -> None:
    person = await given.person(store)
    sent = await send(store, person, "two files", POSTER, MAP)
    await answer(store, person, sent, "two files")
    await answer(store, person, await send(store, person, "none"), "none")

    with_files, without = await after(store, person)

    first, second = with_files.files
    assert first == Enclosure(first.id, "poster.pdf", "application/pdf", "The poster", POSTER.content)
    assert second == Enclosure(second.id, "peta.png", "image/png", "Peta", MAP.content[:24])
    assert without.files == ()


async def test_a_file_opens_for_whom_it_was_sent_to(store: Database) -> None:
    ann, bob = await given.people(store, 2)
    sent = await send(store, ann, "poster", POSTER)
    await answer(store, ann, sent, "poster")
    (shown,) = (await latest(store, ann, 1))[0].files
    async with store.reading() as tx:
        files = [await transcript.file(tx, ann, shown.id), await transcript.file(tx, bob, shown.id)]
        missing = await transcript.file(tx, ann, shown.id + 1)

    assert files == [POSTER, None]
    assert missing is None


async def test_a_file_that_was_queued_but_not_shown_does_not_open(store: Database) -> None:
    ann = await given.person(store)
    await send(store, ann, "poster", POSTER)
    async with store.reading() as tx:
        number = (await tx.execute(sa.select(attachments.c.id))).scalar_one()
        found = await transcript.file(tx, ann, number)

    assert found is None


async def test_a_line_stays_readable_after_its_outbox_row_is_forgotten(store: Database) -> None:
    person = await given.person(store)
    sent = await send(store, person, "halo", POSTER)
    await answer(store, person, sent, "halo")
    async with store.transaction() as tx:
        await tx.execute(sa.delete(outbox_table))

    assert [(line.text, line.files) for line in await after(store, person)] == [("halo", ())]


async def test_an_author_is_one_of_the_two(store: Database) -> None:
    row = {"person_id": await given.person(store), "author": "officer", "text": "", "choices": [], "created_at": NOW}

    with pytest.raises(sa.exc.IntegrityError):
        async with store.transaction() as tx:
            await tx.execute(sa.insert(table), row)


async def test_both_sides_of_what_was_said_from_a_time_on_are_erased(store: Database) -> None:
    ann, ben = await given.people(store, 2)
    async with store.transaction() as tx:
        await transcript.add_said(
            tx, [Said(ann, text, text, at(second)) for second, text in ((-1, "a"), (0, "b"), (1, "c"))]
        )
        await transcript.add_said(tx, [Said(ben, "d", "d", NOW)])
        await transcript.erase(tx, ann, NOW)

    assert [line.text for line in await after(store, ann)] == ["a"]
    assert [line.text for line in await after(store, ben)] == ["d"]
