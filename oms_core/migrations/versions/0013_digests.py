"""Digests that people have themselves sent, and what became of each sending

Revision ID: 0013
Revises: 0015
"""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision: str = "0013"
down_revision: str | None = "0015"
branch_labels: Sequence[str] | None = None
depends_on: Sequence[str] | None = None

_DAY = (
    "CASE rhythm WHEN 'daily' THEN day = 0 WHEN 'weekly' THEN day BETWEEN 0 AND 6 ELSE day BETWEEN 1 AND 28 END"
)  # fmt: skip


def upgrade() -> None:
    """Apply."""
    _create_subscriptions()
    _create_runs()
    op.execute(
        "CREATE TRIGGER audit AFTER INSERT OR UPDATE OR DELETE ON digest_subscriptions"
        " FOR EACH ROW EXECUTE FUNCTION audit_row('id')"
    )


def _create_subscriptions() -> None:
    op.create_table(
        "digest_subscriptions",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("owner_id", sa.BigInteger(), nullable=False),
        sa.Column("name", sa.String(length=60), nullable=False),
        sa.Column("channel_id", sa.BigInteger(), nullable=False),
        sa.Column("board_id", sa.BigInteger(), nullable=True),
        sa.Column("figures", postgresql.JSONB(), server_default=sa.text("'[]'"), nullable=False),
        sa.Column("period", sa.String(length=20), nullable=False),
        sa.Column("rhythm", sa.String(length=20), nullable=False),
        sa.Column("day", sa.SmallInteger(), server_default=sa.text("0"), nullable=False),
        sa.Column("hour", sa.SmallInteger(), nullable=False),
        sa.Column("file_kind", sa.String(length=20), nullable=False),
        sa.Column("language", sa.String(length=5), nullable=False),
        sa.Column("is_active", sa.Boolean(), server_default=sa.text("true"), nullable=False),
        sa.Column("since", sa.DateTime(timezone=True), nullable=False),
        sa.Column("version", sa.Integer(), server_default=sa.text("1"), nullable=False),
        sa.CheckConstraint("hour BETWEEN 0 AND 23", name=op.f("ck_digest_subscriptions_hour")),
        sa.CheckConstraint(_DAY, name=op.f("ck_digest_subscriptions_day_of_rhythm")),
        sa.CheckConstraint(
            "period IN ('yesterday', 'last_week', 'last_month')", name=op.f("ck_digest_subscriptions_period")
        ),
        sa.CheckConstraint(
            "rhythm IN ('daily', 'weekly', 'monthly')", name=op.f("ck_digest_subscriptions_rhythm")
        ),
        sa.CheckConstraint("file_kind IN ('pdf', 'xlsx', 'both')", name=op.f("ck_digest_subscriptions_file_kind")),
        sa.ForeignKeyConstraint(
            ["board_id"], ["boards.id"], name=op.f("fk_digest_subscriptions_board_id"), ondelete="SET NULL"
        ),
        sa.ForeignKeyConstraint(["channel_id"], ["channels.id"], name=op.f("fk_digest_subscriptions_channel_id")),
        sa.ForeignKeyConstraint(["owner_id"], ["users.id"], name=op.f("fk_digest_subscriptions_owner_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_digest_subscriptions")),
    )  # fmt: skip
    op.create_index(op.f("ix_digest_subscriptions_owner_id"), "digest_subscriptions", ["owner_id"])
    op.create_index(op.f("ix_digest_subscriptions_board_id"), "digest_subscriptions", ["board_id"])


def _create_runs() -> None:
    op.create_table(
        "digest_runs",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("subscription_id", sa.BigInteger(), nullable=False),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("state", sa.String(length=20), nullable=False),
        sa.Column("try_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("attempts", sa.SmallInteger(), server_default=sa.text("0"), nullable=False),
        sa.Column("as_of", sa.DateTime(timezone=True), nullable=True),
        sa.Column("error", sa.Text(), server_default="", nullable=False),
        sa.Column("sent_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("state IN ('waiting', 'sending', 'sent', 'failed')", name=op.f("ck_digest_runs_state")),
        sa.CheckConstraint("(state = 'sent') = (sent_at IS NOT NULL)", name=op.f("ck_digest_runs_sent_at")),
        sa.ForeignKeyConstraint(
            ["subscription_id"], ["digest_subscriptions.id"], name=op.f("fk_digest_runs_subscription_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_digest_runs")),
        sa.UniqueConstraint("subscription_id", "due_at", name=op.f("uq_digest_runs_subscription_id_due_at")),
    )  # fmt: skip
    op.create_index(
        "ix_digest_runs_try_at", "digest_runs", ["try_at"],
        postgresql_where=sa.text("state IN ('waiting', 'sending')"),
    )  # fmt: skip


def downgrade() -> None:
    """Revert."""
    op.drop_table("digest_runs")
    op.drop_table("digest_subscriptions")
