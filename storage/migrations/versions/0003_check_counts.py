"""How often each rule of the eligibility check stood in a result; without a person."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "check_counts",
        sa.Column("month", sa.Date(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("total", sa.BigInteger(), nullable=False),
        sa.CheckConstraint("total > 0", name=op.f("ck_check_counts_total")),
        sa.PrimaryKeyConstraint("month", "name", name=op.f("pk_check_counts")),
    )
    # By this time's end a conversation goes, the answers of a check in it included.
    op.create_index("ix_conversations_updated_at", "conversations", ["updated_at"], unique=False)
