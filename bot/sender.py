"""Empties one channel's part of the outbox: claim, pace, write the intent, send, write how it ended."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from functools import lru_cache, partial

import structlog

from bot.admission import Admission
from bot.channels import fit
from bot.channels.base import (
    AccountError,
    Channel,
    Editable,
    OptedOutError,
    Outgoing,
    PairLimitError,
    RefusedError,
    SendError,
    SpamLimitedError,
    ThroughputError,
    TryLaterError,
    UnsureError,
    WindowClosedError,
)
from bot.clock import Clock, wait_for
from bot.lanes import Lane, Take
from bot.metrics import Metrics
from bot.pacing import Brake, Pace
from bot.reacting import reaction
from bot.resting import Resting
from handlers.messages import Attachment, Choice, Reply
from storage import outbox
from storage.broadcasts import drafts, sending
from storage.database import ConflictError, Database, DatabaseError, Transaction
from storage.deliveries import WINDOW_CLOSED
from storage.group_commit import GroupCommit
from storage.outbox import Claim, File, Lease, Settlement

log = structlog.get_logger()

# Requests at once: each is one message that a kill may leave unsure. How many there really are, the pace decides.
MAX_IN_FLIGHT = 16
BULK_IN_FLIGHT = 64  # of which a lawful pace fills a part only; beyond that a commit for few is what takes long
CLAIM_LEASE = timedelta(seconds=15)  # what was only claimed is free again soon after a crash
SEND_LEASE = timedelta(seconds=40)  # from the intent on: longer than a channel's request may take
BULK_LEAST = BULK_IN_FLIGHT // 2  # recipients taken at once, while others are in flight: a commit costs as much for one
POLL_SECONDS = 1.0  # how soon work of a crashed or another process is found
GIVE_UP_AFTER = timedelta(hours=24)  # since the message was written; an older answer confuses more than it helps
BULK_ATTEMPTS = 12  # of one recipient of a broadcast, which may have been paused for days: half an hour of trying
FILES_KEPT = 4  # of broadcasts, in memory
BACKOFF = (1.0, 300.0)  # seconds: first wait, longest wait; doubled each time
# Seconds between tries to write a result: longer than a restart of the database takes, shorter than a stop may take.
RECORD_WAITS = (1.0, 2.0, 4.0, 8.0, 15.0, 15.0, 15.0, 15.0)


class Sender:
    """The only caller of `Channel.send` for its channel; several processes may each run one on the same outbox.

    Broadcasts have a lane of their own, so that answers and news never wait for one of them to end.
    """

    def __init__(
        self,
        database: Database,
        channel: Channel,
        *,
        pace: Pace,
        clock: Clock,
        owner: str,
        metrics: Metrics,
        people_a_day: int | None = None,
    ) -> None:
        """`owner` names this process in leases; it must be unique among all that share the database. `people_a_day` is
        how many we may write to first, where that is limited.
        """
        self._database = database
        self._channel = channel
        self._pace = pace
        self._clock = clock
        self._owner = owner
        self._metrics = metrics
        self._direct = Lane("direct", MAX_IN_FLIGHT)
        self._bulk = Lane("bulk", BULK_IN_FLIGHT)
        self._brake = Brake(clock)
        self._resting = Resting(channel.name, SEND_LEASE)
        self._files: dict[int, tuple[File, ...]] = {}  # of the broadcasts sent last
        self._files_door = asyncio.Lock()  # many want the same file at the same moment
        self._fit = lru_cache(FILES_KEPT)(partial(fit.fit, limits=channel.limits))
        self._admission = Admission(channel, people_a_day)
        self._intents: GroupCommit[Claim, Claim | None] = GroupCommit(self._write_intents)
        self._results: GroupCommit[Settlement, None] = GroupCommit(self._write_results)
        self._bulk_work: GroupCommit[Settlement | Take, list[Claim]] = GroupCommit(self._write_bulk)
        self._bulk_goes_on = False  # the last look found as many recipients as could be taken
        self.seen_alive_at = clock.monotonic()

    @property
    def channel_name(self) -> str:
        return self._channel.name

    def wake(self) -> None:
        """Look at the outbox now: something new stands there, or it is time to stop."""
        self._direct.work.set()
        self._bulk.work.set()

    async def run(self, stop: asyncio.Event) -> None:
        """Send until `stop` is set (and `wake` called); what is in flight is finished first."""
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(self._run_bulk(tasks, stop), name=f"sender-{self._channel.name}-bulk")
            while not stop.is_set():
                self.seen_alive_at = self._clock.monotonic()
                if not await self._round(tasks, stop=stop):
                    await wait_for(self._direct.work, self._clock, POLL_SECONDS)

    async def _run_bulk(self, tasks: asyncio.TaskGroup, stop: asyncio.Event) -> None:
        while not stop.is_set():
            if not await self._bulk_round(tasks, stop):
                await wait_for(self._bulk.work, self._clock, POLL_SECONDS)

    async def drain(self, person_id: int | None = None) -> None:
        """Send what is due now but for broadcasts, one wave after the other, and return when nothing is left.

        With `person_id` only what is for that person: others may be at home in another process.
        """
        async with asyncio.TaskGroup() as tasks:
            while await self._round(tasks, person_id) or self._direct.sending:
                if self._direct.sending:
                    await asyncio.wait(self._direct.sending)

    async def _round(
        self, tasks: asyncio.TaskGroup, person_id: int | None = None, stop: asyncio.Event | None = None
    ) -> bool:
        """Claim what may go now and begin to send it; tell whether there was anything."""
        lane = self._direct
        lane.work.clear()
        if not lane.free or self._brake.all_seconds_left():
            return False
        permits = await self._pace.permits(lane.free)
        claims: list[Claim] = []
        try:
            async with self._database.transaction() as tx:
                lease = self._lease(CLAIM_LEASE)
                take = partial(outbox.claim, tx, self._channel.name, lease, person_id=person_id)
                if stop is None or not stop.is_set():  # it may have been, while a permit or the database was waited for
                    claims = await self._resting.take(tx, "direct", lease.now, permits, take)
        except ConflictError:  # another process was faster with somebody here; look again
            lane.work.set()
        except Exception:  # a database that is away, or a row that cannot be read: the loop must go on
            log.exception("claim_failed", channel=self._channel.name)
        await self._pace.give_back(permits - len(claims))
        for claim in claims:
            lane.add(tasks.create_task(self._deliver(claim), name=f"send-{self._channel.name}-{claim.id}"))
        return bool(claims)

    async def _bulk_round(self, tasks: asyncio.TaskGroup, stop: asyncio.Event) -> bool:
        """Take recipients of broadcasts who may get theirs now; tell whether there were any."""
        lane = self._bulk
        lane.work.clear()
        if lane.free < BULK_LEAST or self._brake.seconds_left():
            return False
        if not (self._bulk_goes_on or await self._bulk_waits()):
            return False
        permits = await self._pace.permits(lane.free)
        claims: list[Claim] = []
        self._bulk_goes_on = False
        try:
            if not stop.is_set():
                (claims,) = await self._bulk_work.run([Take(permits)])
        except ConflictError:
            lane.work.set()
        except Exception:
            log.exception("claim_failed", channel=self._channel.name)
        await self._pace.give_back(permits - len(claims))
        for claim in claims:
            lane.add(tasks.create_task(self._deliver_bulk(claim), name=f"send-{self._channel.name}-{claim.id}"))
        return bool(claims) or self._bulk_goes_on

    async def _bulk_waits(self) -> bool:
        try:
            async with self._database.reading() as tx:
                return await sending.is_waiting(tx, self._channel.name)
        except (DatabaseError, OSError):
            log.exception("claim_failed", channel=self._channel.name)
            return False

    async def _deliver(self, claim: Claim) -> None:
        try:
            await self._pace.turn_of(claim.person_id)
            (intended,) = await self._intents.run([claim])
            if intended is None:  # it may not go, or the lease ran out meanwhile and whoever holds it now sends
                return
            settlement = await self._attempt(intended)
            # What is known of a request must not be lost to a cancellation: it would turn into "unsure".
            await asyncio.shield(self._record(settlement))
        except Exception:  # one message must not stop the others; its lease tells what becomes of it
            log.exception("deliver_failed", channel=self._channel.name, message=claim.id)

    async def _deliver_bulk(self, claim: Claim) -> None:
        try:
            await self._pace.turn_of(claim.person_id)
            settlement = await self._attempt(await self._with_files(claim))
            self._bulk.leave()  # so that the result is written and the next are taken in one transaction
            await asyncio.shield(self._record(settlement))
        except Exception:
            log.exception("deliver_failed", channel=self._channel.name, message=claim.id)

    async def _with_files(self, claim: Claim) -> Claim:
        """Return the claim with the file of its broadcast, which many share and none carries along."""
        broadcast = claim.broadcast
        if broadcast is None or broadcast.edits is not None or broadcast.kind != "announcement":
            return claim
        files = self._files.get(broadcast.id)
        if files is None:
            async with self._files_door:
                files = self._files.get(broadcast.id)
                if files is None:
                    files = await self._read_files(broadcast.id)
        return replace(claim, files=files) if files else claim

    async def _read_files(self, broadcast_id: int) -> tuple[File, ...]:
        async with self._database.reading() as tx:
            found = await drafts.file(tx, broadcast_id)
        files = () if found is None else (found,)
        self._files = dict(list(self._files.items())[1 - FILES_KEPT :]) | {broadcast_id: files}
        return files

    async def _attempt(self, claim: Claim) -> Settlement:
        if claim.broadcast is None and self._clock.now() > claim.created_at + GIVE_UP_AFTER:
            return Settlement(claim, "failed", "too_old")
        started = self._clock.monotonic()
        try:
            platform_id = await self._request(claim)
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

    async def _request(self, claim: Claim) -> str | None:
        if claim.broadcast is None:
            return await self._channel.send(_outgoing(claim))
        outgoing = self._fitted(claim)
        changed = claim.broadcast.edits
        if changed is None:
            return await self._channel.send(outgoing)
        if not isinstance(self._channel, Editable):
            raise RefusedError("not_editable")
        try:
            if claim.broadcast.kind == "withdrawal":
                await self._channel.withdraw(outgoing, changed)
            else:
                await self._channel.edit(outgoing, changed)
        except UnsureError as error:  # the same change made twice is one
            raise TryLaterError(error.reason) from error
        return changed

    def _fitted(self, claim: Claim) -> Outgoing:
        outgoing = _outgoing(claim)
        # A message taken back says nothing, and a template only how it begins.
        if outgoing.template is not None or not (outgoing.reply.text or outgoing.reply.attachments):
            return outgoing
        parts = self._fit(outgoing.reply)  # the same for all who read this language
        if len(parts) > 1:  # looked at when it was written; the limits of a channel may have changed since
            raise RefusedError("not_fitted")
        return replace(outgoing, reply=parts[0])

    def _judge(self, claim: Claim, error: SendError) -> Settlement:
        log.warning(
            "send_failed",
            channel=self._channel.name,
            message=claim.id,
            kind=type(error).__name__,
            reason=error.reason,
            attempt=claim.attempt,
        )
        if error.alarm is not None:
            log.error("platform_refuses_us", channel=self._channel.name, reason=error.reason)
        return replace(self._judgement(claim, error), reaction=reaction(error, self._clock.now()))

    def _judgement(self, claim: Claim, error: SendError) -> Settlement:
        match error:
            case TryLaterError():
                return self._again(claim, error)
            case WindowClosedError() if self._admission.has_window and claim.template is None:
                # We thought it open. From now on we know better: it goes as a template, if there is one.
                now = self._clock.now()
                return Settlement(claim, "queued", WINDOW_CLOSED, not_before=now, window_closed=True)
            case RefusedError() | OptedOutError() | WindowClosedError() | SpamLimitedError():
                return Settlement(claim, "refused", error.reason)
        return Settlement(claim, "unsure", error.reason)

    def _again(self, claim: Claim, error: TryLaterError) -> Settlement:
        now = self._clock.now()
        wait = error.retry_after or timedelta(seconds=_backoff(claim.attempt))
        self._hold_back(claim, error)
        if claim.broadcast is not None:
            # When nothing of ours is taken it is not the recipient's turn that failed.
            given_up = claim.attempt >= BULK_ATTEMPTS and not isinstance(error, AccountError)
        else:
            given_up = now + wait > claim.created_at + GIVE_UP_AFTER
        if given_up:
            return Settlement(claim, "failed", error.reason)
        return Settlement(claim, "queued", error.reason, not_before=now + wait)

    def _hold_back(self, claim: Claim, error: TryLaterError) -> None:
        if error.retry_after is None:
            return
        seconds = error.retry_after.total_seconds()
        if isinstance(error, ThroughputError):
            self._brake.note_all(seconds)
        elif not isinstance(error, PairLimitError | AccountError):  # of one person alone; and a line that rests
            self._brake.note(claim.person_id, seconds)

    async def _record(self, settlement: Settlement) -> None:
        for wait in RECORD_WAITS:
            try:
                await self._write_result(settlement)
            except (DatabaseError, OSError):
                log.exception("record_failed", channel=self._channel.name, message=settlement.claim.id)
                await self._clock.sleep(wait)
            else:
                return
        await self._write_result(settlement)

    async def _write_result(self, settlement: Settlement) -> None:
        if settlement.claim.broadcast is None:
            await self._results.run([settlement])
        else:
            await self._bulk_work.run([settlement])

    async def _write_intents(self, claims: Sequence[Claim]) -> list[Claim | None]:
        """Write down that these are about to be sent, as what; return those that may."""
        lease = self._lease(SEND_LEASE)
        async with self._database.transaction() as tx:
            admitted = await self._admission.admit(tx, claims, lease)
            intended = await outbox.intend(tx, admitted, lease)
            going = {claim.id: claim for claim in admitted if claim.id in intended}
            await self._admission.note(tx, list(going.values()))
        return [going.get(claim.id) for claim in claims]

    async def _write_results(self, settlements: Sequence[Settlement]) -> list[None]:
        async with self._database.transaction() as tx:
            await self._settle(tx, settlements)
        return [None] * len(settlements)

    async def _write_bulk(self, work: Sequence[Settlement | Take]) -> list[list[Claim]]:
        """Write how messages of broadcasts ended, and take the next ones, in one transaction."""
        settlements = [item for item in work if isinstance(item, Settlement)]
        async with self._database.transaction() as tx:
            if settlements:
                await self._settle(tx, settlements)
            return [await self._take(tx, item) if isinstance(item, Take) else [] for item in work]

    async def _settle(self, tx: Transaction, settlements: Sequence[Settlement]) -> None:
        await outbox.settle(tx, settlements, self._clock.now())
        await self._resting.note(tx, settlements)

    async def _take(self, tx: Transaction, wish: Take) -> list[Claim]:
        lease = self._lease(SEND_LEASE)
        take = partial(sending.take, tx, self._channel.name, lease)
        claims = await self._resting.take(tx, "bulk", lease.now, wish.limit, take)
        self._bulk_goes_on = len(claims) == wish.limit
        admitted = await self._admission.admit(tx, claims, lease)
        await self._admission.note(tx, admitted)
        return admitted

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
    return Outgoing(claim.id, claim.person_id, claim.address, reply, claim.attempt, claim.template)
