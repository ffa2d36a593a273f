"""The whole command: a file in, proposals in the database or a reason for each row that kept all of them out."""

from __future__ import annotations

import asyncio
import json
import sys
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import click
import pytest
import sqlalchemy as sa
from click.testing import CliRunner, Result

from bot.cli import cli
from bot.errors import PlainError
from bot.proposals import importing, report
from bot.proposals.desk import account
from bot.service import open_database
from bot.settings import Settings
from handlers.wording import Wording
from storage.database import Database
from storage.proposals import records, states
from storage.proposals.records import Entry, Proposal
from storage.proposals.tables import staged_rows
from storage.schema import audit
from tests.bot.proposals.files import csv_file, shared, xlsx_file
from tests.conftest import ManualClock

HEADER = "Nomor Registrasi;Edisi;Kategori;Judul;Status;Sejak\n"
ROW = "UPK-1;2026;pengabdian;Batik;Seleksi administrasi;1/10/2026\n"
EDITION_HEADER = (
    "No.", "Nomor Registrasi", "Edisi", "Kategori", "Judul Usulan", "No. HP", "Status", "Sejak", "Kode Akses",
)  # fmt: skip


async def stored(given: Settings) -> list[Proposal]:
    database = await open_database(given)
    async with database.reading() as tx:
        found = await records.listing(tx, limit=1000)
        assert (await tx.execute(sa.select(staged_rows.c.row))).all() == []
    await database.close()
    return found


async def import_rows(given: Settings, folder: Path, rows: str, **flags: bool) -> None:
    file = csv_file(folder, HEADER + rows)
    await importing.import_file(given, file, **({"dry_run": False, "as_json": False} | flags), clock=ManualClock())


def edition_of_2028() -> Iterator[Sequence[object]]:
    """A made-up edition with as many proposals as that of 2024 had (F73), in all states."""
    names = Wording.load().group("status_states", "id")
    for number in range(1, 248):
        state = list(states.known())[number % len(states.known())]
        yield (
            number,
            f"UPK-2028-{number:03}",
            2028,
            "Kepeloporan" if number % 3 == 0 else "Pengabdian",
            f"Pembinaan perajin desa ke-{number}",
            81200000000 + number,
            names[state] if number % 2 else state,
            datetime(2028, 9, 1 + number % 28, 9, 30, tzinfo=UTC).replace(tzinfo=None),
            f"7KQM-2B9T-{number:04}",
        )


@pytest.mark.parametrize("strings_are_shared", [True, False])
async def test_the_247_proposals_of_an_edition_come_in_from_a_workbook(
    given: Settings, tmp_path: Path, capsys: pytest.CaptureFixture[str], *, strings_are_shared: bool
) -> None:
    rows = list(edition_of_2028())
    file = xlsx_file(tmp_path, [("DAFTAR USULAN UPAKARTI 2028",), (), EDITION_HEADER, *rows])
    file = shared(file) if strings_are_shared else file
    await importing.import_file(given, file, dry_run=False, as_json=False, clock=ManualClock())
    first = capsys.readouterr().out
    before = await stored(given)
    await importing.import_file(given, file, dry_run=False, as_json=False, clock=ManualClock())
    second = capsys.readouterr().out

    assert first.splitlines() == [
        "The header is row 3 of the sheet 'Sheet'.",
        "Columns that mean nothing here are ignored: No.",
        "added 247, changed 0, unchanged 0, refused 0",
        "All rows are stored.",
    ]
    assert "added 0, changed 0, unchanged 247, refused 0" in second
    assert await stored(given) == before
    assert len(before) == 247
    assert {each.latest.state for each in before} == set(states.known())
    assert all(each.released(datetime(2029, 1, 1, tzinfo=UTC)) == () for each in before)
    assert before[0].latest.entered_at == datetime(2028, 9, 2, 2, 30, tzinfo=UTC)


