"""Shows people what is kept of them, hands it out, deletes it, and takes their consent back. Pure: no I/O, no clock."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from handlers import data_file, data_page, dates
from handlers.conversation import Conversation
from handlers.eligibility.reading import words
from handlers.eligibility.state import Check
from handlers.messages import Choice, Kind, Reply
from handlers.start import command_in
from handlers.turn import Decided, Errand, Outcome, Turn
from handlers.wording import Language, Wording
from storage import consents, own_data, retention, subscriptions
from storage.database import Transaction
from storage.own_data import OwnData
from storage.proposals import links

PREFIX = "data:"
"""What the id of every button of the topic begins with; then comes what it does."""

PATIENCE = timedelta(minutes=10)  # for a confirmation

_POLITE = r"(?:\s+(?:ya|dong|deh|kak|min|saja|aja|please|pls))*"
_ASK = r"(?:(?:tolong|mohon|mau|ingin|saya mau|saya ingin|bisa|boleh|please|can i|i want to|let me)\s+)?"
_MINE = r"(?:semua\s+)?data\s+(?:pribadi\s+)?(?:saya|aku|gue|gw|kami)|(?:semua\s+)?dataku"
_MY = r"(?:a copy of\s+)?(?:all\s+)?(?:of\s+)?my\s+(?:personal\s+)?data"
_SAID = {
    "show": rf"{_ASK}(?:(?:me)?lihat|liat|tampilkan|tunjukkan|cek|show|show me|see|view)\s+(?:{_MINE}|{_MY})"
    r"|(?:what|which)\s+data\s+do\s+you\s+(?:have|keep|store)\s+(?:about|on|of)\s+me"
    r"|data\s+(?:saya\s+)?apa\s+(?:saja|aja)\s+yang\s+(?:di|ter)simpan(?:\s+tentang\s+saya)?",
    "export": rf"{_ASK}(?:(?:meng)?unduh|(?:men)?download|ekspor|export|get|send me)\s+(?:{_MINE}|{_MY})",
    "withdraw": rf"{_ASK}(?:saya\s+)?(?:(?:men)?cabut|(?:men)?tarik)\s+persetujuan(?:\s+saya)?"
    rf"|{_ASK}(?:i\s+)?(?:withdraw|revoke|take back)\s+(?:my\s+)?consent",
}
_VERBS = {verb: re.compile(rf"(?:{said}){_POLITE}") for verb, said in _SAID.items()}
_YES = re.compile(
    r"(?:ya|y|iya|yes|yep|ok|oke|okay|sure|setuju|lanjut(?:kan)?|yakin|hapus(?:\s+semua)?|cabut|delete(?:\s+all)?)"
    rf"{_POLITE}"
)
_NO = re.compile(
    r"(?:tidak|tdk|ga|gak|nggak|enggak|jangan|no|nope|batal(?:kan)?|(?:tidak|ga|gak|nggak)\s+jadi|cancel|stop)"
    rf"(?:\s+(?:dihapus|dicabut|hapus|cabut))?{_POLITE}"
)


@dataclass(frozen=True, slots=True)
class _Confirmation:
    """A button after which something is gone. When it was shown stands in its id, so that nothing more has to be
    remembered than the buttons shown last.
    """

    choice: Choice
    shown_at: datetime

    def is_valid(self, now: datetime) -> bool:
        return now - self.shown_at <= PATIENCE


class MyData:
    """The topic. `told` returns the answers of an eligibility check as people read them."""

    def __init__(
        self, wording: Wording, contact: str, told: Callable[[Check, Language], Sequence[tuple[str, str]]]
    ) -> None:
        self._wording = wording
        self._contact = contact
        self._told = told

    def take(self, turn: Turn) -> Decided | None:
        """Take a typed message that answers a confirmation, or asks for the own data in words; None for any other."""
        text = turn.message.text
        if turn.message.kind is not Kind.TEXT or not text:
            return None
        confirmation = _open(turn.conversation)
        if confirmation is not None:
            answered = self._answered(confirmation, turn)
            if answered is not None:
                return answered
        simple = words.plain(text).strip(" .!?")
        verb = next((known for known, pattern in _VERBS.items() if pattern.fullmatch(simple)), None)
        return None if verb is None else self.press(f"{PREFIX}{verb}", turn)

    def press(self, choice_id: str, turn: Turn) -> Decided:
        """Take a pressed button of the topic; one that is no longer valid changes nothing and is asked anew."""
        verb = choice_id.removeprefix(PREFIX).partition(":")[0]
        shows = {"export": self._export, "delete": self._ask_delete, "withdraw": self._ask_withdraw}
        match verb:
            case _ if verb in shows:
                return self._errand(turn, shows[verb])
            case "erase":
                return self._erase(choice_id, turn)
            case "leave":
                return self._withdraw(choice_id, turn)
            case "keep":
                return self._said(turn, Reply(self._say("kept", turn), self._ways_on(turn)))
            case _:
                return self.start(turn)

    def start(self, turn: Turn) -> Decided:
        """Show what is kept."""
        return self._errand(turn, self._page)

    def ask_delete(self, turn: Turn) -> Decided:
        """Say what goes and what stays, and ask."""
        return self._errand(turn, self._ask_delete)

    def _answered(self, confirmation: _Confirmation, turn: Turn) -> Decided | None:
        """Take what is typed below a confirmation. What loses data takes more than a number or a yes."""
        typed = turn.message.text
        if command_in(typed) == "cancel" or _NO.fullmatch(_bare(typed)):
            return self.press(f"{PREFIX}keep", turn)
        title = confirmation.choice.title
        if _bare(typed) == _bare(title):
            return self.press(confirmation.choice.id, turn)
        place = turn.conversation.offered.index(confirmation.choice) + 1
        if _bare(typed) == str(place) or _YES.fullmatch(_bare(typed)):
            reply = Reply(self._say("press", turn, title=title), turn.conversation.offered)
            return self._said(turn, reply)
        return None

    def _page(self, found: OwnData, turn: Turn, lead: str = "") -> Outcome:
        lines = data_page.lines(found, turn.conversation.check, turn.language, self._wording)
        page = self._say("page", turn, lines="\n".join(lines), contact=self._contact)
        verbs = ("export", "delete", *(("withdraw",) if found.agreed else ()))
        choices = (*self._buttons(turn, *verbs), *self._ways_on(turn)[1:])
        return self._said(turn, Reply("\n\n".join(filter(None, [lead, page])), choices))

    def _export(self, found: OwnData, turn: Turn) -> Outcome:
        check = turn.conversation.check
        told = () if check is None else self._told(check, turn.language)
        file = data_file.make(found, told, turn.language, self._wording, turn.message.at)
        text = self._say("exported", turn, days=retention.OUTBOX.days)
        return self._said(turn, Reply(text, self._ways_on(turn), (file,)))

    def _ask_delete(self, found: OwnData, turn: Turn, lead: str = "") -> Outcome:
        ties = f" {self._say('delete_ties', turn, count=len(found.ties))}" if found.ties else ""
        office = f" {self._say('delete_office', turn)}" if found.office is not None else ""
        question = self._say(
            "delete",
            turn,
            ties=f"{ties}{self._losing_access(found, turn)}{office}",
            hours=_hours(retention.ERASED),
            days=retention.ATTEMPTS.days,
            minutes=_minutes(PATIENCE),
        )
        return self._asked("erase", "\n\n".join(filter(None, [lead, question])), turn)

    def _ask_withdraw(self, found: OwnData, turn: Turn, lead: str = "") -> Outcome:
        if not found.agreed:
            return self._page(found, turn, self._say("nothing_to_withdraw", turn))
        delegates = self._losing_access(found, turn)
        minutes = _minutes(PATIENCE)
        question = self._say("withdraw", turn, count=len(found.ties), delegates=delegates, minutes=minutes)
        return self._asked("leave", "\n\n".join(filter(None, [lead, question])), turn)

    def _losing_access(self, found: OwnData, turn: Turn) -> str:
        """Say how many others lose their access too, with the space before it."""
        return f" {self._say('delete_delegates', turn, count=found.delegates)}" if found.delegates else ""

    def _asked(self, verb: str, question: str, turn: Turn) -> Outcome:
        shown_at = int(turn.message.at.timestamp())
        confirm = Choice(f"{PREFIX}{verb}:{shown_at}", self._say(f"button_{verb}", turn))
        return self._said(turn, Reply(question, (confirm, *self._buttons(turn, "keep"))))

    def _erase(self, choice_id: str, turn: Turn) -> Decided:
        if _may(choice_id, turn):
            text = self._say("erased", turn, hours=_hours(retention.ERASED))
        elif turn.person.notice_shown_at is None:  # pressed twice: they were forgotten, and are not remembered for it
            text = self._say("gone", turn)
        else:
            lead = self._say("not_in_time", turn)
            return self._errand(turn, lambda found, same: self._ask_delete(found, same, lead))
        return Outcome(turn.person, Conversation(), (Reply(text),), forget=True)

    def _withdraw(self, choice_id: str, turn: Turn) -> Decided:
        if not _may(choice_id, turn):
            lead = self._say("not_in_time", turn)
            return self._errand(turn, lambda found, same: self._ask_withdraw(found, same, lead))
        person_id, now = turn.person.id, turn.message.at

        async def withdraw(tx: Transaction) -> int:
            ended = await links.leave_all(tx, person_id)
            await consents.withdraw(tx, person_id, consents.STATUS, now)
            await subscriptions.unsubscribe(tx, person_id, subscriptions.TOPICS, now)
            return ended

        def told(ended: int) -> Outcome:
            moment = dates.moment(now, turn.language, self._wording)
            text = self._say("withdrawn", turn, moment=moment, count=ended)
            return self._said(turn, Reply(text, self._ways_on(turn)))

        return Errand(withdraw, told, nothing=0)

    def _errand(self, turn: Turn, show: Callable[[OwnData, Turn], Outcome]) -> Errand:
        """Return what fetches all that is kept of the person and shows something of it."""
        person_id = turn.person.id
        return Errand(lambda tx: own_data.collect(tx, person_id), lambda found: show(found, turn), nothing=OwnData())

    def _said(self, turn: Turn, reply: Reply) -> Outcome:
        return Outcome(turn.person, turn.conversation, (reply,))

    def _say(self, key: str, turn: Turn, **values: str | int) -> str:
        return self._wording.say(f"own_data.{key}", turn.language, **values)

    def _buttons(self, turn: Turn, *verbs: str) -> tuple[Choice, ...]:
        return tuple(Choice(f"{PREFIX}{verb}", self._say(f"button_{verb}", turn)) for verb in verbs)

    def _ways_on(self, turn: Turn) -> tuple[Choice, ...]:
        """Return the buttons to the page and away from it; to the eligibility check where one was being answered."""
        check = turn.conversation.check
        topics = ("data", *(("eligibility",) if check is not None and check.listens else ()), "menu")
        return tuple(Choice(topic, self._wording.say(f"menu.{topic}", turn.language)) for topic in topics)


def _open(conversation: Conversation) -> _Confirmation | None:
    """Return the confirmation that was shown last, if it was one."""
    for choice in conversation.offered:
        verb, _, shown_at = choice.id.removeprefix(PREFIX).partition(":")
        if choice.id.startswith(PREFIX) and verb in {"erase", "leave"}:
            return _Confirmation(choice, datetime.fromtimestamp(int(shown_at), UTC))
    return None


def _may(choice_id: str, turn: Turn) -> bool:
    """Tell whether a confirming button is the one shown last, and not too long ago."""
    confirmation = _open(turn.conversation)
    return confirmation is not None and confirmation.choice.id == choice_id and confirmation.is_valid(turn.message.at)


def _bare(text: str) -> str:
    """Return a text in small letters and without what only sets off words: "ya hapus semua"."""
    return " ".join(re.sub(r"[^\w\s]", " ", words.plain(text)).split())


def _hours(period: timedelta) -> int:
    return period // timedelta(hours=1)


def _minutes(period: timedelta) -> int:
    return period // timedelta(minutes=1)
