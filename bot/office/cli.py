"""The command line of `upakarti staff …`: what is typed, and what it calls."""

from __future__ import annotations

import click

from bot.command_line import complete, settings

# As in bot/cli.py, the other modules are imported by the command that needs them.


@click.group()
def staff() -> None:
    """Invite, list and remove those who work at the office."""


@staff.command("invite")
@click.option("--name", required=True, help="How colleagues know them.")
@click.option(
    "--role",
    required=True,
    type=click.Choice(["officer", "admin"]),
    help="Officers write announcements and talk to people; admins see who else is staff, too.",
)
def invite(*, name: str, role: str) -> None:
    """Print a one-time code that the invited person sends to the assistant, on any channel, within 7 days."""
    from bot.office import staff_commands  # noqa: PLC0415
    from bot.proposals.desk import Desk  # noqa: PLC0415

    complete(staff_commands.invite(Desk(settings()), name, "admin" if role == "admin" else "officer"))


@staff.command("list")
@click.option("--json", "as_json", is_flag=True, help="One JSON object a person.")
def list_staff(*, as_json: bool) -> None:
    """List who works here or is invited: role, on duty or not, and the channel where they wrote last."""
    from bot.office import staff_commands  # noqa: PLC0415
    from bot.proposals.desk import Desk  # noqa: PLC0415

    complete(staff_commands.show(Desk(settings()), as_json=as_json))


@staff.command("remove")
@click.argument("name")
def remove(name: str) -> None:
    """Take all rights from somebody at once, an invitation that was not used too."""
    from bot.office import staff_commands  # noqa: PLC0415
    from bot.proposals.desk import Desk  # noqa: PLC0415

    complete(staff_commands.remove(Desk(settings()), name))
