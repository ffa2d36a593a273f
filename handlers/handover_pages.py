"""What is said to either side of a talk with an officer: to whoever asked for it, and to officers."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from handlers import dates, exchanges
from handlers.exchanges import Exchange
from handlers.messages import Choice, Reply
from handlers.office_hours import OfficeHours
from handlers.turn import Notice
from handlers.wording import Language, Wording
from storage.office import handovers
from storage.office.handovers import Officer, Side, Talk
from storage.outbox import FROM_OFFICER, UNKEPT

PREFIX = "talk:"
"""What the id of every button of the topic begins with; then comes what it does, and the talk's number."""

ASK, DECLINE, LIST = f"{PREFIX}ask", f"{PREFIX}no", f"{PREFIX}list"
LEAVE, TAKE, END = f"{PREFIX}leave:", f"{PREFIX}take:", f"{PREFIX}end:"

_LISTED = 8  # buttons
_DIGITS = 18  # of a number that the database has room for


@dataclass(frozen=True, slots=True)
class Office:
    """What is known of the office when somebody asks for an officer; `talk` is their own one."""

    staffed: bool = False
    officers: Sequence[Officer] = ()
    waiting: Sequence[Talk] = ()
    talk: Talk | None = None

    @property
    def ahead(self) -> int:
        """How many wait before the own one, or at all."""
        own = self.talk
        return len([each for each in self.waiting if own is None or each.id < own.id])


def spoken(side: Side) -> Language:
    """Return the language to tell somebody something in."""
    return "en" if side.language == "en" else "id"


class ForPerson:
    """What whoever asked reads."""

    def __init__(self, wording: Wording, contact: str, hours: OfficeHours) -> None:
        self._wording = wording
        self._contact = contact
        self._hours = hours

    def offer(self, office: Office, language: Language, now: datetime) -> Reply:
        """Say honestly what would happen, and ask."""
        is_open = self._hours.is_open(now)
        if office.officers:
            key = "offer_now" if is_open else "offer_late"
        else:
            key = "offer_nobody" if is_open else "offer_closed"
        situation = self._say(
            key,
            language,
            officers=len(office.officers),
            ahead=office.ahead,
            days=handovers.PATIENCE.days,
            opens=dates.moment(self._hours.next_opening(now), language, self._wording),
        )
        hours = self._hours.told(language, self._wording)
        text = self._say(
            "offer", language, situation=situation, hours=hours, kept=exchanges.KEPT, contact=self._contact
        )
        yes = "button_ask" if office.officers else "button_wait"
        return Reply(text, (Choice(ASK, self._say(yes, language)), Choice(DECLINE, self._say("button_no", language))))

    def asked(self, talk_id: int, office: Office, language: Language) -> Reply:
        """Say that it waits now; `office` is as it was before."""
        key = "asked" if office.officers else "asked_nobody"
        text = self._say(key, language, id=talk_id, officers=len(office.officers), ahead=office.ahead)
        return Reply(text, self._waiting_choices(talk_id, language))

    def open(self, talk: Talk, office: Office, language: Language) -> Reply:
        """Say how a talk stands that is open already."""
        if talk.taken:
            text = self._say("still_talking", language, name=_name(talk))
            return Reply(text, (self._stop(talk.id, language),))
        since = dates.moment(talk.opened_at, language, self._wording)
        counted = {"officers": len(office.officers), "ahead": office.ahead}
        text = self._say("still_waiting", language, id=talk.id, since=since, contact=self._contact, **counted)
        return Reply(text, self._waiting_choices(talk.id, language))

    def said(self, key: str, language: Language) -> Reply:
        """Return one of the short sentences, with the way on."""
        return Reply(self._say(key, language), (self._menu(language),))

    def only_text(self, talk_id: int, language: Language) -> Reply:
        return Reply(self._say("only_text", language), (self._stop(talk_id, language),))

    def answers_now(self, talk: Talk, name: str) -> Notice:
        """Tell the person that a human answers from now on."""
        language = spoken(talk.person)
        text = self._say("answers_now", language, name=plain(name))
        return notice(talk.person, Reply(text, (self._stop(talk.id, language),)))

    def from_officer(self, talk: Talk, text: str) -> Notice:
        language = spoken(talk.person)
        reply = Reply(self._say("from_officer", language, name=_name(talk), text=text))
        return notice(talk.person, reply, topic=FROM_OFFICER)

    def ended(self, talk: Talk) -> Notice:
        """Tell the person that the officer ended it."""
        return self._closing("ended_by_officer", talk, name=_name(talk))

    def quiet(self, talk: Talk) -> Notice:
        return self._closing("ended_quiet", talk, name=_name(talk), minutes=_minutes(handovers.QUIET))

    def unanswered(self, talk: Talk) -> Notice:
        days = handovers.PATIENCE.days
        return self._closing("unanswered", talk, id=talk.id, days=days, contact=self._contact)

    def waits_again(self, talk: Talk, language: Language, *, unheard: bool = False) -> Reply:
        """Say that the officer left; with `unheard` also that the last message reached nobody."""
        keys = ("waits_again", *(("not_passed_on",) if unheard else ()))
        text = " ".join(self._say(key, language, id=talk.id) for key in keys)
        return Reply(text, self._waiting_choices(talk.id, language))

    def _closing(self, key: str, talk: Talk, **values: str | int) -> Notice:
        language = spoken(talk.person)
        return notice(talk.person, Reply(self._say(key, language, **values), (self._menu(language),)))

    def _waiting_choices(self, talk_id: int, language: Language) -> tuple[Choice, ...]:
        return (Choice(f"{LEAVE}{talk_id}", self._say("button_leave", language)), self._menu(language))

    def _stop(self, talk_id: int, language: Language) -> Choice:
        return Choice(f"{LEAVE}{talk_id}", self._say("button_stop", language))

    def _menu(self, language: Language) -> Choice:
        return Choice("menu", self._wording.say("menu.menu", language))

    def _say(self, key: str, language: Language, **values: str | int) -> str:
        return self._wording.say(f"handover.{key}", language, **values)


