"""What an examination of an installation finds."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that was checked. `advice` says what to do; without it nothing is wrong."""

    subject: str
    found: str
    advice: str = ""
    serious: bool = True
