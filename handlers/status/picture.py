"""Draws the stages of a proposal."""

from __future__ import annotations

from collections.abc import Sequence

from handlers.wording import Language


def draw(labels: Sequence[str], present: int, ended: bool, language: Language) -> bytes:  # noqa: ARG001
    """Return the picture."""
    return b""
