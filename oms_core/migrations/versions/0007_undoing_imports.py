"""What undo refuses of imports before it

Revision ID: 0007
Revises: 0006
"""

from collections.abc import Sequence

from alembic import op

from oms_core.migrations.undoing_imports import FAULTS

revision: str = "0007"
down_revision: str | None = "0006"
branch_labels: Sequence[str] | None = None
depends_on: Sequence[str] | None = None

# What a batch changed is known by its notes; one from before there were any cannot say what to put back.
NOT_NOTED = """
    SELECT 'import', b.id::text, 'import_entries' FROM import_batches b
    WHERE b.id = the_batch AND NOT EXISTS (SELECT FROM import_entries n WHERE n.batch_id = b.id)
      AND (b.kind IN ('products', 'stock') OR EXISTS (SELECT FROM orders o WHERE o.import_batch_id = b.id))"""


def upgrade() -> None:
    op.execute(_undo_faults(f"{FAULTS} UNION ALL {NOT_NOTED}"))


def downgrade() -> None:
    op.execute(_undo_faults(FAULTS))


def _undo_faults(faults: str) -> str:
    return f"""
CREATE OR REPLACE FUNCTION undo_faults(the_batch bigint) RETURNS TABLE (what text, name text, found text)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$ {faults} $$
"""
