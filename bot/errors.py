"""The error that ends a command: one plain sentence for whoever typed it."""

from __future__ import annotations


class PlainError(Exception):
    """The message is one plain sentence that says what is wrong and what to do; commands exit with status 2."""
