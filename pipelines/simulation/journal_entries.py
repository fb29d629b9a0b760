"""The journal of the demo shop, told as the use cases would have told it."""

from dataclasses import dataclass

import numpy as np
import polars as pl

from pipelines.bulk import Cursor, copy_frame
from pipelines.simulation.cancellations import cause_number
from pipelines.simulation.clock import Ints
from pipelines.simulation.columns import instant, money
from pipelines.simulation.comments import comments_of
from pipelines.simulation.journal_goods import reserved_entries, returned_entries, shipped_entries
from pipelines.simulation.keys import Orders, Shop
from pipelines.simulation.ledger import Ledger
from pipelines.simulation.ledger_orders import HOLD_CAUSES, moved_orders
from pipelines.simulation.outcome import Outcome
from pipelines.simulation.story import Story
from pipelines.simulation.team import COURIER, LEAD, MANAGERS, WAREHOUSE_STAFF

COLUMNS = ("order", "moment", "kind", "from_status", "to_status", "actor", "payload")
# What happens in one moment is told in this order.
_RANKS = (
    "order.placed", "order.reserved", "order.assigned", "hold.opened", "payment.received", "order.commented",
    "line.cancelled", "hold.closed", "order.shipped", "order.cancelled", "order.status_changed", "order.delivered",
    "return.received", "payment.refunded",
)  # fmt: skip


@dataclass(frozen=True)
class Numbered:
    """The frames whose rows bear ids that the journal names."""

    holds: pl.DataFrame
    shipments: pl.DataFrame
    returned: pl.DataFrame
    payments: pl.DataFrame
    refunds: pl.DataFrame


def tell(ledger: Ledger, rows: Numbered) -> pl.DataFrame:
    """Every event with its order's sequence and the manager of the moment."""
    story, outcome, shop, orders = ledger.story, ledger.outcome, ledger.shop, ledger.orders
    pieces = [
        _placed(story, shop, orders), _moved(story, outcome, shop), *_status_changes(ledger), *_cancelled(ledger),
        *_holds(story, rows.holds, shop), *_paid(rows, shop), reserved_entries(story, shop, orders),
        shipped_entries(story, outcome, rows.shipments, shop, orders),
        returned_entries(story, rows.returned, shop, orders), comments_of(story, shop),
    ]  # fmt: skip
    told = pl.concat([shaped(piece) for piece in pieces])
    ranks = {kind: place for place, kind in enumerate(_RANKS)}
    told = told.with_columns(pl.col("kind").replace_strict(ranks, return_dtype=pl.Int8).alias("rank"))
    told = told.sort("order", "moment", "rank", maintain_order=True)
    order, moment = told["order"].to_numpy(), told["moment"].to_numpy()
    return told.with_columns(
        pl.int_range(1, pl.len() + 1).over("order").alias("sequence"),
        pl.Series("manager", shop.managers[story.handling.manager_at(order, moment)]),
    ).sort("moment", "order", "sequence")


def write_journal(cursor: Cursor, told: pl.DataFrame, orders: Orders) -> int:
    """Write the events in the order of time."""
    return copy_frame(cursor, "order_events", told.select(
        pl.Series("order_id", orders.order[told["order"].to_numpy()]), "sequence", "kind", "from_status", "to_status",
        instant("moment").alias("occurred_at"), pl.col("actor").alias("actor_id"),
        pl.col("manager").alias("manager_id"), "payload",
    ))  # fmt: skip


def shaped(piece: pl.DataFrame) -> pl.DataFrame:
    """Bring a piece to the columns of the journal; what it lacks is null."""
    missing = [pl.lit(None, dtype=pl.String).alias(name) for name in COLUMNS if name not in piece.columns]
    numbers = ("order", "moment", "actor")
    types = [pl.col(name).cast(pl.Int64 if name in numbers else pl.String) for name in COLUMNS]
    return piece.with_columns(missing).select(types)


def cancel_actors(story: Story, cancelled: pl.DataFrame, shop: Shop) -> Ints:
    """The manager of the moment cancels; what was never paid is cancelled by the system."""
    by_manager = shop.managers[story.handling.manager_at(cancelled["order"].to_numpy(), cancelled["moment"].to_numpy())]
    unpaid = cancelled["cause"].to_numpy() == cause_number("payment_never_came")
    return np.where(unpaid, shop.users["system"], by_manager)


def _placed(story: Story, shop: Shop, orders: Orders) -> pl.DataFrame:
    order = np.flatnonzero(orders.order >= 0)
    placed, is_firm = story.wanted.placed_at[order], story.wanted.is_firm[order]
    by_desk = np.where(is_firm, shop.managers[story.handling.manager[order]], shop.users["system"])
    source = np.where(is_firm, '{"source": "desk"}', '{"source": "web"}')
    frame = pl.DataFrame({"order": order, "moment": placed, "actor": by_desk, "payload": source.tolist()})
    return frame.with_columns(kind=pl.lit("order.placed"), to_status=pl.lit("new"))


