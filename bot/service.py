"""Runs the service: everything that can fail does so before anything opens; it stops in reverse."""

from __future__ import annotations

import asyncio
import functools
import signal
import socket
from collections import Counter
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Final, Protocol

import structlog
import uvicorn

from bot import app, periodic
from bot.api.door import Api
from bot.app import Assistant
from bot.channels.webchat.channel import WebChat
from bot.channels.webchat.routes import ChatRoutes
from bot.clock import SystemClock
from bot.errors import PlainError
from bot.periodic import Chore
from bot.portal_reading import PortalReading
from bot.settings import Settings
from bot.web import Doors, application
from storage import alarms, deliveries, migrate, outbox, resolving, retention
from storage.database import Database, DatabaseError
from storage.proposals import portal
from storage.proposals.portal import Portal
from storage.proposals.view import View

log = structlog.get_logger()

RECOVER_SECONDS: Final = 5.0
RESOLVE_SECONDS: Final = 60.0
EDITIONS_SECONDS: Final = 30.0
REMIND_SECONDS: Final = 60.0
COUNT_SECONDS: Final = 15.0
FORGET_SECONDS: Final = 3600.0
ANNOUNCE_SECONDS: Final = 2.0  # how soon after its minute a released status is told
BROADCAST_SECONDS: Final = 1.0
TALKS_SECONDS: Final = 10.0  # how soon somebody is told that their officer left
TRIALS_SECONDS: Final = 60.0  # after the start, which it must not slow down
OFFICERS_SECONDS: Final = 1.0  # how soon they see how a broadcast goes
PORTAL_SECONDS: Final = 15.0
HEALTH_SECONDS: Final = 2.0  # the longest a health check waits for the database
STALLED_SECONDS: Final = 60.0  # a sender that has not looked at the outbox for so long hangs
ALARMS_COUNTED: Final = timedelta(hours=24)
DRAIN_SECONDS: Final = 10  # for requests in progress at a stop


class StartError(PlainError):
    """The service cannot start; the message is one plain sentence that says what to do."""


class Line(Protocol):
    """The service's line to one platform."""

    name: str

    def webhooks(self) -> Doors:
        """Return the doors that the platform comes in by."""

    async def talk(self) -> None:
        """Set up what has to be, and fetch what does not come by itself, until the service stops."""

    async def run_courtesies(self) -> None:
        """Do what is worth no message, until cancelled."""

    async def close(self) -> None:
        """Close the connections, after the last message was sent."""


