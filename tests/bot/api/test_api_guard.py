"""Only a key in use lets in, at once and no longer; nobody calls too often."""

from __future__ import annotations

import httpx
import pytest
from structlog.testing import capture_logs

from bot.api.guard import CALLS, FAILURES
from storage import api_keys
from storage.database import Database
from tests.bot.api.conftest import Portal, calling, key, problem
from tests.bot.conftest import WatchedClock

CALLED = "/proposals"


async def test_without_a_key_nobody_is_let_in(store: Database, clock: WatchedClock) -> None:
    async with calling(store, clock, None) as stranger:
        answer = await stranger.get(CALLED)

    assert problem(answer) == (401, "blank")
    assert answer.headers["www-authenticate"] == 'Bearer realm="upakarti"'


@pytest.mark.parametrize(
    "shown",
    [
        "Bearer upk_" + "A" * 43,
        "Bearer upk_short",
        "Bearer ' OR 1=1 --",
        "Bearer",
        "Bearer " + "A" * 8000,
        "Basic dXBrXzp4",
        "upk_" + "A" * 43,
    ],
)
async def test_what_is_no_key_in_use_lets_nobody_in(shown: str, store: Database, clock: WatchedClock) -> None:
    async with calling(store, clock, None) as stranger:
        answer = await stranger.get(CALLED, headers={"Authorization": shown})

    assert problem(answer)[0] == 401
    assert answer.headers["www-authenticate"].startswith("Bearer")


async def test_the_word_before_the_key_may_be_spelt_small(store: Database, clock: WatchedClock) -> None:
    given = await key(store)
    async with calling(store, clock, None) as portal:
        answers = [
            await portal.get(CALLED, headers={"Authorization": f"{word} {given}"}) for word in ("Bearer", "bearer")
        ]

    assert [answer.status_code for answer in answers] == [200, 200]


async def test_a_stranger_is_refused_before_the_body_is_looked_at(store: Database, clock: WatchedClock) -> None:
    async with calling(store, clock, None) as stranger:
        answer = await stranger.request("PUT", "/proposals/A-1", content=b"x" * 100_000)

    assert problem(answer)[0] == 401


async def test_a_revoked_key_lets_nobody_in_from_the_next_call_on(portal: Portal, store: Database) -> None:
    before = await portal.get(CALLED)
    async with store.transaction() as tx:
        await api_keys.revoke(tx, "portal", WatchedClock().now())
    after = await portal.get(CALLED)

    assert (before.status_code, problem(after)[0]) == (200, 401)


async def burst(client: httpx.AsyncClient, count: int) -> list[int]:
    return [(await client.get(CALLED)).status_code for _ in range(count)]


async def test_a_key_may_call_so_often_and_then_has_to_wait(
    portal: Portal, store: Database, clock: WatchedClock
) -> None:
    first = await burst(portal, CALLS.burst)
    refused = await portal.get(CALLED)
    clock.move(1.0)
    second = await burst(portal, int(CALLS.per_second) + 1)

    assert set(first) == {200}
    assert problem(refused) == (429, "blank")
    assert refused.headers["retry-after"] == "1"
    assert second == [200] * int(CALLS.per_second) + [429]


async def test_another_key_need_not_wait_for_it(store: Database, clock: WatchedClock) -> None:
    first, second = await key(store, "first"), await key(store, "second")
    async with calling(store, clock, first) as portal:
        await burst(portal, CALLS.burst)
        mine = await portal.get(CALLED)
        theirs = await portal.get(CALLED, headers={"Authorization": f"Bearer {second}"})

    assert (mine.status_code, theirs.status_code) == (429, 200)


async def test_those_without_a_key_have_to_wait_and_those_with_one_do_not(store: Database, clock: WatchedClock) -> None:
    given = await key(store)
    async with calling(store, clock, None) as stranger:
        with capture_logs() as logs:
            first = await burst(stranger, FAILURES.burst)
            refused = await stranger.get(CALLED)
        portal = await stranger.get(CALLED, headers={"Authorization": f"Bearer {given}"})
        clock.move(1.0)
        second = await burst(stranger, 2)

    assert set(first) == {401}
    assert (problem(refused)[0], refused.headers["retry-after"]) == (429, "1")
    assert (portal.status_code, second) == (200, [401, 429])
    assert [line["event"] for line in logs] == ["api_refused"] * FAILURES.burst
