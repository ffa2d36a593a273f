"""Announcements in the officers' chat: who takes a button or a typed part. Nobody else can tell that it is there."""

from __future__ import annotations

import functools
import re
from collections.abc import Callable
from dataclasses import replace

from handlers import offered
from handlers.messages import Kind
from handlers.staff.composing import Writing
from handlers.staff.deciding import Deciding
from handlers.staff.outlets import Outlets
from handlers.staff.speaking import PREFIX, Speaker
from handlers.staff.state import Composing
from handlers.staff.steering import Steering
from handlers.start import command_in
from handlers.turn import Decided, Turn
from handlers.wording import Wording

_LONGEST_ID = 18  # digits; what is longer is none of ours, and no database takes it

# Words that are never an announcement by themselves.
_ENOUGH = re.compile(r"(?:batal(?:kan)?|cancel|berhenti|stop)[.!]?", re.IGNORECASE)
_NO_ENGLISH = re.compile(
    r"(?:tanpa(?: itu)?|tidak(?: ada| perlu| usah)?|nggak|gak|ga|lewati|lanjut|skip|no|none|without|go on|-+)[.!]?",
    re.IGNORECASE,
)


class News:
    """The topic."""

    def __init__(self, wording: Wording, outlets: Outlets) -> None:
        speaker = Speaker(wording, outlets)
        self._writing = Writing(speaker)
        self._deciding = Deciding(speaker, self._writing)
        self._steering = Steering(speaker, self._writing)
        writing, deciding, steering = self._writing, self._deciding, self._steering
        # What a button does, by its verb and how many numbers follow it.
        self._verbs: dict[tuple[str, int], Callable[..., Decided]] = {
            ("new", 0): writing.new,
            ("list", 0): steering.list,
            ("show", 1): steering.page,
            ("status", 1): steering.page,
            ("text", 1): functools.partial(writing.ask_part, "text"),
            ("english", 1): functools.partial(writing.ask_part, "english"),
            ("audience", 1): functools.partial(writing.ask_part, "audience"),
            ("time", 1): functools.partial(writing.ask_part, "time"),
            ("noen", 1): writing.without_english,
            ("stages", 1): writing.stages,
            ("now", 1): writing.at_once,
            ("test", 1): writing.test,
            ("ask", 2): functools.partial(deciding.ask, sure=False),
            ("approve", 2): deciding.approve,
            ("reject", 2): deciding.reject,
            ("drop", 1): deciding.drop,
            ("pause", 1): steering.pause,
            ("resume", 1): steering.resume,
            ("stop", 1): steering.stop,
            ("rest", 1): steering.rest,
            ("leave", 1): steering.leave,
            ("again", 1): functools.partial(steering.again, confirmed=None),
            ("again", 2): steering.again,
            ("csv", 1): steering.table,
            ("correct", 1): functools.partial(writing.correct, kind="correction"),
            ("withdraw", 1): functools.partial(writing.correct, kind="withdrawal"),
        }

    def take(self, turn: Turn) -> Decided | None:
        """Take a typed part of an announcement that was asked for; None for anything else."""
        waited = turn.conversation.composing
        if waited is None or turn.person.staff_id is None or waited.is_over(turn.message.at):
            return None
        if turn.message.kind in {Kind.CHOICE, Kind.CONTACT}:
            return None
        if turn.message.text.startswith("/"):
            return self._writing.say(turn, "put_aside") if command_in(turn.message.text) == "cancel" else None
        meant = self._meant(waited, turn)
        if meant is not None:
            return meant
        if waited.step == "reason":
            return self._deciding.take_reason(waited, turn)
        return self._writing.take(waited, turn)

    def _meant(self, waited: Composing, turn: Turn) -> Decided | None:
        """Take words that are no part of it: a way out, or a button that was offered, typed; None for all others."""
        said = turn.message.text.strip()
        if turn.message.attachment is not None or not said:
            return None
        if _ENOUGH.fullmatch(said):
            return self._writing.say(turn, "put_aside")
        if waited.step == "english" and _NO_ENGLISH.fullmatch(said):
            return self._writing.without_english(turn, waited.broadcast_id or 0)
        named = offered.chosen(said, turn.conversation.offered)
        return None if named is None or not named.startswith(PREFIX) else self.press(named, turn)

    def press(self, choice_id: str, turn: Turn) -> Decided | None:
        """Take a pressed button; None for one that is none, or of somebody who does not work here."""
        if turn.person.staff_id is None:
            return None
        verb, *of = choice_id.removeprefix(PREFIX).split(":")
        if verb == "pick" and len(of) == 2 and _is_number(of[0]):  # noqa: PLR2004 - the announcement and the part
            key, _, value = of[1].partition("=")
            return self._writing.narrow(turn, int(of[0]), key, value)
        if verb == "ask" and of[2:] == ["sure"] and all(map(_is_number, of[:2])):
            return self._deciding.ask(turn, int(of[0]), int(of[1]), sure=True)
        act = self._verbs.get((verb, len(of)))
        return act(turn, *map(int, of)) if act is not None and all(map(_is_number, of)) else None

    @staticmethod
    def put_aside(turn: Turn) -> Turn:
        """Return the turn without a part that is waited for, where the officer turned to something else."""
        if turn.conversation.composing is None or (turn.message.choice or "").startswith(PREFIX):
            return turn
        return replace(turn, conversation=replace(turn.conversation, composing=None))


def _is_number(text: str) -> bool:
    return text.isascii() and text.isdigit() and len(text) <= _LONGEST_ID
