"""What the portal may do with proposals: each act in one transaction with its line in the audit."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Annotated, Final, TypeVar

from fastapi import Body, Path, Query, Request, Response

from bot.api import examples, problems
from bot.api.fields import Number
from bot.api.models import (
    Correction,
    Filter,
    Issued,
    OneRelease,
    Page,
    Put,
    Release,
    Released,
    Shown,
    Submission,
    shown,
)
from bot.api.problems import ProblemError
from bot.clock import Clock
from storage import audit
from storage.audit import Act
from storage.database import ConflictError, Database, Transaction
from storage.proposals import links, proof, records, releases, removal, states
from storage.proposals.records import Judgement

TRIES: Final = 3  # of two calls that add the same proposal at once, one has to look again

_T = TypeVar("_T")
InPath = Annotated[Number, Path(description="The registration number, in any spelling.", examples=["UPK-2026-0001"])]
Submitted = Annotated[Submission, Body(openapi_examples=examples.SUBMITTED)]
Corrected = Annotated[Correction, Body(openapi_examples=examples.CORRECTED)]
Wanted = Annotated[Release, Body(openapi_examples=examples.RELEASED)]


class Proposals:
    """Answers the calls; `writable` is False where the portal's view is the source of all proposals."""

    def __init__(self, database: Database, clock: Clock, *, writable: bool) -> None:
        self._database = database
        self._clock = clock
        self._writable = writable

    async def put(self, number: InPath, submission: Submitted, request: Request, response: Response) -> Put:
        """Store how a proposal stands; the same call again changes nothing."""
        self._refuse_where_read_only()
        entry, now = submission.entry(number), self._clock.now()

        async def work(tx: Transaction) -> Put:
            judgement = await records.put(tx, entry, now)
            if judgement.verdict == "refused":
                raise _refusal(judgement)
            if judgement.verdict != "unchanged":
                details = {"verdict": judgement.verdict, "state": entry.state}
                await audit.record(tx, Act(_actor(request), "proposal_put", number, details, now))
            return Put(verdict=judgement.verdict, proposal=await _found(tx, number))

        done = await self._write(work)
        response.status_code = 201 if done.verdict == "added" else 200
        return done

    async def get(self, number: InPath) -> Shown:
        """Return one proposal."""
        async with self._database.reading() as tx:
            return await _found(tx, number)

    async def listing(self, which: Annotated[Filter, Query()]) -> Page:
        """Return proposals in the order of their numbers."""
        async with self._database.reading() as tx:
            found = await records.listing(
                tx, after=which.after or "", limit=which.limit + 1, edition=which.edition, state=which.state
            )
        page = found[: which.limit]
        more = len(found) > which.limit
        return Page(proposals=[shown(proposal) for proposal in page], next=page[-1].number if more else None)

    async def issue_code(self, number: InPath, request: Request) -> Issued:
        """Make an access code in the place of any earlier one."""
        code, now = proof.new_code(), self._clock.now()
        expires_at = now + links.ACCESS_CODE_LIFE

        async def work(tx: Transaction) -> Issued:
            if not await links.issue_code(tx, number, code, expires_at):
                raise problems.missing()
            await audit.record(tx, Act(_actor(request), "code_issued", number, {}, now))
            return Issued(code=proof.grouped(code), expires_at=expires_at)

        return await self._write(work)

    async def correct(self, number: InPath, correction: Corrected, request: Request) -> Put:
        """Put a proposal into the right state, whatever the ways between states say."""
        self._refuse_where_read_only()
        now = self._clock.now()

        async def work(tx: Transaction) -> Put:
            before = await _found(tx, number)
            event = await records.correct(tx, number, correction.state, now)
            if event is not None:
                details = {"from": before.state, "to": correction.state, "reason": correction.reason}
                await audit.record(tx, Act(_actor(request), "proposal_corrected", number, details, now))
            return Put(verdict="unchanged" if event is None else "changed", proposal=await _found(tx, number))

        return await self._write(work)

    async def release(self, wanted: Wanted, request: Request) -> Released:
        """Let people know of a proposal, or of a state of an edition, from a moment on."""
        self._refuse_where_read_only()
        asked, now = wanted.root, self._clock.now()
        at = max(asked.at or now, now)

        async def work(tx: Transaction) -> Released:
            if isinstance(asked, OneRelease):
                await _found(tx, asked.number)
                subject, released = asked.number, await releases.release_one(tx, asked.number, at, now)
            else:
                subject = f"{asked.edition} {asked.state}"
                released = await releases.release_stage(tx, asked.state, asked.edition, at, now)
            details = {"at": at.isoformat(), "released": released}
            await audit.record(tx, Act(_actor(request), "released", subject, details, now))
            return Released(released=released, at=at)

        return await self._write(work)

    async def delete(self, number: InPath, request: Request) -> Response:
        """Delete a proposal with all that hangs on it."""
        self._refuse_where_read_only()
        now = self._clock.now()

        async def work(tx: Transaction) -> None:
            if not await removal.remove(tx, number):
                raise problems.missing()
            await audit.record(tx, Act(_actor(request), "proposal_deleted", number, {}, now))

        await self._write(work)
        return Response(status_code=204)

    async def _write(self, work: Callable[[Transaction], Awaitable[_T]]) -> _T:
        for _ in range(TRIES - 1):
            try:
                return await self._once(work)
            except ConflictError:
                continue
        return await self._once(work)

    async def _once(self, work: Callable[[Transaction], Awaitable[_T]]) -> _T:
        async with self._database.transaction() as tx:
            return await work(tx)

    def _refuse_where_read_only(self) -> None:
        if not self._writable:
            raise ProblemError(409, "The portal's view is the source: change it there.", kind="view_is_source")


async def _found(tx: Transaction, number: str) -> Shown:
    found = await records.get(tx, number)
    if found is None:
        raise problems.missing()
    return shown(found)


def _actor(request: Request) -> str:
    return f"key:{request.state.key.name}"


def _refusal(judgement: Judgement) -> ProblemError:
    state = judgement.earlier or ""
    possible = list(states.known()[state].next)
    if judgement.reason == "released_already":
        detail = f"People know of {state} already: when they could cannot be changed any more."
    else:
        ways = f"may go to: {', '.join(possible)}" if possible else "has come to its end"
        detail = f"It stands in {state}, and {ways}. A wrong entry is put right by a correction."
    return ProblemError(409, detail, kind=judgement.reason, state=state, next_states=possible)
