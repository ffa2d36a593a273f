"""WhatsApp's window, who was written to outside it, what a platform reported, and of what staff were told."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None

BIG_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.add_column("people", sa.Column("whatsapp_seen_at", sa.DateTime(timezone=True), nullable=True))
    # Who wrote there last: before this was written down, when they wrote was when they were seen.
    op.execute("UPDATE people SET whatsapp_seen_at = last_seen_at WHERE last_channel = 'whatsapp'")
    op.add_column("outbox", sa.Column("template", sa.Text(), nullable=True))
    op.add_column("outbox", sa.Column("reported_at", sa.DateTime(timezone=True), nullable=True))
    op.add_column("alarms", sa.Column("told_at", sa.DateTime(timezone=True), nullable=True))
    op.create_table(
        "openings",
        sa.Column("person_id", BIG_ID, autoincrement=False, nullable=False),
        sa.Column("opened_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["person_id"], ["people.id"], name=op.f("fk_openings_person_id"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("person_id", name=op.f("pk_openings")),
    )
    op.create_index("ix_openings_opened_at", "openings", ["opened_at"])
