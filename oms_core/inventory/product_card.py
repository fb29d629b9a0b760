"""The card of a product: per warehouse what lies there, what of it is promised, what comes when; its price per list."""

from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal

from sqlalchemy import text
from sqlalchemy.orm import Session

from oms_core.access.permissions import Permission, requires
from oms_core.errors import NotFound

_PLACES = text("""
SELECT w.code AS warehouse, w.name, sum(l.on_hand) AS on_hand, sum(l.reserved) AS reserved,
       sum(l.on_hand) - sum(l.reserved) AS available
FROM stock_levels l
JOIN locations o ON o.id = l.location_id AND o.kind = 'stock'
JOIN warehouses w ON w.id = o.warehouse_id
WHERE l.product_id = :product_id GROUP BY w.id ORDER BY w.code
""")
_COMING = text("""
SELECT w.code AS warehouse, b.number, l.quantity - l.received AS quantity, l.expected_on
FROM purchase_order_lines l
JOIN purchase_orders b ON b.id = l.purchase_order_id AND b.state = 'ordered'
JOIN warehouses w ON w.id = b.warehouse_id
WHERE l.product_id = :product_id AND l.received < l.quantity
ORDER BY l.expected_on NULLS LAST, b.id LIMIT 20
""")
# What holds now, by list and by how much is bought at once.
_PRICES = text("""
SELECT DISTINCT ON (i.code, p.min_quantity) i.code AS price_list, i.currency, p.min_quantity, p.unit_price
FROM prices p JOIN price_lists i ON i.id = p.price_list_id
WHERE p.product_id = :product_id AND p.valid_from <= :now
ORDER BY i.code, p.min_quantity, p.valid_from DESC
""")


@dataclass(frozen=True, slots=True)
class Place:
    """A product in one warehouse: ``available = on_hand - reserved``."""

    warehouse: str
    name: str
    on_hand: Decimal
    reserved: Decimal
    available: Decimal


@dataclass(frozen=True, slots=True)
class Coming:
    """What a purchase still brings, and on which day by its supplier's word (None: nobody said)."""

    warehouse: str
    number: str
    quantity: Decimal
    expected_on: date | None


@dataclass(frozen=True, slots=True)
class ListPrice:
    """What it costs by a list from a quantity on."""

    price_list: str
    currency: str
    min_quantity: Decimal
    unit_price: Decimal


@dataclass(frozen=True, slots=True)
class ProductCard:
    """A product with all that tells whether, when and for how much it can be sold."""

    sku: str
    name: str
    uom: str
    places: tuple[Place, ...]
    coming: tuple[Coming, ...]
    prices: tuple[ListPrice, ...]


@requires(Permission.STOCK_VIEW)
def read_product_card(session: Session, *, sku: str, now: datetime) -> ProductCard:
    """Read a product's card as the ledger has it now; raises ``NotFound``."""
    found = session.execute(text("SELECT id, name, uom FROM products WHERE sku = :sku"), {"sku": sku}).one_or_none()
    if found is None:
        raise NotFound(f"There is no product {sku}.", code="unknown_product", rows=[{"sku": sku}])
    facts = {"product_id": found.id, "now": now}
    return ProductCard(
        sku=sku,
        name=found.name,
        uom=found.uom,
        places=tuple(Place(*row) for row in session.execute(_PLACES, facts)),
        coming=tuple(Coming(*row) for row in session.execute(_COMING, facts)),
        prices=tuple(ListPrice(*row) for row in session.execute(_PRICES, facts)),
    )
