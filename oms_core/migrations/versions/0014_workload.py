"""What was levelled and what was foreseen of it; what an hour of work costs

Revision ID: 0014
Revises: 0012
"""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "0014"
down_revision: str | None = "0012"
branch_labels: Sequence[str] | None = None
depends_on: Sequence[str] | None = None

_MINUTES = sa.Numeric(precision=14, scale=3)


def upgrade() -> None:
    """Apply."""
    _create_levellings()
    op.create_table(
        "hourly_costs",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("team_id", sa.BigInteger(), nullable=True),
        sa.Column("first_day", sa.Date(), nullable=False),
        sa.Column("cost", sa.Numeric(precision=14, scale=2), nullable=False),
        sa.Column("currency", sa.String(length=3), nullable=False),
        sa.Column("set_by_id", sa.BigInteger(), nullable=False),
        sa.Column("set_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("cost > 0", name=op.f("ck_hourly_costs_cost")),
        sa.ForeignKeyConstraint(["set_by_id"], ["users.id"], name=op.f("fk_hourly_costs_set_by_id")),
        sa.ForeignKeyConstraint(["team_id"], ["teams.id"], name=op.f("fk_hourly_costs_team_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_hourly_costs")),
        sa.UniqueConstraint(
            "team_id", "first_day", name="uq_hourly_costs_team_id", postgresql_nulls_not_distinct=True
        ),
    )  # fmt: skip
    op.execute(
        "CREATE TRIGGER audit AFTER INSERT OR UPDATE OR DELETE ON hourly_costs"
        " FOR EACH ROW EXECUTE FUNCTION audit_row('id')"
    )


def _create_levellings() -> None:
    op.create_table(
        "work_levellings",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("until", sa.DateTime(timezone=True), nullable=False),
        sa.Column("actor_id", sa.BigInteger(), nullable=False),
        sa.CheckConstraint("until > decided_at", name=op.f("ck_work_levellings_period")),
        sa.ForeignKeyConstraint(["actor_id"], ["users.id"], name=op.f("fk_work_levellings_actor_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_work_levellings")),
    )
    op.create_index(op.f("ix_work_levellings_decided_at"), "work_levellings", ["decided_at"])
    op.create_table(
        "work_levelling_moves",
        sa.Column("levelling_id", sa.BigInteger(), nullable=False),
        sa.Column("order_id", sa.BigInteger(), nullable=False),
        sa.Column("giver_id", sa.BigInteger(), nullable=False),
        sa.Column("taker_id", sa.BigInteger(), nullable=False),
        sa.Column("minutes", _MINUTES, nullable=False),
        sa.CheckConstraint("minutes >= 0", name=op.f("ck_work_levelling_moves_minutes")),
        sa.CheckConstraint("giver_id <> taker_id", name=op.f("ck_work_levelling_moves_two_people")),
        sa.ForeignKeyConstraint(["giver_id"], ["users.id"], name=op.f("fk_work_levelling_moves_giver_id")),
        sa.ForeignKeyConstraint(
            ["levelling_id"], ["work_levellings.id"], name=op.f("fk_work_levelling_moves_levelling_id"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["order_id"], ["orders.id"], name=op.f("fk_work_levelling_moves_order_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(["taker_id"], ["users.id"], name=op.f("fk_work_levelling_moves_taker_id")),
        sa.PrimaryKeyConstraint("levelling_id", "order_id", name=op.f("pk_work_levelling_moves")),
    )  # fmt: skip
    op.create_index(op.f("ix_work_levelling_moves_order_id"), "work_levelling_moves", ["order_id"])
    op.create_table(
        "work_levelling_loads",
        sa.Column("levelling_id", sa.BigInteger(), nullable=False),
        sa.Column("user_id", sa.BigInteger(), nullable=False),
        sa.Column("capacity_minutes", _MINUTES, nullable=False),
        sa.Column("minutes_before", _MINUTES, nullable=False),
        sa.Column("minutes_after", _MINUTES, nullable=False),
        sa.CheckConstraint(
            "capacity_minutes >= 0 AND minutes_before >= 0 AND minutes_after >= 0",
            name=op.f("ck_work_levelling_loads_minutes"),
        ),
        sa.ForeignKeyConstraint(
            ["levelling_id"], ["work_levellings.id"], name=op.f("fk_work_levelling_loads_levelling_id"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name=op.f("fk_work_levelling_loads_user_id")),
        sa.PrimaryKeyConstraint("levelling_id", "user_id", name=op.f("pk_work_levelling_loads")),
    )  # fmt: skip


def downgrade() -> None:
    """Revert."""
    for table in ("hourly_costs", "work_levelling_loads", "work_levelling_moves", "work_levellings"):
        op.drop_table(table)
