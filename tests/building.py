"""Builders: the least that a test needs to say to get a product, stock, a customer or an order."""

from collections.abc import Mapping
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import text
from sqlalchemy.orm import Session

from oms_core.access.actors import Actor, find_actor
from oms_core.inventory import movements
from oms_core.orders.placement import CustomerRef, LineRequest, PlacedOrder, place_order

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)


def a_product(session: Session, sku: str, *, price: str | None = "10.00", tax_rate: str = "0") -> int:
    """Add a product, with a price from 2020 on in the standard list; returns its id."""
    product_id: int = session.execute(
        text("INSERT INTO products (sku, name, tax_rate) VALUES (:sku, :sku, :tax_rate) RETURNING id"),
        {"sku": sku, "tax_rate": Decimal(tax_rate)},
    ).scalar_one()
    if price is not None:
        a_price(session, sku, price)
    return product_id


def a_price(
    session: Session, sku: str, price: str, *, min_quantity: str = "1", valid_from: datetime | None = None
) -> None:
    """Add a price to the standard list."""
    session.execute(
        text(
            "INSERT INTO prices (price_list_id, product_id, min_quantity, valid_from, unit_price)"
            " SELECT l.id, p.id, :min_quantity, :valid_from, :price FROM price_lists l, products p"
            " WHERE l.code = 'standard' AND p.sku = :sku"
        ),
        {
            "sku": sku,
            "price": Decimal(price),
            "min_quantity": Decimal(min_quantity),
            "valid_from": valid_from or datetime(2020, 1, 1, tzinfo=UTC),
        },
    )


def a_warehouse(session: Session, code: str) -> None:
    """Add a warehouse with its stock location."""
    session.execute(text("INSERT INTO warehouses (code, name) VALUES (:code, :code)"), {"code": code})
    session.execute(
        text(
            "INSERT INTO locations (code, kind, warehouse_id)"
            " SELECT code, 'stock', id FROM warehouses WHERE code = :code"
        ),
        {"code": code},
    )


def a_stocked_product(
    session: Session, sku: str, quantity: str | int, *, warehouse: str = "MAIN", price: str | None = "10.00"
) -> int:
    """Add a product and receive it into a warehouse; returns its id."""
    product_id = a_product(session, sku, price=price)
    stocked(session, sku, quantity, warehouse=warehouse)
    return product_id


def stocked(session: Session, sku: str, quantity: str | int, *, warehouse: str = "MAIN") -> None:
    """Receive goods of a known product."""
    line = movements.ReceiptRequest(sku, Decimal(quantity))
    movements.receive(session, actor=find_actor(session, "admin"), now=NOON, warehouse=warehouse, lines=[line])


def a_customer(session: Session, name: str = "Ada") -> int:
    """Add a customer; returns their id."""
    customer_id: int = session.execute(
        text("INSERT INTO customers (name) VALUES (:name) RETURNING id"), {"name": name}
    ).scalar_one()
    return customer_id


def asked(quantities: Mapping[str, str | int]) -> list[LineRequest]:
    """Lines of a request: how much of which SKU."""
    return [LineRequest(sku, Decimal(quantity)) for sku, quantity in quantities.items()]


def an_order(session: Session, quantities: Mapping[str, str | int], **facts: Any) -> PlacedOrder:
    """Place an order at the desk for a new customer, unless ``facts`` say otherwise."""
    actor: Actor = facts.pop("actor", None) or find_actor(session, "admin")
    given = {"channel": "desk", "customer": CustomerRef(name="Ada"), "lines": asked(quantities), "now": NOON}
    return place_order(session, actor=actor, **(given | facts))


def levels(session: Session) -> dict[tuple[str, str], tuple[Decimal, Decimal]]:
    """On hand and reserved by (location code, SKU)."""
    rows = session.execute(
        text(
            "SELECT o.code, p.sku, l.on_hand, l.reserved FROM stock_levels l"
            " JOIN locations o ON o.id = l.location_id JOIN products p ON p.id = l.product_id"
        )
    )
    return {(row.code, row.sku): (row.on_hand, row.reserved) for row in rows}


def written(session: Session) -> dict[str, int]:
    """How many rows the tables hold that placing an order may write to."""
    tables = ("orders", "order_lines", "reservations", "order_events", "status_intervals", "customers", "contacts")
    return {table: session.execute(text(f"SELECT count(*) FROM {table}")).scalar_one() for table in tables}
