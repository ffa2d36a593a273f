"""Remembers: people, conversations, messages in and out. All SQL lives here."""
