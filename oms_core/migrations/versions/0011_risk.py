"""Risks of promises

Revision ID: 0011
Revises: 0009
"""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "0011"
down_revision: str | None = "0009"
branch_labels: Sequence[str] | None = None
depends_on: Sequence[str] | None = None


def upgrade() -> None:
    """Apply."""
    op.create_table(
        "order_risks",
        sa.Column("order_id", sa.BigInteger(), nullable=False),
        sa.Column("milestone", sa.String(length=20), nullable=False),
        sa.Column("probability", sa.Numeric(precision=5, scale=4), nullable=False),
        sa.Column("cause", sa.String(length=20), nullable=True),
        sa.Column("served", sa.String(length=40), nullable=False),
        sa.Column("scored_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("probability BETWEEN 0 AND 1", name=op.f("ck_order_risks_share")),
        sa.ForeignKeyConstraint(["order_id"], ["orders.id"], name=op.f("fk_order_risks_order_id"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("order_id", name=op.f("pk_order_risks")),
    )
    op.create_index(
        "ix_order_risks_probability", "order_risks", [sa.text("probability DESC"), sa.text("order_id DESC")]
    )


def downgrade() -> None:
    """Revert."""
    op.drop_table("order_risks")
