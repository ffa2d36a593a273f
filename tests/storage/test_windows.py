"""When people wrote is kept however their messages come, and goes where their account goes."""

from __future__ import annotations

from datetime import datetime

import pytest
import sqlalchemy as sa

from storage import contacts, joining, names, own_data, windows
from storage.contacts import Identity
from storage.database import Database
from storage.names import Renaming
from storage.schema import openings
from tests.storage import given
from tests.storage.emptied import ON_BOTH
from tests.storage.given import NOW, at

pytestmark = ON_BOTH

CODE = "a" * 64
ANN = Identity(whatsapp_user_id="ID.1", whatsapp_phone="62811")
BEN = Identity(whatsapp_user_id="ID.2", whatsapp_phone="62822")


async def meet(store: Database, *identities: Identity) -> list[int]:
    async with store.transaction() as tx:
        return [person.id for person in await contacts.meet(tx, identities, NOW)]


async def note(store: Database, **seconds: float) -> None:
    async with store.transaction() as tx:
        await windows.note(tx, {int(name[1:]): at(moment) for name, moment in seconds.items()})


async def wrote_at(store: Database, *person_ids: int) -> dict[int, datetime]:
    async with store.reading() as tx:
        known = await windows.standing(tx, person_ids)
    return {person_id: found.wrote_at for person_id, found in known.items() if found.wrote_at is not None}


async def open_(store: Database, person_id: int) -> None:
    async with store.transaction() as tx:
        await tx.execute(sa.insert(openings), {"person_id": person_id, "opened_at": NOW})


async def test_the_latest_message_counts_in_whatever_order_they_come(store: Database) -> None:
    ann, ben, cem = await given.people(store, 3)
    await note(store)
    await note(store, _1=10, _2=20)
    await note(store, _1=30, _2=5)

    assert (ann, ben) == (1, 2)
    assert await wrote_at(store, ann, ben, cem) == {ann: at(30), ben: at(20)}


async def test_a_window_that_the_platform_calls_closed_is_closed(store: Database) -> None:
    ann, ben = await given.people(store, 2)
    await note(store, _1=10, _2=10)
    async with store.transaction() as tx:
        await windows.close(tx, [ann])

    assert await wrote_at(store, ann, ben) == {ben: at(10)}


async def test_it_goes_along_when_accounts_are_joined_and_ends_when_they_are_parted(store: Database) -> None:
    ann, ben = await meet(store, Identity(telegram_id=7), BEN)
    await note(store, **{f"_{ben}": 10})
    await open_(store, ben)
    async with store.transaction() as tx:
        await joining.offer(tx, ann, "telegram", CODE, NOW)
        assert await joining.join(tx, ben, CODE, at(1)) is not None
        account = (await own_data.collect(tx, ann)).account
    assert account is not None
    assert (account.whatsapp_seen_at, account.whatsapp_opened_at) == (at(10), NOW)
    async with store.transaction() as tx:
        await joining.part(tx, ann, "telegram")

    assert await wrote_at(store, ann) == {}


async def test_parting_the_browser_leaves_it(store: Database) -> None:
    (ann,) = await meet(store, Identity(whatsapp_user_id="ID.1", web_token_hash="w"))
    await note(store, **{f"_{ann}": 10})
    async with store.transaction() as tx:
        await joining.part(tx, ann, "whatsapp")

    assert await wrote_at(store, ann) == {ann: at(10)}


async def test_it_goes_along_with_a_changed_number(store: Database) -> None:
    (ann,) = await meet(store, ANN)
    await note(store, **{f"_{ann}": 10})
    async with store.transaction() as tx:
        await names.rename(tx, Renaming("whatsapp", "wamid.1", ANN, Identity(whatsapp_phone="62833"), at(20)), at(20))

    assert await wrote_at(store, ann) == {ann: at(10)}


@pytest.mark.parametrize(
    ("known", "kept"),
    [(Identity(telegram_id=7, whatsapp_phone="62811"), False), (ANN, True)],
    ids=["by the number only", "by the user id too"],
)
async def test_who_loses_their_last_whatsapp_name_has_no_window_any_more(
    store: Database, known: Identity, kept: bool
) -> None:
    (ann,) = await meet(store, known)
    await meet(store, Identity(whatsapp_user_id="ID.2"))
    await note(store, **{f"_{ann}": 10})
    async with store.transaction() as tx:
        taken = Identity(whatsapp_user_id="ID.2", whatsapp_phone="62811")
        await names.learn(tx, [names.Told("whatsapp", "wamid.1", taken)], NOW)

    assert bool(await wrote_at(store, ann)) is kept


async def test_it_is_forgotten_with_the_person(store: Database) -> None:
    (ann,) = await meet(store, ANN)
    await note(store, **{f"_{ann}": 10})
    await open_(store, ann)
    async with store.transaction() as tx:
        await own_data.erase(tx, ann, NOW)
        await contacts.mark_erased(tx, ann, NOW)
        account = (await own_data.collect(tx, ann)).account

    assert account is not None
    assert (account.whatsapp_seen_at, account.whatsapp_opened_at) == (None, None)
