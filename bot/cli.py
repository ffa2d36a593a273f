"""The command `upakarti`: every mistake in one plain sentence on stderr with exit status 2, results on stdout."""

from __future__ import annotations

import contextlib
import ctypes
import gc
import io
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from datetime import datetime
from pathlib import Path
from typing import NoReturn

import click

from bot.broadcast.cli import broadcast
from bot.command_line import Moment
from bot.command_line import complete as _complete
from bot.command_line import fail as _fail
from bot.command_line import settings as _settings
from bot.office.cli import staff
from bot.proposals.cli import proposals, show_audit

# The other modules are imported by the command that needs them: `--help` and mistakes should answer at once.


@click.group()
@click.version_option(package_name="upakarti-assistant")
def cli() -> None:
    """The Upakarti Assistant: answers questions about the Penghargaan Upakarti."""


@cli.command()
def run() -> None:
    """Serve the browser chat and, with a token, Telegram. SIGTERM drains and exits 0."""
    with ExitStack() as starting:
        starting.enter_context(uncollected())
        from bot import logs, service  # noqa: PLC0415

        def announce(url: str) -> None:
            starting.close()
            click.echo(f"Open {url} to chat. Ctrl+C stops.", err=True)

        logs.configure()
        given = _settings()
        _log_unknown_settings()
        _complete(service.run(given, announce=announce))


@cli.command()
@click.option("--json", "as_json", is_flag=True, help="One JSON object a line, in and out.")
@click.option("--name", default="terminal", show_default=True, help="Who you are in this chat.")
def chat(*, as_json: bool, name: str) -> None:
    """Talk to the assistant in the terminal: the same inbox, database and texts as every other channel."""
    from bot import logs, terminal  # noqa: PLC0415

    logs.configure()
    _complete(terminal.chat(_settings(), as_json=as_json, name=name))


@cli.command()
@click.option("--json", "as_json", is_flag=True, help="One JSON object a line.")
@click.option("--at", "at", type=Moment(), help="Answer as at this time.")
@click.option("--why", is_flag=True, help="Show the candidates and their scores.")
def ask(*, as_json: bool, at: datetime | None, why: bool) -> None:
    """Answer each line of standard input as a first message, without history."""
    from bot import asking  # noqa: PLC0415

    _complete(asking.ask(_settings(), as_json=as_json, at=at, why=why))


@cli.command("check-eligibility")
@click.option("--json", "as_json", is_flag=True, help="One JSON object a line.")
def check_eligibility(*, as_json: bool) -> None:
    """Judge the answers of each line of standard input, a JSON object such as {"applicant_type": "cooperative"}."""
    from bot import eligibility_commands  # noqa: PLC0415

    _complete(eligibility_commands.check(_settings(), as_json=as_json))


@cli.command("check-counts")
@click.option("--json", "as_json", is_flag=True, help="One JSON object.")
@click.option("--since", type=Moment(), help="Count from the month of this time on; from the beginning without it.")
def check_counts(*, since: datetime | None, as_json: bool) -> None:
    """Tell which rules stop people most in the eligibility check: sums by month, never a person's answers."""
    from bot import eligibility_commands  # noqa: PLC0415

    _complete(eligibility_commands.counts(_settings(), since=since, as_json=as_json))


@cli.group()
def edition() -> None:
    """Show or import the dates and rules of an edition."""


@edition.command("show")
@click.option("--json", "as_json", is_flag=True, help="One JSON object an edition.")
def show_editions(*, as_json: bool) -> None:
    """Show all editions the assistant knows, newest first, and where each came from."""
    from bot import edition_commands  # noqa: PLC0415

    _complete(edition_commands.show(_settings(), as_json=as_json))


@edition.command("import")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--dry-run", is_flag=True, help="Check the file and show what it says; store nothing.")
def import_edition(file: Path, *, dry_run: bool) -> None:
    """Import the dates and rules of an edition from a TOML file; it outranks what comes with the program."""
    from bot import edition_commands  # noqa: PLC0415

    _complete(edition_commands.import_file(_settings(), file, dry_run=dry_run))


@cli.group()
def faq() -> None:
    """Measure how questions are understood, check the content, see what was missed."""


@faq.command("prepare")
def prepare_faq() -> None:
    """Learn from the known questions now what the first start would have to: about half a minute."""
    from bot import faq_commands  # noqa: PLC0415

    _complete(faq_commands.prepare(_settings()))


@faq.command("check")
@click.option(
    "--file",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="Labelled messages: text, intent, lang, style, with tabs. Default: the project's own.",
)
@click.option("--json", "as_json", is_flag=True, help="One JSON object.")
@click.option("--show", is_flag=True, help="List every message that did not come out right.")
def check_faq(*, file: Path | None, as_json: bool, show: bool) -> None:
    """Measure how many labelled messages are understood, per style and language."""
    from bot import faq_commands  # noqa: PLC0415

    _complete(faq_commands.measure(_settings(), file, as_json=as_json, show=show))


@faq.command("lint")
def lint_faq() -> None:
    """List what is doubtful in the articles and their phrasings; exit status 1 when there is anything."""
    from bot import faq_commands  # noqa: PLC0415

    sys.exit(0 if _complete(faq_commands.examine(_settings())) else 1)


@faq.command("unanswered")
@click.option("--days", type=click.IntRange(1, 3650), default=30, show_default=True, help="How far back to look.")
@click.option("--json", "as_json", is_flag=True, help="One JSON object a group.")
def show_unanswered(*, days: int, as_json: bool) -> None:
    """List what was not understood, alike messages together, the most frequent first."""
    from bot import faq_commands  # noqa: PLC0415

    _complete(faq_commands.list_unanswered(_settings(), days, as_json=as_json))


