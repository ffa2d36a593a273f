"""Lets people read all of a message of which they were sent only how it begins."""

from __future__ import annotations

from handlers.handover_pages import number_in
from handlers.messages import Attachment, Choice, Reply
from handlers.turn import Decided, Errand, Outcome, Turn
from handlers.wording import Language, Wording
from storage import whole
from storage.whole import Whole

PREFIX = "whole:"
"""What the id of the button begins with; then comes the number of the message."""


class ReadingAll:
    """Answers the button below the beginning of a message."""

    def __init__(self, wording: Wording) -> None:
        self._wording = wording

    def press(self, choice_id: str, turn: Turn) -> Decided | None:
        """Send all of it to whom it was sent; None for what is no such button."""
        number = number_in(choice_id, PREFIX)
        if number is None:
            return None
        person_id = turn.person.id
        return Errand(
            lambda tx: whole.take(tx, person_id, number),
            lambda found: Outcome(turn.person, turn.conversation, (self._reply(found, turn.language),)),
        )

    def _reply(self, found: Whole | None, language: Language) -> Reply:
        menu = Choice("menu", self._wording.say("menu.menu", language))
        if found is None:
            return Reply(self._wording.say("reading_all.gone", language), (menu,))
        if found.taken_back:
            return Reply(self._wording.say("reading_all.taken_back", language), (menu,))
        choices = tuple(Choice(choice_id, title) for choice_id, title in found.choices)
        files = tuple(
            Attachment(f.filename, f.media_type, f.content, f.description, f.illustration) for f in found.files
        )
        return Reply(found.text, choices, files, secret=found.secret, fitted=found.fitted)
