"""Writes payments, what they pay for, and refunds."""

import polars as pl

from pipelines.bulk import Cursor, copy_frame
from pipelines.simulation.columns import instant, money
from pipelines.simulation.keys import ids_of
from pipelines.simulation.ledger import Ledger
from pipelines.simulation.settlement import Settlement

_PROVIDERS = {"card": "demo-pay", "transfer": "bank", "terms": "bank", "cash_on_delivery": "courier"}


def number_payments(cursor: Cursor, settlement: Settlement) -> pl.DataFrame:
    """Payments with their id and provider."""
    ids = pl.Series("payment", ids_of(cursor, "payments", settlement.payments.height))
    return settlement.payments.with_columns(ids, pl.col("method").replace_strict(_PROVIDERS).alias("provider"))


def number_refunds(cursor: Cursor, settlement: Settlement, returned: pl.DataFrame) -> pl.DataFrame:
    """Refunds with their id, and the id and number of the return they are for."""
    ids = pl.Series("refund", ids_of(cursor, "refunds", settlement.refunds.height))
    of_return = returned.select("order", "return", "number", has_return=pl.lit(value=True))
    return settlement.refunds.with_columns(ids).join(
        of_return, on=["order", "has_return"], how="left", maintain_order="left"
    )


def write_payments(ledger: Ledger, paid: pl.DataFrame) -> int:
    """Write payments and what they pay for."""
    copy_frame(ledger.cursor, "payments", paid.select(
        pl.col("payment").alias("id"), "provider", "method", money("gross"),
        pl.concat_str(pl.lit("demo-"), pl.col("payment")).alias("provider_ref"),
        instant("moment").alias("received_at"), pl.lit(ledger.shop.users["system"]).alias("actor_id"),
    ))  # fmt: skip
    order_ids = pl.Series("order_id", ledger.orders.order[paid["order"].to_numpy()])
    allocations = paid.select(pl.col("payment").alias("payment_id"), order_ids, money("gross"))
    return copy_frame(ledger.cursor, "payment_allocations", allocations)


def write_refunds(ledger: Ledger, given: pl.DataFrame) -> int:
    """Write refunds."""
    order_ids = pl.Series("order_id", ledger.orders.order[given["order"].to_numpy()])
    return copy_frame(ledger.cursor, "refunds", given.select(
        pl.col("refund").alias("id"), order_ids, pl.col("return").alias("return_id"), money("gross"),
        instant("moment").alias("refunded_at"), pl.lit(ledger.shop.users["system"]).alias("actor_id"),
    ))  # fmt: skip
