"""Who may know of a proposal is seen by those who let them in, and ends with all that hangs on it."""

from __future__ import annotations

from datetime import timedelta

import pytest
import sqlalchemy as sa

from storage import outbox
from storage.database import Database
from storage.outbox import Draft
from storage.proposals import claims, links, proof, removal
from storage.proposals.claims import Claim, Proof
from storage.proposals.links import DELEGATES, Delegates, Link
from storage.proposals.tables import delegate_codes, portal_readings, proposal_events, proposals
from storage.proposals.tables import links as links_table
from tests.storage import given
from tests.storage.emptied import ON_SQLITE
from tests.storage.given import NOW, TELEGRAM, at
from tests.storage.proposals import made
from tests.storage.proposals.made import CODE, ENTRY, NUMBER, OTHER, entry


def code(count: int) -> str:
    return f"HANDED00{count:04}"


async def invite(database: Database, person_id: int, count: int = 1, now: object = NOW) -> Delegates | None:
    async with database.transaction() as tx:
        return await links.invite(tx, person_id, NUMBER, code(count), now)


async def let_in(database: Database, proposer: int, delegate: int, count: int = 1) -> Link:
    """Make the one the other's delegate and return the link."""
    await invite(database, proposer, count)
    shown = Proof(code_sha256=proof.code_hash(NUMBER, code(count)))
    async with database.transaction() as tx:
        assert (await claims.prove(tx, Claim(delegate, TELEGRAM, NUMBER, shown, "1"), NOW)).accepted
        (found,) = [each.link for each in await links.of_person(tx, delegate) if each.link.number == NUMBER]
    return found


async def delegates(database: Database, person_id: int, now: object = NOW) -> Delegates | None:
    async with database.reading() as tx:
        return await links.delegates(tx, person_id, NUMBER, now)


async def numbers(database: Database, person_id: int) -> list[str]:
    async with database.reading() as tx:
        return [each.link.number for each in await links.of_person(tx, person_id)]


async def news(database: Database, person_id: int, *numbers: str) -> None:
    """Queue what the service would for a released change."""
    drafts = [Draft(person_id, TELEGRAM, number, topic=links.topic(number)) for number in numbers]
    async with database.transaction() as tx:
        await outbox.add(tx, drafts, NOW)


async def waiting(database: Database) -> list[tuple[object, ...]]:
    return await given.rows(database, "person_id", "text")


async def link_row(database: Database, person_id: int) -> sa.Row[tuple[object, ...]]:
    async with database.reading() as tx:
        return (await tx.execute(sa.select(links_table).where(links_table.c.person_id == person_id))).one()


async def test_a_person_sees_all_their_proposals_newest_edition_first(store: Database) -> None:
    person, other = await given.people(store, 2)
    await made.put(store, entry("B-1"), entry("A-1"), entry("C-1", edition=2025), entry("D-1"))
    for number in ("B-1", "A-1", "C-1"):
        await made.link(store, person, number)
    await made.link(store, other, "D-1")

    assert await numbers(store, person) == ["C-1", "A-1", "B-1"]


async def test_nobody_sees_anything_before_they_proved_it(store: Database) -> None:
    await made.put(store, ENTRY)

    assert await numbers(store, await given.person(store)) == []


async def test_when_the_portal_last_answered_comes_along(store: Database) -> None:
    person = await given.person(store)
    await made.put(store, ENTRY)
    await made.link(store, person)
    async with store.transaction() as tx:
        (before,) = await links.of_person(tx, person)
        await tx.execute(sa.insert(portal_readings).values(id=1, read_at=at(-60)))
        (after,) = await links.of_person(tx, person)

    assert (before.read_at, after.read_at) == (None, at(-60))


@pytest.mark.parametrize(("known", "position", "kept"), [(0, 2, 2), (2, 2, 2), (3, 2, 3)])
async def test_what_was_seen_last_and_where_is_remembered(
    store: Database, known: int, position: int, kept: int
) -> None:
    person = await given.person(store)
    await made.put(store, ENTRY)
    await made.link(store, person)
    async with store.transaction() as tx:
        (found,) = await links.of_person(tx, person)
        await links.seen(tx, found.link, TELEGRAM, known)
        await links.seen(tx, found.link, "web", position)
    row = await link_row(store, person)

    assert (row.channel, row.told_position) == ("web", kept)


async def test_news_of_one_proposal_are_unwanted_and_what_waits_is_taken_back(store: Database) -> None:
    person, other = await given.people(store, 2)
    await made.put(store, ENTRY, entry(OTHER))
    for each in (person, other):
        await made.link(store, each)
        await made.link(store, each, OTHER)
        await news(store, each, NUMBER, OTHER)
    async with store.transaction() as tx:
        changed = await links.want_news(tx, person, NUMBER, wanted=False)
        found = {each.link.number: each.link.wants_news for each in await links.of_person(tx, person)}

    assert (changed, found) == (1, {NUMBER: False, OTHER: True})
    assert await waiting(store) == [(person, OTHER), (other, NUMBER), (other, OTHER)]


