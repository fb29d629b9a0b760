"""Products: putting them into the catalogue with their price, and finding them."""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import text
from sqlalchemy.orm import Session

from oms_core.access.actors import Actor
from oms_core.access.permissions import Permission, requires
from oms_core.errors import Invalid

_LIST = "standard"
_PRICE = f"""
(SELECT unit_price FROM prices JOIN price_lists l ON l.id = price_list_id AND l.code = '{_LIST}'
 WHERE product_id = p.id AND min_quantity <= 1 AND valid_from <= :now
 ORDER BY min_quantity DESC, valid_from DESC LIMIT 1)
"""
# xmax is 0 in a row that was inserted and not updated by this statement.
_PUT = text("""
INSERT INTO products AS p (sku, name, uom, tax_rate, barcode)
VALUES (:sku, :name, coalesce(:uom, 'pcs'), coalesce(:tax_rate, 0), nullif(:barcode, ''))
ON CONFLICT (sku) DO UPDATE
SET name = excluded.name, uom = coalesce(:uom, p.uom), tax_rate = coalesce(:tax_rate, p.tax_rate),
    barcode = CASE WHEN CAST(:barcode AS text) IS NULL THEN p.barcode ELSE excluded.barcode END, is_active = true
RETURNING p.id, xmax = 0 AS created
""")
_PUT_PRICE = text(f"""
INSERT INTO prices (price_list_id, product_id, valid_from, unit_price)
SELECT l.id, p.id, :now, :price FROM products p, price_lists l
WHERE p.id = :product_id AND l.code = '{_LIST}' AND {_PRICE} IS DISTINCT FROM :price
ON CONFLICT (price_list_id, product_id, min_quantity, valid_from) DO UPDATE SET unit_price = excluded.unit_price
""")
_SELECT = f"SELECT p.sku, p.name, {_PRICE} AS price, p.uom, p.tax_rate, p.barcode, p.is_active FROM products p"
_ONE = text(f"{_SELECT} WHERE p.id = :product_id")
_PAGE = text(f"""
{_SELECT}
WHERE (strpos(lower(p.sku || ' ' || p.name), lower(:q)) > 0 OR p.barcode = :q)
  AND (CAST(:after AS text) IS NULL OR p.sku > :after)
ORDER BY p.sku
LIMIT :limit
""")


@dataclass(frozen=True, slots=True)
class ProductRow:
    """A product and its price now in the standard list (None: it has none)."""

    sku: str
    name: str
    price: Decimal | None
    uom: str
    tax_rate: Decimal
    barcode: str | None
    is_active: bool


@dataclass(frozen=True, slots=True)
class PutProduct:
    """The product as it is now; ``created`` is False where the SKU was known."""

    product: ProductRow
    created: bool


@requires(Permission.PRODUCT_EDIT)
def put_product(
    session: Session, *, actor: Actor, now: datetime, sku: str, name: str, price: Decimal | None = None,  # noqa: ARG001 - the door names the actor for the audit
    uom: str | None = None, tax_rate: Decimal | None = None, barcode: str | None = None,
) -> PutProduct:  # fmt: skip
    """Add a product, or change the one of this SKU; it is sold from now on at ``price``, which keeps its history.

    What is None keeps its value (in a new product: pieces, untaxed, no barcode). ``tax_rate`` is a fraction. Raises
    ``Invalid`` naming each field.
    """
    given = {"sku": sku, "name": name, "uom": uom, "tax_rate": tax_rate, "barcode": barcode}
    if faults := [*_text_faults(given), *_number_faults(price, tax_rate)]:
        told = "; ".join(f"{fault['field']} {fault['message']}" for fault in faults)
        raise Invalid(f"The product cannot be put: {told}.", code="invalid_product", rows=faults)
    product_id, created = session.execute(_PUT, given).one()
    facts = {"product_id": product_id, "now": now}
    if price is not None:
        session.execute(_PUT_PRICE, {**facts, "price": price})
    return PutProduct(ProductRow(*session.execute(_ONE, facts).one()), created=created)


@requires(Permission.PRODUCT_VIEW)
def list_products(
    session: Session, *, now: datetime, q: str = "", after: str | None = None, limit: int = 100
) -> list[ProductRow]:
    """List products by SKU, beginning after the SKU ``after``; ``q`` is a part of SKU or name, or a barcode."""
    asked = {"q": q.strip(), "after": after, "limit": limit, "now": now}
    return [ProductRow(*row) for row in session.execute(_PAGE, asked)]


def _text_faults(given: dict[str, Any]) -> list[dict[str, Any]]:
    limits = {"sku": (1, 100), "name": (1, 300), "uom": (1, 20), "barcode": (0, 60)}
    return [
        {"field": name, "value": given[name][:most], "message": f"must be text of {least} to {most} characters"}
        for name, (least, most) in limits.items()
        if given[name] is not None and not (least <= len(given[name].strip()) <= len(given[name]) <= most)
    ]


def _number_faults(price: Decimal | None, tax_rate: Decimal | None) -> list[dict[str, Any]]:
    faults = []
    if price is not None and not (price.is_finite() and 0 <= price < 10**9 and round(price, 2) == price):
        faults.append(_fault("price", price, "must be money of at least 0 with at most two decimals"))
    if tax_rate is not None and not (tax_rate.is_finite() and 0 <= tax_rate <= 1 and round(tax_rate, 4) == tax_rate):
        faults.append(_fault("tax_rate", tax_rate, "must be a fraction of 0 to 1 with at most four decimals"))
    return faults


def _fault(field: str, value: Decimal, message: str) -> dict[str, Any]:
    return {"field": field, "value": str(value), "message": message}
