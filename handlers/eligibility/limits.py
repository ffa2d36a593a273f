"""The figures that an edition sets for the check, and why we believe them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from faq.edition import Edition, Figure

_NEEDED = ("min_ikm", "ikm_window_years", "min_years")


@dataclass(frozen=True, slots=True)
class Limits:
    """The thresholds of one edition, which `year` names, since another may have others.

    IKM count that were fostered within the last `window` years.
    """

    year: int
    min_ikm: Figure
    window: Figure
    min_years: Figure

    @property
    def ikm(self) -> int:
        """The least number of IKM fostered (F24)."""
        return self.min_ikm.value

    @property
    def years(self) -> int:
        """The least number of full years (F25)."""
        return self.min_years.value


def newest(*known: Sequence[Edition]) -> Limits:
    """Return the limits of the newest edition that tells them all; earlier sequences win over later ones.

    Raises LookupError when no edition tells them, which the editions that come with the program do.
    """
    for editions in known:
        for edition in sorted(editions, key=lambda each: -each.year):
            if all(name in edition.figures for name in _NEEDED):
                return Limits(edition.year, *(edition.figures[name] for name in _NEEDED))
    raise LookupError("no edition tells the figures of the eligibility check")
