"""Reminders of an edition's deadlines: broadcasts that nobody wrote, and what staff changed of them beforehand.

One that waits holds its key, so that there is one whatever several processes do; thrown away, it lets the key go, and
it can be made anew.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime

import sqlalchemy as sa

from storage import audit, database
from storage.audit import Act
from storage.broadcasts.audience import Audience
from storage.broadcasts.tables import broadcast_texts, broadcasts, reminders
from storage.database import Transaction

ACTOR = "reminders"  # how the audit calls what is done by itself


@dataclass(frozen=True, slots=True)
class Reminder:
    """One to be made: its key, when it is to be sent, and what it says by language.

    With words that an officer wrote (`author_id`) it waits for a second one to approve it.
    """

    key: str
    starts_at: datetime
    texts: Mapping[str, str]
    own_words: bool = False
    author_id: int | None = None
    choices: Mapping[str, Sequence[tuple[str, str]]] = field(default_factory=dict)  # the buttons below, by language


@dataclass(frozen=True, slots=True)
class Waiting:
    """One that was made and has not begun."""

    id: int
    key: str
    starts_at: datetime


@dataclass(frozen=True, slots=True)
class Setting:
    """What staff changed of a reminder: whether it is sent, and its words by language, written for this `deadline`."""

    enabled: bool = True
    texts: Mapping[str, str] = field(default_factory=dict)
    deadline: date | None = None
    author_id: int | None = None


async def settings(tx: Transaction) -> dict[str, Setting]:
    """Return what staff changed, by key."""
    found = {}
    for row in (await tx.execute(sa.select(reminders))).all():
        texts = {language: text for language, text in (("id", row.text_id), ("en", row.text_en)) if text is not None}
        found[str(row.key)] = Setting(row.enabled, texts, row.deadline, row.author_id)
    return found


async def change(tx: Transaction, key: str, setting: Setting, act: Act) -> None:
    """Keep what an officer changed; what waits already is thrown away, to be made anew as it is now."""
    row = {
        "key": key,
        "enabled": setting.enabled,
        "text_id": setting.texts.get("id"),
        "text_en": setting.texts.get("en"),
        "deadline": setting.deadline if setting.texts else None,
        "author_id": setting.author_id if setting.texts else None,
        "changed_at": act.at,
    }
    insert = database.insert(tx, reminders).values(row)
    same = {name: insert.excluded[name] for name in row if name != "key"}
    await tx.execute(insert.on_conflict_do_update(index_elements=["key"], set_=same))
    await _end(tx, broadcasts.c.reminder_key == key, act.at)
    await audit.record(tx, act)


async def waiting(tx: Transaction) -> list[Waiting]:
    """Return those that were made and have not begun."""
    query = sa.select(broadcasts.c.id, broadcasts.c.reminder_key, broadcasts.c.starts_at).where(*_NOT_BEGUN)
    return [Waiting(*row) for row in (await tx.execute(query.order_by(broadcasts.c.id))).all()]


async def create(tx: Transaction, reminder: Reminder, now: datetime) -> int | None:
    """Make a reminder and return its id; None where there is one by its key, whatever became of it."""
    approved = {"status": "approved", "approved_at": now}
    row = {
        "kind": "announcement",
        "topic": "deadlines",
        "audience": Audience().to_json(),
        "author_id": reminder.author_id,
        "created_at": now,
        "starts_at": reminder.starts_at,
        "reminder_key": reminder.key,
        **({} if reminder.own_words else approved),
    }
    insert = database.insert(tx, broadcasts).values(row).on_conflict_do_nothing(index_elements=["reminder_key"])
    broadcast_id = (await tx.execute(insert.returning(broadcasts.c.id))).scalar()
    if broadcast_id is None:
        return None
    texts = [
        {
            "broadcast_id": broadcast_id,
            "language": language,
            "text": text,
            "choices": [list(choice) for choice in reminder.choices.get(language, ())],
        }
        for language, text in reminder.texts.items()
    ]
    await tx.execute(sa.insert(broadcast_texts), texts)
    details = {"key": reminder.key, "own_words": reminder.own_words}
    await audit.record(tx, Act(ACTOR, "reminder_made", f"broadcast:{broadcast_id}", details, now))
    return int(broadcast_id)


async def discard(tx: Transaction, found: Waiting, now: datetime) -> bool:
    """Throw away one that is not true any more; False when it has begun."""
    done = await _end(tx, broadcasts.c.id == found.id, now)
    if done:
        await audit.record(tx, Act(ACTOR, "reminder_discarded", f"broadcast:{found.id}", {"key": found.key}, now))
    return done


_NOT_BEGUN = (broadcasts.c.reminder_key.is_not(None), broadcasts.c.status.in_(("draft", "approved")))


async def _end(tx: Transaction, which: sa.ColumnElement[bool], now: datetime) -> bool:
    gone = {"status": "discarded", "ended_at": now, "reminder_key": None}
    return (await tx.execute(sa.update(broadcasts).where(which, *_NOT_BEGUN).values(gone))).rowcount > 0