class ForOfficer:
    """What officers read. Nothing in it says who the person is but the talk's number."""

    def __init__(self, wording: Wording) -> None:
        self._wording = wording

    def request(self, officer: Officer, talk_id: int, since: datetime, recent: Sequence[Exchange]) -> Notice:
        """Ask an officer on duty to take a talk. The person's words are not kept once that was sent."""
        language = spoken(officer.side)
        moment = dates.moment(since, language, self._wording)
        text = self._say("request", language, id=talk_id, since=moment, recent=self._recent(recent, language))
        return notice(officer.side, Reply(text, (self._take(talk_id, language),)), topic=UNKEPT)

    def yours(self, talk: Talk, recent: Sequence[Exchange], language: Language) -> Reply:
        """Say to the officer who took it that it is theirs, with what was said before."""
        text = self._say("yours", language, id=talk.id, recent=self._recent(recent, language))
        return Reply(text, (self._end(talk.id, language),), secret=True)

    def taken_by(self, officer: Officer, talk: Talk, name: str) -> Notice:
        return notice(officer.side, self.said("taken_by", spoken(officer.side), id=talk.id, name=plain(name)))

    def from_person(self, officer: Officer, talk: Talk, text: str) -> Notice:
        """Hand an officer what the person wrote; it is not kept once it was sent."""
        reply = Reply(self._say("from_person", spoken(officer.side), id=talk.id, text=text))
        return notice(officer.side, reply, topic=UNKEPT)

    def told(self, officer: Officer, key: str, talk: Talk) -> Notice:
        """Tell an officer in one sentence what became of a talk."""
        minutes = _minutes(handovers.QUIET)
        return notice(officer.side, self.said(key, spoken(officer.side), id=talk.id, minutes=minutes))

    def said(self, key: str, language: Language, **values: str | int) -> Reply:
        """Return one of the short sentences, with the list of who waits as the way on."""
        return Reply(self._say(key, language, **values), (Choice(LIST, self._say("button_list", language)),))

    def talking(self, key: str, talk: Talk, language: Language) -> Reply:
        """Return a sentence about the officer's own talk, with the button that ends it."""
        return Reply(self._say(key, language, id=talk.id), (self._end(talk.id, language),))

    def waiting(self, found: Sequence[Talk], own: Talk | None, language: Language, now: datetime) -> Reply:
        """List who waits, and for how long."""
        menu = Choice("staff:desk", self._wording.say("menu.menu", language))
        lines = [
            self._say("list_line", language, id=each.id, wait=self._wait(now - each.opened_at, language))
            for each in found
        ]
        text = (
            self._say("list", language, count=len(found), lines="\n".join(lines))
            if found
            else self._say("list_none", language)
        )
        if own is not None:
            talking = self._say("talking", language, id=own.id)
            return Reply(f"{text}\n\n{talking}", (self._end(own.id, language), menu))
        return Reply(text, (*(self._take(each.id, language) for each in found[:_LISTED]), menu))

    def _recent(self, recent: Sequence[Exchange], language: Language) -> str:
        if not recent:
            return self._say("recent_none", language)
        lines = [self._say("exchange", language, said=each.said, answered=each.answered) for each in recent]
        return self._say("recent", language, lines="\n".join(lines))

    def _wait(self, period: timedelta, language: Language) -> str:
        hours, minutes = divmod(_minutes(period), 60)
        key = "wait_hours" if hours else "wait_minutes"
        return self._say(key, language, hours=hours, minutes=minutes)

    def _take(self, talk_id: int, language: Language) -> Choice:
        return Choice(f"{TAKE}{talk_id}", self._say("button_take", language, id=talk_id))

    def _end(self, talk_id: int, language: Language) -> Choice:
        return Choice(f"{END}{talk_id}", self._say("button_end", language))

    def _say(self, key: str, language: Language, **values: str | int) -> str:
        return self._wording.say(f"handover.{key}", language, **values)


def notice(side: Side, reply: Reply, *, topic: str | None = None) -> Notice:
    """Return what tells one side something, where it is."""
    return Notice(side.person_id, side.channel, reply, topic)


def number_in(choice_id: str, prefix: str) -> int | None:
    """Return the number after the prefix in a button's id; None for any other id."""
    number = choice_id.removeprefix(prefix)
    is_one = choice_id.startswith(prefix) and number.isascii() and number.isdigit() and len(number) <= _DIGITS
    return int(number) if is_one else None


def plain(name: str) -> str:
    """Return a name without the stars that would make bold."""
    return name.replace("*", "")


def _name(talk: Talk) -> str:
    return "" if talk.officer is None else plain(talk.officer.name)


def _minutes(period: timedelta) -> int:
    return period // timedelta(minutes=1)
