"""People, conversations, messages in and out, transcripts, editions."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

BIG_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.create_table(
        "editions",
        sa.Column("year", sa.SmallInteger(), autoincrement=False, nullable=False),
        sa.Column("document", sa.Text(), nullable=False),
        sa.Column("imported_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("year", name=op.f("pk_editions")),
    )
    op.create_table(
        "people",
        sa.Column("id", BIG_ID, autoincrement=True, nullable=False),
        sa.Column("telegram_id", sa.BigInteger(), nullable=True),
        sa.Column("whatsapp_user_id", sa.Text(), nullable=True),
        sa.Column("whatsapp_phone", sa.Text(), nullable=True),
        sa.Column("web_token_hash", sa.Text(), nullable=True),
        sa.Column("terminal_name", sa.Text(), nullable=True),
        sa.Column("language", sa.Text(), nullable=True),
        sa.Column("language_chosen", sa.Boolean(), server_default=sa.false(), nullable=False),
        sa.Column("notice_shown_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("last_seen_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("language IN ('id', 'en')", name=op.f("ck_people_language")),
        sa.CheckConstraint(
            "telegram_id IS NOT NULL OR whatsapp_user_id IS NOT NULL OR whatsapp_phone IS NOT NULL"
            " OR web_token_hash IS NOT NULL OR terminal_name IS NOT NULL",
            name=op.f("ck_people_known_somehow"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_people")),
        sa.UniqueConstraint("telegram_id", name=op.f("uq_people_telegram_id")),
        sa.UniqueConstraint("terminal_name", name=op.f("uq_people_terminal_name")),
        sa.UniqueConstraint("web_token_hash", name=op.f("uq_people_web_token_hash")),
        sa.UniqueConstraint("whatsapp_phone", name=op.f("uq_people_whatsapp_phone")),
        sa.UniqueConstraint("whatsapp_user_id", name=op.f("uq_people_whatsapp_user_id")),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_people_last_seen_at", "people", ["last_seen_at"], unique=False)
    op.create_table(
        "conversations",
        sa.Column("person_id", BIG_ID, autoincrement=False, nullable=False),
        sa.Column("state", sa.JSON(), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["person_id"], ["people.id"], name=op.f("fk_conversations_person_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("person_id", name=op.f("pk_conversations")),
    )
    op.create_table(
        "inbound",
        sa.Column("channel", sa.Text(), nullable=False),
        sa.Column("message_id", sa.Text(), nullable=False),
        sa.Column("person_id", BIG_ID, nullable=False),
        sa.Column("received_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["person_id"], ["people.id"], name=op.f("fk_inbound_person_id"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("channel", "message_id", name=op.f("pk_inbound")),
    )
    op.create_index("ix_inbound_person_id", "inbound", ["person_id"], unique=False)
    op.create_index("ix_inbound_received_at", "inbound", ["received_at"], unique=False)
    op.create_table(
        "outbox",
        sa.Column("id", BIG_ID, autoincrement=True, nullable=False),
        sa.Column("person_id", BIG_ID, nullable=False),
        sa.Column("channel", sa.Text(), nullable=False),
        sa.Column("priority", sa.SmallInteger(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("choices", sa.JSON(), nullable=False),
        sa.Column("attachments", sa.SmallInteger(), server_default="0", nullable=False),
        sa.Column("status", sa.Text(), server_default="queued", nullable=False),
        sa.Column("attempts", sa.SmallInteger(), server_default="0", nullable=False),
        sa.Column("not_before", sa.DateTime(timezone=True), nullable=False),
        sa.Column("lease_owner", sa.Text(), nullable=True),
        sa.Column("lease_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("intended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("settled_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.Column("platform_message_id", sa.Text(), nullable=True),
        sa.CheckConstraint(
            "(lease_owner IS NOT NULL) = (status IN ('claimed', 'sending'))", name=op.f("ck_outbox_lease")
        ),
        sa.CheckConstraint(
            "(settled_at IS NOT NULL) = (status IN ('sent', 'refused', 'failed', 'skipped', 'unsure'))",
            name=op.f("ck_outbox_settled"),
        ),
        sa.CheckConstraint(
            "status IN ('queued', 'claimed', 'sending', 'sent', 'refused', 'failed', 'skipped', 'unsure')",
            name=op.f("ck_outbox_status"),
        ),
        sa.CheckConstraint("(lease_owner IS NULL) = (lease_until IS NULL)", name=op.f("ck_outbox_lease_until")),
        sa.ForeignKeyConstraint(["person_id"], ["people.id"], name=op.f("fk_outbox_person_id"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_outbox")),
        sqlite_autoincrement=True,
    )
    op.create_index(
        "ix_outbox_leased",
        "outbox",
        ["lease_until"],
        unique=False,
        sqlite_where=sa.text("lease_until IS NOT NULL"),
        postgresql_where=sa.text("lease_until IS NOT NULL"),
    )
    op.create_index(
        "ix_outbox_open",
        "outbox",
        ["person_id", "channel", "priority", "id"],
        unique=False,
        sqlite_where=sa.text("status IN ('queued', 'claimed', 'sending')"),
        postgresql_where=sa.text("status IN ('queued', 'claimed', 'sending')"),
    )
    op.create_index(
        "uq_outbox_in_hand",
        "outbox",
        ["person_id", "channel"],
        unique=True,
        sqlite_where=sa.text("status IN ('claimed', 'sending')"),
        postgresql_where=sa.text("status IN ('claimed', 'sending')"),
    )
    op.create_index(
        "ix_outbox_queued",
        "outbox",
        ["channel", "priority", "id"],
        unique=False,
        sqlite_where=sa.text("status = 'queued'"),
        postgresql_where=sa.text("status = 'queued'"),
    )
    op.create_index("ix_outbox_settled_at", "outbox", ["settled_at"], unique=False)
    op.create_table(
        "unreachable",
        sa.Column("person_id", BIG_ID, nullable=False),
        sa.Column("channel", sa.Text(), nullable=False),
        sa.Column("since", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["person_id"], ["people.id"], name=op.f("fk_unreachable_person_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("person_id", "channel", name=op.f("pk_unreachable")),
    )
    op.create_table(
        "attachments",
        sa.Column("id", BIG_ID, autoincrement=True, nullable=False),
        sa.Column("outbox_id", BIG_ID, nullable=False),
        sa.Column("filename", sa.Text(), nullable=False),
        sa.Column("media_type", sa.Text(), nullable=False),
        sa.Column("description", sa.Text(), nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(
            ["outbox_id"], ["outbox.id"], name=op.f("fk_attachments_outbox_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_attachments")),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_attachments_outbox_id", "attachments", ["outbox_id"], unique=False)
    op.create_table(
        "transcript",
        sa.Column("id", BIG_ID, autoincrement=True, nullable=False),
        sa.Column("person_id", BIG_ID, nullable=False),
        sa.Column("author", sa.Text(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("choices", sa.JSON(), nullable=False),
        sa.Column("client_id", sa.Text(), nullable=True),
        sa.Column("outbox_id", BIG_ID, nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("author IN ('person', 'assistant')", name=op.f("ck_transcript_author")),
        sa.ForeignKeyConstraint(
            ["outbox_id"], ["outbox.id"], name=op.f("fk_transcript_outbox_id"), ondelete="SET NULL"
        ),
        sa.ForeignKeyConstraint(["person_id"], ["people.id"], name=op.f("fk_transcript_person_id"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_transcript")),
        sa.UniqueConstraint("outbox_id", name=op.f("uq_transcript_outbox_id")),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_transcript_created_at", "transcript", ["created_at"], unique=False)
    op.create_index("ix_transcript_person_id_id", "transcript", ["person_id", "id"], unique=False)
