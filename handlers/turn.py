"""One turn of a conversation: what a topic is given, and what it gives back."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from handlers.conversation import Conversation
from handlers.messages import Inbound, Reply
from handlers.wording import Language
from storage.checks import Finished
from storage.contacts import Person
from storage.database import Transaction
from storage.feedback import Feedback
from storage.joining import Joined
from storage.unanswered import Unanswered


@dataclass(frozen=True, slots=True)
class Turn:
    """What is known when a message is to be answered. `language` is the one to answer in."""

    message: Inbound
    person: Person
    conversation: Conversation
    language: Language


@dataclass(frozen=True, slots=True)
class Notice:
    """Something to tell another person, on the channel they are at.

    With a `topic` it can be taken back while it waits.
    """

    person_id: int
    channel: str
    reply: Reply
    topic: str | None = None


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a turn decided: the replies, in order, where the person and the conversation now stand, what others are to
    be told, and what is learnt: a question nobody understood, whether an answer helped, which rules a finished check
    met, or which categories of the award somebody asks about. From `erase_since` on, what was said to the person and by
    them is to be erased; with `forget` all that is kept of them but these replies. With `joined` the account became a
    name of another person, with whom it goes on.
    With `conceal` the person's own words are not kept where a channel keeps both sides: they hold a code.
    """

    person: Person
    conversation: Conversation
    replies: tuple[Reply, ...] = ()
    notices: tuple[Notice, ...] = ()
    unanswered: Unanswered | None = None
    feedback: Feedback | None = None
    finished: Finished | None = None
    interests: tuple[str, ...] = ()
    erase_since: datetime | None = None
    forget: bool = False
    joined: Joined | None = None
    conceal: bool = False


@dataclass(frozen=True, slots=True)
class Errand:
    """What a topic wants from storage before it can answer: `do` runs in the turn's transaction, `then` decides.

    `nothing` is what `do` returns for somebody of whom nothing is kept, for where there is no storage.
    """

    do: Callable[[Transaction], Awaitable[Any]]
    then: Callable[..., Decided]
    nothing: Any = None


Decided = Outcome | Errand


def after(decided: Decided, finish: Callable[[Outcome], Decided]) -> Decided:
    """Return what was decided with `finish` put to the outcome, once there is one; it too may want an errand."""
    if isinstance(decided, Outcome):
        return finish(decided)
    then = decided.then
    return Errand(decided.do, lambda found: after(then(found), finish), decided.nothing)


def without_storage(decided: Decided) -> Outcome:
    """Return the outcome for somebody of whom nothing is kept."""
    while isinstance(decided, Errand):
        decided = decided.then(decided.nothing)
    return decided
