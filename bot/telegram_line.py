"""Keeps the service's line to Telegram: sets the bot up there, lets updates in by webhook or polling, and hangs up."""

from __future__ import annotations

import asyncio
from typing import Final

import structlog

from bot.app import Assistant
from bot.channels.base import SendError
from bot.channels.telegram.channel import TelegramChannel
from bot.channels.telegram.intake import Intake
from bot.channels.telegram.intake import Webhook as Door
from bot.clock import wait_for
from bot.web import Doors
from handlers import start

log = structlog.get_logger()

TELEGRAM_PATH: Final = "/telegram/webhook"


class TelegramLine:
    """One line, from the start of the service until `stop` is set."""

    name = TelegramChannel.name

    def __init__(self, assistant: Assistant, stop: asyncio.Event) -> None:
        channel = assistant.channels[TelegramChannel.name]
        assert isinstance(channel, TelegramChannel)  # noqa: S101 - with a token it is there, by this name
        self._channel = channel
        self._intake = Intake(channel, assistant.inbox, assistant.clock, assistant.is_staff)
        self._clock = assistant.clock
        self._settings = assistant.settings
        self._commands = start.command_list(assistant.wording)
        self._stop = stop

    def webhooks(self) -> Doors:
        """Return the doors that Telegram comes in by; none when updates are fetched."""
        secret = self._settings.telegram_secret
        if secret is None or self._settings.telegram_mode != "webhook":
            return {}
        return {("POST", TELEGRAM_PATH): Door(self._intake, secret.get_secret_value()).answer}

    async def talk(self) -> None:
        """Set the bot up at Telegram, as often as it takes, and fetch updates if there is no webhook."""
        by_webhook = self._settings.telegram_mode == "webhook"
        url = f"{self._settings.public_url}{TELEGRAM_PATH}" if by_webhook else None
        given = self._settings.telegram_secret
        secret = given.get_secret_value() if by_webhook and given else None
        pause = 1.0
        while True:
            try:
                await self._channel.prepare(url, secret, self._commands)
                break
            except SendError as error:
                log.warning("telegram_not_ready", reason=error.reason)
            if await wait_for(self._stop, self._clock, pause):
                return
            pause = min(pause * 2, 60.0)
        log.info("telegram_ready", mode=self._settings.telegram_mode)
        if not by_webhook:
            await self._channel.polling(self._intake.receive, self._clock).run(self._stop)

    async def run_courtesies(self) -> None:
        """Send ticks and "typing…" until cancelled."""
        await self._channel.run_courtesies()

    async def close(self) -> None:
        """Close the connections, after the last message was sent."""
        await self._channel.close()
