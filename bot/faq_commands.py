"""The commands `upakarti faq …`: how well questions are understood, what is wrong with the content, what was missed."""

from __future__ import annotations

import dataclasses
import json
import math
from collections.abc import Callable, Mapping, Sequence
from datetime import timedelta
from pathlib import Path

import click

from bot.clock import Clock, SystemClock
from bot.errors import PlainError
from bot.proposals.desk import account
from bot.service import open_database
from bot.settings import Settings
from faq import check, labelled, lint
from faq.cache import Cache
from faq.check import Figures, Outcome, Report
from faq.grouping import Group, group
from faq.library import Library
from faq.match import Match
from storage import audit, feedback, unanswered
from storage.audit import Act
from storage.office import taught

_CONFUSIONS = 15
_COLUMNS = {
    "right": "right",
    "right_or_among": "+choices",
    "wrong": "wrong",
    "foreign_answered": "oos answered",
    "foreign_answered_or_offered": "+offered",
    "language": "language",
}


async def prepare(settings: Settings) -> None:
    """Learn from the phrasings and keep it, so that the next start need not."""
    library = Library.load(
        cache=Cache(settings.cache_dir), learning=lambda: click.echo("Learning, once for this content…")
    )
    where = f"kept in {settings.cache_dir}" if settings.cache_dir else "kept nowhere: set UPAKARTI_CACHE_DIR"
    click.echo(f"{len(library.articles)} articles; what was learned for them is {where}.")


async def measure(settings: Settings, file: Path | None, *, as_json: bool, show: bool) -> None:
    """Print how well the messages of a labelled file are understood."""
    path = file or labelled.OWN
    if file is None and not path.exists():
        raise PlainError("The project's own labelled messages are not installed here; name a file with --file.")
    messages = labelled.read(path)
    library = Library.load(cache=Cache(settings.cache_dir))
    took: list[float] = []
    parents = {found.id: found.parent for found in library.articles.values() if found.parent}
    report = check.measure(messages, _timed(library.match, SystemClock(), took), parents)
    times = {"p50_ms": _percentile(took, 0.5), "p95_ms": _percentile(took, 0.95)}
    click.echo(json.dumps(_numbers(report) | times, ensure_ascii=False) if as_json else _table(report, times))
    if show:
        for each in report.judged:
            if each.outcome not in (Outcome.RIGHT, Outcome.QUIET):
                wanted = "|".join(sorted(each.message.ids))
                click.echo(
                    f"{each.outcome}\t{wanted}\t{'|'.join(each.match.ids)}\t{each.match.score}\t{each.message.text}"
                )


async def examine(settings: Settings) -> bool:
    """Print what is doubtful in the content; tell whether nothing is."""
    library = Library.load(cache=Cache(settings.cache_dir))
    doubts = lint.examine(library, SystemClock().now())
    for doubt in doubts:
        click.echo(doubt)
    click.echo(f"{len(doubts)} doubts about {len(library.articles)} articles.")
    return not doubts


async def list_unanswered(settings: Settings, days: int, *, as_json: bool) -> None:
    """Print what was not understood in the last days, the most frequent first."""
    database = await open_database(settings)
    try:
        async with database.reading() as tx:
            messages = await unanswered.since(tx, SystemClock().now() - timedelta(days=days))
    finally:
        await database.close()
    groups = group(message.text for message in messages)
    if as_json:
        for each in groups:
            click.echo(json.dumps({"count": len(each.messages), "messages": each.messages}, ensure_ascii=False))
        return
    click.echo(f"{len(messages)} messages in {days} days were not understood; {len(groups)} different ones.")
    for each in groups:
        click.echo(_grouped(each))


async def list_ratings(settings: Settings, days: int, *, as_json: bool) -> None:
    """Print how often each answer helped in the last days, the least helpful first."""
    database = await open_database(settings)
    try:
        async with database.reading() as tx:
            tallies = await feedback.tallies(tx, SystemClock().now() - timedelta(days=days))
    finally:
        await database.close()
    for each in tallies:
        if as_json:
            click.echo(json.dumps(dataclasses.asdict(each)))
        else:
            click.echo(f"{each.unhelpful:5} no {each.helpful:5} yes  {each.article_id}")
    if not tallies and not as_json:
        click.echo(f"No answer was rated in {days} days.")


