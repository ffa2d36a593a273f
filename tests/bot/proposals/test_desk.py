"""Whoever acts is named by their account, times are Jakarta's, and counts read well."""

from __future__ import annotations

import os
import pwd

import pytest

from bot.proposals import desk
from bot.proposals.desk import Desk
from tests.bot import serving
from tests.storage.given import NOW


def test_whoever_acts_is_named_by_their_account(tmp_path) -> None:
    acting = Desk(serving.settings(tmp_path))
    act = acting.act("release", "UPK-1", events=2)

    assert acting.actor == f"command:{pwd.getpwuid(os.getuid()).pw_name}"
    assert (act.actor, act.action, act.subject, act.details) == (acting.actor, "release", "UPK-1", {"events": 2})


def test_an_account_without_a_name_is_a_number(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "getuid", lambda: 4_000_000_000)

    assert desk.account() == "command:4000000000"


def test_times_are_jakartas() -> None:
    assert desk.jakarta(NOW) == "2026-11-24 10:00 WIB"
    assert desk.iso(NOW) == "2026-11-24T10:00:00+07:00"
    assert desk.iso(None) is None


@pytest.mark.parametrize(
    ("count", "words", "said"),
    [
        (0, ("result",), "0 results"),
        (1, ("result",), "1 result"),
        (5000, ("person", "people"), "5,000 people"),
        (1, ("person", "people"), "1 person"),
    ],
)
def test_counts_read_well(count: int, words: tuple[str, ...], said: str) -> None:
    assert desk.counted(count, *words) == said
