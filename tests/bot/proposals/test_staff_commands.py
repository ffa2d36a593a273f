"""Staff see how proposals stand, and never a phone number, an account, a code or the hash of one."""

from __future__ import annotations

import re

import pytest
import sqlalchemy as sa

from bot.errors import PlainError
from bot.proposals import staff_commands
from bot.proposals.desk import Desk
from storage import alarms, audit
from storage.alarms import Alarm
from storage.audit import Act
from storage.database import Database
from storage.proposals import claims, links, proof
from storage.proposals.claims import Claim, Proof
from storage.proposals.tables import proposal_events, proposals
from tests.storage import given
from tests.storage.given import NOW, TELEGRAM, at
from tests.storage.proposals import made
from tests.storage.proposals.made import CODE, ENTRY, NUMBER, OTHER, PHONE, entry

TEN = "2026-11-24T10:00:00+07:00"  # NOW in Jakarta


def listed(desk: Desk, **asked):
    default = {"edition": None, "state": None, "unreleased": False, "limit": None, "as_json": True}
    return staff_commands.show_list(desk, **(default | asked))


async def test_a_list_tells_where_each_proposal_stands(desk: Desk, store: Database, objects) -> None:
    await made.put(store, ENTRY, entry(OTHER, edition=2025, category="kepeloporan", released_at=at(-60)))
    await made.link(store, await given.person(store), OTHER)

    assert await objects(listed(desk)) == [
        {
            "number": NUMBER,
            "edition": 2024,
            "category": "pengabdian",
            "state": "seleksi_administrasi",
            "since": TEN,
            "released": False,
            "released_at": None,
            "linked": 0,
        },
        {
            "number": OTHER,
            "edition": 2025,
            "category": "kepeloporan",
            "state": "seleksi_administrasi",
            "since": TEN,
            "released": True,
            "released_at": "2026-11-24T09:59:00+07:00",
            "linked": 1,
        },
    ]


async def test_a_list_for_people_has_a_line_for_each(desk: Desk, store: Database, printed) -> None:
    await made.put(store, entry("A-1"), entry("A-2", released_at=at(3600)), entry("A-3", released_at=NOW))
    lines = (await printed(listed(desk, as_json=False))).splitlines()

    stands = "2024  pengabdian   seleksi_administrasi      since 2026-11-24 10:00 WIB"
    assert lines == [
        f"A-1                  {stands}, not released, 0 linked",
        f"A-2                  {stands}, to be released 2026-11-24 11:00 WIB, 0 linked",
        f"A-3                  {stands}, released 2026-11-24 10:00 WIB, 0 linked",
    ]


async def test_a_list_can_be_narrowed(desk: Desk, store: Database, objects) -> None:
    await made.put(store, entry("A-1"), entry("A-2", edition=2025), entry("A-3", released_at=NOW))
    await made.put(store, entry("A-1", state="penilaian_substansi"))

    async def numbers(**asked) -> list[str]:
        return [each["number"] for each in await objects(listed(desk, **asked))]

    assert await numbers(edition=2024) == ["A-1", "A-3"]
    assert await numbers(state="seleksi_administrasi") == ["A-2", "A-3"]
    assert await numbers(unreleased=True) == ["A-1", "A-2"]
    assert await numbers(edition=2023) == []


@pytest.mark.parametrize("limit", [None, 1, 2, 3, 4, 5, 6])
async def test_a_list_goes_on_over_its_pages_until_the_limit(
    desk: Desk, store: Database, objects, monkeypatch: pytest.MonkeyPatch, limit: int | None
) -> None:
    monkeypatch.setattr(staff_commands, "PAGE", 2)
    numbers = [f"A-{count}" for count in range(5)]
    await made.put(store, *(entry(number) for number in numbers))

    assert [each["number"] for each in await objects(listed(desk, limit=limit))] == numbers[:limit]


