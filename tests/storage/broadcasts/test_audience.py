"""A broadcast goes to those it is for, each on one channel that is open, and says who is left out and why."""

from __future__ import annotations

from datetime import timedelta

import pytest
import sqlalchemy as sa

from storage import contacts, interests
from storage.broadcasts import audience
from storage.broadcasts.audience import Audience, Forecast, Topic
from storage.database import Database
from storage.proposals.tables import links, proposal_events, proposals
from storage.schema import people, subscriptions
from tests.storage.broadcasts import announced
from tests.storage.given import NOW

LATER = NOW + timedelta(days=1)


async def found(database: Database, wanted: Audience, topic: Topic = "announcements") -> dict[int, tuple[str, str]]:
    async with database.reading() as tx:
        rows = await tx.execute(audience.chosen(wanted, topic, announced.SERVED, NOW))
        return {row.person_id: (row.channel, row.language) for row in rows.all()}


async def change(database: Database, person_id: int, **values: object) -> None:
    async with database.transaction() as tx:
        await tx.execute(sa.update(people).where(people.c.id == person_id).values(values))


async def tie(database: Database, person_id: int, *states: str, wants_news: bool = True) -> None:
    """Tie somebody to a proposal that came to these states, the last of which is released tomorrow."""
    number = f"UPK-{person_id}"
    row = {"number": number, "edition": 2026, "category": "pengabdian", "title": "", "confirmed_at": NOW}
    events = [
        {
            "number": number,
            "position": position,
            "state": state,
            "entered_at": NOW,
            "recorded_at": NOW,
            "released_at": NOW if position < len(states) else LATER,
        }
        for position, state in enumerate(states, start=1)
    ]
    tied = {
        "person_id": person_id,
        "number": number,
        "role": "proposer",
        "channel": "telegram",
        "wants_news": wants_news,
        "created_at": NOW,
    }
    async with database.transaction() as tx:
        await tx.execute(sa.insert(proposals), row)
        await tx.execute(sa.insert(proposal_events), events)
        await tx.execute(sa.insert(links), tied)


async def let_in(database: Database, person_id: int, proposer: int) -> None:
    """Make somebody the delegate of a proposer."""
    async with database.transaction() as tx:
        link = (await tx.execute(sa.select(links).where(links.c.person_id == proposer))).one()
        row = {
            "person_id": person_id,
            "number": link.number,
            "role": "delegate",
            "granted_by": link.id,
            "tag": "ABCD",
            "channel": "telegram",
            "created_at": NOW,
        }
        await tx.execute(sa.insert(links), row)


async def test_it_goes_to_those_who_subscribed_to_its_topic(store: Database) -> None:
    await announced.subscribers(store, 2)
    await announced.subscribers(store, 1, first=3, topic="deadlines")

    assert await found(store, Audience()) == {1: ("telegram", "id"), 2: ("telegram", "id")}
    assert await found(store, Audience(), "deadlines") == {3: ("telegram", "id")}


async def test_who_asked_to_be_forgotten_gets_nothing(store: Database) -> None:
    await announced.subscribers(store, 2)
    await change(store, 1, erased_at=NOW)

    assert list(await found(store, Audience())) == [2]


async def test_it_goes_where_somebody_wrote_last(store: Database) -> None:
    await announced.subscribers(store, 2)
    await change(store, 1, web_token_hash="a", last_channel="web")
    await change(store, 2, web_token_hash="b")

    assert await found(store, Audience()) == {1: ("web", "id"), 2: ("telegram", "id")}


async def test_a_closed_door_leaves_the_other_channel(store: Database) -> None:
    await announced.subscribers(store, 2)
    await change(store, 1, web_token_hash="a")
    await change(store, 2, terminal_name="b")  # a door that is open, where this office does not write
    async with store.transaction() as tx:
        for person_id in (1, 2):
            await contacts.close_door(tx, person_id, "telegram", NOW)

    assert await found(store, Audience()) == {1: ("web", "id"), 2: (None, "id")}


async def test_a_channel_this_office_does_not_have_is_not_chosen(store: Database) -> None:
    await announced.subscribers(store, 1)
    await change(store, 1, whatsapp_phone="+62811", last_channel="whatsapp")

    assert await found(store, Audience()) == {1: ("telegram", "id")}


@pytest.mark.parametrize(
    ("wanted", "expected"),
    [
        (Audience(languages=("en",)), [2]),
        (Audience(languages=("id",)), [1, 3, 4]),
        (Audience(languages=("id", "en")), [1, 2, 3, 4]),
        (Audience(channels=("web",)), [3]),
        (Audience(categories=("pengabdian",)), [1]),
        (Audience(categories=("pengabdian", "kepeloporan")), [1, 4]),
        (Audience(languages=("id",), categories=("kepeloporan",)), [4]),
        (Audience(stages=("seleksi_administrasi",)), [1, 2]),
        (Audience(stages=("penjurian",)), []),
        (Audience("proposers"), [1]),
        (Audience("proposers", stages=("seleksi_administrasi",)), [1]),
        (Audience("proposers", stages=("usulan_diterima",)), []),
    ],
)
async def test_it_can_be_narrowed(store: Database, wanted: Audience, expected: list[int]) -> None:
    await announced.subscribers(store, 4)
    await change(store, 2, language="en")
    await change(store, 3, web_token_hash="a", last_channel="web")
    await tie(store, 1, "usulan_diterima", "seleksi_administrasi", "penjurian")
    await let_in(store, 2, 1)
    await tie(store, 3, "usulan_diterima", "seleksi_administrasi", "penjurian", wants_news=False)
    async with store.transaction() as tx:
        await interests.note(tx, [(1, "pengabdian"), (4, "kepeloporan"), (4, "kepeloporan")], NOW)

    assert sorted(await found(store, wanted)) == expected


async def test_who_is_left_out_is_counted_by_reason(store: Database) -> None:
    await announced.subscribers(store, 4)
    await change(store, 2, language="en")
    await change(store, 3, last_channel="web", web_token_hash="a")
    await change(store, 4, terminal_name="b")
    async with store.transaction() as tx:
        await contacts.close_door(tx, 4, "telegram", NOW)
        await tx.execute(sa.delete(subscriptions).where(subscriptions.c.person_id == 1))
        everybody = await audience.forecast(tx, Audience(), "announcements", announced.SERVED, NOW)
        english = await audience.forecast(tx, Audience(languages=("en",)), "announcements", announced.SERVED, NOW)

    assert everybody == Forecast({("telegram", "en"): 1, ("web", "id"): 1}, unreachable=1, filtered=0, unsubscribed=1)
    assert english == Forecast({("telegram", "en"): 1}, unreachable=0, filtered=2, unsubscribed=1)
    assert (everybody.total, english.total) == (2, 1)


async def test_an_interest_is_kept_once_with_its_last_time(store: Database) -> None:
    await announced.subscribers(store, 1)
    async with store.transaction() as tx:
        await interests.note(tx, [(1, "pengabdian")], NOW)
        await interests.note(tx, [(1, "pengabdian")], LATER)
        rows = (await tx.execute(sa.text("SELECT category FROM interests"))).all()

    assert [tuple(row) for row in rows] == [("pengabdian",)]


def test_an_audience_is_stored_as_it_is() -> None:
    wanted = Audience("proposers", ("en",), ("web",), ("pengabdian",), ("penjurian",))

    assert Audience.from_json(wanted.to_json()) == wanted
