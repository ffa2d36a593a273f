"""What the status topic waits for, as it is stored between two turns."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

PATIENCE = timedelta(minutes=30)  # after it, what somebody types is no answer to us any more


@dataclass(frozen=True, slots=True)
class Asking:
    """We asked for a registration number, or, with `number`, for the proof that it is theirs.

    `code_sha256` is a code they sent before they were told what they agree to by that.
    """

    at: datetime
    number: str | None = None
    code_sha256: str | None = None

    def is_over(self, now: datetime) -> bool:
        """Tell whether we do not wait any more."""
        return now - self.at > PATIENCE


def to_json(asking: Asking) -> dict[str, Any]:
    """Return it as plain JSON."""
    return {"at": asking.at.isoformat(), "number": asking.number, "code_sha256": asking.code_sha256}


def from_json(stored: Mapping[str, Any] | None) -> Asking | None:
    """Read it back; None stays None."""
    if stored is None:
        return None
    return Asking(datetime.fromisoformat(stored["at"]), stored["number"], stored["code_sha256"])
