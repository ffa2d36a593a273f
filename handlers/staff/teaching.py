"""Lets officers tie questions that nobody understood to articles, after a trial. Pure: no I/O, no clock."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, replace

from faq import grouping, masking, normalise
from faq.library import Library
from faq.taught_trial import Refusal, TaughtTrial, Verdict
from handlers.messages import Choice, Kind, Reply
from handlers.turn import Decided, Errand, Outcome, Turn
from handlers.wording import Wording
from storage import audit, unanswered
from storage.audit import Act
from storage.database import Transaction
from storage.office import taught
from storage.unanswered import Asked

PREFIX = "teach:"
"""What the id of every button of the topic begins with; then comes what it does, the question's number, the article."""

LIST = f"{PREFIX}list"

_LISTED = 8
_EXAMPLES = 5
_ARTICLES = 4
_DIGITS = 18


@dataclass(frozen=True, slots=True)
class Question:
    """Messages that ask alike, the most frequent first; the number of the first of them names it."""

    asked: Sequence[Asked]

    @property
    def count(self) -> int:
        return sum(each.count for each in self.asked)

    @property
    def texts(self) -> list[str]:
        return [each.text for each in self.asked]

    @property
    def example(self) -> Asked:
        """What would be taught: the most frequent one from which nothing was taken out."""
        return next((each for each in self.asked if masking.MASK not in each.text), self.asked[0])


@dataclass(frozen=True, slots=True)
class _Tried:
    question: Question
    verdict: Verdict
    saved: bool = False
    count: int = 0


