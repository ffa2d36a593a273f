"""The drill's platform takes messages as Telegram does, and fails as it is told."""

from __future__ import annotations

import random

import aiohttp
import pytest

from bot.drill import platform
from bot.drill.platform import Platform, Shares

QUIET = Shares(cut=0, lost=0, limited=0, blocked=0)


async def call(
    stub: Platform, method: str, token: str | None = None, **fields: object
) -> tuple[int, dict[str, object]]:
    async with (
        platform.served(stub) as url,
        aiohttp.ClientSession(url) as session,
        session.post(f"/bot{token or stub.token}/{method}", data=fields) as answer,
    ):
        return answer.status, await answer.json()


async def test_a_message_is_taken_and_named() -> None:
    stub = Platform(QUIET)
    status, answer = await call(stub, "sendMessage", chat_id=7, text="Halo")

    assert (status, answer["result"]["message_id"]) == (200, 1)  # type: ignore[index]
    assert stub.got == {7: 1}


async def test_a_changed_message_is_no_new_one() -> None:
    stub = Platform(QUIET)
    status, _ = await call(stub, "editMessageText", chat_id=7, message_id=1, text="Halo")

    assert (status, stub.got) == (200, {})


@pytest.mark.parametrize(
    ("shares", "fate", "came"),
    [(Shares(1, 0, 0, 0), "cut", 0), (Shares(0, 1, 0, 0), "lost", 1)],
)
async def test_an_answer_that_is_kept_back_is_known(shares: Shares, fate: str, came: int) -> None:
    stub = Platform(shares)
    with pytest.raises(aiohttp.ClientError):
        await call(stub, "sendMessage", chat_id=7, text="Halo")

    assert (stub.got[7], stub.unanswered, stub.fates) == (came, {7}, {fate: 1})


@pytest.mark.parametrize(
    ("shares", "status"), [(Shares(0, 0, 1, 0), 429), (Shares(0, 0, 0, 1), 403)], ids=["limited", "blocked"]
)
async def test_a_refusal_has_its_reason(shares: Shares, status: int) -> None:
    stub = Platform(shares)

    assert (await call(stub, "sendMessage", chat_id=7, text="Halo"))[0] == status
    assert stub.got == {}


async def test_faults_come_as_often_as_their_share() -> None:
    stub = Platform(Shares(cut=0, lost=0, limited=0.5, blocked=0), random.Random(1))
    statuses = [(await call(stub, "sendMessage", chat_id=n, text="Halo"))[0] for n in range(20)]

    assert set(statuses) == {200, 429}


async def test_other_calls_are_answered_and_strangers_are_not(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(platform, "POLL_SECONDS", 0.0)
    stub = Platform(QUIET)

    assert (await call(stub, "getMe"))[1]["result"] == platform._ME
    assert (await call(stub, "getUpdates"))[1]["result"] == []
    assert (await call(stub, "deleteWebhook"))[1]["result"] is True
    assert (await call(stub, "getMe", token="1:other"))[0] == 401
