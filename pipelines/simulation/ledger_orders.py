"""Writes orders, their lines, holds, cancellations and the two interval ledgers."""

import numpy as np
import polars as pl

from pipelines.bulk import copy_frame
from pipelines.simulation.assortment import TAX_PERCENT
from pipelines.simulation.cancellations import cause_number
from pipelines.simulation.clock import Flags, Ints
from pipelines.simulation.columns import instant, money
from pipelines.simulation.keys import Orders, Shop
from pipelines.simulation.ledger import Ledger
from pipelines.simulation.outcome import Outcome, by_line
from pipelines.simulation.story import Story
from pipelines.simulation.words import REGIONS

TERMINAL = ("done", "cancelled")
HOLD_CAUSES = {
    "payment": "Waiting for the bank transfer",
    "fraud": "Card payment looks unusual",
    "credit": "Credit limit to be checked",
    "address": "Address cannot be found",
}


def write_orders(ledger: Ledger, events: Ints) -> int:
    """Write the heads; ``events`` is the number of events by order."""
    story, prices, shop, orders = ledger.story, ledger.prices, ledger.shop, ledger.orders
    order = np.flatnonzero(orders.order >= 0)
    last = ledger.outcome.visits.group_by("order", maintain_order=True).agg(pl.col("status", "moment").last())
    wanted, course = story.wanted, story.course
    customer = wanted.customer[order]
    promised = np.where(course.repromised_at < story.horizon.end, course.promised_at, course.first_promised_at)
    frame = pl.DataFrame({
        "id": orders.order[order], "number": orders.number[order], "channel_id": np.full(len(order), shop.channel),
        "customer_id": shop.customers[customer], "status": last["status"],
        "manager_id": shop.managers[story.handling.manager_at(order, np.full(len(order), story.horizon.end))],
        "warehouse_id": shop.warehouses[wanted.warehouse[order]], "currency": [shop.currency] * len(order),
        "placed_at": wanted.placed_at[order], "first_promised_at": course.first_promised_at[order],
        "promised_at": promised[order], "closed_at": last["moment"],
        "version": events[order], "last_sequence": events[order],
        "net": prices.order_net[order], "tax": prices.order_tax[order], "gross": prices.order_gross[order],
        "shipping": prices.shipping[order], "total": (prices.order_gross + prices.shipping)[order],
        "paid": _sum(story, ledger.settlement.payments)[order],
        "refunded": _sum(story, ledger.settlement.refunds)[order],
        "ship_region": [REGIONS[region][0] for region in story.customers.region[customer]],
        "duplicate_of_id": _duplicates(story, ledger.settlement.cancelled, orders)[order],
    }).with_columns(
        closed_at=pl.when(pl.col("status").is_in(TERMINAL)).then("closed_at"),
        duplicate_of_id=pl.when(pl.col("duplicate_of_id") >= 0).then("duplicate_of_id"),
    )  # fmt: skip
    frame = frame.with_columns(
        *(instant(name) for name in ("placed_at", "first_promised_at", "promised_at", "closed_at")),
        *(money(name) for name in ("net", "tax", "gross", "shipping", "total", "paid", "refunded")),
    )
    frame = frame.join(_ship_to(story, shop), on="customer_id", how="left", maintain_order="left")
    return copy_frame(ledger.cursor, "orders", frame)


def write_lines(ledger: Ledger) -> int:
    """Write the lines with what became of them."""
    story, prices, orders = ledger.story, ledger.prices, ledger.orders
    line = np.flatnonzero(orders.line >= 0)
    frame = pl.DataFrame({
        "id": orders.line[line], "order_id": orders.order[story.wanted.line_order[line]],
        "position": orders.position[line], "product_id": ledger.shop.products[story.wanted.line_product[line]],
        "quantity": story.history.kept[line], "unit_price": prices.unit[line], "discount": prices.discount[line],
        "tax_rate": np.full(len(line), TAX_PERCENT / 100), "net": prices.net[line], "tax": prices.tax[line],
        "gross": prices.gross[line], "unit_cost": prices.cost[line],
        "quantity_shipped": by_line(story, ledger.outcome.shipped)[line],
        "quantity_cancelled": by_line(story, ledger.outcome.cancelled)[line],
        "quantity_returned": by_line(story, ledger.settlement.returned)[line],
    })  # fmt: skip
    columns = ("unit_price", "discount", "net", "tax", "gross", "unit_cost")
    return copy_frame(ledger.cursor, "order_lines", frame.with_columns(money(name) for name in columns))


def write_cancellations(ledger: Ledger, actors: Ints) -> int:
    """Write who cancelled what, when and with which reason; the true cause stays outside the database."""
    cancelled, orders = ledger.settlement.cancelled, ledger.orders
    order, line = cancelled["order"].to_numpy(), cancelled["line"].to_numpy()
    frame = cancelled.select(
        pl.Series("order_id", orders.order[order]), pl.Series("order_line_id", orders.line[line]),
        "quantity", "reason", pl.col("previous").alias("previous_status"), pl.col("previous").alias("previous_group"),
        money("net"), money("gross"), money("margin"), pl.from_epoch("moment", time_unit="s").alias("cancelled_at"),
        pl.Series("actor_id", actors),
    )  # fmt: skip
    return copy_frame(ledger.cursor, "cancellations", frame)


