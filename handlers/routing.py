"""Decides who takes a turn: a pressed button, a command, or a question. Pure: no I/O, no clock."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace

from faq.library import Library
from faq.loading import COMMANDS as SPOKEN_COMMANDS
from faq.match import Match
from faq.taught_trial import TaughtTrial
from handlers import (
    calendar,
    exchanges,
    handover,
    handover_pages,
    joining,
    languages,
    offered,
    office_hours,
    own_data,
    questions,
    rating,
    reading_all,
    start,
    subscriptions,
)
from handlers.calendar import Calendars
from handlers.conversation import Conversation
from handlers.eligibility import pages
from handlers.eligibility.flow import EligibilityCheck
from handlers.handover import Handover
from handlers.handover_pages import ForOfficer, ForPerson
from handlers.joining import Joining
from handlers.messages import SHARE_PHONE, Choice, Inbound, Kind, Reply
from handlers.office_hours import OfficeHours
from handlers.own_data import MyData
from handlers.questions import Questions
from handlers.rating import Rating
from handlers.reading_all import ReadingAll
from handlers.staff import desk, speaking, teaching
from handlers.staff.desk import Desk
from handlers.staff.news import News
from handlers.staff.outlets import Outlets
from handlers.staff.reminders import Reminders
from handlers.staff.talks import Talks
from handlers.staff.teaching import Teaching
from handlers.start import COMMANDS, MENU_ARTICLES, Start, command_in
from handlers.status import pages as status_pages
from handlers.status import reading
from handlers.status.flow import Status
from handlers.subscriptions import Subscribing
from handlers.turn import Decided, Outcome, Turn, after
from handlers.wording import Language, Wording
from storage.contacts import Person
from storage.unanswered import Unanswered

# Commands said in words, by what answers them.
_SPOKEN = {
    "cmd_menu": "menu",
    "cmd_language": "language",
    "cmd_cancel": "cancel",
    "cmd_eligibility": "eligibility",
    "cmd_status": "status",
    "cmd_subscribe": "subscribe",
    "cmd_unsubscribe": "unsubscribe",
    "cmd_human": "human",
}
# "Kabari lagi" is so like "jangan kabari lagi" that nobody is unsubscribed without one of these.
_STOPPING = re.compile(
    r"\b(berhenti\w*|hentikan|stop|jangan|jgn|tidak|tdk|gak?|nggak|enggak|tak|ndak|ora|ojo|ulah|matikan|nonaktifkan|off"
    r"|hapus|cabut|batal\w*|keluar\w*|cukup|unsubscribe|no|not|don'?t|quit|end|leave|mute)\b",
    re.IGNORECASE,
)
_UNREADABLE = "••••"


class Router:
    """The assistant's mind: one message and where the conversation stands in, replies and the new stand out."""

    def __init__(
        self,
        library: Library,
        wording: Wording,
        contact: str,
        outlets: Outlets | None = None,
        hours: OfficeHours = office_hours.parse(office_hours.DEFAULT),  # noqa: B008 - it never changes
    ) -> None:
        """`outlets` are the channels that announcements leave by."""
        self._wording = wording
        self._contact = contact
        for_person, for_officer = ForPerson(wording, contact, hours), ForOfficer(wording)
        self._handover = Handover(for_person, for_officer, self._no_officer)
        self._talks = Talks(for_person, for_officer)
        self._start = Start(wording, contact)
        self._rating = Rating(wording, contact)
        self._status = Status(wording, contact)
        self._subscribing = Subscribing(wording)
        self._desk = Desk(wording, self._as_stranger)
        self._joining = Joining(wording)
        self._news = News(wording, outlets or Outlets())
        self._beside: dict[str, Callable[[str, Turn], Decided | None]] = {
            desk.PREFIX: self._at_desk,
            joining.PREFIX: self._joining.press,
            subscriptions.PREFIX: self._subscribing.press,
            handover_pages.PREFIX: self._pressed_talk,
            teaching.PREFIX: self._pressed_teaching,
            speaking.PREFIX: self._news.press,
            reading_all.PREFIX: ReadingAll(wording).press,
        }
        self._trial = TaughtTrial(library)
        self.use(library)

    @property
    def library(self) -> Library:
        """What is answered from."""
        return self._library

    def prepare(self) -> None:
        """Make ready for a trial of a phrasing, off the loop: the first takes a second or two."""
        self._trial.prepare()

    def use(self, library: Library) -> None:
        """Answer from this library from now on, for instance after staff imported an edition."""
        self._library = library
        self._questions = Questions(library, self._wording, self._contact)
        self._check = EligibilityCheck(library, self._wording, self._contact)
        self._teaching = Teaching(self._wording, library, self._trial)
        self._data = MyData(self._wording, self._contact, self._check.told)
        self._reminders = Reminders(self._wording, library.editions, library.site)
        self._calendars = Calendars(library, self._wording)
        self._topics: dict[str, Callable[[Turn], Decided]] = {
            "data": self._data.start,
            "subscribe": self._subscribing.start,
            "unsubscribe": self._subscribing.stop,
            "human": self._human,
        }

    def decide(self, message: Inbound, person: Person, conversation: Conversation) -> Decided:
        """Return what to answer, and where the person and the conversation then stand."""
        if message.kind in (Kind.BLOCKED, Kind.UNBLOCKED):
            return Outcome(person, conversation)
        language = languages.spoken(message, person, self._library)
        if conversation.composing is not None:  # what officers write for others does not tell how they speak
            language = languages.supported(person.language) or language
        conversation = self._check.without_expired(conversation, message.at)
        turn = Turn(message, replace(person, language=language), conversation, language)
        decided = after(self._route(turn), lambda outcome: self._handover.before_forgetting(outcome, turn))
        return after(decided, lambda outcome: _remember_choices(self._start.with_notice(_erased(outcome), turn)))

    def apologise(self, message: Inbound, person: Person, conversation: Conversation) -> Outcome:
        """Return the answer to a turn in which we failed."""
        language = languages.spoken(message, person, self._library)
        text = self._wording.say("questions.apology", language, contact=self._contact)
        return _remember_choices(Outcome(person, conversation, (Reply(text, self.menu(language)),)))

    def welcome(self, language: Language) -> Reply:
        """Return the welcome, for channels that show it before anybody has said a word."""
        notice = self._wording.say("start.notice", language)
        return Reply(self._wording.say("start.welcome", language, notice=notice), self.menu(language))

    def menu(self, language: Language) -> tuple[Choice, ...]:
        """Return the choices of the menu."""
        present = tuple(article_id for article_id in MENU_ARTICLES if article_id in self._library.articles)
        return self._start.menu(language, self._questions.buttons(present, language))

    def _route(self, turn: Turn) -> Decided:
        """Let people talk to each other where an officer took over; commands and buttons stay ours all the same."""
        come_in = self._desk.redeem(turn, lambda: self._not_understood(turn))
        if come_in is not None:
            return after(come_in, lambda outcome: replace(outcome, conceal=True))
        composed = self._news.take(turn)
        if composed is not None:
            return after(composed, self._check.put_aside)
        turn = self._news.put_aside(turn)
        meant = self._meant_for_one(turn)
        if meant is not None:
            return meant
        if turn.message.kind is Kind.CHOICE or command_in(turn.message.text) is not None:
            return self._attended(replace(turn, conversation=replace(turn.conversation, teaching=None)))
        # What an officer looks for is not for the other side of a talk, and neither is it to stop the news.
        return self._teaching.take(turn) or self._subscribing.in_talk(turn, lambda: self._relayed(turn))

    def _relayed(self, turn: Turn) -> Decided:
        return self._talks.relay(turn, lambda same: self._handover.relay(same, self._attended))

    def _meant_for_one(self, turn: Turn) -> Decided | None:
        """Take words that mean one topic wherever the conversation stands; None for all others."""
        if turn.message.kind is Kind.TEXT and desk.is_called(turn.message.text):
            return self._office(turn)
        taken = self._joining.take(turn) or self._reminders.take(turn)
        if taken is not None:
            return taken
        about_data = self._data.take(turn)
        return None if about_data is None else after(about_data, self._check.put_aside)

    def _attended(self, turn: Turn) -> Decided:
        """Let an open check take what is meant for it; after anything else its question comes back."""
        taken = self._check.take(turn)
        if taken is not None:
            return taken
        proving = self._status.take(turn)
        if proving is not None:
            elsewhere = self._beside_check(proving)
        else:
            elsewhere = self._elsewhere(self._check.without_answer(turn))
        return after(elsewhere, lambda outcome: self._check.return_to(outcome, turn))

    def _not_understood(self, turn: Turn) -> Decided:
        """Answer as any text that nobody understands; of officers it is no part of what they write, nor passed on."""
        unreadable = replace(turn, message=replace(turn.message, text=_UNREADABLE))
        route = self._route if turn.person.role is None else self._attended
        return after(route(unreadable), lambda outcome: replace(outcome, unanswered=None))

    def _elsewhere(self, turn: Turn) -> Decided:
        message = turn.message
        if message.kind is Kind.CHOICE:
            return self._chosen(message.choice or "", turn)
        if message.kind is not Kind.TEXT or not message.text:
            return self._say(turn, self._questions.not_text(message.kind, turn.language, self.menu(turn.language)))
        command = command_in(message.text)
        if command is not None:
            return self._command(command, turn)
        named = handover.answer_in(turn) or offered.chosen(message.text, turn.conversation.offered)
        if named is not None:
            return self._chosen(named, turn)
        if offered.is_number(message.text):
            return self._expired(turn)
        return self._subscribing.take(turn, lambda: self._asked(turn))

    def _office(self, turn: Turn) -> Decided:
        if turn.person.role is None:
            return self._not_understood(turn)
        return after(self._desk.start(turn), self._check.put_aside)

    def _at_desk(self, choice_id: str, turn: Turn) -> Decided | None:
        if turn.person.role is None:
            return None
        return self._desk.press(choice_id, turn) or self._reminders.press(choice_id, turn)

    def _as_stranger(self, turn: Turn) -> Decided:
        """Answer somebody who is staff no longer, found out while answering."""
        return self._route(replace(turn, person=replace(turn.person, staff_id=None, role=None)))

    def _chosen(self, choice_id: str, turn: Turn) -> Decided:
        if choice_id in COMMANDS:
            return self._command(choice_id, turn)
        if choice_id.startswith(own_data.PREFIX):
            return after(self._data.press(choice_id, turn), self._check.put_aside)
        if choice_id.partition(":")[0] == calendar.BUTTON:
            return self._calendars.press(choice_id, turn) or self._expired(turn)
        if choice_id == SHARE_PHONE:
            return self._status.share_asked(turn) or self._expired(turn)
        topic = choice_id.partition(":")[0] + ":"
        pressed = self._pressed(topic, choice_id, turn) or self._pressed_beside(topic, choice_id, turn)
        return pressed or self._expired(turn)

    def _pressed(self, topic: str, choice_id: str, turn: Turn) -> Decided | None:
        """Take a button by the topic its id begins with; None for one that is no longer valid."""
        match topic:
            case pages.PREFIX:
                return self._check.press(choice_id, turn)
            case status_pages.PREFIX:
                pressed = self._status.press(choice_id, turn)
                return None if pressed is None else self._beside_check(pressed)
            case start.LANGUAGE:
                language = languages.supported(choice_id.removeprefix(start.LANGUAGE))
                return None if language is None else self._start.choose(language, turn, self.menu(language))
            case rating.PREFIX if choice_id in rating.CHOICES:
                return self._rating.take(choice_id, turn, self.menu(turn.language))
            case questions.ASK:
                return self._picked(choice_id.removeprefix(questions.ASK), turn)
        return None

    def _pressed_beside(self, topic: str, choice_id: str, turn: Turn) -> Decided | None:
        """Take a button of a topic for which an open check waits; None for one that is no longer valid."""
        press = self._beside.get(topic)
        pressed = None if press is None else press(choice_id, turn)
        return None if pressed is None else after(pressed, self._check.put_aside)

    def _pressed_talk(self, choice_id: str, turn: Turn) -> Decided | None:
        """Take a button of a talk with an officer; those of officers are nothing to anybody else."""
        if turn.person.staff_id is None:
            return self._handover.press(choice_id, turn)
        return self._talks.press(choice_id, turn)

    def _pressed_teaching(self, choice_id: str, turn: Turn) -> Decided | None:
        """Take a button of an officer who teaches; it is nothing to anybody else."""
        return None if turn.person.staff_id is None else self._teaching.press(choice_id, turn)

    def _picked(self, article_or_command: str, turn: Turn) -> Decided:
        if article_or_command in SPOKEN_COMMANDS:
            return self._spoken(article_or_command, turn)
        reply = self._questions.article(article_or_command, turn.language, turn.message.at)
        if reply is None:
            return self._expired(turn)
        outcome = replace(self._say(turn, reply), interests=self._questions.interests([article_or_command]))
        return _remember_exchange(outcome, self._questions.title(article_or_command, turn.language))

    def _command(self, command: str, turn: Turn) -> Decided:
        menu = self.menu(turn.language)
        topics: dict[str, Callable[[Turn], Decided]] = {
            "eligibility": self._check.start,
            "status": lambda same: self._beside_check(self._status.start(same)),
            "join": self._joining.start,
            "part": self._joining.part,
        }
        if command in topics:
            return topics[command](turn)
        if command in self._topics:
            return after(self._topics[command](turn), self._check.put_aside)
        if command == "cancel":
            return self._handover.cancel(turn, self._cancelled)
        outcome = self._start.answer(command, turn, menu)
        return self._check.put_aside(outcome) if command in ("start", "menu") else outcome

    def _human(self, turn: Turn) -> Decided:
        return self._handover.start(turn) if turn.person.staff_id is None else self._talks.list(turn)

    def _cancelled(self, turn: Turn) -> Decided:
        menu = self.menu(turn.language)
        stopped = self._check.cancel(turn, menu) or self._status.cancel(turn)
        return stopped or self._start.answer("cancel", turn, menu)

    def _no_officer(self, turn: Turn) -> Reply:
        """Say where people may be found, where nobody works at the office in this chat."""
        key = "questions.human" if self._contact != self._library.site else "questions.human_site"
        return Reply(self._wording.say(key, turn.language, contact=self._contact), self.menu(turn.language))

    def _beside_check(self, decided: Decided) -> Decided:
        """Let an open check wait while the person is asked for a number or a proof."""
        return after(
            decided, lambda outcome: self._check.put_aside(outcome) if outcome.conversation.status else outcome
        )

    def _expired(self, turn: Turn) -> Outcome:
        return self._say(turn, Reply(self._wording.say("questions.expired", turn.language), self.menu(turn.language)))

    def _asked(self, turn: Turn) -> Decided:
        language = turn.language
        found = self._match(turn.message.text)
        if found.decision == "answer":
            answers = [self._questions.article(article_id, language, turn.message.at) for article_id in found.ids]
            outcome = self._say(turn, *filter(None, answers))
            outcome = replace(outcome, interests=self._questions.interests(found.ids))
            outcome = _remember_exchange(outcome, turn.message.text)
            return self._rating.offer(outcome, turn, found.ids[0])
        if found.decision == "choices":
            return _remember_exchange(self._say(turn, self._questions.which(found.ids, language)), turn.message.text)
        if found.ids == ("cmd_unsubscribe",) and not _STOPPING.search(turn.message.text):
            return self._say(turn, self._questions.which(("cmd_subscribe", "cmd_unsubscribe"), language))
        if found.decision == "command":
            return self._spoken(found.ids[0], turn)
        if found.decision == "smalltalk":
            text = self._wording.say(f"start.{found.ids[0]}", language, contact=self._contact)
            return _remember_exchange(self._say(turn, Reply(text, self.menu(language))), turn.message.text)
        unknown = self._say(turn, self._questions.unknown(language, self.menu(language)))
        outcome = _remember_exchange(unknown, turn.message.text)
        missed = Unanswered(self._questions.masked(turn.message.text), language, turn.message.at)
        return replace(outcome, unanswered=missed)

    def _match(self, text: str) -> Match:
        """Understand a text; a registration number in it hides what is asked, so it is also read without."""
        said = reading.read(text)
        if said.number is not None and said.rest:
            without = self._library.match(said.rest)
            if without.ids[:1] == ("cmd_status",):
                return without
        return self._library.match(text)

    def _spoken(self, command: str, turn: Turn) -> Decided:
        if command == "cmd_delete_data":
            return after(self._data.ask_delete(turn), self._check.put_aside)
        return self._command(_SPOKEN[command], turn)

    def _say(self, turn: Turn, *replies: Reply) -> Outcome:
        return Outcome(turn.person, turn.conversation, replies)


def _erased(outcome: Outcome) -> Outcome:
    """Forget what was asked along with what else is erased."""
    if outcome.erase_since is None:
        return outcome
    return replace(outcome, conversation=replace(outcome.conversation, recent=()))


def _remember_exchange(outcome: Outcome, said: str) -> Outcome:
    """Keep what was asked and how the answer began, for an officer who may be asked to take over."""
    answered = " ".join(reply.text for reply in outcome.replies)
    recent = exchanges.remembered(outcome.conversation.recent, said, answered)
    return replace(outcome, conversation=replace(outcome.conversation, recent=recent))


def _remember_choices(outcome: Outcome) -> Outcome:
    if not outcome.replies:  # something was passed on: what was offered still is
        return outcome
    return replace(outcome, conversation=outcome.conversation.offering(outcome.replies[-1].choices))
