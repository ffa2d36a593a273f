"""Staff release a stage at one minute, are told before how far it reaches, and can take it back until then."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import datetime, timedelta

import click
import pytest
from pydantic import SecretStr

from bot.errors import PlainError
from bot.proposals import release_commands
from bot.proposals.desk import Desk
from bot.proposals.release_commands import One, Stage, What
from storage import audit
from storage.audit import Act
from storage.database import Database
from tests.bot.conftest import WatchedClock
from tests.bot.proposals.conftest import Terminal
from tests.storage import given
from tests.storage.given import NOW, at
from tests.storage.proposals import made
from tests.storage.proposals.made import ENTRY, NUMBER, OTHER, entry

Printed = Callable[[Awaitable[None]], Awaitable[str]]
STAGE = Stage("seleksi_administrasi", 2024)
HOUR = timedelta(hours=1)


async def some(store: Database) -> None:
    """Three proposals at the stage, one of another edition, one person linked to two of them and one to the third."""
    budi, siti = await given.people(store, 2)
    await made.put(store, ENTRY, entry(OTHER), entry("UPK-2024-003"), entry("UPK-2025-001", edition=2025))
    await made.link(store, budi)
    await made.link(store, budi, OTHER)
    await made.link(store, siti, "UPK-2024-003")


def release(desk: Desk, what: What = STAGE, when: datetime | None = None, **how: bool) -> Awaitable[None]:
    return release_commands.release(desk, what, when, **({"dry_run": False, "confirmed": True} | how))


async def released_at(store: Database, *numbers: str) -> list[datetime | None]:
    return [(await made.get(store, number)).latest.released_at for number in numbers or (NUMBER, OTHER, "UPK-2024-003")]


async def acts(store: Database) -> list[Act]:
    async with store.reading() as tx:
        return await audit.latest(tx, 100)


async def test_a_stage_is_released_at_one_moment_and_that_is_told_and_kept(
    desk: Desk, store: Database, printed: Printed
) -> None:
    await some(store)
    said = await printed(release(desk, when=NOW + HOUR))

    assert said.splitlines() == [
        "2024 seleksi_administrasi: 3 results can be seen from 2026-11-24 11:00 WIB (Jakarta) on,"
        " and 2 people will be told.",
        "Done: 3 results, 2026-11-24 11:00 WIB.",
    ]
    assert await released_at(store) == [NOW + HOUR] * 3
    assert await released_at(store, "UPK-2025-001") == [None]
    assert await acts(store) == [
        Act(
            "command:siti",
            "released",
            "2024 seleksi_administrasi",
            {"at": "2026-11-24T11:00:00+07:00", "released": 3},
            NOW,
        )
    ]


async def test_without_a_time_it_is_now(desk: Desk, store: Database, printed: Printed) -> None:
    await some(store)
    said = await printed(release(desk))

    assert "can be seen from 2026-11-24 10:00 WIB (Jakarta) on" in said
    assert await released_at(store) == [NOW] * 3


async def test_a_time_that_is_past_means_now_and_that_is_said(desk: Desk, store: Database, printed: Printed) -> None:
    await some(store)
    said = await printed(release(desk, when=NOW - HOUR))

    assert "can be seen now, since that time is past (2026-11-24 10:00 WIB)" in said
    assert await released_at(store) == [NOW] * 3


async def test_one_proposal_is_released_alone_without_a_question(desk: Desk, store: Database, printed: Printed) -> None:
    await some(store)
    said = await printed(release(desk, One(NUMBER), confirmed=False))

    assert said.splitlines()[0] == (
        f"{NUMBER}: 1 result can be seen from 2026-11-24 10:00 WIB (Jakarta) on, and 1 person will be told."
    )
    assert await released_at(store) == [NOW, None, None]
    assert [act.subject for act in await acts(store)] == [NUMBER]


async def test_a_dry_run_tells_how_far_it_reaches_and_changes_nothing(
    desk: Desk, store: Database, printed: Printed
) -> None:
    await some(store)
    said = await printed(release(desk, dry_run=True, confirmed=False))

    assert said.splitlines()[-1] == "Nothing was changed (--dry-run)."
    assert "3 results" in said
    assert "2 people will be told" in said
    assert await released_at(store) == [None] * 3
    assert await acts(store) == []


async def test_where_nothing_waits_nothing_is_done(desk: Desk, store: Database, printed: Printed) -> None:
    await some(store)
    await made.release(store)

    assert await printed(release(desk, Stage("penjurian", 2024))) == ("Nothing waits for release: 2024 penjurian.\n")
    assert await printed(release(desk, One(NUMBER))) == f"Nothing waits for release: {NUMBER}.\n"
    assert await acts(store) == []


async def test_where_nobody_can_be_asked_a_stage_is_not_released(
    desk: Desk, store: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    await some(store)
    terminal = Terminal("y\n")
    terminal.isatty = lambda: False
    monkeypatch.setattr("sys.stdin", terminal)
    with pytest.raises(PlainError, match=r"^Nothing was released: say --yes, since nobody can be asked here\.$"):
        await release(desk, confirmed=False)

    assert await released_at(store) == [None] * 3


@pytest.mark.parametrize("answer", ["n\n", "\n", ""])
async def test_a_stage_is_not_released_without_a_yes(
    desk: Desk, store: Database, monkeypatch: pytest.MonkeyPatch, answer: str
) -> None:
    await some(store)
    monkeypatch.setattr("sys.stdin", Terminal(answer))
    with pytest.raises(click.Abort):
        await release(desk, confirmed=False)

    assert await released_at(store) == [None] * 3
    assert await acts(store) == []


async def test_a_stage_is_released_after_a_yes(
    desk: Desk, store: Database, monkeypatch: pytest.MonkeyPatch, printed: Printed
) -> None:
    await some(store)
    monkeypatch.setattr("sys.stdin", Terminal("y\n"))
    await printed(release(desk, confirmed=False))

    assert await released_at(store) == [NOW] * 3


async def test_a_moment_that_passes_while_staff_think_is_told_as_it_became(
    desk: Desk, store: Database, monkeypatch: pytest.MonkeyPatch, printed: Printed, clock: WatchedClock
) -> None:
    await some(store)
    monkeypatch.setattr("sys.stdin", Terminal("y\n"))

    def confirm(*_: object, **__: object) -> bool:
        clock.move(7200)
        return True

    monkeypatch.setattr(click, "confirm", confirm)
    said = await printed(release(desk, when=NOW + HOUR, confirmed=False))

    assert said.splitlines()[-1] == "Done: 3 results, 2026-11-24 12:00 WIB."
    assert await released_at(store) == [NOW + 2 * HOUR] * 3


async def test_a_stage_is_held_until_it_is_due(
    desk: Desk, store: Database, printed: Printed, clock: WatchedClock
) -> None:
    await some(store)
    await printed(release(desk, when=NOW + HOUR))
    said = await printed(release_commands.hold(desk, STAGE))
    again = await printed(release_commands.hold(desk, STAGE))
    await printed(release(desk, when=NOW + HOUR))
    clock.move(3600)
    late = await printed(release_commands.hold(desk, STAGE))

    assert said == "Taken back: 3 results of 2024 seleksi_administrasi wait again.\n"
    assert again == late == "Nothing to take back: no release of 2024 seleksi_administrasi is still to come.\n"
    assert [act.action for act in await acts(store)] == ["released", "held", "released"]


async def test_one_proposal_is_held_alone(desk: Desk, store: Database, printed: Printed) -> None:
    await some(store)
    await printed(release(desk, when=at(60)))
    said = await printed(release_commands.hold(desk, One(NUMBER)))

    assert said == f"Taken back: 1 result of {NUMBER} waits again.\n"
    assert await released_at(store) == [None, at(60), at(60)]


async def test_a_proposal_there_is_none_of_is_neither_released_nor_held(desk: Desk) -> None:
    for work in (release(desk, One(NUMBER)), release_commands.hold(desk, One(NUMBER))):
        with pytest.raises(PlainError, match=r"^There is no proposal UPK-2024-001\.$"):
            await work


def portal_leads(desk: Desk) -> Desk:
    """Return the desk where the portal's view is the source."""
    address = SecretStr("postgresql+asyncpg://reader@db.example/portal")
    return replace(desk, settings=desk.settings.model_copy(update={"status_database_url": address}))


async def test_where_the_portal_leads_staff_release_there(desk: Desk) -> None:
    there = portal_leads(desk)
    for work in (release(there), release_commands.hold(there, STAGE)):
        with pytest.raises(PlainError, match="do this in the portal"):
            await work
