"""What people note on orders: traces from which the true cause of trouble can be told."""

from datetime import UTC, datetime

import numpy as np
import polars as pl

from pipelines.simulation.cancellations import cause_number
from pipelines.simulation.clock import DAY, HOUR, NEVER, Flags, Ints
from pipelines.simulation.keys import Shop
from pipelines.simulation.story import Story


def comments_of(story: Story, shop: Shop) -> pl.DataFrame:
    """Comments made by the end, each while the order is still open."""
    course, placed = story.course, story.wanted.placed_at
    ended, span = course.cancelled_at, course.cancelled_at - placed
    packed = np.where(course.first.packed_at < NEVER, course.first.packed_at, 0)
    notes = [
        ("unreachable", placed + (span * share).astype(np.int64), "contact_attempt", "No answer")
        for share in (0.35, 0.6, 0.85)
    ] + [
        ("found_cheaper", ended - 600, "customer", "Asks whether we match a lower price"),
        ("silent_too_long", ended - 2 * HOUR, "customer", "Asks why nothing happens"),
        ("price_error", ended - 120, "desk", "The price in the shop was wrong"),
        ("carrier_failed", packed + 20 * HOUR, "carrier", "The carrier did not come"),
        ("not_collected", packed + 3 * DAY, "customer", "Reminded to collect the order"),
        ("stock_lost_later", ended - 60, "warehouse", "Not found on the shelf"),
    ]
    pieces = [
        _noted(story, _has_cause(story, cause), moment, topic, words) for cause, moment, topic, words in notes
    ] + [_promises(story)]
    told = pl.concat(pieces)
    order, moment = told["order"].to_numpy(), told["moment"].to_numpy()
    manager = shop.managers[story.handling.manager_at(order, moment)]
    return told.with_columns(pl.Series("actor", manager), kind=pl.lit("order.commented"))


def _has_cause(story: Story, code: str) -> Flags:
    return np.asarray(story.course.is_recorded & (story.course.cause == cause_number(code)))


def _noted(story: Story, applies: Flags, moment: Ints, topic: str, words: str) -> pl.DataFrame:
    limit = np.minimum(story.horizon.end, story.course.cancelled_at)
    order = np.flatnonzero(applies & (moment > story.wanted.placed_at) & (moment < limit))
    frame = pl.DataFrame({"order": order, "moment": moment[order]})
    return frame.with_columns(payload=pl.lit(f'{{"topic": "{topic}", "text": "{words}"}}'))


def _promises(story: Story) -> pl.DataFrame:
    """The customer is told a later day."""
    course = story.course
    limit = np.minimum(story.horizon.end, np.minimum(course.cancelled_at, course.done_at))
    order = np.flatnonzero(course.is_recorded & (course.repromised_at < limit))
    payload = [
        f'{{"topic": "promise_moved", "text": "Supply is late", "from": "{_iso(before)}", "to": "{_iso(after)}"}}'
        for before, after in zip(course.first_promised_at[order], course.promised_at[order], strict=True)
    ]
    payloads = pl.Series("payload", payload, dtype=pl.String)
    return pl.DataFrame({"order": order, "moment": course.repromised_at[order]}).with_columns(payloads)


def _iso(moment: int) -> str:
    return datetime.fromtimestamp(moment, UTC).isoformat()
