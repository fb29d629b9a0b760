"""The plan: service wanted by class of products, suppliers' minimum value and closures, what is put off, the nights

Revision ID: 0015
Revises: 0014
"""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision: str = "0015"
down_revision: str | None = "0014"
branch_labels: Sequence[str] | None = None
depends_on: Sequence[str] | None = None

_MONEY = sa.Numeric(precision=14, scale=2)
_AUDITED = {
    "replenishment_targets": "abc,xyz", "supplier_order_terms": "supplier_id", "supplier_closures": "id",
    "replenishment_snoozes": "product_id,warehouse_id",
}  # fmt: skip


def upgrade() -> None:
    """Apply."""
    op.add_column("replenishment_policies", sa.Column("budget", _MONEY, nullable=True))
    op.create_check_constraint(op.f("ck_replenishment_policies_budget"), "replenishment_policies", "budget >= 0")
    op.add_column("replenishment_proposals", sa.Column("margin_at_risk", _MONEY, nullable=True))
    op.add_column(
        "replenishment_runs",
        sa.Column("transfers", postgresql.JSONB(), server_default=sa.text("'[]'::jsonb"), nullable=False),
    )
    _create_targets()
    _create_suppliers_terms()
    _create_nights()
    for table, keys in _AUDITED.items():
        arguments = ", ".join(f"'{key}'" for key in keys.split(","))
        op.execute(
            f"CREATE TRIGGER audit AFTER INSERT OR UPDATE OR DELETE ON {table}"
            f" FOR EACH ROW EXECUTE FUNCTION audit_row({arguments})"
        )


def _create_targets() -> None:
    op.create_table(
        "replenishment_targets",
        sa.Column("abc", sa.String(length=1), nullable=False),
        sa.Column("xyz", sa.String(length=1), nullable=False),
        sa.Column(
            "measure",
            sa.Enum("cycle_service_level", "fill_rate", name="measure", native_enum=False, length=20),
            nullable=False,
        ),
        sa.Column("level", sa.Numeric(precision=5, scale=4), nullable=False),
        sa.CheckConstraint(
            "measure IN ('cycle_service_level', 'fill_rate')", name=op.f("ck_replenishment_targets_measure")
        ),
        sa.CheckConstraint(
            "abc IN ('A', 'B', 'C') AND xyz IN ('X', 'Y', 'Z')", name=op.f("ck_replenishment_targets_classes")
        ),
        sa.CheckConstraint("level > 0 AND level < 1", name=op.f("ck_replenishment_targets_level")),
        sa.PrimaryKeyConstraint("abc", "xyz", name=op.f("pk_replenishment_targets")),
    )
    op.create_table(
        "replenishment_snoozes",
        sa.Column("product_id", sa.BigInteger(), nullable=False),
        sa.Column("warehouse_id", sa.BigInteger(), nullable=False),
        sa.Column("until", sa.Date(), nullable=False),
        sa.Column("why", sa.Text(), nullable=False),
        sa.Column("set_by_id", sa.BigInteger(), nullable=False),
        sa.Column("set_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["product_id"], ["products.id"], name=op.f("fk_replenishment_snoozes_product_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(["set_by_id"], ["users.id"], name=op.f("fk_replenishment_snoozes_set_by_id")),
        sa.ForeignKeyConstraint(
            ["warehouse_id"], ["warehouses.id"], name=op.f("fk_replenishment_snoozes_warehouse_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("product_id", "warehouse_id", name=op.f("pk_replenishment_snoozes")),
    )  # fmt: skip


def _create_suppliers_terms() -> None:
    op.create_table(
        "supplier_order_terms",
        sa.Column("supplier_id", sa.BigInteger(), nullable=False),
        sa.Column("minimum_order_value", _MONEY, nullable=False),
        sa.CheckConstraint("minimum_order_value > 0", name=op.f("ck_supplier_order_terms_minimum_order_value")),
        sa.ForeignKeyConstraint(
            ["supplier_id"], ["suppliers.id"], name=op.f("fk_supplier_order_terms_supplier_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("supplier_id", name=op.f("pk_supplier_order_terms")),
    )
    op.create_table(
        "supplier_closures",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("supplier_id", sa.BigInteger(), nullable=False),
        sa.Column("first_day", sa.Date(), nullable=False),
        sa.Column("last_day", sa.Date(), nullable=False),
        sa.CheckConstraint("last_day >= first_day", name=op.f("ck_supplier_closures_days")),
        sa.ForeignKeyConstraint(
            ["supplier_id"], ["suppliers.id"], name=op.f("fk_supplier_closures_supplier_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_supplier_closures")),
    )
    op.create_index("ix_supplier_closures_supplier_id", "supplier_closures", ["supplier_id"])


def _create_nights() -> None:
    op.create_table(
        "replenishment_attempts",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("started_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("stage", sa.String(length=60), server_default=sa.text("''"), nullable=False),
        sa.Column("share", sa.Numeric(precision=4, scale=3), server_default=sa.text("0"), nullable=False),
        sa.Column("finished_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("failure", sa.Text(), nullable=True),
        sa.CheckConstraint("share >= 0 AND share <= 1", name=op.f("ck_replenishment_attempts_share")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_replenishment_attempts")),
    )


def downgrade() -> None:
    """Revert."""
    for table in ("replenishment_attempts", *_AUDITED):
        op.drop_table(table)
    op.drop_column("replenishment_runs", "transfers")
    op.drop_column("replenishment_proposals", "margin_at_risk")
    op.drop_column("replenishment_policies", "budget")
