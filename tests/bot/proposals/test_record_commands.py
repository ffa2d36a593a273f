"""Staff correct, hand out a code, put people out and delete; every act is kept, and none with personal data."""

from __future__ import annotations

import json
import re
from collections.abc import Awaitable, Callable

import pytest

from bot.errors import PlainError
from bot.proposals import record_commands
from bot.proposals.desk import Desk
from storage import audit, outbox
from storage.audit import Act
from storage.database import Database
from storage.outbox import Draft
from storage.proposals import claims, links, proof, records
from storage.proposals.claims import Claim, Proof
from storage.proposals.tables import proposal_events
from tests.bot.proposals.test_release_commands import portal_leads
from tests.storage import given
from tests.storage.given import NOW, TELEGRAM
from tests.storage.proposals import made
from tests.storage.proposals.made import CODE, ENTRY, NUMBER, OTHER, entry

Printed = Callable[[Awaitable[None]], Awaitable[str]]


async def acts(store: Database) -> list[Act]:
    async with store.reading() as tx:
        return await audit.latest(tx, 100)


async def proved(store: Database, person: int, code: str) -> bool:
    shown = Proof(code_sha256=proof.code_hash(NUMBER, code))
    async with store.transaction() as tx:
        return (await claims.prove(tx, Claim(person, TELEGRAM, NUMBER, shown, "1"), NOW)).accepted


async def test_a_correction_is_made_with_its_reason_and_waits_for_release(
    desk: Desk, store: Database, capsys: pytest.CaptureFixture[str]
) -> None:
    await made.put(store, entry(state="tidak_terpilih"))
    await record_commands.correct(desk, NUMBER, "penjurian", "  berkas\ntertukar ")
    said = capsys.readouterr()
    latest = (await made.get(store)).latest

    assert (latest.state, latest.correction, latest.released_at) == ("penjurian", True, None)
    assert said.out.splitlines() == [
        f"{NUMBER} stands at penjurian, no longer at tidak_terpilih.",
        f"People cannot see this yet; release it with: upakarti proposals release {NUMBER}",
    ]
    assert said.err == "The reason is kept in the audit: no personal data belongs there.\n"
    assert await acts(store) == [
        Act(
            "command:siti",
            "proposal_corrected",
            NUMBER,
            {"from": "tidak_terpilih", "to": "penjurian", "reason": "berkas tertukar"},
            NOW,
        )
    ]


@pytest.mark.parametrize(("length", "accepted"), [(0, False), (1, True), (300, True), (301, False)])
async def test_a_reason_is_neither_empty_nor_a_story(
    desk: Desk, store: Database, length: int, *, accepted: bool
) -> None:
    await made.put(store, ENTRY)
    work = record_commands.correct(desk, NUMBER, "penjurian", "x" * length)
    if accepted:
        await work
    else:
        with pytest.raises(PlainError, match=rf"^A reason has 1 to 300 characters; this one has {length}\.$"):
            await work

    assert len(await acts(store)) == accepted
    assert len((await made.get(store)).events) == 1 + accepted


async def test_a_correction_to_where_it_stands_is_refused(desk: Desk, store: Database) -> None:
    await made.put(store, ENTRY)
    with pytest.raises(PlainError, match=r"^UPK-2024-001 stands at seleksi_administrasi already\.$"):
        await record_commands.correct(desk, NUMBER, "seleksi_administrasi", "salah")

    assert await acts(store) == []


async def test_a_code_is_printed_once_and_works_once(desk: Desk, store: Database, printed: Printed) -> None:
    first, second = await given.people(store, 2)
    await made.put(store, ENTRY)
    lines = (await printed(record_commands.issue_code(desk, NUMBER, 30, as_json=False))).splitlines()
    typed = lines[0].removeprefix(f"{NUMBER}: ")
    code = proof.code(typed)
    kept = str(await acts(store))

    assert re.fullmatch(r"(?:[0-9A-Z]{4}-){2}[0-9A-Z]{4}", typed)
    assert lines[1:] == ["It works once, until 2026-12-24 10:00 WIB, and is not shown again."]
    assert code is not None
    assert [typed in kept, code in kept, proof.code_hash(NUMBER, code) in kept] == [False] * 3
    assert [await proved(store, first, code), await proved(store, second, code), await proved(store, second, CODE)] == [
        True,
        False,
        False,
    ]
    assert await acts(store) == [
        Act("command:siti", "code_issued", NUMBER, {"until": "2026-12-24T10:00:00+07:00"}, NOW)
    ]


async def test_a_code_for_programs_is_an_object(desk: Desk, store: Database, printed: Printed) -> None:
    await made.put(store, ENTRY)
    found = json.loads(await printed(record_commands.issue_code(desk, NUMBER, 90, as_json=True)))

    assert (found["number"], found["until"]) == (NUMBER, "2027-02-22T10:00:00+07:00")
    assert await proved(store, await given.person(store), proof.code(found["code"]) or "")