@dataclass(slots=True)
class Service:
    """One running service: stop it by setting `stop`."""

    assistant: Assistant
    chat: ChatRoutes
    stop: asyncio.Event
    portal: PortalReading | None = None
    _check: asyncio.Task[str] | None = field(default=None, init=False)

    async def health(self) -> dict[str, str]:
        """Return what was checked, each "ok" or a machine word that says what is wrong."""
        checks = {"service": "stopping" if self.stop.is_set() else "ok", "database": await self._database_health()}
        now = self.assistant.clock.monotonic()
        for name, sender in self.assistant.senders.items():
            checks[f"sender_{name}"] = "ok" if now - sender.seen_alive_at < STALLED_SECONDS else "stalled"
        return checks

    async def _database_health(self) -> str:
        # Not cancelled when it takes long: SQLite's driver would wait for its own time-out nevertheless, and the
        # writer's connection be lost. The next question waits for the same check.
        if self._check is None or self._check.done():
            self._check = asyncio.create_task(self._check_database(), name="health-database")
        done, _ = await asyncio.wait({self._check}, timeout=HEALTH_SECONDS)
        return self._check.result() if done else "slow"

    async def _check_database(self) -> str:
        try:
            async with self.assistant.database.transaction() as tx:
                if await migrate.revision(tx) != migrate.HEAD:
                    return "outdated"
                await migrate.confirm(tx)  # really written: a full disk refuses nothing less
        except (DatabaseError, OSError):
            return "unavailable"
        return "ok"

    def chores(self) -> list[Chore]:
        """Return what has to be done again and again."""
        chores = [
            Chore("recover", RECOVER_SECONDS, self._recover, at_once=True),
            Chore("resolve", RESOLVE_SECONDS, self._resolve),
            Chore("editions", EDITIONS_SECONDS, self.assistant.reload_editions),
            Chore("remind", REMIND_SECONDS, self.assistant.remind, at_once=True),
            Chore("count", COUNT_SECONDS, self._count, at_once=True),
            Chore("announce", ANNOUNCE_SECONDS, self.assistant.announce, at_once=True),
            Chore("broadcasts", BROADCAST_SECONDS, self.assistant.carry_broadcasts, at_once=True),
            Chore("talks", TALKS_SECONDS, self.assistant.watch_talks, at_once=True),
            Chore("trials", TRIALS_SECONDS, self.assistant.prepare_trials),
            Chore("officers", OFFICERS_SECONDS, self.assistant.tell_officers, at_once=True),
            Chore("forget", FORGET_SECONDS, self._forget, at_once=True),
        ]
        if self.portal is not None:
            read = functools.partial(self.portal.read, self.stop)
            chores.append(Chore("portal", PORTAL_SECONDS, read, at_once=True))
        return chores

    async def take_over(self) -> None:
        """Take back what a killed predecessor held, before anything is sent; on PostgreSQL another may be at it."""
        if self.assistant.database.is_sqlite:
            async with self.assistant.database.transaction() as tx:
                freed, unsure = await outbox.recover(tx, self.assistant.clock.now(), alone=True)
            if freed or unsure:
                log.warning("leases_taken_over", freed=freed, unsure=unsure)

    async def _recover(self) -> None:
        async with self.assistant.database.transaction() as tx:
            freed, unsure = await outbox.recover(tx, self.assistant.clock.now())
        if freed or unsure:
            log.warning("leases_expired", freed=freed, unsure=unsure)
            self.assistant.wake_senders()

    async def _resolve(self) -> None:
        async with self.assistant.database.transaction() as tx:
            again = await resolving.resolve(tx, deliveries.REPORTED, self.assistant.clock.now())
        if again:
            log.warning("never_arrived", count=again)
            self.assistant.wake_senders()

    async def _count(self) -> None:
        async with self.assistant.database.reading() as tx:
            counts = await outbox.counts(tx)
            raised = await alarms.counts(tx, self.assistant.clock.now() - ALARMS_COUNTED)
        metrics = self.assistant.metrics
        metrics.outbox.clear()
        for (channel, status), count in counts.items():
            metrics.outbox.labels(channel, status).set(count)
        metrics.alarms.clear()
        for kind, count in raised.items():
            metrics.alarms.labels(kind).set(count)

    async def _forget(self) -> None:
        gone: Counter[str] = Counter()
        more = True
        while more and not self.stop.is_set():
            async with self.assistant.database.transaction() as tx:
                part = await retention.forget(tx, self.assistant.clock.now())
            gone.update(part)
            more = any(part.values())
        if gone.total():
            log.info("data_forgotten", **gone)


async def run(settings: Settings, *, announce: Callable[[str], object] = lambda _url: None) -> None:
    """Serve until SIGTERM or SIGINT; tell the chat's address once it listens. Raises StartError when it cannot."""
    stop = asyncio.Event()
    with _listening(settings) as listener:
        async with _opened(settings) as database:
            clock = SystemClock()
            channels = app.service_channels(settings, database, clock)
            assistant = app.build(settings, database, clock, channels)
            await assistant.reload_editions()
            async with _portal_reading(assistant) as reading:
                service = Service(assistant, _chat(assistant), stop, reading)
                with _signals(stop):
                    await _serve(service, listener, announce)
    log.info("stopped")


@asynccontextmanager
async def _portal_reading(assistant: Assistant) -> AsyncIterator[PortalReading | None]:
    """Open what reads the portal's view, if there is one. It need not be there yet: the service starts without it."""
    url = assistant.settings.status_database_url
    if url is None:
        async with assistant.database.transaction() as tx:
            await portal.forget(tx)
        yield None
        return
    reading = PortalReading(
        Portal(View(url.get_secret_value()), assistant.database), assistant.clock, assistant.metrics
    )
    try:
        yield reading
    finally:
        await reading.close()


def _chat(assistant: Assistant) -> ChatRoutes:
    channel = assistant.channels[WebChat.name]
    assert isinstance(channel, WebChat)  # noqa: S101 - the browser chat is always there, by this name
    return ChatRoutes(
        channel=channel,
        database=assistant.database,
        inbox=assistant.inbox,
        router=assistant.router,
        wording=assistant.wording,
        clock=assistant.clock,
    )


