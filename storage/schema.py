"""The tables, and in them everything that must be true of the data. The migrations add up to this.

Those of proposals stand in proposals/tables.py: only that package knows them.
"""

from __future__ import annotations

import sqlalchemy as sa

from storage.database import UtcDateTime

metadata = sa.MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "ck": "ck_%(table_name)s_%(constraint_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s",
        "pk": "pk_%(table_name)s",
    }
)

# SQLite numbers rows by itself only in an INTEGER primary key.
BigId = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def person_column() -> sa.Column[int]:
    return sa.Column("person_id", BigId, sa.ForeignKey("people.id", ondelete="CASCADE"), nullable=False)


people = sa.Table(
    "people",
    metadata,
    sa.Column("id", BigId, primary_key=True, autoincrement=True),
    sa.Column("telegram_id", sa.BigInteger, unique=True),
    sa.Column("whatsapp_user_id", sa.Text, unique=True),
    sa.Column("whatsapp_phone", sa.Text, unique=True),
    sa.Column("web_token_hash", sa.Text, unique=True),
    sa.Column("terminal_name", sa.Text, unique=True),
    sa.Column("language", sa.Text),
    sa.Column("language_chosen", sa.Boolean, nullable=False, server_default=sa.false()),
    sa.Column("notice_shown_at", UtcDateTime),
    sa.Column("created_at", UtcDateTime, nullable=False),
    sa.Column("last_seen_at", UtcDateTime, nullable=False),
    sa.Column("last_channel", sa.Text),  # where they wrote last: an announcement goes there
    # When they last wrote there: for a day from then on everything may be written to them, else templates only.
    sa.Column("whatsapp_seen_at", UtcDateTime),
    # Asked to be forgotten: all else is gone, and this row goes when the last answer has been sent.
    sa.Column("erased_at", UtcDateTime),
    sa.CheckConstraint("language IN ('id', 'en')", name="language"),
    sa.CheckConstraint(
        "telegram_id IS NOT NULL OR whatsapp_user_id IS NOT NULL OR whatsapp_phone IS NOT NULL"
        " OR web_token_hash IS NOT NULL OR terminal_name IS NOT NULL",
        name="known_somehow",
    ),
    sa.Index("ix_people_last_seen_at", "last_seen_at"),
    sa.Index(
        "ix_people_erased_at",
        "erased_at",
        sqlite_where=sa.text("erased_at IS NOT NULL"),
        postgresql_where=sa.text("erased_at IS NOT NULL"),
    ),
    sqlite_autoincrement=True,
)

# Doors that are closed: the person blocked us there, or is gone. Nothing is sent until they write again.
unreachable = sa.Table(
    "unreachable",
    metadata,
    person_column(),
    sa.Column("channel", sa.Text, nullable=False),
    sa.Column("since", UtcDateTime, nullable=False),
    sa.PrimaryKeyConstraint("person_id", "channel"),
)

# Who was written to outside their window on WhatsApp, and when last: of these there may be so many in a day.
openings = sa.Table(
    "openings",
    metadata,
    sa.Column(
        "person_id", BigId, sa.ForeignKey("people.id", ondelete="CASCADE"), primary_key=True, autoincrement=False
    ),
    sa.Column("opened_at", UtcDateTime, nullable=False),
    sa.Index("ix_openings_opened_at", "opened_at"),
)

# By which somebody shows on another channel that both accounts are theirs.
joining_codes = sa.Table(
    "joining_codes",
    metadata,
    sa.Column(
        "person_id", BigId, sa.ForeignKey("people.id", ondelete="CASCADE"), primary_key=True, autoincrement=False
    ),
    sa.Column("code_sha256", sa.Text, nullable=False, unique=True),
    sa.Column("channel", sa.Text, nullable=False),
    sa.Column("expires_at", UtcDateTime, nullable=False),
    sa.Index("ix_joining_codes_expires_at", "expires_at"),
)

conversations = sa.Table(
    "conversations",
    metadata,
    sa.Column(
        "person_id", BigId, sa.ForeignKey("people.id", ondelete="CASCADE"), primary_key=True, autoincrement=False
    ),
    sa.Column("state", sa.JSON, nullable=False),
    sa.Column("updated_at", UtcDateTime, nullable=False),
    sa.Index("ix_conversations_updated_at", "updated_at"),
)

