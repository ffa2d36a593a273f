"""Two accounts of one person become one: nothing of either is lost, nothing comes twice, and a code works once."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

import sqlalchemy as sa

from storage import consents, contacts, conversations, joining, outbox, transcript
from storage.contacts import Identity
from storage.database import Database
from storage.joining import Joined
from storage.outbox import Draft
from storage.proposals import links
from storage.schema import interests, people, subscriptions, unreachable
from storage.schema import outbox as messages
from tests.storage import given, tied
from tests.storage.broadcasts import announced
from tests.storage.emptied import ON_POSTGRESQL
from tests.storage.given import NOW

CODE, OTHER = "a" * 64, "b" * 64
TELEGRAM, WEB = 1, 2  # ids of the two accounts


async def two(database: Database) -> None:
    """Somebody on Telegram and somebody in the browser."""
    async with database.transaction() as tx:
        for identity in (Identity(telegram_id=7), Identity(web_token_hash="w")):
            await contacts.meet(tx, [identity], NOW)


async def offered(database: Database, person_id: int = TELEGRAM, code: str = CODE) -> None:
    async with database.transaction() as tx:
        await joining.offer(tx, person_id, "telegram", code, NOW)


async def joined(database: Database, person_id: int = WEB, code: str = CODE, seconds: float = 1) -> Joined | None:
    async with database.transaction() as tx:
        return await joining.join(tx, person_id, code, given.at(seconds))


async def rows(database: Database, table: sa.Table, *columns: str) -> list[tuple[Any, ...]]:
    async with database.reading() as tx:
        found = (await tx.execute(sa.select(*(table.c[name] for name in columns)))).all()
    return sorted(tuple(row) for row in found)


async def test_the_account_becomes_a_name_of_the_one_that_showed_the_code(store: Database) -> None:
    await two(store)
    async with store.transaction() as tx:
        await conversations.save(tx, {TELEGRAM: {"rating": "x"}}, NOW)
    await offered(store)
    found = await joined(store)

    assert found is not None
    assert (found.person.id, found.channel, found.state) == (TELEGRAM, "telegram", {"rating": "x"})
    assert await rows(store, people, "id", "telegram_id", "web_token_hash") == [(TELEGRAM, 7, "w")]
    async with store.transaction() as tx:
        met = await contacts.meet(tx, [Identity(telegram_id=7), Identity(web_token_hash="w")], NOW)
    assert [person.id for person in met] == [TELEGRAM, TELEGRAM]


async def test_a_code_works_once_for_a_quarter_of_an_hour_and_the_last_one_only(store: Database) -> None:
    await two(store)
    await offered(store)
    await offered(store, code=OTHER)

    assert await joined(store) is None
    assert await joined(store, code=OTHER, seconds=joining.LIFE.total_seconds()) is None
    assert await joined(store, code=OTHER) is not None
    assert await joined(store, TELEGRAM, code=OTHER) is None


async def test_nobody_is_joined_to_themselves(store: Database) -> None:
    await two(store)
    await offered(store)

    assert await joined(store, TELEGRAM) is None


async def test_two_accounts_on_one_channel_stay_two(store: Database) -> None:
    await given.people(store, 2)
    await offered(store)

    assert await joined(store, 2) is None
    assert len(await rows(store, people, "id")) == 2


async def test_two_accounts_on_whatsapp_stay_two_by_whatever_names(store: Database) -> None:
    async with store.transaction() as tx:
        for identity in (Identity(whatsapp_user_id="ID.1"), Identity(whatsapp_phone="628111111111")):
            await contacts.meet(tx, [identity], NOW)
    await offered(store)

    assert await joined(store, 2) is None


async def test_what_both_have_is_kept_once(store: Database) -> None:
    await two(store)
    async with store.transaction() as tx:
        for person_id, topics in ((TELEGRAM, ["announcements"]), (WEB, ["announcements", "deadlines"])):
            kept = [{"person_id": person_id, "topic": topic, "since": NOW} for topic in topics]
            await tx.execute(sa.insert(subscriptions), kept)
            await tx.execute(sa.insert(interests), {"person_id": person_id, "category": "pengabdian", "asked_at": NOW})
            await consents.give(tx, person_id, "news", "2026-11", NOW)
        await contacts.close_door(tx, WEB, "telegram", NOW)
    await offered(store)
    await joined(store)

    assert await rows(store, subscriptions, "person_id", "topic") == [(1, "announcements"), (1, "deadlines")]
    assert await rows(store, interests, "person_id", "category") == [(1, "pengabdian")]
    assert await rows(store, unreachable, "person_id", "channel") == [(1, "telegram")]
    async with store.reading() as tx:
        assert [each.purpose for each in await consents.of_person(tx, TELEGRAM)] == ["news"]


async def test_messages_and_lines_go_along(store: Database) -> None:
    await two(store)
    async with store.transaction() as tx:
        await outbox.add(tx, [Draft(WEB, "web", "halo")], NOW)
        await transcript.add_said(tx, [transcript.Said(WEB, "hai", "1", NOW)])
    await offered(store)
    await joined(store)
    async with store.reading() as tx:
        assert [line.text for line in await transcript.of_person(tx, TELEGRAM)] == ["hai"]

    assert await given.rows(store, "person_id", "text") == [(TELEGRAM, "halo")]


async def test_an_announcement_that_both_were_to_get_comes_once(store: Database) -> None:
    await announced.office(store)
    await announced.subscribers(store, 2)
    async with store.transaction() as tx:
        values = {"telegram_id": None, "web_token_hash": "w", "last_channel": "web"}
        await tx.execute(sa.update(people).where(people.c.id == WEB).values(values))
    await announced.under_way(store)
    await offered(store)
    await joined(store)

    assert await given.rows(store, "person_id", "status") == [(TELEGRAM, "queued")]


async def test_one_that_both_have_got_stays_theirs(store: Database) -> None:
    await announced.office(store)
    await announced.subscribers(store, 2)
    broadcast_id = await announced.under_way(store)
    for claim in await announced.taken(store):
        await given.settle(store, claim, "sent")
    async with store.transaction() as tx:
        values = {"telegram_id": None, "web_token_hash": "w"}
        await tx.execute(sa.update(people).where(people.c.id == WEB).values(values))
    await offered(store)
    await joined(store)

    assert await rows(store, messages, "person_id", "status") == [(TELEGRAM, "sent")] * 2
    assert sorted((await given.rows(store, "broadcast_id")), key=str) == [(broadcast_id,), (None,)]


async def test_of_a_proposal_both_know_the_proposers_right_stays_with_all_they_let_in(store: Database) -> None:
    await two(store)
    (third,) = [await third_person(store)]
    await tied.tie(store, WEB, "UPK-2026-0001")
    await tied.let_in(store, WEB, TELEGRAM, "UPK-2026-0001", "ABCDEFGH2345")
    await tied.let_in(store, WEB, third, "UPK-2026-0001", "ABCDEFGH2346")
    await tied.tie(store, TELEGRAM, "UPK-2026-0002")
    await offered(store)
    await joined(store)
    async with store.reading() as tx:
        mine = [(each.link.number, each.link.role) for each in await links.of_person(tx, TELEGRAM)]
        delegates = await links.delegates(tx, TELEGRAM, "UPK-2026-0001", NOW)

    assert mine == [("UPK-2026-0001", "proposer"), ("UPK-2026-0002", "proposer")]
    assert delegates is not None
    assert [each.person_id for each in delegates.people] == [third]


async def third_person(database: Database) -> int:
    async with database.transaction() as tx:
        (person,) = await contacts.meet(tx, [Identity(telegram_id=99)], NOW)
    return person.id


async def test_parted_accounts_are_strangers_again(store: Database) -> None:
    await two(store)
    await tied.tie(store, TELEGRAM, "UPK-2026-0001")
    await offered(store)
    await joined(store)
    async with store.transaction() as tx:
        await outbox.add(tx, [Draft(TELEGRAM, "web", "menunggu")], NOW)
        await transcript.add_said(tx, [transcript.Said(TELEGRAM, "hai", "1", NOW)])
        assert await joining.part(tx, TELEGRAM, "telegram") == ["web"]
        assert await joining.part(tx, TELEGRAM, "telegram") == []
        assert await transcript.of_person(tx, TELEGRAM) == []
        (stranger,) = await contacts.meet(tx, [Identity(web_token_hash="w")], NOW)

    assert stranger.id != TELEGRAM
    assert await given.rows(store, "text") == []


async def test_in_the_browser_the_others_are_cut_off_and_its_lines_stay(store: Database) -> None:
    await two(store)
    await offered(store)
    await joined(store)
    async with store.transaction() as tx:
        await transcript.add_said(tx, [transcript.Said(TELEGRAM, "hai", "1", NOW)])
        assert await joining.part(tx, TELEGRAM, "web") == ["telegram"]

        assert len(await transcript.of_person(tx, TELEGRAM)) == 1


@ON_POSTGRESQL
async def test_a_code_typed_twice_at_once_joins_one(store: Database, open_again: Callable[[], Database]) -> None:
    await two(store)
    async with store.transaction() as tx:
        (third,) = await contacts.meet(tx, [Identity(web_token_hash="v")], NOW)
    await offered(store)
    found = await asyncio.gather(joined(open_again(), WEB), joined(open_again(), third.id))

    assert sum(each is not None for each in found) == 1
    assert len(await rows(store, people, "id")) == 2