class Teaching:
    """The topic, for those who are staff; whether somebody is, the router asks."""

    def __init__(self, wording: Wording, library: Library, trial: TaughtTrial) -> None:
        self._wording = wording
        self._library = library
        self._trial = trial

    def take(self, turn: Turn) -> Outcome | None:
        """Take words that are to find an article; None for any other text."""
        asked_id = turn.conversation.teaching
        text = turn.message.text
        if (
            asked_id is None
            or turn.person.staff_id is None
            or turn.message.kind is not Kind.TEXT
            or text.startswith("/")
        ):
            return None
        articles = self._alike(text)
        key = "found" if articles else "found_none"
        buttons = self._article_buttons(asked_id, articles, turn)
        return self._said(turn, Reply(self._say(key, turn), (*buttons, self._back(asked_id, turn))))

    def press(self, choice_id: str, turn: Turn) -> Decided | None:
        """Take a pressed button of the topic; None for one that is not known."""
        if choice_id == LIST:
            return Errand(lambda tx: _questions(tx, turn), lambda found: self._listed(found, turn), nothing=())
        asked_id = _number(choice_id.removeprefix(PREFIX).split(":"))
        return None if asked_id is None else self._pressed(asked_id, choice_id.removeprefix(PREFIX).split(":"), turn)

    def _pressed(self, asked_id: int, parts: Sequence[str], turn: Turn) -> Decided | None:
        match parts:
            case ["show", _]:
                return self._about(asked_id, turn)
            case ["find", _]:
                finding = replace(turn, conversation=replace(turn.conversation, teaching=asked_id))
                return self._said(finding, Reply(self._say("find", turn), (self._back(asked_id, turn),)))
            case ["drop", _]:
                return self._drop(asked_id, turn)
            case ["try" | "save" as verb, _, article_id]:
                return self._try(asked_id, article_id, turn, save=verb == "save")
        return None

    def _listed(self, found: Sequence[Question], turn: Turn) -> Outcome:
        days = unanswered.PERIOD.days
        desk = Choice("staff:desk", self._wording.say("menu.menu", turn.language))
        if not found:
            return self._said(turn, Reply(self._say("list_none", turn, days=days), (desk,)))
        listed = list(enumerate(found[:_LISTED], start=1))
        lines = "\n".join(
            self._say("line", turn, number=number, count=each.count, example=each.example.text)
            for number, each in listed
        )
        buttons = tuple(
            Choice(f"{PREFIX}show:{each.asked[0].id}", self._say("button_show", turn, number=number))
            for number, each in listed
        )
        return self._said(turn, Reply(self._say("list", turn, days=days, lines=lines), (*buttons, desk)))

    def _shown(self, question: Question, asked_id: int, turn: Turn) -> Outcome:
        examples = "\n".join(self._say("example", turn, text=text) for text in question.texts[:_EXAMPLES])
        example = question.example.text
        text = self._say("group", turn, count=question.count, examples=examples, text=example)
        buttons = self._article_buttons(asked_id, self._alike(example), turn)
        ways = (self._button("find", asked_id, turn), self._button("drop", asked_id, turn), self._all(turn))
        return self._said(turn, Reply(text, (*buttons, *ways)))

    def _try(self, asked_id: int, article_id: str, turn: Turn, *, save: bool) -> Errand:
        staff_id, now = turn.person.staff_id or 0, turn.message.at

        async def try_out(tx: Transaction) -> _Tried | None:
            question = await _question(tx, asked_id, turn)
            if question is None:
                return None
            text = question.example.text
            verdict = await asyncio.to_thread(self._trial.run, self._library, text, article_id)
            if not save or verdict.refusal is not None:
                return _Tried(question, verdict)
            language = self._library.language(text) or question.example.language
            plain = normalise.plain(text)
            taught_id = await taught.add(tx, plain, article_id, language, taught_by=staff_id, now=now)
            count = await unanswered.drop(tx, question.texts)
            details = {"taught": taught_id, "tried": verdict.tried, "questions": count}
            await audit.record(tx, Act(f"staff:{staff_id}", "phrasing_taught", f"article:{article_id}", details, now))
            return _Tried(question, verdict, saved=True, count=count)

        return Errand(try_out, lambda tried: self._judged(tried, asked_id, article_id, turn))

    def _judged(self, tried: _Tried | None, asked_id: int, article_id: str, turn: Turn) -> Outcome:
        if tried is None:
            return self._gone(turn)
        verdict, text = tried.verdict, tried.question.example.text
        if verdict.refusal is not None:
            broken = ", ".join(f'"{each}"' for each in verdict.broken)
            values = {"broken": broken} if verdict.refusal is Refusal.BREAKS else {}
            ways = (self._back(asked_id, turn), self._button("drop", asked_id, turn))
            return self._said(turn, Reply(self._say(verdict.refusal, turn, **values), ways))
        title = self._library.title(article_id, turn.language)
        if tried.saved:
            saved = self._say("saved", turn, title=title, count=tried.count)
            return self._said(turn, Reply(saved, (self._all(turn),)))
        fine = self._say("fine", turn, text=text, title=title, tried=verdict.tried)
        save = Choice(f"{PREFIX}save:{asked_id}:{article_id}", self._say("button_save", turn))
        return self._said(turn, Reply(fine, (save, self._back(asked_id, turn))))

    def _drop(self, asked_id: int, turn: Turn) -> Errand:
        staff_id, now = turn.person.staff_id or 0, turn.message.at

        async def drop(tx: Transaction) -> int | None:
            question = await _question(tx, asked_id, turn)
            if question is None:
                return None
            count = await unanswered.drop(tx, question.texts)
            details = {"questions": count}
            await audit.record(tx, Act(f"staff:{staff_id}", "questions_ignored", "unanswered", details, now))
            return count

        def then(count: int | None) -> Outcome:
            if count is None:
                return self._gone(turn)
            return self._said(turn, Reply(self._say("ignored", turn, count=count), (self._all(turn),)))

        return Errand(drop, then)

    def _about(self, asked_id: int, turn: Turn) -> Errand:
        def then(question: Question | None) -> Outcome:
            return self._gone(turn) if question is None else self._shown(question, asked_id, turn)

        return Errand(lambda tx: _question(tx, asked_id, turn), then)

    def _gone(self, turn: Turn) -> Outcome:
        return self._said(turn, Reply(self._say("gone", turn), (self._all(turn),)))

    def _alike(self, text: str) -> tuple[str, ...]:
        """Return the articles that are likeliest meant."""
        found = self._library.match(text)
        ids = (*found.ids, *(each.id for each in found.candidates))
        return tuple(dict.fromkeys(each for each in ids if each in self._library.articles))[:_ARTICLES]

    def _article_buttons(self, asked_id: int, articles: Sequence[str], turn: Turn) -> tuple[Choice, ...]:
        return tuple(
            Choice(f"{PREFIX}try:{asked_id}:{each}", self._library.button(each, turn.language)) for each in articles
        )

    def _button(self, verb: str, asked_id: int, turn: Turn) -> Choice:
        return Choice(f"{PREFIX}{verb}:{asked_id}", self._say(f"button_{verb}", turn))

    def _back(self, asked_id: int, turn: Turn) -> Choice:
        return Choice(f"{PREFIX}show:{asked_id}", self._say("button_group", turn))

    def _all(self, turn: Turn) -> Choice:
        return Choice(LIST, self._say("button_list", turn))

    def _say(self, key: str, turn: Turn, **values: str | int) -> str:
        return self._wording.say(f"teaching.{key}", turn.language, **values)

    @staticmethod
    def _said(turn: Turn, reply: Reply) -> Outcome:
        return Outcome(turn.person, turn.conversation, (reply,))


def _number(parts: Sequence[str]) -> int | None:
    number = parts[1] if len(parts) > 1 else ""
    return int(number) if number.isascii() and number.isdigit() and len(number) <= _DIGITS else None


async def _questions(tx: Transaction, turn: Turn) -> Sequence[Question]:
    """Return what was not understood lately, alike messages together, the most frequent first."""
    found = await unanswered.frequent(tx, turn.message.at)
    by_text = {each.text: each for each in found}
    groups = await asyncio.to_thread(grouping.group, list(by_text))
    questions = [Question([by_text[text] for text in each.messages]) for each in groups]
    return sorted(questions, key=lambda question: -question.count)


async def _question(tx: Transaction, asked_id: int, turn: Turn) -> Question | None:
    questions = await _questions(tx, turn)
    return next((each for each in questions if asked_id in {asked.id for asked in each.asked}), None)