@faq.command("ratings")
@click.option("--days", type=click.IntRange(1, 3650), default=30, show_default=True, help="How far back to look.")
@click.option("--json", "as_json", is_flag=True, help="One JSON object an article.")
def show_ratings(*, days: int, as_json: bool) -> None:
    """List how often each answer helped, the least helpful first."""
    from bot import faq_commands  # noqa: PLC0415

    _complete(faq_commands.list_ratings(_settings(), days, as_json=as_json))


@faq.command("taught")
@click.option("--json", "as_json", is_flag=True, help="One JSON object a phrasing.")
def show_taught(*, as_json: bool) -> None:
    """List the phrasings that officers taught in the chat."""
    from bot import faq_commands  # noqa: PLC0415

    _complete(faq_commands.list_taught(_settings(), as_json=as_json))


@faq.command("untaught")
@click.argument("number", type=click.IntRange(1))
def forget_taught(*, number: int) -> None:
    """Forget the phrasing of this number."""
    from bot import faq_commands  # noqa: PLC0415

    _complete(faq_commands.untaught(_settings(), number))


cli.add_command(broadcast)
cli.add_command(proposals)
cli.add_command(staff)
cli.add_command(show_audit)


@cli.group("api-keys")
def api_key_group() -> None:
    """Make, list and revoke the keys by which the portal calls /api/v1."""


@api_key_group.command("make")
@click.option("--name", required=True, help="Who will use it: small letters, digits and hyphens.")
def make_api_key(*, name: str) -> None:
    """Make a key and show it, this once: only its hash is kept."""
    from bot import api_key_commands  # noqa: PLC0415

    _complete(api_key_commands.make(_settings(), name))


@api_key_group.command("list")
@click.option("--json", "as_json", is_flag=True, help="One JSON object a key.")
def list_api_keys(*, as_json: bool) -> None:
    """List all keys by name: when each was made, and whether it is revoked."""
    from bot import api_key_commands  # noqa: PLC0415

    _complete(api_key_commands.show(_settings(), as_json=as_json))


@api_key_group.command("revoke")
@click.argument("name")
def revoke_api_key(name: str) -> None:
    """Refuse all calls with the key of this name from now on."""
    from bot import api_key_commands  # noqa: PLC0415

    _complete(api_key_commands.revoke(_settings(), name))


@cli.group()
def whatsapp() -> None:
    """See how our templates stand at Meta."""


@whatsapp.command("templates")
@click.option("--json", "as_json", is_flag=True, help="One JSON object a template and language.")
def show_templates(*, as_json: bool) -> None:
    """Compare our templates with what Meta approved, and print what to submit; exit status 1 when one cannot go."""
    from bot import whatsapp_commands  # noqa: PLC0415

    sys.exit(0 if _complete(whatsapp_commands.show_templates(_settings(), as_json=as_json)) else 1)


@cli.command()
def doctor() -> None:
    """Check token, webhook, secrets, clock, database and content, and say in plain words what to do."""
    from bot import doctor as checks  # noqa: PLC0415
    from bot import logs, settings  # noqa: PLC0415

    logs.configure()
    healthy = _complete(checks.examine(_settings(), settings.unknown_names(), click.echo))
    sys.exit(0 if healthy else 1)


@cli.command()
@click.option("--people", type=click.IntRange(1, 5_000_000), help="Make so many people up instead of copying the real.")
@click.option("--kills", type=click.IntRange(0, 1_000), default=5, show_default=True, help="Kill the service so often.")
@click.option("--json", "as_json", is_flag=True, help="One JSON object.")
def drill(*, people: int | None, kills: int, as_json: bool) -> None:
    """Rehearse an announcement to all on a copy of the audience: the platform fails, and the service is killed.

    Nobody gets anything, and the real database is only read. Exit status 1 when somebody got it twice or was lost.
    """
    from bot.drill import commands  # noqa: PLC0415
    from bot.drill.rehearsal import Plan  # noqa: PLC0415
    from bot.proposals.desk import Desk  # noqa: PLC0415

    passed = _complete(commands.drill(Desk(_settings()), Plan(people, kills), as_json=as_json))
    sys.exit(0 if passed else 1)


def main() -> NoReturn:
    """Run the command line; the entry point of `upakarti`."""
    for stream in (sys.stdin, sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):  # UTF-8 whatever the machine's language; a wrong byte is a "?"
            stream.reconfigure(encoding="utf-8", errors="replace")
    try:
        sys.exit(cli.main(prog_name="upakarti", standalone_mode=False))
    except click.ClickException as error:
        _fail(_one_sentence(error))
    except click.Abort:
        _fail("Stopped.")


def _one_sentence(error: click.ClickException) -> str:
    hint = f" See: {error.ctx.command_path} --help" if isinstance(error, click.UsageError) and error.ctx else ""
    return f"{error.format_message()}{hint}"


@contextmanager
def uncollected() -> Iterator[None]:
    """Collect no garbage meanwhile: what a start makes stays, and looking through it takes a tenth of its time."""
    gc.disable()
    try:
        yield
    finally:
        gc.freeze()  # nor need it be looked through later
        gc.enable()
        _give_back()


def _give_back() -> None:
    """Return memory to the system that only the start needed; where the C library is another than glibc, it stays."""
    with contextlib.suppress(OSError, AttributeError):
        ctypes.CDLL("libc.so.6").malloc_trim(0)


def _log_unknown_settings() -> None:
    import structlog  # noqa: PLC0415

    from bot import settings  # noqa: PLC0415

    for name in settings.unknown_names():
        structlog.get_logger().warning("setting_unknown", name=name)
