"""Promotions to come: a lower price from one day to another, in every list that channels sell by."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal

from sqlalchemy import text
from sqlalchemy.orm import Session

from oms_core.access.actors import Actor
from oms_core.access.permissions import Permission, requires
from oms_core.errors import Conflict, Invalid, NotFound

LEAST_OFF, MOST_OFF = Decimal("0.05"), Decimal("0.75")
LONGEST_DAYS = 60

LISTS = """
lists AS (SELECT price_list_id, min(time_zone) AS time_zone FROM channels
          WHERE price_list_id IS NOT NULL GROUP BY price_list_id)
"""
"""The price lists that channels sell by, for a WITH: a list begins its days where its channels do."""

_LOCK = text("SELECT id, sku FROM products WHERE sku = ANY(:skus) ORDER BY id FOR UPDATE")
_PRICED = text(f"""
WITH {LISTS}
SELECT DISTINCT r.product_id FROM prices r JOIN lists l USING (price_list_id)
WHERE r.product_id = ANY(:products) AND r.valid_from < CAST(:first AS timestamp) AT TIME ZONE l.time_zone
""")
_CHANGES = text(f"""
WITH {LISTS}
SELECT p.sku, min((r.valid_from AT TIME ZONE l.time_zone)::date)
FROM prices r JOIN lists l USING (price_list_id) JOIN products p ON p.id = r.product_id
WHERE r.product_id = ANY(:products)
  AND (r.valid_from AT TIME ZONE l.time_zone)::date BETWEEN :first AND :last
GROUP BY p.sku ORDER BY p.sku
""")
# The price of before comes back on the day after, unless another one begins on it.
_PLAN = text(f"""
WITH {LISTS}, held AS (
    SELECT DISTINCT ON (r.price_list_id, r.product_id, r.min_quantity) r.*, l.time_zone
    FROM prices r JOIN lists l USING (price_list_id)
    WHERE r.product_id = ANY(:products) AND r.valid_from < CAST(:first AS timestamp) AT TIME ZONE l.time_zone
    ORDER BY r.price_list_id, r.product_id, r.min_quantity, r.valid_from DESC
)
INSERT INTO prices (price_list_id, product_id, min_quantity, valid_from, unit_price)
SELECT h.price_list_id, h.product_id, h.min_quantity, CAST(step.day AS timestamp) AT TIME ZONE h.time_zone,
       round(h.unit_price * step.share, 2)
FROM held h CROSS JOIN (VALUES (CAST(:first AS date), CAST(:share AS numeric)), (CAST(:after AS date), 1.0))
     AS step (day, share)
ON CONFLICT DO NOTHING
""")
_WITHDRAW = text(f"""
WITH {LISTS}, steps AS (
    SELECT r.*, r.valid_from = CAST(:first AS timestamp) AT TIME ZONE l.time_zone AS begins,
           lag(r.unit_price) OVER tier AS before, lead(r.unit_price) OVER tier AS back,
           lead(r.valid_from) OVER tier AS ends
    FROM prices r JOIN lists l USING (price_list_id) JOIN products p ON p.id = r.product_id
    WHERE p.sku = :sku
    WINDOW tier AS (PARTITION BY r.price_list_id, r.min_quantity ORDER BY r.valid_from)
), gone AS (SELECT * FROM steps WHERE begins AND unit_price < before)
DELETE FROM prices r USING gone g
WHERE (r.price_list_id, r.product_id, r.min_quantity) = (g.price_list_id, g.product_id, g.min_quantity)
  AND (r.valid_from = g.valid_from OR (r.valid_from = g.ends AND g.back = g.before))
