"""Which language somebody is answered in."""

from __future__ import annotations

from faq import language
from faq.library import Library
from handlers.messages import Inbound, Kind
from handlers.wording import LANGUAGES, Language
from storage.contacts import Person


def spoken(message: Inbound, person: Person, library: Library) -> Language:
    """Return the language to answer in: the chosen one, else the text's, else the last, else the platform's."""
    known = supported(person.language)
    if known is not None and person.language_chosen:
        return known
    written = None
    if message.kind is Kind.TEXT and not message.text.startswith("/"):
        written = language.detect(message.text) or known or library.language(message.text)
    return written or known or _hinted(message.language_hint)


def supported(name: str | None) -> Language | None:
    """Return a language that we speak, or None for any other."""
    return next((known for known in LANGUAGES if known == name), None)


def _hinted(hint: str | None) -> Language:
    """Return English for a platform set to English, and Indonesian for every other, the award being Indonesian."""
    return "en" if (hint or "").lower().startswith("en") else "id"
