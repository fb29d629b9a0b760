"""Service asked for by the critical ratio of its costs

Revision ID: 0017
Revises: 0016
"""

from collections.abc import Sequence

from alembic import op

revision: str = "0017"
down_revision: str | None = "0016"
branch_labels: Sequence[str] | None = None
depends_on: Sequence[str] | None = None

_TABLE, _CHECK = "replenishment_targets", "ck_replenishment_targets_measure"
_BEFORE = "'cycle_service_level', 'fill_rate'"


def upgrade() -> None:
    """Apply."""
    _allow(f"{_BEFORE}, 'critical_ratio'")


def downgrade() -> None:
    """Revert: a critical ratio is read as the chance of no stockout."""
    op.execute(f"UPDATE {_TABLE} SET measure = 'cycle_service_level' WHERE measure = 'critical_ratio'")
    _allow(_BEFORE)


def _allow(measures: str) -> None:
    op.drop_constraint(op.f(_CHECK), _TABLE)
    op.create_check_constraint(op.f(_CHECK), _TABLE, f"measure IN ({measures})")
