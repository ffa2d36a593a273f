"""Whom a broadcast is for, on which of their channels, and who is left out and why."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from datetime import datetime
from typing import Any, Literal

import sqlalchemy as sa

from storage.contacts import ADDRESSES
from storage.database import Transaction
from storage.proposals import standing
from storage.schema import interests, people, subscriptions, unreachable

Base = Literal["subscribers", "proposers"]
Topic = Literal["announcements", "deadlines"]


@dataclass(frozen=True, slots=True)
class Audience:
    """All who subscribed, or all proposers who are tied to a proposal and want its news; then only those of these
    languages, channels, categories asked about and stages of a proposal, where any are named.
    """

    base: Base = "subscribers"
    languages: tuple[str, ...] = ()
    channels: tuple[str, ...] = ()
    categories: tuple[str, ...] = ()
    stages: tuple[str, ...] = ()

    @classmethod
    def from_json(cls, stored: Mapping[str, Any]) -> Audience:
        """Read what `to_json` returned."""
        narrowed = {name: tuple(value) for name, value in stored.items() if name != "base"}
        return cls(stored["base"], **narrowed)

    def to_json(self) -> dict[str, Any]:
        """Return it as plain JSON."""
        return {name: list(value) if isinstance(value, tuple) else value for name, value in asdict(self).items()}


@dataclass(frozen=True, slots=True)
class Forecast:
    """How many people a broadcast would go to, by (channel, language), and how many it would not, by reason:
    `unreachable` have no open channel, `filtered` are not among those named, `unsubscribed` do not want it.
    """

    counts: Mapping[tuple[str, str], int] = field(default_factory=dict)
    unreachable: int = 0
    filtered: int = 0
    unsubscribed: int = 0

    @property
    def total(self) -> int:
        """How many it would go to."""
        return sum(self.counts.values())


def channel_of(served: Sequence[str]) -> sa.ColumnElement[str]:
    """Return the channel to reach a person by: where they wrote last, if it is open to us, else another that is."""
    is_open = {
        channel: sa.and_(
            ADDRESSES[channel],
            ~sa.exists().where(unreachable.c.person_id == people.c.id, unreachable.c.channel == channel),
        )
        for channel in served
    }
    last = [(sa.and_(people.c.last_channel == channel, is_open[channel]), channel) for channel in served]
    others = [(is_open[channel], channel) for channel in served]
    return sa.case(*last, *others, else_=None)


async def channels_of(tx: Transaction, person_ids: Sequence[int], served: Sequence[str]) -> dict[int, str]:
    """Return by which of these channels each of these people can be reached, of those who can."""
    if not person_ids or not served:
        return {}
    query = sa.select(people.c.id, channel_of(served).label("channel")).where(people.c.id.in_(person_ids))
    return {row.id: row.channel for row in (await tx.execute(query)).all() if row.channel is not None}


LANGUAGE = sa.case((people.c.language == "en", "en"), else_="id")


def chosen(audience: Audience, topic: Topic, served: Sequence[str], now: datetime) -> sa.Select[tuple[int, str, str]]:
    """Return the query for the people it is for: `person_id`, `channel` (null for whom we cannot reach), `language`."""
    channel = channel_of(served)
    wanted = [people.c.erased_at.is_(None), _base(audience, topic)]
    if audience.languages:
        wanted.append(LANGUAGE.in_(audience.languages))
    if audience.channels:
        wanted.append(channel.in_(audience.channels))
    if audience.categories:
        asked = (interests.c.person_id == people.c.id, interests.c.category.in_(audience.categories))
        wanted.append(sa.exists().where(*asked))
    if audience.stages:
        proposers_only = audience.base == "proposers"
        wanted.append(standing.at_stage(people.c.id, audience.stages, now, proposers_only=proposers_only))
    return sa.select(people.c.id.label("person_id"), channel.label("channel"), LANGUAGE.label("language")).where(
        *wanted
    )


def _base(audience: Audience, topic: Topic) -> sa.ColumnElement[bool]:
    if audience.base == "proposers":
        return standing.is_proposer(people.c.id)
    return sa.exists().where(subscriptions.c.person_id == people.c.id, subscriptions.c.topic == topic)


def wanting(audience: Audience, topic: Topic) -> sa.Select[tuple[int]]:
    """Return the query for the ids of those who want to be told, whether we can reach them or not."""
    return sa.select(people.c.id).where(_base(audience, topic))


async def forecast(tx: Transaction, audience: Audience, topic: Topic, served: Sequence[str], now: datetime) -> Forecast:
    """Count whom it would go to now."""
    found = chosen(audience, topic, served, now).subquery()
    query = sa.select(found.c.channel, found.c.language, sa.func.count().label("people"))
    rows = (await tx.execute(query.group_by(found.c.channel, found.c.language))).all()
    counts = {(row.channel, row.language): row.people for row in rows if row.channel is not None}
    unreachable_ones = sum(row.people for row in rows if row.channel is None)
    known = [people.c.erased_at.is_(None)]
    everybody = await _count(tx, *known)
    of_base = await _count(tx, *known, _base(audience, topic))
    matched = sum(counts.values()) + unreachable_ones
    return Forecast(counts, unreachable_ones, of_base - matched, everybody - of_base)


async def _count(tx: Transaction, *conditions: sa.ColumnElement[bool]) -> int:
    query = sa.select(sa.func.count()).select_from(people).where(*conditions)
    return int((await tx.execute(query)).scalar_one())