# The ids of all messages that were taken in; the same id again does nothing.
inbound = sa.Table(
    "inbound",
    metadata,
    sa.Column("channel", sa.Text, nullable=False),
    sa.Column("message_id", sa.Text, nullable=False),
    person_column(),
    sa.Column("received_at", UtcDateTime, nullable=False),
    sa.PrimaryKeyConstraint("channel", "message_id"),
    sa.Index("ix_inbound_received_at", "received_at"),
    sa.Index("ix_inbound_person_id", "person_id"),
)

OUTBOX_STATUSES = ("queued", "claimed", "sending", "sent", "refused", "failed", "skipped", "unsure")

outbox = sa.Table(
    "outbox",
    metadata,
    sa.Column("id", BigId, primary_key=True, autoincrement=True),
    person_column(),
    sa.Column("channel", sa.Text, nullable=False),
    sa.Column("priority", sa.SmallInteger, nullable=False),
    sa.Column("text", sa.Text, nullable=False),
    sa.Column("choices", sa.JSON, nullable=False),
    sa.Column("attachments", sa.SmallInteger, nullable=False, server_default="0"),
    sa.Column("status", sa.Text, nullable=False, server_default="queued"),
    sa.Column("attempts", sa.SmallInteger, nullable=False, server_default="0"),
    sa.Column("not_before", UtcDateTime, nullable=False),
    sa.Column("lease_owner", sa.Text),
    sa.Column("lease_until", UtcDateTime),
    sa.Column("created_at", UtcDateTime, nullable=False),
    sa.Column("intended_at", UtcDateTime),
    sa.Column("settled_at", UtcDateTime),
    sa.Column("reason", sa.Text),
    sa.Column("platform_message_id", sa.Text),
    sa.Column("topic", sa.Text),  # what news are about, so that what still waits can be taken back
    sa.Column("template", sa.Text),  # as which the last attempt went, where it could not go as it is
    # One recipient of a broadcast: its text stands there, in this language; `edits` is the message that it changes.
    sa.Column("broadcast_id", BigId, sa.ForeignKey("broadcasts.id", ondelete="CASCADE")),
    sa.Column("language", sa.Text),
    sa.Column("edits", sa.Text),
    # Where the platform tells; what was read was delivered too.
    sa.Column("delivered_at", UtcDateTime),
    sa.Column("read_at", UtcDateTime),
    sa.Column("reported_at", UtcDateTime),  # of the last attempt, whatever it was
    sa.CheckConstraint(sa.column("status").in_(OUTBOX_STATUSES), name="status"),
    sa.CheckConstraint("(lease_owner IS NOT NULL) = (status IN ('claimed', 'sending'))", name="lease"),
    sa.CheckConstraint("(lease_owner IS NULL) = (lease_until IS NULL)", name="lease_until"),
    sa.CheckConstraint(
        "(settled_at IS NOT NULL) = (status IN ('sent', 'refused', 'failed', 'skipped', 'unsure'))", name="settled"
    ),
    # Whose turn it is, per channel: replies (low numbers) first, then in the order of writing.
    sa.Index(
        "ix_outbox_queued",
        "channel",
        "priority",
        "id",
        sqlite_where=sa.text("status = 'queued' AND broadcast_id IS NULL"),
        postgresql_where=sa.text("status = 'queued' AND broadcast_id IS NULL"),
    ),
    # The same of one broadcast, which may be paused or stopped: then nobody looks here. By the time from which each is
    # due, since in the order of ids PostgreSQL would rather read the table from its beginning, past all that are sent.
    sa.Index(
        "ix_outbox_broadcast",
        "broadcast_id",
        "channel",
        "not_before",
        "id",
        sqlite_where=sa.text("status = 'queued' AND broadcast_id IS NOT NULL"),
        postgresql_where=sa.text("status = 'queued' AND broadcast_id IS NOT NULL"),
    ),
    # How many stand where: counted from here alone, since the rows of a large broadcast take seconds to read.
    sa.Index("ix_outbox_counts", "broadcast_id", "status", "channel", "reason"),
    sa.Index(
        "ix_outbox_delivered",
        "broadcast_id",
        "delivered_at",
        sqlite_where=sa.text("delivered_at IS NOT NULL"),
        postgresql_where=sa.text("delivered_at IS NOT NULL"),
    ),
    # Nobody gets a broadcast twice, on whatever channel.
    sa.Index(
        "uq_outbox_recipient",
        "broadcast_id",
        "person_id",
        unique=True,
        sqlite_where=sa.text("broadcast_id IS NOT NULL"),
        postgresql_where=sa.text("broadcast_id IS NOT NULL"),
    ),
    # What is still ahead of a message to the same person.
    sa.Index(
        "ix_outbox_open",
        "person_id",
        "channel",
        "priority",
        "id",
        sqlite_where=sa.text("status IN ('queued', 'claimed', 'sending')"),
        postgresql_where=sa.text("status IN ('queued', 'claimed', 'sending')"),
    ),
    # At most one message to a person is in hand on a channel, whatever several processes see at the same moment.
    sa.Index(
        "uq_outbox_in_hand",
        "person_id",
        "channel",
        unique=True,
        sqlite_where=sa.text("status IN ('claimed', 'sending')"),
        postgresql_where=sa.text("status IN ('claimed', 'sending')"),
    ),
    sa.Index(
        "ix_outbox_leased",
        "lease_until",
        sqlite_where=sa.text("lease_until IS NOT NULL"),
        postgresql_where=sa.text("lease_until IS NOT NULL"),
    ),
    sa.Index("ix_outbox_settled_at", "settled_at"),
    # Of which nobody knows whether it arrived: few, looked at again and again.
    sa.Index(
        "ix_outbox_unsure",
        "channel",
        "intended_at",
        sqlite_where=sa.text("status = 'unsure'"),
        postgresql_where=sa.text("status = 'unsure'"),
    ),
    # What a platform reports of by its own id.
    sa.Index(
        "ix_outbox_platform_message_id",
        "platform_message_id",
        sqlite_where=sa.text("platform_message_id IS NOT NULL"),
        postgresql_where=sa.text("platform_message_id IS NOT NULL"),
    ),
    sqlite_autoincrement=True,
)

