"""An office with officers in it, for tests of what they do in chat."""

from __future__ import annotations

from storage import audit
from storage.office import invitations, staff
from storage.office.staff import Invited, Role
from tests.handlers.status.desk import Desk

CODES = {
    "Ani": "PANITIA-7KQM-2B9T-XW4C-H8RD",
    "Siti": "PANITIA-4H2J-8RSD-6TNB-9WXY",
    "Rudi": "PANITIA-AAAA-2222-BBBB-3333",
}


async def invite(desk: Desk, name: str, role: Role = "officer") -> str:
    """Invite somebody and return the code."""
    code = CODES[name]
    async with desk.database.transaction() as tx:
        invited = Invited(name, role, invitations.read(code) or "")
        assert await staff.invite(tx, invited, "command:test", desk.at) is not None
    return code


async def join(desk: Desk, person: int, name: str, role: Role = "officer") -> int:
    """Let somebody come in, and return their number among the staff."""
    await desk.say(person, await invite(desk, name, role))
    async with desk.database.reading() as tx:
        member = await staff.of_person(tx, await desk.person_id(person))
    assert member is not None
    return member.id


async def remove(desk: Desk, name: str) -> None:
    async with desk.database.transaction() as tx:
        assert await staff.remove(tx, name, "command:test", desk.at) is not None


async def acts(desk: Desk) -> list[tuple[str, str, str]]:
    """Return who did what to what, the first first."""
    async with desk.database.reading() as tx:
        found = await audit.latest(tx, 50)
    return [(act.actor, act.action, act.subject) for act in reversed(found)]
