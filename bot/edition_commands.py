"""The commands `upakarti edition …`: what is known of each edition, and staff's own dates coming in."""

from __future__ import annotations

import json
from pathlib import Path

import click

from bot import app
from bot.clock import SystemClock
from bot.errors import PlainError
from bot.service import open_database
from bot.settings import Settings
from faq import edition
from faq.cache import Cache
from faq.document import ContentError
from faq.edition import Basis, Edition
from faq.library import Library
from storage import editions

SIZE_LIMIT = 256 * 1024  # bytes of an edition file


async def show(settings: Settings, *, as_json: bool) -> None:
    """Print all editions, newest first."""
    database = await open_database(settings)
    try:
        async with database.reading() as tx:
            documents = await editions.documents(tx)
    finally:
        await database.close()
    library = Library.load(cache=Cache(settings.cache_dir)).with_editions(app.read_editions(documents))
    for found in sorted(library.editions, key=lambda each: -each.year):
        described = _described(found, staff=found.year in documents)
        click.echo(json.dumps(described, ensure_ascii=False) if as_json else _lines(described))


async def stored_editions(settings: Settings) -> list[Edition]:
    """Return what staff entered; a database file that does not exist yet is not made for this."""
    path = settings.database_url.removeprefix("sqlite+aiosqlite:///")
    if path != settings.database_url and not Path(path).exists():  # noqa: ASYNC240 - a command has nothing else to do
        return []
    database = await open_database(settings)
    try:
        async with database.reading() as tx:
            return app.read_editions(await editions.documents(tx))
    finally:
        await database.close()


async def import_file(settings: Settings, file: Path, *, dry_run: bool) -> None:
    """Check a file and store it."""
    text = _read(file)
    sourced = {name for name, fact in Library.load(cache=Cache(settings.cache_dir)).facts.items() if fact.sourced}
    try:
        found = edition.parse(text, str(file), sourced)
    except ContentError as error:
        raise PlainError(str(error)) from error
    click.echo(_lines(_described(found, staff=True)))
    if dry_run:
        click.echo("Nothing was stored (--dry-run).")
        return
    database = await open_database(settings)
    try:
        async with database.transaction() as tx:
            await editions.put(tx, found.year, text, SystemClock().now())
    finally:
        await database.close()
    click.echo(f"Edition {found.year} is stored. A running service uses it within a minute.")


def _read(file: Path) -> str:
    if file.stat().st_size > SIZE_LIMIT:
        raise PlainError(f"{file} is larger than {SIZE_LIMIT // 1024} KiB and cannot be an edition file.")
    try:
        return file.read_text(encoding="utf-8")
    except UnicodeDecodeError:
        raise PlainError(f"{file} is not UTF-8 text; save it again as UTF-8.") from None


def _described(found: Edition, *, staff: bool) -> dict[str, object]:
    return {
        "year": found.year,
        "from": "staff" if staff else "the program",
        "opens": [f"{opening.date} ({_basis(opening.basis)})" for opening in found.opens],
        "closes": found.closes and f"{found.closes.date} ({_basis(found.closes.basis)})",
        "announced": found.announced and f"{found.announced.date} ({_basis(found.announced.basis)})",
        "results": found.results and f"{found.results.date} ({_basis(found.results.basis)})",
        "ceremony": found.ceremony and f"{found.ceremony.date} ({_basis(found.ceremony.basis)})",
        "figures": {name: f"{figure.value} ({_basis(figure.basis)})" for name, figure in sorted(found.figures.items())},
    }


def _basis(basis: Basis) -> str:
    return basis.fact or basis.source or "no source"


def _lines(described: dict[str, object]) -> str:
    shown: list[str] = []
    for name, value in described.items():
        if isinstance(value, dict):
            shown += (f"  {key}: {each}" for key, each in value.items())
        elif isinstance(value, list):
            shown.append(f"{name}: {' or '.join(value) or 'unknown'}")
        else:
            shown.append(f"{name}: {value if value is not None else 'unknown'}")
    return "\n".join([*shown, ""])
