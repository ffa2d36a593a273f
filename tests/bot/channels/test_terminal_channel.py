"""What is said in the terminal is collected by name, and shown as plain lines."""

from __future__ import annotations

from bot.channels import terminal
from bot.channels.base import Outgoing
from bot.channels.terminal import Terminal
from handlers.messages import Attachment, Choice, Reply
from storage.contacts import Identity


async def test_what_is_said_is_taken_once_by_the_name_it_was_said_to() -> None:
    channel = Terminal()
    for number, name in enumerate(["a", "b", "a"]):
        await channel.send(Outgoing(number, 1, Identity(terminal_name=name), Reply(f"{name}{number}")))

    assert [reply.text for reply in channel.take("a")] == ["a0", "a2"]
    assert channel.take("a") == []
    assert [reply.text for reply in channel.take("b")] == ["b1"]


def test_a_reply_is_shown_as_lines_with_its_files_and_numbered_choices() -> None:
    picture = Attachment("alur.png", "image/png", b"", "Alur pendaftaran")
    reply = Reply("Satu\nDua", (Choice("a", "Ya"), Choice("b", "Tidak")), (picture,))

    assert terminal.lines(reply) == ["Satu", "Dua", "  [alur.png: Alur pendaftaran]", "  1. Ya", "  2. Tidak"]
