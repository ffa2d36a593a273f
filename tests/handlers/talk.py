"""A conversation with the router alone, remembered from turn to turn as the inbox does."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime

from handlers.conversation import Conversation
from handlers.messages import Inbound, Kind, Reply
from handlers.routing import Router
from handlers.turn import without_storage
from storage.contacts import Identity, Person

NOW = datetime(2026, 11, 24, 3, 0, tzinfo=UTC)
CONTACT = "panitia@example.test"
STRANGER = Person(1, None, language_chosen=False, notice_shown_at=None)


@dataclass
class Talk:
    router: Router
    person: Person = STRANGER
    conversation: Conversation = field(default_factory=Conversation)
    at: datetime = NOW

    def take(
        self, text: str = "", *, kind: Kind = Kind.TEXT, choice: str | None = None, hint: str | None = None
    ) -> tuple[Reply, ...]:
        message = Inbound("telegram", "1", Identity(telegram_id=1), self.at, kind, text, choice, hint)
        outcome = without_storage(self.router.decide(message, self.person, self.conversation))
        self.person, self.conversation = outcome.person, outcome.conversation
        return outcome.replies

    def say(self, text: str, hint: str | None = None) -> str:
        """Say something and return the one reply's text."""
        (reply,) = self.take(text, hint=hint)
        return reply.text

    def press(self, choice: str) -> str:
        (reply,) = self.take(kind=Kind.CHOICE, choice=choice)
        return reply.text
