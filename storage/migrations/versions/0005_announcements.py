"""Staff and their talks with people, what people want to be told of, and announcements to many."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

BIG_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.create_table(
        "paces",
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("free_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_paces")),
    )
    op.create_table(
        "interests",
        sa.Column("person_id", BIG_ID, nullable=False),
        sa.Column("category", sa.Text(), nullable=False),
        sa.Column("asked_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["person_id"], ["people.id"], name=op.f("fk_interests_person_id"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("person_id", "category", name=op.f("pk_interests")),
    )
    op.create_index("ix_interests_asked_at", "interests", ["asked_at"], unique=False)

    op.create_table(
        "staff",
        sa.Column("id", BIG_ID, autoincrement=True, nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("role", sa.Text(), nullable=False),
        sa.Column("person_id", BIG_ID, nullable=True),
        sa.Column("code_sha256", sa.Text(), nullable=True),
        sa.Column("code_expires_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("invited_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("joined_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("removed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("channel", sa.Text(), nullable=True),
        sa.Column("on_duty", sa.Boolean(), server_default=sa.false(), nullable=False),
        sa.CheckConstraint("role IN ('officer', 'admin')", name=op.f("ck_staff_role")),
        sa.CheckConstraint("(code_sha256 IS NULL) = (code_expires_at IS NULL)", name=op.f("ck_staff_code")),
        sa.CheckConstraint(
            "removed_at IS NULL OR (person_id IS NULL AND code_sha256 IS NULL)", name=op.f("ck_staff_removed")
        ),
        sa.ForeignKeyConstraint(["person_id"], ["people.id"], name=op.f("fk_staff_person_id"), ondelete="SET NULL"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_staff")),
        sa.UniqueConstraint("code_sha256", name=op.f("uq_staff_code_sha256")),
        sa.UniqueConstraint("person_id", name=op.f("uq_staff_person_id")),
        sqlite_autoincrement=True,
    )
    op.create_index(
        "uq_staff_name",
        "staff",
        ["name"],
        unique=True,
        sqlite_where=sa.text("removed_at IS NULL"),
        postgresql_where=sa.text("removed_at IS NULL"),
    )

    op.create_table(
        "reminders",
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("enabled", sa.Boolean(), server_default=sa.true(), nullable=False),
        sa.Column("text_id", sa.Text(), nullable=True),
        sa.Column("text_en", sa.Text(), nullable=True),
        sa.Column("deadline", sa.Date(), nullable=True),
        sa.Column("author_id", BIG_ID, nullable=True),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "text_id IS NULL AND text_en IS NULL OR deadline IS NOT NULL", name=op.f("ck_reminders_deadline")
        ),
        sa.ForeignKeyConstraint(["author_id"], ["staff.id"], name=op.f("fk_reminders_author_id"), ondelete="SET NULL"),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_reminders")),
    )
    op.create_index("ix_reminders_author_id", "reminders", ["author_id"], unique=False)

    op.create_table(
        "subscriptions",
        sa.Column("person_id", BIG_ID, nullable=False),
        sa.Column("topic", sa.Text(), nullable=False),
        sa.Column("since", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("topic IN ('announcements', 'deadlines')", name=op.f("ck_subscriptions_topic")),
        sa.ForeignKeyConstraint(
            ["person_id"], ["people.id"], name=op.f("fk_subscriptions_person_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("person_id", "topic", name=op.f("pk_subscriptions")),
    )
    op.create_table(
        "broadcasts",
        sa.Column("id", BIG_ID, autoincrement=True, nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("of_id", BIG_ID, nullable=True),
        sa.Column("topic", sa.Text(), nullable=False),
        sa.Column("status", sa.Text(), server_default="draft", nullable=False),
        sa.Column("audience", sa.JSON(), nullable=False),
        sa.Column("version", sa.Integer(), server_default="1", nullable=False),
        sa.Column("asked_version", sa.Integer(), nullable=True),
        sa.Column("author_id", BIG_ID, nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("approver_id", BIG_ID, nullable=True),
        sa.Column("approved_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("alone", sa.Boolean(), server_default=sa.false(), nullable=False),
        sa.Column("starts_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("warned_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("started_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("frozen_to", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("freeze_end", sa.BigInteger(), nullable=True),
        sa.Column("total", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("progress_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("reported_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("tally", sa.JSON(), nullable=True),
        sa.Column("reminder_key", sa.Text(), nullable=True),
        sa.CheckConstraint(
            "(ended_at IS NOT NULL) = (status IN ('stopped', 'finished', 'discarded'))",
            name=op.f("ck_broadcasts_ended"),
        ),
        sa.CheckConstraint("(kind = 'announcement') = (of_id IS NULL)", name=op.f("ck_broadcasts_of")),
        sa.CheckConstraint("kind IN ('announcement', 'correction', 'withdrawal')", name=op.f("ck_broadcasts_kind")),
        sa.CheckConstraint(
            "status IN ('draft', 'approved', 'preparing', 'running', 'paused', 'stopped', 'finished', 'discarded')",
            name=op.f("ck_broadcasts_status"),
        ),
        sa.CheckConstraint(
            "status IN ('draft', 'discarded') OR approved_at IS NOT NULL", name=op.f("ck_broadcasts_approved")
        ),
        sa.CheckConstraint("topic IN ('announcements', 'deadlines')", name=op.f("ck_broadcasts_topic")),
        sa.CheckConstraint(
            "approver_id IS NULL OR author_id IS NULL OR approver_id <> author_id OR alone",
            name=op.f("ck_broadcasts_second_officer"),
        ),
        sa.ForeignKeyConstraint(
            ["approver_id"], ["staff.id"], name=op.f("fk_broadcasts_approver_id"), ondelete="SET NULL"
        ),
        sa.ForeignKeyConstraint(["author_id"], ["staff.id"], name=op.f("fk_broadcasts_author_id"), ondelete="SET NULL"),
        sa.ForeignKeyConstraint(["of_id"], ["broadcasts.id"], name=op.f("fk_broadcasts_of_id"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_broadcasts")),
        sa.UniqueConstraint("reminder_key", name=op.f("uq_broadcasts_reminder_key")),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_broadcasts_approver_id", "broadcasts", ["approver_id"], unique=False)
    op.create_index("ix_broadcasts_author_id", "broadcasts", ["author_id"], unique=False)
    op.create_index("ix_broadcasts_of_id", "broadcasts", ["of_id"], unique=False)
    op.create_index("ix_broadcasts_status", "broadcasts", ["status"], unique=False)

    op.create_table(
        "handovers",
        sa.Column("id", BIG_ID, autoincrement=True, nullable=False),
        sa.Column("person_id", BIG_ID, nullable=False),
        sa.Column("channel", sa.Text(), nullable=False),
        sa.Column("opened_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("officer_id", BIG_ID, nullable=True),
        sa.Column("taken_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("last_said_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("closed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("closed_by", sa.Text(), nullable=True),
        sa.CheckConstraint("closed_by IN ('person', 'officer', 'time')", name=op.f("ck_handovers_closed_by")),
        sa.CheckConstraint("(closed_at IS NULL) = (closed_by IS NULL)", name=op.f("ck_handovers_closed")),
        sa.ForeignKeyConstraint(
            ["officer_id"], ["staff.id"], name=op.f("fk_handovers_officer_id"), ondelete="SET NULL"
        ),
        sa.ForeignKeyConstraint(["person_id"], ["people.id"], name=op.f("fk_handovers_person_id"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_handovers")),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_handovers_closed_at", "handovers", ["closed_at"], unique=False)
    op.create_index("ix_handovers_person_id", "handovers", ["person_id"], unique=False)
    op.create_index(
        "uq_handovers_open",
        "handovers",
        ["person_id"],
        unique=True,
        sqlite_where=sa.text("closed_at IS NULL"),
        postgresql_where=sa.text("closed_at IS NULL"),
    )
    op.create_index(
        "uq_handovers_taken",
        "handovers",
        ["officer_id"],
        unique=True,
        sqlite_where=sa.text("closed_at IS NULL AND officer_id IS NOT NULL"),
        postgresql_where=sa.text("closed_at IS NULL AND officer_id IS NOT NULL"),
    )

    op.create_table(
        "taught",
        sa.Column("id", BIG_ID, autoincrement=True, nullable=False),
        sa.Column("article_id", sa.Text(), nullable=False),
        sa.Column("language", sa.Text(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("taught_by", BIG_ID, nullable=True),
        sa.Column("taught_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("language IN ('id', 'en')", name=op.f("ck_taught_language")),
        sa.ForeignKeyConstraint(["taught_by"], ["staff.id"], name=op.f("fk_taught_taught_by"), ondelete="SET NULL"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_taught")),
        sa.UniqueConstraint("text", name=op.f("uq_taught_text")),
        sqlite_autoincrement=True,
    )
    op.create_table(
        "broadcast_texts",
        sa.Column("broadcast_id", BIG_ID, nullable=False),
        sa.Column("language", sa.Text(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("choices", sa.JSON(), nullable=False),
        sa.CheckConstraint("language IN ('id', 'en')", name=op.f("ck_broadcast_texts_language")),
        sa.ForeignKeyConstraint(
            ["broadcast_id"], ["broadcasts.id"], name=op.f("fk_broadcast_texts_broadcast_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("broadcast_id", "language", name=op.f("pk_broadcast_texts")),
    )
    # SQLite would copy the table, and lose on the way what hangs on its rows.
    big = "INTEGER" if op.get_bind().dialect.name == "sqlite" else "BIGINT"
    op.execute(
        f"ALTER TABLE outbox ADD COLUMN broadcast_id {big}"
        " CONSTRAINT fk_outbox_broadcast_id REFERENCES broadcasts (id) ON DELETE CASCADE"
    )
    for name in ("language", "edits"):
        op.add_column("outbox", sa.Column(name, sa.Text(), nullable=True))
    for name in ("delivered_at", "read_at"):
        op.add_column("outbox", sa.Column(name, sa.DateTime(timezone=True), nullable=True))
    op.drop_index("ix_outbox_queued", "outbox")
    for name, columns, condition, unique in (
        ("ix_outbox_queued", ["channel", "priority", "id"], "status = 'queued' AND broadcast_id IS NULL", False),
        (
            "ix_outbox_broadcast",
            ["broadcast_id", "channel", "not_before", "id"],
            "status = 'queued' AND broadcast_id IS NOT NULL",
            False,
        ),
        ("ix_outbox_delivered", ["broadcast_id", "delivered_at"], "delivered_at IS NOT NULL", False),
        ("uq_outbox_recipient", ["broadcast_id", "person_id"], "broadcast_id IS NOT NULL", True),
        ("ix_outbox_platform_message_id", ["platform_message_id"], "platform_message_id IS NOT NULL", False),
    ):
        where = sa.text(condition)
        op.create_index(name, "outbox", columns, unique=unique, sqlite_where=where, postgresql_where=where)
    op.create_index("ix_outbox_counts", "outbox", ["broadcast_id", "status", "channel", "reason"])
    with op.batch_alter_table("attachments", table_kwargs={"sqlite_autoincrement": True}) as batch:
        batch.add_column(sa.Column("broadcast_id", BIG_ID, nullable=True))
        batch.alter_column("outbox_id", existing_type=BIG_ID, nullable=True)
        batch.create_foreign_key(
            op.f("fk_attachments_broadcast_id"), "broadcasts", ["broadcast_id"], ["id"], ondelete="CASCADE"
        )
        batch.create_check_constraint(op.f("ck_attachments_one_owner"), "(outbox_id IS NULL) <> (broadcast_id IS NULL)")
    op.create_index("ix_attachments_broadcast_id", "attachments", ["broadcast_id"])
    op.add_column("people", sa.Column("last_channel", sa.Text(), nullable=True))
    # Who was here before this was written down: most have one way only.
    op.execute(
        "UPDATE people SET last_channel = CASE WHEN telegram_id IS NOT NULL THEN 'telegram'"
        " WHEN web_token_hash IS NOT NULL THEN 'web' WHEN terminal_name IS NOT NULL THEN 'terminal' ELSE 'whatsapp' END"
    )
