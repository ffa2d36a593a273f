"""The tables of broadcasts. Who gets one, and how that went, are rows of the outbox."""

from __future__ import annotations

import sqlalchemy as sa

from storage.database import UtcDateTime
from storage.office.tables import staff
from storage.schema import BigId, metadata

STATUSES = ("draft", "approved", "preparing", "running", "paused", "stopped", "finished", "discarded")
GOING = ("preparing", "running", "paused")  # it has begun and is not over

broadcasts = sa.Table(
    "broadcasts",
    metadata,
    sa.Column("id", BigId, primary_key=True, autoincrement=True),
    sa.Column("kind", sa.Text, nullable=False),
    # What a correction or a withdrawal changes.
    sa.Column("of_id", BigId, sa.ForeignKey("broadcasts.id", ondelete="CASCADE")),
    sa.Column("topic", sa.Text, nullable=False),
    sa.Column("status", sa.Text, nullable=False, server_default="draft"),
    sa.Column("audience", sa.JSON, nullable=False),
    sa.Column("version", sa.Integer, nullable=False, server_default="1"),  # counts what is approved or refused
    sa.Column("asked_version", sa.Integer),  # what approval was asked for
    sa.Column("author_id", BigId, sa.ForeignKey(staff.c.id, ondelete="SET NULL")),  # nobody: a reminder
    sa.Column("created_at", UtcDateTime, nullable=False),
    sa.Column("approver_id", BigId, sa.ForeignKey(staff.c.id, ondelete="SET NULL")),
    sa.Column("approved_at", UtcDateTime),
    sa.Column("alone", sa.Boolean, nullable=False, server_default=sa.false()),  # by an office of one officer
    sa.Column("starts_at", UtcDateTime),
    sa.Column("warned_at", UtcDateTime),  # when staff were reminded of what will be sent
    sa.Column("started_at", UtcDateTime),
    # The audience is frozen in the order of people's ids (or of the outbox, for a correction), up to a last one.
    sa.Column("frozen_to", sa.BigInteger, nullable=False, server_default="0"),
    sa.Column("freeze_end", sa.BigInteger),
    sa.Column("total", sa.BigInteger, nullable=False, server_default="0"),
    sa.Column("progress_at", UtcDateTime),  # when the progress message was last written
    sa.Column("ended_at", UtcDateTime),
    sa.Column("reported_at", UtcDateTime),
    sa.Column("tally", sa.JSON),  # the counts of the report, kept when the recipients are forgotten
    sa.Column("reminder_key", sa.Text, unique=True),
    sa.CheckConstraint(sa.column("status").in_(STATUSES), name="status"),
    sa.CheckConstraint("kind IN ('announcement', 'correction', 'withdrawal')", name="kind"),
    sa.CheckConstraint("(kind = 'announcement') = (of_id IS NULL)", name="of"),
    sa.CheckConstraint("topic IN ('announcements', 'deadlines')", name="topic"),
    # Four eyes: whoever wrote it does not approve it.
    sa.CheckConstraint(
        "approver_id IS NULL OR author_id IS NULL OR approver_id <> author_id OR alone", name="second_officer"
    ),
    sa.CheckConstraint("status IN ('draft', 'discarded') OR approved_at IS NOT NULL", name="approved"),
    sa.CheckConstraint("(ended_at IS NOT NULL) = (status IN ('stopped', 'finished', 'discarded'))", name="ended"),
    sa.Index("ix_broadcasts_status", "status"),
    sa.Index("ix_broadcasts_of_id", "of_id"),
    sa.Index("ix_broadcasts_author_id", "author_id"),
    sa.Index("ix_broadcasts_approver_id", "approver_id"),
    sqlite_autoincrement=True,
)

broadcast_texts = sa.Table(
    "broadcast_texts",
    metadata,
    sa.Column("broadcast_id", BigId, sa.ForeignKey("broadcasts.id", ondelete="CASCADE"), nullable=False),
    sa.Column("language", sa.Text, nullable=False),
    sa.Column("text", sa.Text, nullable=False),
    sa.Column("choices", sa.JSON, nullable=False),
    sa.CheckConstraint("language IN ('id', 'en')", name="language"),
    sa.PrimaryKeyConstraint("broadcast_id", "language"),
)

# Automatic reminders of an edition's deadlines that staff switched off, or gave words of their own.
reminders = sa.Table(
    "reminders",
    metadata,
    sa.Column("key", sa.Text, primary_key=True),  # edition, deadline and days before, such as 2026:registration:14
    sa.Column("enabled", sa.Boolean, nullable=False, server_default=sa.true()),
    sa.Column("text_id", sa.Text),
    sa.Column("text_en", sa.Text),
    sa.Column("deadline", sa.Date),  # the day for which these words were written
    sa.Column("author_id", BigId, sa.ForeignKey(staff.c.id, ondelete="SET NULL")),  # of the words
    sa.Column("changed_at", UtcDateTime, nullable=False),
    sa.CheckConstraint("text_id IS NULL AND text_en IS NULL OR deadline IS NOT NULL", name="deadline"),
    sa.Index("ix_reminders_author_id", "author_id"),
)
