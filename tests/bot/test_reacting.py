"""What an error says of the person, the line or staff is done, and nothing else."""

from __future__ import annotations

from datetime import timedelta

import pytest

from bot.channels.base import (
    AccountError,
    NoAnnouncementsError,
    OptedOutError,
    RefusedError,
    SendError,
    SpamLimitedError,
    TryLaterError,
)
from bot.reacting import ACCOUNT_REST, SPAM_REST, reaction
from storage.reactions import NOTHING, Reaction
from storage.rests import Rest
from tests.storage.given import NOW


@pytest.mark.parametrize(
    ("error", "follows"),
    [
        (OptedOutError("blocked"), Reaction(door_closed=True)),
        (NoAnnouncementsError("marketing_opted_out"), Reaction(unsubscribed=True)),
        (SpamLimitedError("spam", alarm="s"), Reaction(rest=Rest("bulk", NOW + SPAM_REST), alarm="s")),
        (AccountError("token", timedelta(1), alarm="a"), Reaction(rest=Rest("all", NOW + timedelta(1)), alarm="a")),
        (AccountError("token"), Reaction(rest=Rest("all", NOW + ACCOUNT_REST))),
        (TryLaterError("busy"), NOTHING),
        (RefusedError("undeliverable"), NOTHING),
    ],
)
def test_what_follows(error: SendError, follows: Reaction) -> None:
    assert reaction(error, NOW) == follows
