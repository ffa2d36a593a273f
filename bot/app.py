"""The composition root: the one place that chooses what is built from what."""

from __future__ import annotations

import asyncio
import functools
import os
import secrets
import socket
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

import structlog

from bot import admission
from bot.channels import fit, terminal
from bot.channels.base import Channel, Editable, Outgoing, SendError, Windowed
from bot.channels.webchat import channel as webchat
from bot.channels.webchat.channel import WebChat
from bot.clock import Clock
from bot.metrics import Metrics
from bot.pacing import OwnBucket, Pace, Rate, SharedBucket
from bot.sender import Sender
from bot.settings import Settings
from faq import edition
from faq.cache import Cache
from faq.document import ContentError
from faq.library import Library
from faq.taught import Taught
from handlers import office_hours
from handlers.handover_pages import ForOfficer, ForPerson
from handlers.handover_watch import Watch
from handlers.inbox import Inbox
from handlers.messages import Reply
from handlers.reminding import Reminding
from handlers.routing import Router
from handlers.staff.outlets import Outlets
from handlers.staff.watching import Watching
from handlers.status.announcing import Announcing
from handlers.wording import Wording
from storage import contacts, editions
from storage.broadcasts import running
from storage.broadcasts.drafts import Broadcast
from storage.broadcasts.watching import Shown
from storage.contacts import Identity
from storage.database import Database
from storage.office import taught
from storage.windows import Template

log = structlog.get_logger()

# "About one message a second" to one person, says Telegram, with short bursts; its 429 is the truth.
TELEGRAM_PERSON = Rate(per_second=1.0, burst=5)
# One message to one person in six seconds, says Meta, with short bursts. Ten are enough for an answer in parts, and for
# somebody who answers the questions of a check as fast as they read; error 131056 is the truth.
WHATSAPP_PERSON = Rate(per_second=1 / 6, burst=10)


@dataclass(frozen=True, slots=True)
class Assistant:
    """What answers: the same for the service, the terminal and the tests."""

    settings: Settings
    database: Database
    clock: Clock
    wording: Wording
    library: Library
    router: Router
    channels: dict[str, Channel]
    metrics: Metrics
    inbox: Inbox
    announcing: Announcing
    reminding: Reminding
    watch: Watch
    watching: Watching
    senders: Mapping[str, Sender]

    async def reload_editions(self) -> None:
        """Answer by the editions that staff entered and the phrasings they taught, also in another process."""
        async with self.database.reading() as tx:
            documents = await editions.documents(tx)
            phrasings = await taught.everything(tx)
        known = [Taught(each.text, each.article_id) for each in phrasings]
        library = self.library.with_editions(read_editions(documents))
        self.router.use(await asyncio.to_thread(library.with_taught, known, self.router.library.taught))

    async def prepare_trials(self) -> None:
        """Read all labelled questions before an officer wants to try a phrasing against them."""
        await asyncio.to_thread(self.router.prepare)

    async def is_staff(self, identity: Identity) -> bool:
        """Tell whether somebody works at the office."""
        async with self.database.reading() as tx:
            return await contacts.is_staff(tx, identity)

    async def announce(self) -> None:
        """Queue news of what was released by now."""
        if await self.announcing.announce(self.clock.now()):
            self.wake_senders()

    async def remind(self) -> None:
        """Make the reminders of deadlines that are due soon, by the editions as they are stored now."""
        async with self.database.reading() as tx:
            documents = await editions.documents(tx)
        library = self.library.with_editions(read_editions(documents))
        if await self.reminding.remind(library.editions, library.site, self.clock.now()):
            self.wake_senders()

    async def tell_officers(self) -> None:
        """Remind officers of what will be sent, show them how it goes, and report how it went."""
        if await self.watching.watch(self.clock.now()):
            self.wake_senders()

    async def carry_broadcasts(self) -> None:
        """Begin the broadcasts that are due, freeze their audiences, and end those that are done."""
        served = _served(self.channels)
        now = self.clock.now()
        async with self.database.transaction() as tx:
            await running.begin(tx, now)
        frozen = False
        while await self._freeze(served, now):
            frozen = True
        if frozen:
            self.wake_senders()
        async with self.database.transaction() as tx:
            await running.finish(tx, now)

    async def _freeze(self, served: Sequence[str], now: datetime) -> bool:
        async with self.database.transaction() as tx:
            return await running.freeze(tx, served, now)

    async def watch_talks(self) -> None:
        """End talks with officers that go on no more."""
        if await self.watch.sweep(self.clock.now()):
            self.wake_senders()

    def wake_senders(self) -> None:
        """Let every sender look at the outbox now."""
        _wake(self.senders)


def build(settings: Settings, database: Database, clock: Clock, channels: Sequence[Channel]) -> Assistant:
    """Put an assistant together that talks through these channels. Opens nothing."""
    wording = Wording.load()
    library = Library.load(cache=Cache(settings.cache_dir), learning=lambda: log.info("learning"))
    by_name = {channel.name: channel for channel in channels}
    metrics = Metrics()
    senders: dict[str, Sender] = {}
    outlets = outlets_of(settings, channels)
    fitted = outlets.fit
    hours = office_hours.parse(settings.office_hours)
    router = Router(library, wording, settings.contact, outlets, hours)
    inbox = Inbox(
        database,
        decide=router.decide,
        apologise=router.apologise,
        fit=fitted,
        transcribed=frozenset({webchat.NAME}),
        committed=lambda: _wake(senders),
        received=lambda message, result: metrics.take(message, result, clock.now()),
    )
    owner = f"{socket.gethostname()}:{os.getpid()}:{secrets.token_hex(4)}"
    for channel in channels:
        pace = _pace(channel, settings, database, clock)
        limit = settings.whatsapp_people_a_day or None
        senders[channel.name] = Sender(
            database, channel, pace=pace, clock=clock, owner=owner, metrics=metrics, people_a_day=limit
        )
    announcing = Announcing(database, wording, settings.contact, fitted)
    reminding = Reminding(database, wording, fitted)
    watch = Watch(database, ForPerson(wording, settings.contact, hours), ForOfficer(wording), fitted)
    watching = Watching(database, wording, outlets, functools.partial(_edit, by_name))
    return Assistant(
        settings,
        database,
        clock,
        wording,
        library,
        router,
        by_name,
        metrics,
        inbox,
        announcing,
        reminding,
        watch,
        watching,
        senders,
    )