attachments = sa.Table(
    "attachments",
    metadata,
    sa.Column("id", BigId, primary_key=True, autoincrement=True),
    sa.Column("outbox_id", BigId, sa.ForeignKey("outbox.id", ondelete="CASCADE")),
    sa.Column("broadcast_id", BigId, sa.ForeignKey("broadcasts.id", ondelete="CASCADE")),
    sa.Column("filename", sa.Text, nullable=False),
    sa.Column("media_type", sa.Text, nullable=False),
    sa.Column("description", sa.Text, nullable=False),
    sa.Column("content", sa.LargeBinary, nullable=False),
    sa.Column("illustration", sa.Boolean, nullable=False, server_default=sa.false()),  # the text says it all
    sa.CheckConstraint("(outbox_id IS NULL) <> (broadcast_id IS NULL)", name="one_owner"),
    sa.Index("ix_attachments_outbox_id", "outbox_id"),
    sa.Index("ix_attachments_broadcast_id", "broadcast_id"),
    sqlite_autoincrement=True,
)

# Both sides of a conversation, only for channels that must show it again after a reload (the browser).
transcript = sa.Table(
    "transcript",
    metadata,
    sa.Column("id", BigId, primary_key=True, autoincrement=True),
    person_column(),
    sa.Column("author", sa.Text, nullable=False),
    sa.Column("text", sa.Text, nullable=False),
    sa.Column("choices", sa.JSON, nullable=False),
    sa.Column("client_id", sa.Text),
    sa.Column("outbox_id", BigId, sa.ForeignKey("outbox.id", ondelete="SET NULL"), unique=True),
    sa.Column("created_at", UtcDateTime, nullable=False),
    sa.CheckConstraint("author IN ('person', 'assistant')", name="author"),
    sa.Index("ix_transcript_person_id_id", "person_id", "id"),
    sa.Index("ix_transcript_created_at", "created_at"),
    sqlite_autoincrement=True,
)

# Editions that staff entered; each outranks the one of the same year that comes with the program.
editions = sa.Table(
    "editions",
    metadata,
    sa.Column("year", sa.SmallInteger, primary_key=True, autoincrement=False),
    sa.Column("document", sa.Text, nullable=False),
    sa.Column("imported_at", UtcDateTime, nullable=False),
)

# What was not understood, masked: no person, no channel.
unanswered = sa.Table(
    "unanswered",
    metadata,
    sa.Column("id", BigId, primary_key=True, autoincrement=True),
    sa.Column("text", sa.Text, nullable=False),
    sa.Column("language", sa.Text, nullable=False),
    sa.Column("created_at", UtcDateTime, nullable=False),
    sa.CheckConstraint("language IN ('id', 'en')", name="language"),
    sa.Index("ix_unanswered_created_at", "created_at"),
)

# Whether an answer helped: no person either.
feedback = sa.Table(
    "feedback",
    metadata,
    sa.Column("id", BigId, primary_key=True, autoincrement=True),
    sa.Column("article_id", sa.Text, nullable=False),
    sa.Column("helpful", sa.Boolean, nullable=False),
    sa.Column("created_at", UtcDateTime, nullable=False),
    sa.Index("ix_feedback_created_at", "created_at"),
)

