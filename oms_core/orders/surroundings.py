"""What around an order decides how it stands: its owner's absence, supply on its way, the hours its time is counted in.

``COLUMNS`` joins the statement of the card's header; nothing here costs one of its own.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from oms_core.workflow.business_time import Calendar

_MISSING = """(
SELECT l.product_id, sum(l.quantity - l.quantity_shipped - l.quantity_cancelled - coalesce((
           SELECT sum(r.quantity) FROM reservations r
           WHERE r.order_line_id = l.id AND r.state IN ('held', 'committed')), 0)) AS missing
FROM order_lines l WHERE l.order_id = o.id AND l.supplier_id IS NULL GROUP BY l.product_id)"""
# Over ``orders o``, its status ``s``, channel ``h`` and owner ``m``. Goods come when the last of their purchases does.
COLUMNS = f"""
s.limit_minutes, coalesce(m.is_active, true) AS owner_is_active,
(SELECT json_agg(json_build_array(a.first_day, a.last_day)) FROM absences a
 WHERE a.user_id = m.id AND a.last_day >= o.placed_at::date - 1) AS owner_absences,
(SELECT k.time_zone FROM work_calendars k WHERE k.id = m.calendar_id) AS owner_zone,
(SELECT CASE WHEN bool_and(g.day IS NOT NULL) THEN max(g.day) END FROM (
    SELECT (SELECT min(b.expected_on) FROM purchase_order_lines b JOIN purchase_orders u ON u.id = b.purchase_order_id
            WHERE b.product_id = n.product_id AND u.state = 'ordered' AND b.received < b.quantity) AS day
    FROM {_MISSING} n WHERE o.closed_at IS NULL AND n.missing > 0) g) AS goods_expected_on,
(SELECT json_build_array(k.time_zone,
     (SELECT json_agg(json_build_array(r.weekday, r.opens_at, r.closes_at)) FROM calendar_rules r
      WHERE r.calendar_id = k.id),
     (SELECT json_agg(json_build_array(e.day, e.opens_at, e.closes_at)) FROM calendar_exceptions e
      WHERE e.calendar_id = k.id AND e.day >= o.placed_at::date - 1))
 FROM work_calendars k WHERE k.id = h.calendar_id) AS calendar,
(SELECT k.probability FROM order_risks k WHERE k.order_id = o.id AND o.closed_at IS NULL) AS risk,
(SELECT k.cause FROM order_risks k WHERE k.order_id = o.id) AS risk_cause
"""


@dataclass(frozen=True, slots=True)
class Surroundings:
    """``limit_minutes`` of the status are business minutes by ``calendar``; ``goods_expected_on`` is the day on which
    all that no stock covers will be here, None where any of it is not on order. ``risk`` is the probability that the
    first promise is missed.
    """

    limit_minutes: int | None = None
    owner_is_active: bool = True
    owner_absences: tuple[tuple[date, date], ...] = ()
    owner_zone: str = "UTC"
    goods_expected_on: date | None = None
    calendar: Calendar = field(default_factory=lambda: Calendar("UTC", {}))
    risk: Decimal | None = None
    risk_cause: str | None = None

    def owner_away_until(self, now: datetime) -> date | None:
        """The last day of the absence that the owner is in, by their own calendar's days."""
        today = now.astimezone(ZoneInfo(self.owner_zone)).date()
        return max((last for first, last in self.owner_absences if first <= today <= last), default=None)


def surroundings_of(row: Mapping[str, Any]) -> Surroundings:
    """Read them from the columns of the header."""
    return Surroundings(
        limit_minutes=row["limit_minutes"],
        owner_is_active=row["owner_is_active"],
        owner_absences=tuple((date.fromisoformat(a), date.fromisoformat(b)) for a, b in row["owner_absences"] or ()),
        owner_zone=row["owner_zone"] or "UTC",
        goods_expected_on=row["goods_expected_on"],
        calendar=_calendar(row["calendar"]),
        risk=row["risk"],
        risk_cause=row["risk_cause"],
    )


def _calendar(told: Sequence[Any]) -> Calendar:
    zone, rules, others = told
    hours: dict[int, list[tuple[time, time]]] = {}
    exceptions: dict[date, list[tuple[time, time]]] = {}
    for weekday, opens, closes in rules or ():
        hours.setdefault(weekday, []).append((time.fromisoformat(opens), time.fromisoformat(closes)))
    for day, opens, closes in others or ():
        open_hours = [(time.fromisoformat(opens), time.fromisoformat(closes))] if opens else []
        exceptions.setdefault(date.fromisoformat(day), []).extend(open_hours)
    return Calendar(zone, hours, exceptions)
