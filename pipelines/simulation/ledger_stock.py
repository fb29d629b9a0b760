"""Writes stock: levels, moves of every kind, and what is promised to order lines."""

import numpy as np
import polars as pl

from pipelines.bulk import copy_frame
from pipelines.simulation.cancellations import cause_number
from pipelines.simulation.clock import Ints
from pipelines.simulation.columns import instant, money
from pipelines.simulation.keys import Orders, Shop
from pipelines.simulation.ledger import Ledger
from pipelines.simulation.opening import opening_moment
from pipelines.simulation.outcome import Outcome
from pipelines.simulation.stages import WAREHOUSES
from pipelines.simulation.story import Story
from pipelines.simulation.team import WAREHOUSE_STAFF

_OUTSIDE = {"restock": "", "scrap": "LOSS", "supplier": "SUPPLIERS"}


def write_stock(ledger: Ledger, *, received: pl.DataFrame, shipments: pl.DataFrame, returned: pl.DataFrame) -> int:
    """Write levels, moves and reservations, the levels being what the other two add up to."""
    story, outcome, shop, orders = ledger.story, ledger.outcome, ledger.shop, ledger.orders
    moves = pl.concat([
        _opening(story, shop), _receipts(received, shop), _handed_over(story, outcome, shipments, shop),
        _losses(story, outcome, shop, orders), _sent_back(story, returned, shop),
    ]).sort("done_at", "cell", maintain_order=True)  # fmt: skip
    cells = _cells_of_lines(story, outcome.reservations["line"].to_numpy())
    reservations = outcome.reservations.with_columns(pl.Series("cell", cells))
    _write_levels(ledger, moves, reservations)
    line = reservations["line"].to_numpy()
    copy_frame(ledger.cursor, "reservations", reservations.select(
        pl.Series("order_line_id", orders.line[line]), pl.Series("location_id", shop.locations[cells % WAREHOUSES]),
        pl.Series("product_id", shop.products[cells // WAREHOUSES]), "quantity", "state",
        instant("moment").alias("created_at"),
    ))  # fmt: skip
    cell = moves["cell"].to_numpy()
    staff = np.array([shop.users[login] for login in WAREHOUSE_STAFF])[cell % WAREHOUSES]
    return copy_frame(ledger.cursor, "stock_moves", moves.select(
        pl.Series("product_id", shop.products[cell // WAREHOUSES]), "quantity",
        pl.col("origin").alias("from_location_id"), pl.col("target").alias("to_location_id"),
        pl.lit("done").alias("state"), instant("done_at"),
        "reference", pl.Series("unit_cost", story.goods.cost_cents[cell // WAREHOUSES]),
        pl.Series("actor_id", staff),
    ).with_columns(money("unit_cost")))  # fmt: skip


def _cells_of_lines(story: Story, line: Ints) -> Ints:
    wanted = story.wanted
    return wanted.line_product[line] * WAREHOUSES + wanted.warehouse[wanted.line_order[line]]


def _moves(
    cell: Ints, quantity: Ints, route: tuple[Ints | int, Ints | int], done_at: Ints | int, reference: pl.Expr
) -> pl.DataFrame:
    origin, target = route
    columns = {"quantity": quantity, "origin": origin, "target": target, "done_at": done_at}
    frame = pl.DataFrame(
        {"cell": cell} | {name: np.broadcast_to(one, cell.shape).copy() for name, one in columns.items()}
    )
    return frame.with_columns(reference.alias("reference"))


def _opening(story: Story, shop: Shop) -> pl.DataFrame:
    cell = np.flatnonzero(story.history.opening)
    return _moves(
        cell, story.history.opening[cell], (shop.outside["COUNT"], shop.locations[cell % WAREHOUSES]),
        opening_moment(story), pl.lit("count:opening"),
    )  # fmt: skip


def _numbered(kind: str, ids: pl.Series) -> pl.Expr:
    return pl.concat_str(pl.lit(f"{kind}:"), pl.lit(ids))


def _receipts(received: pl.DataFrame, shop: Shop) -> pl.DataFrame:
    cell, quantity, moment = (received[name].to_numpy() for name in ("cell", "quantity", "moment"))
    return _moves(
        cell, quantity, (shop.outside["SUPPLIERS"], shop.locations[cell % WAREHOUSES]), moment,
        _numbered("receipt", received["receipt"]),
    )  # fmt: skip


def _handed_over(story: Story, outcome: Outcome, shipments: pl.DataFrame, shop: Shop) -> pl.DataFrame:
    heads = shipments.select("order", "wave", "handed_at", "shipment")
    lines = outcome.shipped.join(heads, on=["order", "wave"], maintain_order="left")
    cell = _cells_of_lines(story, lines["line"].to_numpy())
    return _moves(
        cell, lines["quantity"].to_numpy(), (shop.locations[cell % WAREHOUSES], shop.outside["CUSTOMERS"]),
        lines["handed_at"].to_numpy(), _numbered("shipment", lines["shipment"]),
    )  # fmt: skip


def _losses(story: Story, outcome: Outcome, shop: Shop, orders: Orders) -> pl.DataFrame:
    """What the picker did not find is written off when the line is cancelled for it."""
    lost = outcome.cancelled.filter(pl.col("cause") == cause_number("stock_lost_later"))
    cell = _cells_of_lines(story, lost["line"].to_numpy())
    numbers = pl.Series(orders.number[lost["order"].to_numpy()], dtype=pl.Int64)
    return _moves(
        cell, lost["quantity"].to_numpy(), (shop.locations[cell % WAREHOUSES], shop.outside["LOSS"]),
        lost["moment"].to_numpy(), _numbered("order", numbers),
    )  # fmt: skip


def _sent_back(story: Story, returned: pl.DataFrame, shop: Shop) -> pl.DataFrame:
    cell = _cells_of_lines(story, returned["line"].to_numpy())
    fate = [_OUTSIDE[one] for one in returned["disposition"]]
    target = np.array([shop.outside.get(code, -1) for code in fate], dtype=np.int64)
    target = np.where(target < 0, shop.locations[cell % WAREHOUSES], target)
    return _moves(
        cell, returned["quantity"].to_numpy(), (shop.outside["CUSTOMERS"], target), returned["received_at"].to_numpy(),
        _numbered("return", returned["return"]),
    )  # fmt: skip


def _write_levels(ledger: Ledger, moves: pl.DataFrame, reservations: pl.DataFrame) -> None:
    shop = ledger.shop
    cells = np.arange(len(ledger.story.history.opening))
    own = shop.locations[moves["cell"].to_numpy() % WAREHOUSES]
    signed = (moves["target"].to_numpy() == own).astype(np.int64) - (moves["origin"].to_numpy() == own)
    on_hand, reserved = np.zeros_like(cells), np.zeros_like(cells)
    np.add.at(on_hand, moves["cell"].to_numpy(), signed * moves["quantity"].to_numpy())
    held = reservations.filter(pl.col("state") == "committed")
    np.add.at(reserved, held["cell"].to_numpy(), held["quantity"].to_numpy())
    copy_frame(ledger.cursor, "stock_levels", pl.DataFrame({
        "location_id": shop.locations[cells % WAREHOUSES], "product_id": shop.products[cells // WAREHOUSES],
        "on_hand": on_hand, "reserved": reserved,
    }))  # fmt: skip
