"""Keeps the service's line to WhatsApp: lets webhooks in, does courtesies, and hangs up."""

from __future__ import annotations

from typing import Final

from bot.app import Assistant
from bot.channels.whatsapp.channel import WhatsAppChannel
from bot.channels.whatsapp.intake import Intake
from bot.channels.whatsapp.intake import Webhook as Door
from bot.web import Doors

WHATSAPP_PATH: Final = "/whatsapp/webhook"


class WhatsAppLine:
    """One line, as long as the service runs."""

    name = WhatsAppChannel.name

    def __init__(self, assistant: Assistant) -> None:
        channel = assistant.channels[WhatsAppChannel.name]
        assert isinstance(channel, WhatsAppChannel)  # noqa: S101 - with a token it is there, by this name
        self._channel = channel
        self._settings = assistant.settings
        self._intake = Intake(channel, assistant.inbox, assistant.database, assistant.clock, assistant.is_staff)

    def webhooks(self) -> Doors:
        """Return the doors that Meta comes in by: by GET to ask whether we are there, by POST to tell."""
        secret, token = self._settings.whatsapp_app_secret, self._settings.whatsapp_verify_token
        assert secret is not None  # noqa: S101 - the four settings are set together
        assert token is not None  # noqa: S101 - as above
        door = Door(self._intake, secret.get_secret_value(), token.get_secret_value())
        return {("GET", WHATSAPP_PATH): door.challenge, ("POST", WHATSAPP_PATH): door.answer}

    async def talk(self) -> None:
        """Do nothing: Meta begins, once the address was entered there."""

    async def run_courtesies(self) -> None:
        """Send read ticks and "typing…" until cancelled."""
        await self._channel.run_courtesies()

    async def close(self) -> None:
        """Close the connections, after the last message was sent."""
        await self._channel.close()
