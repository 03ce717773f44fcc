"""The first tables."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Create feedback, cards shown, decision records, their chain's head, and used tokens."""
    op.create_table(
        "feedback_entry",
        sa.Column("id", sa.Integer, primary_key=True, autoincrement=True),
        sa.Column("repeat_key", sa.Text, nullable=False, unique=True),
        *(sa.Column(name, sa.Text, nullable=False) for name in ("received_at", "client", "tenant", "service", "card")),
        *(sa.Column(name, sa.Text, nullable=False) for name in ("outcome", "accepted_suggestions")),
        *(sa.Column(name, sa.Text, nullable=False) for name in ("reason_system", "reason_code", "reason_display")),
        sa.Column("has_comment", sa.Boolean, nullable=False),
        sa.Column("comment", sa.Text),
        sa.Column("outcome_at", sa.Text, nullable=False),
        sa.Column("is_card_known", sa.Boolean, nullable=False),
        *(sa.Column(name, sa.Text, nullable=False) for name in ("rules", "content_version", "shown_at")),
    )
    op.create_index("feedback_entry_card", "feedback_entry", ["card"])
    op.create_index("feedback_entry_received_at", "feedback_entry", ["received_at"])
    op.create_table(
        "card_shown",
        sa.Column("card", sa.Text, primary_key=True),
        *(sa.Column(name, sa.Text, nullable=False) for name in ("service", "rules", "content_version", "shown_at")),
    )
    op.create_index("card_shown_shown_at", "card_shown", ["shown_at"])
    op.create_table(
        "decision_record",
        sa.Column("sequence", sa.BigInteger, primary_key=True, autoincrement=False),
        *(sa.Column(name, sa.Text, nullable=False) for name in ("at", "body", "previous_hash", "hash")),
        sa.Column("is_keyed", sa.Boolean, nullable=False),
    )
    op.create_index("decision_record_at", "decision_record", ["at"])
    op.create_table(
        "decision_chain",
        sa.Column("id", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("sequence", sa.BigInteger, nullable=False),
        *(sa.Column(name, sa.Text, nullable=False) for name in ("hash", "seal")),
    )
    op.create_table(
        "used_token", sa.Column("digest", sa.Text, primary_key=True), sa.Column("expires_at", sa.Float, nullable=False)
    )
    op.create_index("used_token_expires_at", "used_token", ["expires_at"])
