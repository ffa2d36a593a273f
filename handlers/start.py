"""Welcome, menu, help, language, privacy and cancel: what is always at hand."""

from __future__ import annotations

from dataclasses import replace

from handlers import exchanges
from handlers.messages import Choice, Reply
from handlers.turn import Outcome, Turn
from handlers.wording import LANGUAGES, Language, Wording
from storage import retention

# The names people type after "/", by what they do. The first of a language is the one Telegram lists.
COMMANDS: dict[str, dict[Language, str]] = {
    "start": {"id": "start", "en": "start"},
    "menu": {"id": "menu", "en": "menu"},
    "eligibility": {"id": "cek", "en": "check"},
    "status": {"id": "status", "en": "status"},
    "help": {"id": "bantuan", "en": "help"},
    "language": {"id": "bahasa", "en": "language"},
    "privacy": {"id": "privasi", "en": "privacy"},
    "data": {"id": "data", "en": "data"},
    "subscribe": {"id": "kabari", "en": "notify"},
    "unsubscribe": {"id": "berhenti", "en": "stop"},
    "join": {"id": "hubungkan", "en": "connect"},
    "part": {"id": "pisahkan", "en": "separate"},
    "human": {"id": "petugas", "en": "officer"},
    "cancel": {"id": "batal", "en": "cancel"},
}
_BY_NAME = {name: command for command, names in COMMANDS.items() for name in names.values()} | {"mulai": "start"}

LANGUAGE = "language:"  # what the choice of a language begins with

# Questions most people come with; the menu shows their articles' own button titles.
MENU_ARTICLES = ("what_is_upakarti", "categories_overview", "schedule_overview", "registration_close_date")
_MENU_TOPICS = ("eligibility", "status", "help", "language", "privacy")


def command_in(text: str) -> str | None:
    """Return the command that a text like "/bahasa" names, or None. What follows the name is ignored."""
    if not text.startswith("/"):
        return None
    name = text[1:].split(maxsplit=1)[0:1]
    return _BY_NAME.get(name[0].split("@")[0].lower()) if name else None


def command_list(wording: Wording) -> dict[str, list[tuple[str, str]]]:
    """Return (name, description) of every command by language, for platforms that list them."""
    return {
        language: [
            (names[language], wording.say(f"commands.{command}", language)) for command, names in COMMANDS.items()
        ]
        for language in LANGUAGES
    }


class Start:
    """Answers the commands above, but for those that are topics of their own."""

    def __init__(self, wording: Wording, contact: str) -> None:
        self._wording = wording
        self._contact = contact

    def answer(self, command: str, turn: Turn, menu: tuple[Choice, ...]) -> Outcome:
        """Answer a command of `COMMANDS`; `menu` are the choices to go on with."""
        say = self._wording.say
        match command:
            case "start":
                notice = say("start.notice", turn.language)
                shown = replace(turn.person, notice_shown_at=turn.message.at)
                welcome = Reply(say("start.welcome", turn.language, notice=notice), menu)
                return Outcome(shown, turn.conversation, (welcome,))
            case "language":
                reply = Reply(say("start.language", turn.language), self._languages())
            case "privacy":
                reply = Reply(self.privacy(turn.language), menu)
            case "help":
                reply = Reply(say("start.help", turn.language, contact=self._contact), menu)
            case "cancel":
                reply = Reply(say("start.cancelled", turn.language), menu)
            case _:
                reply = Reply(say("start.menu", turn.language), menu)
        return Outcome(turn.person, turn.conversation, (reply,))

    def choose(self, language: Language, turn: Turn, menu: tuple[Choice, ...]) -> Outcome:
        """Settle the language for good: from now on it is not guessed any more."""
        person = replace(turn.person, language=language, language_chosen=True)
        reply = Reply(self._wording.say("start.language_set", language), menu)
        return Outcome(person, turn.conversation, (reply,))

    def with_notice(self, outcome: Outcome, turn: Turn) -> Outcome:
        """Add the notice to the first answer of somebody who began without a greeting."""
        if outcome.person.notice_shown_at is not None or outcome.forget or not outcome.replies:
            return outcome
        language = turn.language
        notice = self._wording.say("start.first_answer", language, notice=self._wording.say("start.notice", language))
        *earlier, last = outcome.replies
        noticed = replace(last, text=f"{last.text}\n\n{notice}")
        person = replace(outcome.person, notice_shown_at=turn.message.at)
        return replace(outcome, person=person, replies=(*earlier, noticed))

    def menu(self, language: Language, articles: tuple[Choice, ...]) -> tuple[Choice, ...]:
        """Return the menu's choices: the articles given, then what is always there."""
        topics = (Choice(topic, self._wording.say(f"menu.{topic}", language)) for topic in _MENU_TOPICS)
        return (*articles, *topics)

    def privacy(self, language: Language) -> str:
        """Return the privacy notice, with the periods that are really enforced."""
        return self._wording.say(
            "start.privacy",
            language,
            kept=exchanges.KEPT,
            talk_days=retention.HANDOVERS.days,
            conversation_days=retention.CONVERSATION.days,
            message_days=retention.OUTBOX.days,
            receipt_days=retention.INBOUND.days,
            person_years=retention.PERSON.days // 365,
            contact=self._contact,
        )

    def _languages(self) -> tuple[Choice, ...]:
        return tuple(
            Choice(f"{LANGUAGE}{language}", self._wording.say(f"menu.language_{language}", language))
            for language in LANGUAGES
        )
