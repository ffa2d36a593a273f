"""Runs a drill: the audience is copied, the service sends to a platform that fails, and is killed again and again."""

from __future__ import annotations

import sys
import tempfile
from collections import Counter
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import aclosing, asynccontextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Final

import click

from bot import app
from bot.drill import platform as stub
from bot.drill.platform import Platform
from bot.drill.victim import Victim, database_url
from bot.errors import PlainError
from bot.proposals.desk import Desk
from storage import migrate
from storage.broadcasts import drafts, rehearsal, reporting, steering
from storage.broadcasts.drafts import Draft, Text
from storage.broadcasts.rehearsal import FIRST_CHAT, Member
from storage.broadcasts.reporting import Recipient
from storage.database import Database, DatabaseError

TEXT: Final = "Latihan: pesan ini tidak sampai kepada siapa pun."
LOOK_SECONDS: Final = 0.1
STUCK_SECONDS: Final = 300.0  # without any progress; a first start learns for a minute or more
MADE_UP_ENGLISH: Final = 10  # every tenth made-up person reads English
KILL_UNTIL: Final = 0.9  # of the audience: a kill after the end proves nothing
LASTS_SECONDS: Final = 120.0  # about, without the time in which the service starts again
FASTEST: Final = 1_000.0
OPEN: Final = ("queued", "claimed", "sending")


@dataclass(frozen=True, slots=True)
class Plan:
    """How the drill is done. With `people` so many are made up, and the real audience is not read at all."""

    people: int | None = None
    kills: int = 5


@dataclass(slots=True)
class Result:
    """What became of it."""

    channels: Counter[str] = field(default_factory=Counter)  # people of the audience by channel
    unreachable: int = 0
    lasting: timedelta = timedelta(0)  # how long the real one takes
    kills: int = 0
    faults: Counter[str] = field(default_factory=Counter)  # what the platform did wrong
    ends: Counter[str] = field(default_factory=Counter)
    refused: Counter[str] = field(default_factory=Counter)  # by reason
    interrupted: int = 0  # unsure since the service was killed meanwhile
    unanswered: int = 0  # unsure since the platform kept its answer back
    unsure_arrived: int = 0
    doubled: int = 0
    lost: int = 0
    mistaken: int = 0  # called something else than what happened

    @property
    def passed(self) -> bool:
        """Tell whether all got it once, or are told of truly."""
        return not (self.doubled or self.lost or self.mistaken)


@dataclass(frozen=True, slots=True)
class _Stage:
    """Where the drill takes place."""

    desk: Desk
    database: Database
    platform: Platform
    result: Result


async def rehearse(desk: Desk, plan: Plan) -> Result:
    """Run a drill and return what became of it; its folder is gone afterwards."""
    platform = Platform()
    with tempfile.TemporaryDirectory(prefix="upakarti-drill-") as name:
        folder = Path(name)
        async with stub.served(platform) as platform.url, _opened(folder) as database:
            stage = _Stage(desk, database, platform, Result())
            await _copy(stage, plan)
            broadcast_id = await _announce(stage)
            victim = Victim(folder, platform, desk.settings, _pace(stage))
            try:
                await _send(stage, plan, broadcast_id, victim)
            finally:
                await victim.kill()
            await _judge(stage, broadcast_id)
    return stage.result


@asynccontextmanager
async def _opened(folder: Path) -> AsyncIterator[Database]:
    database = Database(database_url(folder))
    try:
        await migrate.upgrade(database)
        yield database
    finally:
        await database.close()


async def _copy(stage: _Stage, plan: Plan) -> None:
    now, result = stage.desk.clock.now(), stage.result
    async with aclosing(_made_up(plan.people) if plan.people else _real(stage.desk)) as members:
        async for some in members:
            result.channels.update(each.channel for each in some if each.channel is not None)
            result.unreachable += sum(each.channel is None for each in some)
            async with stage.database.transaction() as tx:
                await rehearsal.copy(tx, some, now)
    if not result.channels:
        raise PlainError("Nobody has subscribed to announcements: say how many people to make up, with --people 2000.")
    rates = {"telegram": stage.desk.settings.telegram_messages_per_second}
    rates["whatsapp"] = stage.desk.settings.whatsapp_messages_per_second
    seconds = [count / rates[channel] for channel, count in result.channels.items() if channel in rates]
    result.lasting = timedelta(seconds=max(seconds, default=0.0))


async def _made_up(count: int) -> AsyncGenerator[list[Member]]:
    for first in range(1, count + 1, rehearsal.AT_ONCE):
        numbers = range(first, min(first + rehearsal.AT_ONCE, count + 1))
        yield [Member(n, "telegram", "id" if n % MADE_UP_ENGLISH else "en") for n in numbers]


