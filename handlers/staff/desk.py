"""The officers' desk: how they come in, what they can do there, and whether they are on duty. Pure: no I/O, no clock.

Nobody else can tell that it is there: a code that is no good, the desk's commands and its buttons are answered as what
nobody understands.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

from handlers import dates
from handlers.messages import Choice, Kind, Reply
from handlers.staff import reminders
from handlers.turn import Decided, Errand, Outcome, Turn
from handlers.wording import Wording
from storage.database import Transaction
from storage.office import invitations, staff
from storage.office.staff import Member

PREFIX = "staff:"
DESK = f"{PREFIX}desk"
DUTY = f"{PREFIX}duty"
LIST = f"{PREFIX}list"

_COMMANDS = ("panitia", "office")  # what opens the desk after "/"; platforms do not list it


def is_called(text: str) -> bool:
    """Tell whether a text is the command that opens the desk. What follows the name is ignored."""
    name = text[1:].split(maxsplit=1)[0:1] if text.startswith("/") else []
    return bool(name) and name[0].split("@")[0].lower() in _COMMANDS


class Desk:
    """The topic, for those who are staff; whether somebody is, the router asks."""

    def __init__(self, wording: Wording, as_stranger: Callable[[Turn], Decided]) -> None:
        """`as_stranger` answers who is staff no longer."""
        self._wording = wording
        self._as_stranger = as_stranger

    def redeem(self, turn: Turn, otherwise: Callable[[], Decided]) -> Decided | None:
        """Let somebody in who sends an invitation's code; `otherwise` for one that is no good. None for other texts."""
        code = invitations.read(turn.message.text) if turn.message.kind is Kind.TEXT else None
        if code is None:
            return None
        code_sha256, channel, now = invitations.code_hash(code), turn.message.channel, turn.message.at

        def then(member: Member | None) -> Decided:
            return otherwise() if member is None else self._welcome(member, turn)

        return Errand(lambda tx: staff.redeem(tx, code_sha256, turn.person.id, channel, now), then)

    def start(self, turn: Turn) -> Decided:
        """Show the desk."""
        staff_id = turn.person.staff_id or 0
        return Errand(lambda tx: staff.of_id(tx, staff_id), lambda member: self._shown(member, turn))

    def press(self, choice_id: str, turn: Turn) -> Decided | None:
        """Take a pressed button of the desk; None for one that is not this person's."""
        if choice_id == LIST and turn.person.role == "admin":
            return Errand(staff.every, lambda found: self._listed(found, turn))
        known = {DESK: self.start, DUTY: self._change_duty}
        return known[choice_id](turn) if choice_id in known else None

    def _welcome(self, member: Member, turn: Turn) -> Outcome:
        key = "welcome" if turn.person.staff_id is None else "role_given"
        text = self._say(key, turn, name=_plain(member.name), role=self._role(member, turn))
        person = replace(turn.person, staff_id=member.id, role=member.role)
        return Outcome(person, turn.conversation, (Reply(text, self._choices(member, turn)),))

    def _shown(self, member: Member | None, turn: Turn) -> Decided:
        if member is None:  # removed at this moment
            return self._as_stranger(turn)
        duty = self._say("duty_on" if member.on_duty else "duty_off", turn)
        text = self._say("desk", turn, name=_plain(member.name), role=self._role(member, turn), duty=duty)
        return self._said(turn, Reply(text, self._choices(member, turn)))

    def _change_duty(self, turn: Turn) -> Errand:
        """Put an officer on duty who was off, and off who was on."""
        staff_id, now = turn.person.staff_id or 0, turn.message.at

        async def change(tx: Transaction) -> Member | None:
            if not await staff.set_duty(tx, staff_id, now, on_duty=True):
                await staff.set_duty(tx, staff_id, now, on_duty=False)
            return await staff.of_id(tx, staff_id)

        return Errand(change, lambda member: self._shown(member, turn))

    def _listed(self, found: Sequence[Member], turn: Turn) -> Outcome:
        lines = "\n".join(self._line(member, turn) for member in found)
        text = self._say("list", turn, count=len(found), lines=lines)
        return self._said(turn, Reply(text, (Choice(DESK, self._say("button_desk", turn)),)))

    def _line(self, member: Member, turn: Turn) -> str:
        named = {"name": _plain(member.name), "role": self._role(member, turn)}
        if member.person_id is not None:
            return self._say(
                "list_working", turn, **named, duty=self._say("list_on" if member.on_duty else "list_off", turn)
            )
        if member.code_expires_at is not None and member.code_expires_at > turn.message.at:
            moment = dates.moment(member.code_expires_at, turn.language, self._wording)
            return self._say("list_invited", turn, **named, moment=moment)
        return self._say("list_gone", turn, **named)

    def _choices(self, member: Member, turn: Turn) -> tuple[Choice, ...]:
        buttons = {
            "news:new": "new",
            "news:list": "news",
            "talk:list": "talks",
            "teach:list": "teach",
            reminders.LIST: "reminders",
            DUTY: "go_off" if member.on_duty else "go_on",
            **({LIST: "list"} if member.role == "admin" else {}),
        }
        return tuple(Choice(choice_id, self._say(f"button_{key}", turn)) for choice_id, key in buttons.items())

    def _role(self, member: Member, turn: Turn) -> str:
        return self._say(f"role_{member.role}", turn)

    def _say(self, key: str, turn: Turn, **values: str | int) -> str:
        return self._wording.say(f"staff.{key}", turn.language, **values)

    @staticmethod
    def _said(turn: Turn, reply: Reply) -> Outcome:
        return Outcome(turn.person, turn.conversation, (reply,))


def _plain(name: str) -> str:
    """Return a name without the stars that would make bold."""
    return name.replace("*", "")
