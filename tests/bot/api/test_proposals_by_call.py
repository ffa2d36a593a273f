"""What the portal's calls do to proposals, on both databases."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from datetime import timedelta
from typing import Any
from urllib.parse import quote

import pytest
import sqlalchemy as sa
from structlog.testing import capture_logs

from storage.database import ConflictError, Database
from storage.proposals import proof, records, tables
from storage.proposals.records import Proposal
from tests.bot.api.conftest import BODY, Portal, acts, calling, key, problem
from tests.bot.conftest import WatchedClock
from tests.storage.emptied import ON_BOTH

FIRST = "2026-06-02T09:00:00+07:00"


async def stored(store: Database, number: str) -> Proposal:
    async with store.reading() as tx:
        found = await records.get(tx, number)
    assert found is not None
    return found


async def test_a_new_proposal_is_added_with_hashes_only(portal: Portal, store: Database) -> None:
    answer = await portal.put(
        "upk-2026-1", phone="0812 0000 0000", code="7kqm-2b9t-xw4c", state="usulan_diterima", entered_at=FIRST
    )
    kept = await stored(store, "UPK-2026-1")

    assert (answer.status_code, answer.json()["verdict"]) == (201, "added")
    assert answer.json()["proposal"]["number"] == "UPK-2026-1"
    assert kept.phone_sha256 == proof.phone_hash("6281200000000")
    assert kept.code_sha256 == proof.code_hash("UPK-2026-1", "7KQM2B9TXW4C")
    assert kept.latest.entered_at.isoformat() == "2026-06-02T02:00:00+00:00"


async def test_the_same_call_again_changes_nothing_but_when_it_was_confirmed(
    portal: Portal, store: Database, clock: WatchedClock
) -> None:
    body = {"phone": "0812 0000 0000", "code": "7kqm-2b9t-xw4c", "state": "usulan_diterima", "entered_at": FIRST}
    await portal.put("A-1", **body)
    first, told = await stored(store, "A-1"), await acts(store)
    clock.move(60)
    again = await portal.put("a-1", **body | {"phone": "+62-812-00000000"})
    second = await stored(store, "A-1")

    assert (again.status_code, again.json()["verdict"]) == (200, "unchanged")
    assert second.confirmed_at - first.confirmed_at == timedelta(minutes=1)
    assert (second.revision, second.events, await acts(store)) == (first.revision, first.events, told)


async def test_what_is_left_out_stays_as_it_is(portal: Portal, store: Database) -> None:
    await portal.put("A-1", phone="0812 0000 0000", state="usulan_diterima")
    answer = await portal.request(
        "PUT", "/proposals/A-1", json={"edition": 2026, "category": "kepeloporan", "state": "seleksi_administrasi"}
    )
    kept = await stored(store, "A-1")

    assert (answer.status_code, answer.json()["verdict"]) == (200, "changed")
    assert (kept.title, kept.phone_sha256 is None) == ("Tenun ikat", False)
    assert [event.state for event in kept.events] == ["usulan_diterima", "seleksi_administrasi"]


async def test_an_impossible_way_is_refused_and_told_with_the_possible_ones(portal: Portal, store: Database) -> None:
    await portal.put("A-1", state="usulan_diterima")
    before = await stored(store, "A-1")
    answer = await portal.put("A-1", state="penjurian", title="Other")

    assert problem(answer) == (409, "impossible_transition")
    assert answer.json()["state"] == "usulan_diterima"
    assert answer.json()["next_states"] == ["seleksi_administrasi", "ditarik", "dibatalkan"]
    assert await stored(store, "A-1") == before


async def test_from_its_end_a_proposal_goes_nowhere(portal: Portal) -> None:
    await portal.put("A-1", state="ditarik")
    answer = await portal.put("A-1", state="penjurian")

    assert (problem(answer), answer.json()["next_states"]) == ((409, "impossible_transition"), [])
    assert "has come to its end" in answer.json()["detail"]


async def test_when_people_could_know_cannot_be_changed_afterwards(portal: Portal, clock: WatchedClock) -> None:
    await portal.put("A-1", state="usulan_diterima", released_at=FIRST)
    same = await portal.put("A-1", state="usulan_diterima", released_at=FIRST)
    other = await portal.put("A-1", state="usulan_diterima", released_at="2026-06-03T09:00:00Z")

    assert same.json()["verdict"] == "unchanged"
    assert problem(other) == (409, "released_already")


@ON_BOTH
@pytest.mark.parametrize("count", [8])
async def test_calls_at_once_that_add_the_same_add_it_once(
    portal: Portal, store: Database, open_again: Callable[[], Database], clock: WatchedClock, count: int
) -> None:
    async with calling(open_again(), clock, await key(store, "second")) as other:
        doors = [portal, other] * (count // 2)
        answers = await asyncio.gather(*(door.put("A-1", state="usulan_diterima", entered_at=FIRST) for door in doors))
    verdicts = sorted(answer.json()["verdict"] for answer in answers)
    kept = await stored(store, "A-1")

    assert verdicts == ["added"] + ["unchanged"] * (count - 1)
    assert (kept.revision, len(kept.events), len(await acts(store))) == (1, 1, 1)


@ON_BOTH
async def test_calls_at_once_that_move_on_move_on_once(
    portal: Portal, store: Database, open_again: Callable[[], Database], clock: WatchedClock
) -> None:
    await portal.put("A-1", state="usulan_diterima")
    async with calling(open_again(), clock, await key(store, "second")) as other:
        answers = await asyncio.gather(
            *(door.put("A-1", state="seleksi_administrasi") for door in [portal, other] * 3),
            *(door.put("A-1", state="ditarik") for door in [portal, other]),
        )
    kept = await stored(store, "A-1")

    assert {answer.status_code for answer in answers} <= {200, 409}
    assert [event.position for event in kept.events] == list(range(1, len(kept.events) + 1))
    assert kept.revision == len(kept.events)


async def test_a_proposal_is_shown_without_anything_that_proves_it(portal: Portal) -> None:
    await portal.put("A/1", phone="0812 0000 0000", code="7kqm-2b9t-xw4c", state="usulan_diterima", released_at=FIRST)
    shown = await portal.shown("a%2F1")

    assert shown["events"] == [
        {
            "position": 1,
            "state": "usulan_diterima",
            "entered_at": "2026-11-24T03:00:00Z",
            "released_at": "2026-06-02T02:00:00Z",
            "correction": False,
        }
    ]
    assert (shown["number"], shown["has_phone"], shown["has_code"]) == ("A-1", True, True)
    assert not any(word in str(shown).lower() for word in ("8120000", "7kqm", "sha256"))


@ON_BOTH
async def test_pages_hold_every_proposal_once_in_order(portal: Portal) -> None:
    numbers = [f"A-{number:02}" for number in range(7)]
    for number in reversed(numbers):
        await portal.put(number)
    found: list[str] = []
    after: dict[str, str] = {}
    while True:
        page = (await portal.get("/proposals", params={"limit": 3, **after})).json()
        found += [proposal["number"] for proposal in page["proposals"]]
        if page["next"] is None:
            break
        after = {"after": page["next"].lower()}

    assert found == numbers


@pytest.mark.parametrize(
    ("asked", "found"),
    [
        ({}, ["A-1", "A-2", "A-3"]),
        ({"edition": 2026}, ["A-1", "A-3"]),
        ({"state": "ditarik"}, ["A-2", "A-3"]),
        ({"edition": 2026, "state": "ditarik"}, ["A-3"]),
        ({"edition": 2026, "after": "A-1"}, ["A-3"]),
        ({"limit": 200, "edition": 1999}, []),
    ],
)
async def test_a_list_holds_what_is_asked_for(portal: Portal, asked: dict[str, Any], found: list[str]) -> None:
    await portal.put("A-1")
    await portal.put("A-2", edition=2025, state="ditarik")
    await portal.put("A-3")
    await portal.put("A-3", state="ditarik")
    page = (await portal.get("/proposals", params=asked)).json()

    assert [proposal["number"] for proposal in page["proposals"]] == found


async def test_an_issued_code_is_shown_once_and_takes_the_place_of_the_earlier(
    portal: Portal, store: Database, clock: WatchedClock
) -> None:
    await portal.put("A-1", code="7kqm-2b9t-xw4c")
    answer = await portal.act("A-1", "code")
    issued, kept = answer.json(), await stored(store, "A-1")
    code = proof.code(issued["code"])

    assert answer.status_code == 201
    assert code is not None
    assert kept.code_sha256 == proof.code_hash("A-1", code)
    assert kept.code_expires_at == clock.now() + timedelta(days=90)
    assert issued["expires_at"] == "2027-02-22T03:00:00Z"
    assert (await acts(store))[-1] == ("key:portal", "code_issued", "A-1", {})


async def test_a_correction_goes_any_way_and_is_audited_with_its_reason(portal: Portal, store: Database) -> None:
    await portal.put("A-1", state="ditarik")
    answer = await portal.act("A-1", "correction", state="penjurian", reason="Wrong row")
    again = await portal.act("A-1", "correction", state="penjurian", reason="Wrong row")
    latest = (await stored(store, "A-1")).latest

    assert (answer.status_code, answer.json()["verdict"], again.json()["verdict"]) == (200, "changed", "unchanged")
    assert (latest.state, latest.correction, latest.released_at) == ("penjurian", True, None)
    assert [act for act in await acts(store) if act[1] == "proposal_corrected"] == [
        ("key:portal", "proposal_corrected", "A-1", {"from": "ditarik", "to": "penjurian", "reason": "Wrong row"})
    ]


@ON_BOTH
async def test_a_stage_is_released_for_all_at_the_same_minute(portal: Portal, store: Database) -> None:
    for number in range(3):
        await portal.put(f"A-{number}", state="penjurian")
    await portal.put("B-1", edition=2025, state="penjurian")
    await portal.put("C-1", state="ditarik")
    answer = await portal.release(edition=2026, state="penjurian", at="2026-12-01T10:00:00+07:00")
    released = [(await stored(store, f"A-{number}")).latest.released_at for number in range(3)]

    assert answer.json() == {"released": 3, "at": "2026-12-01T03:00:00Z"}
    assert {at.isoformat() for at in released if at} == {"2026-12-01T03:00:00+00:00"}
    assert (await stored(store, "B-1")).latest.released_at is None
    assert (await stored(store, "C-1")).latest.released_at is None
    assert (await acts(store))[-1] == (
        "key:portal",
        "released",
        "2026 penjurian",
        {"at": "2026-12-01T03:00:00+00:00", "released": 3},
    )


async def test_one_proposal_is_released_now_and_a_second_time_not_again(portal: Portal, store: Database) -> None:
    await portal.put("A-1")
    await portal.put("A-1", state="seleksi_administrasi")
    first = await portal.release(number="a-1", at="2020-01-01T00:00:00Z")
    second = await portal.release(number="A-1")

    assert first.json() == {"released": 2, "at": "2026-11-24T03:00:00Z"}
    assert second.json()["released"] == 0


async def test_a_deleted_proposal_is_gone_and_may_come_again(portal: Portal, store: Database) -> None:
    await portal.put("A-1", state="ditarik")
    answer = await portal.delete("/proposals/a-1")
    gone = [await portal.get("/proposals/A-1"), await portal.delete("/proposals/A-1")]

    assert (answer.status_code, answer.content) == (204, b"")
    assert [problem(each) for each in gone] == [(404, "no_such_proposal")] * 2
    assert (await portal.put("A-1", state="usulan_diterima")).status_code == 201
    assert [act[1] for act in await acts(store)] == ["proposal_put", "proposal_deleted", "proposal_put"]


async def test_what_there_is_none_of_is_told_and_not_audited(portal: Portal, store: Database) -> None:
    answers = [
        await portal.get("/proposals/A-1"),
        await portal.act("A-1", "code"),
        await portal.act("A-1", "correction", state="penjurian", reason="x"),
        await portal.release(number="A-1"),
    ]

    assert [problem(answer) for answer in answers] == [(404, "no_such_proposal")] * 4
    assert await acts(store) == []


async def test_where_the_view_is_the_source_nothing_is_written_and_all_is_shown(
    portal: Portal, store: Database, clock: WatchedClock
) -> None:
    await portal.put("A-1")
    async with calling(store, clock, await key(store, "second"), writable=False) as reader:
        refused = [
            await reader.put("A-1", title="Other"),
            await reader.act("A-1", "correction", state="penjurian", reason="x"),
            await reader.release(number="A-1"),
            await reader.delete("/proposals/A-1"),
        ]
        shown = await reader.shown("A-1")

    assert [problem(answer) for answer in refused] == [(409, "view_is_source")] * 4
    assert shown["title"] == "Tenun ikat"


async def test_no_personal_data_stand_in_the_audit(portal: Portal, store: Database) -> None:
    await portal.put("A-1", phone="0812 0000 0000", code="7kqm-2b9t-xw4c")
    await portal.put("A-1", phone="0813 0000 0000", title="Batik")
    await portal.act("A-1", "code")
    told = str(await acts(store)).lower()

    assert not any(word in told for word in ("81200", "81300", "7kqm", "tenun", "batik", "sha256"))


INJECTIONS = [
    "'; DROP TABLE proposals; --",
    '" OR ""="',
    "%' OR 1=1 --",
    "{{7*7}}${7*7}",
    "<script>alert(1)</script>",
    "../../etc/passwd",
    "\\u0000",
    "𝔘𝔭𝔞 é ꦲ 🏅",
]


@pytest.mark.parametrize("text", INJECTIONS)
async def test_what_looks_like_a_command_is_kept_as_it_is_or_refused(
    text: str, portal: Portal, store: Database
) -> None:
    kept = await portal.put("A-1", title=text)
    corrected = await portal.act("A-1", "correction", state="penjurian", reason=text)
    fields = ("phone", "code", "state", "category", "edition", "entered_at", "released_at", "code_expires_at", text)
    refused = [await portal.put("A-2", **{"state": "ditarik", "code": "7KQM2B9T"} | {field: text}) for field in fields]
    asked = [await portal.get("/proposals", params={name: text}) for name in ("state", "edition", "after", "limit")]
    released = await portal.release(edition=2026, state=text)

    assert (kept.status_code, kept.json()["proposal"]["title"], corrected.status_code) == (201, text, 200)
    assert {answer.status_code for answer in (*refused, *asked, released)} == {422}
    assert (await acts(store))[-1][3]["reason"] == text
    assert [proposal["number"] for proposal in (await portal.get("/proposals")).json()["proposals"]] == ["A-1"]


@pytest.mark.parametrize("text", INJECTIONS)
async def test_a_number_that_is_none_is_refused_everywhere(text: str, portal: Portal, store: Database) -> None:
    answers = [
        await portal.request(method, f"/proposals/{quote(text, safe='')}{act}", json=BODY)
        for method, act in (("PUT", ""), ("GET", ""), ("DELETE", ""), ("POST", "/code"), ("POST", "/correction"))
    ]

    assert {problem(answer)[0] for answer in answers} == {422}


@pytest.mark.parametrize("title", ["a\nb", "a\x00b", "\x1b[31m", "a\u202eb", "a\u2028b", "\x7f", "", "x" * 301])
async def test_a_title_is_one_line_that_can_be_seen(title: str, portal: Portal) -> None:
    answer = await portal.put("A-1", title=title)

    assert problem(answer) == (422, "invalid")
    assert [mistake["pointer"] for mistake in answer.json()["errors"]] == ["#/title"]


async def test_a_title_of_300_characters_is_kept_in_one_spelling(portal: Portal, store: Database) -> None:
    await portal.put("A-1", title="e\u0301" + "x" * 298)

    assert (await stored(store, "A-1")).title == "é" + "x" * 298


async def test_every_call_with_a_change_has_its_line_in_the_audit(portal: Portal, store: Database) -> None:
    await portal.put("A-1", state="usulan_diterima")
    await portal.put("A-1", state="seleksi_administrasi")

    assert await acts(store) == [
        ("key:portal", "proposal_put", "A-1", {"verdict": "added", "state": "usulan_diterima"}),
        ("key:portal", "proposal_put", "A-1", {"verdict": "changed", "state": "seleksi_administrasi"}),
    ]


@ON_BOTH
async def test_two_that_add_at_once_and_never_end_are_told_to_come_again(
    portal: Portal, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def conflict(*_: object) -> None:
        raise ConflictError("INSERT", {}, Exception())

    monkeypatch.setattr(records, "put", conflict)
    with capture_logs():
        answer = await portal.put("A-1")

    assert problem(answer)[0] == 503


async def test_nothing_of_the_proposals_is_left_out_of_the_table(portal: Portal, store: Database) -> None:
    await portal.put("A-1", code="7kqm-2b9t-xw4c", code_expires_at="2026-12-31T23:59:59.5+07:00")
    async with store.reading() as tx:
        row = (await tx.execute(sa.select(tables.proposals))).one()

    assert row.code_expires_at.isoformat() == "2026-12-31T16:59:59.500000+00:00"