# How often a rule stood in a result of the eligibility check, or "finished" for the results themselves: no person.
check_counts = sa.Table(
    "check_counts",
    metadata,
    sa.Column("month", sa.Date, nullable=False),  # its first day, in Jakarta
    sa.Column("name", sa.Text, nullable=False),
    sa.Column("total", sa.BigInteger, nullable=False),
    sa.PrimaryKeyConstraint("month", "name"),
    sa.CheckConstraint("total > 0", name="total"),
)

# Proofs that failed, by person and by number (its hash, since there may be no such number).
attempts = sa.Table(
    "attempts",
    metadata,
    sa.Column("subject", sa.Text, primary_key=True),
    sa.Column("failures", sa.Integer, nullable=False),
    sa.Column("failed_at", UtcDateTime, nullable=False),
    sa.CheckConstraint("failures > 0", name="failures"),
    sa.Index("ix_attempts_failed_at", "failed_at"),
)

# What staff should look at.
alarms = sa.Table(
    "alarms",
    metadata,
    sa.Column("id", BigId, primary_key=True, autoincrement=True),
    sa.Column("kind", sa.Text, nullable=False),
    sa.Column("person_id", BigId, sa.ForeignKey("people.id", ondelete="SET NULL")),
    sa.Column("number", sa.Text),
    sa.Column("raised_at", UtcDateTime, nullable=False),
    sa.Column("told_at", UtcDateTime),  # when staff were told of it in their chats
    sa.Index("ix_alarms_raised_at", "raised_at"),
    sa.Index("ix_alarms_person_id", "person_id"),
    sqlite_autoincrement=True,
)

# Who wants to be told of what, until they say stop.
subscriptions = sa.Table(
    "subscriptions",
    metadata,
    person_column(),
    sa.Column("topic", sa.Text, nullable=False),
    sa.Column("since", UtcDateTime, nullable=False),
    sa.CheckConstraint("topic IN ('announcements', 'deadlines')", name="topic"),
    sa.PrimaryKeyConstraint("person_id", "topic"),
)

# Which category somebody asked about, so that an announcement on it can go to those it concerns.
interests = sa.Table(
    "interests",
    metadata,
    person_column(),
    sa.Column("category", sa.Text, nullable=False),
    sa.Column("asked_at", UtcDateTime, nullable=False),
    sa.PrimaryKeyConstraint("person_id", "category"),
    sa.Index("ix_interests_asked_at", "asked_at"),
)

# When the next message of a platform's account may go, for all processes that send by it; and until when a line rests.
paces = sa.Table(
    "paces",
    metadata,
    sa.Column("name", sa.Text, primary_key=True),
    sa.Column("free_at", UtcDateTime, nullable=False),
)

# What people agreed to, by the version of the text they were shown, until they withdraw it.
consents = sa.Table(
    "consents",
    metadata,
    sa.Column("id", BigId, primary_key=True, autoincrement=True),
    person_column(),
    sa.Column("purpose", sa.Text, nullable=False),
    sa.Column("version", sa.Text, nullable=False),
    sa.Column("given_at", UtcDateTime, nullable=False),
    sa.Column("withdrawn_at", UtcDateTime),
    sa.Index(
        "uq_consents_given",
        "person_id",
        "purpose",
        unique=True,
        sqlite_where=sa.text("withdrawn_at IS NULL"),
        postgresql_where=sa.text("withdrawn_at IS NULL"),
    ),
    sqlite_autoincrement=True,
)

# What staff and the portal did; only ever added to.
audit = sa.Table(
    "audit",
    metadata,
    sa.Column("id", BigId, primary_key=True, autoincrement=True),
    sa.Column("at", UtcDateTime, nullable=False),
    sa.Column("actor", sa.Text, nullable=False),
    sa.Column("action", sa.Text, nullable=False),
    sa.Column("subject", sa.Text, nullable=False),
    sa.Column("details", sa.JSON, nullable=False),
    sa.Index("ix_audit_at", "at"),
    sqlite_autoincrement=True,
)

# Who may call /api/v1: the hash of each key.
api_keys = sa.Table(
    "api_keys",
    metadata,
    sa.Column("id", BigId, primary_key=True, autoincrement=True),
    sa.Column("name", sa.Text, nullable=False, unique=True),
    sa.Column("key_sha256", sa.Text, nullable=False, unique=True),
    sa.Column("created_at", UtcDateTime, nullable=False),
    sa.Column("revoked_at", UtcDateTime),
    sqlite_autoincrement=True,
)
