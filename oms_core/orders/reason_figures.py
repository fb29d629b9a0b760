"""The reasons to cancel in figures: how often each was given lately."""

from datetime import datetime, timedelta

from sqlalchemy import text
from sqlalchemy.orm import Session

from oms_core.access.permissions import Permission, requires

WINDOW_DAYS = 90

_USES = text("""
SELECT reason, count(DISTINCT order_id) AS orders FROM cancellations
WHERE cancelled_at >= :since AND cancelled_at <= :now GROUP BY reason
""")


@requires(Permission.WORKFLOW_VIEW)
def count_reasons(session: Session, *, now: datetime) -> dict[str, int]:
    """Count by reason the orders of which something was cancelled in the last 90 days."""
    rows = session.execute(_USES, {"since": now - timedelta(days=WINDOW_DAYS), "now": now})
    return {row.reason: row.orders for row in rows}