async def test_news_of_all_proposals_are_unwanted_and_wanted_again(store: Database) -> None:
    person = await given.person(store)
    await made.put(store, ENTRY, entry(OTHER))
    for number in (NUMBER, OTHER):
        await made.link(store, person, number)
    async with store.transaction() as tx:
        off = await links.want_news(tx, person, None, wanted=False)
        on = await links.want_news(tx, person, None, wanted=True)
        found = [each.link.wants_news for each in await links.of_person(tx, person)]

    assert (off, on, found) == (2, 2, [True, True])


async def test_news_that_are_wanted_stay_queued(store: Database) -> None:
    person = await given.person(store)
    await made.put(store, ENTRY)
    await made.link(store, person)
    await news(store, person, NUMBER)
    async with store.transaction() as tx:
        await links.want_news(tx, person, NUMBER, wanted=True)

    assert await waiting(store) == [(person, NUMBER)]


async def test_whoever_leaves_takes_their_delegates_and_all_waiting_news_along(store: Database) -> None:
    proposer, delegate, other = await given.people(store, 3)
    await made.put(store, ENTRY, entry(OTHER))
    await made.link(store, proposer)
    await made.link(store, proposer, OTHER)
    await made.link(store, other)
    await let_in(store, proposer, delegate)
    await invite(store, proposer, 2)
    for person in (proposer, delegate, other):
        await news(store, person, NUMBER)
    await news(store, proposer, OTHER)
    async with store.transaction() as tx:
        left = [await links.leave(tx, proposer, NUMBER) for _ in range(2)]

    assert left == [True, False]
    assert [await numbers(store, person) for person in (proposer, delegate, other)] == [[OTHER], [], [NUMBER]]
    assert await given.count(store, delegate_codes) == 0
    assert await waiting(store) == [(other, NUMBER), (proposer, OTHER)]


async def test_a_delegate_who_leaves_goes_alone(store: Database) -> None:
    proposer, delegate = await given.people(store, 2)
    await made.put(store, ENTRY)
    await made.link(store, proposer)
    await let_in(store, proposer, delegate)
    async with store.transaction() as tx:
        await links.leave(tx, delegate, NUMBER)

    assert await numbers(store, proposer) == [NUMBER]
    assert await numbers(store, delegate) == []


async def test_all_of_a_person_ends_at_once(store: Database) -> None:
    proposer, delegate = await given.people(store, 2)
    await made.put(store, ENTRY, entry(OTHER))
    await made.link(store, proposer)
    await made.link(store, proposer, OTHER)
    await let_in(store, proposer, delegate)
    async with store.transaction() as tx:
        ended = [await links.leave_all(tx, proposer) for _ in range(2)]

    assert ended == [2, 0]
    assert await given.count(store, links_table) == 0


async def test_staff_remove_one_person_or_all(store: Database) -> None:
    first, second, third = await given.people(store, 3)
    await made.put(store, ENTRY, entry(OTHER))
    for person in (first, second, third):
        await made.link(store, person)
    await made.link(store, first, OTHER)
    async with store.transaction() as tx:
        removed = [
            await links.remove(tx, NUMBER, first),
            await links.remove(tx, NUMBER),
            await links.remove(tx, NUMBER),
        ]

    assert removed == [1, 2, 0]
    assert await numbers(store, first) == [OTHER]


async def test_a_proposer_sees_and_revokes_their_own_delegates_only(store: Database) -> None:
    first, second, delegate = await given.people(store, 3)
    await made.put(store, ENTRY)
    await made.link(store, first)
    await made.link(store, second)
    link = await let_in(store, first, delegate)
    async with store.transaction() as tx:
        by_another = await links.revoke(tx, second, link.id)
        of_oneself = await links.revoke(tx, first, (await delegates_of(store, first)).link.id)
        kept = await links.of_number(tx, NUMBER)
        by_who_let_them_in = await links.revoke(tx, first, link.id)

    assert (by_another, of_oneself, by_who_let_them_in) == (False, False, True)
    assert [each.person_id for each in kept] == [first, second, delegate]
    assert await numbers(store, delegate) == []


async def delegates_of(database: Database, person_id: int) -> Delegates:
    found = await delegates(database, person_id)
    assert found is not None
    return found


async def test_a_proposer_sees_delegates_and_open_codes_by_their_ends(store: Database) -> None:
    proposer, delegate = await given.people(store, 2)
    await made.put(store, ENTRY)
    await made.link(store, proposer)
    link = await let_in(store, proposer, delegate)
    until = NOW + links.DELEGATE_CODE_LIFE
    found = await invite(store, proposer, 2)

    assert link.tag == "0001"
    assert found is not None
    assert (found.people, found.open_codes) == ((link,), (("0002", until),))
    assert found == await delegates(store, proposer)


@pytest.mark.parametrize(("before", "shown"), [(timedelta(seconds=1), 1), (timedelta(0), 0)])
async def test_a_code_that_ran_out_is_not_open(store: Database, before: timedelta, shown: int) -> None:
    proposer = await given.person(store)
    await made.put(store, ENTRY)
    await made.link(store, proposer)
    await invite(store, proposer)
    found = await delegates(store, proposer, NOW + links.DELEGATE_CODE_LIFE - before)

    assert found is not None
    assert len(found.open_codes) == shown


