"""The command line of `upakarti proposals …` and `upakarti audit`: what is typed, and what it calls."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from bot.command_line import Moment, complete, settings

if TYPE_CHECKING:
    from bot.proposals.desk import Desk
    from bot.proposals.release_commands import One, Stage

# As in bot/cli.py, the other modules are imported by the command that needs them.

AS_JSON = click.option("--json", "as_json", is_flag=True, help="One JSON object a line.")
EDITIONS = click.IntRange(1985, 2999)


class Number(click.ParamType[str]):
    """A registration number, in capitals and without spaces."""

    name = "number"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> str:  # noqa: ANN401 - click's signature
        from storage.proposals import proof  # noqa: PLC0415

        return proof.number(value) or self.fail(f"{value!r} is no registration number.", param, ctx)


class State(click.ParamType[str]):
    """The id of a state."""

    name = "state"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> str:  # noqa: ANN401 - click's signature
        from storage.proposals import states  # noqa: PLC0415

        if value not in states.known():
            self.fail(f"{value!r} is no state; the states are {', '.join(states.known())}.", param, ctx)
        return str(value)


NUMBER = click.argument("number", type=Number())
ONE = click.argument("number", type=Number(), required=False)
STAGE = click.option("--stage", type=State(), help="All proposals that came to this state.")
EDITION = click.option("--edition", type=EDITIONS, help="Of this edition only.")
STAGE_EDITION = click.option("--edition", type=EDITIONS, help="The edition of the stage.")


@click.group()
def proposals() -> None:
    """Take in proposals, see how they stand, let people know of it, correct what is wrong."""


@proposals.command("import")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--dry-run", is_flag=True, help="Check the file and show what it would do; store nothing.")
@click.option("--json", "as_json", is_flag=True, help="One JSON object for each refused row, and one with the counts.")
def import_proposals(file: Path, *, dry_run: bool, as_json: bool) -> None:
    """Import proposals from a CSV or XLSX file: all rows, or none when one is refused."""
    from bot.proposals import importing  # noqa: PLC0415

    complete(importing.import_file(settings(), file, dry_run=dry_run, as_json=as_json))


@proposals.command("list")
@EDITION
@click.option("--state", type=State(), help="Standing at this state only.")
@click.option("--unreleased", is_flag=True, help="Only where people cannot know yet how it stands.")
@click.option("--limit", type=click.IntRange(1), help="At most so many.")
@AS_JSON
def list_proposals(
    *, edition: int | None, state: str | None, unreleased: bool, limit: int | None, as_json: bool
) -> None:
    """List proposals: where each stands, since when, released or not, and how many people are linked to it."""
    from bot.proposals import staff_commands  # noqa: PLC0415

    complete(
        staff_commands.show_list(
            _desk(), edition=edition, state=state, unreleased=unreleased, limit=limit, as_json=as_json
        )
    )


@proposals.command("show")
@NUMBER
@AS_JSON
def show_proposal(number: str, *, as_json: bool) -> None:
    """Show a proposal with its events, who is linked to it, how its access code stands, and alarms about it."""
    from bot.proposals import staff_commands  # noqa: PLC0415

    complete(staff_commands.show(_desk(), number, as_json=as_json))


@proposals.command("count")
@EDITION
@AS_JSON
def count_proposals(*, edition: int | None, as_json: bool) -> None:
    """Count the proposals at each stage: released, to be released, and waiting for a decision."""
    from bot.proposals import staff_commands  # noqa: PLC0415

    complete(staff_commands.count(_desk(), edition=edition, as_json=as_json))


@proposals.command("release")
@ONE
@STAGE
@STAGE_EDITION
@click.option("--at", type=Moment(), help="From this time on; one that is past means now.  [default: now]")
@click.option("--dry-run", is_flag=True, help="Say what it would do; change nothing.")
@click.option("--yes", "confirmed", is_flag=True, help="Do not ask before a stage is released.")
def release(
    number: str | None,
    *,
    stage: str | None,
    edition: int | None,
    at: datetime | None,
    dry_run: bool,
    confirmed: bool,
) -> None:
    """Let people know how a proposal stands, or a whole stage of an edition at one moment, and tell who wants it."""
    from bot.proposals import release_commands  # noqa: PLC0415

    what = _one_or_stage(number, stage, edition)
    complete(release_commands.release(_desk(), what, at, dry_run=dry_run, confirmed=confirmed))


@proposals.command("hold")
@ONE
@STAGE
@STAGE_EDITION
def hold(number: str | None, *, stage: str | None, edition: int | None) -> None:
    """Take a release back that is not due yet, of a proposal or a whole stage."""
    from bot.proposals import release_commands  # noqa: PLC0415

    complete(release_commands.hold(_desk(), _one_or_stage(number, stage, edition)))


@proposals.command("correct")
@NUMBER
@click.option("--state", type=State(), required=True, help="Where it really stands.")
@click.option("--reason", required=True, help="Why, for the audit: at most 300 characters, no personal data.")
def correct(number: str, *, state: str, reason: str) -> None:
    """Put a proposal where it really stands, whatever came before; people see it after its release."""
    from bot.proposals import record_commands  # noqa: PLC0415

    complete(record_commands.correct(_desk(), number, state, reason))


@proposals.command("code")
@NUMBER
@click.option("--days", type=click.IntRange(1, 365), default=90, show_default=True, help="How long it can be used.")
@AS_JSON
def issue_code(number: str, *, days: int, as_json: bool) -> None:
    """Issue an access code, by which the proposer gets to know once how it stands; an earlier code ends."""
    from bot.proposals import record_commands  # noqa: PLC0415

    complete(record_commands.issue_code(_desk(), number, days, as_json=as_json))


@proposals.command("unlink")
@NUMBER
@click.option("--person", type=click.IntRange(1), help="Our number of the person; everybody without it.")
def unlink(number: str, *, person: int | None) -> None:
    """End the right of a person, and of their delegates, or of everybody to know of a proposal."""
    from bot.proposals import record_commands  # noqa: PLC0415

    complete(record_commands.unlink(_desk(), number, person))


@proposals.command("delete")
@NUMBER
@click.option("--yes", "confirmed", is_flag=True, help="Really do it.")
def delete(number: str, *, confirmed: bool) -> None:
    """Delete a proposal with its events and links for good."""
    from bot.proposals import record_commands  # noqa: PLC0415

    complete(record_commands.delete(_desk(), number, confirmed=confirmed))


@proposals.command("alarms")
@click.option("--days", type=click.IntRange(1, 365), default=30, show_default=True, help="How far back to look.")
@AS_JSON
def show_alarms(*, days: int, as_json: bool) -> None:
    """List what staff should look at: many failed proofs, codes that came twice, trouble with the view."""
    from bot.proposals import staff_commands  # noqa: PLC0415

    complete(staff_commands.show_alarms(_desk(), days, as_json=as_json))


@click.command("audit")
@click.option("--limit", type=click.IntRange(1, 100_000), default=50, show_default=True, help="At most so many.")
@AS_JSON
def show_audit(*, limit: int, as_json: bool) -> None:
    """List what staff and the portal did last, newest first."""
    from bot.proposals import staff_commands  # noqa: PLC0415

    complete(staff_commands.show_audit(_desk(), limit, as_json=as_json))


def _desk() -> Desk:
    from bot.proposals.desk import Desk  # noqa: PLC0415

    return Desk(settings())


def _one_or_stage(number: str | None, stage: str | None, edition: int | None) -> One | Stage:
    from bot.proposals.release_commands import One, Stage  # noqa: PLC0415

    if number is not None and stage is None and edition is None:
        return One(number)
    if number is None and stage is not None and edition is not None:
        return Stage(stage, edition)
    raise click.UsageError("Name one proposal, or a stage by --stage and --edition.", click.get_current_context())
