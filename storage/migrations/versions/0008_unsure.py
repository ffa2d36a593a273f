"""An index of the messages of which nobody knows whether they arrived."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    unsure = sa.text("status = 'unsure'")
    op.create_index(
        "ix_outbox_unsure", "outbox", ["channel", "intended_at"], sqlite_where=unsure, postgresql_where=unsure
    )