def holds_of(story: Story) -> pl.DataFrame:
    """Holds opened by the end: order, kind, opened_at, closed_at (null while open); a cancellation closes them."""
    course, end, pieces = story.course, story.horizon.end, []
    for kind, hold in story.handling.holds.items():
        opened = course.is_recorded & (hold.opened_at < np.minimum(end, course.cancelled_at))
        order = np.flatnonzero(opened)
        closed = np.minimum(hold.closed_at, course.cancelled_at)[order]
        pieces.append(
            pl.DataFrame({"order": order, "opened_at": hold.opened_at[order], "closed_at": closed})
            .with_columns(pl.lit(kind).alias("kind"), closed_at=pl.when(pl.col("closed_at") < end).then("closed_at"))
        )  # fmt: skip
    return pl.concat(pieces).sort("opened_at", "order")


def write_holds(ledger: Ledger, holds: pl.DataFrame) -> int:
    """Write the holds."""
    frame = holds.select(
        pl.Series("order_id", ledger.orders.order[holds["order"].to_numpy()]), "kind",
        pl.col("kind").replace_strict(HOLD_CAUSES).alias("cause"), instant("opened_at"), instant("closed_at"),
    )  # fmt: skip
    return copy_frame(ledger.cursor, "order_holds", frame)


def write_intervals(ledger: Ledger) -> int:
    """Write stays in a status, each credited to the manager of the moment it began, and who held the order."""
    story, outcome = ledger.story, ledger.outcome
    stays = outcome.visits.with_columns(
        left_at=pl.col("moment").shift(-1).over("order"), visit=pl.int_range(1, pl.len() + 1).over("order")
    ).filter(~pl.col("status").is_in(TERMINAL))
    order, entered = stays["order"].to_numpy(), stays["moment"].to_numpy()
    left = stays["left_at"].fill_null(story.horizon.end).to_numpy()
    business = story.team.clocks["demo"].between(entered, left)
    is_closed = pl.col("left_at").is_not_null()
    frame = stays.select(
        pl.Series("order_id", ledger.orders.order[order]), "visit", "status", pl.col("status").alias("group_code"),
        pl.Series("manager_id", ledger.shop.managers[story.handling.manager_at(order, entered)]),
        instant("moment").alias("entered_at"), instant("left_at"),
        pl.when(is_closed).then(pl.Series(left - entered)).alias("wall_seconds"),
        pl.when(is_closed).then(pl.Series(business)).alias("business_seconds"),
    )  # fmt: skip
    return copy_frame(ledger.cursor, "status_intervals", frame) + _write_assignments(ledger)


def moved_orders(story: Story, outcome: Outcome) -> Flags:
    """Orders handed to another manager while they were open, by the end."""
    closed_at = np.full(len(story.wanted), story.horizon.end)
    closed = outcome.visits.filter(pl.col("status").is_in(TERMINAL))
    closed_at[closed["order"].to_numpy()] = closed["moment"].to_numpy()
    return np.asarray(story.course.is_recorded & (story.handling.handed_over_at < closed_at))


def _write_assignments(ledger: Ledger) -> int:
    story, shop, orders, outcome = ledger.story, ledger.shop, ledger.orders, ledger.outcome
    handling, moved = story.handling, moved_orders(story, outcome)
    closed = outcome.visits.filter(pl.col("status").is_in(TERMINAL)).select("order", closed_at="moment")
    order = np.flatnonzero(orders.order >= 0)
    first = pl.DataFrame({
        "order": order, "visit": np.ones_like(order), "user_id": shop.managers[handling.manager[order]],
        "assigned_at": story.wanted.placed_at[order],
        "left_at": np.where(moved, handling.handed_over_at, -1)[order],
    }).with_columns(left_at=pl.when(pl.col("left_at") >= 0).then("left_at"))  # fmt: skip
    order = np.flatnonzero(moved)
    second = pl.DataFrame({
        "order": order, "visit": np.full(len(order), 2), "user_id": shop.managers[handling.next_manager[order]],
        "assigned_at": handling.handed_over_at[order],
    }).with_columns(left_at=pl.lit(None, dtype=pl.Int64))  # fmt: skip
    rows = pl.concat([first, second]).join(closed, on="order", how="left", maintain_order="left")
    ids = pl.Series("order_id", orders.order[rows["order"].to_numpy()])
    ends = pl.coalesce("left_at", "closed_at").alias("left_at")
    frame = rows.select(ids, "visit", "user_id", "assigned_at", ends)
    return copy_frame(
        ledger.cursor, "assignment_intervals", frame.with_columns(instant("assigned_at"), instant("left_at"))
    )


def _sum(story: Story, frame: pl.DataFrame) -> Ints:
    total = np.zeros(len(story.wanted), dtype=np.int64)
    np.add.at(total, frame["order"].to_numpy(), frame["gross"].to_numpy())
    return total


def _duplicates(story: Story, cancelled: pl.DataFrame, orders: Orders) -> Ints:
    """The original of an order that was cancelled as a duplicate and named so."""
    named = cancelled.filter((pl.col("reason") == "duplicate") & (pl.col("cause") == cause_number("duplicate")))
    original = np.full(len(story.wanted), -1, dtype=np.int64)
    copies = named["order"].unique().to_numpy()
    original[copies] = orders.order[story.wanted.copy_of[copies]]
    return original


def _ship_to(story: Story, shop: Shop) -> pl.DataFrame:
    people = story.customers
    cities = [REGIONS[region][2] for region in people.region]
    details = [
        f'{{"name": "{name}", "street": "{street}", "postcode": "{postcode}", "city": "{city}", "country": "PL"}}'
        for name, street, postcode, city in zip(people.names, people.streets, people.postcodes, cities, strict=True)
    ]
    return pl.DataFrame({"customer_id": shop.customers, "ship_to": details})
