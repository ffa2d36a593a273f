"""The terminal chat: what is said to somebody there is collected for whoever reads it out."""

from __future__ import annotations

from bot.channels.base import Limits, Outgoing
from handlers.messages import Reply

NAME = "terminal"


class Terminal:
    """A channel whose deliveries are taken from `spoken`, by the name typed in the terminal."""

    name = NAME
    limits = Limits(
        text=100_000,
        caption=100_000,
        buttons=100,
        button_title=200,
        choice_id_bytes=200,
        pictures=False,
        shares_phone=False,
    )

    def __init__(self) -> None:
        self.spoken: dict[str, list[Reply]] = {}

    async def send(self, outgoing: Outgoing) -> str | None:
        self.spoken.setdefault(outgoing.address.terminal_name or "", []).append(outgoing.reply)
        return None

    def take(self, name: str) -> list[Reply]:
        """Return what was said to this name since the last time."""
        return self.spoken.pop(name, [])


def lines(reply: Reply) -> list[str]:
    """Return a reply as lines of plain text, its choices numbered."""
    numbered = [f"  {number}. {choice.title}" for number, choice in enumerate(reply.choices, start=1)]
    files = [f"  [{attachment.filename}: {attachment.description}]" for attachment in reply.attachments]
    return [*reply.text.splitlines(), *files, *numbered]
