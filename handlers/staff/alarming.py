"""Tells staff at once of what only people can put right, each alarm once, on a channel that works."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Final

from handlers.messages import Reply
from handlers.staff.outlets import Outlets
from handlers.staff.speaking import language_of
from handlers.wording import Wording
from storage import alarms, outbox, rests
from storage.broadcasts import audience
from storage.database import Transaction
from storage.office import staff
from storage.outbox import PUSH, Draft

KINDS: Final = ("whatsapp_account", "whatsapp_spam", "whatsapp_templates")


@dataclass(frozen=True, slots=True)
class Alarming:
    """The telling; what was told is written down in the same transaction, so that several processes may do it."""

    wording: Wording
    outlets: Outlets

    async def tell(self, tx: Transaction, now: datetime) -> int:
        """Tell everybody who works here of the alarms that nobody heard of; return how many messages were queued."""
        kinds = await alarms.untold(tx, KINDS, now)
        if not kinds:
            return 0
        drafts = []
        where = await self._channels(tx, now)
        for colleague in await staff.active(tx):
            channel = where.get(colleague.person_id, colleague.channel)
            for kind in kinds:
                said = Reply(self.wording.say(f"alarms.{kind}", language_of(colleague)))
                parts = self.outlets.fit(channel, said)
                drafts += [Draft(colleague.person_id, channel, part.text, priority=PUSH) for part in parts]
        await outbox.add(tx, drafts, now)
        return len(drafts)

    async def _channels(self, tx: Transaction, now: datetime) -> dict[int, str]:
        """Return, for those whose channel rests, another by which they can be told."""
        resting = {channel for channel, extent in await rests.resting(tx, now) if extent == "all"}
        working = [channel for channel in self.outlets.channels if channel not in resting]
        cut_off = [each.person_id for each in await staff.active(tx) if each.channel in resting]
        return await audience.channels_of(tx, cut_off, working)
