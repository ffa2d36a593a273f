"""Codes by which somebody joins their accounts on several channels."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

BIG_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.create_table(
        "joining_codes",
        sa.Column("person_id", BIG_ID, autoincrement=False, nullable=False),
        sa.Column("code_sha256", sa.Text(), nullable=False),
        sa.Column("channel", sa.Text(), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["person_id"], ["people.id"], name=op.f("fk_joining_codes_person_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("person_id", name=op.f("pk_joining_codes")),
        sa.UniqueConstraint("code_sha256", name=op.f("uq_joining_codes_code_sha256")),
    )
    op.create_index("ix_joining_codes_expires_at", "joining_codes", ["expires_at"])
