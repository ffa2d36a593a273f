"""One turn of a conversation: what a topic is given, and what it gives back."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from handlers.conversation import Conversation
from handlers.messages import Inbound, Reply
from handlers.wording import Language
from storage.checks import Finished
from storage.contacts import Person
from storage.feedback import Feedback
from storage.unanswered import Unanswered


@dataclass(frozen=True, slots=True)
class Turn:
    """What is known when a message is to be answered. `language` is the one to answer in."""

    message: Inbound
    person: Person
    conversation: Conversation
    language: Language


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a turn decided: the replies, in order, where the person and the conversation now stand, and what is learnt:
    a question nobody understood, whether an answer helped, or which rules a finished check met. From `erase_since` on,
    what was said to the person and by them is to be erased."""

    person: Person
    conversation: Conversation
    replies: tuple[Reply, ...] = ()
    unanswered: Unanswered | None = None
    feedback: Feedback | None = None
    finished: Finished | None = None
    erase_since: datetime | None = None
