"""Reads the portal's view again and again, and says so when it falls silent and when it is back."""

from __future__ import annotations

import asyncio
from datetime import datetime

import structlog

from bot.clock import Clock
from bot.metrics import Metrics
from storage.proposals.portal import Portal, Round
from storage.proposals.view import PortalError

log = structlog.get_logger()


class PortalReading:
    """The chore that keeps our proposals as the portal has them. A portal that is away stops nothing else."""

    def __init__(self, portal: Portal, clock: Clock, metrics: Metrics) -> None:
        self._portal = portal
        self._clock = clock
        self._metrics = metrics
        self._silent: tuple[str, datetime] | None = None  # why, and since when

    async def read(self, stop: asyncio.Event) -> None:
        """Read until nothing is left to read, or the portal is away, or the service stops."""
        more = True
        while more and not stop.is_set():
            try:
                done = await self._portal.round(self._clock.now())
            except PortalError as error:
                self._fell_silent(error.reason)
                return
            self._answered(done)
            more = done.more

    async def close(self) -> None:
        """Close the connection to the portal."""
        await self._portal.close()

    def _answered(self, done: Round) -> None:
        self._metrics.portal_rounds.labels("read").inc()
        if done.read_at is not None:
            self._metrics.portal_read.set(done.read_at.timestamp())
        if self._silent is not None:
            away = self._clock.now() - self._silent[1]
            log.info("portal_back", seconds=round(away.total_seconds()))
            self._silent = None
        tally = done.tally
        if tally.added or tally.changed or tally.deleted:
            log.info("portal_read", added=tally.added, changed=tally.changed, deleted=tally.deleted)
        if tally.refused:
            log.warning("portal_refused", **tally.refused)
        if done.vanished:
            log.warning("portal_shrank", kept=done.vanished)

    def _fell_silent(self, reason: str) -> None:
        """Count it every time, and log it once: when it begins, and when it has another reason."""
        self._metrics.portal_rounds.labels(reason).inc()
        earlier, since = self._silent or (None, self._clock.now())
        if reason != earlier:
            log.warning("portal_silent", reason=reason)
        self._silent = (reason, since)
