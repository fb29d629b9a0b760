"""What undo of an import refuses beyond what it was born with: each migration that adds to it writes it anew."""

from oms_core.migrations.undoing_imports import FAULTS

# What a batch changed is known by its notes; one from before there were any cannot say what to put back.
NOT_NOTED = """
    SELECT 'import', b.id::text, 'import_entries' FROM import_batches b
    WHERE b.id = the_batch AND NOT EXISTS (SELECT FROM import_entries n WHERE n.batch_id = b.id)
      AND (b.kind IN ('products', 'stock') OR EXISTS (SELECT FROM orders o WHERE o.import_batch_id = b.id))"""

# A message of a channel stays, and with it the order that it was attached to.
ATTACHED = """
    SELECT 'order', o.number::text, 'inbound_messages' FROM orders o
    WHERE o.import_batch_id = the_batch AND EXISTS (SELECT FROM inbound_messages x WHERE x.order_id = o.id)"""

# An invoice stays: what it is of may not go.
INVOICED = """
    SELECT 'order', o.number::text, 'invoices' FROM orders o
    WHERE o.import_batch_id = the_batch AND EXISTS (SELECT FROM invoices x WHERE x.order_id = o.id)"""

__all__ = ["ATTACHED", "FAULTS", "INVOICED", "NOT_NOTED", "undo_faults"]


def undo_faults(faults: str) -> str:
    """Write the function that finds what stands against the undo of a batch."""
    return f"""
CREATE OR REPLACE FUNCTION undo_faults(the_batch bigint) RETURNS TABLE (what text, name text, found text)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$ {faults} $$
"""
