"""Decides: what the assistant answers. Knows no network, no SQL and no channel."""
