"""Joins the accounts of one person on several channels by a short-lived code, and parts them again. Pure: no I/O."""

from __future__ import annotations

import hashlib
import re
import secrets
from dataclasses import replace

from handlers.messages import Choice, Kind, Reply
from handlers.turn import Decided, Errand, Notice, Outcome, Turn
from handlers.wording import Language, Wording
from storage import joining
from storage.database import Transaction
from storage.joining import Joined, Offer

PREFIX = "join:"
CHANNELS = ("telegram", "whatsapp", "web")  # that people know of

_WORD = "SATU"  # a shape that cannot be mistaken for another code
_ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"  # Crockford's: nothing that looks like something else
_MISREAD = str.maketrans("OIL", "011")
_DASHES = str.maketrans("\u2010\u2011\u2012\u2013\u2014\u2212", "------")  # what keyboards make of "-"
_LENGTH = 12  # 60 random bits
_CODE = re.compile(rf"(?<![\w-]){_WORD}(?P<code>(?:[\s-]*[0-9A-Z]{{4}}){{3}})(?![\w-])", re.IGNORECASE | re.ASCII)


def new_code() -> str:
    """Return a fresh code as people read it, "SATU-7KQM-2B9T-XW4C", with a digit so that no words are it."""
    while True:
        found = "".join(secrets.choice(_ALPHABET) for _ in range(_LENGTH))
        if any(map(str.isdigit, found)):
            return "-".join((_WORD, *(found[at : at + 4] for at in range(0, _LENGTH, 4))))


def read(text: str) -> str | None:
    """Return the SHA-256 of the code in a text, however it is grouped and written, or None where there is none."""
    match = _CODE.search(text.translate(_DASHES))
    if match is None or not any(map(str.isdigit, match["code"])):
        return None
    found = re.sub(r"[\s-]", "", match["code"]).upper().translate(_MISREAD)
    return hashlib.sha256(f"{_WORD}:{found}".encode()).hexdigest()


class Joining:
    """The topic."""

    def __init__(self, wording: Wording) -> None:
        self._wording = wording

    def start(self, turn: Turn) -> Decided:
        """Show a code to be typed on another channel."""
        code, channel, now = new_code(), turn.message.channel, turn.message.at
        code_sha256 = read(code) or ""

        async def offer(tx: Transaction) -> None:
            await joining.offer(tx, turn.person.id, channel, code_sha256, now)

        names = [self._channel(each, turn.language) for each in CHANNELS if each != channel]
        text = self._say("code", turn, code=code, others=", ".join(names), minutes=_minutes())
        return Errand(offer, lambda _: self._said(turn, Reply(text, secret=True)))

    def take(self, turn: Turn) -> Decided | None:
        """Take a typed code and ask whether it is the person's own; None for any other text."""
        code_sha256 = read(turn.message.text) if turn.message.kind is Kind.TEXT else None
        if code_sha256 is None:
            return None
        now = turn.message.at
        return Errand(lambda tx: joining.look(tx, code_sha256, now), lambda found: self._ask(found, code_sha256, turn))

    def press(self, choice_id: str, turn: Turn) -> Decided | None:
        """Take the answer to the question whether the code is the person's own; None when none was asked."""
        code_sha256 = turn.conversation.joining_sha256
        if code_sha256 is None:
            return None
        asked = replace(turn, conversation=replace(turn.conversation, joining_sha256=None))
        match choice_id.removeprefix(PREFIX):
            case "yes":
                person_id, now = turn.person.id, turn.message.at
                return Errand(
                    lambda tx: joining.join(tx, person_id, code_sha256, now), lambda found: self._joined(found, asked)
                )
            case "no":
                return self._said(asked, Reply(self._say("not_joined", asked)))
        return None

    def part(self, turn: Turn) -> Decided:
        """Let the person be known on this channel only."""
        person_id, channel = turn.person.id, turn.message.channel
        return Errand(lambda tx: joining.part(tx, person_id, channel), lambda others: self._parted(others, turn), ())

    def _ask(self, found: Offer | None, code_sha256: str, turn: Turn) -> Outcome:
        if found is None or found.person_id == turn.person.id:
            outcome = self._said(turn, Reply(self._say("no_good", turn, minutes=_minutes())))
        else:
            text = self._say("confirm", turn, channel=self._channel(found.channel, turn.language))
            buttons = tuple(Choice(f"{PREFIX}{verb}", self._say(f"button_{verb}", turn)) for verb in ("yes", "no"))
            asking = replace(turn, conversation=replace(turn.conversation, joining_sha256=code_sha256))
            outcome = self._said(asking, Reply(text, buttons))
        return replace(outcome, conceal=True)

    def _joined(self, found: Joined | None, turn: Turn) -> Outcome:
        if found is None:
            return self._said(turn, Reply(self._say("no_good", turn, minutes=_minutes())))
        here, there = turn.message.channel, found.channel
        language: Language = "en" if found.person.language == "en" else "id"
        reply = Reply(self._say("joined", turn, channel=self._channel(there, turn.language)))
        told = self._wording.say("joining.told", language, channel=self._channel(here, language))
        outcome = self._said(turn, reply)
        return replace(outcome, joined=found, notices=(Notice(found.person.id, there, Reply(told)),))

    def _parted(self, others: list[str], turn: Turn) -> Outcome:
        if not others:
            return self._said(turn, Reply(self._say("nothing_to_part", turn)))
        names = ", ".join(self._channel(each, turn.language) for each in others)
        return self._said(turn, Reply(self._say("parted", turn, channels=names)))

    def _channel(self, channel: str, language: Language) -> str:
        return self._wording.say(f"joining.channel_{channel}", language)

    def _say(self, key: str, turn: Turn, **values: str | int) -> str:
        return self._wording.say(f"joining.{key}", turn.language, **values)

    @staticmethod
    def _said(turn: Turn, reply: Reply) -> Outcome:
        return Outcome(turn.person, turn.conversation, (reply,))


def _minutes() -> int:
    return int(joining.LIFE.total_seconds()) // 60
