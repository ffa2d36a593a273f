"""The command `upakarti drill`: a rehearsal of a large announcement, and what came of it in plain words."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Final

import click

from bot.drill.rehearsal import Plan, Result, rehearse
from bot.proposals.desk import Desk, counted

_MINUTE: Final = 60.0
_HOUR: Final = 3_600.0


async def drill(desk: Desk, plan: Plan, *, as_json: bool) -> bool:
    """Rehearse, print the report, and return whether all went as it must."""
    result = await rehearse(desk, plan)
    click.echo(json.dumps(_as_json(result)) if as_json else "\n".join(_report(result, plan)))
    return result.passed


def _report(result: Result, plan: Plan) -> Iterator[str]:
    where = ", ".join(f"{count:,} {channel}" for channel, count in sorted(result.channels.items()))
    whose = "made-up people" if plan.people else "people, a copy of the real audience"
    yield f"{result.channels.total():,} {whose} ({where}); nobody was really written to."
    if result.unreachable:
        yield f"Left out: {counted(result.unreachable, 'person', 'people')} who cannot be reached on any channel."
    faults = result.faults
    yield (
        f"The service was killed {counted(result.kills, 'time')}. The platform broke off {faults['cut']:,} requests,"
        f" kept {faults['lost']:,} answers back, said {faults['limited']:,} times that it was too fast, and"
        f" {faults['blocked']:,} were to people who had blocked the bot."
    )
    yield f"  sent      {result.ends['sent']:,}"
    reasons = ", ".join(f"{reason} {count:,}" for reason, count in result.refused.most_common())
    yield f"  refused   {result.ends['refused'] + result.ends['failed']:,}{f' ({reasons})' if reasons else ''}"
    yield f"  unsure    {result.ends['unsure']:,}"
    if result.ends["unsure"]:
        yield (
            f"            {result.interrupted:,} in flight at a kill, {result.unanswered:,} without an answer;"
            f" {result.unsure_arrived:,} of them had arrived."
        )
        yield "            Nobody of them is written to again unless staff decide so."
    yield f"  doubled   {result.doubled:,}"
    yield f"  lost      {result.lost:,}"
    if result.mistaken:
        yield f"  mistaken  {result.mistaken:,} are called something else than what happened"
    yield f"At the real pace it takes {_lasting(result.lasting.total_seconds())}."
    yield "Passed." if result.passed else "NOT passed: do not send before this is understood."


def _lasting(seconds: float) -> str:
    if seconds <= _MINUTE:
        return "up to a minute"
    if seconds <= 2 * _HOUR:
        return f"about {counted(round(seconds / _MINUTE), 'minute')}"
    return f"about {counted(round(seconds / _HOUR), 'hour')}"


def _as_json(result: Result) -> dict[str, object]:
    return {
        "people": result.channels.total(),
        "channels": result.channels,
        "unreachable": result.unreachable,
        "kills": result.kills,
        "faults": result.faults,
        "ends": result.ends,
        "refused": result.refused,
        "unsure_interrupted": result.interrupted,
        "unsure_unanswered": result.unanswered,
        "unsure_arrived": result.unsure_arrived,
        "doubled": result.doubled,
        "lost": result.lost,
        "mistaken": result.mistaken,
        "seconds_at_real_pace": result.lasting.total_seconds(),
        "passed": result.passed,
    }