async def test_the_next_stage_of_an_edition_comes_in_by_the_next_file(
    given: Settings, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    await import_rows(given, tmp_path, ROW)
    await import_rows(given, tmp_path, ROW.replace("Seleksi administrasi;1/10", "Penilaian substansi;20/10"))
    (found,) = await stored(given)

    assert "added 0, changed 1, unchanged 0, refused 0" in capsys.readouterr().out
    assert [event.state for event in found.events] == ["seleksi_administrasi", "penilaian_substansi"]


async def test_refused_rows_are_listed_with_their_reasons_and_nothing_is_stored(
    given: Settings, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    await import_rows(given, tmp_path, ROW.replace("Seleksi administrasi", "Penjurian"))
    capsys.readouterr()
    with pytest.raises(PlainError) as caught:
        await import_rows(
            given,
            tmp_path,
            ROW
            + "UPK-2;2026;pengabdian;;;\n"
            + "UPK-2;2026;pengabdian;;;\n"
            + "batik;2026;pengabdian;;;\n"
            + "UPK-3;2026;pengabdian;;;\n",
        )

    assert capsys.readouterr().out.splitlines()[1:] == [
        "row 2, UPK-1: its status cannot go from penjurian to seleksi_administrasi: correct the status in the file, or"
        " have the proposal corrected first.",
        "row 3, UPK-2: row 4 has the same registration number: keep one of them.",
        "row 4, UPK-2: row 3 has the same registration number: keep one of them.",
        "row 5, batik: the registration number (Nomor registrasi) holds 'batik'; it must have 3 to 40 letters A to Z,"
        " digits or . / _ - , and at least one digit.",
        "added 1, changed 0, unchanged 0, refused 4",
        "Nothing was stored.",
    ]
    assert str(caught.value) == "4 rows are refused, so nothing is imported: correct the file and import it again."
    assert [each.number for each in await stored(given)] == ["UPK-1"]


async def test_a_release_that_people_know_of_is_not_moved_by_a_file(
    given: Settings, tmp_path: Path, capsys: pytest.CaptureFixture[str], clock: ManualClock
) -> None:
    database = await open_database(given)
    async with database.transaction() as tx:
        released = Entry("UPK-1", 2026, "pengabdian", released_at=clock.now() - timedelta(days=1))
        await records.put(tx, released, clock.now())
    await database.close()
    file = csv_file(tmp_path, "Number,Year,Category,Released at\nUPK-1,2026,pengabdian,2026-12-01\n")
    with pytest.raises(PlainError, match="1 row is refused"):
        await importing.import_file(given, file, dry_run=False, as_json=False, clock=clock)

    assert (
        "row 2, UPK-1: people already know of its status usulan_diterima, so the time of release cannot change: leave"
        " that cell empty." in capsys.readouterr().out
    )


async def test_of_many_refused_rows_the_first_are_listed(
    given: Settings, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(PlainError):
        await import_rows(given, tmp_path, ";2026;pengabdian;;;\n" * (report.SHOWN + 1))
    said = capsys.readouterr().out.splitlines()

    assert said[1].startswith("row 2, no number: the registration number (Nomor registrasi) is missing")
    assert said[-3:] == [
        "and 1 more refused; --json shows all.",
        "added 0, changed 0, unchanged 0, refused 51",
        "Nothing was stored.",
    ]
    assert len(said) == report.SHOWN + 4


async def test_as_json_every_refused_row_is_an_object_and_the_counts_are_one(
    given: Settings, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(PlainError):
        await import_rows(given, tmp_path, ROW + ";2026;pengabdian;;;\n", as_json=True)
    refused, summary = map(json.loads, capsys.readouterr().out.splitlines())

    assert (refused["row"], refused["number"], refused["verdict"]) == (3, "", "refused")
    assert "is missing: fill it in" in refused["reason"]
    assert summary == {
        "added": 1,
        "changed": 0,
        "unchanged": 0,
        "refused": 1,
        "stored": False,
        "known_at_once": 0,
        "sheet": None,
        "header_row": 1,
        "ignored_columns": [],
        "ignored_sheets": [],
        "hidden_rows": 0,
    }


async def test_a_dry_run_as_json_shows_what_every_row_would_do(
    given: Settings, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    await import_rows(given, tmp_path, ROW + ROW.replace("UPK-1", "UPK-2"))
    capsys.readouterr()
    await import_rows(
        given,
        tmp_path,
        ROW + ROW.replace("UPK-1;", "UPK-2;").replace("Batik", "Tenun") + ROW.replace("UPK-1", "UPK-3"),
        dry_run=True,
        as_json=True,
    )
    *rows, summary = map(json.loads, capsys.readouterr().out.splitlines())

    assert [(row["row"], row["number"], row["verdict"]) for row in rows] == [
        (2, "UPK-1", "unchanged"),
        (3, "UPK-2", "changed"),
        (4, "UPK-3", "added"),
    ]
    assert summary["stored"] is False
    assert [each.title for each in await stored(given)] == ["Batik", "Batik"]


async def test_a_dry_run_lists_what_every_row_would_do(
    given: Settings, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    await import_rows(given, tmp_path, ROW)
    capsys.readouterr()
    await import_rows(given, tmp_path, ROW + ROW.replace("UPK-1", "UPK-2"), dry_run=True)

    assert capsys.readouterr().out.splitlines()[-4:] == [
        "row 2, UPK-1: unchanged.",
        "row 3, UPK-2: added.",
        "added 1, changed 0, unchanged 1, refused 0",
        "Nothing was stored (--dry-run).",
    ]


@pytest.mark.parametrize("dry_run", [True, False])
async def test_what_people_may_know_at_once_is_said(
    given: Settings, tmp_path: Path, capsys: pytest.CaptureFixture[str], dry_run: bool
) -> None:
    header = HEADER.rstrip() + ";Dirilis\n"
    released = [f"{row.rstrip()};{day}\n" for row, day in ((ROW, "2/10/2026"), (ROW.replace("K-1", "K-2"), "1/1/2029"))]
    file = csv_file(tmp_path, header + "".join(released))
    await importing.import_file(given, file, dry_run=dry_run, as_json=False, clock=ManualClock())

    assert "Of 1 of these rows people may know at once: their time of release is past." in capsys.readouterr().out


async def test_a_dry_run_makes_no_database(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    nowhere = Settings(database_url=f"sqlite+aiosqlite:///{tmp_path}/none.db")
    await import_rows(nowhere, tmp_path, ROW, dry_run=True)

    assert capsys.readouterr().out.splitlines()[-2:] == [
        "added 1, changed 0, unchanged 0, refused 0",
        "Nothing was stored (--dry-run).",
    ]
    assert list(tmp_path.glob("none.db*")) == []


async def test_what_is_left_out_is_said(given: Settings, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    def prepare(book: Any) -> None:
        book.active.title = "Usulan"
        book.active.row_dimensions[3].hidden = True
        book.create_sheet("Arsip")

    header = ("No. Registrasi", "Edisi", "Kategori", "Catatan", "Nama Pengusul")
    rows = [(f"UPK-{number}", 2026, "pengabdian", "x", "y") for number in (1, 2)]
    file = xlsx_file(tmp_path, [header, *rows], change=prepare)
    await importing.import_file(given, file, dry_run=False, as_json=False)

    assert capsys.readouterr().out.splitlines() == [
        "The header is row 1 of the sheet 'Usulan'.",
        "Other sheets are not read: 'Arsip'.",
        "Columns that mean nothing here are ignored: Catatan, Nama Pengusul.",
        "Hidden rows are left out: 1.",
        "added 1, changed 0, unchanged 0, refused 0",
        "All rows are stored.",
    ]


@pytest.mark.parametrize(
    ("name", "content", "complaint"),
    [
        ("a.xls", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "is an Excel file of the old kind (.xls) or has a password"),
        (
            "a.xlsx",
            b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1",
            "or has a password. Open it in Excel and save it as Excel Work",
        ),
        ("a.xlsx", b"a;b;c\n", "is no Excel workbook, whatever its name says"),
        ("a.xls", b"<html><table>", "is no Excel workbook, whatever its name says"),
        ("a.csv", b"%PDF-1.7", "is no Excel workbook, whatever its name says"),
        ("a.csv", b"PK\x03\x04", "is no Excel workbook, or a damaged one"),
        ("a.csv", b"", "is empty"),
        ("a.csv", b"nama;alamat\n", "None of the first 20 rows is a header"),
        ("a.csv", HEADER.encode(), "There are no rows below the header"),
    ],
)
async def test_other_files_are_refused_with_what_to_do(
    given: Settings, tmp_path: Path, name: str, content: bytes, complaint: str
) -> None:
    file = csv_file(tmp_path, content, name)
    with pytest.raises(PlainError) as caught:
        await importing.import_file(given, file, dry_run=False, as_json=False)

    assert complaint in str(caught.value)
    assert await stored(given) == []


async def test_a_file_that_breaks_off_in_the_middle_leaves_nothing(given: Settings, tmp_path: Path) -> None:
    rows = "".join(ROW.replace("UPK-1", f"UPK-{number}") for number in range(2500))
    with pytest.raises(PlainError, match="Row 2502, at line 2502, cannot be read"):
        await import_rows(given, tmp_path, rows + '"')

    assert await stored(given) == []


async def test_an_import_that_is_interrupted_leaves_nothing(given: Settings, tmp_path: Path) -> None:
    rows = "".join(ROW.replace("UPK-1", f"UPK-{number}") for number in range(5000))
    work = asyncio.create_task(import_rows(given, tmp_path, rows))
    database = await open_database(given)
    async with asyncio.timeout(30):
        while not await staged(database):
            pass
    work.cancel()
    with pytest.raises(asyncio.CancelledError):
        await work
    await database.close()

    assert await stored(given) == []


async def staged(database: Database) -> bool:
    async with database.reading() as tx:
        return (await tx.execute(sa.select(staged_rows.c.row).limit(1))).first() is not None


async def test_attacks_in_every_cell_end_as_text(given: Settings, tmp_path: Path) -> None:
    title = '=HYPERLINK(""http://a"") \'; DROP TABLE proposals; -- <script>{{7*7}}</script>'
    await import_rows(given, tmp_path, f'UPK-1;2026;pengabdian;"{title}";;\n')
    (found,) = await stored(given)

    assert found.title == title.replace('""', '"')


async def test_the_audit_has_who_imported_how_many_and_nothing_of_the_rows(given: Settings, tmp_path: Path) -> None:
    await import_rows(given, tmp_path, ROW)
    database = await open_database(given)
    async with database.reading() as tx:
        (act,) = (await tx.execute(sa.select(audit.c.actor, audit.c.action, audit.c.details))).all()
    await database.close()

    assert tuple(act) == (account(), "import", {"added": 1, "changed": 0, "unchanged": 0})


async def test_a_database_that_fails_is_told_in_a_sentence(given: Settings, tmp_path: Path) -> None:
    database = await open_database(given)
    async with database.transaction() as tx:
        await tx.execute(sa.text("DROP TABLE audit"))
    await database.close()
    with pytest.raises(PlainError, match="and nothing was imported"):
        await import_rows(given, tmp_path, ROW)

    assert await stored(given) == []


async def test_proposals_that_keep_being_changed_are_left_alone(given: Settings, tmp_path: Path) -> None:
    """A trigger changes the proposal whenever a row is judged, as a busy portal could."""
    await import_rows(given, tmp_path, ROW)
    database = await open_database(given)
    busy = (
        "CREATE TRIGGER busy AFTER UPDATE OF verdict ON staged_rows"
        " BEGIN UPDATE proposals SET revision = revision + 1; END"
    )
    async with database.transaction() as tx:
        await tx.execute(sa.text(busy))
    await database.close()
    with pytest.raises(PlainError, match="keep being changed by something else, so nothing was imported"):
        await import_rows(given, tmp_path, ROW.replace("Batik", "Tenun"))

    assert [each.title for each in await stored(given)] == ["Batik"]


async def test_rows_that_are_deleted_on_the_way_stop_the_import(given: Settings, tmp_path: Path) -> None:
    """A trigger deletes them once they are judged, as a service does whose clock is a day ahead."""
    database = await open_database(given)
    hasty = (
        "CREATE TRIGGER hasty AFTER UPDATE OF verdict ON staged_rows"
        " BEGIN DELETE FROM staged_rows WHERE row = NEW.row; END"
    )
    async with database.transaction() as tx:
        await tx.execute(sa.text(hasty))
    await database.close()
    with pytest.raises(PlainError, match=r"clock right\?\), so nothing was imported: try again"):
        await import_rows(given, tmp_path, ROW)

    assert await stored(given) == []


def run(given: Settings, *arguments: str) -> Result:
    return CliRunner().invoke(
        cli, ["proposals", "import", *arguments], env={"UPAKARTI_DATABASE_URL": given.database_url}
    )


def test_the_command_ends_with_0_when_all_rows_came_in(given: Settings, tmp_path: Path) -> None:
    done = run(given, str(csv_file(tmp_path, HEADER + ROW)))

    assert (done.exit_code, done.stderr) == (0, "")
    assert done.stdout.endswith("added 1, changed 0, unchanged 0, refused 0\nAll rows are stored.\n")


@pytest.mark.parametrize("flag", ["--dry-run", "--json"])
def test_the_command_ends_with_2_and_one_sentence_when_a_row_is_refused(
    given: Settings, tmp_path: Path, flag: str
) -> None:
    done = run(given, flag, str(csv_file(tmp_path, HEADER + "UPK;2026;pengabdian;;;\n")))

    assert done.exit_code == 2
    assert done.stderr == "1 row is refused, so nothing is imported: correct the file and import it again.\n"
    assert "at least one digit" in done.stdout


def test_a_file_that_is_not_there_is_said(given: Settings, tmp_path: Path) -> None:
    done = run(given, f"{tmp_path}/none.csv")

    assert done.exit_code == 2
    assert "does not exist" in done.stderr


async def test_a_terminal_shows_how_far_it_is_on_standard_error(
    given: Settings, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys.stderr, "isatty", lambda: True)
    await import_rows(given, tmp_path, "".join(ROW.replace("UPK-1", f"UPK-{number}") for number in range(2000)))
    shown = capsys.readouterr()

    assert "Reading" in click.unstyle(shown.err)
    assert "100%" in shown.err
    assert "Comparing" in shown.err
    assert "Reading" not in shown.out


async def test_where_the_portal_leads_no_file_is_taken_in(tmp_path: Path) -> None:
    portal = "postgresql+asyncpg://reader@db.example/portal"
    given = Settings(database_url=f"sqlite+aiosqlite:///{tmp_path}/own.db", status_database_url=portal)
    with pytest.raises(PlainError, match="do this in the portal"):
        await importing.import_file(given, csv_file(tmp_path, HEADER + ROW), dry_run=True, as_json=False)

    assert not (tmp_path / "own.db").exists()
