"""What is shown of a proposal: its status in plain words, the stages, and news of a change. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from handlers import dates
from handlers.messages import Attachment, Choice, Reply
from handlers.status import picture
from handlers.wording import Language, Wording
from storage.proposals import freshness, states
from storage.proposals.links import Linked
from storage.proposals.records import Event, Proposal
from storage.proposals.states import State

PREFIX = "status:"

_DONE, _HERE, _AHEAD, _ENDED = "✓", "●", "○", "■"
_BETWEEN = " › "


@dataclass(frozen=True, slots=True)
class Place:
    """How far a proposal came: the stage, counted from 1, and whether it ended there."""

    at: int
    ended: bool


def place(events: Sequence[Event]) -> Place:
    """Return how far a proposal came, by the events people may know of; there must be one."""
    way = [state.id for state in states.way()]
    latest = states.known()[events[-1].state]
    if latest.id in way:
        return Place(way.index(latest.id) + 1, ended=False)
    leading = [state.id for state in states.way() if latest.id in state.next]
    passed = [event.state for event in events if event.state in leading]
    # Where no stage that leads there was released, the earliest that does: a later one would say too much.
    stage = passed[-1] if passed else leading[0]
    return Place(way.index(stage) + 1, ended=True)


class Pages:
    """All texts of the topic, but for the delegates'."""

    def __init__(self, wording: Wording, contact: str) -> None:
        self.wording = wording
        self._contact = contact

    def say(self, key: str, language: Language, **values: str | int) -> str:
        """Return a phrase of the topic."""
        return self.wording.say(f"status.{key}", language, **values)

    def buttons(self, language: Language, *verbs: str, number: str = "") -> tuple[Choice, ...]:
        """Return the choices with these verbs, about that proposal."""
        return tuple(
            Choice(f"{PREFIX}{verb}{number and f':{number}'}", self.say(f"button_{verb}", language)) for verb in verbs
        )

    def menu(self, language: Language) -> tuple[Choice, ...]:
        """Return the way back to everything else."""
        return (Choice("menu", self.wording.say("menu.menu", language)),)

    def status(self, linked: Linked, language: Language, now: datetime, lead: str = "") -> Reply:
        """Return the page of one proposal, with the picture of its stages."""
        proposal = linked.proposal
        released = proposal.released(freshness.known_at(linked.read_at, now))
        body = self._known(proposal, released, language) if released else self._unreleased(language)
        parts = [lead, self._head(proposal, language), *body, self._refreshed(linked, language, now)]
        return Reply(
            "\n\n".join(filter(None, parts)),
            self._status_buttons(linked, language),
            (self._picture(released, language),) if released else (),
        )

    def listed(self, found: Sequence[Linked], language: Language, now: datetime) -> Reply:
        """Return the list of somebody's proposals."""
        choices = [Choice(f"{PREFIX}show:{linked.link.number}", self._title(linked, language, now)) for linked in found]
        text = self.say("list", language, count=len(found))
        return Reply(text, (*choices, *self.buttons(language, "add"), *self.menu(language)))

    def news(self, proposal: Proposal, as_of: datetime, language: Language) -> Reply:
        """Return what is sent when a status is released: how the proposal stood then; there must be an event."""
        events = proposal.released(as_of)
        head = self.say("news", language, number=proposal.number, edition=proposal.edition)
        text = "\n\n".join([head, *self._known(proposal, events, language)])
        choices = (
            *self.buttons(language, "show", number=proposal.number),
            *self.buttons(language, "quiet", number=proposal.number),
        )
        return Reply(text, choices)

    def until(self, at: datetime, language: Language) -> str:
        """Return the end of a wait in words: the full minute after it."""
        whole = at.replace(second=0, microsecond=0)
        return dates.moment(whole if whole == at else whole + timedelta(minutes=1), language, self.wording)

    def day(self, at: datetime, language: Language) -> str:
        """Return a day in words."""
        return dates.day(at, language, self.wording)

    def _title(self, linked: Linked, language: Language, now: datetime) -> str:
        released = linked.proposal.released(freshness.known_at(linked.read_at, now))
        state = self._state(released[-1].state, language) if released else self.say("unreleased_short", language)
        return self.say("title_in_list", language, number=linked.link.number, state=state)

    def _head(self, proposal: Proposal, language: Language) -> str:
        category = self.say(f"category_{proposal.category}", language)
        head = self.say("head", language, number=proposal.number, edition=proposal.edition, category=category)
        # Stars of the title would make bold; it is shown as it is.
        title = " ".join(proposal.title.replace("*", "").split())
        return f"{head}\n{title}" if title else head

    def _known(self, proposal: Proposal, events: Sequence[Event], language: Language) -> list[str]:
        latest = events[-1]
        name = self._state(latest.state, language)
        since = self.say("state", language, state=name, day=dates.day(latest.entered_at, language, self.wording))
        told = self.wording.say(f"status_told.{latest.state}", language, edition=proposal.edition)
        todo = self.say("todo", language, todo=self.wording.say(f"status_todo.{latest.state}", language))
        return [f"{since}\n{self._stages(events, language)}", told, f"{self._next(latest, language)}\n{todo}"]

    def _unreleased(self, language: Language) -> list[str]:
        coming = self.say("next", language, next=self.say("next_unreleased", language))
        todo = self.say("todo", language, todo=self.say("todo_unreleased", language))
        return [self.say("unreleased", language), f"{coming}\n{todo}"]

    def _stages(self, events: Sequence[Event], language: Language) -> str:
        where = place(events)
        key = "stage_ended" if where.ended else "stage"
        line = self._line(where, language)
        return self.say(key, language, at=where.at, all=len(states.way()), line=line)

    def _line(self, where: Place, language: Language) -> str:
        shown = []
        for number, state in enumerate(states.way(), start=1):
            label = self._stage(state, language)
            if number < where.at:
                shown.append(f"{_DONE} {label}")
            elif number == where.at:
                shown.append(f"*{_ENDED if where.ended else _HERE} {label}*")
            else:
                shown.append(f"{_AHEAD} {label}")
        return _BETWEEN.join(shown)

    def _next(self, latest: Event, language: Language) -> str:
        state = states.known()[latest.state]
        coming = next((each for each in states.way() if each.id in state.next), None)
        if coming is None:
            return self.say("next", language, next=self.say("next_nothing", language))
        return self.say("next", language, next=self.wording.say(f"status_next.{coming.id}", language))

    def _refreshed(self, linked: Linked, language: Language, now: datetime) -> str:
        fresh = freshness.is_fresh(linked.read_at, now)
        at = linked.read_at or linked.proposal.confirmed_at
        moment = dates.moment(at, language, self.wording)
        return self.say("refreshed" if fresh else "stale", language, moment=moment, contact=self._contact)

    def _picture(self, events: Sequence[Event], language: Language) -> Attachment:
        where = place(events)
        labels = tuple(self._stage(state, language) for state in states.way())
        plain = self._line(where, language).replace("*", "")
        return Attachment(
            self.say("picture_file", language),
            picture.MEDIA_TYPE,
            picture.draw(labels, where.at - 1, where.ended, language),
            self.say("picture", language, line=plain),
            illustration=True,
        )

    def _status_buttons(self, linked: Linked, language: Language) -> tuple[Choice, ...]:
        verbs = ["quiet" if linked.link.wants_news else "loud"]
        if linked.link.role == "proposer":
            verbs.append("delegates")
        choices = self.buttons(language, *verbs, "leave", number=linked.link.number)
        return (*choices, *self.buttons(language, "add"), *self.menu(language))

    def _state(self, state: str, language: Language) -> str:
        return self.wording.say(f"status_states.{state}", language)

    def _stage(self, state: State, language: Language) -> str:
        return self.wording.say(f"status_stages.{state.id}", language)
