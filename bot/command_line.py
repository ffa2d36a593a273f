"""What all commands share: times as people type them, the settings, and how a command ends."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Callable, Coroutine
from datetime import datetime
from typing import TYPE_CHECKING, Any, NoReturn

import click

if TYPE_CHECKING:
    from bot.settings import Settings

# The other modules are imported where they are needed: `--help` and mistakes should answer at once.


class Moment(click.ParamType[datetime]):
    """An ISO time; without an offset it is Jakarta's, as people here mean it."""

    name = "ISO time"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> datetime:  # noqa: ANN401 - click's signature
        from bot.clock import moment  # noqa: PLC0415

        if isinstance(value, datetime):
            return value
        try:
            return moment(str(value))
        except ValueError:
            self.fail(f"{value!r} is no time like 2026-11-24T10:00 or 2026-11-24T10:00:00+07:00.", param, ctx)


def settings() -> Settings:
    """Return the settings, or end with a sentence for each mistake in them."""
    from bot import settings  # noqa: PLC0415

    try:
        return settings.load()
    except settings.SettingsError as error:
        for mistake in error.mistakes:
            click.echo(mistake, err=True)
        sys.exit(2)


def complete(work: Coroutine[Any, Any, Any], runner: Callable[[Coroutine[Any, Any, Any]], Any] = asyncio.run) -> Any:  # noqa: ANN401
    """Do what a command does and return what it returns, or end with a sentence that says what is wrong."""
    from bot.errors import PlainError  # noqa: PLC0415
    from faq.document import ContentError  # noqa: PLC0415
    from handlers.wording import WordingError  # noqa: PLC0415

    try:
        return runner(work)
    except PlainError as error:
        fail(str(error))
    except (ContentError, WordingError) as error:
        fail(f"The content has mistakes:\n{error}")
    except KeyboardInterrupt:
        sys.exit(130)


def fail(sentence: str) -> NoReturn:
    """End with this sentence on standard error and exit status 2."""
    click.echo(sentence, err=True)
    sys.exit(2)
