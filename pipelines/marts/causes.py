"""Why something was cancelled, told from the record alone: the first rule that the facts of the moment fulfil."""

from enum import StrEnum

import polars as pl

from pipelines.marts.sources import Sources


class Cause(StrEnum):
    """What made an order or a line die."""

    FRAUD = "fraud"
    CREDIT_REFUSED = "credit_refused"
    BAD_ADDRESS = "bad_address"
    PAYMENT_NEVER_CAME = "payment_never_came"
    DUPLICATE = "duplicate"
    STOCK_LOST_LATER = "stock_lost_later"
    NOT_COLLECTED = "not_collected"
    CARRIER_FAILED = "carrier_failed"
    PRICE_ERROR = "price_error"
    UNREACHABLE = "unreachable"
    FOUND_CHEAPER = "found_cheaper"
    SUPPLIER_FAILED = "supplier_failed"
    PROMISE_SLIPPED = "promise_slipped"
    NO_STOCK_AT_PLACEMENT = "no_stock_at_placement"
    SILENT_TOO_LONG = "silent_too_long"
    CHANGED_MIND = "changed_mind"


PREVENTABLE = frozenset(Cause) - {
    Cause.FRAUD, Cause.CREDIT_REFUSED, Cause.PAYMENT_NEVER_CAME, Cause.DUPLICATE, Cause.FOUND_CHEAPER,
    Cause.CHANGED_MIND, Cause.NOT_COLLECTED,
}  # fmt: skip
"""What the shop could have kept from happening by its own doing."""
SAME_AS: dict[Cause, frozenset[str]] = {
    Cause.FRAUD: frozenset({"fraud"}),
    Cause.CREDIT_REFUSED: frozenset({"not_paid"}),
    Cause.BAD_ADDRESS: frozenset({"our_mistake", "unreachable"}),
    Cause.PAYMENT_NEVER_CAME: frozenset({"not_paid"}),
    Cause.DUPLICATE: frozenset({"duplicate"}),
    Cause.STOCK_LOST_LATER: frozenset({"out_of_stock"}),
    Cause.NOT_COLLECTED: frozenset({"not_collected"}),
    Cause.CARRIER_FAILED: frozenset({"carrier_failed"}),
    Cause.PRICE_ERROR: frozenset({"our_mistake"}),
    Cause.UNREACHABLE: frozenset({"unreachable"}),
    Cause.FOUND_CHEAPER: frozenset({"found_cheaper"}),
    Cause.SUPPLIER_FAILED: frozenset({"supplier_failed", "out_of_stock"}),
    Cause.PROMISE_SLIPPED: frozenset({"too_slow", "out_of_stock"}),
    Cause.NO_STOCK_AT_PLACEMENT: frozenset({"out_of_stock"}),
    Cause.SILENT_TOO_LONG: frozenset({"too_slow"}),
    Cause.CHANGED_MIND: frozenset({"changed_mind"}),
}
"""Stated reasons that say the same as a cause."""

_UNPAID_HOURS = 72
_QUIET_HOURS = 96
_WAITED_HOURS = 24
_SHIP_HOURS = 12
_FEWEST_MISSES = 2


def with_causes(sources: Sources) -> Sources:
    """Give every cancellation its derived cause; one that its row knows already stands."""
    derived = derive_causes(sources["cause_facts"]).rename({"derived_cause": "told"})
    rows = sources["cancellations"].join(derived, on=["order_id", "cancelled_at"], how="left", maintain_order="left")
    known = rows.with_columns(derived_cause=pl.coalesce("derived_cause", "told")).drop("told")
    return {**sources, "cancellations": known}


def is_misstated(stated: pl.Expr, derived: pl.Expr) -> pl.Expr:
    """Whether the stated reason names something else than the derived cause; null where none is derived."""
    names = pl.concat_str(derived, pl.lit(" "), stated)
    same = [f"{cause} {reason}" for cause, reasons in SAME_AS.items() for reason in sorted(reasons)]
    return ~names.is_in(same)


def derive_causes(facts: pl.DataFrame) -> pl.DataFrame:
    """Give each deed (order_id, cancelled_at) its ``derived_cause``; null where a past from files says too little.

    What the shop itself refused or lost stands first, for it leaves the plainest trace; what only the customer knows
    is told by elimination.
    """
    chosen: pl.Expr = pl.when(~pl.col("is_imported")).then(pl.lit(Cause.CHANGED_MIND))
    for cause, applies in reversed(_rules()):
        chosen = pl.when(applies).then(pl.lit(cause.value)).otherwise(chosen)
    return facts.select("order_id", "cancelled_at", derived_cause=chosen.cast(pl.String))


def _rules() -> list[tuple[Cause, pl.Expr]]:
    held, handing = pl.col("holds").str.split(" "), pl.col("stage") == "ship"
    waits = pl.col("is_waiting") & (pl.col("open_hours") > _WAITED_HOURS)
    quiet = pl.col("quiet_hours") > _QUIET_HOURS
    return [
        (Cause.FRAUD, held.list.contains("fraud")),
        (Cause.CREDIT_REFUSED, held.list.contains("credit")),
        (Cause.BAD_ADDRESS, held.list.contains("address")),
        (Cause.PAYMENT_NEVER_CAME, pl.col("unpaid_hours") > _UNPAID_HOURS),
        (Cause.PRICE_ERROR, pl.col("is_underpriced") | pl.col("says_wrong_price")),
        (Cause.DUPLICATE, pl.col("is_double")),
        (Cause.STOCK_LOST_LATER, pl.col("is_lost") | (pl.col("not_found") & pl.col("stage").is_in(["pick", "ship"]))),
        (Cause.NOT_COLLECTED, handing & ~waits & pl.col("is_pickup")),
        (Cause.CARRIER_FAILED, handing & ~waits & (pl.col("blames_carrier") | (pl.col("stage_hours") > _SHIP_HOURS))),
        (Cause.UNREACHABLE, pl.col("misses") >= _FEWEST_MISSES),
        (Cause.FOUND_CHEAPER, pl.col("asks_price")),
        (Cause.SILENT_TOO_LONG, pl.col("complains")),
        (Cause.SUPPLIER_FAILED, waits & pl.col("supplier_failed")),
        (Cause.PROMISE_SLIPPED, waits & pl.col("is_promise_broken")),
        (Cause.NO_STOCK_AT_PLACEMENT, waits),
        (Cause.SILENT_TOO_LONG, quiet & (pl.col("stage") == "new")),
    ]
