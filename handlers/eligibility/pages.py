"""What the check shows: the open question, the early end, the summary, the list to change, and the result."""

from __future__ import annotations

from collections.abc import Callable

from handlers.eligibility.criteria import BY_ID
from handlers.eligibility.criterion import UNSURE
from handlers.eligibility.limits import Limits
from handlers.eligibility.sentences import Sentences
from handlers.eligibility.state import EDIT, RESULT, STOPPED, SUMMARY, Check
from handlers.eligibility.verdict import assess
from handlers.messages import Choice, Reply
from handlers.wording import Language

PREFIX = "eligibility:"
"""What the id of every button of the check begins with; then comes what it does, and to what."""

LOSING = frozenset((f"{PREFIX}delete", f"{PREFIX}restart"))
"""The buttons after which answers are gone."""


class Pages:
    """Draws the pages of the check; the same check always looks the same."""

    def __init__(self, sentences: Sentences, limits: Limits) -> None:
        self._sentences = sentences
        self._say = sentences.say
        self._limits = limits

    def shown(self, check: Check, language: Language, lead: str = "") -> Reply:
        """Return what is open, as it is shown."""
        text = "\n\n".join(filter(None, [lead, self._text(check, language)]))
        return Reply(text, self.choices(check, language))

    def _text(self, check: Check, language: Language) -> str:
        views: dict[str, Callable[[], str]] = {
            STOPPED: lambda: self._sentences.stopped(assess(check.answers, self._limits), check.answers, language),
            SUMMARY: lambda: self._say("summary", language, answers=self._sentences.listed(check.answers, language)),
            EDIT: lambda: self._say("edit_which", language),
            RESULT: lambda: self._sentences.result(assess(check.answers, self._limits), check.answers, language),
        }
        if check.open in views:
            return views[check.open]()
        parts = [
            f"*{self._sentences.progress(check.open, check.answers, language)}*",
            self._sentences.question(check.open, language),
        ]
        if check.open in check.answers:
            known = self._sentences.answer(check.open, check.answers[check.open], language)
            parts.append(self._say("your_answer", language, answer=known))
        return "\n".join(parts)

    def choices(self, check: Check, language: Language) -> tuple[Choice, ...]:
        """Return the buttons of what is open."""
        back = (Choice(f"{PREFIX}back:{check.open}", self._say("button_back", language)),) if check.has_earlier else ()
        match check.open:
            case "stopped":
                return (*self.buttons(language, "goon", "summary"), *back)
            case "summary":
                return (*self.buttons(language, "confirm", "edit", "delete"), *back)
            case "edit":
                labels = ((each, self._sentences.label(each, language)) for each in BY_ID if each in check.answers)
                return (*(Choice(f"{PREFIX}edit:{each}", label) for each, label in labels), *back)
            case "result":
                offered = self._also_as(check, language)
                return (
                    *self.buttons(language, "pdf:id", "pdf:en"),
                    *offered,
                    *self.buttons(language, "edit", "restart", "delete"),
                )
        question = check.open
        options = (*BY_ID[question].options, UNSURE)
        titles = ((value, self._sentences.option(question, value, language)) for value in options)
        keep = (
            (Choice(f"{PREFIX}{question}:keep", self._say("button_keep", language)),)
            if question in check.answers
            else ()
        )
        why = Choice(f"{PREFIX}why:{question}", self._say("button_why", language))
        return (*(Choice(f"{PREFIX}{question}:{value}", title) for value, title in titles), *keep, why, *back)

    def _also_as(self, check: Check, language: Language) -> tuple[Choice, ...]:
        """Return the button that runs the check for somebody else whom a hint names."""
        hints = assess(check.answers, self._limits).hints
        if "hint_owner_of_company" in hints:
            return self.buttons(language, "as:individual")
        if {"hint_company_of_person", "hint_company_of_foundation"} & set(hints):
            return self.buttons(language, "as:company")
        return ()

    def buttons(self, language: Language, *verbs: str) -> tuple[Choice, ...]:
        """Return the buttons that do these, in this order."""
        return tuple(
            Choice(f"{PREFIX}{verb}", self._say(f"button_{verb.replace(':', '_')}", language)) for verb in verbs
        )
