"""Targets, alerts and own boards

Revision ID: 0009
Revises: 0008
"""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision: str = "0009"
down_revision: str | None = "0008"
branch_labels: Sequence[str] | None = None
depends_on: Sequence[str] | None = None

KEPT = ("metric_targets", "metric_alert_rules")  # told by the audit, row by row
# A shop that is there already: its roles begin with what is new as those of a new shop do.
GRANTS = """
INSERT INTO role_permissions (role, permission)
SELECT g.role, 'analytics.edit' FROM (VALUES ('lead'), ('executive'), ('admin')) g (role)
WHERE EXISTS (SELECT FROM role_permissions)
ON CONFLICT DO NOTHING
"""


def _key(table: str, column: str, target: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint([column], [f"{target}.id"], name=op.f(f"fk_{table}_{column}"))


def _id() -> sa.Column[int]:
    return sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False)


def upgrade() -> None:
    """Apply."""
    op.create_table(
        "metric_targets",
        _id(),
        sa.Column("channel_id", sa.BigInteger(), nullable=False),
        sa.Column("metric", sa.String(length=40), nullable=False),
        sa.Column("cut", sa.String(length=20), server_default="", nullable=False),
        sa.Column("part", sa.String(length=100), server_default="", nullable=False),
        sa.Column("first_day", sa.Date(), nullable=False),
        sa.Column("after_day", sa.Date(), nullable=False),
        sa.Column("target", sa.Numeric(precision=18, scale=4), nullable=False),
        sa.Column("version", sa.Integer(), server_default=sa.text("1"), nullable=False),
        sa.Column("set_by_id", sa.BigInteger(), nullable=False),
        sa.Column("set_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("(cut = '') = (part = '')", name=op.f("ck_metric_targets_part_of_a_cut")),
        sa.CheckConstraint("after_day > first_day", name=op.f("ck_metric_targets_period")),
        _key("metric_targets", "channel_id", "channels"),
        _key("metric_targets", "set_by_id", "users"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_metric_targets")),
        sa.UniqueConstraint(
            "channel_id", "metric", "cut", "part", "first_day", "after_day", name="uq_metric_targets_aim"
        ),
    )
    op.create_table(
        "metric_alert_rules",
        _id(),
        sa.Column("name", sa.String(length=100), nullable=False),
        sa.Column("channel_id", sa.BigInteger(), nullable=False),
        sa.Column("metric", sa.String(length=40), nullable=False),
        sa.Column("cut", sa.String(length=20), server_default="", nullable=False),
        sa.Column(
            "kind",
            sa.Enum("threshold", "deviation", name="kind", native_enum=False, create_constraint=True, length=20),
            nullable=False,
        ),
        sa.Column("lower_bound", sa.Numeric(precision=18, scale=4), nullable=True),
        sa.Column("upper_bound", sa.Numeric(precision=18, scale=4), nullable=True),
        sa.Column("days", sa.SmallInteger(), server_default=sa.text("1"), nullable=False),
        sa.Column("sensitivity", sa.Numeric(precision=4, scale=1), server_default=sa.text("4"), nullable=False),
        sa.Column("roles", postgresql.JSONB(astext_type=sa.Text()), server_default=sa.text("'[]'"), nullable=False),
        sa.Column("is_active", sa.Boolean(), server_default=sa.text("true"), nullable=False),
        sa.Column("version", sa.Integer(), server_default=sa.text("1"), nullable=False),
        sa.Column("owner_id", sa.BigInteger(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "kind <> 'threshold' OR lower_bound IS NOT NULL OR upper_bound IS NOT NULL",
            name=op.f("ck_metric_alert_rules_bound"),
        ),
        sa.CheckConstraint("sensitivity > 0 AND days BETWEEN 1 AND 28", name=op.f("ck_metric_alert_rules_sane")),
        _key("metric_alert_rules", "channel_id", "channels"),
        _key("metric_alert_rules", "owner_id", "users"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_metric_alert_rules")),
    )
    op.create_table(
        "metric_alerts",
        _id(),
        sa.Column("rule_id", sa.BigInteger(), nullable=False),
        sa.Column("part", sa.String(length=100), server_default="", nullable=False),
        sa.Column("opened_day", sa.Date(), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("value", sa.Numeric(precision=18, scale=4), nullable=True),
        sa.Column("expected", sa.Numeric(precision=18, scale=4), nullable=True),
        sa.Column("opened_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("closed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("acknowledged_by_id", sa.BigInteger(), nullable=True),
        sa.Column("acknowledged_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("note", sa.Text(), server_default="", nullable=False),
        _key("metric_alerts", "acknowledged_by_id", "users"),
        _key("metric_alerts", "rule_id", "metric_alert_rules"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_metric_alerts")),
    )
    op.create_index(op.f("ix_metric_alerts_rule_id"), "metric_alerts", ["rule_id"])
    # One notice as long as it lasts, whoever looks and however often it is looked for.
    op.create_index(
        "uq_metric_alerts_open", "metric_alerts", ["rule_id", "part"], unique=True,
        postgresql_where=sa.text("closed_at IS NULL"),
    )  # fmt: skip
    _create_boards()
    for table in KEPT:
        op.execute(
            f"CREATE TRIGGER audit AFTER INSERT OR UPDATE OR DELETE ON {table}"
            " FOR EACH ROW EXECUTE FUNCTION audit_row('id')"
        )
    op.execute(GRANTS)


def _create_boards() -> None:
    op.create_table(
        "boards",
        _id(),
        sa.Column("owner_id", sa.BigInteger(), nullable=False),
        sa.Column("name", sa.String(length=60), nullable=False),
        sa.Column("cards", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("shared_with", sa.String(length=20), server_default="", nullable=False),
        sa.Column("version", sa.Integer(), server_default=sa.text("1"), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        _key("boards", "owner_id", "users"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_boards")),
        sa.UniqueConstraint("owner_id", "name", name=op.f("uq_boards_owner_id_name")),
    )
    op.create_table(
        "board_starts",
        sa.Column("user_id", sa.BigInteger(), nullable=False),
        sa.Column("board_id", sa.BigInteger(), nullable=False),
        _key("board_starts", "board_id", "boards"),
        _key("board_starts", "user_id", "users"),
        sa.PrimaryKeyConstraint("user_id", name=op.f("pk_board_starts")),
    )
    op.create_index(op.f("ix_board_starts_board_id"), "board_starts", ["board_id"])


def downgrade() -> None:
    """Revert."""
    op.execute("DELETE FROM role_permissions WHERE permission = 'analytics.edit'")
    for table in ("board_starts", "boards", "metric_alerts", "metric_alert_rules", "metric_targets"):
        op.drop_table(table)
