"""A proposer lets others in, sees them, and puts them out again."""

from __future__ import annotations

from datetime import timedelta

import pytest

from storage.proposals import links
from storage.proposals.links import DELEGATE_CODE_LIFE, DELEGATES
from storage.proposals.tables import links as links_table
from tests.handlers.status.desk import ANI, BUDI, NUMBER, OTHER, OTHER_CODE, REFUSED, SITI, Desk
from tests.storage import given

STATE = "*Penilaian substansi*"
LIST = f"status:delegates:{NUMBER}"
NOT_PROPOSER = "Hanya pengusul"


@pytest.fixture
async def linked(desk: Desk) -> Desk:
    """Budi has proved that the proposal is his."""
    await desk.record()
    await desk.link(BUDI)
    return desk


async def link_id(desk: Desk, person: int, number: str = NUMBER) -> int:
    async with desk.database.reading() as tx:
        found = await links.of_number(tx, number)
    person_id = await desk.person_id(person)
    return next(link.id for link in found if link.person_id == person_id)


async def test_a_delegate_sees_the_status(linked: Desk) -> None:
    assert STATE in await linked.delegate(BUDI, ANI)


async def test_a_delegates_code_works_once(linked: Desk) -> None:
    code = await linked.invite(BUDI)
    for person in (ANI, SITI):
        await linked.say(person, "/status")

    assert STATE in await linked.say(ANI, f"{NUMBER} {code}")
    assert REFUSED in await linked.say(SITI, f"{NUMBER} {code}")


async def test_a_delegates_code_runs_out(linked: Desk) -> None:
    code = await linked.invite(BUDI)
    linked.at += DELEGATE_CODE_LIFE
    await linked.say(ANI, "/status")

    assert REFUSED in await linked.say(ANI, f"{NUMBER} {code}")


async def test_a_delegates_code_is_good_until_then(linked: Desk) -> None:
    code = await linked.invite(BUDI)
    linked.at += DELEGATE_CODE_LIFE - timedelta(seconds=1)
    await linked.say(ANI, "/status")

    assert STATE in await linked.say(ANI, f"{NUMBER} {code}")


async def test_the_proposer_sees_who_came_and_which_code_waits(linked: Desk) -> None:
    await linked.delegate(BUDI, ANI)
    waiting = await linked.invite(BUDI)

    shown = await linked.press(BUDI, LIST)

    assert "• masuk dengan kode …" in shown
    assert f"• kode …{waiting[-4:]} belum dipakai" in shown


async def test_a_delegate_who_was_put_out_sees_nothing_more(linked: Desk) -> None:
    await linked.delegate(BUDI, ANI)

    shown = await linked.press(BUDI, f"status:revoke:{await link_id(linked, ANI)}:{NUMBER}")

    assert "sudah dicabut" in shown
    assert "Belum ada wakil" in shown
    assert STATE not in await linked.say(ANI, "/status")
    assert "tidak terhubung" in await linked.press(ANI, f"status:show:{NUMBER}")


async def test_codes_that_wait_can_be_cancelled(linked: Desk) -> None:
    code = await linked.invite(BUDI)

    assert "sudah dibatalkan" in await linked.press(BUDI, f"status:cancel_codes:{NUMBER}")
    await linked.say(ANI, "/status")
    assert REFUSED in await linked.say(ANI, f"{NUMBER} {code}")


async def test_nobody_lets_in_more_than_a_few(linked: Desk) -> None:
    for _ in range(DELEGATES):
        assert await linked.invite(BUDI)

    assert f"Sudah ada {DELEGATES} wakil" in await linked.press(BUDI, f"status:invite:{NUMBER}")


async def test_a_delegate_lets_nobody_in(linked: Desk) -> None:
    await linked.delegate(BUDI, ANI)

    for verb in ("delegates", "invite", "cancel_codes", f"revoke:{await link_id(linked, BUDI)}"):
        assert NOT_PROPOSER in await linked.press(ANI, f"status:{verb}:{NUMBER}")
    assert await given.count(linked.database, links_table) == 2


async def test_nobody_puts_out_the_delegates_of_others(linked: Desk) -> None:
    await linked.delegate(BUDI, ANI)
    await linked.record(OTHER, "penjurian", OTHER_CODE)
    await linked.link(SITI, OTHER, OTHER_CODE)

    shown = await linked.press(SITI, f"status:revoke:{await link_id(linked, ANI)}:{OTHER}")

    assert "sudah dicabut" not in shown
    assert STATE in await linked.say(ANI, "/status")


async def test_delegates_go_with_the_proposer_who_let_them_in(linked: Desk) -> None:
    await linked.delegate(BUDI, ANI)

    await linked.press(BUDI, f"status:left:{NUMBER}")

    assert STATE not in await linked.say(ANI, "/status")
    assert await given.count(linked.database, links_table) == 0


async def test_the_own_code_lets_nobody_in_twice(linked: Desk) -> None:
    code = await linked.invite(BUDI)
    await linked.press(BUDI, "status:add")

    assert STATE in await linked.say(BUDI, NUMBER)  # is theirs already
    await linked.press(BUDI, "status:add")
    assert REFUSED in await linked.say(BUDI, f"{NUMBER} {code}")


@pytest.mark.parametrize("detail", ["", ":", "x", "1", "1:", f"-1:{NUMBER}", f"x:{NUMBER}", f"²:{NUMBER}"])
async def test_a_forged_button_changes_nothing(linked: Desk, detail: str) -> None:
    await linked.delegate(BUDI, ANI)

    await linked.press(BUDI, f"status:revoke:{detail}")

    assert await given.count(linked.database, links_table) == 2
