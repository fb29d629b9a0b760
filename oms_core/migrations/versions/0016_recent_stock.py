"""What moved, was shipped or cancelled lately is found without reading all that ever was

Revision ID: 0016
Revises: 0013
"""

from collections.abc import Sequence

from alembic import op

revision: str = "0016"
down_revision: str | None = "0013"
branch_labels: Sequence[str] | None = None
depends_on: Sequence[str] | None = None

_MOMENTS = {"stock_moves": "done_at", "shipments": "shipped_at", "cancellations": "cancelled_at"}


def upgrade() -> None:
    """Apply."""
    for table, column in _MOMENTS.items():
        op.create_index(f"ix_{table}_{column}", table, [column], postgresql_using="brin")


def downgrade() -> None:
    """Revert."""
    for table, column in _MOMENTS.items():
        op.drop_index(f"ix_{table}_{column}", table_name=table)
