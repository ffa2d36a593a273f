"""The keys by which the portal calls /api/v1: made and revoked by command, and kept as hashes only."""

from __future__ import annotations

import hashlib
import secrets
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa

from storage import database
from storage.database import Transaction
from storage.schema import api_keys

PREFIX = "upk_"  # by which people and scanners of leaked secrets know what it is
_RANDOM_BYTES = 32  # 43 characters


@dataclass(frozen=True, slots=True)
class ApiKey:
    """One key, without the key itself."""

    id: int
    name: str
    created_at: datetime
    revoked_at: datetime | None


def new_key() -> str:
    """Return a fresh key. Whoever makes it shows it once; it cannot be found again."""
    return PREFIX + secrets.token_urlsafe(_RANDOM_BYTES)


async def add(tx: Transaction, name: str, key: str, now: datetime) -> bool:
    """Keep the hash of a key; False where there is a key of this name already, revoked or not."""
    row = {"name": name, "key_sha256": _hash(key), "created_at": now}
    kept = database.insert(tx, api_keys).values(row).on_conflict_do_nothing(index_elements=["name"])
    return (await tx.execute(kept)).rowcount > 0


async def revoke(tx: Transaction, name: str, now: datetime) -> bool:
    """Make a key useless from now on; False where no key of this name is in use."""
    in_use = (api_keys.c.name == name, api_keys.c.revoked_at.is_(None))
    return (await tx.execute(sa.update(api_keys).where(*in_use).values(revoked_at=now))).rowcount > 0


async def every(tx: Transaction) -> list[ApiKey]:
    """Return all keys, oldest first, the revoked ones too."""
    return [_key(row) for row in (await tx.execute(sa.select(api_keys).order_by(api_keys.c.id))).all()]


async def find(tx: Transaction, key: str) -> ApiKey | None:
    """Return the key that is in use and is this one.

    It is looked up by its hash: how long that takes tells nothing of a key with 256 random bits.
    """
    in_use = (api_keys.c.key_sha256 == _hash(key), api_keys.c.revoked_at.is_(None))
    row = (await tx.execute(sa.select(api_keys).where(*in_use))).first()
    return None if row is None else _key(row)


def _hash(key: str) -> str:
    return hashlib.sha256(key.encode()).hexdigest()


def _key(row: sa.Row[tuple[object, ...]]) -> ApiKey:
    return ApiKey(row.id, row.name, row.created_at, row.revoked_at)
