"""Whatever is wrong is told as application/problem+json, with nothing of what was sent, and nothing in the log."""

from __future__ import annotations

import asyncio
import io
import json
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from structlog.testing import capture_logs

from bot import logs
from bot.api import problems
from bot.api.entrance import BODY_LIMIT
from bot.channels import body
from storage.database import Database
from storage.proposals import records
from tests.bot import serving
from tests.bot.api.conftest import BODY, Portal, calling, key, problem
from tests.bot.conftest import WatchedClock

JSON = {"Content-Type": "application/json"}


async def send(portal: Portal, content: Any, **headers: str) -> httpx.Response:
    return await portal.request("PUT", "/proposals/A-1", content=content, headers=JSON | headers)


@pytest.mark.parametrize(
    "path", ["/", "/nothing", "/proposals/A-1/code/", "/docs/files/nothing.js", "/docs/files/../x"]
)
async def test_there_is_nothing_at_other_addresses(path: str, portal: Portal) -> None:
    answer = await portal.get(path)

    assert problem(answer)[0] in {404, 422}


@pytest.mark.parametrize(
    ("method", "path", "allowed"),
    [
        ("PATCH", "/proposals/A-1", "DELETE, GET, PUT"),
        ("POST", "/proposals/A-1", "DELETE, GET, PUT"),
        ("GET", "/proposals/A-1/code", "POST"),
        ("PUT", "/proposals/A/1/correction", "POST"),
        ("DELETE", "/proposals", "GET"),
        ("OPTIONS", "/releases", "POST"),
        ("POST", "/docs", "GET, HEAD"),
    ],
)
async def test_an_unknown_method_is_told_those_that_are_known(
    method: str, path: str, allowed: str, portal: Portal
) -> None:
    answer = await portal.request(method, path)

    assert (problem(answer)[0], answer.headers["allow"]) == (405, allowed)


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"{",
        b"nothing",
        b"\xff\xfe",
        b'{"edition": 2026',
        b"[" * 30_000,
        b"1" * 5000,
        b'{"a": 1' + b"0" * 5000 + b"}",
    ],
    ids=["empty", "open", "word", "no UTF-8", "cut", "deep", "number", "long number"],
)
async def test_what_is_no_json_is_refused(content: bytes, portal: Portal) -> None:
    assert problem(await send(portal, content))[0] in {400, 422}


@pytest.mark.parametrize("content", [b"null", b"[]", b"1", b'"a"', b"true", b"NaN", b"{}"])
async def test_json_that_is_no_proposal_is_refused_with_its_place(content: bytes, portal: Portal) -> None:
    answer = await send(portal, content)

    assert problem(answer) == (422, "invalid")
    assert {mistake["place"] for mistake in answer.json()["errors"]} == {"body"}


@pytest.mark.parametrize("kind", ["text/plain", "application/x-www-form-urlencoded", "application/xml", ""])
async def test_only_json_is_taken(kind: str, portal: Portal) -> None:
    answer = await send(portal, json.dumps(BODY), **{"Content-Type": kind})

    assert problem(answer)[0] == 415


async def test_json_may_name_its_charset(portal: Portal) -> None:
    answer = await send(portal, json.dumps(BODY), **{"Content-Type": "application/json; charset=utf-8"})

    assert answer.status_code == 201


async def test_a_body_is_taken_up_to_its_limit_and_not_beyond(portal: Portal) -> None:
    fitting = json.dumps(BODY).encode().ljust(BODY_LIMIT)

    assert (await send(portal, fitting)).status_code == 201
    assert problem(await send(portal, fitting + b" "))[0] == 413


