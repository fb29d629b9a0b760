"""The demo shop: lives through its days and writes them, in one transaction."""

import time
from collections.abc import Callable
from dataclasses import asdict, dataclass
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
from sqlalchemy import Engine

from oms_core.errors import Conflict, Invalid
from pipelines.bulk import Cursor, bulk_transaction, guarded_load
from pipelines.simulation.clock import make_horizon
from pipelines.simulation.journal_entries import Numbered, cancel_actors, tell, write_journal
from pipelines.simulation.keys import number_orders
from pipelines.simulation.ledger import Ledger
from pipelines.simulation.ledger_buying import write_purchases
from pipelines.simulation.ledger_delivery import (
    number_returns,
    number_shipments,
    write_fulfilments,
    write_returns,
    write_shipments,
)
from pipelines.simulation.ledger_money import number_payments, number_refunds, write_payments, write_refunds
from pipelines.simulation.ledger_orders import (
    holds_of,
    write_cancellations,
    write_holds,
    write_intervals,
    write_lines,
    write_orders,
)
from pipelines.simulation.ledger_stock import write_stock
from pipelines.simulation.opening import CHANNEL, open_shop
from pipelines.simulation.outcome import settle
from pipelines.simulation.prices import price
from pipelines.simulation.settlement import settle_money
from pipelines.simulation.story import Story, live
from pipelines.simulation.truth import tell_truth, write_truth

TIME_ZONE = "Europe/Warsaw"
TABLES = (
    "orders", "order_lines", "order_events", "order_holds", "cancellations", "status_intervals",
    "assignment_intervals", "fulfilments", "shipments", "shipment_lines", "shipment_events", "returns", "return_lines",
    "payments", "payment_allocations", "refunds", "reservations", "stock_moves", "stock_levels", "purchase_orders",
    "purchase_order_lines", "purchase_order_events", "receipts", "receipt_lines", "customers", "contacts", "addresses",
)  # fmt: skip
Progress = Callable[[str, float], None]


@dataclass(frozen=True)
class SimulationReport:
    """What was written."""

    channel: str
    first_day: date
    last_day: date
    orders: int
    lines: int
    events: int
    customers: int
    products: int
    purchase_orders: int
    stock_moves: int
    cancelled_orders: int
    seconds: float

    def to_json(self) -> dict[str, Any]:
        """Plain values."""
        return asdict(self) | {"first_day": self.first_day.isoformat(), "last_day": self.last_day.isoformat()}


def simulate(
    engine: Engine, *, until: date, days: int = 730, orders_per_day: float = 60, seed: int = 1,
    truth_dir: Path | None = None, progress: Progress | None = None,
) -> SimulationReport:  # fmt: skip
    """Live through ``days`` days up to ``until`` and write them as channel ``demo``; the same seed, the same rows.

    Raises Conflict when the channel has orders already, Invalid for a shop without days or orders.
    """
    if days < 1 or orders_per_day <= 0:
        raise Invalid(
            "A shop needs at least a day and some orders.", rows=[{"field": "days"}, {"field": "orders_per_day"}]
        )
    began = time.perf_counter()
    say = progress or _say_nothing
    with bulk_transaction(engine) as cursor:
        _refuse_second_life(cursor)
        story = live(make_horizon(until, days, TIME_ZONE), orders_per_day=orders_per_day, seed=seed, progress=say)
        with guarded_load(cursor, TABLES):
            report = _write(cursor, story, truth_dir, say)
            say("checking what the database guards", 0.85)
        cursor.execute(f"ANALYZE {', '.join(TABLES)}")  # else the first questions are planned for empty tables
    say("done", 1.0)
    return SimulationReport(
        CHANNEL, story.horizon.first_day, until, **report, seconds=round(time.perf_counter() - began, 2)
    )


def _refuse_second_life(cursor: Cursor) -> None:
    cursor.execute(
        "SELECT EXISTS (SELECT FROM orders o JOIN channels c ON c.id = o.channel_id WHERE c.code = %s)", (CHANNEL,)
    )
    if cursor.fetchone()[0]:
        raise Conflict(
            "The demo shop has orders already: it lives once in a database.", code="already_simulated",
            rows=[{"channel": CHANNEL}],
        )  # fmt: skip


def _write(cursor: Cursor, story: Story, truth_dir: Path | None, say: Progress) -> dict[str, int]:
    say("opening the shop", 0.20)
    prices, outcome = price(story), settle(story)
    settlement = settle_money(story, outcome, prices)
    shop, orders = open_shop(cursor, story), number_orders(cursor, story)
    ledger = Ledger(cursor, story, outcome, settlement, prices, shop, orders)
    rows = _number(ledger)
    say("orders", 0.30)
    told = tell(ledger, rows)
    counts = {"orders": write_orders(ledger, np.bincount(told["order"].to_numpy(), minlength=len(story.wanted)))}
    counts["lines"] = write_lines(ledger)
    write_cancellations(ledger, cancel_actors(story, settlement.cancelled, shop))
    write_holds(ledger, rows.holds)
    write_intervals(ledger)
    say("journal", 0.50)
    counts["events"] = write_journal(cursor, told, orders)
    _write_what_followed(ledger, rows)
    say("stock", 0.70)
    received = write_purchases(cursor, story, shop)
    counts["stock_moves"] = write_stock(ledger, received=received, shipments=rows.shipments, returned=rows.returned)
    if truth_dir is not None:
        write_truth(tell_truth(story, settlement.cancelled, orders), truth_dir)
    return counts | {
        "customers": len(story.customers), "products": len(story.goods.skus),
        "purchase_orders": len(story.history.purchases.orders),
        "cancelled_orders": int((outcome.visits["status"] == "cancelled").sum()),
    }  # fmt: skip


def _number(ledger: Ledger) -> Numbered:
    returned = number_returns(ledger.cursor, ledger.settlement.returned)
    return Numbered(
        holds_of(ledger.story), number_shipments(ledger.cursor, ledger.story, ledger.outcome), returned,
        number_payments(ledger.cursor, ledger.settlement), number_refunds(ledger.cursor, ledger.settlement, returned),
    )  # fmt: skip


def _write_what_followed(ledger: Ledger, rows: Numbered) -> None:
    write_shipments(ledger, rows.shipments, write_fulfilments(ledger))
    write_returns(ledger, rows.returned)
    write_payments(ledger, rows.payments)
    write_refunds(ledger, rows.refunds)


def _say_nothing(_stage: str, _share: float) -> None:
    """Take no notice."""
