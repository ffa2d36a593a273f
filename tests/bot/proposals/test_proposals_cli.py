"""What is typed reaches the command that is meant, and a mistake is one sentence with exit status 2."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path

import pytest

from bot.proposals.cli import proposals
from bot.service import open_database
from tests.bot import serving
from tests.bot.test_cli import Command
from tests.storage.proposals import made
from tests.storage.proposals.made import ENTRY, NUMBER, OTHER, entry

pytestmark = pytest.mark.usefixtures("logging_restored")


@pytest.fixture
def two(tmp_path: Path) -> None:
    """Two proposals in the database of the command."""

    async def put() -> None:
        database = await open_database(
            serving.settings(tmp_path, database_url=f"sqlite+aiosqlite:///{tmp_path}/cli.db")
        )
        await made.put(database, ENTRY, entry(OTHER))
        await database.close()

    asyncio.run(put())


@pytest.mark.parametrize("command", ["proposals", *(f"proposals {name}" for name in proposals.commands), "audit"])
def test_every_command_has_help(command: str, upakarti: Command) -> None:
    status, out, err = upakarti(*command.split(), "--help")

    assert (status, err) == (0, "")
    assert out.startswith(f"Usage: upakarti {command} ")


@pytest.mark.parametrize(
    ("arguments", "part"),
    [
        (["show"], "Missing argument 'NUMBER'."),
        (["show", "budi"], "'budi' is no registration number."),
        (["show", "1' OR '1'='1"], "is no registration number."),
        (["list", "--state", "menang"], "'menang' is no state; the states are usulan_diterima, seleksi_administrasi"),
        (["list", "--limit", "0"], "0 is not in the range"),
        (["count", "--edition", "24"], "24 is not in the range"),
        (["release"], "Name one proposal, or a stage by --stage and --edition."),
        (["release", NUMBER, "--stage", "penjurian", "--edition", "2024"], "Name one proposal, or a stage"),
        (["release", NUMBER, "--edition", "2024"], "Name one proposal, or a stage"),
        (["release", "--stage", "penjurian"], "Name one proposal, or a stage"),
        (["hold", "--edition", "2024"], "Name one proposal, or a stage"),
        (["release", NUMBER, "--at", "besok"], "'besok' is no time like"),
        (["correct", NUMBER, "--state", "penjurian"], "Missing option '--reason'."),
        (["correct", NUMBER, "--reason", "salah"], "Missing option '--state'."),
        (["code", NUMBER, "--days", "366"], "366 is not in the range"),
        (["unlink", NUMBER, "--person", "budi"], "'budi' is not a valid integer"),
        (["alarms", "--days", "0"], "0 is not in the range"),
    ],
)
def test_a_mistake_on_the_command_line_is_one_sentence(arguments: list[str], part: str, upakarti: Command) -> None:
    status, out, err = upakarti("proposals", *arguments)

    assert (status, out, err.count("\n")) == (2, "", 1)
    assert part in err
    assert "--help" in err


@pytest.mark.parametrize(
    "arguments",
    [
        ["show", NUMBER],
        ["release", NUMBER],
        ["hold", NUMBER],
        ["correct", NUMBER, "--state", "penjurian", "--reason", "salah"],
        ["code", NUMBER],
        ["unlink", NUMBER],
        ["delete", NUMBER, "--yes"],
    ],
)
def test_a_proposal_there_is_none_of_is_one_sentence(arguments: list[str], upakarti: Command) -> None:
    assert upakarti("proposals", *arguments) == (2, "", f"There is no proposal {NUMBER}.\n")


@pytest.mark.usefixtures("two")
def test_a_number_may_be_typed_as_people_type_it(upakarti: Command) -> None:
    _, out, _ = upakarti("proposals", "show", " upk-2024-001", "--json")

    assert json.loads(out)["number"] == NUMBER


@pytest.mark.usefixtures("two")
def test_a_stage_is_released_held_and_found_in_the_audit(upakarti: Command) -> None:
    stage = ("--stage", "seleksi_administrasi", "--edition", "2024")
    asked = upakarti("proposals", "release", *stage, typed="y\n")
    dry = upakarti("proposals", "release", *stage, "--dry-run")
    done = upakarti("proposals", "release", *stage, "--at", "2099-01-01T10:00", "--yes")
    held = upakarti("proposals", "hold", *stage)
    _, out, _ = upakarti("audit", "--json")

    assert (asked[0], asked[2]) == (2, "Nothing was released: say --yes, since nobody can be asked here.\n")
    assert (dry[0], dry[1].splitlines()[-1]) == (0, "Nothing was changed (--dry-run).")
    assert (done[0], done[1].splitlines()[-1]) == (0, "Done: 2 results, 2099-01-01 10:00 WIB.")
    assert (held[0], held[2]) == (0, "")
    assert [json.loads(line)["action"] for line in out.splitlines()] == ["held", "released"]


@pytest.mark.usefixtures("two")
def test_every_other_command_reaches_what_it_names(upakarti: Command) -> None:
    listed = upakarti("proposals", "list", "--limit", "1", "--json")
    counted = upakarti("proposals", "count", "--json")
    corrected = upakarti("proposals", "correct", NUMBER, "--state", "penjurian", "--reason", "salah baca")
    issued = upakarti("proposals", "code", NUMBER, "--days", "1", "--json")
    unlinked = upakarti("proposals", "unlink", NUMBER, "--person", "1")
    deleted = upakarti("proposals", "delete", NUMBER, "--yes")
    alarms = upakarti("proposals", "alarms", "--json")
    audit = upakarti("audit", "--limit", "2")

    assert [json.loads(line)["number"] for line in listed[1].splitlines()] == [NUMBER]
    assert json.loads(counted[1])["total"] == 2
    assert corrected[0] == 0
    assert json.loads(issued[1])["number"] == NUMBER
    assert unlinked == (2, "", f"Person 1 may not know of {NUMBER}.\n")
    assert deleted == (0, f"{NUMBER} is deleted.\n", "")
    assert alarms == (0, "", "")
    assert [line.split(": ")[1].split()[0] for line in audit[1].splitlines()] == ["proposal_deleted", "code_issued"]
