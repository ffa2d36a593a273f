"""The conversation of the check: what a message does to it. Pure: no I/O, no clock."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from typing import NamedTuple

from faq import view
from faq.library import Library
from faq.match import Decision
from handlers.conversation import Conversation
from handlers.eligibility import document, limits, path, steering
from handlers.eligibility.criteria import BY_ID
from handlers.eligibility.criteria.scale import NUMBERS
from handlers.eligibility.criterion import BOTH, UNSURE, Answer, Numbers, Reading
from handlers.eligibility.pages import LOSING, PREFIX, Pages
from handlers.eligibility.reading import words
from handlers.eligibility.sentences import Sentences
from handlers.eligibility.state import EDIT, RESULT, STOPPED, SUMMARY, Check
from handlers.eligibility.verdict import Verdict, assess
from handlers.messages import Choice, Kind, Reply
from handlers.turn import Outcome, Turn
from handlers.wording import LANGUAGES, Language, Wording
from storage import retention
from storage.checks import Finished

_SURE = 0.9  # below it "banyak" may be the end of a thank-you, and is more likely an answer we could not read


class _Beside(NamedTuple):
    """What one text holds: the answer to the open question, and a question of its own."""

    answer: Answer
    question: str


class EligibilityCheck:
    """The topic. A button carries what it answers ("eligibility:years:unsure"), so that an old one is known as such."""

    def __init__(self, library: Library, wording: Wording, contact: str) -> None:
        self._library = library
        self._limits = limits.newest(library.editions, library.content.editions)
        self._sentences = Sentences(library, wording, self._limits, contact)
        self._say = self._sentences.say
        self._pages = Pages(self._sentences, self._limits)

    @staticmethod
    def without_expired(conversation: Conversation, now: datetime) -> Conversation:
        """Return the conversation without a check whose time is over, should its row still be there."""
        check = conversation.check
        if check is None or now - check.at <= retention.CONVERSATION:
            return conversation
        return replace(conversation, check=None)

    def take(self, turn: Turn) -> Outcome | None:
        """Take a typed message, or leave it: None for what is not meant for the check."""
        text = turn.message.text
        if turn.message.kind is not Kind.TEXT or not text or text.startswith("/"):
            return None
        verb = steering.verb(text)
        if verb == "delete":
            return self._delete(turn)
        if _named_by_number(turn) in LOSING:
            return self._asked_plainly(turn)
        check = turn.conversation.check
        return None if check is None or check.paused else self._heard(verb, check, turn)

    def _heard(self, verb: str | None, check: Check, turn: Turn) -> Outcome | None:
        """Take a text while the check listens: it steers, answers a question, or answers a page."""
        if verb is not None:
            return self._steer(verb, check, turn)
        if check.open in BY_ID:
            return self._typed(check, turn)
        return self._agreed(check, turn)

    def press(self, choice_id: str, turn: Turn) -> Outcome | None:
        """Take a pressed button of the check; None for one that is no longer valid."""
        verb, _, detail = choice_id.removeprefix(PREFIX).partition(":")
        check = turn.conversation.check
        if verb == "delete":
            return self._delete(turn)
        if verb == "restart":
            return self._begin(turn)
        if verb == "as" and BY_ID["applicant_type"].accepts(detail):
            return self._answer("applicant_type", detail, self._fresh(turn), turn)
        if check is None:
            return None
        if verb in BY_ID:
            return self._pressed(verb, detail, check, turn)
        return self._moved(verb, detail, check, turn)

    def start(self, turn: Turn) -> Outcome:
        """Begin, or offer to go on where the person stopped."""
        check = turn.conversation.check
        if check is None or not check.answers:
            return self._begin(turn)
        key = "done_before" if check.open == RESULT else "begun_before"
        text = self._say(key, turn.language, count=len(check.answers))
        choices = self._pages.buttons(turn.language, "resume", "restart", "delete")
        return self._outcome(turn, replace(check, paused=True), Reply(text, choices))

    def cancel(self, turn: Turn, menu: tuple[Choice, ...]) -> Outcome | None:
        """Stop asking and keep the answers; None when nothing is asked."""
        check = turn.conversation.check
        if check is None or not check.listens:
            return None
        text = self._say("cancelled", turn.language, days=retention.CONVERSATION.days)
        choices = (*self._pages.buttons(turn.language, "resume", "delete"), *menu)
        return self._outcome(turn, replace(check, paused=True), Reply(text, choices))

    def told(self, check: Check, language: Language) -> list[tuple[str, str]]:
        """Return the answers as people read them: (question in a few words, answer)."""
        return self._sentences.answers(check.answers, language)

    def put_aside(self, outcome: Outcome) -> Outcome:
        """Let an open check wait while the person looks at something else."""
        check = outcome.conversation.check
        if check is None or not check.listens:
            return outcome
        language = _language(outcome)
        *earlier, last = outcome.replies
        told = replace(last, text=f"{last.text}\n\n{self._say('put_aside', language)}")
        conversation = replace(outcome.conversation, check=replace(check, paused=True))
        return replace(outcome, conversation=conversation, replies=(*earlier, told))

    def without_answer(self, turn: Turn) -> Turn:
        """Return the turn with the text's own question alone, where the text answers the open one beside it."""
        check = turn.conversation.check
        beside = self._beside(check, turn) if check is not None and check.listens else None
        return turn if beside is None else replace(turn, message=replace(turn.message, text=beside.question))

    def return_to(self, outcome: Outcome, turn: Turn) -> Outcome:
        """Let the open question come back after a turn that did nothing to the check, or answered it beside."""
        check = outcome.conversation.check
        if check is None or check is not turn.conversation.check or not check.listens:
            return outcome
        language = _language(outcome)
        beside = self._beside(check, turn)
        if beside is not None:
            return self._answered_too(beside.answer, check, turn, outcome)
        again = self._pages.shown(check, language, self._say("back_to_check", language))
        return replace(outcome, replies=(*outcome.replies, again))

    def _steer(self, verb: str, check: Check, turn: Turn) -> Outcome | None:
        match verb:
            case "cancel":
                return self.cancel(turn, ())
            case "restart":
                return self._begin(turn)
            case "why" | "back" if check.open == RESULT:
                return None
            case _:
                return self._moved(verb, check.open, check, turn)

    def _moved(self, verb: str, detail: str, check: Check, turn: Turn) -> Outcome:
        """Do what a button does that answers no question; one whose moment is over shows what is open."""
        match verb:
            case "goon" if check.open == STOPPED:
                return self._next(replace(check, went_on=True), turn)
            case "confirm" if check.open == SUMMARY:
                return self._confirm(check, turn)
            case "pdf" if detail in LANGUAGES and check.open == RESULT:
                return self._outcome(turn, check, self._file(check, "en" if detail == "en" else "id", turn))
            case "why" if detail in BY_ID:
                lead = self._sentences.why(detail, turn.language)
            case "back" if not check.has_earlier:
                lead = self._say("first", turn.language)
            case _:
                lead = ""
        return self._show(_turned(verb, detail, check), turn, lead)

    def _agreed(self, check: Check, turn: Turn) -> Outcome | None:
        """Take what a view was answered with: "ya" or "tidak", "lanjut", "pdf"; a question is no answer to it."""
        verbs = {
            (SUMMARY, "yes"): "confirm",
            (SUMMARY, "no"): "edit",
            (STOPPED, "yes"): "goon",
            (STOPPED, "no"): "summary",
            (EDIT, "yes"): "edit",
        }
        text = turn.message.text
        if check.open == STOPPED and steering.goes_on(text):
            return self._moved("goon", "", check, turn)
        if check.open == RESULT and steering.wants_file(text):
            return self._moved("pdf", turn.language, check, turn)
        said = steering.review(text) if check.open == SUMMARY else None
        if said is None and not steering.may_ask(text):
            said = words.yes_no(text)
        if (check.open, said) == (EDIT, "no"):
            return self._next(check, turn)
        verb = verbs.get((check.open, said or ""))
        return None if verb is None else self._moved(verb, check.open, check, turn)

    def _pressed(self, question: str, value: str, check: Check, turn: Turn) -> Outcome | None:
        """Take the button of a question: the open one's answers it, another's changes nothing."""
        if value == "keep" and question in check.answers:
            return self._next(check, turn) if question == check.open else self._show(check, turn)
        if not BY_ID[question].accepts(value):
            return None
        if question == check.open:
            told = check.partial if question == "scale" and value == UNSURE else None
            return self._answer(question, told or value, check, turn)
        if check.answers.get(question) == value:
            return self._show(check, turn)  # pressed twice
        known = check.answers.get(question)
        label = self._sentences.label(question, turn.language)
        if known is None:
            return self._show(check, turn, self._say("other_question", turn.language, question=label))
        stays = self._sentences.answer(question, known, turn.language)
        return self._show(check, turn, self._say("earlier_question", turn.language, question=label, answer=stays))

    def _typed(self, check: Check, turn: Turn) -> Outcome | None:
        """Take a text while a question is open: an answer wins, unless the text clearly asks something we know."""
        text, language = turn.message.text, turn.language
        criterion = BY_ID[check.open]
        found = self._library.match(text)
        if self._asks(found.decision, check, turn):
            return None
        offered = self._offered(check, turn)
        verb, _, detail = (offered or "").removeprefix(PREFIX).partition(":")
        if offered is not None and (verb != check.open or not criterion.accepts(detail)):
            return self.press(offered, turn)
        # An option named or numbered is said back like any other answer.
        answer = detail if offered is not None else criterion.read(text, self._reading(turn.message.at))
        if isinstance(answer, Mapping) and len(told := {**check.partial, **answer}) < len(NUMBERS):
            return self._ask_rest(told, check, turn)
        if isinstance(answer, Mapping):
            answer = {name: {**check.partial, **answer}[name] for name in NUMBERS}
        elif answer == UNSURE and check.partial and criterion.id == "scale":
            answer = check.partial
        if answer is not None:
            key = "noted_unclear" if answer == UNSURE and not words.is_unsure(text) else "noted"
            noted = self._say(key, language, answer=self._sentences.answer(criterion.id, answer, language))
            return self._answer(criterion.id, answer, check, turn, noted)
        elsewhere = found.decision in {"answer", "command"} and " " in text.strip()
        # A single word is more often an odd answer ("lama") than a question; the same goes for small talk.
        if elsewhere or (found.decision in {"answer", "command", "smalltalk"} and found.score > _SURE):
            return None
        return self._show(check, turn, self._sentences.again(criterion.id, language))

    def _asks(self, decision: Decision, check: Check, turn: Turn) -> bool:
        """Tell whether a text is for somebody else to answer first, whatever it says to the open question beside."""
        text = turn.message.text
        return (
            steering.asks(text)
            or (steering.may_ask(text) and decision in {"answer", "choices"})
            or (decision in {"answer", "choices"} and self._beside(check, turn) is not None)
        )

    def _beside(self, check: Check, turn: Turn) -> _Beside | None:
        """Return the answer to the open question that a text holds beside a question of its own, and that question."""
        if turn.message.kind is not Kind.TEXT or check.open not in BY_ID:
            return None
        reading = self._reading(turn.message.at)
        said, asked = steering.said_and_asked(turn.message.text)
        read = [BY_ID[check.open].read(clause, reading) for clause in said] if asked else []
        sure = [each for each in read if each is not None and each != UNSURE and not isinstance(each, Mapping)]
        return _Beside(sure[0], asked) if len(sure) == 1 else None

    def _answered_too(self, answer: Answer, check: Check, turn: Turn, outcome: Outcome) -> Outcome:
        """Add to what was answered that the open question is answered too, and what comes next."""
        noted = self._say("noted", turn.language, answer=self._sentences.answer(check.open, answer, turn.language))
        after = self._answer(check.open, answer, check, turn, noted)
        conversation = replace(outcome.conversation, check=after.conversation.check)
        return replace(outcome, conversation=conversation, replies=(*outcome.replies, *after.replies))

    @staticmethod
    def _offered(check: Check, turn: Turn) -> str | None:
        """Return the button that a text names by its title, or by its number where a number is no answer."""
        wanted = turn.message.text.strip(" .)(").casefold()
        by_number = bool(BY_ID[check.open].options) and not check.partial
        for number, choice in enumerate(turn.conversation.offered, start=1):
            if choice.id.startswith(PREFIX) and wanted in (choice.title.casefold(), str(number) if by_number else ""):
                return choice.id
        return None

    def _ask_rest(self, told: Numbers, check: Check, turn: Turn) -> Outcome:
        """Keep the numbers of a company's size told so far, and ask for the others."""
        missing = ", ".join(self._say(f"needs_{name}", turn.language) for name in NUMBERS if name not in told)
        size = self._sentences.size(told, turn.language)
        text = self._say("noted_part", turn.language, answer=size, missing=missing)
        return self._outcome(turn, replace(check, partial=told), Reply(text, self._pages.choices(check, turn.language)))

    def _answer(self, question: str, answer: Answer, check: Check, turn: Turn, noted: str = "") -> Outcome:
        return self._next(replace(check, answers=path.answered(check.answers, question, answer)), turn, noted)

    def _next(self, check: Check, turn: Turn, lead: str = "") -> Outcome:
        """Open what comes after an answer."""
        missing = path.unanswered(check.answers, self._limits)
        if missing is None:
            return self._show(check.showing(SUMMARY), turn, lead)
        if not check.went_on and self._verdict(check).is_out:
            return self._show(check.showing(STOPPED), turn, lead)
        return self._show(check.showing(missing.id), turn, lead)

    def _confirm(self, check: Check, turn: Turn) -> Outcome:
        """Show the result, unless an answer is missing that could change it; count the first one."""
        verdict = self._verdict(check)
        if path.unanswered(check.answers, self._limits) and (check.went_on or not verdict.is_out):
            return self._next(check, turn)
        outcome = self._show(replace(check.showing(RESULT), counted=True), turn)
        rules = {rule.id for category in BOTH for rule in self._sentences.reasons(verdict, category, check.answers)}
        if check.counted:
            return outcome
        meant = tuple(category for category in BOTH if not verdict.outcome(category).is_out)
        return replace(outcome, finished=Finished(frozenset(rules), turn.message.at), interests=meant)

    def _begin(self, turn: Turn) -> Outcome:
        intro = self._say("intro", turn.language, days=retention.CONVERSATION.days)
        return self._show(self._fresh(turn), turn, intro)

    def _fresh(self, turn: Turn) -> Check:
        known = turn.conversation.check
        began = turn.message.at if known is None else known.began  # "delete" then reaches what was said before too
        return Check(began=began, at=turn.message.at, history=("applicant_type",))

    def _asked_plainly(self, turn: Turn) -> Outcome:
        """Ask for more than a number, which is easily meant for something else, before answers are lost."""
        reply = Reply(self._say("press_to_lose", turn.language), turn.conversation.offered)
        return Outcome(turn.person, turn.conversation, (reply,))

    def _delete(self, turn: Turn) -> Outcome:
        check = turn.conversation.check
        if check is None:
            return Outcome(turn.person, turn.conversation, (Reply(self._say("nothing_kept", turn.language)),))
        reply = Reply(self._say("deleted", turn.language))
        return replace(self._outcome(turn, None, reply), erase_since=check.began)

    def _show(self, check: Check, turn: Turn, lead: str = "") -> Outcome:
        check = replace(check, paused=False)
        return self._outcome(turn, check, self._pages.shown(check, turn.language, lead))

    def _outcome(self, turn: Turn, check: Check | None, reply: Reply) -> Outcome:
        touched = None if check is None else replace(check, at=turn.message.at)
        return Outcome(turn.person, replace(turn.conversation, check=touched), (reply,))

    def _file(self, check: Check, language: Language, turn: Turn) -> Reply:
        made = document.make(self._sentences, self._verdict(check), check.answers, language, turn.message.at)
        return Reply(self._say("pdf_here", turn.language), self._pages.choices(check, turn.language), (made,))

    def _verdict(self, check: Check) -> Verdict:
        return assess(check.answers, self._limits)

    def _reading(self, at: datetime) -> Reading:
        return Reading(self._limits, view.jakarta_day(at).year)


def _named_by_number(turn: Turn) -> str | None:
    """Return the button that a text names by its number alone."""
    number = turn.message.text.strip(" .)(")
    numbered = {str(place): choice.id for place, choice in enumerate(turn.conversation.offered, start=1)}
    return numbered.get(number)


def _turned(verb: str, detail: str, check: Check) -> Check:
    """Return the check with another page of it open. A "back" of what is not open was pressed twice."""
    match verb:
        case "back" if detail == check.open:
            return check.back()
        case "edit" if detail in check.answers and check.open == EDIT:
            return check.showing(detail)
        case "edit" if check.answers:
            return check.showing(EDIT)
        case "summary" if check.open == STOPPED:
            return check.showing(SUMMARY)
        case _:
            return check


def _language(outcome: Outcome) -> Language:
    """Return the language the person is answered in after this turn."""
    return "en" if outcome.person.language == "en" else "id"
