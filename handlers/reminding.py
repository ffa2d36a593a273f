"""Makes the reminders of deadlines that are due soon, and throws away what is not true any more."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta

from faq.edition import Edition
from handlers import dates, deadlines
from handlers.deadlines import Reminder
from handlers.inbox import Fit
from handlers.messages import Choice, Reply
from handlers.subscriptions import OFF
from handlers.wording import LANGUAGES, Language, Wording
from storage import outbox
from storage.broadcasts import reminders
from storage.broadcasts.reminders import Setting
from storage.database import Database, Transaction
from storage.office import staff
from storage.outbox import PUSH, Draft

AHEAD = timedelta(days=2)  # so long before it is sent a reminder is made, and staff are told
LATE = timedelta(days=1)  # so long after its time one that has not begun is still sent


def standing(reminder: Reminder, settings: Mapping[str, Setting]) -> Setting:
    """Return what staff changed of a reminder; words written for another day than the deadline do not count."""
    found = settings.get(reminder.key, Setting())
    return found if found.deadline == reminder.deadline.day else Setting(found.enabled)


class Reminding:
    """Makes reminders; several processes may do so at the same time."""

    def __init__(self, database: Database, wording: Wording, fit: Fit) -> None:
        self._database = database
        self._wording = wording
        self._fit = fit

    async def remind(self, editions: Sequence[Edition], site: str, now: datetime) -> int:
        """Make the reminders that are due soon and tell staff; return how many were made."""
        known = {each.key: each for each in deadlines.reminders(editions)}
        async with self._database.transaction() as tx:
            await self._discard(tx, known, now)
            settings = await reminders.settings(tx)
            made = 0
            for reminder in known.values():
                if reminder.starts_at - AHEAD <= now < reminder.starts_at:
                    made += await self._make(tx, reminder, standing(reminder, settings), site, now)
        return made

    async def _discard(self, tx: Transaction, known: Mapping[str, Reminder], now: datetime) -> None:
        """Throw away what waits for a moment that is not the right one any more, or long past."""
        for found in await reminders.waiting(tx):
            reminder = known.get(found.key)
            if reminder is None or reminder.starts_at != found.starts_at or now > found.starts_at + LATE:
                await reminders.discard(tx, found, now)

    async def _make(self, tx: Transaction, reminder: Reminder, setting: Setting, site: str, now: datetime) -> bool:
        if not setting.enabled:
            return False
        texts = {**reminder.deadline.texts(self._wording, site), **setting.texts}
        stop: dict[str, list[tuple[str, str]]] = {
            each: [(OFF, self._wording.say("news.button_unsubscribe", each))] for each in LANGUAGES
        }
        wanted = reminders.Reminder(
            reminder.key, reminder.starts_at, texts, bool(setting.texts), setting.author_id, stop
        )
        broadcast_id = await reminders.create(tx, wanted, now)
        if broadcast_id is None:
            return False
        for colleague in await staff.to_tell(tx):
            language: Language = "en" if colleague.language == "en" else "id"
            parts = self._fit(colleague.channel, self._notice(wanted, broadcast_id, language))
            await outbox.add(tx, [_draft(colleague.person_id, colleague.channel, part) for part in parts], now)
        return True

    def _notice(self, made: reminders.Reminder, broadcast_id: int, language: Language) -> Reply:
        moment = dates.moment(made.starts_at, language, self._wording)
        key = "reminders.made_own" if made.own_words else "reminders.made"
        text = self._wording.say(key, language, moment=moment, text=made.texts[language])
        see = Choice(f"staff:reminder:{made.key}", self._wording.say("reminders.button_show", language))
        approve = Choice(f"news:show:{broadcast_id}", self._wording.say("reminders.button_approve", language))
        return Reply(text, (*([approve] if made.own_words else []), see))


def _draft(person_id: int, channel: str, reply: Reply) -> Draft:
    choices = tuple((choice.id, choice.title) for choice in reply.choices)
    return Draft(person_id, channel, reply.text, choices, priority=PUSH)
