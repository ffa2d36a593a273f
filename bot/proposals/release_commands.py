"""Staff let people know how proposals stand, one or a whole stage at one moment, and take it back before it is due."""

from __future__ import annotations

import sys
from dataclasses import dataclass
from datetime import datetime
from typing import ClassVar, Protocol

import click

from bot.errors import PlainError
from bot.proposals.desk import Desk, counted, iso, jakarta, known, refuse_where_the_portal_leads
from storage import audit
from storage.database import Transaction
from storage.proposals import releases
from storage.proposals.releases import Reach


class What(Protocol):
    """What is released or held; its text names it."""

    asks: ClassVar[bool]  # whether it is so much that a release has to be confirmed

    async def reach(self, tx: Transaction, now: datetime) -> Reach:
        """Return what a release would do."""

    async def release(self, tx: Transaction, at: datetime, now: datetime) -> int:
        """Let people know from that time on, and return of how many results."""

    async def hold(self, tx: Transaction, now: datetime) -> int:
        """Take back what is not due, and return how many results wait again."""


@dataclass(frozen=True, slots=True)
class One:
    """One proposal."""

    number: str
    asks: ClassVar[bool] = False

    def __str__(self) -> str:
        return self.number

    async def reach(self, tx: Transaction, now: datetime) -> Reach:
        await known(tx, self.number)
        return await releases.reach_of_one(tx, self.number, now)

    async def release(self, tx: Transaction, at: datetime, now: datetime) -> int:
        return await releases.release_one(tx, self.number, at, now)

    async def hold(self, tx: Transaction, now: datetime) -> int:
        await known(tx, self.number)
        return await releases.hold_one(tx, self.number, now)


@dataclass(frozen=True, slots=True)
class Stage:
    """All proposals of an edition that came to a state."""

    state: str
    edition: int
    asks: ClassVar[bool] = True

    def __str__(self) -> str:
        return f"{self.edition} {self.state}"

    async def reach(self, tx: Transaction, now: datetime) -> Reach:
        return await releases.reach_of_stage(tx, self.state, self.edition, now)

    async def release(self, tx: Transaction, at: datetime, now: datetime) -> int:
        return await releases.release_stage(tx, self.state, self.edition, at, now)

    async def hold(self, tx: Transaction, now: datetime) -> int:
        return await releases.hold_stage(tx, self.state, self.edition, now)


async def release(desk: Desk, what: What, at: datetime | None, *, dry_run: bool, confirmed: bool) -> None:
    """Let people know from that time on, or from now; a stage only after it was confirmed."""
    refuse_where_the_portal_leads(desk.settings)
    async with desk.opened() as database:
        now = desk.clock.now()
        async with database.reading() as tx:
            reach = await what.reach(tx, now)
        if not reach.events:
            click.echo(f"Nothing waits for release: {what}.")
            return
        when = max(at or now, now)
        click.echo(_plan(what, reach, when, late=at is not None and at < now))
        if dry_run:
            click.echo("Nothing was changed (--dry-run).")
            return
        if what.asks and not confirmed:
            _confirm()
        now = desk.clock.now()
        when = max(when, now)
        async with database.transaction() as tx:
            released = await what.release(tx, when, now)
            await audit.record(tx, desk.act("released", str(what), at=iso(when), released=released))
    click.echo(f"Done: {counted(released, 'result')}, {jakarta(when)}.")


async def hold(desk: Desk, what: What) -> None:
    """Take back what is not due yet."""
    refuse_where_the_portal_leads(desk.settings)
    async with desk.opened() as database, database.transaction() as tx:
        held = await what.hold(tx, desk.clock.now())
        if held:
            await audit.record(tx, desk.act("held", str(what), held=held))
    if held:
        click.echo(f"Taken back: {counted(held, 'result')} of {what} {'waits' if held == 1 else 'wait'} again.")
    else:
        click.echo(f"Nothing to take back: no release of {what} is still to come.")


def _plan(what: What, reach: Reach, when: datetime, *, late: bool) -> str:
    results, people = counted(reach.events, "result"), counted(reach.people, "person", "people")
    moment = f"now, since that time is past ({jakarta(when)})" if late else f"from {jakarta(when)} (Jakarta) on"
    return f"{what}: {results} can be seen {moment}, and {people} will be told."


def _confirm() -> None:
    if not sys.stdin.isatty():
        raise PlainError("Nothing was released: say --yes, since nobody can be asked here.")
    click.confirm("Release?", abort=True, err=True)
