"""An operator invites somebody, sees the code once, sees who works here, and removes them."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import Any

import pytest

from bot.errors import PlainError
from bot.office import staff_commands
from bot.proposals.desk import Desk
from storage import audit
from storage.database import Database
from storage.office import invitations, staff
from tests.bot.conftest import WatchedClock
from tests.bot.test_cli import Command
from tests.storage import given

Printed = Callable[[Awaitable[None]], Awaitable[str]]
Objects = Callable[[Awaitable[None]], Awaitable[list[Any]]]


async def come(store: Database, code: str, desk: Desk) -> None:
    person_id = await given.person(store)
    async with store.transaction() as tx:
        code_sha256 = invitations.code_hash(invitations.read(code) or "")
        assert await staff.redeem(tx, code_sha256, person_id, "telegram", desk.clock.now()) is not None


async def acts(store: Database) -> list[tuple[str, str]]:
    async with store.reading() as tx:
        return [(act.actor, act.action) for act in reversed(await audit.latest(tx, 10))]


async def test_the_code_stands_alone_on_stdout_and_works(
    desk: Desk, store: Database, capsys: pytest.CaptureFixture[str]
) -> None:
    await staff_commands.invite(desk, "  Ani   Dewi ", "officer")
    out, err = capsys.readouterr()

    assert invitations.read(out) is not None
    assert "For Ani Dewi, officer" in err
    await come(store, out, desk)
    assert (await acts(store))[0] == ("command:siti", "staff_invited")


async def test_staff_are_listed_with_how_they_stand(
    desk: Desk, store: Database, clock: WatchedClock, printed: Printed, objects: Objects
) -> None:
    assert "Nobody yet" in await printed(staff_commands.show(desk, as_json=False))
    await staff_commands.invite(desk, "Ani", "officer")
    await come(store, await printed(staff_commands.invite(desk, "Budi", "admin")), desk)
    lines = await printed(staff_commands.show(desk, as_json=False))
    clock.move(timedelta(days=8).total_seconds())
    found = await objects(staff_commands.show(desk, as_json=True))

    assert lines.splitlines()[0].startswith("Ani: officer, invited, code until ")
    assert lines.splitlines()[1] == "Budi: admin, off duty, on telegram"
    assert [(each["name"], each["state"], each["channel"]) for each in found] == [
        ("Ani", "expired", None),
        ("Budi", "working", "telegram"),
    ]
    assert all("code" not in each and "person_id" not in each for each in found)


async def test_somebody_whose_account_is_gone_is_listed_so(desk: Desk, store: Database, printed: Printed) -> None:
    await come(store, await printed(staff_commands.invite(desk, "Ani", "officer")), desk)
    async with store.transaction() as tx:
        await staff.leave(tx, 1, desk.clock.now())

    assert await printed(staff_commands.show(desk, as_json=False)) == "Ani: officer, without an account: invite again\n"


async def test_somebody_removed_is_gone_and_their_name_unknown(desk: Desk, store: Database, printed: Printed) -> None:
    await come(store, await printed(staff_commands.invite(desk, "Ani", "officer")), desk)

    assert "Ani is removed" in await printed(staff_commands.remove(desk, " Ani "))
    with pytest.raises(PlainError, match="Nobody is called 'Ani' here"):
        await staff_commands.remove(desk, "Ani")
    assert [action for _, action in await acts(store)] == ["staff_invited", "staff_joined", "staff_removed"]


async def test_the_name_of_somebody_who_works_here_is_refused(desk: Desk, store: Database, printed: Printed) -> None:
    await come(store, await printed(staff_commands.invite(desk, "Ani", "officer")), desk)

    with pytest.raises(PlainError, match="'Ani' works here already"):
        await staff_commands.invite(desk, "Ani", "admin")


@pytest.mark.parametrize("name", ["", "  ", "-", "*Ani*", "a" * 61, "Ani\x07"])
async def test_a_name_that_is_none_is_refused(desk: Desk, name: str) -> None:
    with pytest.raises(PlainError, match="is no name"):
        await staff_commands.invite(desk, name, "officer")


def test_the_commands_are_typed_as_the_help_says(upakarti: Command) -> None:
    status, code, err = upakarti("staff", "invite", "--name", "Ani", "--role", "admin")
    assert (status, invitations.read(code) is not None) == (0, True), err
    assert upakarti("staff", "list", "--json")[1].startswith('{"id": 1, "name": "Ani", "role": "admin"')
    assert upakarti("staff", "remove", "Ani")[0] == 0
    assert upakarti("staff", "list")[1] == "Nobody yet. See: upakarti staff invite --help\n"
    assert upakarti("staff", "invite", "--name", "Ani", "--role", "boss")[0] == 2
