"""Asks now and then whether an answer helped, and takes the reply; nobody is asked twice a day."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

from handlers.messages import Choice, Reply
from handlers.turn import Outcome, Turn
from handlers.wording import Language, Wording
from storage.feedback import Feedback

PREFIX = "rate:"
HELPFUL = f"{PREFIX}yes"
UNHELPFUL = f"{PREFIX}no"
CHOICES = (HELPFUL, UNHELPFUL)
_JAKARTA = timedelta(hours=7)  # has no summer time


class Rating:
    """The question "did this help?" below an answer to a typed question."""

    def __init__(self, wording: Wording, contact: str) -> None:
        self._wording = wording
        self._contact = contact

    def offer(self, outcome: Outcome, turn: Turn, article_id: str) -> Outcome:
        """Add the two buttons, unless it is the person's first answer or they were asked today."""
        today = _day(turn.message.at)
        if turn.person.notice_shown_at is None or turn.conversation.rated_on == today:
            return outcome
        *earlier, last = outcome.replies
        asked = replace(last, choices=(*last.choices, *self._buttons(turn.language)))
        conversation = replace(outcome.conversation, rated_on=today, rating=article_id)
        return replace(outcome, replies=(*earlier, asked), conversation=conversation)

    def take(self, choice_id: str, turn: Turn, menu: tuple[Choice, ...]) -> Outcome:
        """Thank for a press, and keep it once."""
        article_id = turn.conversation.rating
        helpful = choice_id == HELPFUL
        key = "questions.rated_helpful" if helpful else "questions.rated_unhelpful"
        values = {} if helpful else {"contact": self._contact}
        reply = Reply(self._wording.say(key, turn.language, **values), menu)
        kept = None if article_id is None else Feedback(article_id, helpful, turn.message.at)
        conversation = replace(turn.conversation, rating=None)
        return Outcome(turn.person, conversation, (reply,), feedback=kept)

    def _buttons(self, language: Language) -> tuple[Choice, ...]:
        return (
            Choice(HELPFUL, self._wording.say("questions.helpful", language)),
            Choice(UNHELPFUL, self._wording.say("questions.unhelpful", language)),
        )


def _day(at: datetime) -> str:
    return (at + _JAKARTA).date().isoformat()
