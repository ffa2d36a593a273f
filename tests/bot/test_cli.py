"""Every command answers on stdout, and every mistake is one plain sentence on stderr with exit status 2."""

from __future__ import annotations

import asyncio
import io
import json
import socket
import sys
from collections.abc import Coroutine
from pathlib import Path
from typing import Any

import click
import pytest

from bot import cli
from faq.library import Library
from tests.conftest import CACHE_HOME
from tests.faq.conftest import folder, sound  # noqa: F401 - fixtures
from tests.faq.test_library import spoil
from tests.service import UPAKARTI, free_port
from tests.stubs.telegram import TOKEN

library_load = Library.load  # the tests of this folder put another in its place

pytestmark = pytest.mark.usefixtures("logging_restored")


class Command:
    """`upakarti …` in this process."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
        self._monkeypatch = monkeypatch
        self._capsys = capsys

    def __call__(self, *arguments: str, typed: str = "") -> tuple[int, str, str]:
        """Return the exit status, stdout and stderr."""
        self._monkeypatch.setattr("sys.argv", ["upakarti", *arguments])
        self._monkeypatch.setattr("sys.stdin", io.StringIO(typed))
        with pytest.raises(SystemExit) as ended:
            cli.main()
        shown = self._capsys.readouterr()
        return int(ended.value.code or 0), shown.out, shown.err


@pytest.fixture
def upakarti(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path) -> Command:
    monkeypatch.setenv("UPAKARTI_DATABASE_URL", f"sqlite+aiosqlite:///{tmp_path}/cli.db")
    return Command(monkeypatch, capsys)


@pytest.mark.parametrize(
    "command",
    [
        "",
        "run",
        "chat",
        "ask",
        "doctor",
        "edition",
        "edition show",
        "edition import",
        "api-keys",
        "api-keys make",
        "api-keys list",
        "api-keys revoke",
        "faq",
        "faq check",
        "faq lint",
        "faq unanswered",
        "faq ratings",
    ],
)
def test_every_command_has_help(command: str, upakarti: Command) -> None:
    status, out, err = upakarti(*command.split(), "--help")

    assert (status, err) == (0, "")
    assert out.startswith(f"Usage: upakarti {command}".rstrip())


def test_the_version_is_told(upakarti: Command) -> None:
    status, out, _ = upakarti("--version")

    assert (status, "version" in out) == (0, True)


@pytest.mark.parametrize(
    ("arguments", "part"),
    [
        (["frobnicate"], "No such command 'frobnicate'."),
        (["ask", "--frob"], "No such option"),
        (["ask", "--at", "besok"], "'besok' is no time like 2026-11-24T10:00 or 2026-11-24T10:00:00+07:00."),
        (["edition", "import", "nothing.toml"], "nothing.toml"),
        (["edition", "import"], "Missing argument 'FILE'."),
        (["faq", "check", "--file", "nothing.tsv"], "nothing.tsv"),
        (["faq", "unanswered", "--days", "0"], "0 is not in the range"),
        (["faq", "ratings", "--days", "many"], "'many' is not a valid integer"),
    ],
)
def test_a_mistake_on_the_command_line_is_one_sentence(arguments: list[str], part: str, upakarti: Command) -> None:
    status, out, err = upakarti(*arguments)

    assert (status, out, err.count("\n")) == (2, "", 1)
    assert part in err
    assert "--help" in err


@pytest.mark.parametrize("command", [["run"], ["chat"], ["ask"], ["doctor"], ["edition", "show"]])
def test_every_mistake_in_the_settings_is_a_sentence(
    command: list[str], upakarti: Command, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("UPAKARTI_HTTP_PORT", "eighty")
    monkeypatch.setenv("UPAKARTI_TELEGRAM_TOKEN", "hunter2")
    status, out, err = upakarti(*command)

    assert (status, out, err.count("\n")) == (2, "", 2)
    assert ("UPAKARTI_HTTP_PORT" in err, "UPAKARTI_TELEGRAM_TOKEN" in err, "hunter2" in err) == (True, True, False)


@pytest.mark.parametrize("command", ["run", "doctor"])
def test_an_env_file_that_is_not_utf8_is_a_sentence(command: str, upakarti: Command) -> None:
    Path(".env").write_bytes(b"UPAKARTI_CONTACT=\xff\n")
    status, _, err = upakarti(command)

    assert (status, err) == (2, "The file .env is not UTF-8 text; save it again as UTF-8.\n")


def test_a_service_that_cannot_start_says_so_in_one_sentence(
    upakarti: Command, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        monkeypatch.setenv("UPAKARTI_HTTP_PORT", str(taken.getsockname()[1]))
        status, out, err = upakarti("run")

    assert (status, out, err.count("\n")) == (2, "", 1)
    assert err.startswith("Cannot listen on 127.0.0.1 port ")
    assert not (tmp_path / "cli.db").exists()


def test_a_mistyped_setting_is_logged_when_the_service_starts(
    upakarti: Command, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("UPAKARTI_TELEGRAM_TOKN", "x")
    with socket.create_server(("127.0.0.1", 0)) as taken:
        monkeypatch.setenv("UPAKARTI_HTTP_PORT", str(taken.getsockname()[1]))
        _, _, err = upakarti("run")
    line = json.loads(err.splitlines()[0])

    assert (line["event"], line["name"]) == ("setting_unknown", "UPAKARTI_TELEGRAM_TOKN")


def test_chat_answers_json_lines(upakarti: Command) -> None:
    status, out, err = upakarti("chat", "--json", typed='{"person": "a", "text": "/menu"}\n')

    assert (status, err) == (0, "")
    assert json.loads(out)["person"] == "a"


def test_chat_by_hand_knows_who_is_there(upakarti: Command) -> None:
    upakarti("chat", "--name", "Sari", typed="/bahasa\n2\n")
    _, out, _ = upakarti("chat", "--name", "Sari", typed="/menu\n")
    _, other, _ = upakarti("chat", "--name", "Budi", typed="/menu\n")

    assert ("Hello" in out, "Halo" in other) == (True, True)


def test_a_wrong_json_line_is_one_sentence(upakarti: Command) -> None:
    status, out, err = upakarti("chat", "--json", typed="halo\n")

    assert (status, out, err) == (2, "", "Line 1 is not JSON.\n")


def test_ask_answers_as_at_the_time_given(upakarti: Command) -> None:
    status, out, _ = upakarti(
        "ask", "--json", "--why", "--at", "2024-07-20T10:00", typed="kapan pendaftaran ditutup?\n"
    )
    answer = json.loads(out)

    assert (status, answer["ids"], bool(answer["candidates"])) == (0, ["registration_close_date"], True)


def test_a_time_that_is_one_already_stays_as_it_is() -> None:
    at = cli.Moment().convert("2024-07-20T10:00", None, None)

    assert cli.Moment().convert(at, None, None) is at


def test_editions_are_shown_and_imported(upakarti: Command, tmp_path: Path) -> None:
    file = tmp_path / "2026.toml"
    file.write_text(
        'year = 2026\n[registration]\ncloses = { date = 2026-12-15, source = "Surat 12/2026" }\n', encoding="utf-8"
    )
    dry, _, _ = upakarti("edition", "import", "--dry-run", str(file))
    imported, _, _ = upakarti("edition", "import", str(file))
    shown, out, _ = upakarti("edition", "show", "--json")

    assert (dry, imported, shown) == (0, 0, 0)
    assert json.loads(out.splitlines()[0])["year"] == 2026


def test_an_edition_with_a_mistake_is_refused_with_its_place(upakarti: Command, tmp_path: Path) -> None:
    file = tmp_path / "2026.toml"
    file.write_text("year = ", encoding="utf-8")
    status, out, err = upakarti("edition", "import", str(file))

    assert (status, out) == (2, "")
    assert str(file) in err


MESSAGES = "text\tintent\tlang\tstyle\nkapan pendaftaran ditutup\tregistration_close_date\tid\tformal\n"


def test_labelled_messages_are_measured(upakarti: Command, tmp_path: Path) -> None:
    file = tmp_path / "messages.tsv"
    file.write_text(MESSAGES, encoding="utf-8")
    status, out, err = upakarti("faq", "check", "--json", "--file", str(file))

    assert (status, err, json.loads(out)["right"]) == (0, "", 100.0)


def test_labelled_messages_with_a_mistake_are_refused_with_its_place(upakarti: Command, tmp_path: Path) -> None:
    file = tmp_path / "messages.tsv"
    file.write_text(f"{MESSAGES}kapan\n", encoding="utf-8")
    status, out, err = upakarti("faq", "check", "--file", str(file))

    assert (status, out) == (2, "")
    assert f"{file}:3: a line has four fields with tabs between." in err


def test_content_without_a_doubt_exits_with_zero_and_else_with_one(
    upakarti: Command,
    sound: Path,  # noqa: F811
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(Library, "load", lambda **_: library_load(sound))
    fine, out, _ = upakarti("faq", "lint")
    spoil(sound, "closing", 'related = ["opening"]', "related = []")
    doubtful, told, _ = upakarti("faq", "lint")

    assert (fine, out) == (0, "0 doubts about 2 articles.\n")
    assert (doubtful, told) == (1, "opening: no other article leads to it.\n1 doubts about 2 articles.\n")


@pytest.mark.parametrize("command", ["unanswered", "ratings"])
def test_with_nothing_kept_yet_a_list_is_empty(command: str, upakarti: Command) -> None:
    status, out, err = upakarti("faq", command, "--days", "7", "--json")

    assert (status, out, err) == (0, "", "")


def test_the_doctor_exits_with_zero_where_nothing_serious_is_found(upakarti: Command) -> None:
    status, out, _ = upakarti("doctor")

    assert (status, "ok  database" in out) == (0, True)


def test_the_doctor_exits_with_one_where_something_serious_is_found(
    upakarti: Command, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("UPAKARTI_TELEGRAM_TOKEN", TOKEN)
    monkeypatch.setenv("UPAKARTI_TELEGRAM_API_URL", f"http://127.0.0.1:{free_port()}")
    status, out, _ = upakarti("doctor")

    assert (status, "BAD telegram" in out) == (1, True)


def test_an_interrupted_command_ends_as_the_shell_expects() -> None:
    def interrupted(work: Coroutine[Any, Any, Any]) -> None:
        work.close()
        raise KeyboardInterrupt

    async def nothing() -> None:
        """Stand for a command's work."""

    with pytest.raises(SystemExit) as ended:
        cli._complete(nothing(), interrupted)

    assert ended.value.code == 130


def test_an_aborted_command_says_so(
    upakarti: Command, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def abort(**_: object) -> None:
        raise click.Abort

    monkeypatch.setattr(cli.cli, "main", abort)  # what click does when a person ends a question with Ctrl+C
    with pytest.raises(SystemExit) as ended:
        cli.main()

    assert (ended.value.code, capsys.readouterr().err) == (2, "Stopped.\n")


async def test_text_is_utf8_whatever_the_machine_says_and_a_wrong_byte_ends_nothing(tmp_path: Path) -> None:
    process = await asyncio.create_subprocess_exec(
        UPAKARTI,
        "ask",
        "--json",
        cwd=tmp_path,
        env={
            "LC_ALL": "C",
            "PYTHONUTF8": "0",
            "PYTHONCOERCECLOCALE": "0",
            "PATH": str(Path(sys.executable).parent),
            "UPAKARTI_CACHE_DIR": str(CACHE_HOME / "upakarti"),
        },
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
    )
    out, _ = await process.communicate("apa itu Upakarti — é?\n".encode() + b"\xff halo\n")
    first, second = (json.loads(line)["text"] for line in out.decode("utf-8").splitlines())

    assert (process.returncode, first, second) == (0, "apa itu Upakarti — é?", "\ufffd halo")