def outlets_of(settings: Settings, channels: Sequence[Channel]) -> Outlets:
    """Return the ways that announcements leave by."""
    limits = {channel.name: channel.limits for channel in channels}

    def fitted(channel: str, reply: Reply) -> Sequence[Reply]:
        # News may be for a channel that another process has, or that is switched off just now: as the smallest has it.
        return fit.fit(reply, limits.get(channel, fit.SMALLEST))

    outside = {each.name: functools.partial(_outside, each) for each in channels if isinstance(each, Windowed)}
    found = {each.name: admission.cap_of(each, settings.whatsapp_people_a_day or None) for each in channels}
    caps = {name: cap for name, cap in found.items() if cap is not None}
    return Outlets(_served(limits), fitted, _rates(channels, settings), settings.single_officer, outside, caps)


def _outside(channel: Windowed, broadcast: Broadcast, language: str, reply: Reply) -> str | None:
    """Return what is read of a broadcast by those who were quiet for longer than the channel's window."""
    template = Template(admission.kind_of(broadcast.kind, broadcast.topic), language)
    return channel.shown_as(template, reply) if channel.has_template(template) else None


def _served(channels: Iterable[str]) -> tuple[str, ...]:
    """Return the channels that announcements leave by."""
    return tuple(name for name in channels if name != terminal.NAME)


async def _edit(channels: Mapping[str, Channel], shown: Shown, reply: Reply) -> None:
    """Change a message where its channel can; that it could not is no matter."""
    channel = channels.get(shown.channel)
    if not isinstance(channel, Editable):
        return
    try:
        await channel.edit(Outgoing(shown.id, shown.person_id, shown.address, reply), shown.platform_message_id)
    except SendError as error:
        log.info("progress_not_shown", channel=shown.channel, reason=error.reason)


def _wake(senders: Mapping[str, Sender]) -> None:
    for sender in senders.values():
        sender.wake()


def service_channels(settings: Settings, database: Database, clock: Clock) -> list[Channel]:
    """Return the channels that the settings ask for; the browser chat is always there."""
    channels: list[Channel] = [WebChat(database, clock)]
    if settings.telegram_token is not None:
        from bot.channels.telegram import channel as telegram  # noqa: PLC0415 - takes long, and is needed with a token only

        channels.append(telegram.connect(settings.telegram_token.get_secret_value(), settings.telegram_api_url))
    if settings.whatsapp_token is not None:
        channels.append(_whatsapp(settings, clock))
    return channels


def _whatsapp(settings: Settings, clock: Clock) -> Channel:
    from bot.channels.whatsapp import channel as whatsapp  # noqa: PLC0415 - as above

    assert settings.whatsapp_token is not None  # noqa: S101 - asked before
    assert settings.whatsapp_phone_number_id is not None  # noqa: S101 - the four settings are set together
    return whatsapp.connect(
        api_url=settings.whatsapp_api_url,
        phone_number_id=settings.whatsapp_phone_number_id,
        token=settings.whatsapp_token.get_secret_value(),
        clock=clock,
        has_templates=settings.whatsapp_business_id is not None,
        list_label=Wording.load().say("menu.list", "id"),
    )


def read_editions(documents: dict[int, str]) -> list[edition.Edition]:
    """Return the stored editions; one that an older program accepted and this one does not is left out."""
    found = []
    for year, document in documents.items():
        try:
            found.append(edition.parse(document, f"edition {year}"))
        except ContentError:
            log.exception("edition_unreadable", year=year)
    return found


def _paces(settings: Settings) -> dict[str, tuple[float, Rate]]:
    """Return, of the channels that have a pace, the messages a second and the pace to one person."""
    return {
        "telegram": (settings.telegram_messages_per_second, TELEGRAM_PERSON),
        "whatsapp": (settings.whatsapp_messages_per_second, WHATSAPP_PERSON),
    }


def _rates(channels: Sequence[Channel], settings: Settings) -> dict[str, float]:
    paces = _paces(settings)
    return {each.name: paces[each.name][0] for each in channels if each.name in paces}


def _pace(channel: Channel, settings: Settings, database: Database, clock: Clock) -> Pace:
    paces = _paces(settings)
    if channel.name not in paces:
        return Pace(clock)
    per_second, person = paces[channel.name]
    rate = Rate(per_second, burst=max(1, int(per_second)))
    # On SQLite one service sends; on PostgreSQL several may, and the platform counts them together.
    name = f"{channel.name}:{_account(channel.name, settings)}"
    bucket = OwnBucket(rate, clock) if database.is_sqlite else SharedBucket(database, name, rate, clock)
    return Pace(clock, channel=bucket, person=person)


def _account(channel: str, settings: Settings) -> str | None:
    """Return by which account of ours the channel sends."""
    if channel == "whatsapp" or settings.telegram_token is None:
        return settings.whatsapp_phone_number_id
    return settings.telegram_token.get_secret_value().partition(":")[0]
