"""Answers are judged line by line, mistakes are told in one sentence, and counts name rules and never people."""

from __future__ import annotations

import io
import json
from pathlib import Path

import pytest

from bot import edition_commands, eligibility_commands
from bot.clock import moment
from bot.errors import PlainError
from storage import checks
from storage.checks import Finished
from storage.database import Database
from tests.bot import serving
from tests.conftest import SHARED
from tests.handlers.eligibility.cases import CASES

TABLE = SHARED / "facts" / "eligibility.json"
STRICTER = """
year = 2026
[figures]
min_ikm = { value = 20, source = "Surat 12/2026" }
ikm_window_years = { value = 5, source = "Surat 12/2026" }
min_years = { value = 5, source = "Surat 12/2026" }
"""


async def judged(
    folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], *lines: str, as_json: bool = True
) -> list[str]:
    monkeypatch.setattr("sys.stdin", io.StringIO("\n".join(lines) + "\n"))
    await eligibility_commands.check(serving.settings(folder), as_json=as_json)
    return capsys.readouterr().out.splitlines()


async def test_every_case_comes_out_as_listed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    lines = await judged(tmp_path, monkeypatch, capsys, *(json.dumps(case.answers) for case in CASES))

    assert [json.loads(line) for line in lines] == [
        {
            "pengabdian": case.pengabdian,
            "kepeloporan": case.kepeloporan,
            "rules": {"pengabdian": case.pengabdian_rules.split(), "kepeloporan": case.kepeloporan_rules.split()},
        }
        for case in CASES
    ]


@pytest.mark.skipif(not TABLE.exists(), reason="the fact sheets are not beside this project")
async def test_every_case_of_the_fact_sheet_comes_out_as_listed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    cases = json.loads(TABLE.read_text(encoding="utf-8"))["cases"]
    lines = await judged(tmp_path, monkeypatch, capsys, *(json.dumps(case["answers"]) for case in cases))

    found = [json.loads(line) for line in lines]
    assert [{"P": each["pengabdian"], "K": each["kepeloporan"]} for each in found] == [each["expect"] for each in cases]


async def test_without_json_an_outcome_is_a_line(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    lines = await judged(tmp_path, monkeypatch, capsys, '{"applicant_type": "company"}', "", as_json=False)

    assert lines[0] == "pengabdian: NOT_FOR_YOU R4 R6 R13 R15 R17 R19 R28"


async def test_an_edition_of_staffs_is_used(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "2026.toml"
    file.write_text(STRICTER, encoding="utf-8")
    await edition_commands.import_file(serving.settings(tmp_path), file, dry_run=False)
    capsys.readouterr()

    (line,) = await judged(tmp_path, monkeypatch, capsys, '{"applicant_type": "cooperative", "ikm_count": 12}')

    assert json.loads(line)["pengabdian"] == "NOT_MET"


@pytest.mark.parametrize(
    ("line", "mistake"),
    [
        ("{", "Line 1 is not JSON."),
        ("[" * 100_000, "Line 1 is not JSON."),
        ("[]", "Line 1 must be an object like"),
        ('{"shoe_size": 43}', "Line 1: 'shoe_size' is no question; there are applicant_type, citizenship,"),
        ('{"years": -1}', "Line 1: -1 is no answer to 'years'."),
        ('{"years": true}', "Line 1: true is no answer to 'years'."),
        ('{"years": 4.5}', "Line 1: 4.5 is no answer to 'years'."),
        ('{"fosters": "maybe"}', "Line 1: \"maybe\" is no answer to 'fosters'."),
        ('{"fosters": null}', "Line 1: null is no answer to 'fosters'."),
        ('{"scale": {}}', "Line 1: {} is no answer to 'scale'."),
        ('{"scale": {"workers": "many"}}', 'Line 1: {"workers": "many"} is no answer to \'scale\'.'),
        ('{"scale": {"shoes": 1}}', "Line 1: {\"shoes\": 1} is no answer to 'scale'."),
        ('{"scale": []}', "Line 1: [] is no answer to 'scale'."),
    ],
)
def test_a_mistake_is_told_in_one_sentence(line: str, mistake: str) -> None:
    with pytest.raises(PlainError, match=r".") as caught:
        eligibility_commands.read(line, 1)

    assert str(caught.value).startswith(mistake)


async def test_counts_tell_rules_and_months_only(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    given = serving.prepared(tmp_path)
    database = Database(given.database_url)
    async with database.transaction() as tx:
        await checks.count(tx, [Finished(frozenset({"R18"}), moment("2026-10-31T23:00"))])
        await checks.count(tx, [Finished(frozenset({"R18", "R3"}), moment("2026-11-01T00:30"))])
    await database.close()

    await eligibility_commands.counts(given, since=None, as_json=True)
    await eligibility_commands.counts(given, since=moment("2026-11-20T00:00"), as_json=False)

    first, *lines = capsys.readouterr().out.splitlines()
    assert json.loads(first) == {"finished": 2, "rules": {"R18": 2, "R3": 1}}
    assert lines == [
        "finished checks: 1",
        "     1 R18: the 2024 edition required at least 5 years of fostering.",
        "     1 R3: Pioneering is for companies only.",
    ]
