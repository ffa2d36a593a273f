"""Tells people of a status that was released: who, where, and in which words."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from handlers.inbox import Fit
from handlers.status.pages import Pages
from handlers.wording import Language, Wording
from storage import outbox
from storage.database import Database
from storage.outbox import PUSH, Draft
from storage.proposals import freshness, links, releases
from storage.proposals.releases import News

_AT_ONCE = 100  # events in one transaction


class Announcing:
    """Queues news of what is released by now; several processes may do so at the same time."""

    def __init__(self, database: Database, wording: Wording, contact: str, fit: Fit) -> None:
        self._database = database
        self._pages = Pages(wording, contact)
        self._fit = fit

    async def announce(self, now: datetime) -> int:
        """Queue the news that are due and return how many messages that made.

        An event is marked as announced in the transaction that queues its messages: a kill before leaves both undone.
        """
        count = 0
        while True:
            async with self._database.transaction() as tx:
                as_of = await freshness.as_of(tx, now)
                found = await releases.due(tx, as_of, now, _AT_ONCE)
                if found is None:
                    return count
                drafts = [draft for news in found for draft in self._drafts(news, as_of)]
                await outbox.add(tx, drafts, now)
                count += len(drafts)

    def _drafts(self, news: News, as_of: datetime) -> Sequence[Draft]:
        language: Language = "en" if news.language == "en" else "id"
        reply = self._pages.news(news.proposal, as_of, language)
        return [
            Draft(
                news.person_id,
                news.channel,
                part.text,
                tuple((choice.id, choice.title) for choice in part.choices),
                priority=PUSH,
                topic=links.topic(news.proposal.number),
            )
            for part in self._fit(news.channel, reply)
        ]
