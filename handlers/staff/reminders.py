"""Lets officers see the reminders of deadlines to come, switch them off, and change their words. Pure: no I/O.

What an officer writes here goes to everybody who asked to be reminded, so it needs a second officer as any announcement
does.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace

from faq.edition import Edition
from handlers import dates, deadlines
from handlers.deadlines import Reminder
from handlers.messages import Choice, Kind, Reply
from handlers.reminding import standing
from handlers.turn import Decided, Errand, Outcome, Turn
from handlers.wording import LANGUAGES, Wording
from storage.audit import Act
from storage.broadcasts import reminders
from storage.broadcasts.reminders import Setting
from storage.database import Transaction
from storage.office import staff

LIST = "staff:reminders"
MOST = 1_000  # characters of a reminder: what is longer is an announcement

_ONE = "staff:reminder"  # then "-" and a verb, and after a colon the key
_KEEP = f"{_ONE}-keep:"  # below the question for words: then the language, a colon and the key

_Change = Callable[[Setting, Reminder], Setting]
_CHANGES: Mapping[str, _Change] = {
    "-off": lambda setting, _: replace(setting, enabled=False),
    "-on": lambda setting, _: replace(setting, enabled=True),
    "-standard": lambda setting, _: Setting(setting.enabled),
}


class Reminders:
    """The topic, for those who are staff; whether somebody is, the desk asks."""

    def __init__(self, wording: Wording, editions: Sequence[Edition], site: str) -> None:
        self._wording = wording
        self._known = {each.key: each for each in deadlines.reminders(editions)}
        self._site = site

    def take(self, turn: Turn) -> Decided | None:
        """Take the words that an officer was asked for; None for what is none."""
        asked = next((each.id for each in turn.conversation.offered if each.id.startswith(_KEEP)), None)
        text = turn.message.text
        is_words = turn.message.kind is Kind.TEXT and text and not text.startswith("/") and not _names_button(turn)
        if asked is None or not is_words or turn.person.role is None:
            return None
        language, _, key = asked.removeprefix(_KEEP).partition(":")
        if len(text) > MOST:
            too_long = self._say("too_long", turn, count=len(text), most=MOST)
            return self._said(turn, Reply(too_long, self._buttons(turn, key, f"keep:{language}")))

        def reworded(setting: Setting, reminder: Reminder) -> Setting:
            texts = {**setting.texts, language: text}
            return Setting(setting.enabled, texts, reminder.deadline.day, turn.person.staff_id)

        return self._change(key, "words", reworded, turn)

    def press(self, choice_id: str, turn: Turn) -> Decided | None:
        """Take a pressed button of the topic; None for one that is no longer valid."""
        if choice_id == LIST:
            return Errand(reminders.settings, lambda found: self._listed(found, turn))
        verb, _, key = choice_id.removeprefix(_ONE).partition(":")
        if verb in _CHANGES:
            return self._change(key, verb.removeprefix("-"), _CHANGES[verb], turn)
        match verb:
            case "":
                return self._one(key, turn)
            case "-words_id" | "-words_en":
                return self._ask_words(verb[-2:], key, turn)
            case "-keep":
                return self._one(key.partition(":")[2], turn)
        return None

    def _listed(self, settings: Mapping[str, Setting], turn: Turn) -> Outcome:
        coming = [each for each in self._known.values() if each.starts_at > turn.message.at]
        if not coming:
            return self._said(turn, Reply(self._say("none", turn), (self._desk(turn),)))
        lines = "\n".join(
            self._say(
                "line",
                turn,
                reminder=each.key,
                moment=self._moment(each, turn),
                state=self._state(each, settings, turn),
            )
            for each in coming
        )
        choices = [Choice(f"{_ONE}:{each.key}", self._title(each, turn)) for each in coming]
        return self._said(turn, Reply(self._say("list", turn, lines=lines), (*choices, self._desk(turn))))

    def _one(self, key: str, turn: Turn) -> Decided:
        return Errand(reminders.settings, lambda found: self._shown(key, found, turn))

    def _shown(self, key: str, settings: Mapping[str, Setting], turn: Turn) -> Outcome:
        reminder = self._coming(key, turn)
        if reminder is None:
            return self._gone(turn)
        setting, deadline = standing(reminder, settings), reminder.deadline
        texts = {**deadline.texts(self._wording, self._site), **setting.texts}
        text = self._say(
            "shown",
            turn,
            edition=deadline.edition,
            name=self._say(f"name_{deadline.name}", turn),
            day=dates.of(deadline.day, turn.language, self._wording),
            days=reminder.days,
            moment=self._moment(reminder, turn),
            state=self._state(reminder, settings, turn),
            **{f"text_{language}": texts[language] for language in LANGUAGES},
        )
        verbs = ["off" if setting.enabled else "on", "words_id", "words_en", *(["standard"] if setting.texts else [])]
        back = Choice(LIST, self._say("button_list", turn))
        return self._said(turn, Reply(text, (*self._buttons(turn, key, *verbs), back)))

    def _ask_words(self, language: str, key: str, turn: Turn) -> Outcome:
        if self._coming(key, turn) is None:
            return self._gone(turn)
        text = self._say("ask_words", turn, spoken=self._say(f"language_{language}", turn), most=MOST)
        return self._said(turn, Reply(text, self._buttons(turn, key, f"keep:{language}")))

    def _change(self, key: str, verb: str, change: _Change, turn: Turn) -> Decided:
        """Keep what is changed of a reminder, and show it as it then is."""
        reminder, staff_id = self._coming(key, turn), turn.person.staff_id
        if reminder is None or staff_id is None:
            return self._gone(turn)
        act = Act(staff.actor(staff_id), f"reminder_{verb}", f"reminder:{key}", {}, turn.message.at)

        async def do(tx: Transaction) -> Mapping[str, Setting]:
            before = standing(reminder, await reminders.settings(tx))
            await reminders.change(tx, key, change(before, reminder), act)
            return await reminders.settings(tx)

        return Errand(do, lambda settings: self._shown(key, settings, turn))

    def _coming(self, key: str, turn: Turn) -> Reminder | None:
        """Return a reminder that is not sent yet."""
        found = self._known.get(key)
        return None if found is None or found.starts_at <= turn.message.at else found

    def _state(self, reminder: Reminder, settings: Mapping[str, Setting], turn: Turn) -> str:
        setting = standing(reminder, settings)
        state = "off" if not setting.enabled else "own" if setting.texts else "standard"
        return self._say(f"state_{state}", turn)

    def _moment(self, reminder: Reminder, turn: Turn) -> str:
        return dates.moment(reminder.starts_at, turn.language, self._wording)

    def _title(self, reminder: Reminder, turn: Turn) -> str:
        return self._say("button_one", turn, edition=reminder.deadline.edition, days=reminder.days)

    def _gone(self, turn: Turn) -> Outcome:
        back = Choice(LIST, self._say("button_list", turn))
        return self._said(turn, Reply(self._say("gone", turn), (back,)))

    def _desk(self, turn: Turn) -> Choice:
        return Choice("staff:desk", self._wording.say("staff.button_desk", turn.language))

    def _buttons(self, turn: Turn, key: str, *verbs: str) -> tuple[Choice, ...]:
        return tuple(
            Choice(f"{_ONE}-{verb}:{key}", self._say(f"button_{verb.partition(':')[0]}", turn)) for verb in verbs
        )

    def _say(self, key: str, turn: Turn, **values: str | int) -> str:
        return self._wording.say(f"reminders.{key}", turn.language, **values)

    @staticmethod
    def _said(turn: Turn, reply: Reply) -> Outcome:
        return Outcome(turn.person, turn.conversation, (reply,))


def _names_button(turn: Turn) -> bool:
    """Tell whether a text names a button shown last, by its title or its number."""
    wanted = turn.message.text.strip(" .)(").casefold()
    return any(wanted in (str(n), each.title.casefold()) for n, each in enumerate(turn.conversation.offered, start=1))
