"""The doctor says in plain words what is wrong with the portal's view, and what to do."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from bot import portal_examination
from bot import service as services
from bot.findings import Finding
from bot.settings import Settings
from storage.database import Database
from storage.proposals import proof, records
from storage.proposals.portal import Portal
from storage.proposals.view import View
from tests.bot import serving
from tests.bot.conftest import WatchedClock
from tests.stubs.portal import EMPTY, GRANT, READER, VIEW, PortalStub

OPERATIONS = Path(__file__).parents[2] / "docs/operations.md"


@pytest.fixture
async def database(tmp_path: Path) -> AsyncIterator[Database]:
    database = await services.open_database(serving.settings(tmp_path))
    yield database
    await database.close()


@pytest.fixture
def settings(tmp_path: Path, portal: PortalStub) -> Settings:
    return serving.settings(tmp_path, status_database_url=portal.url)


def marked(findings: list[Finding]) -> list[str]:
    """Return each finding in a line, as the doctor marks it."""
    return [
        f"{'ok' if not each.advice else 'BAD' if each.serious else '?'} {each.subject}: {each.found}"
        for each in findings
    ]


async def test_without_a_view_nothing_is_said(tmp_path: Path, database: Database, clock: WatchedClock) -> None:
    assert await portal_examination.examine(serving.settings(tmp_path), database, clock) == []


async def test_a_good_view_is_found_well(
    settings: Settings, portal: PortalStub, database: Database, clock: WatchedClock
) -> None:
    await portal.propose("A-1", (1, "usulan_diterima"), (2, "seleksi_administrasi"))
    before = await portal_examination.examine(settings, database, clock)
    reader = Portal(View(portal.url), database)
    await reader.round(clock.now())
    await reader.round(clock.now())
    await reader.close()
    after = await portal_examination.examine(settings, database, clock)

    assert marked(before) == [
        "ok portal: 1 proposals with 2 events can be read",
        "ok portal user: can only read",
        "? portal reading: never yet",
    ]
    assert marked(after)[-1] == "ok portal reading: last at 2026-11-24 10:00:00 in Jakarta"

    clock.move(301)

    assert marked(await portal_examination.examine(settings, database, clock))[-1] == (
        "BAD portal reading: last at 2026-11-24 10:00:00 in Jakarta"
    )


async def test_what_the_view_says_wrongly_is_shown(
    settings: Settings, portal: PortalStub, database: Database, clock: WatchedClock
) -> None:
    await portal.propose("a 1", (1, "menang"), code_sha256="1234")
    reader = Portal(View(portal.url), database)
    while (await reader.round(clock.now())).more:
        pass
    await reader.close()
    findings = await portal_examination.examine(settings, database, clock)

    assert marked(findings) == [
        "ok portal: 1 proposals with 1 events can be read",
        "BAD portal: states that nobody knows: 'menang'",
        "BAD portal: numbers in another form than agreed: 'a 1'",
        "BAD portal: 1 values in code_sha256 are no SHA-256",
        "ok portal user: can only read",
        "? portal reading: last at 2026-11-24 10:00:00 in Jakarta; 1 proposals refused within a day",
    ]


async def test_columns_that_are_missing_or_of_another_type_are_listed(
    settings: Settings, portal: PortalStub, database: Database, clock: WatchedClock
) -> None:
    other = VIEW.replace("r.correction,", "").replace("r.since,", "r.since::timestamp,")
    await portal.do("DROP VIEW upakarti_status;" + other.replace("u.edition,", "u.edition::text,") + GRANT)
    findings = await portal_examination.examine(settings, database, clock)

    assert marked(findings)[:3] == [
        "BAD portal: upakarti_status.edition is text",
        "BAD portal: upakarti_status.since is timestamp without time zone",
        "BAD portal: upakarti_status has no column correction",
    ]
    assert findings[0].advice == "It must be bigint: write edition::bigint in the view."
    assert findings[1].advice.endswith("write ... AT TIME ZONE 'Asia/Jakarta' in the view.")
    assert findings[2].advice.startswith("Add it, as boolean. docs/operations.md has an example")


@pytest.mark.parametrize(
    ("statement", "found"),
    [
        ("DROP VIEW upakarti_status", "there is no view upakarti_status"),
        (f"REVOKE SELECT ON upakarti_status FROM {READER}", "the user may not read upakarti_status"),
    ],
)
async def test_a_view_that_cannot_be_read_is_serious(
    statement: str, found: str, settings: Settings, portal: PortalStub, database: Database, clock: WatchedClock
) -> None:
    await portal.do(statement)
    findings = await portal_examination.examine(settings, database, clock)

    assert marked(findings) == [f"BAD portal: {found}", "? portal reading: never yet"]


async def test_a_portal_out_of_reach_is_serious_and_its_address_not_shown(
    tmp_path: Path, database: Database, clock: WatchedClock
) -> None:
    url = "postgresql+asyncpg://somebody:a-secret@127.0.0.1:1/portal"
    findings = await portal_examination.examine(serving.settings(tmp_path, status_database_url=url), database, clock)

    assert marked(findings)[0] == "BAD portal: its PostgreSQL cannot be reached"
    assert "secret" not in str(findings)


async def test_a_user_that_may_write_gets_advice(
    tmp_path: Path, portal: PortalStub, database: Database, clock: WatchedClock
) -> None:
    await portal.do(f"GRANT UPDATE ON usulan TO {READER}")
    writer = await portal_examination.examine(
        serving.settings(tmp_path, status_database_url=portal.url), database, clock
    )
    owner = await portal_examination.examine(
        serving.settings(tmp_path, status_database_url=portal.owners_url), database, clock
    )

    assert marked(writer)[1] == "? portal user: may write to tables beside the view"
    assert marked(owner)[1] == "? portal user: is a superuser"


THEIR_TABLES = """
    CREATE TABLE usulan (
        nomor text, tahun int, kategori varchar(20), judul text, telepon text, kode text,
        kode_berlaku_sampai timestamptz, diubah_pada timestamptz
    );
    CREATE TABLE riwayat_status (
        nomor text, urutan int, status text, sejak timestamptz, dirilis_pada timestamptz, koreksi boolean,
        diubah_pada timestamptz
    );
    INSERT INTO usulan VALUES
        ('upk 2026/001', 2026, 'Pengabdian', 'Batik', '0812-3456-7890', 'ABCD1234EFGH', NULL, now());
    INSERT INTO riwayat_status VALUES
        ('upk 2026/001', 1, 'DITERIMA', now(), now(), NULL, now()),
        ('upk 2026/001', 2, 'ADMINISTRASI', now(), NULL, NULL, now());
"""


async def test_the_view_of_the_manual_is_found_well(
    tmp_path: Path, portal: PortalStub, database: Database, clock: WatchedClock
) -> None:
    (example,) = re.findall(r"```sql\n(.*?)```", OPERATIONS.read_text(encoding="utf-8"), re.DOTALL)
    await portal.do(EMPTY + THEIR_TABLES + example)
    try:
        url = portal.url.replace(READER, "upakarti_assistant")
        findings = await portal_examination.examine(
            serving.settings(tmp_path, status_database_url=url), database, clock
        )
        reader = Portal(View(url), database)
        await reader.round(clock.now())
        await reader.close()
        async with database.reading() as tx:
            proposal = await records.get(tx, "UPK-2026-001")
    finally:
        await portal.do("DROP OWNED BY upakarti_assistant; DROP ROLE upakarti_assistant")

    assert marked(findings)[:2] == ["ok portal: 1 proposals with 2 events can be read", "ok portal user: can only read"]
    assert proposal is not None
    assert proposal.code_sha256 == proof.code_hash("UPK-2026-001", "ABCD1234EFGH")
    assert [event.state for event in proposal.events] == ["usulan_diterima", "seleksi_administrasi"]
