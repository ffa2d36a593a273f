"""Staff bring their own dates in by a file; what is known of each edition is shown with its source."""

from __future__ import annotations

import io
import json
from pathlib import Path

import pytest

from bot import asking, edition_commands
from bot.edition_commands import SIZE_LIMIT
from bot.errors import PlainError
from tests.bot import serving

DOCUMENT = """
year = 2026
[registration]
opens = [{ date = 2026-11-01, source = "Surat 12/2026" }]
closes = { date = 2026-12-15, source = "Surat 12/2026" }
"""


@pytest.fixture
def document(tmp_path: Path) -> Path:
    file = tmp_path / "2026.toml"
    file.write_text(DOCUMENT, encoding="utf-8")
    return file


async def test_the_programs_editions_are_shown_newest_first(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    await edition_commands.show(serving.settings(tmp_path), as_json=True)
    shown = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    (edition,) = (each for each in shown if each["year"] == 2024)

    assert [each["year"] for each in shown] == sorted((each["year"] for each in shown), reverse=True)
    assert edition["from"] == "the program"
    assert edition["closes"] == "2024-08-26 (F39)"
    assert edition["opens"] == ["2024-02-26 (F40)", "2024-05-26 (F40)"]
    assert edition["figures"]["min_years"] == "5 (F25)"


async def test_without_json_an_edition_is_shown_as_lines(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    await edition_commands.show(serving.settings(tmp_path), as_json=False)
    shown = capsys.readouterr().out.splitlines()

    assert "closes: 2024-08-26 (F39)" in shown
    assert "opens: 2024-02-26 (F40) or 2024-05-26 (F40)" in shown
    assert "  min_years: 5 (F25)" in shown
    assert any(line.endswith(": unknown") for line in shown)


async def test_an_imported_edition_is_shown_as_the_staffs_and_answers_questions(
    tmp_path: Path, document: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    given = serving.settings(tmp_path)
    await edition_commands.import_file(given, document, dry_run=False)
    said = capsys.readouterr().out
    await edition_commands.show(given, as_json=True)
    first = json.loads(capsys.readouterr().out.splitlines()[0])
    monkeypatch.setattr("sys.stdin", io.StringIO("kapan pendaftaran ditutup?\n"))
    await asking.ask(given, as_json=True, at=None, why=False)
    answer = json.loads(capsys.readouterr().out)

    assert "Edition 2026 is stored." in said
    assert (first["year"], first["from"], first["closes"]) == (2026, "staff", "2026-12-15 (Surat 12/2026)")
    assert "15 Desember 2026" in answer["reply"]


async def test_a_second_import_of_a_year_replaces_the_first(
    tmp_path: Path, document: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    given = serving.settings(tmp_path)
    await edition_commands.import_file(given, document, dry_run=False)
    document.write_text(DOCUMENT.replace("12-15", "12-20"), encoding="utf-8")
    await edition_commands.import_file(given, document, dry_run=False)
    capsys.readouterr()
    await edition_commands.show(given, as_json=True)
    shown = [json.loads(line) for line in capsys.readouterr().out.splitlines()]

    assert [each["closes"] for each in shown if each["year"] == 2026] == ["2026-12-20 (Surat 12/2026)"]


async def test_a_dry_run_shows_what_the_file_says_and_stores_nothing(
    tmp_path: Path, document: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    await edition_commands.import_file(serving.settings(tmp_path), document, dry_run=True)
    said = capsys.readouterr().out

    assert "closes: 2026-12-15 (Surat 12/2026)" in said
    assert said.endswith("Nothing was stored (--dry-run).\n")
    assert list(tmp_path.glob("*.db*")) == []


@pytest.mark.parametrize(
    ("content", "part"),
    [
        (b"year = ", "2026.toml"),
        (b"year = 2026\n[registration]\ncloses = { date = 2026-12-15 }\n", "2026.toml"),
        (b"year = 'soon'", "2026.toml"),
        (b"\xff\xfe", "is not UTF-8 text; save it again as UTF-8."),
        (b"#" * (SIZE_LIMIT + 1), "is larger than 256 KiB and cannot be an edition file."),
        (b"", "2026.toml"),
    ],
    ids=["no TOML", "no source", "no year", "no UTF-8", "huge", "empty"],
)
async def test_a_file_that_is_no_edition_is_refused_and_nothing_is_stored(
    content: bytes, part: str, tmp_path: Path, document: Path
) -> None:
    document.write_bytes(content)
    with pytest.raises(PlainError) as caught:
        await edition_commands.import_file(serving.settings(tmp_path), document, dry_run=False)

    assert part in str(caught.value)
    assert list(tmp_path.glob("*.db*")) == []
