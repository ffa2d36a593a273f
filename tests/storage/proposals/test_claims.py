"""A proposal is told of only to who proves it is theirs; who fails does not learn why, and waits longer each time."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta

import pytest
import sqlalchemy as sa

from storage import alarms, attempts, consents
from storage.alarms import Alarm
from storage.database import Database
from storage.proposals import claims, links, proof
from storage.proposals.claims import Claim, Proof, Proved
from storage.proposals.links import Linked
from storage.proposals.tables import delegate_codes, proposals
from storage.proposals.tables import links as links_table
from storage.schema import alarms as alarms_table
from tests.storage import given
from tests.storage.emptied import ON_POSTGRESQL
from tests.storage.given import NOW, TELEGRAM, at
from tests.storage.proposals import made
from tests.storage.proposals.made import CODE, ENTRY, NUMBER, OTHER, PHONE, entry

REFUSED, ACCEPTED = Proved(accepted=False), Proved(accepted=True)
HANDED = "HANDED2B9T0W"
BY_PHONE = Proof(phone_sha256=proof.phone_hash(PHONE))


def by_code(code: str = CODE, number: str = NUMBER) -> Proof:
    return Proof(code_sha256=proof.code_hash(number, code))


async def prove(
    database: Database, person_id: int, shown: Proof, number: str = NUMBER, now: datetime = NOW, channel: str = TELEGRAM
) -> Proved:
    async with database.transaction() as tx:
        return await claims.prove(tx, Claim(person_id, channel, number, shown, "2026-11"), now)


async def linked(database: Database, person_id: int) -> list[Linked]:
    async with database.reading() as tx:
        return await links.of_person(tx, person_id)


async def raised(database: Database) -> list[Alarm]:
    async with database.reading() as tx:
        return await alarms.since(tx, NOW - timedelta(days=1))


async def hand_out(database: Database, person_id: int, code: str = HANDED, now: datetime = NOW) -> None:
    async with database.transaction() as tx:
        assert await links.invite(tx, person_id, NUMBER, code, now) is not None


async def fail(database: Database, person_id: int, times: int, number: str = NUMBER) -> None:
    async with database.transaction() as tx:
        for _ in range(times):
            await attempts.fail(tx, person_id, number, NOW)


@contextmanager
def statements() -> Iterator[list[str]]:
    """Record the SQL that is run meanwhile, on any connection."""
    seen: list[str] = []

    def record(_connection: object, _cursor: object, statement: str, *_rest: object) -> None:
        seen.append(statement)

    sa.event.listen(sa.Engine, "before_cursor_execute", record)
    try:
        yield seen
    finally:
        sa.event.remove(sa.Engine, "before_cursor_execute", record)


# Who gets in.


async def test_the_proposers_own_phone_number_proves_it(store: Database) -> None:
    person = await given.person(store)
    await made.put(store, ENTRY)
    proved = await prove(store, person, BY_PHONE, channel="web")
    (found,) = await linked(store, person)

    assert proved == ACCEPTED
    assert found.proposal == await made.get(store)
    assert (found.link.role, found.link.channel, found.link.wants_news, found.link.created_at, found.link.tag) == (
        "proposer",
        "web",
        True,
        NOW,
        None,
    )


async def test_the_phone_number_proves_it_again_and_again(store: Database) -> None:
    first, second = await given.people(store, 2)
    await made.put(store, ENTRY)

    assert [await prove(store, person, BY_PHONE) for person in (first, second, first)] == [ACCEPTED] * 3
    assert await given.count(store, links_table) == 2


async def test_the_access_code_proves_it_once(store: Database) -> None:
    first, second = await given.people(store, 2)
    await made.put(store, ENTRY)

    assert await prove(store, first, by_code()) == ACCEPTED
    assert await prove(store, second, by_code(), now=at(1)) == REFUSED
    assert (await made.get(store)).code_used_at == NOW
    assert await linked(store, second) == []


async def test_a_used_code_stays_used_also_after_another_was_used(store: Database) -> None:
    first, second, third = await given.people(store, 3)
    await made.put(store, ENTRY)
    await prove(store, first, by_code())
    await made.put(store, entry(code_sha256=proof.code_hash(NUMBER, HANDED)))
    assert await prove(store, second, by_code(HANDED)) == ACCEPTED
    await made.put(store, ENTRY)

    assert await prove(store, third, by_code()) == REFUSED


async def test_a_spent_code_that_comes_again_raises_an_alarm(store: Database) -> None:
    first, second = await given.people(store, 2)
    await made.put(store, ENTRY)
    await prove(store, first, by_code())
    await prove(store, second, by_code(), now=at(1))

    assert await raised(store) == [Alarm("code_used_again", at(1), second, NUMBER)]


@pytest.mark.parametrize(("now", "proved"), [(at(59), ACCEPTED), (at(60), REFUSED), (at(61), REFUSED)])
async def test_a_code_is_good_until_it_expires(store: Database, now: datetime, proved: Proved) -> None:
    person = await given.person(store)
    await made.put(store, entry(code_expires_at=at(60)))

    assert await prove(store, person, by_code(), now=now) == proved
    assert await raised(store) == []


async def test_a_delegate_comes_in_by_a_code_once(store: Database) -> None:
    proposer, delegate, third = await given.people(store, 3)
    await made.put(store, ENTRY)
    own = await made.link(store, proposer)
    await hand_out(store, proposer)

    assert await prove(store, delegate, by_code(HANDED)) == ACCEPTED
    assert await prove(store, third, by_code(HANDED)) == REFUSED
    (found,) = await linked(store, delegate)
    assert (found.link.role, found.link.tag, found.proposal.number) == ("delegate", HANDED[-4:], NUMBER)
    async with store.reading() as tx:
        granted = (
            await tx.execute(sa.select(links_table.c.granted_by).where(links_table.c.id == found.link.id))
        ).scalar()
    assert granted == own


async def test_nobody_is_their_own_delegate_and_the_code_stays(store: Database) -> None:
    proposer, delegate = await given.people(store, 2)
    await made.put(store, ENTRY)
    await made.link(store, proposer)
    await hand_out(store, proposer)

    assert await prove(store, proposer, by_code(HANDED)) == REFUSED
    assert await prove(store, delegate, by_code(HANDED)) == ACCEPTED


@pytest.mark.parametrize("since", [timedelta(0), timedelta(seconds=1)])
async def test_a_delegates_code_runs_out(store: Database, since: timedelta) -> None:
    proposer, delegate = await given.people(store, 2)
    await made.put(store, ENTRY)
    await made.link(store, proposer)
    await hand_out(store, proposer)

    assert await prove(store, delegate, by_code(HANDED), now=NOW + links.DELEGATE_CODE_LIFE + since) == REFUSED


async def test_a_delegates_code_is_of_one_proposal(store: Database) -> None:
    proposer, delegate = await given.people(store, 2)
    await made.put(store, ENTRY, entry(OTHER))
    await made.link(store, proposer)
    await made.link(store, proposer, OTHER)
    await hand_out(store, proposer)

    assert await prove(store, delegate, by_code(HANDED), OTHER) == REFUSED
    assert await prove(store, delegate, by_code(HANDED, OTHER), OTHER) == REFUSED


async def test_a_delegate_after_revocation_knows_nothing_and_the_old_code_lets_nobody_in(store: Database) -> None:
    proposer, delegate = await given.people(store, 2)
    await made.put(store, ENTRY)
    await made.link(store, proposer)
    await hand_out(store, proposer)
    await prove(store, delegate, by_code(HANDED))
    (found,) = await linked(store, delegate)
    async with store.transaction() as tx:
        assert await links.revoke(tx, proposer, found.link.id)

    assert await linked(store, delegate) == []
    assert await prove(store, delegate, by_code(HANDED)) == REFUSED


async def test_a_delegate_who_proves_to_be_the_proposer_becomes_one_for_good(store: Database) -> None:
    proposer, delegate = await given.people(store, 2)
    await made.put(store, ENTRY)
    await made.link(store, proposer)
    await hand_out(store, proposer)
    await prove(store, delegate, by_code(HANDED))
    assert await prove(store, delegate, BY_PHONE) == ACCEPTED
    async with store.transaction() as tx:
        await links.leave(tx, proposer, NUMBER)
    (found,) = await linked(store, delegate)

    assert (found.link.role, found.link.tag) == ("proposer", None)


async def test_a_proposer_is_never_made_a_delegate(store: Database) -> None:
    first, second = await given.people(store, 2)
    await made.put(store, ENTRY)
    await made.link(store, first)
    await made.link(store, second)
    await hand_out(store, first)

    assert await prove(store, second, by_code(HANDED)) == ACCEPTED
    assert [found.link.role for found in await linked(store, second)] == ["proposer"]


async def test_consent_is_kept_with_the_version_of_its_text(store: Database) -> None:
    person = await given.person(store)
    await made.put(store, ENTRY)
    await prove(store, person, BY_PHONE)
    async with store.reading() as tx:
        (consent,) = await consents.of_person(tx, person)

    assert (consent.purpose, consent.version, consent.given_at) == (consents.STATUS, "2026-11", NOW)


# Who does not.


@pytest.mark.parametrize(
    ("shown", "number"),
    [
        (Proof(), NUMBER),
        (Proof(), "UPK-2024-999"),
        (BY_PHONE, OTHER),
        (BY_PHONE, "UPK-2024-999"),
        (by_code("7KQM2B9TXW4D"), NUMBER),
        (by_code(CODE, NUMBER), OTHER),
        (Proof(phone_sha256=proof.phone_hash("628111111111")), NUMBER),
        (Proof(phone_sha256=proof.NOTHING), NUMBER),
        (Proof(code_sha256=proof.NOTHING), NUMBER),
        (Proof(code_sha256=proof.phone_hash(PHONE)), NUMBER),
        (Proof(phone_sha256=proof.code_hash(NUMBER, CODE)), NUMBER),
    ],
)
async def test_what_proves_nothing_opens_nothing(store: Database, shown: Proof, number: str) -> None:
    person = await given.person(store)
    await made.put(store, ENTRY, entry(OTHER))

    assert await prove(store, person, shown, number) == REFUSED
    assert await given.count(store, links_table) == 0
    async with store.reading() as tx:
        assert await consents.of_person(tx, person) == []


async def test_a_proposal_without_phone_and_code_is_nobodys(store: Database) -> None:
    person = await given.person(store)
    await made.put(store, entry(phone_sha256=None, code_sha256=None))

    assert await prove(store, person, Proof()) == REFUSED
    assert await prove(store, person, Proof(proof.NOTHING, proof.NOTHING)) == REFUSED


async def test_wrong_numbers_foreign_proposals_and_wrong_codes_take_the_same_statements(store: Database) -> None:
    people = await given.people(store, 4)
    await made.put(store, ENTRY)
    shown = [
        (by_code("7KQM2B9TXW4D", "UPK-2024-999"), "UPK-2024-999"),
        (by_code("7KQM2B9TXW4D"), NUMBER),
        (Proof(phone_sha256=proof.phone_hash("628111111111")), NUMBER),
        (Proof(phone_sha256=proof.phone_hash("628111111111")), "UPK-2024-999"),
    ]
    taken = []
    for person, (each, number) in zip(people, shown, strict=True):
        with statements() as seen:
            assert await prove(store, person, each, number) == REFUSED
        taken.append(seen)

    assert len(taken[0]) > 4
    assert all(each == taken[0] for each in taken)


async def test_they_take_the_same_statements_with_every_further_try(store: Database) -> None:
    stranger, guesser = await given.people(store, 2)
    await made.put(store, ENTRY)
    taken: dict[int, list[list[str]]] = {stranger: [], guesser: []}
    ended: dict[int, list[Proved]] = {stranger: [], guesser: []}
    for person, number in ((stranger, "UPK-2024-999"), (guesser, NUMBER)):
        for count in range(attempts.PERSON_ALARM + 2):
            with statements() as seen:
                ended[person].append(
                    await prove(
                        store, person, by_code("7KQM2B9TXW4D", number), number, now=NOW + count * timedelta(hours=1)
                    )
                )
            taken[person].append(seen)

    assert taken[stranger] == taken[guesser]
    assert ended[stranger] == ended[guesser]


async def test_the_third_failure_makes_a_person_wait_and_says_until_when(store: Database) -> None:
    person = await given.person(store)
    await made.put(store, ENTRY)
    ended = [await prove(store, person, Proof()) for _ in range(3)]

    assert ended == [REFUSED, REFUSED, Proved(accepted=False, blocked_until=at(60))]


async def test_who_has_to_wait_is_not_looked_at_even_with_the_right_proof(store: Database) -> None:
    person = await given.person(store)
    await made.put(store, ENTRY)
    await fail(store, person, 3, "UPK-2024-999")

    assert await prove(store, person, BY_PHONE, now=at(59)) == Proved(accepted=False, blocked_until=at(60))
    assert await prove(store, person, by_code(), now=at(59)) == Proved(accepted=False, blocked_until=at(60))
    assert (await made.get(store)).code_used_at is None
    assert await prove(store, person, by_code(), now=at(60)) == ACCEPTED


async def test_a_try_that_is_not_looked_at_makes_nobody_wait_longer(store: Database) -> None:
    person = await given.person(store)
    await fail(store, person, 3)
    before = [await prove(store, person, Proof(), now=at(count)) for count in range(20)]

    assert before == [Proved(accepted=False, blocked_until=at(60))] * 20


async def test_a_number_many_fail_at_makes_everybody_with_a_code_wait(store: Database) -> None:
    owner, *others = await given.people(store, 11)
    await made.put(store, ENTRY)
    for other in others:
        await prove(store, other, Proof())

    assert await prove(store, owner, by_code(), now=at(1)) == Proved(accepted=False, blocked_until=at(60))
    assert await prove(store, owner, BY_PHONE, now=at(60)) == ACCEPTED


async def test_the_owners_phone_proves_it_while_others_fail_at_the_number(store: Database) -> None:
    owner, stranger = await given.people(store, 2)
    await made.put(store, ENTRY)
    await fail(store, stranger, max(attempts.NUMBER_WAITS))

    assert (await prove(store, owner, by_code())).blocked_until is not None
    assert await prove(store, owner, BY_PHONE) == ACCEPTED


async def test_many_failures_of_a_person_raise_one_alarm(store: Database) -> None:
    person = await given.person(store)
    for count in range(attempts.PERSON_ALARM + 2):
        await prove(store, person, Proof(), f"UPK-{count}", now=NOW + count * timedelta(hours=1))

    assert [(alarm.kind, alarm.person_id, alarm.number) for alarm in await raised(store)] == [
        ("many_failures_of_person", person, None)
    ]


async def test_many_failures_at_a_number_raise_one_alarm(store: Database) -> None:
    for count, person in enumerate(await given.people(store, attempts.NUMBER_ALARM + 1)):
        await prove(store, person, Proof(), now=NOW + count * timedelta(hours=1))

    assert [(alarm.kind, alarm.person_id, alarm.number) for alarm in await raised(store)] == [
        ("many_failures_of_number", None, NUMBER)
    ]


async def test_a_code_in_an_alarm_or_an_attempt_is_nowhere_kept(store: Database) -> None:
    first, second = await given.people(store, 2)
    await made.put(store, ENTRY)
    await prove(store, first, by_code())
    await prove(store, second, by_code())
    async with store.reading() as tx:
        kept = str((await tx.execute(sa.select(alarms_table))).all())

    assert CODE not in kept
    assert proof.code_hash(NUMBER, CODE) not in kept


# Several processes.


async def race(store: Database, open_again: Callable[[], Database], people: list[int], shown: Proof) -> list[Proved]:
    others = [open_again() for _ in people]
    return await asyncio.gather(*(prove(other, person, shown) for other, person in zip(others, people, strict=True)))


async def test_of_many_with_the_same_code_at_once_one_gets_in(
    store: Database, open_again: Callable[[], Database]
) -> None:
    people = await given.people(store, 4)
    await made.put(store, ENTRY)
    ended = await race(store, open_again, people, by_code())

    assert sorted(each.accepted for each in ended) == [False, False, False, True]
    assert await given.count(store, links_table) == 1


@ON_POSTGRESQL
async def test_a_code_that_two_come_with_at_once_raises_an_alarm(
    store: Database, open_again: Callable[[], Database]
) -> None:
    first, second = await given.people(store, 2)
    await made.put(store, ENTRY)
    async with store.transaction() as tx:
        await claims.prove(tx, Claim(first, TELEGRAM, NUMBER, by_code(), "1"), NOW)
        beside = asyncio.create_task(prove(open_again(), second, by_code()))
        await given.until_somebody_waits_for_a_lock(store)

    assert await beside == REFUSED
    assert await raised(store) == [Alarm("code_used_again", NOW, second, NUMBER)]


@ON_POSTGRESQL
async def test_of_two_with_a_delegates_code_at_once_one_gets_in(
    store: Database, open_again: Callable[[], Database]
) -> None:
    proposer, first, second = await given.people(store, 3)
    await made.put(store, ENTRY)
    await made.link(store, proposer)
    await hand_out(store, proposer)
    async with store.transaction() as tx:
        ended = await claims.prove(tx, Claim(first, TELEGRAM, NUMBER, by_code(HANDED), "1"), NOW)
        beside = asyncio.create_task(prove(open_again(), second, by_code(HANDED)))
        await given.until_somebody_waits_for_a_lock(store)

    assert (ended, await beside) == (ACCEPTED, REFUSED)
    assert await given.count(store, delegate_codes) == 0


async def test_a_refusal_leaves_the_proposal_as_it_was(store: Database) -> None:
    person = await given.person(store)
    await made.put(store, ENTRY)
    before = await made.get(store)
    await prove(store, person, by_code("7KQM2B9TXW4D"))

    assert await made.get(store) == before
    assert await given.count(store, proposals) == 1
