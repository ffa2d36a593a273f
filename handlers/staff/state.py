"""What an officer's next message is waited for as, as it is stored between two turns."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

PATIENCE = timedelta(hours=2)  # after it, what somebody types is no part of an announcement any more


@dataclass(frozen=True, slots=True)
class Composing:
    """We asked for a part of an announcement: its `step`, a word for which part.

    Without `broadcast_id` nothing was written down yet. `first` is set as long as the parts are asked for one after the
    other; `version` is what a refusal is of.
    """

    step: str
    at: datetime
    broadcast_id: int | None = None
    first: bool = False
    version: int | None = None

    def is_over(self, now: datetime) -> bool:
        """Tell whether we do not wait any more."""
        return now - self.at > PATIENCE


def to_json(composing: Composing) -> dict[str, Any]:
    """Return it as plain JSON."""
    return {
        "step": composing.step,
        "at": composing.at.isoformat(),
        "broadcast_id": composing.broadcast_id,
        "first": composing.first,
        "version": composing.version,
    }


def from_json(stored: Mapping[str, Any] | None) -> Composing | None:
    """Read it back; None stays None."""
    if stored is None:
        return None
    return Composing(
        stored["step"],
        datetime.fromisoformat(stored["at"]),
        stored["broadcast_id"],
        stored["first"],
        stored["version"],
    )
