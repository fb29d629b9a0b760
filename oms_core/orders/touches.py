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
JOIN channels c ON c.id = o.channel_id AND c.code = :channel
WHERE e.occurred_at >= :since AND e.occurred_at < :until AND e.rule IS NULL AND e.kind <> 'order.assigned'
  AND o.import_batch_id IS NULL AND NOT o.is_test
GROUP BY u.login
""")


@requires(Permission.ANALYTICS_VIEW)
def count_touches(session: Session, *, channel: str, since: datetime, until: datetime) -> dict[str, int]:
    """Count what everybody did to the channel's orders in ``[since, until)``, by login."""
    given = {"channel": channel, "since": since, "until": until}
    return {row.login: row.touches for row in session.execute(_TOUCHES, given)}
