"""What staff see of proposals: lists, one in full, sums by stage, alarms, and who did what."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import AsyncIterator, Mapping
from datetime import datetime, timedelta

import click

from bot.proposals import description
from bot.proposals.desk import Desk, counted, iso, jakarta, known
from storage import alarms, audit
from storage.audit import Act
from storage.database import Database
from storage.proposals import links, records, tallies
from storage.proposals.records import Proposal
from storage.proposals.tallies import Stage

PAGE = 500  # proposals that are in memory at once
ALARMS_SHOWN = 20  # of one proposal


async def show_list(
    desk: Desk, *, edition: int | None, state: str | None, unreleased: bool, limit: int | None, as_json: bool
) -> None:
    """Print proposals in the order of their numbers, each with where it stands."""
    now = desk.clock.now()
    async with desk.opened() as database:
        left = limit
        async for page, people in _pages(database, edition, state, now if unreleased else None):
            for proposal in page[:left]:
                linked = people.get(proposal.number, 0)
                _print(
                    description.row(proposal, linked, now), description.row_line(proposal, linked, now), as_json=as_json
                )
            if left is not None and (left := left - len(page)) <= 0:
                return


async def show(desk: Desk, number: str, *, as_json: bool) -> None:
    """Print all that staff may know of one proposal."""
    now = desk.clock.now()
    async with desk.opened() as database, database.reading() as tx:
        proposal = await known(tx, number)
        people = await links.of_number(tx, number)
        raised = await alarms.of_number(tx, number, ALARMS_SHOWN)
    lines = "\n".join(description.full_lines(proposal, people, raised, now))
    _print(description.full(proposal, people, raised, now), lines, as_json=as_json)


async def count(desk: Desk, *, edition: int | None, as_json: bool) -> None:
    """Print how many proposals stand at each stage, and of how many of these people know."""
    async with desk.opened() as database, database.reading() as tx:
        stages = await tallies.stages(tx, desk.clock.now(), edition)
    if not as_json:
        click.echo(f"{'edition':<9}{'stage':<26}{'all':>9}{'released':>10}{'scheduled':>11}{'waiting':>9}")
    for stage in stages:
        _print({"total": stage.total} | dataclasses.asdict(stage), _stage_line(stage), as_json=as_json)


async def show_alarms(desk: Desk, days: int, *, as_json: bool) -> None:
    """Print the alarms of the last days, newest first."""
    async with desk.opened() as database, database.reading() as tx:
        raised = await alarms.since(tx, desk.clock.now() - timedelta(days=days))
    for alarm in raised:
        _print(description.alarm(alarm), description.alarm_line(alarm), as_json=as_json)
    if not raised and not as_json:
        click.echo(f"No alarms in the last {counted(days, 'day')}.")


async def show_audit(desk: Desk, limit: int, *, as_json: bool) -> None:
    """Print what staff and the portal did last, newest first."""
    async with desk.opened() as database, database.reading() as tx:
        acts = await audit.latest(tx, limit)
    for act in acts:
        _print(dataclasses.asdict(act) | {"at": iso(act.at)}, _act_line(act), as_json=as_json)
    if not acts and not as_json:
        click.echo("Nothing was done yet.")


async def _pages(
    database: Database, edition: int | None, state: str | None, unknown_at: datetime | None
) -> AsyncIterator[tuple[list[Proposal], Mapping[str, int]]]:
    """Yield proposals page by page, and how many people may know of each; no transaction is open meanwhile."""
    after = ""
    while True:
        async with database.reading() as tx:
            page = await records.listing(
                tx, after=after, limit=PAGE, edition=edition, state=state, unknown_at=unknown_at
            )
            people = await links.counts(tx, [proposal.number for proposal in page])
        yield page, people
        if len(page) < PAGE:
            return
        after = page[-1].number


def _print(described: Mapping[str, object], line: str, *, as_json: bool) -> None:
    click.echo(json.dumps(described, ensure_ascii=False) if as_json else line)


def _stage_line(stage: Stage) -> str:
    sums = f"{stage.total:>9,}{stage.released:>10,}{stage.scheduled:>11,}{stage.waiting:>9,}"
    return f"{stage.edition:<9}{stage.state:<26}{sums}"


def _act_line(act: Act) -> str:
    details = ", ".join(f"{name} {value}" for name, value in act.details.items())
    return f"{jakarta(act.at)}  {act.actor}: {act.action} {act.subject}{f' ({details})' if details else ''}"
