"""What people agree to before their account is tied to a proposal."""

from __future__ import annotations

from handlers.wording import Language, Wording

VERSION = "2026-11"  # of the text in phrases/consent.toml; a new text is a new version


def text(language: Language, wording: Wording) -> str:
    """Return the sentence that is shown before somebody proves that a proposal is theirs."""
    return wording.say("consent.status", language)