async def test_one_proposal_is_shown_with_all_that_hangs_on_it(desk: Desk, store: Database, objects) -> None:
    proposer, delegate = await given.people(store, 2)
    await made.put(store, entry(released_at=NOW), entry(state="tidak_lolos_administrasi"))
    await made.correct(store, "penilaian_substansi", now=at(60))
    await made.link(store, proposer)
    async with store.transaction() as tx:
        await tx.execute(sa.update(proposal_events).where(proposal_events.c.position == 1).values(announced_at=at(5)))
        await links.invite(tx, proposer, NUMBER, "HANDED2B9T0W", NOW)
        shown = Proof(code_sha256=proof.code_hash(NUMBER, "HANDED2B9T0W"))
        await claims.prove(tx, Claim(delegate, "web", NUMBER, shown, "1"), NOW)
        await links.want_news(tx, delegate, NUMBER, wanted=False)
        await alarms.raise_(tx, Alarm("code_used_again", at(9), delegate, NUMBER))
        await alarms.raise_(tx, Alarm("code_used_again", at(9), delegate, OTHER))
    (found,) = await objects(staff_commands.show(desk, NUMBER, as_json=True))

    event = {"since": TEN, "released_at": None, "announced_at": None, "correction": False}
    link = {"channel": TELEGRAM, "since": TEN, "news": True, "tag": None}
    assert found == {
        "number": NUMBER,
        "edition": 2024,
        "category": "pengabdian",
        "title": "Anyaman bambu",
        "confirmed_at": "2026-11-24T10:01:00+07:00",
        "events": [
            event
            | {
                "position": 1,
                "state": "seleksi_administrasi",
                "released_at": TEN,
                "announced_at": "2026-11-24T10:00:05+07:00",
            },
            event | {"position": 2, "state": "tidak_lolos_administrasi"},
            event
            | {
                "position": 3,
                "state": "penilaian_substansi",
                "since": "2026-11-24T10:01:00+07:00",
                "correction": True,
            },
        ],
        "links": [
            link | {"person": proposer, "role": "proposer"},
            link | {"person": delegate, "role": "delegate", "channel": "web", "news": False, "tag": "9T0W"},
        ],
        "code": {"state": "open", "at": None},
        "alarms": [
            {"at": "2026-11-24T10:00:09+07:00", "kind": "code_used_again", "person": delegate, "number": NUMBER}
        ],
    }


async def test_one_proposal_for_people_is_shown_as_lines(desk: Desk, store: Database, printed) -> None:
    proposer, delegate = await given.people(store, 2)
    await made.put(store, entry(released_at=NOW))
    await made.correct(store, "penilaian_substansi", now=at(60))
    await made.link(store, proposer)
    async with store.transaction() as tx:
        await tx.execute(sa.update(proposal_events).where(proposal_events.c.position == 1).values(announced_at=at(60)))
        await links.invite(tx, proposer, NUMBER, "HANDED2B9T0W", NOW)
        shown = Proof(code_sha256=proof.code_hash(NUMBER, "HANDED2B9T0W"))
        await claims.prove(tx, Claim(delegate, "web", NUMBER, shown, "1"), NOW)
        await links.want_news(tx, delegate, NUMBER, wanted=False)
        await alarms.raise_(tx, Alarm("code_used_again", NOW, delegate, NUMBER))

    assert (await printed(staff_commands.show(desk, NUMBER, as_json=False))).splitlines() == [
        f"{NUMBER}: Anyaman bambu",
        "  edition 2024, pengabdian, confirmed 2026-11-24 10:01 WIB",
        "events:",
        "  1. seleksi_administrasi: since 2026-11-24 10:00 WIB, released 2026-11-24 10:00 WIB,"
        " announced 2026-11-24 10:01 WIB",
        "  2. penilaian_substansi: since 2026-11-24 10:01 WIB, not released, a correction",
        "links:",
        f"  person {proposer}: proposer, on telegram, since 2026-11-24 10:00 WIB",
        f"  person {delegate}: delegate, on web, since 2026-11-24 10:00 WIB, by the code that ends in 9T0W,"
        " wants no news",
        "code: open",
        "alarms:",
        f"  2026-11-24 10:00 WIB  code_used_again, person {delegate}, {NUMBER}",
    ]


async def test_a_proposal_with_nothing_on_it_says_so(desk: Desk, store: Database, printed) -> None:
    await made.put(store, entry(title=None, code_sha256=None))
    lines = (await printed(staff_commands.show(desk, NUMBER, as_json=False))).splitlines()

    assert lines[0] == f"{NUMBER}: (no title)"
    assert lines[-3:] == ["links: none", "code: none", "alarms: none"]


@pytest.mark.parametrize(
    ("told", "used", "state", "line"),
    [
        ({"code_sha256": None}, None, {"state": "none", "at": None}, "code: none"),
        ({}, None, {"state": "open", "at": None}, "code: open"),
        (
            {"code_expires_at": at(60)},
            None,
            {"state": "open", "at": "2026-11-24T10:01:00+07:00"},
            "code: open until 2026-11-24 10:01 WIB",
        ),
        ({"code_expires_at": NOW}, None, {"state": "expired", "at": TEN}, "code: expired since 2026-11-24 10:00 WIB"),
        ({"code_expires_at": at(-60)}, NOW, {"state": "used", "at": TEN}, "code: used on 2026-11-24 10:00 WIB"),
    ],
)
async def test_the_code_is_told_by_how_it_stands(
    desk: Desk, store: Database, objects, printed, told: dict, used: object, state: dict, line: str
) -> None:
    await made.put(store, entry(**told))
    async with store.transaction() as tx:
        await tx.execute(sa.update(proposals).values(code_used_at=used))
    (found,) = await objects(staff_commands.show(desk, NUMBER, as_json=True))

    assert found["code"] == state
    assert line in (await printed(staff_commands.show(desk, NUMBER, as_json=False))).splitlines()


