"""The tables of staff, of their talks with people, and of phrasings they taught."""

from __future__ import annotations

import sqlalchemy as sa

from storage.database import UtcDateTime
from storage.schema import BigId, metadata, person_column

staff = sa.Table(
    "staff",
    metadata,
    sa.Column("id", BigId, primary_key=True, autoincrement=True),
    sa.Column("name", sa.Text, nullable=False),
    sa.Column("role", sa.Text, nullable=False),
    sa.Column("person_id", BigId, sa.ForeignKey("people.id", ondelete="SET NULL"), unique=True),
    sa.Column("code_sha256", sa.Text, unique=True),  # of the invitation, until it is used
    sa.Column("code_expires_at", UtcDateTime),
    sa.Column("invited_at", UtcDateTime, nullable=False),
    sa.Column("joined_at", UtcDateTime),
    sa.Column("removed_at", UtcDateTime),
    sa.Column("channel", sa.Text),  # where they work
    sa.Column("on_duty", sa.Boolean, nullable=False, server_default=sa.false()),
    sa.CheckConstraint("role IN ('officer', 'admin')", name="role"),
    sa.CheckConstraint("(code_sha256 IS NULL) = (code_expires_at IS NULL)", name="code"),
    sa.CheckConstraint("removed_at IS NULL OR (person_id IS NULL AND code_sha256 IS NULL)", name="removed"),
    sa.Index(
        "uq_staff_name",
        "name",
        unique=True,
        sqlite_where=sa.text("removed_at IS NULL"),
        postgresql_where=sa.text("removed_at IS NULL"),
    ),
    sqlite_autoincrement=True,
)

# Talks with an officer: asked for, taken by one, given back.
handovers = sa.Table(
    "handovers",
    metadata,
    sa.Column("id", BigId, primary_key=True, autoincrement=True),
    person_column(),
    sa.Column("channel", sa.Text, nullable=False),
    sa.Column("opened_at", UtcDateTime, nullable=False),
    sa.Column("officer_id", BigId, sa.ForeignKey(staff.c.id, ondelete="SET NULL")),
    sa.Column("taken_at", UtcDateTime),
    sa.Column("last_said_at", UtcDateTime, nullable=False),  # by either side; before anything was said, since it waits
    sa.Column("closed_at", UtcDateTime),
    sa.Column("closed_by", sa.Text),
    sa.CheckConstraint("(closed_at IS NULL) = (closed_by IS NULL)", name="closed"),
    sa.CheckConstraint("closed_by IN ('person', 'officer', 'time')", name="closed_by"),
    sa.Index(
        "uq_handovers_open",
        "person_id",
        unique=True,
        sqlite_where=sa.text("closed_at IS NULL"),
        postgresql_where=sa.text("closed_at IS NULL"),
    ),
    # An officer talks to one person at a time.
    sa.Index(
        "uq_handovers_taken",
        "officer_id",
        unique=True,
        sqlite_where=sa.text("closed_at IS NULL AND officer_id IS NOT NULL"),
        postgresql_where=sa.text("closed_at IS NULL AND officer_id IS NOT NULL"),
    ),
    sa.Index("ix_handovers_closed_at", "closed_at"),
    sa.Index("ix_handovers_person_id", "person_id"),
    sqlite_autoincrement=True,
)

# Ways of asking that an officer added to an article, tried against all labelled questions before.
taught = sa.Table(
    "taught",
    metadata,
    sa.Column("id", BigId, primary_key=True, autoincrement=True),
    sa.Column("article_id", sa.Text, nullable=False),
    sa.Column("language", sa.Text, nullable=False),
    sa.Column("text", sa.Text, nullable=False, unique=True),  # normalised, masked
    sa.Column("taught_by", BigId, sa.ForeignKey(staff.c.id, ondelete="SET NULL")),
    sa.Column("taught_at", UtcDateTime, nullable=False),
    sa.CheckConstraint("language IN ('id', 'en')", name="language"),
    sqlite_autoincrement=True,
)
