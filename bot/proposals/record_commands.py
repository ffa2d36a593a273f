"""What staff do to one proposal: correct it, issue its access code, end who may know of it, delete it."""

from __future__ import annotations

import json
from datetime import timedelta

import click

from bot.errors import PlainError
from bot.proposals.desk import Desk, counted, iso, jakarta, known, refuse_where_the_portal_leads
from storage import audit
from storage.proposals import links, proof, records, removal

REASON_LENGTH = 300  # characters


async def correct(desk: Desk, number: str, state: str, reason: str) -> None:
    """Put a proposal into a state whatever the ways say, and keep why."""
    refuse_where_the_portal_leads(desk.settings)
    why = " ".join(reason.split())
    if not why or len(why) > REASON_LENGTH:
        raise PlainError(f"A reason has 1 to {REASON_LENGTH} characters; this one has {len(why)}.")
    async with desk.opened() as database, database.transaction() as tx:
        before = await known(tx, number)
        if await records.correct(tx, number, state, desk.clock.now()) is None:
            raise PlainError(f"{number} stands at {state} already.")
        earlier = before.latest.state
        details = {"from": earlier, "to": state, "reason": why}
        await audit.record(tx, desk.act("proposal_corrected", number, **details))
    click.echo(f"{number} stands at {state}, no longer at {earlier}.")
    click.echo(f"People cannot see this yet; release it with: upakarti proposals release {number}")
    click.echo("The reason is kept in the audit: no personal data belongs there.", err=True)


async def issue_code(desk: Desk, number: str, days: int, *, as_json: bool) -> None:
    """Print a new access code, this once; an earlier one is useless from now on.

    Also where the portal leads: its view does not take back what staff issued, unless it has a new code itself.
    """
    code, until = proof.new_code(), desk.clock.now() + timedelta(days=days)
    async with desk.opened() as database, database.transaction() as tx:
        await known(tx, number)
        await links.issue_code(tx, number, code, until)
        await audit.record(tx, desk.act("code_issued", number, until=iso(until)))
    if as_json:
        click.echo(json.dumps({"number": number, "code": proof.grouped(code), "until": iso(until)}))
        return
    click.echo(f"{number}: {proof.grouped(code)}")
    click.echo(f"It works once, until {jakarta(until)}, and is not shown again.")


async def unlink(desk: Desk, number: str, person: int | None) -> None:
    """End the right of a person, or of everybody, to know of a proposal, and that of their delegates."""
    async with desk.opened() as database, database.transaction() as tx:
        await known(tx, number)
        before = len(await links.of_number(tx, number))
        await links.remove(tx, number, person)
        ended = before - len(await links.of_number(tx, number))
        if not ended:
            whom = "Nobody may" if person is None else f"Person {person} may not"
            raise PlainError(f"{whom} know of {number}.")
        await audit.record(tx, desk.act("unlinked", number, person=person, ended=ended))
    click.echo(f"{counted(ended, 'person', 'people')} may no longer know of {number}; news that waited are taken back.")


async def delete(desk: Desk, number: str, *, confirmed: bool) -> None:
    """Delete a proposal with its events and all links to it.

    Also where the portal leads, since what its view lost is not always deleted by itself.
    """
    if not confirmed:
        raise PlainError(f"Nothing was deleted: say --yes to delete {number} with all its events and links for good.")
    async with desk.opened() as database, database.transaction() as tx:
        found = await known(tx, number)
        await removal.remove(tx, number)
        details = {"edition": found.edition, "state": found.latest.state}
        await audit.record(tx, desk.act("proposal_deleted", number, **details))
    click.echo(f"{number} is deleted.")
    if desk.settings.status_database_url is not None:
        click.echo("If the portal's view still has it, it comes back within an hour, and nobody knows of it then.")