async def linked(store: Database) -> tuple[int, int, int]:
    """Make a proposer with a delegate, and another proposer, all with news that wait."""
    proposer, delegate, other = people = await given.people(store, 3)
    await made.put(store, ENTRY)
    await made.link(store, proposer)
    await made.link(store, other)
    async with store.transaction() as tx:
        await links.invite(tx, proposer, NUMBER, "HANDED2B9T0W", NOW)
    assert await proved(store, delegate, "HANDED2B9T0W")
    async with store.transaction() as tx:
        await outbox.add(tx, [Draft(each, TELEGRAM, "halo", topic=links.topic(NUMBER)) for each in people], NOW)
    return proposer, delegate, other


async def test_a_person_is_put_out_with_their_delegates_and_their_news(
    desk: Desk, store: Database, printed: Printed
) -> None:
    proposer, _, other = await linked(store)
    said = await printed(record_commands.unlink(desk, NUMBER, proposer))

    assert said == f"2 people may no longer know of {NUMBER}; news that waited are taken back.\n"
    assert await given.rows(store, "person_id") == [(other,)]
    assert [(act.action, act.details) for act in await acts(store)] == [("unlinked", {"person": proposer, "ended": 2})]


async def test_everybody_is_put_out_at_once(desk: Desk, store: Database, printed: Printed) -> None:
    await linked(store)

    assert (await printed(record_commands.unlink(desk, NUMBER, None))).startswith("3 people may no longer")
    assert await given.rows(store, "person_id") == []


async def test_who_may_not_know_cannot_be_put_out(desk: Desk, store: Database) -> None:
    await made.put(store, ENTRY)
    with pytest.raises(PlainError, match=r"^Person 17 may not know of UPK-2024-001\.$"):
        await record_commands.unlink(desk, NUMBER, 17)
    with pytest.raises(PlainError, match=r"^Nobody may know of UPK-2024-001\.$"):
        await record_commands.unlink(desk, NUMBER, None)

    assert await acts(store) == []


async def test_a_proposal_is_deleted_with_all_that_hangs_on_it(desk: Desk, store: Database, printed: Printed) -> None:
    await linked(store)
    await made.put(store, entry(OTHER))
    said = await printed(record_commands.delete(desk, NUMBER, confirmed=True))
    async with store.reading() as tx:
        found = await records.find(tx, [NUMBER, OTHER])

    assert said == f"{NUMBER} is deleted.\n"
    assert set(found) == {OTHER}
    assert await given.count(store, proposal_events) == 1
    assert await given.rows(store, "person_id") == []
    assert [(act.action, act.subject, act.details) for act in await acts(store)] == [
        ("proposal_deleted", NUMBER, {"edition": 2024, "state": "seleksi_administrasi"})
    ]


async def test_nothing_is_deleted_without_a_yes(desk: Desk, store: Database) -> None:
    await made.put(store, ENTRY)
    with pytest.raises(PlainError, match=r"^Nothing was deleted: say --yes to delete UPK-2024-001 "):
        await record_commands.delete(desk, NUMBER, confirmed=False)

    assert (await made.get(store)).number == NUMBER


def acting(desk: Desk) -> list[Awaitable[None]]:
    return [
        record_commands.correct(desk, NUMBER, "penjurian", "salah"),
        record_commands.issue_code(desk, NUMBER, 90, as_json=False),
        record_commands.delete(desk, NUMBER, confirmed=True),
    ]


async def test_to_a_proposal_there_is_none_of_nothing_is_done(desk: Desk, store: Database) -> None:
    for work in [*acting(desk), record_commands.unlink(desk, NUMBER, None)]:
        with pytest.raises(PlainError, match=r"^There is no proposal UPK-2024-001\.$"):
            await work

    assert await acts(store) == []


async def test_where_the_portal_leads_staff_correct_there(desk: Desk, store: Database) -> None:
    await linked(store)
    with pytest.raises(PlainError, match="do this in the portal"):
        await record_commands.correct(portal_leads(desk), NUMBER, "penjurian", "salah")

    assert (await made.get(store)).revision == 1


async def test_where_the_portal_leads_staff_still_issue_codes_put_people_out_and_delete(
    desk: Desk, store: Database, printed: Printed
) -> None:
    await linked(store)
    there = portal_leads(desk)

    assert "It works once" in await printed(record_commands.issue_code(there, NUMBER, 90, as_json=False))
    assert (await printed(record_commands.unlink(there, NUMBER, None))).startswith("3 people")
    assert "comes back" in await printed(record_commands.delete(there, NUMBER, confirmed=True))
