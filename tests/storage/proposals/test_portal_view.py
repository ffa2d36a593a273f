"""The portal's view is examined before it is relied on, and says no identity to anybody."""

from __future__ import annotations

import pytest

from storage import audit
from storage.database import Database
from storage.proposals import proof, view
from storage.proposals.portal import Portal
from storage.proposals.view import View
from tests.storage.emptied import (
    sqlite_unless_asked,  # noqa: F401 - a fixture
)
from tests.storage.given import at
from tests.storage.proposals.mirrored import (
    catch_up,
)
from tests.stubs.portal import GRANT, VIEW, PortalStub

# Examination


async def test_a_good_view_has_nothing_wrong(portal: PortalStub) -> None:
    await portal.propose("A-1", (1, "usulan_diterima"), (2, "seleksi_administrasi"), code_sha256="a" * 64)
    looking = View(portal.url)
    examined = await looking.examine()
    await looking.close()

    assert examined == view.Examination((), proposals=1, events=2)


@pytest.mark.parametrize(
    "number",
    ["A-1", "2026-UPK-0012", "123", "1" * 40, "a-1", "A 1", "A/1", "A--1", "KATA", "X1", "-A1", "A1-", "1" * 41],
)
async def test_an_examination_knows_the_form_of_a_number(number: str, portal: PortalStub) -> None:
    await portal.propose(number)
    looking = View(portal.url)
    examined = await looking.examine()
    await looking.close()

    assert examined.wrong_numbers == (() if proof.number(number) == number else (number,))


async def test_an_examination_finds_what_is_wrong(portal: PortalStub) -> None:
    await portal.propose("a 1", (1, "menang"), (2, None), code_sha256="1234")
    looking = View(portal.owners_url)
    examined = await looking.examine()
    await looking.close()

    assert examined == view.Examination(
        (),
        proposals=1,
        events=2,
        unknown_states=("", "menang"),
        wrong_numbers=("a 1",),
        wrong_codes=2,
        superuser=True,
        may_write=True,
    )


async def test_an_examination_of_other_columns_names_them(portal: PortalStub) -> None:
    await portal.do("CREATE DOMAIN nomor AS text; ALTER TABLE usulan ADD COLUMN nomor nomor;")
    other = VIEW.replace("u.number,", "u.nomor AS number,").replace("r.correction,", "")
    await portal.do("DROP VIEW upakarti_status;" + other.replace("r.since", "r.since::timestamp") + GRANT)
    looking = View(portal.url)
    examined = await looking.examine()
    await looking.close()

    assert examined.wrong_columns == (
        view.WrongColumn("since", "timestamp without time zone", "timestamp with time zone"),
        view.WrongColumn("correction", None, "boolean"),
    )


async def test_identities_stay_out_of_what_is_written_down(portal: PortalStub, reader: Portal, store: Database) -> None:
    await portal.propose(title="Rahasia", phone="081234567890", code_sha256="a" * 64)
    await catch_up(reader)
    await portal.change("A-1", title="Sangat Rahasia", phone="081234567891", code_sha256="b" * 64)
    await portal.happen("A-1", 2, "menang")
    await reader.round(at(15))
    await portal.do("DELETE FROM riwayat WHERE event = 2")
    await portal.do("UPDATE usulan SET changed_at = clock_timestamp()")
    await reader.round(at(30))
    async with store.reading() as tx:
        written = str(await audit.latest(tx, 100))

    assert "fields" in written
    assert not [word for word in ("ahasia", "8123", "aaaa", "bbbb") if word in written]
