"""All there is to be shown of one announcement, read in one go."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from handlers.staff.outlets import Outlets
from storage.broadcasts import audience, drafts, reporting, running, spreading
from storage.broadcasts.audience import Forecast
from storage.broadcasts.drafts import Broadcast
from storage.broadcasts.reporting import Counts
from storage.broadcasts.spreading import Spread, Waiting
from storage.database import Transaction
from storage.office import staff
from storage.outbox import File


@dataclass(frozen=True, slots=True)
class Sheet:
    """One announcement. Of one that waits the `forecast`, and how it `spreads` over days; of one that began the
    `counts`, and who is `waiting` for room.

    A correction has what became of the `earlier` one, and `earlier_file`, below whose picture it will stand. `names`
    are those of staff by their number.
    """

    broadcast: Broadcast
    file: File | None = None
    forecast: Forecast = field(default_factory=Forecast)
    counts: Counts = field(default_factory=lambda: Counts({}))
    earlier: Counts = field(default_factory=lambda: Counts({}))
    earlier_file: File | None = None
    names: Mapping[int, str] = field(default_factory=dict)
    spreads: tuple[Spread, ...] = ()
    waiting: Waiting | None = None

    @property
    def carried(self) -> File | None:
        """The file below which the text stands, where there is one."""
        return self.file or self.earlier_file

    @property
    def people(self) -> dict[str, int]:
        """How many people it would go to, by channel."""
        found: dict[str, int] = {}
        if self.broadcast.kind == "announcement":
            for (channel, _), count in self.forecast.counts.items():
                found[channel] = found.get(channel, 0) + count
        for end, count in self.earlier.ends.items():
            if end.status == "sent":
                found[end.channel] = found.get(end.channel, 0) + count
        return found

    @property
    def changed(self) -> int:
        """How many messages a correction or withdrawal changes where they stand."""
        return sum(count for channel, count in self.people.items() if channel in running.EDITABLE)

    def name(self, staff_id: int | None) -> str | None:
        """Return the name of a member of staff who still works here."""
        return self.names.get(staff_id or 0)


async def read(tx: Transaction, broadcast_id: int, outlets: Outlets, now: datetime) -> Sheet | None:
    """Return the sheet of an announcement, or None where there is none by this number."""
    broadcast = await drafts.find(tx, broadcast_id)
    if broadcast is None:
        return None
    forecast, earlier, earlier_file = Forecast(), Counts({}), None
    spreads: tuple[Spread, ...] = ()
    waits = broadcast.status in {"draft", "approved"}
    if waits and broadcast.kind == "announcement":
        forecast = await audience.forecast(tx, broadcast.audience, broadcast.topic, outlets.channels, now)
        wanted = (broadcast.audience, broadcast.topic)
        spreads = await spreading.forecast(tx, wanted, outlets.channels, outlets.caps, now)
    if waits and broadcast.of_id is not None:
        earlier = await reporting.counts(tx, broadcast.of_id)
        earlier_file = await _file_of(tx, broadcast.of_id)
    return Sheet(
        broadcast,
        await drafts.file(tx, broadcast_id),
        forecast,
        Counts({}) if waits else await reporting.counts(tx, broadcast_id),
        earlier,
        earlier_file,
        {member.id: member.name for member in await staff.every(tx)},
        spreads,
        None if waits else await spreading.waiting(tx, broadcast_id),
    )


async def _file_of(tx: Transaction, broadcast_id: int) -> File | None:
    """Return the file of an announcement, or of the one that it corrects."""
    found = await drafts.find(tx, broadcast_id)
    if found is not None and found.of_id is not None:
        return await _file_of(tx, found.of_id)
    return await drafts.file(tx, broadcast_id)
