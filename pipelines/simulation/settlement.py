"""Money that changed hands by the end: payments, refunds, and the returns some refunds are for."""

from dataclasses import dataclass

import numpy as np
import polars as pl

from pipelines.simulation.clock import HOUR, NEVER, Ints
from pipelines.simulation.columns import shares
from pipelines.simulation.handling import CARD, METHODS, TRANSFER, pay_later
from pipelines.simulation.outcome import Outcome
from pipelines.simulation.prices import Prices
from pipelines.simulation.story import Story


@dataclass(frozen=True)
class Settlement:
    """Frames in terms of the story's order and line indices; gross, net and cost in cents."""

    payments: pl.DataFrame
    """order, moment, method, gross."""
    refunds: pl.DataFrame
    """order, moment, gross, has_return."""
    returned: pl.DataFrame
    """order, line, quantity, requested_at, received_at, reason, disposition (codes), net."""
    cancelled: pl.DataFrame
    """The outcome's cancellations with net, gross and margin."""


def settle_money(story: Story, outcome: Outcome, prices: Prices) -> Settlement:
    """Pay, cancel and return in money."""
    cancelled = _value_cancelled(outcome.cancelled, story, prices)
    returned = _returned(story, prices)
    payments = _payments(story, prices, cancelled)
    return Settlement(payments, _refunds(story, payments, cancelled, returned, prices), returned, cancelled)


def _value_cancelled(cancelled: pl.DataFrame, story: Story, prices: Prices) -> pl.DataFrame:
    line, quantity, before = (cancelled[name].to_numpy() for name in ("line", "quantity", "before"))
    of = story.history.kept[line]
    net, gross, cost = (
        shares(cents[line], quantity, of, before)
        for cents in (prices.net, prices.gross, prices.cost * story.history.kept)
    )
    return cancelled.with_columns(pl.Series("net", net), pl.Series("gross", gross), pl.Series("margin", net - cost))


def _returned(story: Story, prices: Prices) -> pl.DataFrame:
    plan, course = story.returns, story.course
    comes = course.is_recorded & ~course.is_short & (plan.received_at < story.horizon.end)
    comes &= (story.history.kept[plan.line] >= plan.quantity) & (course.cancelled_at >= NEVER)
    order = np.flatnonzero(comes)
    line, quantity = plan.line[order], plan.quantity[order]
    of, nothing = story.history.kept[line], np.zeros_like(quantity)
    return pl.DataFrame({
        "order": order, "line": line, "quantity": quantity, "requested_at": plan.requested_at[order],
        "received_at": plan.received_at[order], "reason": plan.reason[order], "disposition": plan.disposition[order],
        "net": shares(prices.net[line], quantity, of, nothing),
        "gross": shares(prices.gross[line], quantity, of, nothing),
    }).sort("received_at", "order")  # fmt: skip


def _payments(story: Story, prices: Prices, cancelled: pl.DataFrame) -> pl.DataFrame:
    course, method = story.course, story.handling.method
    paid_at = pay_later(story.handling, story.customers, story.wanted, course.done_at, story.rng("payments"))
    limit = np.minimum(story.horizon.end, course.cancelled_at)
    order = np.flatnonzero(course.is_recorded & (paid_at < limit))
    total = prices.order_gross + prices.shipping
    is_prepaid = np.isin(method, [CARD, TRANSFER])
    owed = np.where(is_prepaid, total, total - _sum_by_order(story, cancelled))
    names = np.array(METHODS)[method[order]]
    frame = pl.DataFrame({"order": order, "moment": paid_at[order], "method": names, "gross": owed[order]})
    return frame.filter(pl.col("gross") > 0).sort("moment", "order")


def _sum_by_order(story: Story, frame: pl.DataFrame) -> Ints:
    total = np.zeros(len(story.wanted), dtype=np.int64)
    np.add.at(total, frame["order"].to_numpy(), frame["gross"].to_numpy())
    return total


def _refunds(
    story: Story, payments: pl.DataFrame, cancelled: pl.DataFrame, returned: pl.DataFrame, prices: Prices
) -> pl.DataFrame:
    """What was cancelled or came back after it was paid is given back, the shipping charge with a whole order."""
    paid_at = payments.select("order", paid_at="moment")
    taken_back = cancelled.group_by("order", "moment", "is_whole").agg(pl.col("gross").sum())
    shipping = pl.Series("shipping", prices.shipping[taken_back["order"].to_numpy()], dtype=pl.Int64)
    taken_back = taken_back.with_columns(shipping).with_columns(
        gross=pl.col("gross") + pl.when("is_whole").then("shipping").otherwise(0), has_return=pl.lit(value=False)
    )
    sent_back = returned.select("order", pl.col("received_at").alias("moment"), "gross", has_return=pl.lit(value=True))
    columns = ["order", "moment", "gross", "has_return"]
    due = pl.concat([taken_back.select(columns), sent_back.select(columns)]).sort("order", "moment")
    due = due.join(paid_at, on="order", how="inner").filter(pl.col("paid_at") < pl.col("moment"))
    office, rng = story.team.clocks["demo"], story.rng("refunds")
    later = office.add(due["moment"].to_numpy(), rng.uniform(0.5, 18, due.height) * HOUR)
    given = due.with_columns(pl.Series("moment", later)).filter(pl.col("gross") > 0)
    return given.filter(pl.col("moment") < story.horizon.end).select(columns).sort("moment", "order")
