"""Writes the warehouses' work and what left them: fulfilments, shipments with the carriers' reports, returns."""

import numpy as np
import polars as pl

from pipelines.bulk import Cursor, copy_frame, reserve_ids
from pipelines.simulation.clock import HOUR, NEVER, Floats, Ints
from pipelines.simulation.columns import instant, money
from pipelines.simulation.keys import ids_of
from pipelines.simulation.ledger import Ledger
from pipelines.simulation.outcome import Outcome
from pipelines.simulation.returns import DISPOSITIONS, RETURN_REASONS
from pipelines.simulation.stages import PICKUP
from pipelines.simulation.story import Story
from pipelines.simulation.team import WAREHOUSE_STAFF
from pipelines.simulation.words import CARRIERS

_CENTS_PER_PARCEL = np.array([690, 820, 990, 4_900, 0])


def write_fulfilments(ledger: Ledger) -> Ints:
    """Write one fulfilment for every order that was ever picked; return the id by order, −1 where there is none."""
    story, outcome = ledger.story, ledger.outcome
    picked = outcome.visits.filter(pl.col("status") == "pick").group_by("order").agg(pl.col("moment").min())
    picked = picked.sort("moment", "order")
    order, moment = picked["order"].to_numpy(), picked["moment"].to_numpy()
    last = outcome.visits.group_by("order").agg(pl.col("status").last())
    status = picked.join(last, on="order", how="left", maintain_order="left")["status"].to_numpy()
    ids = np.full(len(story.wanted), -1, dtype=np.int64)
    ids[order] = ids_of(ledger.cursor, "fulfilments", len(order))
    promised = story.course.first_promised_at[order]
    frame = pl.DataFrame({
        "id": ids[order], "order_id": ledger.orders.order[order],
        "warehouse_id": ledger.shop.warehouses[story.wanted.warehouse[order]],
        "state": _states(story, outcome, order, status), "created_at": moment, "acknowledged_at": moment,
        "due_at": promised,
    })  # fmt: skip
    copy_frame(
        ledger.cursor, "fulfilments", frame.with_columns(map(instant, ("created_at", "acknowledged_at", "due_at")))
    )
    return ids


def _states(
    story: Story, outcome: Outcome, order: Ints, status: np.ndarray[tuple[int], np.dtype[np.object_]]
) -> list[str]:
    """Work is done when what was reserved has left; an order may wait in `ship` for its second part with none open."""
    waves = outcome.shipments.group_by("order").agg(pl.len())
    shipped = np.zeros(len(story.wanted), dtype=np.int64)
    shipped[waves["order"].to_numpy()] = waves["len"].to_numpy()
    repacked = story.course.second.packed_at < story.horizon.end
    found = []
    for one, now in zip(order, status, strict=True):
        if now in {"pick", "new", "confirm", "supply"}:
            found.append("open")
        elif now == "ship" and (not shipped[one] or (repacked[one] and shipped[one] == 1)):
            found.append("packed")
        else:
            found.append("done" if shipped[one] else "cancelled")
    return found


def number_shipments(cursor: Cursor, story: Story, outcome: Outcome) -> pl.DataFrame:
    """Shipments with their id, carrier and tracking."""
    heads = outcome.shipments
    ids = ids_of(cursor, "shipments", heads.height)
    names = [CARRIERS[carrier] for carrier in story.pace.carrier[heads["order"].to_numpy()]]
    tracking = [f"{name[:2].upper()}{number:09d}" for name, number in zip(names, ids, strict=True)]
    return heads.with_columns(
        pl.Series("shipment", ids), pl.Series("carrier", names, dtype=pl.String),
        pl.Series("tracking", tracking, dtype=pl.String),
    )  # fmt: skip


def write_shipments(ledger: Ledger, heads: pl.DataFrame, fulfilments: Ints) -> int:
    """Write shipments, what they carry and what the carriers report."""
    story, outcome, orders = ledger.story, ledger.outcome, ledger.orders
    order = heads["order"].to_numpy()
    cost = _cost(story, outcome, heads)
    copy_frame(ledger.cursor, "shipments", heads.select(
        pl.col("shipment").alias("id"), pl.Series("order_id", orders.order[order]),
        pl.Series("fulfilment_id", fulfilments[order]),
        pl.Series("warehouse_id", ledger.shop.warehouses[story.wanted.warehouse[order]]), "carrier", "tracking",
        pl.Series("cost", cost.round().astype(np.int64)), instant("handed_at").alias("shipped_at"),
        instant("delivered_at"),
    ).with_columns(money("cost")))  # fmt: skip
    lines = outcome.shipped.join(heads.select("order", "wave", "shipment"), on=["order", "wave"], maintain_order="left")
    line_ids = pl.Series("order_line_id", orders.line[lines["line"].to_numpy()])
    carried = lines.select(pl.col("shipment").alias("shipment_id"), line_ids, "quantity")
    copy_frame(ledger.cursor, "shipment_lines", carried)
    _write_reports(ledger, heads)
    return heads.height


