"""The command line of `upakarti broadcast …`: what is typed, and what it calls."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

import click

from bot.command_line import Moment, complete, settings

if TYPE_CHECKING:
    from bot.proposals.desk import Desk

# As in bot/cli.py, the other modules are imported by the command that needs them.

AS = click.option("--as", "name", required=True, help="The member of staff who does it. See: upakarti staff list")
ID = click.argument("broadcast_id", type=click.IntRange(1), metavar="ID")
FILE = click.Path(exists=True, dir_okay=False, path_type=Path)


@click.group()
def broadcast() -> None:
    """Write an announcement, approve, send and stop it, and see how it went. The running service does the sending."""


@broadcast.command("draft")
@AS
@click.option("--text", type=FILE, required=True, help="A file with the Indonesian text.")
@click.option("--text-en", type=FILE, help="A file with the English text, for those who chose English.")
@click.option("--file", "attached", type=FILE, help="A photo or document that goes with it.")
@click.option("--describes", default="", help="What the photo or document shows, for those who can't see it.")
@click.option("--audience", default="", help='Whom it is for, such as "bahasa=en kanal=telegram".  [default: all]')
@click.option("--at", type=Moment(), help="To be sent at this time.  [default: when it is started]")
def draft(
    *,
    name: str,
    text: Path,
    text_en: Path | None,
    attached: Path | None,
    describes: str,
    audience: str,
    at: datetime | None,
) -> None:
    """Write an announcement from files, and show it."""
    from bot.broadcast import drafting  # noqa: PLC0415

    given = drafting.Given(text, text_en, attached, describes, audience, at)
    complete(drafting.draft(_desk(), name, given))


@broadcast.command("preview")
@ID
def preview(broadcast_id: int) -> None:
    """Show it as each channel will show it, to how many people, who is left out and why, and how long it takes."""
    from bot.broadcast import drafting  # noqa: PLC0415

    complete(drafting.preview(_desk(), broadcast_id))


@broadcast.command("approve")
@ID
@AS
@click.option("--version", type=int, required=True, help="The version you saw; `preview` tells it.")
def approve(broadcast_id: int, *, name: str, version: int) -> None:
    """Approve what you saw of it; whoever wrote it may not."""
    from bot.broadcast import steering_commands  # noqa: PLC0415

    complete(steering_commands.approve(_desk(), name, broadcast_id, version))


@broadcast.command("start")
@ID
@AS
@click.option("--at", type=Moment(), help="At this time.  [default: the time of the draft, or now]")
@click.option("--watch", "watched", is_flag=True, help="Show a progress bar until it ends.")
def start(broadcast_id: int, *, name: str, at: datetime | None, watched: bool) -> None:
    """Send what is approved."""
    from bot.broadcast import steering_commands  # noqa: PLC0415

    complete(steering_commands.start(_desk(), name, broadcast_id, at, watched=watched))


@broadcast.command("watch")
@ID
def watch(broadcast_id: int) -> None:
    """Show a progress bar until it ends."""
    from bot.broadcast import steering_commands  # noqa: PLC0415

    complete(steering_commands.watch(_desk(), broadcast_id))


@broadcast.command("pause")
@ID
@AS
def pause(broadcast_id: int, *, name: str) -> None:
    """Let nothing more be sent until it is resumed; what is in flight arrives."""
    from bot.broadcast import steering_commands  # noqa: PLC0415

    complete(steering_commands.pause(_desk(), name, broadcast_id))


@broadcast.command("resume")
@ID
@AS
def resume(broadcast_id: int, *, name: str) -> None:
    """Let it go on where it was paused."""
    from bot.broadcast import steering_commands  # noqa: PLC0415

    complete(steering_commands.resume(_desk(), name, broadcast_id))


@broadcast.command("stop")
@ID
@AS
def stop(broadcast_id: int, *, name: str) -> None:
    """End it: whoever has not got it by now does not get it."""
    from bot.broadcast import steering_commands  # noqa: PLC0415

    complete(steering_commands.stop(_desk(), name, broadcast_id))


@broadcast.command("rest")
@ID
@AS
@click.option("--failed", is_flag=True, help="Again to those it failed for or who were refused.")
@click.option("--unsure", is_flag=True, help="Again to those who may have got it: some would get it twice.")
def rest(broadcast_id: int, *, name: str, failed: bool, unsure: bool) -> None:
    """Let an ended announcement go on to those it did not come to."""
    from bot.broadcast import steering_commands  # noqa: PLC0415

    ends = (*(("failed", "refused") if failed else ()), *(("unsure",) if unsure else ()))
    complete(steering_commands.rest(_desk(), name, broadcast_id, ends))


@broadcast.command("leave")
@ID
@AS
def leave(broadcast_id: int, *, name: str) -> None:
    """Leave those as they are who may or may not have got it."""
    from bot.broadcast import steering_commands  # noqa: PLC0415

    complete(steering_commands.leave(_desk(), name, broadcast_id))


@broadcast.command("list")
@click.option("--json", "as_json", is_flag=True, help="One JSON object an announcement.")
def list_broadcasts(*, as_json: bool) -> None:
    """List the last announcements and how each stands, newest first."""
    from bot.broadcast import report_commands  # noqa: PLC0415

    complete(report_commands.list_recent(_desk(), as_json=as_json))


@broadcast.command("report")
@ID
@click.option("--json", "as_json", is_flag=True, help="One JSON object.")
@click.option(
    "--csv", "path", type=click.Path(dir_okay=False, path_type=Path), help="Write a line a recipient to this file."
)
def report(broadcast_id: int, *, path: Path | None, as_json: bool) -> None:
    """Tell how it went or goes: sent, failed, skipped and unsure, each with the reasons."""
    from bot.broadcast import report_commands  # noqa: PLC0415

    complete(report_commands.report(_desk(), broadcast_id, path, as_json=as_json))


def _desk() -> Desk:
    from bot.proposals.desk import Desk  # noqa: PLC0415

    return Desk(settings())
