"""Verdicts on anomalies

Revision ID: 0012
Revises: 0011
"""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision: str = "0012"
down_revision: str | None = "0011"
branch_labels: Sequence[str] | None = None
depends_on: Sequence[str] | None = None

KINDS = (
    "silent", "unscanned", "paid_unreserved", "reserved_unpaid", "uninvoiced", "refunded_unreceived", "price_outlier",
    "duplicate",
)  # fmt: skip


def upgrade() -> None:
    """Apply."""
    op.create_table(
        "anomaly_verdicts",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column(
            "kind",
            sa.Enum(*KINDS, name="kind", native_enum=False, create_constraint=True, length=20),
            nullable=False,
        ),
        sa.Column("order_id", sa.BigInteger(), nullable=False),
        sa.Column("is_true", sa.Boolean(), nullable=False),
        sa.Column("evidence", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("note", sa.Text(), server_default="", nullable=False),
        sa.Column("actor_id", sa.BigInteger(), nullable=False),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["actor_id"], ["users.id"], name=op.f("fk_anomaly_verdicts_actor_id")),
        sa.ForeignKeyConstraint(
            ["order_id"], ["orders.id"], name=op.f("fk_anomaly_verdicts_order_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_anomaly_verdicts")),
        sa.UniqueConstraint("kind", "order_id", name=op.f("uq_anomaly_verdicts_kind_order_id")),
    )
    op.execute(
        "CREATE TRIGGER audit AFTER INSERT OR UPDATE OR DELETE ON anomaly_verdicts"
        " FOR EACH ROW EXECUTE FUNCTION audit_row('id')"
    )


def downgrade() -> None:
    """Revert."""
    op.drop_table("anomaly_verdicts")