def _cost(story: Story, outcome: Outcome, heads: pl.DataFrame) -> Floats:
    """Carriers charge by parcel and by kilogram."""
    grams = outcome.shipped.with_columns(
        pl.Series("grams", story.goods.grams[story.wanted.line_product[outcome.shipped["line"].to_numpy()]])
    )
    weight = grams.group_by("order", "wave").agg(grams=(pl.col("grams") * pl.col("quantity")).sum())
    kilograms = heads.join(weight, on=["order", "wave"], how="left", maintain_order="left")["grams"].to_numpy() / 1000
    carrier = story.pace.carrier[heads["order"].to_numpy()]
    return np.asarray(np.where(carrier == PICKUP, 0, _CENTS_PER_PARCEL[carrier] + kilograms * 55))


def _write_reports(ledger: Ledger, heads: pl.DataFrame) -> None:
    """Carriers report the hand-over, a late parcel the day after it should have come, and the delivery."""
    story = ledger.story
    parcels = heads.filter(pl.col("carrier") != CARRIERS[PICKUP])
    order = parcels["order"].to_numpy()
    road = story.team.clocks["demo-carrier"]
    overdue = road.add(parcels["handed_at"].to_numpy(), (story.pace.planned_days()[order] + 0.3) * 12 * HOUR)
    arrived = parcels["delivered_at"].fill_null(int(NEVER)).to_numpy()
    overdue = np.where(overdue < np.minimum(arrived, story.horizon.end), overdue, NEVER)
    moments = (("handed_over", "handed_at"), ("delayed", "overdue_at"), ("delivered", "delivered_at"))
    parcels = parcels.with_columns(pl.Series("overdue_at", overdue))
    told_of = ("order", "shipment", "carrier", "tracking")
    reports = [
        parcels.select(*told_of, pl.lit(code).alias("code"), pl.col(moment).alias("occurred_at"))
        for code, moment in moments
    ]
    told = pl.concat(reports).filter(pl.col("occurred_at") < story.horizon.end).sort("occurred_at", "shipment", "code")
    order_ids = pl.Series("order_id", ledger.orders.order[told["order"].to_numpy()])
    copy_frame(ledger.cursor, "shipment_events", told.select(
        order_ids, pl.col("shipment").alias("shipment_id"), "carrier",
        pl.concat_str("tracking", "code", separator="-").alias("external_id"), "code", instant("occurred_at"),
    ))  # fmt: skip


def number_returns(cursor: Cursor, returned: pl.DataFrame) -> pl.DataFrame:
    """What came back with the id and number of each return, in words."""
    ids = ids_of(cursor, "returns", returned.height)
    numbers = [f"R{number}" for number in reserve_ids(cursor, "returns", returned.height, sequence="return_numbers")]
    return returned.with_columns(
        pl.Series("return", ids), pl.Series("number", numbers, dtype=pl.String),
        reason=pl.Series([RETURN_REASONS[code] for code in returned["reason"]], dtype=pl.String),
        disposition=pl.Series([DISPOSITIONS[code].value for code in returned["disposition"]], dtype=pl.String),
    )  # fmt: skip


def write_returns(ledger: Ledger, told: pl.DataFrame) -> int:
    """Write what came back."""
    shop, orders = ledger.shop, ledger.orders
    order, line = told["order"].to_numpy(), told["line"].to_numpy()
    staff = np.array([shop.users[login] for login in WAREHOUSE_STAFF])[ledger.story.wanted.warehouse[order]]
    copy_frame(ledger.cursor, "returns", told.select(
        pl.col("return").alias("id"), "number", pl.Series("order_id", orders.order[order]), "reason",
        instant("requested_at"), instant("received_at"), pl.Series("actor_id", staff),
    ))  # fmt: skip
    return copy_frame(ledger.cursor, "return_lines", told.select(
        pl.col("return").alias("return_id"), pl.Series("order_line_id", orders.line[line]), "quantity", "disposition",
        money("net"),
    ))  # fmt: skip
