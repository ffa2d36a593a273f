"""The commands about the eligibility check: judging answers from standard input, and what stopped people most."""

from __future__ import annotations

import json
import sys
from datetime import date, datetime
from typing import Any

import click

from bot.edition_commands import stored_editions
from bot.errors import PlainError
from bot.service import open_database
from bot.settings import Settings
from faq import view
from faq.library import Library
from handlers.eligibility import limits
from handlers.eligibility.criteria import BY_ID
from handlers.eligibility.criterion import BOTH, Answers
from handlers.eligibility.sentences import Sentences
from handlers.eligibility.verdict import Verdict, assess
from handlers.wording import Wording
from storage import checks


async def check(settings: Settings, *, as_json: bool) -> None:
    """Judge the answers of each line of standard input, by the editions that staff entered too."""
    library = Library.load().with_editions(await stored_editions(settings))
    known = limits.newest(library.editions, library.content.editions)
    for number, line in enumerate(sys.stdin, start=1):
        if line.strip():
            verdict = assess(read(line, number), known)
            click.echo(json.dumps(_described(verdict), ensure_ascii=False) if as_json else _lines(verdict))


def read(line: str, number: int) -> Answers:
    """Return the answers of one JSON line; raises PlainError."""
    try:
        answers = json.loads(line)
    except (ValueError, RecursionError):
        raise PlainError(f"Line {number} is not JSON.") from None
    if not isinstance(answers, dict):
        raise PlainError(f'Line {number} must be an object like {{"applicant_type": "cooperative", "years": 7}}.')
    for question, answer in answers.items():
        if question not in BY_ID:
            raise PlainError(f"Line {number}: {question!r} is no question; there are {', '.join(BY_ID)}.")
        if not BY_ID[question].accepts(answer):
            raise PlainError(f"Line {number}: {json.dumps(answer)} is no answer to {question!r}.")
    return answers


def _described(verdict: Verdict) -> dict[str, Any]:
    outcomes: dict[str, Any] = {category: verdict.outcome(category).value for category in BOTH}
    return outcomes | {"rules": {category: [rule.id for rule in verdict.rules(category)] for category in BOTH}}


def _lines(verdict: Verdict) -> str:
    rules = {category: "".join(f" {rule.id}" for rule in verdict.rules(category)) for category in BOTH}
    return "\n".join(f"{category}: {verdict.outcome(category).value}{rules[category]}" for category in BOTH)


async def counts(settings: Settings, *, since: datetime | None, as_json: bool) -> None:
    """Print how many checks were finished and how often each rule stood in their results; never a person's answers."""
    start = date.min if since is None else view.jakarta_day(since)
    database = await open_database(settings)
    try:
        async with database.reading() as tx:
            totals = await checks.totals(tx, start)
    finally:
        await database.close()
    finished = totals.pop(checks.FINISHED, 0)
    if as_json:
        click.echo(json.dumps({"finished": finished, "rules": totals}))
        return
    library = Library.load()
    sentences = Sentences(library, Wording.load(), limits.newest(library.editions), settings.contact)
    click.echo(f"finished checks: {finished}")
    for rule, total in totals.items():
        click.echo(f"{total:6} {rule}: {sentences.rule(rule, 'en')}")
