"""Where a conversation stands between two turns: plain data, read back from storage every time."""

from __future__ import annotations

from dataclasses import dataclass, replace

from handlers.messages import Choice
from storage.conversations import State

OFFERED_LIMIT = 12  # choices that are remembered, so that "2" or a typed title can stand for a button


@dataclass(frozen=True, slots=True)
class Conversation:
    """What is remembered of a conversation.

    `offered` are the choices of our last message; `rated_on` is the day (Jakarta) on which we last asked whether an
    answer helped, and `rating` the article we asked about, until it is answered.
    """

    offered: tuple[Choice, ...] = ()
    rated_on: str | None = None
    rating: str | None = None

    @classmethod
    def from_state(cls, state: State | None) -> Conversation:
        """Read a stored state; None is a conversation that begins."""
        if state is None:
            return cls()
        return cls(
            offered=tuple(Choice(choice_id, title) for choice_id, title in state.get("offered", ())),
            rated_on=state.get("rated_on"),
            rating=state.get("rating"),
        )

    def to_state(self) -> State:
        """Return the state as plain JSON."""
        return {
            "offered": [[choice.id, choice.title] for choice in self.offered],
            "rated_on": self.rated_on,
            "rating": self.rating,
        }

    def offering(self, choices: tuple[Choice, ...]) -> Conversation:
        """Return the conversation after these choices were shown."""
        return replace(self, offered=choices[:OFFERED_LIMIT])
