"""Empties one channel's part of the outbox: claim, pace, write the intent, send, write how it ended."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from datetime import timedelta

import structlog

from bot.channels.base import (
    Channel,
    OptedOutError,
    Outgoing,
    RefusedError,
    SendError,
    TryLaterError,
    WindowClosedError,
)
from bot.clock import Clock, wait_for
from bot.metrics import Metrics
from bot.pacing import Pace
from handlers.messages import Attachment, Choice, Reply
from storage import outbox
from storage.database import ConflictError, Database, DatabaseError
from storage.group_commit import GroupCommit
from storage.outbox import Claim, Lease, Settlement

log = structlog.get_logger()

# Requests at once: each is one message that a kill may leave unsure, and 16 outrun every platform's limit.
MAX_IN_FLIGHT = 16
CLAIM_LEASE = timedelta(seconds=15)  # what was only claimed is free again soon after a crash
SEND_LEASE = timedelta(seconds=40)  # from the intent on: longer than a channel's request may take
POLL_SECONDS = 1.0  # how soon work of a crashed or another process is found
GIVE_UP_AFTER = timedelta(hours=24)  # since the message was written; an older answer confuses more than it helps
BACKOFF = (1.0, 300.0)  # seconds: first wait, longest wait; doubled each time
# Seconds between tries to write a result: longer than a restart of the database takes, shorter than a stop may take.
RECORD_WAITS = (1.0, 2.0, 4.0, 8.0, 15.0, 15.0, 15.0, 15.0)


class Sender:
    """The only caller of `Channel.send` for its channel; several processes may each run one on the same outbox."""

    def __init__(
        self, database: Database, channel: Channel, *, pace: Pace, clock: Clock, owner: str, metrics: Metrics
    ) -> None:
        """`owner` names this process in leases; it must be unique among all that share the database."""
        self._database = database
        self._channel = channel
        self._pace = pace
        self._clock = clock
        self._owner = owner
        self._metrics = metrics
        self._work = asyncio.Event()
        self._sending: set[asyncio.Task[None]] = set()
        self._intents: GroupCommit[Claim, bool] = GroupCommit(self._write_intents)
        self._results: GroupCommit[Settlement, None] = GroupCommit(self._write_results)
        self.seen_alive_at = clock.monotonic()

    @property
    def channel_name(self) -> str:
        return self._channel.name

    def wake(self) -> None:
        """Look at the outbox now: something new stands there, or it is time to stop."""
        self._work.set()

    async def run(self, stop: asyncio.Event) -> None:
        """Send until `stop` is set (and `wake` called); what is in flight is finished first."""
        async with asyncio.TaskGroup() as tasks:
            while not stop.is_set():
                self.seen_alive_at = self._clock.monotonic()
                if not await self._round(tasks):
                    await wait_for(self._work, self._clock, POLL_SECONDS)

    async def drain(self, person_id: int | None = None) -> None:
        """Send what is due now, one wave after the other, and return when nothing is left.

        With `person_id` only what is for that person: others may be at home in another process.
        """
        async with asyncio.TaskGroup() as tasks:
            while await self._round(tasks, person_id) or self._sending:
                if self._sending:
                    await asyncio.wait(self._sending)

    async def _round(self, tasks: asyncio.TaskGroup, person_id: int | None = None) -> bool:
        """Claim what may go now and begin to send it; tell whether there was anything."""
        self._work.clear()
        free = MAX_IN_FLIGHT - len(self._sending)
        if not free:
            return False
        permits = await self._pace.permits(free)
        claims: list[Claim] = []
        try:
            claims = await self._claim(permits, person_id)
        except ConflictError:  # another process was faster with somebody here; look again
            self._work.set()
        except Exception:  # a database that is away, or a row that cannot be read: the loop must go on
            log.exception("claim_failed", channel=self._channel.name)
        self._pace.give_back(permits - len(claims))
        for claim in claims:
            task = tasks.create_task(self._deliver(claim), name=f"send-{self._channel.name}-{claim.id}")
            self._sending.add(task)
            task.add_done_callback(self._finished)
        return bool(claims)

    def _finished(self, task: asyncio.Task[None]) -> None:
        self._sending.discard(task)
        self._work.set()  # the next message to the same person may go now

    async def _claim(self, limit: int, person_id: int | None) -> list[Claim]:
        async with self._database.transaction() as tx:
            return await outbox.claim(tx, self._channel.name, self._lease(CLAIM_LEASE), limit, person_id=person_id)

    async def _deliver(self, claim: Claim) -> None:
        try:
            await self._pace.turn_of(claim.person_id)
            (intended,) = await self._intents.run([claim])
            if not intended:  # the lease ran out meanwhile; whoever holds it now sends
                return
            settlement = await self._attempt(claim)
            # What is known of a request must not be lost to a cancellation: it would turn into "unsure".
            await asyncio.shield(self._record(settlement))
        except Exception:  # one message must not stop the others; its lease tells what becomes of it
            log.exception("deliver_failed", channel=self._channel.name, message=claim.id)

    async def _attempt(self, claim: Claim) -> Settlement:
        if self._clock.now() > claim.created_at + GIVE_UP_AFTER:
            return Settlement(claim, "failed", "too_old")
        started = self._clock.monotonic()
        try:
            platform_id = await self._channel.send(_outgoing(claim))
        except SendError as error:
            settlement = self._judge(claim, error)
        except Exception:  # a bug of ours in the channel: nobody knows how far the request came
            log.exception("send_crashed", channel=self._channel.name, message=claim.id)
            settlement = Settlement(claim, "unsure", "crashed")
        else:
            settlement = Settlement(claim, "sent", platform_message_id=platform_id)
        self._metrics.send_seconds.labels(self._channel.name).observe(self._clock.monotonic() - started)
        self._metrics.sends.labels(self._channel.name, settlement.status).inc()
        return settlement

    def _judge(self, claim: Claim, error: SendError) -> Settlement:
        log.warning(
            "send_failed",
            channel=self._channel.name,
            message=claim.id,
            kind=type(error).__name__,
            reason=error.reason,
            attempt=claim.attempt,
        )
        match error:
            case TryLaterError():
                return self._again(claim, error)
            case OptedOutError():
                return Settlement(claim, "refused", error.reason, door_closed=True)
            case RefusedError() | WindowClosedError():
                return Settlement(claim, "refused", error.reason)
        return Settlement(claim, "unsure", error.reason)

    def _again(self, claim: Claim, error: TryLaterError) -> Settlement:
        now = self._clock.now()
        wait = error.retry_after or timedelta(seconds=_backoff(claim.attempt))
        if now + wait > claim.created_at + GIVE_UP_AFTER:
            return Settlement(claim, "failed", error.reason)
        return Settlement(claim, "queued", error.reason, not_before=now + wait)

    async def _record(self, settlement: Settlement) -> None:
        for wait in RECORD_WAITS:
            try:
                await self._results.run([settlement])
            except (DatabaseError, OSError):
                log.exception("record_failed", channel=self._channel.name, message=settlement.claim.id)
                await self._clock.sleep(wait)
            else:
                return
        await self._results.run([settlement])

    async def _write_intents(self, claims: Sequence[Claim]) -> list[bool]:
        async with self._database.transaction() as tx:
            intended = await outbox.intend(tx, claims, self._lease(SEND_LEASE))
        return [claim.id in intended for claim in claims]

    async def _write_results(self, settlements: Sequence[Settlement]) -> list[None]:
        async with self._database.transaction() as tx:
            await outbox.settle(tx, settlements, self._clock.now())
        return [None] * len(settlements)

    def _lease(self, period: timedelta) -> Lease:
        return Lease(self._owner, self._clock.now(), period)


def _backoff(attempt: int) -> float:
    first, longest = BACKOFF
    return min(longest, first * 2.0 ** min(attempt - 1, 16))


def _outgoing(claim: Claim) -> Outgoing:
    reply = Reply(
        claim.text,
        tuple(Choice(choice_id, title) for choice_id, title in claim.choices),
        tuple(Attachment(f.filename, f.media_type, f.content, f.description, f.illustration) for f in claim.files),
    )
    return Outgoing(claim.id, claim.person_id, claim.address, reply)