def _moved(story: Story, outcome: Outcome, shop: Shop) -> pl.DataFrame:
    order = np.flatnonzero(moved_orders(story, outcome))
    handling, logins = story.handling, [person.login for person in MANAGERS]
    payload = [
        f'{{"from": "{logins[before]}", "to": "{logins[after]}"}}'
        for before, after in zip(handling.manager[order], handling.next_manager[order], strict=True)
    ]
    frame = pl.DataFrame({"order": order, "moment": handling.handed_over_at[order]})
    payloads = pl.Series("payload", payload, dtype=pl.String)
    return frame.with_columns(payloads, kind=pl.lit("order.assigned"), actor=pl.lit(shop.users[LEAD]))


def _status_changes(ledger: Ledger) -> list[pl.DataFrame]:
    story, shop, cancelled = ledger.story, ledger.shop, ledger.settlement.cancelled
    changes = ledger.outcome.visits.with_columns(from_status=pl.col("status").shift(1).over("order")).filter(
        pl.col("from_status").is_not_null()
    )
    order, moment, status = (changes[name].to_numpy() for name in ("order", "moment", "status"))
    manager = shop.managers[story.handling.manager_at(order, moment)]
    staff = np.array([shop.users[login] for login in WAREHOUSE_STAFF])[story.wanted.warehouse[order]]
    actor = np.where(np.isin(status, ["pick", "ship", "deliver"]), staff, manager)
    actor = np.where(status == "done", shop.users[COURIER], actor)
    whole = cancelled.filter("is_whole").unique("order", maintain_order=True)
    cancelled_by = np.full(len(story.wanted), -1, dtype=np.int64)
    cancelled_by[whole["order"].to_numpy()] = cancel_actors(story, whole, shop)
    actor = np.where(status == "cancelled", cancelled_by[order], actor)
    frame = changes.select(
        "order", "moment", "from_status", pl.col("status").alias("to_status"), pl.Series("actor", actor)
    )
    done = frame.filter(pl.col("to_status") == "done").select("order", "moment", "actor")
    return [frame.with_columns(kind=pl.lit("order.status_changed")), done.with_columns(kind=pl.lit("order.delivered"))]


def _cancelled(ledger: Ledger) -> list[pl.DataFrame]:
    cancelled = ledger.settlement.cancelled
    actor = pl.Series("actor", cancel_actors(ledger.story, cancelled, ledger.shop))
    position = pl.Series("position", ledger.orders.position[cancelled["line"].to_numpy()])
    rows_told = cancelled.with_columns(actor, position)
    lines = rows_told.select(
        "order", "moment", "actor", pl.lit("line.cancelled").alias("kind"),
        pl.concat_str(
            pl.lit('{"position": '), "position", pl.lit(', "quantity": "'), "quantity", pl.lit('", "reason": "'),
            "reason", pl.lit('", "note": ""}'),
        ).alias("payload"),
    )  # fmt: skip
    whole = rows_told.filter("is_whole").unique("order", maintain_order=True).select(
        "order", "moment", "actor", pl.lit("order.cancelled").alias("kind"),
        pl.concat_str(pl.lit('{"reason": "'), "reason", pl.lit('", "note": ""}')).alias("payload"),
    )  # fmt: skip
    return [lines, whole]


def _holds(story: Story, holds: pl.DataFrame, shop: Shop) -> list[pl.DataFrame]:
    payload = {
        kind: f'{{"kind": "{kind}", "reference": "", "cause": "{cause}"}}' for kind, cause in HOLD_CAUSES.items()
    }
    told = holds.with_columns(pl.col("kind").replace_strict(payload).alias("payload"))
    by_manager = told["kind"].to_numpy() == "address"
    system = shop.users["system"]
    manager = shop.managers[story.handling.manager_at(told["order"].to_numpy(), told["opened_at"].to_numpy())]
    told = told.with_columns(
        pl.Series("opener", np.where(by_manager, manager, system)),
        pl.Series("closer", np.where(told["kind"].to_numpy() == "payment", system, manager)),
    )
    closed = told.filter(pl.col("closed_at").is_not_null())
    return [
        told.select("order", "payload", pl.col("opened_at").alias("moment"), pl.col("opener").alias("actor"),
                    pl.lit("hold.opened").alias("kind")),
        closed.select("order", "payload", pl.col("closed_at").alias("moment"), pl.col("closer").alias("actor"),
                      pl.lit("hold.closed").alias("kind")),
    ]  # fmt: skip


def _paid(rows: Numbered, shop: Shop) -> list[pl.DataFrame]:
    quoted = money("gross").cast(pl.String)
    system = pl.lit(shop.users["system"]).alias("actor")
    number = (
        pl.when(pl.col("number").is_null())
        .then(pl.lit("null"))
        .otherwise(pl.concat_str(pl.lit('"'), "number", pl.lit('"')))
    )
    return [
        rows.payments.select("order", "moment", system, pl.lit("payment.received").alias("kind"), pl.concat_str(
            pl.lit('{"payment": '), "payment", pl.lit(', "gross": "'), quoted, pl.lit('", "method": "'), "method",
            pl.lit('", "provider": "'), "provider", pl.lit('"}'),
        ).alias("payload")),
        rows.refunds.select("order", "moment", system, pl.lit("payment.refunded").alias("kind"), pl.concat_str(
            pl.lit('{"refund": '), "refund", pl.lit(', "gross": "'), quoted, pl.lit('", "return": '), number,
            pl.lit("}"),
        ).alias("payload")),
    ]  # fmt: skip
