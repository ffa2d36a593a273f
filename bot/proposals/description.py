"""How proposals and what hangs on them are written down, as objects for programs and as lines for people.

Never with a phone number, an account, a code or the hash of one.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from bot.proposals.desk import iso, jakarta
from storage.alarms import Alarm
from storage.proposals.links import Link
from storage.proposals.records import Event, Proposal


def row(proposal: Proposal, people: int, now: datetime) -> dict[str, object]:
    """Return where a proposal stands, and how many people may know of it."""
    latest = proposal.latest
    return {
        "number": proposal.number,
        "edition": proposal.edition,
        "category": proposal.category,
        "state": latest.state,
        "since": iso(latest.entered_at),
        "released": latest.released_at is not None and latest.released_at <= now,
        "released_at": iso(latest.released_at),
        "linked": people,
    }


def row_line(proposal: Proposal, people: int, now: datetime) -> str:
    """Return the same as a line."""
    latest = proposal.latest
    stands = f"{proposal.number:<20} {proposal.edition}  {proposal.category:<11}  {latest.state:<24}"
    return f"{stands}  since {jakarta(latest.entered_at)}, {_release(latest, now)}, {people} linked"


def full(proposal: Proposal, people: Sequence[Link], raised: Sequence[Alarm], now: datetime) -> dict[str, object]:
    """Return all that staff may know of a proposal."""
    code, moment = _code(proposal, now)
    return {
        "number": proposal.number,
        "edition": proposal.edition,
        "category": proposal.category,
        "title": proposal.title,
        "confirmed_at": iso(proposal.confirmed_at),
        "events": [_event(event) for event in proposal.events],
        "links": [_link(link) for link in people],
        "code": {"state": code, "at": iso(moment)},
        "alarms": [alarm(each) for each in raised],
    }


def full_lines(proposal: Proposal, people: Sequence[Link], raised: Sequence[Alarm], now: datetime) -> list[str]:
    """Return the same as lines."""
    code, moment = _code(proposal, now)
    return [
        f"{proposal.number}: {proposal.title or '(no title)'}",
        f"  edition {proposal.edition}, {proposal.category}, confirmed {jakarta(proposal.confirmed_at)}",
        "events:",
        *(f"  {_event_line(event, now)}" for event in proposal.events),
        "links:" if people else "links: none",
        *(f"  {_link_line(link)}" for link in people),
        f"code: {code}" + (f" {_CODE_WORDS[code]} {jakarta(moment)}" if moment else ""),
        "alarms:" if raised else "alarms: none",
        *(f"  {alarm_line(each)}" for each in raised),
    ]


def alarm(raised: Alarm) -> dict[str, object]:
    """Return an alarm."""
    return {"at": iso(raised.raised_at), "kind": raised.kind, "person": raised.person_id, "number": raised.number}


def alarm_line(raised: Alarm) -> str:
    """Return the same as a line."""
    person = [] if raised.person_id is None else [f"person {raised.person_id}"]
    number = [] if raised.number is None else [raised.number]
    return f"{jakarta(raised.raised_at)}  {', '.join([raised.kind, *person, *number])}"


_CODE_WORDS = {"open": "until", "used": "on", "expired": "since"}


def _code(proposal: Proposal, now: datetime) -> tuple[str, datetime | None]:
    """Return how the access code stands, and until when or since when."""
    if proposal.code_sha256 is None:
        return "none", None
    if proposal.code_used_at is not None:
        return "used", proposal.code_used_at
    until = proposal.code_expires_at
    return ("expired" if until is not None and until <= now else "open"), until


def _release(event: Event, now: datetime) -> str:
    if event.released_at is None:
        return "not released"
    return f"{'released' if event.released_at <= now else 'to be released'} {jakarta(event.released_at)}"


def _event(event: Event) -> dict[str, object]:
    return {
        "position": event.position,
        "state": event.state,
        "since": iso(event.entered_at),
        "released_at": iso(event.released_at),
        "announced_at": iso(event.announced_at),
        "correction": event.correction,
    }


def _event_line(event: Event, now: datetime) -> str:
    told = [] if event.announced_at is None else [f"announced {jakarta(event.announced_at)}"]
    correction = ["a correction"] if event.correction else []
    since = f"since {jakarta(event.entered_at)}"
    return f"{event.position}. {event.state}: {', '.join([since, _release(event, now), *told, *correction])}"


def _link(link: Link) -> dict[str, object]:
    return {
        "person": link.person_id,
        "role": link.role,
        "channel": link.channel,
        "since": iso(link.created_at),
        "news": link.wants_news,
        "tag": link.tag,
    }


def _link_line(link: Link) -> str:
    tag = [] if link.tag is None else [f"by the code that ends in {link.tag}"]
    news = [] if link.wants_news else ["wants no news"]
    since = f"since {jakarta(link.created_at)}"
    return f"person {link.person_id}: {', '.join([link.role, f'on {link.channel}', since, *tag, *news])}"