async def list_taught(settings: Settings, *, as_json: bool) -> None:
    """Print the phrasings that officers taught, in the order of teaching."""
    database = await open_database(settings)
    try:
        async with database.reading() as tx:
            phrasings = await taught.everything(tx)
    finally:
        await database.close()
    for each in phrasings:
        if as_json:
            shown = {"id": each.id, "article_id": each.article_id, "language": each.language, "text": each.text}
            click.echo(json.dumps(shown | {"taught_at": each.taught_at.isoformat()}, ensure_ascii=False))
        else:
            click.echo(f"{each.id:5}  {each.article_id}: {each.text}")
    if not phrasings and not as_json:
        click.echo("No phrasing was taught.")


async def untaught(settings: Settings, taught_id: int) -> None:
    """Forget a phrasing that an officer taught."""
    database = await open_database(settings)
    try:
        async with database.transaction() as tx:
            gone = await taught.remove(tx, taught_id)
            if gone is not None:
                act = Act(
                    account(),
                    "phrasing_untaught",
                    f"article:{gone.article_id}",
                    {"taught": taught_id},
                    SystemClock().now(),
                )
                await audit.record(tx, act)
    finally:
        await database.close()
    if gone is None:
        raise PlainError(f"No phrasing has the number {taught_id}. See: upakarti faq taught")
    click.echo(f"Forgotten, within a minute: {gone.text}")


def _timed(match: Callable[[str], Match], clock: Clock, took: list[float]) -> Callable[[str], Match]:
    def timed(text: str) -> Match:
        start = clock.monotonic()
        found = match(text)
        took.append(1000 * (clock.monotonic() - start))
        return found

    return timed


def _percentile(values: Sequence[float], share: float) -> float:
    return round(sorted(values)[max(0, math.ceil(share * len(values)) - 1)], 3) if values else 0.0


def _numbers(report: Report) -> dict[str, object]:
    return {
        **dataclasses.asdict(report.total),
        "right_with_slips": report.right_with_slips,
        "right_without_vowels": report.right_without_vowels,
        "by_style": {name: dataclasses.asdict(each) for name, each in report.by_style.items()},
        "by_language": {name: dataclasses.asdict(each) for name, each in report.by_language.items()},
        "confusions": [list(each) for each in report.confusions[:_CONFUSIONS]],
    }


def _table(report: Report, times: Mapping[str, float]) -> str:
    width = max(len(name) for name in ("after dropping vowels", *report.by_style))
    rows = [("", ["in", "oos", *_COLUMNS.values()]), ("all", _cells(report.total))]
    rows += [(name, _cells(each)) for name, each in (*report.by_style.items(), *report.by_language.items())]
    lines = [f"{name:<{width}}" + "".join(f"{cell:>14}" for cell in cells) for name, cells in rows]
    lines += [
        f"{'after a slip a word':<{width}}{'':>28}{_percent(report.right_with_slips):>14}",
        f"{'after dropping vowels':<{width}}{'':>28}{_percent(report.right_without_vowels):>14}",
        f"{'time a message':<{width}}  p50 {times['p50_ms']} ms, p95 {times['p95_ms']} ms",
        "worst confusions (wanted -> understood):",
        *(f"  {number:3} {wanted} -> {got}" for wanted, got, number in report.confusions[:_CONFUSIONS]),
    ]
    return "\n".join(lines)


def _cells(figures: Figures) -> list[str]:
    return [str(figures.in_scope), str(figures.out_of_scope), *(_percent(getattr(figures, name)) for name in _COLUMNS)]


def _percent(share: float | None) -> str:
    return "-" if share is None else f"{share:.1f} %"


def _grouped(found: Group) -> str:
    others = sorted(set(found.messages[1:]) - {found.messages[0]})
    return "\n".join([f"{len(found.messages):5}  {found.messages[0]}", *(f"       {other}" for other in others[:3])])
