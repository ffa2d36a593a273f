"""A line rests for all processes, then one message tries it."""

from __future__ import annotations

import pytest

from storage import rests
from storage.database import Database
from storage.rests import Extent, Lane, Rest, Standing
from tests.storage.emptied import ON_BOTH
from tests.storage.given import NOW, at

pytestmark = ON_BOTH
WHATSAPP = "whatsapp"


async def begin(store: Database, extent: Extent, seconds: float, channel: str = WHATSAPP) -> None:
    async with store.transaction() as tx:
        await rests.begin(tx, channel, Rest(extent, at(seconds)))


async def standing(store: Database, lane: Lane, seconds: float = 0, channel: str = WHATSAPP) -> Standing:
    async with store.transaction() as tx:
        return await rests.standing(tx, channel, lane, at(seconds))


@pytest.mark.parametrize(
    ("extent", "direct", "bulk"),
    [("all", Standing.RESTING, Standing.RESTING), ("bulk", Standing.GOING, Standing.RESTING)],
)
async def test_a_rest_is_of_the_whole_line_or_of_its_broadcasts(
    extent: Extent, direct: Standing, bulk: Standing, store: Database
) -> None:
    await begin(store, extent, 60)

    assert (await standing(store, "direct"), await standing(store, "bulk")) == (direct, bulk)
    assert await standing(store, "bulk", channel="telegram") is Standing.GOING


async def test_when_a_rest_is_over_one_tries_and_the_others_wait_for_it(store: Database) -> None:
    await begin(store, "all", 60)
    before, after = await standing(store, "direct", 59), await standing(store, "direct", 60)
    async with store.transaction() as tx:
        await rests.try_one(tx, WHATSAPP, "direct", at(100))

    assert (before, after) == (Standing.RESTING, Standing.TRYING)
    assert await standing(store, "bulk", 99) is Standing.RESTING
    assert await standing(store, "bulk", 100) is Standing.TRYING


async def test_a_longer_rest_stays(store: Database) -> None:
    await begin(store, "all", 60)
    await begin(store, "all", 30)

    assert await standing(store, "direct", 59) is Standing.RESTING


async def test_what_got_through_lifts_the_rests_of_its_lane(store: Database) -> None:
    await begin(store, "all", 0)
    await begin(store, "bulk", 0)
    async with store.transaction() as tx:
        await rests.lift(tx, WHATSAPP, "direct", at(1))
    assert (await standing(store, "direct"), await standing(store, "bulk")) == (Standing.GOING, Standing.TRYING)
    async with store.transaction() as tx:
        await rests.lift(tx, WHATSAPP, "bulk", at(1))
    assert await standing(store, "bulk") is Standing.GOING


async def test_it_does_not_lift_one_that_began_meanwhile(store: Database) -> None:
    await begin(store, "all", 300)
    async with store.transaction() as tx:
        await rests.lift(tx, WHATSAPP, "direct", at(40))

    assert await standing(store, "direct") is Standing.RESTING


async def test_the_rests_there_are_can_be_told(store: Database) -> None:
    await begin(store, "all", 60)
    await begin(store, "bulk", -60, "telegram")
    async with store.reading() as tx:
        assert await rests.resting(tx, NOW) == {(WHATSAPP, "all"): at(60), ("telegram", "bulk"): NOW}
