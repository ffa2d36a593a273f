"""The tables of proposals, of who may know of them, and of what is on its way into them."""

from __future__ import annotations

import sqlalchemy as sa

from storage.database import UtcDateTime
from storage.schema import BigId, metadata, person_column

# Nominations, from the portal's view, its calls, or a file. Of the phone number and the access code only the hash.
proposals = sa.Table(
    "proposals",
    metadata,
    sa.Column("number", sa.Text, primary_key=True),
    sa.Column("edition", sa.SmallInteger, nullable=False),
    sa.Column("category", sa.Text, nullable=False),
    sa.Column("title", sa.Text, nullable=False),
    sa.Column("phone_sha256", sa.Text),
    sa.Column("code_sha256", sa.Text),
    sa.Column("code_expires_at", UtcDateTime),
    sa.Column("code_used_at", UtcDateTime),
    sa.Column("spent_code_sha256", sa.Text),  # all that were used: a source may tell them again
    sa.Column("portal_code_sha256", sa.Text),  # the code its source said last: staff may have issued another
    sa.Column("revision", sa.Integer, nullable=False, server_default="1"),
    sa.Column("confirmed_at", UtcDateTime, nullable=False),  # when its source last said that this is how it stands
    sa.CheckConstraint("edition BETWEEN 1985 AND 2999", name="edition"),
    sa.CheckConstraint("category IN ('pengabdian', 'kepeloporan')", name="category"),
    sa.CheckConstraint("code_expires_at IS NULL OR code_sha256 IS NOT NULL", name="code"),
    sa.Index("ix_proposals_edition", "edition", "number"),
)

# How a proposal came to where it stands. People see the newest that was released.
proposal_events = sa.Table(
    "proposal_events",
    metadata,
    sa.Column("id", BigId, primary_key=True, autoincrement=True),
    sa.Column("number", sa.Text, sa.ForeignKey("proposals.number", ondelete="CASCADE"), nullable=False),
    sa.Column("position", sa.BigInteger, nullable=False),  # rises with every event of a proposal
    sa.Column("state", sa.Text, nullable=False),
    sa.Column("entered_at", UtcDateTime, nullable=False),
    sa.Column("released_at", UtcDateTime),
    sa.Column("announced_at", UtcDateTime),
    sa.Column("correction", sa.Boolean, nullable=False, server_default=sa.false()),
    sa.Column("recorded_at", UtcDateTime, nullable=False),
    sa.UniqueConstraint("number", "position"),
    sa.CheckConstraint("announced_at IS NULL OR released_at IS NOT NULL", name="announced"),
    # What is to be announced, and when.
    sa.Index(
        "ix_proposal_events_due",
        "released_at",
        "id",
        sqlite_where=sa.text("announced_at IS NULL AND released_at IS NOT NULL"),
        postgresql_where=sa.text("announced_at IS NULL AND released_at IS NOT NULL"),
    ),
    sa.Index("ix_proposal_events_state", "state", "number"),
    sqlite_autoincrement=True,
)

# Who may know of a proposal. A delegate's right hangs on that of the proposer who gave it.
links = sa.Table(
    "links",
    metadata,
    sa.Column("id", BigId, primary_key=True, autoincrement=True),
    person_column(),
    sa.Column("number", sa.Text, sa.ForeignKey("proposals.number", ondelete="CASCADE"), nullable=False),
    sa.Column("role", sa.Text, nullable=False),
    sa.Column("granted_by", BigId, sa.ForeignKey("links.id", ondelete="CASCADE")),
    sa.Column("tag", sa.Text),  # the end of the code the delegate came with
    sa.Column("channel", sa.Text, nullable=False),  # where the person last asked, and is told news
    sa.Column("wants_news", sa.Boolean, nullable=False, server_default=sa.true()),
    sa.Column("told_position", sa.BigInteger, nullable=False, server_default="0"),  # of the newest event they know
    sa.Column("created_at", UtcDateTime, nullable=False),
    sa.UniqueConstraint("person_id", "number"),
    sa.CheckConstraint("role IN ('proposer', 'delegate')", name="role"),
    sa.CheckConstraint("(role = 'delegate') = (granted_by IS NOT NULL)", name="granted"),
    sa.Index("ix_links_number", "number"),
    sa.Index("ix_links_granted_by", "granted_by"),
    sqlite_autoincrement=True,
)

# Codes by which a delegate gets in, once.
delegate_codes = sa.Table(
    "delegate_codes",
    metadata,
    sa.Column("code_sha256", sa.Text, primary_key=True),
    sa.Column("link_id", BigId, sa.ForeignKey("links.id", ondelete="CASCADE"), nullable=False),
    sa.Column("tag", sa.Text, nullable=False),
    sa.Column("created_at", UtcDateTime, nullable=False),
    sa.Column("expires_at", UtcDateTime, nullable=False),
    sa.Index("ix_delegate_codes_link_id", "link_id"),
    sa.Index("ix_delegate_codes_expires_at", "expires_at"),
)

# Rows of a file that is being imported: read and judged here first, so that the import itself is one short statement.
staged_rows = sa.Table(
    "staged_rows",
    metadata,
    sa.Column("import_id", sa.Text, nullable=False),
    sa.Column("row", sa.Integer, nullable=False),
    sa.Column("number", sa.Text, nullable=False),
    sa.Column("edition", sa.SmallInteger, nullable=False),
    sa.Column("category", sa.Text, nullable=False),
    sa.Column("title", sa.Text),
    sa.Column("phone_sha256", sa.Text),
    sa.Column("code_sha256", sa.Text),
    sa.Column("code_expires_at", UtcDateTime),
    sa.Column("state", sa.Text),
    sa.Column("entered_at", UtcDateTime),
    sa.Column("released_at", UtcDateTime),
    sa.Column("verdict", sa.Text),
    sa.Column("reason", sa.Text),
    sa.Column("seen_revision", sa.Integer),
    sa.Column("staged_at", UtcDateTime, nullable=False),
    sa.PrimaryKeyConstraint("import_id", "row"),
    sa.Index("ix_staged_rows_import_id_number", "import_id", "number"),
    sa.Index("ix_staged_rows_staged_at", "staged_at"),
)

# How far the portal's view has been read, in the one row there is.
portal_readings = sa.Table(
    "portal_readings",
    metadata,
    sa.Column("id", sa.SmallInteger, primary_key=True, autoincrement=False),
    sa.Column("changed_until", UtcDateTime),  # by the portal's clock; changes up to there were read
    sa.Column("read_at", UtcDateTime),  # when the view last answered; what we show is as it was then
    sa.Column("completed_at", UtcDateTime),  # when all of it was last gone through
    sa.CheckConstraint("id = 1", name="one_row"),
)
