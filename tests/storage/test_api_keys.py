"""Keys of the portal are kept as hashes, found by themselves, and useless once revoked."""

from __future__ import annotations

import hashlib
import re

import sqlalchemy as sa

from storage import api_keys, schema
from storage.api_keys import ApiKey
from storage.database import Database
from tests.storage.given import NOW, at


async def made(store: Database, name: str) -> str:
    key = api_keys.new_key()
    async with store.transaction() as tx:
        assert await api_keys.add(tx, name, key, NOW)
    return key


async def found(store: Database, key: str) -> str | None:
    async with store.reading() as tx:
        known = await api_keys.find(tx, key)
    return None if known is None else known.name


def test_a_key_is_told_by_its_beginning_and_has_43_random_characters() -> None:
    keys = {api_keys.new_key() for _ in range(100)}

    assert len(keys) == 100
    assert all(re.fullmatch(r"upk_[A-Za-z0-9_-]{43}", key) for key in keys)


async def test_only_the_hash_of_a_key_is_kept(store: Database) -> None:
    key = await made(store, "portal")
    async with store.reading() as tx:
        row = (await tx.execute(sa.select(schema.api_keys))).one()

    assert row.key_sha256 == hashlib.sha256(key.encode()).hexdigest()
    assert not any(key in str(value) for value in row)


async def test_a_key_is_found_by_itself_and_by_nothing_else(store: Database) -> None:
    key = await made(store, "portal")
    other = await made(store, "other")

    assert [await found(store, each) for each in (key, other, "", "portal", key + "x", key.swapcase())] == [
        "portal",
        "other",
        None,
        None,
        None,
        None,
    ]


async def test_a_name_is_given_once_and_not_again_after_a_revocation(store: Database) -> None:
    key = await made(store, "portal")
    async with store.transaction() as tx:
        again = await api_keys.add(tx, "portal", api_keys.new_key(), NOW)
        await api_keys.revoke(tx, "portal", NOW)
        later = await api_keys.add(tx, "portal", api_keys.new_key(), NOW)

    assert (again, later, await found(store, key)) == (False, False, None)


async def test_a_revoked_key_is_found_no_more_and_others_still_are(store: Database) -> None:
    key, other = await made(store, "portal"), await made(store, "other")
    async with store.transaction() as tx:
        revoked = await api_keys.revoke(tx, "portal", NOW)

    assert (revoked, await found(store, key), await found(store, other)) == (True, None, "other")


async def test_only_a_key_in_use_can_be_revoked(store: Database) -> None:
    await made(store, "portal")
    async with store.transaction() as tx:
        done = [await api_keys.revoke(tx, name, at(1)) for name in ("nobody", "portal", "portal")]
        kept = await api_keys.every(tx)

    assert done == [False, True, False]
    assert kept == [ApiKey(kept[0].id, "portal", NOW, at(1))]


async def test_keys_are_listed_oldest_first(store: Database) -> None:
    for name in ("zeta", "alpha"):
        await made(store, name)
    async with store.reading() as tx:
        names = [key.name for key in await api_keys.every(tx)]

    assert names == ["zeta", "alpha"]
