"""Where a person's check stands, as it is stored between two turns."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from handlers.eligibility.criteria import BY_ID
from handlers.eligibility.criterion import Answer, Answers, Numbers

# What can be open besides a question.
STOPPED = "stopped"  # both categories are out; go on?
SUMMARY = "summary"
EDIT = "edit"
RESULT = "result"
VIEWS = (STOPPED, SUMMARY, EDIT, RESULT)

_LONGEST_HISTORY = 50  # steps that "back" can take


@dataclass(frozen=True, slots=True)
class Check:
    """A check that was begun.

    `history` are the questions and views as they were shown; the last one is open. `partial` are numbers told for the
    company's size before all three are there. `went_on` is set once the person wants all questions although both
    categories are out, `paused` while they do something else, `counted` once the result was shown.
    """

    began: datetime
    at: datetime
    history: tuple[str, ...]
    answers: Answers = field(default_factory=dict)
    partial: Numbers = field(default_factory=dict)
    went_on: bool = False
    paused: bool = False
    counted: bool = False

    @property
    def open(self) -> str:
        """The question or view that was shown last."""
        return self.history[-1]

    @property
    def listens(self) -> bool:
        """Tell whether a text may be meant for the check."""
        return not self.paused and self.open != RESULT

    def showing(self, view: str) -> Check:
        """Return the check with this question or view open."""
        history = self.history if view == self.open else (*self.history, view)
        return replace(self, history=history[-_LONGEST_HISTORY:], partial={}, paused=False)

    def back(self) -> Check:
        """Return the check one step earlier, where there is one. Questions that are no longer asked are passed over."""
        earlier = [view for view in self.history[:-1] if view in VIEWS or view in self.answers]
        return replace(self, history=tuple(earlier) or self.history, partial={})

    @property
    def has_earlier(self) -> bool:
        """Tell whether "back" leads anywhere."""
        return self.back().history != self.history


def to_json(check: Check) -> dict[str, Any]:
    """Return the check as plain JSON."""
    return {
        "began": check.began.isoformat(),
        "at": check.at.isoformat(),
        "history": list(check.history),
        "answers": {question: _plain(answer) for question, answer in check.answers.items()},
        "partial": dict(check.partial),
        "went_on": check.went_on,
        "paused": check.paused,
        "counted": check.counted,
    }


def from_json(stored: Mapping[str, Any] | None) -> Check | None:
    """Read a stored check. What this release does not know is left out; None when nothing is left to go on with."""
    if stored is None:
        return None
    answers = {question: value for question, value in stored["answers"].items() if _known(question, value)}
    history = tuple(view for view in stored["history"] if view in VIEWS or view in BY_ID)
    if not history:
        return None
    return Check(
        began=datetime.fromisoformat(stored["began"]),
        at=datetime.fromisoformat(stored["at"]),
        history=history,
        answers=answers,
        partial=stored["partial"],
        went_on=stored["went_on"],
        paused=stored["paused"],
        counted=stored["counted"],
    )


def _known(question: str, value: object) -> bool:
    return question in BY_ID and BY_ID[question].accepts(value)


def _plain(answer: Answer) -> str | int | dict[str, float]:
    return dict(answer) if isinstance(answer, Mapping) else answer
