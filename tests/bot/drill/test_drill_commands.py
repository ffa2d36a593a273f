"""The drill is reported in plain words, and says why it cannot be done."""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from bot.clock import SystemClock
from bot.drill import commands
from bot.drill.platform import Platform
from bot.drill.rehearsal import Plan, Result, _compare, rehearse
from bot.errors import PlainError
from bot.proposals.desk import Desk
from storage.broadcasts.rehearsal import FIRST_CHAT
from storage.broadcasts.reporting import Recipient
from storage.database import Database
from tests.bot import serving
from tests.conftest import CACHE_HOME

LEARNED = CACHE_HOME / "upakarti"
RESULT = Result(
    channels=Counter(telegram=1_900, web=100),
    unreachable=3,
    lasting=timedelta(seconds=150),
    kills=5,
    faults=Counter(cut=9, lost=8, limited=7, blocked=6),
    ends=Counter(sent=1_970, refused=6, unsure=24),
    refused=Counter(blocked=6),
    interrupted=8,
    unanswered=16,
    unsure_arrived=15,
)


def test_a_drill_that_went_well_is_reported_with_its_pace() -> None:
    lines = list(commands._report(RESULT, Plan()))

    assert (
        lines[0] == "2,000 people, a copy of the real audience (1,900 telegram, 100 web); nobody was really written to."
    )
    assert lines[1] == "Left out: 3 people who cannot be reached on any channel."
    assert "  refused   6 (blocked 6)" in lines
    assert "8 in flight at a kill, 16 without an answer; 15 of them had arrived." in "\n".join(lines)
    assert lines[-2:] == ["At the real pace it takes about 2 minutes.", "Passed."]


@pytest.mark.parametrize("what", ["doubled", "lost", "mistaken"])
def test_anything_untrue_fails_the_drill(what: str) -> None:
    result = replace(RESULT, **{what: 1})

    assert not result.passed
    assert list(commands._report(result, Plan(2_000)))[-1].startswith("NOT passed")


@pytest.mark.parametrize(
    ("seconds", "said"), [(60, "up to a minute"), (7_200, "about 120 minutes"), (40_000, "about 11 hours")]
)
def test_the_time_it_takes_is_said_as_people_grasp_it(seconds: float, said: str) -> None:
    assert commands._lasting(seconds) == said


@pytest.mark.parametrize(
    ("status", "reason", "came", "found"),
    [
        ("sent", None, 1, {}),
        ("sent", None, 2, {"doubled": 1}),
        ("sent", None, 0, {"lost": 1}),
        ("queued", None, 0, {"lost": 1}),
        ("refused", "blocked", 0, {}),
        ("refused", "blocked", 1, {"mistaken": 1}),
        ("unsure", "interrupted", 1, {}),
        ("unsure", "answer_lost", 0, {"mistaken": 1}),
    ],
)
def test_what_is_believed_is_compared_with_what_happened(
    status: str, reason: str | None, came: int, found: dict[str, int]
) -> None:
    platform, result = Platform(got=Counter({FIRST_CHAT + 1: came})), Result()
    _compare(Recipient(1, 1, "telegram", "id", status, reason, None, None, None), platform, result)

    assert {name: getattr(result, name) for name in ("doubled", "lost", "mistaken") if getattr(result, name)} == found


async def test_people_are_made_up_and_the_service_is_killed_on_the_way(
    desk: Desk, capsys: pytest.CaptureFixture[str]
) -> None:
    settings = desk.settings.model_copy(update={"cache_dir": LEARNED, "telegram_messages_per_second": 100})
    passed = await commands.drill(Desk(settings, SystemClock()), Plan(people=60, kills=1), as_json=True)
    told = json.loads(capsys.readouterr().out)

    assert passed
    assert (told["people"], told["kills"], sum(told["ends"].values())) == (60, 1, 60)
    assert (told["doubled"], told["lost"], told["seconds_at_real_pace"]) == (0, 0, 0.6)


async def test_without_an_audience_it_says_so(desk: Desk, store: Database) -> None:
    with pytest.raises(PlainError, match="--people 2000"):
        await rehearse(desk, Plan())


async def test_a_database_of_another_version_is_left_as_it_is(desk: Desk, tmp_path: Path) -> None:
    path = tmp_path / "other.db"
    path.touch()
    other = replace(desk, settings=serving.settings(tmp_path, database_url=f"sqlite+aiosqlite:///{path}"))
    with pytest.raises(PlainError, match="not up to date"):
        await rehearse(other, Plan())
