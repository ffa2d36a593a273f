"""Answers single questions on the command line: what would be said to a first message, and why."""

from __future__ import annotations

import json
import sys
from datetime import datetime

import click

from bot.clock import SystemClock
from bot.edition_commands import stored_editions
from bot.settings import Settings
from faq.cache import Cache
from faq.library import Library
from faq.match import Match
from handlers import office_hours
from handlers.conversation import Conversation
from handlers.messages import Inbound, clean
from handlers.routing import Router
from handlers.turn import without_storage
from handlers.wording import Wording
from storage.contacts import Identity, Person


async def ask(settings: Settings, *, as_json: bool, at: datetime | None, why: bool) -> None:
    """Answer each line of standard input as if its sender had never written before."""
    library = Library.load(cache=Cache(settings.cache_dir)).with_editions(await stored_editions(settings))
    router = Router(library, Wording.load(), settings.contact, hours=office_hours.parse(settings.office_hours))
    now = at or SystemClock().now()
    # Greeted already: the answer alone is of interest, not the notice that follows a first one.
    greeted = Person(id=0, language=None, language_chosen=False, notice_shown_at=now)
    for line in sys.stdin:
        text = clean(line)
        if not text:
            continue
        message = Inbound("terminal", "ask", Identity(terminal_name="ask"), now, text=text)
        outcome = without_storage(router.decide(message, greeted, Conversation()))
        found = library.match(text)
        reply = "\n\n".join(reply.text for reply in outcome.replies)
        if as_json:
            shown = _shown(text, outcome.person.language or "id", found, reply) | (_reasons(found) if why else {})
            click.echo(json.dumps(shown, ensure_ascii=False))
        else:
            click.echo(f"{reply}\n")
            if why:
                click.echo(_explained(found))


def _shown(text: str, language: str, found: Match, reply: str) -> dict[str, object]:
    return {
        "text": text,
        "language": language,
        "decision": found.decision,
        # Small talk has no id of its own in the contract.
        "ids": [] if found.decision == "smalltalk" else list(found.ids),
        "score": found.score,
        "reply": reply,
    }


def _reasons(found: Match) -> dict[str, object]:
    return {
        "words": [list(pair) for pair in found.words],
        "candidates": [{"id": candidate.id, "score": candidate.score} for candidate in found.candidates],
    }


def _explained(found: Match) -> str:
    lines = [f"decision: {found.decision} {' '.join(found.ids)} ({found.score:.2f})"]
    lines.append("words: " + " ".join(_word(*pair) for pair in found.words))
    lines += (f"  {candidate.score:.2f} {candidate.id}" for candidate in found.candidates)
    return "\n".join([*lines, ""])


def _word(written: str, meant: str) -> str:
    return meant if written == meant else f"{meant} (from {written})"