async def _real(desk: Desk) -> AsyncGenerator[list[Member]]:
    """Read the real audience, and only read: not even the tables are brought up to date."""
    database = Database(desk.settings.database_url)
    try:
        async with database.reading() as tx:
            if await migrate.revision(tx) != migrate.HEAD:
                raise PlainError(
                    "The database is not up to date: start the service once, or make people up (--people)."
                )
        channels = app.service_channels(desk.settings, database, desk.clock)
        served = app.outlets_of(desk.settings, channels).channels
        async with aclosing(rehearsal.audience(database.reading, served, desk.clock.now())) as members:
            async for some in members:
                yield some
    except (DatabaseError, OSError) as error:
        raise PlainError("The database cannot be read: see upakarti doctor, or make people up (--people).") from error
    finally:
        await database.close()


async def _announce(stage: _Stage) -> int:
    now = stage.desk.clock.now()
    async with stage.database.transaction() as tx:
        await rehearsal.hire(tx, now)
        broadcast_id = await drafts.create(tx, Draft(rehearsal.AUTHOR, texts={"id": Text(TEXT)}), now)
        await steering.approve(tx, broadcast_id, 1, rehearsal.APPROVER, now)
        await steering.start(tx, broadcast_id, rehearsal.APPROVER, now, now)
    return broadcast_id


async def _send(stage: _Stage, plan: Plan, broadcast_id: int, victim: Victim) -> None:
    """Let the service send, kill it while it does, and start it again, until all came to an end."""
    total, clock = stage.result.channels.total(), stage.desk.clock
    moments = _moments(stage, plan.kills)
    await victim.start()
    seen, seen_at = -1, clock.monotonic()
    with click.progressbar(length=total, file=sys.stderr, show_pos=True, label="Drill") as bar:
        while True:
            ended, done = await _look(stage.database, broadcast_id)
            bar.update(done - bar.pos)
            if ended:
                return
            if moments and stage.platform.taken > moments[0]:
                stage.result.kills += 1
                moments = [max(moment, stage.platform.taken) for moment in moments[1:]]
                await victim.kill()
                await victim.start()
            victim.check()
            if done != seen:
                seen, seen_at = done, clock.monotonic()
            elif clock.monotonic() - seen_at > STUCK_SECONDS:
                raise PlainError(f"The drill came to a standstill at {done:,} of {total:,} people.")
            await clock.sleep(LOOK_SECONDS)


def _pace(stage: _Stage) -> float:
    """Return the messages a second: the real pace, or a faster one where that would take long."""
    real = stage.desk.settings.telegram_messages_per_second
    return min(max(real, stage.result.channels.total() / LASTS_SECONDS), FASTEST)


def _moments(stage: _Stage, kills: int) -> list[int]:
    """Return after how many messages the service is killed, at random; never where all go to the browser."""
    written_to = int(KILL_UNTIL * (stage.result.channels.total() - stage.result.channels["web"]))
    return sorted(stage.platform.dice.randrange(written_to) for _ in range(kills)) if written_to else []


async def _look(database: Database, broadcast_id: int) -> tuple[bool, int]:
    """Return whether all have come to an end, and how many have."""
    async with database.reading() as tx:
        found = await drafts.find(tx, broadcast_id)
        counts = await reporting.counts(tx, broadcast_id)
    return found is not None and found.ended_at is not None, counts.total - counts.of(*OPEN)


async def _judge(stage: _Stage, broadcast_id: int) -> None:
    """Compare what the service believes with what the platform knows."""
    result = stage.result
    result.faults = stage.platform.fates
    async for each in reporting.recipients(stage.database.reading, broadcast_id):
        result.ends[each.status] += 1
        _compare(each, stage.platform, result)
    result.lost += result.channels.total() - result.ends.total()  # whoever was not even written down


def _compare(each: Recipient, platform: Platform, result: Result) -> None:
    chat = FIRST_CHAT + each.person_id
    came = platform.got[chat] if each.channel == "telegram" else int(each.status == "sent")
    result.doubled += came > 1
    match each.status:
        case "sent":
            result.lost += not came
        case "unsure":
            result.unsure_arrived += came > 0
            result.interrupted += each.reason == "interrupted"
            result.unanswered += each.reason != "interrupted"
            result.mistaken += each.reason != "interrupted" and chat not in platform.unanswered
        case "refused" | "failed":
            result.refused[each.reason or ""] += 1
            result.mistaken += came > 0
        case _:
            result.lost += 1