async def test_delegates_and_strangers_let_nobody_in(store: Database) -> None:
    proposer, delegate, stranger = await given.people(store, 3)
    await made.put(store, ENTRY)
    await made.link(store, proposer)
    await let_in(store, proposer, delegate)

    assert [await invite(store, person, 2) for person in (delegate, stranger)] == [None, None]
    assert [await delegates(store, person) for person in (delegate, stranger)] == [None, None]
    assert await given.count(store, delegate_codes) == 0


async def test_there_are_only_so_many_delegates_open_codes_included(store: Database) -> None:
    proposer, delegate = await given.people(store, 2)
    await made.put(store, ENTRY)
    await made.link(store, proposer)
    await let_in(store, proposer, delegate)
    for count in range(2, DELEGATES + 1):
        found = await invite(store, proposer, count)
    full = await invite(store, proposer, DELEGATES + 1)

    assert found is not None
    assert len(found.people) + len(found.open_codes) == DELEGATES
    assert full == found
    assert await given.count(store, delegate_codes) == DELEGATES - 1


async def test_a_code_that_ran_out_makes_room_for_another(store: Database) -> None:
    proposer = await given.person(store)
    await made.put(store, ENTRY)
    await made.link(store, proposer)
    for count in range(DELEGATES):
        await invite(store, proposer, count)
    found = await invite(store, proposer, DELEGATES, NOW + links.DELEGATE_CODE_LIFE)

    assert found is not None
    assert [tag for tag, _ in found.open_codes] == [code(DELEGATES)[-4:]]


async def test_open_codes_of_one_proposer_are_made_useless(store: Database) -> None:
    first, second = await given.people(store, 2)
    await made.put(store, ENTRY)
    await made.link(store, first)
    await made.link(store, second)
    await invite(store, first, 1)
    await invite(store, first, 2)
    await invite(store, second, 3)
    async with store.transaction() as tx:
        ended = [await links.cancel_codes(tx, first, NUMBER) for _ in range(2)]

    assert ended == [2, 0]
    assert await given.count(store, delegate_codes) == 1


async def test_a_new_access_code_takes_the_place_of_a_spent_one(store: Database) -> None:
    first, second, third = await given.people(store, 3)
    await made.put(store, ENTRY)
    new = proof.new_code()
    async with store.transaction() as tx:
        await tx.execute(sa.update(proposals).values(code_used_at=NOW))
        issued = await links.issue_code(tx, NUMBER, new, at(60))
        ended = []
        for person, shown in ((first, new), (second, new), (third, CODE)):
            claim = Claim(person, TELEGRAM, NUMBER, Proof(code_sha256=proof.code_hash(NUMBER, shown)), "1")
            ended.append((await claims.prove(tx, claim, NOW)).accepted)

    assert (issued, ended) == (True, [True, False, False])
    assert ((await made.get(store)).code_expires_at, (await made.get(store)).revision) == (at(60), 2)


async def test_a_proposal_there_is_none_of_gets_no_code(store: Database) -> None:
    async with store.transaction() as tx:
        assert await links.issue_code(tx, NUMBER, CODE, at(60)) is False


async def test_staff_see_who_may_know_of_a_proposal(store: Database) -> None:
    first, second, third = await given.people(store, 3)
    await made.put(store, ENTRY, entry(OTHER))
    await made.link(store, first)
    await let_in(store, first, second)
    await made.link(store, third, OTHER)
    async with store.reading() as tx:
        found = await links.of_number(tx, NUMBER)
        counts = await links.counts(tx, [NUMBER, OTHER, "UPK-2024-003"])

    assert [(each.person_id, each.role, each.tag) for each in found] == [
        (first, "proposer", None),
        (second, "delegate", "0001"),
    ]
    assert counts == {NUMBER: 2, OTHER: 1}


async def test_a_removed_proposal_takes_all_along_that_hangs_on_it(store: Database) -> None:
    proposer, delegate = await given.people(store, 2)
    await made.put(store, ENTRY, entry(OTHER))
    await made.link(store, proposer)
    await made.link(store, proposer, OTHER)
    await let_in(store, proposer, delegate)
    await invite(store, proposer, 2)
    for person in (proposer, delegate):
        await news(store, person, NUMBER)
    await news(store, proposer, OTHER)
    async with store.transaction() as tx:
        removed = [await removal.remove(tx, NUMBER) for _ in range(2)]

    assert removed == [True, False]
    assert await numbers(store, proposer) == [OTHER]
    assert [await given.count(store, table) for table in (links_table, delegate_codes, proposal_events)] == [1, 0, 1]
    assert await waiting(store) == [(proposer, OTHER)]


@ON_SQLITE
async def test_news_that_are_being_sent_are_not_taken_back(store: Database) -> None:
    person = await given.person(store)
    await made.put(store, ENTRY)
    await made.link(store, person)
    await news(store, person, NUMBER)
    await given.claim(store)
    async with store.transaction() as tx:
        await links.leave(tx, person, NUMBER)

    assert await waiting(store) == [(person, NUMBER)]
