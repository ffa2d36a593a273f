"""How long personal data is kept, table by table, and the task that forgets it. docs/privacy.md tells people."""

from __future__ import annotations

from datetime import datetime, timedelta

import sqlalchemy as sa

from storage.broadcasts.tables import broadcasts
from storage.database import Transaction
from storage.office.tables import handovers, staff
from storage.outbox import UNKEPT
from storage.proposals.tables import delegate_codes, staged_rows
from storage.schema import (
    alarms,
    attempts,
    audit,
    conversations,
    feedback,
    inbound,
    interests,
    joining_codes,
    openings,
    outbox,
    people,
    transcript,
    unanswered,
)

# Platforms repeat a delivery for a day (Telegram) to a week (WhatsApp); after that the id has no use.
INBOUND = timedelta(days=14)
OUTBOX = timedelta(days=30)
TRANSCRIPT = timedelta(days=30)
# Long enough to gather numbers for the eligibility check and come back; its answers go with the conversation.
CONVERSATION = timedelta(days=30)
# Somebody who has not written for two editions is forgotten with all that hangs on them.
PERSON = timedelta(days=4 * 365)
# Masked and nobody's, but words are words: long enough to learn from, through one edition's rush.
UNANSWERED = timedelta(days=180)
FEEDBACK = timedelta(days=2 * 365)
# Failed proofs count for a day; what is older says nothing any more.
ATTEMPTS = timedelta(days=2)
# Through one edition, so that staff see what kept happening.
ALARMS = timedelta(days=365)
# Long enough to answer for an edition after its successor.
AUDIT = timedelta(days=5 * 365)
# A code that has run out lets nobody in.
DELEGATE_CODES = timedelta(0)
# Half a year back tells what somebody means to hand in.
INTERESTS = timedelta(days=180)
# That somebody talked to an officer, and with whom; not what was said.
HANDOVERS = timedelta(days=90)
# They are for this very moment.
JOINING_CODES = timedelta(0)
# They count for a day.
OPENINGS = timedelta(days=2)
# Left behind by an import that was killed.
STAGED_ROWS = timedelta(days=1)
# Whoever asked to be forgotten: long enough to send the last answer, and for a repeated delivery to be known as one.
ERASED = timedelta(hours=1)

# What is not to be kept stays so long where only its beginning was sent, so that it can be read; then its text goes.
UNREAD = timedelta(days=7)

AT_ONCE = 2_000  # rows of a table deleted in one transaction

_RULES = (
    (inbound, inbound.c.received_at, INBOUND),
    (transcript, transcript.c.created_at, TRANSCRIPT),
    (outbox, outbox.c.settled_at, OUTBOX),  # what is still open has no `settled_at` and stays
    (conversations, conversations.c.updated_at, CONVERSATION),
    (people, people.c.last_seen_at, PERSON),
    (unanswered, unanswered.c.created_at, UNANSWERED),
    (feedback, feedback.c.created_at, FEEDBACK),
    (attempts, attempts.c.failed_at, ATTEMPTS),
    (alarms, alarms.c.raised_at, ALARMS),
    (audit, audit.c.at, AUDIT),
    (delegate_codes, delegate_codes.c.expires_at, DELEGATE_CODES),
    (interests, interests.c.asked_at, INTERESTS),
    (handovers, handovers.c.closed_at, HANDOVERS),
    (broadcasts, broadcasts.c.ended_at, AUDIT),
    (staff, staff.c.removed_at, AUDIT),
    (joining_codes, joining_codes.c.expires_at, JOINING_CODES),
    (openings, openings.c.opened_at, OPENINGS),
    (staged_rows, staged_rows.c.staged_at, STAGED_ROWS),
)
KEPT_WITH_THE_PERSON = ("unreachable", "links", "consents", "subscriptions")  # deleted by ON DELETE CASCADE
KEPT_WITH_THE_MESSAGE = ("attachments", "broadcast_texts")
NOT_PERSONAL = ("editions", "check_counts", "api_keys", "portal_readings", "paces", "reminders", "taught")
# The ministry's own records, which it keeps as it must: deleted where the portal deletes them, or by command.
KEPT_BY_THE_MINISTRY = ("proposals", "proposal_events")


_is_written_to = sa.exists().where(
    outbox.c.person_id == people.c.id, outbox.c.status.in_(("queued", "claimed", "sending"))
)


async def forget(tx: Transaction, now: datetime) -> dict[str, int]:
    """Delete what has been kept long enough, of each table a part; return how many rows went, by table.

    Call it again until nothing goes: a part is small, so that nobody waits for an answer meanwhile.
    """
    unread = (outbox.c.topic == UNKEPT, outbox.c.text != "", outbox.c.settled_at < now - UNREAD)
    await tx.execute(sa.update(outbox).where(*unread).values(text=""))
    ended = sa.select(broadcasts.c.id).where(broadcasts.c.ended_at < now - OUTBOX)
    over = [(table, column < now - period) for table, column, period in _RULES]
    over += [
        # Recipients that a stopped broadcast never came to.
        (outbox, sa.and_(outbox.c.broadcast_id.in_(ended), outbox.c.status == "queued")),
        (people, sa.and_(people.c.erased_at < now - ERASED, ~_is_written_to)),
    ]
    gone = dict.fromkeys((table.name for table, _ in over), 0)
    for table, condition in over:
        key = sa.tuple_(*table.primary_key.columns)
        part = sa.select(*table.primary_key.columns).where(condition).limit(AT_ONCE)
        gone[table.name] += (await tx.execute(sa.delete(table).where(key.in_(part)))).rowcount
    return gone


def covered() -> set[str]:
    """Return the names of the tables that a rule reaches, directly or through their owner."""
    return {table.name for table, _, _ in _RULES} | {
        *KEPT_WITH_THE_PERSON,
        *KEPT_WITH_THE_MESSAGE,
        *NOT_PERSONAL,
        *KEPT_BY_THE_MINISTRY,
    }