async def _serve(service: Service, listener: socket.socket, announce: Callable[[str], object]) -> None:
    assistant, stop = service.assistant, service.stop
    lines = _lines(service)
    server = _server(service, {door: answer for line in lines for door, answer in line.webhooks().items()})
    await service.take_over()
    sending = asyncio.Event()  # set when the senders have to stop: after nothing new can come in
    async with asyncio.TaskGroup() as tasks:
        for sender in assistant.senders.values():
            tasks.create_task(sender.run(sending), name=f"sender-{sender.channel_name}")
        for chore in service.chores():
            tasks.create_task(periodic.run(chore, assistant.clock, stop), name=f"chore-{chore.name}")
        web = tasks.create_task(server.serve(sockets=[listener]), name="web")
        comers = [web]
        courtesies = [tasks.create_task(line.run_courtesies(), name=f"{line.name}-courtesies") for line in lines]
        comers += [tasks.create_task(line.talk(), name=line.name) for line in lines]
        host = assistant.settings.http_host
        url = f"http://{f'[{host}]' if ':' in host else host}:{listener.getsockname()[1]}"
        log.info("serving", url=url, lines=[line.name for line in lines])
        announce(url)
        await stop.wait()
        log.info("stopping")
        server.should_exit = True
        service.chat.stop()
        await asyncio.wait(comers)
        await service.chat.drain()
        sending.set()
        assistant.wake_senders()
        for courtesy in courtesies:
            courtesy.cancel()
    for line in lines:
        await line.close()


def _lines(service: Service) -> list[Line]:
    """Return the lines there are settings for. Others would take a fifth of the start-up time for nothing."""
    lines: list[Line] = []
    if service.assistant.settings.telegram_token is not None:
        from bot.telegram_line import TelegramLine  # noqa: PLC0415 - see above

        lines.append(TelegramLine(service.assistant, service.stop))
    if service.assistant.settings.whatsapp_token is not None:
        from bot.whatsapp_line import WhatsAppLine  # noqa: PLC0415 - see above

        lines.append(WhatsAppLine(service.assistant))
    return lines


def _server(service: Service, webhooks: Doors) -> uvicorn.Server:
    assistant = service.assistant
    web = application(
        chat=service.chat,
        health=service.health,
        metrics_shown=assistant.metrics,
        webhooks=webhooks,
        api=Api(assistant.database, assistant.clock, writable=assistant.settings.status_database_url is None),
    )
    config = uvicorn.Config(
        web,
        log_config=None,
        access_log=False,
        lifespan="off",
        server_header=False,
        timeout_graceful_shutdown=DRAIN_SECONDS,
    )
    return _Server(config)


class _Server(uvicorn.Server):
    """A server that leaves signals to the service, which has more to stop than this."""

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield


@contextmanager
def _signals(stop: asyncio.Event) -> Iterator[None]:
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)
    try:
        yield
    finally:
        for number in (signal.SIGTERM, signal.SIGINT):
            loop.remove_signal_handler(number)


@contextmanager
def _listening(settings: Settings) -> Iterator[socket.socket]:
    host, port = settings.http_host, settings.http_port
    try:
        family = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)[0][0]
        listener = socket.create_server((host, port), family=family, backlog=1024)
    except (OSError, UnicodeError) as error:  # the second for a name that is none
        raise StartError(
            f"Cannot listen on {host} port {port} ({getattr(error, 'strerror', None) or error}):"
            " stop what uses it, or set UPAKARTI_HTTP_HOST and UPAKARTI_HTTP_PORT to an address that is free."
        ) from error
    with listener:
        yield listener


@asynccontextmanager
async def _opened(settings: Settings) -> AsyncIterator[Database]:
    database = await open_database(settings)
    try:
        yield database
    finally:
        await database.close()


async def open_database(settings: Settings) -> Database:
    """Return the database with the newest schema; raises StartError when it cannot be used."""
    try:
        database = Database(settings.database_url)
    except (DatabaseError, OSError, ValueError) as error:  # the last for a port that is no number
        raise StartError(_not_usable(settings, error)) from error
    try:
        await migrate.upgrade(database)
    except migrate.NewerDatabaseError as error:
        await database.close()
        raise StartError(
            f"The database was last used by a newer program (schema {error}): install that one, or restore a backup."
        ) from error
    except (DatabaseError, OSError) as error:
        await database.close()
        raise StartError(_not_usable(settings, error)) from error
    return database


def _not_usable(settings: Settings, error: Exception) -> str:
    url = settings.database_url
    if url.startswith("sqlite"):
        path = Path(url.partition("///")[2])
        return (
            f"Cannot use the database file {path}: check that its folder exists or can be made, that it may be"
            " written to, and that the file is a database; or set UPAKARTI_DATABASE_URL to another place."
        )
    return (
        f"Cannot use the PostgreSQL database ({type(error).__name__}): check that the server runs,"
        " and the address, name and password in UPAKARTI_DATABASE_URL."
    )