async def test_a_body_that_never_comes_is_not_waited_for(portal: Portal, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(body, "PATIENCE_SECONDS", 0.01)

    async def never() -> AsyncIterator[bytes]:
        yield b"{"
        await asyncio.Event().wait()

    assert problem(await send(portal, never()))[0] == 408


async def test_every_mistake_is_told_with_its_place_and_without_what_was_sent(portal: Portal) -> None:
    answer = await portal.put(
        "A-1", edition="8120000", phone="8120000x", code="uuuuuuuu", entered_at="2026-06-02T09:00:00", odd="8120000"
    )
    mistakes = {mistake["pointer"]: mistake["detail"] for mistake in answer.json()["errors"]}

    assert set(mistakes) == {"#/edition", "#/phone", "#/code", "#/entered_at", "#/odd"}
    assert mistakes["#/entered_at"] == "Must be a time with its offset, such as 2026-11-24T10:00:00+07:00."
    assert not any(word in answer.text for word in ("8120000", "uuuu"))


@pytest.mark.parametrize(
    ("sent", "pointer"),
    [
        ({"title": None}, "#/title"),
        ({"released_at": "2026-06-02T09:00:00Z"}, "#"),
        ({"code_expires_at": "2026-06-02T09:00:00Z"}, "#"),
        ({"edition": True}, "#/edition"),
        ({"edition": 2026.5}, "#/edition"),
        ({"state": "x", "entered_at": 1750000000}, "#/entered_at"),
        ({"state": "x", "entered_at": "2026-02-30T09:00:00Z"}, "#/entered_at"),
        ({"state": "x", "entered_at": "0001-01-01T00:00:00+23:59"}, "#/entered_at"),
        ({"state": "x", "entered_at": "2026-06-02 09:00:00Z"}, "#/entered_at"),
        ({"a/b~c": 1}, "#/a~1b~0c"),
        ({"x" * 1000: 1}, "#/" + "x" * problems.NAME_LENGTH),
    ],
)
async def test_the_place_of_a_mistake_is_a_json_pointer(sent: dict[str, Any], pointer: str, portal: Portal) -> None:
    answer = await portal.put("A-1", **sent)

    assert pointer in [mistake["pointer"] for mistake in answer.json()["errors"]]


@pytest.mark.parametrize(
    ("sent", "pointers"),
    [
        ({}, ["#/edition", "#/state"]),
        ({"number": "x"}, ["#/number"]),
        ({"number": "A-1", "edition": 2026}, ["#/edition"]),
        ({"edition": 2026, "state": "penjurian", "at": "2026-12-01"}, ["#/at"]),
    ],
)
async def test_a_release_is_of_one_or_of_a_stage(sent: dict[str, Any], pointers: list[str], portal: Portal) -> None:
    answer = await portal.release(**sent)

    assert problem(answer) == (422, "invalid")
    assert [mistake["pointer"] for mistake in answer.json()["errors"]] == pointers


async def test_half_a_character_harms_nothing(portal: Portal) -> None:
    answer = await send(portal, rb'{"edition": 2026, "category": "kepeloporan", "title": "\ud800", "\ud800": 1}')

    assert problem(answer) == (422, "invalid")


async def test_ever_so_many_mistakes_are_told_in_part(portal: Portal) -> None:
    answer = await portal.put("A-1", **{f"odd{number}": 1 for number in range(2000)})

    assert len(answer.json()["errors"]) == problems.MISTAKES


async def test_a_database_that_is_away_is_told_and_when_to_come_again(
    store: Database, clock: WatchedClock, tmp_path: Path
) -> None:
    given = await key(store)
    away = Database(f"sqlite+aiosqlite:///{tmp_path}/nowhere.db")  # has no tables
    with capture_logs() as told:
        async with calling(away, clock, given) as portal:
            answer = await portal.put("A-1")
    await away.close()

    assert problem(answer)[0] == 503
    assert [line["event"] for line in told] == ["api_unavailable"]
    assert answer.headers["retry-after"] == "5"


async def test_a_mistake_of_ours_is_logged_and_told_without_its_reason(
    portal: Portal, monkeypatch: pytest.MonkeyPatch, logging_restored: None
) -> None:
    async def crash(*_: object) -> None:
        raise RuntimeError("rahasia 08120000")

    monkeypatch.setattr(records, "put", crash)
    log = io.StringIO()
    logs.configure(log)
    answer = await portal.put("A-1", title="rahasia")

    assert problem(answer)[0] == 500
    assert "rahasia" not in answer.text + log.getvalue()
    assert "api_failed" in log.getvalue()


async def test_nothing_that_was_sent_is_logged(portal: Portal, logging_restored: None) -> None:
    log = io.StringIO()
    logs.configure(log)
    private = {"phone": "081299988877", "code": "7kqm-2b9t-xw4c", "title": "rahasia"}
    await portal.put("RAHASIA-1", **private)
    await portal.put("RAHASIA-1", **private | {"edition": "rahasia", "phone": "081299988877x"})
    await portal.put("RAHASIA-1", **private, state="penjurian")
    await portal.act("RAHASIA-1", "correction", state="ditarik", reason="rahasia")
    await portal.get("/proposals", headers={"Authorization": "Bearer rahasia"})
    told = log.getvalue().lower()

    assert "api_refused" in told
    assert not any(word in told for word in ("rahasia", "8129", "7kqm", "upk_"))


async def test_answers_are_kept_by_nobody_and_have_the_headers_of_all_pages(
    store: Database, clock: WatchedClock, tmp_path: Path
) -> None:
    service = serving.assemble(serving.settings(tmp_path), store, clock)
    given = await key(store)
    async with serving.browsing(serving.web(service), Authorization=f"Bearer {given}") as portal:
        answers = [
            await portal.put("/api/v1/proposals/A-1", json=BODY),
            await portal.get("/api/v1/proposals/A-1"),
            await portal.get("/api/v1/proposals/A-2"),
            await portal.get("/api/v1/nothing"),
        ]

    assert [answer.status_code for answer in answers] == [201, 200, 404, 404]
    assert {answer.headers["cache-control"] for answer in answers} == {"no-store"}
    assert all("frame-ancestors 'none'" in answer.headers["content-security-policy"] for answer in answers)
