"""What undo refuses of imports before it

Revision ID: 0007
Revises: 0006
"""

from collections.abc import Sequence

from alembic import op

from oms_core.migrations.refusing_undo import ATTACHED, FAULTS, NOT_NOTED, undo_faults

revision: str = "0007"
down_revision: str | None = "0006"
branch_labels: Sequence[str] | None = None
depends_on: Sequence[str] | None = None


def upgrade() -> None:
    op.execute(undo_faults(f"{FAULTS} UNION ALL {NOT_NOTED} UNION ALL {ATTACHED}"))


def downgrade() -> None:
    op.execute(undo_faults(FAULTS))
