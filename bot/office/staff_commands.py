"""The commands `upakarti staff …`: who works at the office."""

from __future__ import annotations

import json
import re

import click

from bot.errors import PlainError
from bot.proposals.desk import Desk, iso, jakarta
from storage.office import invitations, staff
from storage.office.staff import Invited, Member, Role

_NAME = re.compile(r"[^\W_](?:[^\x00-\x1f\x7f-\x9f]{0,58}[^\s\x00-\x1f\x7f-\x9f])?")


async def invite(desk: Desk, name: str, role: Role) -> None:
    """Print a code for somebody, this once."""
    name = _known_as(name)
    now, code = desk.clock.now(), invitations.new_code()
    async with desk.opened() as database, database.transaction() as tx:
        invited = await staff.invite(tx, Invited(name, role, invitations.read(code) or ""), desk.actor, now)
    if invited is None:
        raise PlainError(f"{name!r} works here already: take another name, or remove them first.")
    click.echo(code)
    until = jakarta(now + invitations.LIFE)
    click.echo(
        f"For {name}, {role}: send this code to the assistant in a chat of one's own, until {until}. It works once, is"
        " shown this once, and replaces an earlier code for the same name.",
        err=True,
    )


async def show(desk: Desk, *, as_json: bool) -> None:
    """Print all who work here or are invited, by name."""
    async with desk.opened() as database, database.reading() as tx:
        found = await staff.every(tx)
    for member in found:
        state = _state(member, desk)
        click.echo(json.dumps(_described(member, state), ensure_ascii=False) if as_json else _line(member, state))
    if not found and not as_json:
        click.echo("Nobody yet. See: upakarti staff invite --help")


async def remove(desk: Desk, name: str) -> None:
    """Take all rights from somebody at once."""
    name = " ".join(name.split())
    async with desk.opened() as database, database.transaction() as tx:
        removed = await staff.remove(tx, name, desk.actor, desk.clock.now())
    if removed is None:
        raise PlainError(f"Nobody is called {name!r} here. See: upakarti staff list")
    click.echo(f"{name} is removed: from now on the account is like anybody's, and an unused code is worth nothing.")


def _known_as(name: str) -> str:
    found = " ".join(name.split())
    if not _NAME.fullmatch(found):
        raise PlainError(f"{name!r} is no name: use up to 60 characters, a letter or digit first.")
    return found


def _state(member: Member, desk: Desk) -> str:
    """Return how somebody stands, in one word: working, invited, expired (the invitation), or gone (the account)."""
    if member.person_id is not None:
        return "working"
    if member.code_expires_at is None:
        return "gone"
    return "invited" if member.code_expires_at > desk.clock.now() else "expired"


def _described(member: Member, state: str) -> dict[str, object]:
    return {
        "id": member.id,
        "name": member.name,
        "role": member.role,
        "state": state,
        "on_duty": member.on_duty,
        "channel": member.channel,
        "invited_at": iso(member.invited_at),
        "joined_at": iso(member.joined_at),
        "code_expires_at": iso(member.code_expires_at),
    }


def _line(member: Member, state: str) -> str:
    match state:
        case "working":
            told = f"{'on' if member.on_duty else 'off'} duty, on {member.channel}"
        case "gone":
            told = "without an account: invite again"
        case _:
            until = "" if member.code_expires_at is None else jakarta(member.code_expires_at)
            told = f"{state}, code until {until}"
    return f"{member.name}: {member.role}, {told}"
