"""The commands `upakarti api-keys …`: who may call /api/v1."""

from __future__ import annotations

import json
import re

import click

from bot.clock import SystemClock
from bot.errors import PlainError
from bot.proposals.desk import account
from bot.service import open_database
from bot.settings import Settings
from storage import api_keys, audit
from storage.api_keys import ApiKey
from storage.audit import Act

_NAME = re.compile(r"[a-z0-9][a-z0-9-]{0,39}")


async def make(settings: Settings, name: str) -> None:
    """Make a key and print it, this once."""
    if not _NAME.fullmatch(name):
        raise PlainError(f"{name!r} is no name for a key: use up to 40 small letters, digits and hyphens.")
    key, now = api_keys.new_key(), SystemClock().now()
    database = await open_database(settings)
    try:
        async with database.transaction() as tx:
            if not await api_keys.add(tx, name, key, now):
                raise PlainError(f"There is a key {name!r} already, perhaps a revoked one: take another name.")
            await audit.record(tx, Act(account(), "api_key_made", name, {}, now))
    finally:
        await database.close()
    click.echo(key)
    click.echo("This is the only time the key is shown: give it to the portal now. Only its hash is kept.", err=True)


async def show(settings: Settings, *, as_json: bool) -> None:
    """Print all keys by name, oldest first, never the keys themselves."""
    database = await open_database(settings)
    try:
        async with database.reading() as tx:
            found = await api_keys.every(tx)
    finally:
        await database.close()
    for key in found:
        click.echo(json.dumps(_described(key)) if as_json else _line(key))


async def revoke(settings: Settings, name: str) -> None:
    """Make a key useless at once."""
    now = SystemClock().now()
    database = await open_database(settings)
    try:
        async with database.transaction() as tx:
            if not await api_keys.revoke(tx, name, now):
                raise PlainError(f"No key {name!r} is in use. See: upakarti api-keys list")
            await audit.record(tx, Act(account(), "api_key_revoked", name, {}, now))
    finally:
        await database.close()
    click.echo(f"The key {name!r} is revoked; calls with it are refused from now on.")


def _described(key: ApiKey) -> dict[str, str | None]:
    return {
        "name": key.name,
        "created_at": key.created_at.isoformat(),
        "revoked_at": None if key.revoked_at is None else key.revoked_at.isoformat(),
    }


def _line(key: ApiKey) -> str:
    until = f"revoked {key.revoked_at:%Y-%m-%d %H:%M} UTC" if key.revoked_at else "in use"
    return f"{key.name}: made {key.created_at:%Y-%m-%d %H:%M} UTC, {until}"
