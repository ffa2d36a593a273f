"""People come to the office by a code that works once, and lose everything at once when they are removed."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from datetime import datetime, timedelta

import pytest
import sqlalchemy as sa

from storage import audit, contacts
from storage.contacts import Identity, Person
from storage.database import Database
from storage.office import invitations, staff
from storage.office import tables as office
from storage.office.staff import Invited, Member
from tests.storage import given
from tests.storage.given import NOW, TELEGRAM, at

CODE, OTHER, THIRD = "7KQM2B9TXW4CH8RD", "4H2J8RSD6TNB9WXY", "AAAA2222BBBB3333"
BY = "command:siti"
LATER = NOW + invitations.LIFE


async def invite(
    store: Database, name: str = "Ani", role: staff.Role = "officer", code: str = CODE, now: datetime = NOW
) -> int | None:
    async with store.transaction() as tx:
        return await staff.invite(tx, Invited(name, role, code), BY, now)


async def redeem(store: Database, person_id: int, code: str = CODE, now: datetime = NOW) -> Member | None:
    async with store.transaction() as tx:
        return await staff.redeem(tx, invitations.code_hash(code), person_id, TELEGRAM, now)


async def join(store: Database, person_id: int, name: str = "Ani", code: str = CODE) -> int:
    await invite(store, name, code=code)
    member = await redeem(store, person_id, code)
    assert member is not None
    return member.id


async def remove(store: Database, name: str = "Ani", now: datetime = NOW) -> int | None:
    async with store.transaction() as tx:
        return await staff.remove(tx, name, BY, now)


async def duty(store: Database, staff_id: int, *, on_duty: bool) -> bool:
    async with store.transaction() as tx:
        return await staff.set_duty(tx, staff_id, NOW, on_duty=on_duty)


async def every(store: Database) -> list[Member]:
    async with store.reading() as tx:
        return await staff.every(tx)


async def met(store: Database, number: int) -> Person:
    async with store.transaction() as tx:
        (person,) = await contacts.meet(tx, [Identity(telegram_id=number)], NOW)
    return person


async def acts(store: Database) -> list[tuple[str, str, str, dict[str, object]]]:
    async with store.reading() as tx:
        found = await audit.latest(tx, 20)
    return [(act.actor, act.action, act.subject, dict(act.details)) for act in reversed(found)]


async def test_whoever_sends_the_code_becomes_staff(store: Database) -> None:
    ani = await given.person(store)
    staff_id = await invite(store, role="admin")

    member = await redeem(store, ani, now=at(5))

    assert member == Member(staff_id, "Ani", "admin", ani, TELEGRAM, None, False, NOW, at(5), None)
    found = await met(store, 1)
    assert (found.staff_id, found.role) == (staff_id, "admin")


async def test_only_the_hash_of_a_code_is_kept_and_no_longer_than_needed(store: Database) -> None:
    ani = await given.person(store)
    kept = sa.select(office.staff.c.code_sha256)
    await invite(store)
    async with store.reading() as tx:
        before = (await tx.execute(kept)).scalar_one()
    await redeem(store, ani)
    async with store.reading() as tx:
        after = (await tx.execute(kept)).scalar_one()

    assert (before, after) == (invitations.code_hash(CODE), None)


async def test_a_code_works_once(store: Database) -> None:
    ani, budi = await given.people(store, 2)
    await join(store, ani)

    assert [await redeem(store, budi), await redeem(store, ani)] == [None, None]
    assert (await met(store, 2)).staff_id is None


@pytest.mark.parametrize(("now", "good"), [(LATER - timedelta(seconds=1), True), (LATER, False)])
async def test_a_code_is_good_for_seven_days(store: Database, now: datetime, *, good: bool) -> None:
    ani = await given.person(store)
    await invite(store)

    assert (await redeem(store, ani, now=now) is not None) is good


async def test_a_code_that_was_never_given_is_no_good(store: Database) -> None:
    ani = await given.person(store)
    await invite(store)

    assert await redeem(store, ani, OTHER) is None


async def test_a_new_invitation_replaces_the_one_that_was_not_used(store: Database) -> None:
    ani = await given.person(store)
    first = await invite(store)
    second = await invite(store, role="admin", code=OTHER, now=at(9))

    assert first == second
    assert await redeem(store, ani) is None
    member = await redeem(store, ani, OTHER)
    assert member is not None
    assert (member.role, member.invited_at) == ("admin", at(9))


async def test_the_name_of_somebody_who_works_here_is_taken(store: Database) -> None:
    await join(store, await given.person(store))

    assert await invite(store, code=OTHER) is None
    assert len(await acts(store)) == 2


async def test_whoever_is_staff_already_keeps_their_number_with_the_role_of_the_new_code(store: Database) -> None:
    ani = await given.person(store)
    first = await join(store, ani)
    second = await invite(store, "Boss", "admin", OTHER)

    member = await redeem(store, ani, OTHER)

    assert member is not None
    assert (member.id, member.name, member.role) == (first, "Ani", "admin")
    assert [each.name for each in await every(store)] == ["Ani"]
    assert (await acts(store))[-1] == (f"staff:{first}", "staff_role_given", f"staff:{second}", {"role": "admin"})


async def test_whoever_is_staff_already_keeps_their_role_with_a_code_that_says_the_same(store: Database) -> None:
    ani = await given.person(store)
    await join(store, ani)
    await invite(store, "Boss", code=OTHER)

    member = await redeem(store, ani, OTHER)

    assert member is not None
    assert member.role == "officer"


async def test_a_code_used_by_two_at_the_same_moment_lets_one_in(
    store: Database, open_again: Callable[[], Database]
) -> None:
    people = await given.people(store, 2)
    await invite(store)
    other = open_again()

    found = await asyncio.gather(redeem(store, people[0]), redeem(other, people[1]))

    assert sum(member is not None for member in found) == 1


async def test_removed_staff_have_nothing_left(store: Database) -> None:
    ani = await given.person(store)
    staff_id = await join(store, ani)
    await duty(store, staff_id, on_duty=True)

    assert await remove(store, now=at(9)) == staff_id
    found = await met(store, 1)
    assert (found.staff_id, found.role) == (None, None)
    assert await every(store) == []
    async with store.reading() as tx:
        assert await staff.active(tx) == []
        assert await staff.of_person(tx, ani) is None
        assert await staff.of_id(tx, staff_id) is None


async def test_an_invitation_of_somebody_removed_is_worth_nothing(store: Database) -> None:
    ani = await given.person(store)
    await invite(store)
    await remove(store)

    assert await redeem(store, ani) is None


async def test_a_name_nobody_has_cannot_be_removed(store: Database) -> None:
    await join(store, await given.person(store))
    await remove(store)

    assert [await remove(store, "Budi"), await remove(store)] == [None, None]


async def test_the_name_of_somebody_removed_can_be_invited_as_somebody_else(store: Database) -> None:
    ani = await given.person(store)
    first = await join(store, ani)
    await remove(store)

    assert await join(store, ani, code=OTHER) != first


async def test_the_talk_of_somebody_removed_is_free_for_others(store: Database) -> None:
    ani, budi = await given.people(store, 2)
    staff_id = await join(store, ani)
    async with store.transaction() as tx:
        talk = {"channel": TELEGRAM, "opened_at": NOW, "officer_id": staff_id, "taken_at": NOW, "last_said_at": NOW}
        await tx.execute(sa.insert(office.handovers).values(person_id=budi, **talk))
        ended = {"closed_at": NOW, "closed_by": "officer"}
        await tx.execute(sa.insert(office.handovers).values(person_id=budi, **talk, **ended))
    await remove(store)
    async with store.reading() as tx:
        left = (await tx.execute(sa.select(office.handovers.c.officer_id).order_by(office.handovers.c.id))).scalars()

    assert list(left) == [None, staff_id]
    assert (await met(store, 2)).officer_id is None


async def test_whoever_leaves_can_be_invited_again_as_the_one_they_were(store: Database) -> None:
    ani = await given.person(store)
    staff_id = await join(store, ani)
    async with store.transaction() as tx:
        await staff.leave(tx, ani, at(1))
        await staff.leave(tx, ani, at(2))

    assert (await met(store, 1)).staff_id is None
    assert [(each.name, each.person_id, each.channel) for each in await every(store)] == [("Ani", None, None)]
    assert (await acts(store))[-1] == (f"staff:{staff_id}", "staff_left", f"staff:{staff_id}", {})
    assert await join(store, ani, code=OTHER) == staff_id


async def test_who_is_on_duty_can_be_told(store: Database) -> None:
    ani, budi = await given.people(store, 2)
    first, second = await join(store, ani), await join(store, budi, "Budi", OTHER)
    changed = [await duty(store, second, on_duty=True), await duty(store, second, on_duty=True)]
    async with store.reading() as tx:
        working, told = await staff.on_duty(tx), await staff.to_tell(tx)

    assert changed == [True, False]
    assert [(each.id, each.name, each.person_id, each.channel) for each in working] == [
        (second, "Budi", budi, TELEGRAM)
    ]
    assert told == working
    await duty(store, second, on_duty=False)
    async with store.reading() as tx:
        assert await staff.on_duty(tx) == []
        assert [each.id for each in await staff.to_tell(tx)] == [first, second]


async def test_somebody_removed_cannot_go_on_duty(store: Database) -> None:
    staff_id = await join(store, await given.person(store))
    await remove(store)

    assert not await duty(store, staff_id, on_duty=True)


async def test_what_concerns_staff_goes_where_they_wrote_last(store: Database) -> None:
    staff_id = await join(store, await given.person(store))
    async with store.transaction() as tx:
        await staff.seen(tx, [(staff_id, "web")])
        (found,) = await staff.active(tx)

    assert found.channel == "web"


async def test_every_act_is_in_the_audit_without_names(store: Database) -> None:
    ani = await given.person(store)
    staff_id = await join(store, ani)
    await duty(store, staff_id, on_duty=True)
    await duty(store, staff_id, on_duty=False)
    await remove(store)

    who = f"staff:{staff_id}"
    assert await acts(store) == [
        (BY, "staff_invited", who, {"role": "officer"}),
        (who, "staff_joined", who, {"role": "officer"}),
        (who, "staff_on_duty", who, {}),
        (who, "staff_off_duty", who, {}),
        (BY, "staff_removed", who, {}),
    ]
