"""Orders of one's own that are placed now: each by the use case of the desk, in a transaction of its own."""

import re
from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal
from typing import Any

import polars as pl
from sqlalchemy import Engine, update
from sqlalchemy.orm import Session

from oms_core.access.actors import Actor
from oms_core.access.permissions import Permission, requires
from oms_core.errors import OmsError
from oms_core.orders.models import Order
from oms_core.orders.placement import CustomerRef, LineRequest, PlacedOrder, place_order
from pipelines.bulk import Cursor, bulk_transaction
from pipelines.imports.batches import take_turn
from pipelines.imports.making import newest_of_customers, note_loaded, note_placed
from pipelines.imports.order_intake import OrderIntake
from pipelines.imports.order_registers import put_products
from pipelines.imports.order_rows import orders_of
from pipelines.imports.rehearsal import Run, rehearsal, through_the_door

_OF_ORDER = (
    "customer_ref", "customer_name", "phone", "email", "address", "region", "comment", "warehouse", "shipping",
)  # fmt: skip
_LINE_FIELD = re.compile(r"lines\[(\d+)\]\.(\w+)")


def place_orders(engine: Engine, intake: OrderIntake) -> None:
    """Place the orders that are new, each for itself; what the desk would refuse is rejected with its reason."""
    with bulk_transaction(engine) as cursor:
        rows = _prepare(cursor, intake)
    _place_all(through_the_door(engine, intake.actor, intake.now), intake, rows)
    with bulk_transaction(engine) as cursor:
        intake.record(cursor)


def rehearse_placing(engine: Engine, intake: OrderIntake) -> None:
    """Do the same and keep nothing."""
    with rehearsal(engine, intake.actor, intake.now) as (session, run):
        rows = _prepare(session.connection().connection.cursor(), intake)
        _place_all(run, intake, rows)


def _prepare(cursor: Cursor, intake: OrderIntake) -> pl.DataFrame:
    take_turn(cursor)
    ground = intake.find_ground(cursor)
    if intake.mapping.create_products and not ground.rows.is_empty():
        _, intake.created["products"] = put_products(cursor, ground.rows, ground.products)
        if intake.batch_id is not None:
            note_loaded(cursor, intake.batch_id)
    return ground.rows


def _place_all(run: Run, intake: OrderIntake, rows: pl.DataFrame) -> None:
    orders, differing = orders_of(rows, _OF_ORDER)
    intake.warnings.add("rows_differ", differing)
    lines = rows.partition_by("external_ref", as_dict=True, maintain_order=True)
    for order in orders.iter_rows(named=True):
        of_order = lines[order["external_ref"],]
        try:
            facts = _facts(intake.channel_code, order, of_order)
            placed = run(_place, batch_id=intake.batch_id, facts=facts)
        except OmsError as refusal:
            _reject(intake, of_order, refusal)
        else:
            intake.created["orders"] += placed.created
            intake.unchanged += not placed.created


@requires(Permission.ORDER_PLACE)
def _place(
    session: Session, *, actor: Actor, now: datetime, batch_id: int | None, facts: dict[str, Any]
) -> PlacedOrder:
    cursor: Cursor = session.connection().connection.cursor()
    newest = newest_of_customers(cursor)
    placed = place_order(session, actor=actor, now=now, **facts)
    if placed.created and batch_id is not None:
        session.execute(update(Order).where(Order.id == placed.id).values(import_batch_id=batch_id))
        note_placed(cursor, batch_id, placed.id, newest)
    return placed


def _facts(channel: str, order: dict[str, Any], rows: pl.DataFrame) -> dict[str, Any]:
    customer = CustomerRef(
        name=order["customer_name"] or order["customer_ref"] or order["email"] or order["phone"] or "Unknown customer",
        phone=order["phone"],
        email=order["email"],
        address=order["address"],
        region=order["region"],
    )
    return {
        "channel": channel,
        "customer": customer,
        "lines": _line_requests(rows),
        "external_ref": order["external_ref"],
        "warehouse": order["warehouse"],
        "shipping": order["shipping"] or Decimal(0),
        "comment": order["comment"] or "",
    }


def _line_requests(rows: pl.DataFrame) -> Sequence[LineRequest]:
    facts = rows.select("sku", "quantity", "unit_price", "discount").iter_rows()
    return [LineRequest(sku, quantity, price, discount or Decimal(0)) for sku, quantity, price, discount in facts]


def _reject(intake: OrderIntake, rows: pl.DataFrame, refusal: OmsError) -> None:
    """Reject every row of a refused order: the row at fault under its column, the others under their key."""
    faults: dict[int, tuple[str, str]] = {}
    for fault in refusal.rows:
        if match := _LINE_FIELD.match(str(fault.get("field", ""))):
            faults.setdefault(int(match[1]), (match[2], str(fault.get("message", refusal))))
    names, name = intake.file.names, intake.file.source.name
    for index, line in enumerate(rows["_line"]):
        column, reason = faults.get(index, ("external_ref", f"its order was refused: {refusal}"))
        shown = names.get(column, column)
        intake.rejections.add(name, [line], column=shown, code=refusal.code, reason=reason)
