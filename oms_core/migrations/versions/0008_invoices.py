"""Invoices and credit notes

Revision ID: 0008
Revises: 0007
"""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from oms_core.migrations.refusing_undo import ATTACHED, FAULTS, INVOICED, NOT_NOTED, undo_faults

revision: str = "0008"
down_revision: str | None = "0007"
branch_labels: Sequence[str] | None = None
depends_on: Sequence[str] | None = None

# A shop that is there already: its roles begin with what is new as those of a new shop do.
GRANTS = """
INSERT INTO role_permissions (role, permission)
SELECT g.role, 'invoice.issue' FROM (VALUES ('manager'), ('lead'), ('admin')) g (role)
WHERE EXISTS (SELECT FROM role_permissions)
ON CONFLICT DO NOTHING
"""
KINDS = ("invoice", "credit_note")


def upgrade() -> None:
    """Apply."""
    op.create_table(
        "invoice_series",
        sa.Column("kind", _kind(), nullable=False),
        sa.Column("prefix", sa.String(length=10), nullable=False),
        sa.Column("next_sequence", sa.Integer(), server_default=sa.text("1"), nullable=False),
        sa.CheckConstraint("next_sequence > 0", name=op.f("ck_invoice_series_next_sequence")),
        sa.PrimaryKeyConstraint("kind", name=op.f("pk_invoice_series")),
        sa.UniqueConstraint("prefix", name=op.f("uq_invoice_series_prefix")),
    )
    op.execute("INSERT INTO invoice_series (kind, prefix) VALUES ('invoice', 'INV-'), ('credit_note', 'CN-')")
    _create_invoices()
    _create_lines()
    for table in ("invoices", "invoice_lines"):
        op.execute(
            f"CREATE TRIGGER append_only BEFORE UPDATE OR DELETE ON {table}"
            " FOR EACH ROW EXECUTE FUNCTION refuse_change()"
        )
    op.execute(undo_faults(f"{FAULTS} UNION ALL {NOT_NOTED} UNION ALL {ATTACHED} UNION ALL {INVOICED}"))
    op.execute(GRANTS)


def downgrade() -> None:
    """Revert."""
    op.execute("DELETE FROM role_permissions WHERE permission = 'invoice.issue'")
    op.execute(undo_faults(f"{FAULTS} UNION ALL {NOT_NOTED} UNION ALL {ATTACHED}"))
    op.drop_table("invoice_lines")
    op.drop_table("invoices")
    op.drop_table("invoice_series")


def _kind() -> sa.Enum:
    return sa.Enum(*KINDS, name="kind", native_enum=False, create_constraint=True, length=20)


def _create_invoices() -> None:
    op.create_table(
        "invoices",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("kind", _kind(), nullable=False),
        sa.Column("sequence", sa.Integer(), nullable=False),
        sa.Column("number", sa.String(length=30), nullable=False),
        sa.Column("order_id", sa.BigInteger(), nullable=False),
        sa.Column("corrects_id", sa.BigInteger(), nullable=True),
        sa.Column("issued_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("due_on", sa.Date(), nullable=False),
        sa.Column("currency", sa.String(length=3), nullable=False),
        sa.Column("buyer", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        *(sa.Column(name, sa.Numeric(precision=14, scale=2), nullable=False)
          for name in ("net", "tax", "gross", "shipping", "total")),
        sa.Column("actor_id", sa.BigInteger(), nullable=False),
        sa.CheckConstraint(
            "gross = net + tax AND total = gross + shipping AND total >= 0", name=op.f("ck_invoices_money")
        ),
        sa.CheckConstraint("(kind = 'credit_note') = (corrects_id IS NOT NULL)", name=op.f("ck_invoices_corrects")),
        sa.ForeignKeyConstraint(["actor_id"], ["users.id"], name=op.f("fk_invoices_actor_id")),
        sa.ForeignKeyConstraint(["corrects_id"], ["invoices.id"], name=op.f("fk_invoices_corrects_id")),
        sa.ForeignKeyConstraint(["order_id"], ["orders.id"], name=op.f("fk_invoices_order_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_invoices")),
        sa.UniqueConstraint("kind", "sequence", name=op.f("uq_invoices_kind_sequence")),
        sa.UniqueConstraint("number", name=op.f("uq_invoices_number")),
    )
    op.create_index("ix_invoices_order_id", "invoices", ["order_id"], unique=False)
    op.create_index(
        "ix_invoices_corrects_id", "invoices", ["corrects_id"], unique=False,
        postgresql_where=sa.text("corrects_id IS NOT NULL"),
    )


def _create_lines() -> None:
    op.create_table(
        "invoice_lines",
        sa.Column("invoice_id", sa.BigInteger(), nullable=False),
        sa.Column("position", sa.SmallInteger(), nullable=False),
        sa.Column("order_line_id", sa.BigInteger(), nullable=False),
        sa.Column("sku", sa.String(length=100), nullable=False),
        sa.Column("name", sa.String(length=300), nullable=False),
        sa.Column("quantity", sa.Numeric(precision=14, scale=3), nullable=False),
        sa.Column("unit_price", sa.Numeric(precision=14, scale=2), nullable=False),
        sa.Column("tax_rate", sa.Numeric(precision=7, scale=4), nullable=False),
        *(sa.Column(name, sa.Numeric(precision=14, scale=2), nullable=False) for name in ("net", "tax", "gross")),
        sa.CheckConstraint("quantity > 0 AND gross = net + tax", name=op.f("ck_invoice_lines_money")),
        sa.ForeignKeyConstraint(["invoice_id"], ["invoices.id"], name=op.f("fk_invoice_lines_invoice_id")),
        sa.ForeignKeyConstraint(["order_line_id"], ["order_lines.id"], name=op.f("fk_invoice_lines_order_line_id")),
        sa.PrimaryKeyConstraint("invoice_id", "position", name=op.f("pk_invoice_lines")),
    )
    op.create_index("ix_invoice_lines_order_line_id", "invoice_lines", ["order_line_id"], unique=False)
