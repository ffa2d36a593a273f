"""The browser chat: a real channel, and the one that needs no account. Its page is in bot/static/."""
