"""Telegram: updates in by polling or webhook, replies out through python-telegram-bot's `Bot`."""
