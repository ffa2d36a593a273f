"""Remembers: people, conversations, messages in and out. All SQL lives here."""

# The outbox refers to the broadcasts that its rows belong to, so their tables are known wherever it is.
from storage.broadcasts import tables as _tables  # noqa: F401
