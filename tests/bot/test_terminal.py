"""The terminal is a channel like every other: the same inbox, database and texts, by hand or by JSON lines."""

from __future__ import annotations

import asyncio
import io
import json
import os
import signal
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from bot import app, terminal
from bot.channels.terminal import Terminal
from bot.clock import SettableClock
from bot.terminal import Line, LineError, Talk
from handlers.messages import Attachment, Choice, Reply
from storage import contacts, outbox
from storage.contacts import Identity
from storage.database import Database
from storage.outbox import Draft, Lease
from tests.bot import serving
from tests.service import UPAKARTI

QUESTION = "kapan pendaftaran ditutup?"


class Keyboard(io.StringIO):
    """Standard input at which a person sits, and where a line is always ready."""

    def __init__(self, typed: str) -> None:
        super().__init__(typed)
        self._ready, self._other_end = os.pipe()
        os.write(self._other_end, b"!")

    def isatty(self) -> bool:
        return True

    def fileno(self) -> int:
        return self._ready

    def close(self) -> None:
        super().close()
        os.close(self._ready)
        os.close(self._other_end)


async def converse(
    folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], *lines: dict[str, Any]
) -> list[dict[str, Any]]:
    typed = "".join(json.dumps(line) + "\n" for line in lines)
    monkeypatch.setattr("sys.stdin", io.StringIO(typed))
    await terminal.chat(serving.settings(folder), as_json=True, name="terminal")
    return [json.loads(line) for line in capsys.readouterr().out.splitlines()]


