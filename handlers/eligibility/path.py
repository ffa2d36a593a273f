"""Which questions a set of answers leads to, and what a changed answer makes to be asked again."""

from __future__ import annotations

from handlers.eligibility.criteria import CRITERIA
from handlers.eligibility.criterion import Answer, Answers, Criterion
from handlers.eligibility.limits import Limits


def questions(answers: Answers, limits: Limits) -> tuple[Criterion, ...]:
    """Return the questions of this path in order, those still to come included."""
    return tuple(criterion for criterion in CRITERIA if criterion.asked(answers, limits))


def unanswered(answers: Answers, limits: Limits) -> Criterion | None:
    """Return the next question, or None when all of the path are answered."""
    return next((each for each in questions(answers, limits) if each.id not in answers), None)


def answered(answers: Answers, question: str, answer: Answer) -> dict[str, Answer]:
    """Return the answers with this one; if it is a new one, without those that depend on it."""
    changed = question in answers and answers[question] != answer
    gone = _dependents(question) if changed else set()
    return {known: value for known, value in answers.items() if known not in gone} | {question: answer}


def _dependents(question: str) -> set[str]:
    direct = {each.id for each in CRITERIA if question in each.depends_on}
    return direct.union(*(_dependents(each) for each in direct))
