"""The life of past orders, rebuilt from their stamps: visits of statuses and the events of the journal. Pure.

A status without a stamp of its own is not visited, except the one the order ended in: that is entered at the last
known stamp. Boundaries of visits are the running maximum of the stamps, so a visit may take no time but never less;
events keep the stamps as they came.
"""

import polars as pl

from oms_core.workflow.business_time import Calendar
from oms_core.workflow.models import Group
from pipelines.business_time import business_seconds

STAMPS = ("placed_at", "confirmed_at", "handed_over_at", "delivered_at")
# In the order of the lifecycle; a past order passes through no others unless it stands in one.
_OPEN_PATH = (Group.NEW, Group.CONFIRM, Group.SUPPLY, Group.PICK, Group.SHIP, Group.DELIVER)
GROUP_RANK = {group: 10 * place for place, group in enumerate((*_OPEN_PATH, Group.DONE))}
_AFTER_CONFIRMATION = (Group.SUPPLY, Group.PICK, Group.SHIP, Group.DELIVER, Group.DONE, Group.CANCELLED)


def trace(orders: pl.DataFrame) -> pl.DataFrame:
    """Add to each order when it entered each status (``<status>_entered``, null where never) and ``closed_at``.

    Takes the columns ``status`` (a group's code) and STAMPS (UTC, the first never null). ``last_at`` is the last
    known stamp, ``handed_over`` whether its goods left.
    """
    status = pl.col("status")
    confirmed = pl.max_horizontal("placed_at", "confirmed_at")
    handed = pl.max_horizontal("placed_at", "confirmed_at", "handed_over_at")
    last = pl.max_horizontal(*STAMPS)
    is_closed = status.is_in([Group.DONE, Group.CANCELLED])
    passed_confirm = status.is_in(list(_AFTER_CONFIRMATION)) & pl.col("confirmed_at").is_not_null()
    passed_deliver = (status == Group.DONE) & pl.col("handed_over_at").is_not_null()
    return orders.with_columns(
        new_entered=pl.col("placed_at"),
        confirm_entered=pl.when(passed_confirm | (status == Group.CONFIRM)).then(confirmed),
        **{f"{group}_entered": pl.when(status == group).then(last) for group in (Group.SUPPLY, Group.PICK, Group.SHIP)},
        deliver_entered=pl.when(passed_deliver | (status == Group.DELIVER)).then(handed),
        closed_at=pl.when(is_closed).then(last),
        last_at=last,
        handed_over=status.is_in([Group.DELIVER, Group.DONE]),
        previous_status=pl.when(passed_deliver)
        .then(pl.lit(Group.DELIVER.value))
        .when(passed_confirm)
        .then(pl.lit(Group.CONFIRM.value))
        .otherwise(pl.lit(Group.NEW.value)),
    )


def are_out_of_order() -> pl.Expr:
    """Tell the orders one of whose stamps lies before an earlier step's."""
    return pl.any_horizontal(
        pl.col(STAMPS[step]) < pl.max_horizontal(*STAMPS[:step]) for step in range(1, len(STAMPS))
    ).fill_null(value=False)


def status_visits(traced: pl.DataFrame, calendar: Calendar) -> pl.DataFrame:
    """Build the rows of ``status_intervals``, by order and visit; takes ``id`` and what ``trace`` adds."""
    entered = [f"{group}_entered" for group in _OPEN_PATH]
    visits = []
    for step, group in enumerate(_OPEN_PATH):
        visited = traced.filter(pl.col(entered[step]).is_not_null())
        visits.append(
            visited.select(
                pl.col("id").alias("order_id"),
                pl.sum_horizontal(pl.col(name).is_not_null() for name in entered[: step + 1]).alias("visit"),
                pl.lit(group.value).alias("status"),
                pl.lit(group.value).alias("group_code"),
                pl.col(entered[step]).alias("entered_at"),
                pl.coalesce(*entered[step + 1 :], "closed_at").alias("left_at"),
            )
        )
    chain = pl.concat(visits).sort("order_id", "visit")
    return chain.with_columns(
        (pl.col("left_at").dt.epoch("s") - pl.col("entered_at").dt.epoch("s")).alias("wall_seconds"),
        business_seconds(chain["entered_at"], chain["left_at"], calendar).alias("business_seconds"),
    )


def status_changes(traced: pl.DataFrame) -> pl.DataFrame:
    """Build an event per change of status (order_id, rank, from_status, to_status, occurred_at), placement included.

    The event bears the stamp that told of the change, or where there is none the moment it is taken to have been.
    ``rank`` is the group's place in the lifecycle (GROUP_RANK), by which the events of an order follow each other.
    """
    stamps = {Group.NEW: "placed_at", Group.CONFIRM: "confirmed_at", Group.DELIVER: "handed_over_at"}
    came_from = pl.lit(None, pl.String)
    changes = []
    for group in _OPEN_PATH:
        entered = f"{group}_entered"
        is_visited = pl.col(entered).is_not_null()
        known = pl.coalesce(stamps.get(group, entered), entered)
        changes.append(_changes(traced.filter(is_visited), GROUP_RANK[group], came_from, pl.lit(group.value), known))
        came_from = pl.when(is_visited).then(pl.lit(group.value)).otherwise(came_from)
    is_done = pl.col("status") == Group.DONE
    closing = pl.when(is_done).then(pl.coalesce("delivered_at", "last_at")).otherwise("last_at")
    closed = traced.filter(pl.col("closed_at").is_not_null())
    changes.append(_changes(closed, GROUP_RANK[Group.DONE], came_from, pl.col("status"), closing))
    return pl.concat(changes)


def _changes(traced: pl.DataFrame, rank: int, came_from: pl.Expr, to: pl.Expr, at: pl.Expr) -> pl.DataFrame:
    return traced.select(
        order_id=pl.col("id"), rank=pl.lit(rank, pl.Int8), from_status=came_from, to_status=to, occurred_at=at
    )