async def test_nothing_shown_holds_a_phone_number_an_account_or_a_hash(desk: Desk, store: Database, printed) -> None:
    (proposer,) = await given.people(store, 1)
    await made.put(store, ENTRY)
    await made.link(store, proposer)
    shown = ""
    for as_json in (True, False):
        shown += await printed(staff_commands.show(desk, NUMBER, as_json=as_json))
        shown += await printed(listed(desk, as_json=as_json))

    assert not re.search(r"[0-9a-f]{64}", shown)
    assert [secret for secret in (PHONE, PHONE[2:], CODE, proof.grouped(CODE)) if secret in shown] == []


async def test_a_proposal_there_is_none_of_is_said_so(desk: Desk) -> None:
    with pytest.raises(PlainError, match=r"^There is no proposal UPK-2024-001\.$"):
        await staff_commands.show(desk, NUMBER, as_json=True)


async def test_proposals_are_counted_by_stage(desk: Desk, store: Database, objects, printed) -> None:
    await made.put(store, entry("A-1"), entry("A-2", released_at=NOW), entry("A-3", edition=2025, released_at=at(1)))
    stage = {"state": "seleksi_administrasi", "released": 0, "scheduled": 0, "waiting": 0}

    assert await objects(staff_commands.count(desk, edition=None, as_json=True)) == [
        stage | {"edition": 2025, "total": 1, "scheduled": 1},
        stage | {"edition": 2024, "total": 2, "released": 1, "waiting": 1},
    ]
    assert (await printed(staff_commands.count(desk, edition=2024, as_json=False))).splitlines() == [
        "edition  stage                           all  released  scheduled  waiting",
        "2024     seleksi_administrasi              2         1          0        1",
    ]


async def test_alarms_of_the_last_days_are_listed_newest_first(desk: Desk, store: Database, objects, printed) -> None:
    person = await given.person(store)
    async with store.transaction() as tx:
        await alarms.raise_(tx, Alarm("old", at(-86_401)))
        await alarms.raise_(tx, Alarm("many_failures_of_person", at(-86_400), person))
        await alarms.raise_(tx, Alarm("many_failures_of_number", NOW, number=NUMBER))

    assert await objects(staff_commands.show_alarms(desk, 1, as_json=True)) == [
        {"at": TEN, "kind": "many_failures_of_number", "person": None, "number": NUMBER},
        {"at": "2026-11-23T10:00:00+07:00", "kind": "many_failures_of_person", "person": person, "number": None},
    ]
    assert (await printed(staff_commands.show_alarms(desk, 1, as_json=False))).splitlines() == [
        f"2026-11-24 10:00 WIB  many_failures_of_number, {NUMBER}",
        f"2026-11-23 10:00 WIB  many_failures_of_person, person {person}",
    ]


async def test_no_alarms_and_no_acts_are_said_so_to_people_only(desk: Desk, printed) -> None:
    assert await printed(staff_commands.show_alarms(desk, 1, as_json=False)) == "No alarms in the last 1 day.\n"
    assert await printed(staff_commands.show_alarms(desk, 30, as_json=False)) == "No alarms in the last 30 days.\n"
    assert await printed(staff_commands.show_audit(desk, 50, as_json=False)) == "Nothing was done yet.\n"
    assert await printed(staff_commands.show_alarms(desk, 1, as_json=True)) == ""
    assert await printed(staff_commands.show_audit(desk, 50, as_json=True)) == ""


async def test_the_last_acts_are_listed_newest_first(desk: Desk, store: Database, objects, printed) -> None:
    async with store.transaction() as tx:
        for action in ("release", "hold", "delete"):
            details = {} if action == "delete" else {"events": 3, "edition": 2024}
            await audit.record(tx, Act("command:siti", action, NUMBER, details, NOW))

    act = {"actor": "command:siti", "subject": NUMBER, "at": TEN}
    assert await objects(staff_commands.show_audit(desk, 2, as_json=True)) == [
        act | {"action": "delete", "details": {}},
        act | {"action": "hold", "details": {"events": 3, "edition": 2024}},
    ]
    assert (await printed(staff_commands.show_audit(desk, 2, as_json=False))).splitlines() == [
        f"2026-11-24 10:00 WIB  command:siti: delete {NUMBER}",
        f"2026-11-24 10:00 WIB  command:siti: hold {NUMBER} (events 3, edition 2024)",
    ]
