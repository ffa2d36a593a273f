"""Where a conversation stands between two turns: plain data, read back from storage every time."""

from __future__ import annotations

from dataclasses import dataclass, replace

from handlers import exchanges
from handlers.eligibility import state as check_state
from handlers.eligibility.state import Check
from handlers.exchanges import Exchange
from handlers.messages import Choice
from handlers.staff import state as composing_state
from handlers.staff.state import Composing
from handlers.status import state as status_state
from handlers.status.state import Asking
from storage.conversations import State

OFFERED_LIMIT = 12  # choices that are remembered, so that "2" or a typed title can stand for a button


@dataclass(frozen=True, slots=True)
class Conversation:
    """What is remembered of a conversation.

    `offered` are the choices of our last message; `rated_on` is the day (Jakarta) on which we last asked whether an
    answer helped, and `rating` the article we asked about, until it is answered. `check` is the person's eligibility
    check, from its beginning until its time is over or it is deleted; `status` what we asked for to look up a proposal.
    `joining_sha256` is the code that the person typed to join their accounts, until they say yes or no.
    `recent` are the last questions and answers, for an officer who is asked to take over;
    `teaching` is the question for which an officer is asked for words that find an answer, and `composing` what we
    asked an officer for who writes an announcement.
    """

    offered: tuple[Choice, ...] = ()
    rated_on: str | None = None
    rating: str | None = None
    check: Check | None = None
    status: Asking | None = None
    joining_sha256: str | None = None
    recent: tuple[Exchange, ...] = ()
    teaching: int | None = None
    composing: Composing | None = None

    @classmethod
    def from_state(cls, state: State | None) -> Conversation:
        """Read a stored state; None is a conversation that begins."""
        if state is None:
            return cls()
        return cls(
            offered=tuple(Choice(choice_id, title) for choice_id, title in state.get("offered", ())),
            rated_on=state.get("rated_on"),
            rating=state.get("rating"),
            check=check_state.from_json(state.get("check")),
            status=status_state.from_json(state.get("status")),
            joining_sha256=state.get("joining_sha256"),
            recent=exchanges.from_json(state.get("recent", ())),
            teaching=state.get("teaching"),
            composing=composing_state.from_json(state.get("composing")),
        )

    def to_state(self) -> State:
        """Return the state as plain JSON."""
        return {
            "offered": [[choice.id, choice.title] for choice in self.offered],
            "rated_on": self.rated_on,
            "rating": self.rating,
            "check": None if self.check is None else check_state.to_json(self.check),
            "status": None if self.status is None else status_state.to_json(self.status),
            "joining_sha256": self.joining_sha256,
            "recent": exchanges.to_json(self.recent),
            "teaching": self.teaching,
            "composing": None if self.composing is None else composing_state.to_json(self.composing),
        }

    def offering(self, choices: tuple[Choice, ...]) -> Conversation:
        """Return the conversation after these choices were shown."""
        return replace(self, offered=choices[:OFFERED_LIMIT])

    def joined_by(self, other: Conversation) -> Conversation:
        """Return the conversation of a person to whom an account with a conversation of its own was joined."""
        return replace(self, offered=other.offered, check=self.check or other.check, joining_sha256=None)
