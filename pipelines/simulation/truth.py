"""What really happened and nobody in the shop knows for sure, as Parquet: for scoring forecasts and diagnoses."""

from collections import defaultdict
from pathlib import Path

import numpy as np
import polars as pl

from pipelines.simulation.cancellations import CAUSES
from pipelines.simulation.clock import DAY, HOUR, NEVER, Flags, Floats
from pipelines.simulation.columns import instant
from pipelines.simulation.keys import WAREHOUSES, Orders
from pipelines.simulation.stages import CARRIER_DAY
from pipelines.simulation.story import Story
from pipelines.simulation.team import MANAGERS

SOURCES = ("manager", "payment", "stock", "supplier", "warehouse", "carrier")


def tell_truth(story: Story, cancelled: pl.DataFrame, orders: Orders) -> dict[str, pl.DataFrame]:
    """Frames by name: true_demand, cancellations, delays, promotions, lead_times."""
    return {
        "true_demand": _true_demand(story), "cancellations": _cancellations(cancelled, orders),
        "delays": _delays(story, orders), "promotions": _promotions(story), "lead_times": _lead_times(story),
        "managers": _managers(),
    }  # fmt: skip


def write_truth(frames: dict[str, pl.DataFrame], folder: Path) -> None:
    """Write each frame as ``<name>.parquet``."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, frame in frames.items():
        frame.write_parquet(folder / f"{name}.parquet")


def _true_demand(story: Story) -> pl.DataFrame:
    """One row per product, warehouse and day: units wanted, of them lost, and units ordered twice by mistake.

    wanted + duplicated − lost is what the orders of the day say.
    """
    wanted, kept = story.wanted, story.history.kept
    is_copy = (wanted.copy_of >= 0)[wanted.line_order]
    codes = np.array([code for code, *_ in WAREHOUSES])
    frame = pl.DataFrame({
        "product": wanted.line_product, "place": wanted.warehouse[wanted.line_order],
        "number": wanted.day[wanted.line_order], "wanted": np.where(is_copy, 0, wanted.line_quantity),
        "lost": np.where(is_copy, 0, wanted.line_quantity - kept), "duplicated": np.where(is_copy, kept, 0),
    })  # fmt: skip
    sums = frame.group_by("product", "place", "number").agg(pl.col("wanted", "lost", "duplicated").sum())
    sums = sums.filter(pl.col("wanted") + pl.col("duplicated") > 0).sort("number", "product", "place")
    return sums.select(
        pl.Series("sku", np.array(story.goods.skus)[sums["product"].to_numpy()], dtype=pl.String),
        pl.Series("warehouse", codes[sums["place"].to_numpy()], dtype=pl.String),
        (pl.lit(story.horizon.first_day) + pl.duration(days="number")).alias("day"), "wanted", "lost", "duplicated",
    )  # fmt: skip


def _cancellations(cancelled: pl.DataFrame, orders: Orders) -> pl.DataFrame:
    """One row per cancellation of a line, named by order number, position and instant."""
    return cancelled.select(
        pl.Series("order", orders.number[cancelled["order"].to_numpy()]).cast(pl.String),
        pl.Series("position", orders.position[cancelled["line"].to_numpy()]),
        instant("moment").dt.replace_time_zone("UTC").alias("cancelled_at"), "quantity", "is_whole",
        pl.Series("true_cause", [CAUSES[cause] for cause in cancelled["cause"]], dtype=pl.String),
        pl.col("reason").alias("stated_reason"),
    )  # fmt: skip


def _delays(story: Story, orders: Orders) -> pl.DataFrame:
    """One row per order that missed its first promised day: days late so far and who is to blame the most.

    Blame is the time a stage took beyond what the promise allows it, in days of that stage's own calendar.
    """
    course, horizon = story.course, story.horizon
    limit = np.full(len(story.wanted), horizon.end - 1)
    reached = np.minimum(course.done_at, limit)
    days = horizon.day_of(reached) - horizon.day_of(course.first_promised_at)
    late = course.is_recorded & (days > 0) & (course.cancelled_at >= horizon.end)
    order = np.flatnonzero(late)
    excess = np.stack([one[order] for one in _excess(story)])
    worst = excess.argmax(axis=0)
    source = [SOURCES[place] for place in worst]
    return pl.DataFrame({
        "order": pl.Series(orders.number[order]).cast(pl.String), "source": pl.Series(source, dtype=pl.String),
        "days": days[order], "is_delivered": course.done_at[order] < horizon.end,
        "excess_days": excess[worst, np.arange(len(order))],
    })  # fmt: skip


def _excess(story: Story) -> list[Floats]:
    """Days beyond the allowance, in the order of SOURCES; what has not happened yet counts up to the end."""
    course, handling, clocks, end = story.course, story.handling, story.team.clocks, story.horizon.end
    office, floor, road = clocks["demo"], clocks["demo-warehouse"], clocks["demo-carrier"]
    now = np.int64(end)
    confirmed = np.minimum(course.confirmed_at, now)
    cleared = np.minimum(handling.gate, now)
    ready = np.minimum(np.maximum(story.history.ready_at, cleared), now)
    expected = np.zeros(len(cleared), dtype=np.int64)
    np.maximum.at(expected, story.wanted.line_order, story.history.expected_day)
    due = np.maximum(story.horizon.midnight(expected + 1), cleared)
    begun, handed = np.minimum(np.maximum(cleared, ready), now), np.minimum(course.hand_over_at, now)
    done = np.minimum(course.done_at, now)
    manager = office.between(story.wanted.placed_at, confirmed) / (9 * HOUR) - 1.0
    payment = office.between(confirmed, cleared) / (9 * HOUR) - 0.4
    waited = np.where(course.is_short, (ready - np.minimum(due, ready)) / DAY, -9.0)
    is_supplier = _is_supplier_late(story)
    warehouse = floor.between(begun, handed) / (14 * HOUR) - 0.6
    carrier = road.between(handed, done) / CARRIER_DAY - story.pace.planned_days()
    return [
        manager, payment, np.where(is_supplier, -9.0, waited), np.where(is_supplier, waited, -9.0),
        np.where(course.is_parted, -9.0, warehouse), carrier,
    ]  # fmt: skip


def _is_supplier_late(story: Story) -> Flags:
    """Orders that waited for a supplier who came after the expected day, did not come yet, or failed."""
    purchases, wanted = story.history.purchases, story.wanted
    late = np.zeros(len(wanted), dtype=np.bool_)
    parts = story.course.parts
    for line, moment, bought in zip(parts.line, parts.moment, parts.bought_line, strict=True):
        if bought >= 0 and story.horizon.day_of(moment) > purchases.lines[bought].expected_day:
            late[wanted.line_order[line]] = True
    failed = defaultdict(list)
    for day, lines in purchases.failures.items():
        for one in lines:
            failed[purchases.lines[one].cell].append((purchases.orders[purchases.lines[one].order].day, day))
    for line in np.flatnonzero(story.history.waited):
        order = wanted.line_order[line]
        cell = int(wanted.line_product[line] * len(WAREHOUSES) + wanted.warehouse[order])
        overdue = any(purchases.lines[one].expected_day < story.horizon.days for one in purchases.open_lines[cell])
        let_down = any(bought <= wanted.stock_day[order] < day for bought, day in failed[cell])
        late[order] |= let_down or (overdue and story.history.ready_at[order] >= NEVER)
    return late


def _promotions(story: Story) -> pl.DataFrame:
    first = story.horizon.date_of
    return pl.DataFrame(
        [
            (story.goods.skus[one.product], first(one.first_day), first(one.last_day), one.discount, one.uplift)
            for one in story.goods.promotions
        ],
        schema={
            "sku": pl.String, "first_day": pl.Date, "last_day": pl.Date, "discount": pl.Float64, "uplift": pl.Float64,
        },
        orient="row",
    )  # fmt: skip


def _lead_times(story: Story) -> pl.DataFrame:
    """Suppliers' true lead time: stated × ``slip`` × a lognormal of ``spread``."""
    terms = story.goods.suppliers
    return pl.DataFrame({
        "supplier": [f"demo-{number:02d}" for number in range(1, len(terms.names) + 1)], "name": terms.names,
        "stated_days": terms.stated_days, "slip": terms.slip, "spread": terms.spread,
        "mean_days": terms.stated_days * terms.slip * np.exp(terms.spread**2 / 2),
    })  # fmt: skip


def _managers() -> pl.DataFrame:
    """How long each manager takes against the average."""
    return pl.DataFrame({"login": [person.login for person in MANAGERS], "pace": [person.pace for person in MANAGERS]})
