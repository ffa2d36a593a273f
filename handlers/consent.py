"""What people agree to: before their account is tied to a proposal, and by asking to be told of news."""

from __future__ import annotations

from handlers.wording import Language, Wording

# Of the texts in phrases/consent.toml; a new text is a new version.
VERSION = "2026-11"
NEWS_VERSION = "2026-11"


def text(language: Language, wording: Wording) -> str:
    """Return the sentence that is shown before somebody proves that a proposal is theirs."""
    return wording.say("consent.status", language)


def news(language: Language, wording: Wording) -> str:
    """Return the sentence that is shown to somebody who asks to be told of news."""
    return wording.say("consent.news", language)