RETURNING r.product_id
""")
_PLANNED = text(f"""
WITH {LISTS}, steps AS (
    SELECT (r.valid_from AT TIME ZONE l.time_zone)::date AS first,
           ((lead(r.valid_from) OVER tier) AT TIME ZONE l.time_zone)::date - 1 AS last,
           1 - r.unit_price / nullif(lag(r.unit_price) OVER tier, 0) AS off
    FROM prices r JOIN lists l USING (price_list_id) JOIN products p ON p.id = r.product_id
    WHERE p.sku = :sku AND r.min_quantity <= 1
    WINDOW tier AS (PARTITION BY r.price_list_id, r.min_quantity ORDER BY r.valid_from)
)
SELECT first, last, max(off) FROM steps WHERE first > :today AND off > 0 GROUP BY first, last ORDER BY first
""")


@dataclass(frozen=True, slots=True)
class Promotion:
    """A price below the one before it; ``last`` is None where no price follows, ``off`` the share taken off."""

    first: date
    last: date | None
    off: Decimal


@requires(Permission.PRODUCT_EDIT)
def plan_promotion(
    session: Session, *, actor: Actor, now: datetime, skus: Sequence[str], off: Decimal, first: date, last: date
) -> int:
    """Take a share ``off`` the price of products from the first day to the last; returns how many products.

    The price of before comes back on the day after. Days are those of each list's channels; every step of quantity is
    lowered alike. Raises ``Invalid`` naming each field at fault, ``NotFound`` the SKUs that are unknown, ``Conflict``
    the products without a price or with another change of price on these days; then nothing is planned.
    """
    _ = actor  # the audit tells
    if faults := _faults(skus, off, first, last, today=now.date()):
        raise Invalid("The promotion cannot be planned so.", code="invalid_promotion", rows=faults)
    known = {sku: product for product, sku in session.execute(_LOCK, {"skus": list(skus)})}
    if unknown := [sku for sku in skus if sku not in known]:
        raise NotFound(
            f"There is no product {unknown[0]}.", code="unknown_product", rows=[{"sku": sku} for sku in unknown]
        )
    facts = {"products": list(known.values()), "first": first, "last": last, "after": last + timedelta(days=1)}
    priced = set(session.scalars(_PRICED, facts))
    if bare := [sku for sku, product in known.items() if product not in priced]:
        raise Conflict(f"{bare[0]} has no price.", code="no_price", rows=[{"sku": sku} for sku in bare])
    if changes := session.execute(_CHANGES, facts).all():
        raise Conflict(
            f"The price of {changes[0][0]} changes on {changes[0][1]:%Y-%m-%d} already.", code="price_planned",
            rows=[{"sku": sku, "day": day.isoformat()} for sku, day in changes],
        )  # fmt: skip
    session.execute(_PLAN, {**facts, "share": 1 - off})
    return len(known)


@requires(Permission.PRODUCT_EDIT)
def withdraw_promotion(session: Session, *, actor: Actor, now: datetime, sku: str, first: date) -> None:
    """Forget a promotion that has not begun, and the price that was to come back after it.

    Raises ``Conflict`` where none begins on that day, or it has begun.
    """
    _ = actor
    if first <= now.date() or not session.execute(_WITHDRAW, {"sku": sku, "first": first}).all():
        raise Conflict(
            f"No promotion of {sku} that could be withdrawn begins on {first:%Y-%m-%d}.", code="no_promotion",
            rows=[{"sku": sku, "first": first.isoformat()}],
        )  # fmt: skip


@requires(Permission.PRODUCT_VIEW)
def list_promotions(session: Session, *, sku: str, today: date) -> list[Promotion]:
    """List the lower prices of a product that are still to begin, by the deepest of several lists.

    However small the step: a promotion of 5 % may come out as less once its price is rounded.
    """
    rows = session.execute(_PLANNED, {"sku": sku, "today": today})
    return [Promotion(first, last, round(off, 4)) for first, last, off in rows]


def _faults(skus: Sequence[str], off: Decimal, first: date, last: date, *, today: date) -> list[dict[str, object]]:
    faults: list[dict[str, object]] = []
    if not skus or len(set(skus)) != len(skus):
        faults.append({"field": "skus", "value": ", ".join(skus), "message": "must name each product once"})
    if not (off.is_finite() and LEAST_OFF <= off <= MOST_OFF):
        faults.append({"field": "off", "value": str(off), "message": f"must lie between {LEAST_OFF} and {MOST_OFF}"})
    if first <= today:
        faults.append({"field": "first", "value": first.isoformat(), "message": "must be tomorrow or later"})
    if not first <= last < first + timedelta(days=LONGEST_DAYS):
        message = f"must lie within {LONGEST_DAYS} days from the first one"
        faults.append({"field": "last", "value": last.isoformat(), "message": message})
    return faults