async def test_each_line_is_answered_by_one_line(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    lines = [{"person": "a", "text": "/menu"}, {"person": "b", "text": QUESTION}, {"person": "a", "choice": "help"}]
    answers = await converse(tmp_path, monkeypatch, capsys, *lines)

    assert [answer["person"] for answer in answers] == ["a", "b", "a"]
    for answer in answers:
        assert answer.keys() == {"person", "replies"}
        for reply in answer["replies"]:
            assert reply.keys() == {"text", "choices"}
            assert all(choice.keys() == {"id", "title"} for choice in reply["choices"])
    assert "2024" in answers[1]["replies"][0]["text"]
    assert answers[2]["replies"][0]["text"].startswith("*Cara memakai asisten ini*")


async def test_the_conversation_goes_on_in_the_next_run(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    await converse(tmp_path, monkeypatch, capsys, {"person": "a", "text": "/bahasa"})
    (answer,) = await converse(tmp_path, monkeypatch, capsys, {"person": "a", "text": "2"})

    assert answer["replies"][0]["text"] == "All right, I will answer in *English*."


async def test_the_same_words_twice_are_two_messages(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    answers = await converse(tmp_path, monkeypatch, capsys, *[{"person": "a", "text": "/menu"}] * 3)

    assert [len(answer["replies"]) for answer in answers] == [1, 1, 1]


async def test_at_sets_the_clock_for_that_line_only(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    long_ago = {"person": "a", "text": QUESTION, "at": "2024-07-20T10:00:00+07:00"}
    answers = await converse(tmp_path, monkeypatch, capsys, long_ago, {"person": "b", "text": QUESTION})
    database = Database(serving.settings(tmp_path).database_url)
    async with database.reading() as tx:
        received = list((await tx.execute(sa.text("SELECT received_at FROM inbound ORDER BY received_at"))).scalars())
    await database.close()

    assert [len(answer["replies"]) for answer in answers] == [1, 1]
    assert received[0].startswith("2024-07-20 03:00:00")
    assert received[1] > "2026"


async def test_empty_lines_are_passed_over(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("sys.stdin", io.StringIO('\n  \n{"person": "a", "text": "/menu"}'))
    await terminal.chat(serving.settings(tmp_path), as_json=True, name="terminal")

    assert len(capsys.readouterr().out.splitlines()) == 1


async def test_a_wrong_line_ends_the_chat_with_its_number(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("sys.stdin", io.StringIO('{"person": "a", "text": "/menu"}\nhalo\n'))
    with pytest.raises(LineError, match=r"^Line 2 is not JSON\.$"):
        await terminal.chat(serving.settings(tmp_path), as_json=True, name="terminal")

    assert len(capsys.readouterr().out.splitlines()) == 1


async def test_by_hand_it_greets_and_answers_with_numbered_choices(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    with closing(Keyboard(f"{QUESTION}\n\n1\n")) as keyboard:
        monkeypatch.setattr("sys.stdin", keyboard)
        await terminal.chat(serving.settings(tmp_path), as_json=False, name="Sari")
    greeting, answer, nothing, by_number, end = capsys.readouterr().out.split("\n> ")

    assert greeting.startswith("\nHalo, saya *Asisten Upakarti*.")
    assert "2024" in answer
    assert "  1. " in answer
    assert (nothing, bool(by_number), end) == ("", True, "")


async def test_ctrl_c_ends_the_chat_at_once(tmp_path: Path) -> None:
    ours, theirs = os.openpty()
    environment = os.environ | {"UPAKARTI_DATABASE_URL": serving.settings(tmp_path).database_url}
    chat = await asyncio.create_subprocess_exec(
        UPAKARTI, "chat", stdin=theirs, stdout=theirs, stderr=theirs, env=environment
    )
    os.close(theirs)
    loop = asyncio.get_running_loop()
    try:
        async with asyncio.timeout(30):
            said = b""
            while b"> " not in said:
                said += await loop.run_in_executor(None, os.read, ours, 65536)
            chat.send_signal(signal.SIGINT)
            status = await chat.wait()
    finally:
        if chat.returncode is None:
            chat.kill()
            await chat.wait()
        os.close(ours)

    assert status == 130


async def test_two_terminals_on_one_database_hear_their_own_answers_only(tmp_path: Path, database: Database) -> None:
    heard = []
    talks = [talk(tmp_path, database) for _ in range(2)]
    for _ in range(10):
        lines = [Line(name, "/menu") for name in ("ann", "bob")]
        heard += await asyncio.gather(*(each.say(line) for each, line in zip(talks, lines, strict=True)))

    assert [len(replies) for replies in heard] == [1] * 20


async def test_what_a_killed_terminal_had_in_hand_is_said_later(tmp_path: Path, database: Database) -> None:
    a_minute_ago = datetime.now(UTC) - timedelta(minutes=1)
    async with database.transaction() as tx:
        (person,) = await contacts.meet(tx, [Identity(terminal_name="ann")], a_minute_ago)
        await outbox.add(tx, [Draft(person.id, "terminal", "an answer")], a_minute_ago)
        await outbox.claim(tx, "terminal", Lease("killed", a_minute_ago, timedelta(seconds=15)), 1)
    replies = await talk(tmp_path, database).say(Line("ann", "/menu"))

    assert (len(replies), replies[0].text) == (2, "an answer")


def talk(folder: Path, database: Database) -> Talk:
    spoken, clock = Terminal(), SettableClock()
    return Talk(app.build(serving.settings(folder), database, clock, [spoken]), spoken, clock)


async def test_piped_in_by_hand_there_is_no_prompt(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("sys.stdin", io.StringIO("/menu\n"))
    await terminal.chat(serving.settings(tmp_path), as_json=False, name="Sari")

    assert "\n> " not in capsys.readouterr().out


def test_a_text_and_a_choice_are_read() -> None:
    assert terminal.read('{"person": "a", "text": " halo "}', 1) == Line("a", "halo")
    assert terminal.read('{"person": "a", "choice": "menu"}', 1) == Line("a", "", "menu")
    assert terminal.read('{"person": "a", "text": ""}', 1) == Line("a", "")


def test_a_time_without_an_offset_is_jakartas() -> None:
    line = terminal.read('{"person": "a", "text": "x", "at": "2026-11-24T10:00"}', 1)

    assert line.at == datetime(2026, 11, 24, 3, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("halo", "Line 7 is not JSON."),
        ("[" * 50_000, "Line 7 is not JSON."),
        ("[]", 'Line 7 must be an object like {"person": "a", "text": "halo"}.'),
        ('{"text": "halo"}', 'Line 7 needs a "person" of 1 to 200 characters.'),
        ('{"person": " ", "text": "halo"}', 'Line 7 needs a "person" of 1 to 200 characters.'),
        (json.dumps({"person": "a" * 201, "text": "halo"}), 'Line 7 needs a "person" of 1 to 200 characters.'),
        ('{"person": 5, "text": "halo"}', 'Line 7: "person" must be a text.'),
        ('{"person": "a"}', 'Line 7 needs either a "text" or a "choice".'),
        ('{"person": "a", "text": "x", "choice": "y"}', 'Line 7 needs either a "text" or a "choice".'),
        ('{"person": "a", "text": ["x"]}', 'Line 7: "text" must be a text.'),
        (
            '{"person": "a", "text": "x", "at": "besok"}',
            'Line 7: "at" must be a time like 2026-11-24T10:00:00+07:00.',
        ),
        ('{"person": "a", "text": "x", "at": 5}', 'Line 7: "at" must be a text.'),
        (
            '{"person": "a", "text": "x", "at": "0001-01-01T00:00"}',
            'Line 7: "at" must be a time like 2026-11-24T10:00:00+07:00.',
        ),
    ],
    ids=range(13),
)
def test_each_mistake_is_one_sentence_with_the_lines_number(text: str, sentence: str) -> None:
    with pytest.raises(LineError) as caught:
        terminal.read(text, 7)

    assert str(caught.value) == sentence


def test_the_longest_name_is_taken() -> None:
    assert terminal.read(json.dumps({"person": "a" * 200, "text": "x"}), 1).person == "a" * 200


def test_a_file_is_told_of_without_its_content() -> None:
    reply = Reply("a", (Choice("b", "B"),), (Attachment("c.png", "image/png", b"x", "C"),))

    assert terminal._shown(reply) == {
        "text": "a",
        "choices": [{"id": "b", "title": "B"}],
        "attachments": [{"filename": "c.png", "media_type": "image/png", "description": "C"}],
    }


def test_the_clock_of_a_line_can_be_far_away() -> None:
    clock = SettableClock()
    clock.set(terminal.read('{"person": "a", "text": "x", "at": "1993-01-01"}', 1).at)

    assert clock.now().year == 1992
