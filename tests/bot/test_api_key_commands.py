"""An operator makes a key for the portal, sees it once, sees which there are, and revokes it."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from bot import api_key_commands
from bot.errors import PlainError
from bot.proposals.desk import account
from bot.settings import Settings
from storage import api_keys, audit
from storage.database import Database
from tests.bot import serving


@pytest.fixture
def given(tmp_path: Path) -> Settings:
    return serving.settings(tmp_path)


async def acts(given: Settings) -> list[tuple[str, str, str]]:
    database = Database(given.database_url)
    async with database.reading() as tx:
        found = await audit.latest(tx, 10)
    await database.close()
    return [(act.actor, act.action, act.subject) for act in reversed(found)]


async def in_use(given: Settings, key: str) -> bool:
    database = Database(given.database_url)
    async with database.reading() as tx:
        found = await api_keys.find(tx, key)
    await database.close()
    return found is not None


async def test_a_key_is_shown_once_alone_on_stdout_and_works(
    given: Settings, capsys: pytest.CaptureFixture[str]
) -> None:
    await api_key_commands.make(given, "portal")
    out, err = capsys.readouterr()

    assert re.fullmatch(r"upk_[A-Za-z0-9_-]{43}\n", out)
    assert "only time" in err
    assert await in_use(given, out.strip())
    assert await acts(given) == [(account(), "api_key_made", "portal")]


async def test_keys_are_listed_without_themselves(given: Settings, capsys: pytest.CaptureFixture[str]) -> None:
    await api_key_commands.make(given, "portal")
    await api_key_commands.make(given, "spare")
    await api_key_commands.revoke(given, "spare")
    capsys.readouterr()
    await api_key_commands.show(given, as_json=False)
    lines = capsys.readouterr().out
    await api_key_commands.show(given, as_json=True)
    shown = [json.loads(line) for line in capsys.readouterr().out.splitlines()]

    assert re.fullmatch(r"portal: made [\d: -]+ UTC, in use\nspare: made [\d: -]+ UTC, revoked [\d: -]+ UTC\n", lines)
    assert [(key["name"], key["revoked_at"] is None) for key in shown] == [("portal", True), ("spare", False)]
    assert all(set(key) == {"name", "created_at", "revoked_at"} for key in shown)


async def test_a_revoked_key_works_no_more(given: Settings, capsys: pytest.CaptureFixture[str]) -> None:
    await api_key_commands.make(given, "portal")
    key = capsys.readouterr().out.strip()
    await api_key_commands.revoke(given, "portal")

    assert not await in_use(given, key)
    assert (await acts(given))[-1] == (account(), "api_key_revoked", "portal")


@pytest.mark.parametrize("name", ["", "Portal", "a b", "-a", "a" * 41, "portal\n", "naïve"])
async def test_a_name_that_is_none_is_refused_before_anything_is_made(
    name: str, given: Settings, tmp_path: Path
) -> None:
    with pytest.raises(PlainError, match="is no name for a key"):
        await api_key_commands.make(given, name)

    assert list(tmp_path.glob("*.db*")) == []


async def test_a_name_that_is_taken_and_one_that_is_none_are_told(given: Settings) -> None:
    await api_key_commands.make(given, "portal")
    with pytest.raises(PlainError, match="There is a key 'portal' already"):
        await api_key_commands.make(given, "portal")
    with pytest.raises(PlainError, match="No key 'spare' is in use"):
        await api_key_commands.revoke(given, "spare")

    assert await acts(given) == [(account(), "api_key_made", "portal")]
