"""Touches: how often people did something to orders, by person."""

from datetime import datetime

from sqlalchemy import text
from sqlalchemy.orm import Session

from oms_core.access.permissions import Permission, requires

# As the mart counts touches per order: giving an order away is no work on it, what rules did is nobody's.
_TOUCHES = text("""
SELECT u.login, count(*) AS touches
FROM order_events e
JOIN users u ON u.id = e.actor_id AND u.login <> 'system'
JOIN orders o ON o.id = e.order_id
WHERE e.occurred_at >= :since AND e.occurred_at < :until AND e.rule IS NULL AND e.kind <> 'order.assigned'
  AND o.import_batch_id IS NULL AND NOT o.is_test
GROUP BY u.login
""")


@requires(Permission.ANALYTICS_VIEW)
def count_touches(session: Session, *, since: datetime, until: datetime) -> dict[str, int]:
    """Count what everybody did to orders in ``[since, until)``, by login."""
    rows = session.execute(_TOUCHES, {"since": since, "until": until})
    return {row.login: row.touches for row in rows}
