"""Proposals, who may know of them, what they agreed to, and what is done about them."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

BIG_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.create_table(
        "api_keys",
        sa.Column("id", BIG_ID, autoincrement=True, nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("key_sha256", sa.Text(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("revoked_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_api_keys")),
        sa.UniqueConstraint("key_sha256", name=op.f("uq_api_keys_key_sha256")),
        sa.UniqueConstraint("name", name=op.f("uq_api_keys_name")),
        sqlite_autoincrement=True,
    )
    op.create_table(
        "attempts",
        sa.Column("subject", sa.Text(), nullable=False),
        sa.Column("failures", sa.Integer(), nullable=False),
        sa.Column("failed_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("failures > 0", name=op.f("ck_attempts_failures")),
        sa.PrimaryKeyConstraint("subject", name=op.f("pk_attempts")),
    )
    op.create_index("ix_attempts_failed_at", "attempts", ["failed_at"], unique=False)
    op.create_table(
        "audit",
        sa.Column("id", BIG_ID, autoincrement=True, nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("actor", sa.Text(), nullable=False),
        sa.Column("action", sa.Text(), nullable=False),
        sa.Column("subject", sa.Text(), nullable=False),
        sa.Column("details", sa.JSON(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_audit")),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_audit_at", "audit", ["at"], unique=False)
    op.create_table(
        "portal_readings",
        sa.Column("id", sa.SmallInteger(), autoincrement=False, nullable=False),
        sa.Column("changed_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("read_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("completed_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("id = 1", name=op.f("ck_portal_readings_one_row")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_portal_readings")),
    )
    op.create_table(
        "proposals",
        sa.Column("number", sa.Text(), nullable=False),
        sa.Column("edition", sa.SmallInteger(), nullable=False),
        sa.Column("category", sa.Text(), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("phone_sha256", sa.Text(), nullable=True),
        sa.Column("code_sha256", sa.Text(), nullable=True),
        sa.Column("code_expires_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("code_used_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("spent_code_sha256", sa.Text(), nullable=True),
        sa.Column("portal_code_sha256", sa.Text(), nullable=True),
        sa.Column("revision", sa.Integer(), server_default="1", nullable=False),
        sa.Column("confirmed_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("category IN ('pengabdian', 'kepeloporan')", name=op.f("ck_proposals_category")),
        sa.CheckConstraint("code_expires_at IS NULL OR code_sha256 IS NOT NULL", name=op.f("ck_proposals_code")),
        sa.CheckConstraint("edition BETWEEN 1985 AND 2999", name=op.f("ck_proposals_edition")),
        sa.PrimaryKeyConstraint("number", name=op.f("pk_proposals")),
    )
    op.create_index("ix_proposals_edition", "proposals", ["edition", "number"], unique=False)
    op.create_table(
        "staged_rows",
        sa.Column("import_id", sa.Text(), nullable=False),
        sa.Column("row", sa.Integer(), nullable=False),
        sa.Column("number", sa.Text(), nullable=False),
        sa.Column("edition", sa.SmallInteger(), nullable=False),
        sa.Column("category", sa.Text(), nullable=False),
        sa.Column("title", sa.Text(), nullable=True),
        sa.Column("phone_sha256", sa.Text(), nullable=True),
        sa.Column("code_sha256", sa.Text(), nullable=True),
        sa.Column("code_expires_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("state", sa.Text(), nullable=True),
        sa.Column("entered_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("released_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("verdict", sa.Text(), nullable=True),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.Column("seen_revision", sa.Integer(), nullable=True),
        sa.Column("staged_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("import_id", "row", name=op.f("pk_staged_rows")),
    )
    op.create_index("ix_staged_rows_import_id_number", "staged_rows", ["import_id", "number"], unique=False)
    op.create_index("ix_staged_rows_staged_at", "staged_rows", ["staged_at"], unique=False)
    op.create_table(
        "alarms",
        sa.Column("id", BIG_ID, autoincrement=True, nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("person_id", BIG_ID, nullable=True),
        sa.Column("number", sa.Text(), nullable=True),
        sa.Column("raised_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["person_id"], ["people.id"], name=op.f("fk_alarms_person_id"), ondelete="SET NULL"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_alarms")),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_alarms_person_id", "alarms", ["person_id"], unique=False)
    op.create_index("ix_alarms_raised_at", "alarms", ["raised_at"], unique=False)
    op.create_table(
        "consents",
        sa.Column("id", BIG_ID, autoincrement=True, nullable=False),
        sa.Column("person_id", BIG_ID, nullable=False),
        sa.Column("purpose", sa.Text(), nullable=False),
        sa.Column("version", sa.Text(), nullable=False),
        sa.Column("given_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("withdrawn_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["person_id"], ["people.id"], name=op.f("fk_consents_person_id"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_consents")),
        sqlite_autoincrement=True,
    )
    op.create_index(
        "uq_consents_given",
        "consents",
        ["person_id", "purpose"],
        unique=True,
        sqlite_where=sa.text("withdrawn_at IS NULL"),
        postgresql_where=sa.text("withdrawn_at IS NULL"),
    )
    op.create_table(
        "links",
        sa.Column("id", BIG_ID, autoincrement=True, nullable=False),
        sa.Column("person_id", BIG_ID, nullable=False),
        sa.Column("number", sa.Text(), nullable=False),
        sa.Column("role", sa.Text(), nullable=False),
        sa.Column("granted_by", BIG_ID, nullable=True),
        sa.Column("tag", sa.Text(), nullable=True),
        sa.Column("channel", sa.Text(), nullable=False),
        sa.Column("wants_news", sa.Boolean(), server_default=sa.true(), nullable=False),
        sa.Column("told_position", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("(role = 'delegate') = (granted_by IS NOT NULL)", name=op.f("ck_links_granted")),
        sa.CheckConstraint("role IN ('proposer', 'delegate')", name=op.f("ck_links_role")),
        sa.ForeignKeyConstraint(["granted_by"], ["links.id"], name=op.f("fk_links_granted_by"), ondelete="CASCADE"),
        sa.ForeignKeyConstraint(["number"], ["proposals.number"], name=op.f("fk_links_number"), ondelete="CASCADE"),
        sa.ForeignKeyConstraint(["person_id"], ["people.id"], name=op.f("fk_links_person_id"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_links")),
        sa.UniqueConstraint("person_id", "number", name=op.f("uq_links_person_id_number")),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_links_granted_by", "links", ["granted_by"], unique=False)
    op.create_index("ix_links_number", "links", ["number"], unique=False)
    op.create_table(
        "proposal_events",
        sa.Column("id", BIG_ID, autoincrement=True, nullable=False),
        sa.Column("number", sa.Text(), nullable=False),
        sa.Column("position", sa.BigInteger(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("entered_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("released_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("announced_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("correction", sa.Boolean(), server_default=sa.false(), nullable=False),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "announced_at IS NULL OR released_at IS NOT NULL", name=op.f("ck_proposal_events_announced")
        ),
        sa.ForeignKeyConstraint(
            ["number"], ["proposals.number"], name=op.f("fk_proposal_events_number"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_proposal_events")),
        sa.UniqueConstraint("number", "position", name=op.f("uq_proposal_events_number_position")),
        sqlite_autoincrement=True,
    )
    op.create_index(
        "ix_proposal_events_due",
        "proposal_events",
        ["released_at", "id"],
        unique=False,
        sqlite_where=sa.text("announced_at IS NULL AND released_at IS NOT NULL"),
        postgresql_where=sa.text("announced_at IS NULL AND released_at IS NOT NULL"),
    )
    op.create_index("ix_proposal_events_state", "proposal_events", ["state", "number"], unique=False)
    op.create_table(
        "delegate_codes",
        sa.Column("code_sha256", sa.Text(), nullable=False),
        sa.Column("link_id", BIG_ID, nullable=False),
        sa.Column("tag", sa.Text(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["link_id"], ["links.id"], name=op.f("fk_delegate_codes_link_id"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("code_sha256", name=op.f("pk_delegate_codes")),
    )
    op.create_index("ix_delegate_codes_expires_at", "delegate_codes", ["expires_at"], unique=False)
    op.create_index("ix_delegate_codes_link_id", "delegate_codes", ["link_id"], unique=False)
    op.add_column("outbox", sa.Column("topic", sa.Text(), nullable=True))
    op.add_column("attachments", sa.Column("illustration", sa.Boolean(), server_default=sa.false(), nullable=False))
    op.add_column("people", sa.Column("erased_at", sa.DateTime(timezone=True), nullable=True))
    op.create_index(
        "ix_people_erased_at",
        "people",
        ["erased_at"],
        unique=False,
        sqlite_where=sa.text("erased_at IS NOT NULL"),
        postgresql_where=sa.text("erased_at IS NOT NULL"),
    )
