"""What an import tells whoever started it: how many rows did what, and which were refused and why."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass

import click

from bot.proposals.sheet import Sheet
from storage.proposals.records import Verdict
from storage.proposals.staging import DUPLICATE, Counts, Judged, Staging

SHOWN = 50  # rows of each verdict, without --json
_ALL: Sequence[Verdict] = ("added", "changed", "unchanged", "refused")


@dataclass(frozen=True, slots=True)
class Found:
    """What was found in a file: its sheet, how many hidden rows were left out, what the others do, and how many of them
    people may know of at once.
    """

    sheet: Sheet
    hidden: int
    counts: Counts
    known: int


async def show(staging: Staging, found: Found, *, dry_run: bool, as_json: bool) -> None:
    """Print it: refused rows with their reasons, and of a dry run the others too; as JSON all of them."""
    if as_json:
        async for each in staging.judgements(_ALL if dry_run else ("refused",)):
            click.echo(json.dumps(_described(each), ensure_ascii=False))
        click.echo(json.dumps(_summary(found, dry_run=dry_run), ensure_ascii=False))
        return
    for note in _notes(found):
        click.echo(note)
    listed: Sequence[Verdict] = tuple(reversed(_ALL)) if dry_run else ("refused",)
    for verdict in listed:
        await _list(staging, verdict, getattr(found.counts, verdict))
    click.echo(", ".join(f"{name} {count}" for name, count in asdict(found.counts).items()))
    if found.known and not found.counts.refused:
        click.echo(f"Of {found.known} of these rows people may know at once: their time of release is past.")
    click.echo(_outcome(found.counts, dry_run=dry_run))


async def _list(staging: Staging, verdict: Verdict, count: int) -> None:
    """Print the first rows that came to one verdict."""
    shown = 0
    async for each in staging.judgements((verdict,)):
        if shown == SHOWN:
            click.echo(f"and {count - SHOWN} more {verdict}; --json shows all.")
            break
        what = reason(each) if verdict == "refused" else verdict
        click.echo(f"row {each.row}, {each.number or 'no number'}: {what}.")
        shown += 1


def refusal(counts: Counts) -> str:
    """Return the sentence that ends an import of which rows were refused."""
    rows = "1 row is" if counts.refused == 1 else f"{counts.refused} rows are"
    return f"{rows} refused, so nothing is imported: correct the file and import it again."


def reason(judged: Judged) -> str:
    """Return why a row was refused, and what to do."""
    match judged.reason:
        case "impossible_transition":
            return (
                f"its status cannot go from {judged.detail} to {judged.state}: correct the status in the file, or have"
                " the proposal corrected first"
            )
        case "released_already":
            return (
                f"people already know of its status {judged.detail}, so the time of release cannot change: leave that"
                " cell empty"
            )
        case reason if reason == DUPLICATE:
            return f"row {judged.detail} has the same registration number: keep one of them"
        case _:
            return judged.detail


def _outcome(counts: Counts, *, dry_run: bool) -> str:
    if counts.refused:
        return "Nothing was stored."
    return "Nothing was stored (--dry-run)." if dry_run else "All rows are stored."


def _notes(found: Found) -> list[str]:
    sheet = found.sheet
    place = (
        f"row {sheet.header}" if sheet.table.name is None else f"row {sheet.header} of the sheet {sheet.table.name!r}"
    )
    notes = [f"The header is {place}."]
    if sheet.others:
        notes.append(f"Other sheets are not read: {', '.join(map(repr, sheet.others))}.")
    if sheet.columns.ignored:
        notes.append(
            f"Columns that mean nothing here are ignored: {', '.join(sheet.columns.ignored).removesuffix('.')}."
        )
    if found.hidden:
        notes.append(f"Hidden rows are left out: {found.hidden}.")
    return notes


def _described(judged: Judged) -> dict[str, object]:
    described: dict[str, object] = {"row": judged.row, "number": judged.number, "verdict": judged.verdict}
    return described | ({"reason": reason(judged)} if judged.verdict == "refused" else {})


def _summary(found: Found, *, dry_run: bool) -> dict[str, object]:
    return asdict(found.counts) | {
        "stored": not dry_run and not found.counts.refused,
        "known_at_once": found.known,
        "sheet": found.sheet.table.name,
        "header_row": found.sheet.header,
        "ignored_columns": list(found.sheet.columns.ignored),
        "ignored_sheets": list(found.sheet.others),
        "hidden_rows": found.hidden,
    }
