"""Journal entries about goods: what was promised, what waits, what left and what came back."""

import numpy as np
import polars as pl

from pipelines.simulation.keys import WAREHOUSES, Orders, Shop
from pipelines.simulation.outcome import Outcome
from pipelines.simulation.story import Story
from pipelines.simulation.team import WAREHOUSE_STAFF

_KEYS = ("order", "moment")


def reserved_entries(story: Story, shop: Shop, orders: Orders) -> pl.DataFrame:
    """What each order got at placement and from every later delivery, with what it still waits for."""
    parts, wanted = story.course.parts, story.wanted
    line = np.flatnonzero(orders.line >= 0)
    at_once = pl.DataFrame({
        "line": line, "moment": wanted.placed_at[wanted.line_order[line]], "quantity": parts.at_once[line],
        "waits": story.history.waited[line],
    })  # fmt: skip
    later = pl.DataFrame({"line": parts.line, "moment": parts.moment, "quantity": parts.quantity})
    waited = pl.Series("waited", story.history.waited[parts.line])
    later = later.with_columns(waited - later.select(pl.col("quantity").cum_sum().over("line")).to_series())
    later = later.select("line", "moment", "quantity", pl.col("waited").alias("waits"))
    rows = pl.concat([at_once, later.filter(pl.Series(orders.line[parts.line] >= 0, dtype=pl.Boolean))])
    number = rows["line"].to_numpy()
    order = wanted.line_order[number]
    codes = [code for code, *_ in WAREHOUSES]
    rows = rows.with_columns(
        pl.Series("order", order), pl.Series("position", orders.position[number]),
        pl.Series("warehouse", [codes[place] for place in wanted.warehouse[order]], dtype=pl.String),
    ).sort("order", "moment", "position")  # fmt: skip
    got = pl.concat_str(
        pl.lit('{"position": '), "position", pl.lit(', "warehouse": "'), "warehouse", pl.lit('", "quantity": "'),
        "quantity", pl.lit('"}'),
    )  # fmt: skip
    lacks = pl.concat_str(pl.lit('{"position": '), "position", pl.lit(', "quantity": "'), "waits", pl.lit('"}'))
    told = rows.group_by(_KEYS, maintain_order=True).agg(
        got.filter(pl.col("quantity") > 0).str.join(", ").alias("got"),
        lacks.filter(pl.col("waits") > 0).str.join(", ").alias("lacks"),
    )
    payload = pl.concat_str(
        pl.lit('{"lines": ['), pl.col("got").fill_null(""), pl.lit('], "backordered": ['),
        pl.col("lacks").fill_null(""), pl.lit("]}"),
    )  # fmt: skip
    system = pl.lit(shop.users["system"]).alias("actor")
    return told.select(*_KEYS, payload.alias("payload"), pl.lit("order.reserved").alias("kind"), system)


def shipped_entries(
    story: Story, outcome: Outcome, shipments: pl.DataFrame, shop: Shop, orders: Orders
) -> pl.DataFrame:
    """What left with each shipment."""
    position = pl.Series("position", orders.position[outcome.shipped["line"].to_numpy()])
    line = pl.concat_str(pl.lit('{"position": '), "position", pl.lit(', "quantity": "'), "quantity", pl.lit('"}'))
    lines = outcome.shipped.with_columns(position).group_by("order", "wave").agg(line.str.join(", ").alias("lines"))
    told = shipments.join(lines, on=["order", "wave"], how="left", maintain_order="left")
    payload = pl.concat_str(
        pl.lit('{"shipments": ['), "shipment", pl.lit('], "lines": ['), "lines", pl.lit('], "carrier": "'), "carrier",
        pl.lit('", "tracking": "'), "tracking", pl.lit('"}'),
    )  # fmt: skip
    return told.select(
        "order", pl.col("handed_at").alias("moment"), payload.alias("payload"), pl.lit("order.shipped").alias("kind"),
        pl.Series("actor", _staff(story, shop, told)),
    )  # fmt: skip


def returned_entries(story: Story, returned: pl.DataFrame, shop: Shop, orders: Orders) -> pl.DataFrame:
    """What came back, why and what became of it."""
    position = pl.Series("position", orders.position[returned["line"].to_numpy()])
    payload = pl.concat_str(
        pl.lit('{"return": "'), "number", pl.lit('", "reason": "'), "reason", pl.lit('", "disposition": "'),
        "disposition", pl.lit('", "lines": [{"position": '), "position", pl.lit(', "quantity": "'), "quantity",
        pl.lit('"}]}'),
    )  # fmt: skip
    return returned.with_columns(position).select(
        "order", pl.col("received_at").alias("moment"), payload.alias("payload"),
        pl.lit("return.received").alias("kind"), pl.Series("actor", _staff(story, shop, returned)),
    )  # fmt: skip


def _staff(story: Story, shop: Shop, frame: pl.DataFrame) -> list[int]:
    warehouse = story.wanted.warehouse[frame["order"].to_numpy()]
    return [shop.users[WAREHOUSE_STAFF[place]] for place in warehouse]
