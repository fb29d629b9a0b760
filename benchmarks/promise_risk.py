"""Promise risk on the Olist orders: time split and monthly retraining, beside the simple rules.

Run as ``python -m benchmarks.promise_risk [--monthly] [FOLDER]``; without a folder the Olist files are looked for
under OMS_SHARED (default ``../shared``).
"""

import argparse
import json
import os
from collections.abc import Iterator
from datetime import UTC, datetime
from itertools import pairwise
from pathlib import Path

import numpy as np
import polars as pl

from forecasting.promise_risk import PromiseRisk
from forecasting.promise_risk_history import MILESTONES, NEVER, Flags, Floats, Ledger
from forecasting.promise_risk_scores import reliability, risk_scores

FACTS = {
    "items": "handling", "sellers": "handling", "price": "handling",
    "freight": "carrier", "weight": "carrier", "volume": "carrier", "size": "carrier", "instalments": "prepayment",
}  # fmt: skip
TEST = (datetime(2018, 4, 1, tzinfo=UTC), datetime(2018, 9, 1, tzinfo=UTC))


def read_orders(folder: Path) -> pl.DataFrame:
    """One row per order: stamps, keys and facts as `PromiseRisk` takes them; the priciest line names the seller.

    A cancelled order has no time of cancelling in the files: it is taken to be its last stamp, as the importer does.
    The promise is a day; it is missed from the next day on. The date by which a seller has to ship is left out: it is
    counted from the approval (whole days after it in 85 % of orders), so at purchase it would tell when money comes.
    """
    orders = _table(folder, "olist_orders_dataset").join(_lines(folder), on="order_id", how="left")
    orders = orders.join(_payments(folder), on="order_id", how="left")
    customers = _table(folder, "olist_customers_dataset")
    orders = orders.join(customers, on="customer_id", how="left")
    names = {
        "order_purchase_timestamp": "placed_at", "order_approved_at": "cleared_at",
        "order_delivered_carrier_date": "handed_at", "order_delivered_customer_date": "delivered_at",
        "order_estimated_delivery_date": "due_at", "customer_state": "destination",
    }  # fmt: skip
    is_cancelled = pl.col("order_status").is_in(["canceled", "unavailable"])
    last = pl.max_horizontal("placed_at", "cleared_at", "handed_at")
    return (
        orders.rename(names)
        .with_columns(pl.col(name).dt.replace_time_zone("UTC") for name in list(names.values())[:5])
        .with_columns(
            due_at=pl.col("due_at") + pl.duration(days=1),
            cancelled_at=pl.when(is_cancelled).then(last),
            delivered_at=pl.when(~is_cancelled).then("delivered_at"),
            origin_zone=_zip("seller_zip_code_prefix", 3),
            destination_zone=_zip("customer_zip_code_prefix", 3),
        )
        .sort("placed_at", "order_id")
    )


def _table(folder: Path, name: str) -> pl.DataFrame:
    zips = {"seller_zip_code_prefix": pl.String, "customer_zip_code_prefix": pl.String}
    (file,) = folder.glob(f"{name}.csv*")
    return pl.read_csv(file, try_parse_dates=True, schema_overrides=zips)


def _lines(folder: Path) -> pl.DataFrame:
    lines = _table(folder, "olist_order_items_dataset")
    lines = lines.join(_table(folder, "olist_products_dataset"), on="product_id", how="left")
    lines = lines.join(_table(folder, "olist_sellers_dataset"), on="seller_id", how="left")
    edges = ("product_length_cm", "product_height_cm", "product_width_cm")
    return lines.sort("order_id", "order_item_id").group_by("order_id").agg(
        items=pl.len(), sellers=pl.col("seller_id").n_unique(), price=pl.col("price").sum(),
        freight=pl.col("freight_value").sum(), weight=pl.col("product_weight_g").sum(),
        volume=(pl.col(edges[0]) * pl.col(edges[1]) * pl.col(edges[2])).sum(), size=pl.max_horizontal(edges).max(),
        **{name: pl.col(column).sort_by("price", descending=True).first() for name, column in (
            ("seller", "seller_id"), ("origin", "seller_state"), ("product", "product_id"),
            ("category", "product_category_name"), ("seller_zip_code_prefix", "seller_zip_code_prefix"),
        )},
    )  # fmt: skip


def _payments(folder: Path) -> pl.DataFrame:
    largest = pl.col("payment_type").sort_by("payment_value", descending=True).first()
    payments = _table(folder, "olist_order_payments_dataset")
    return payments.group_by("order_id").agg(payment=largest, instalments=pl.col("payment_installments").max())


def _zip(column: str, digits: int) -> pl.Expr:
    return pl.col(column).str.slice(0, digits)


def judge(orders: pl.DataFrame, months: list[tuple[datetime, datetime]]) -> Iterator[dict[str, object]]:
    """Train at the start of each period on what was known by then, score the orders placed in it, at each milestone."""
    ledger = Ledger.of(orders, keys=[], numbers=[])
    found: dict[tuple[str, str], list[tuple[Floats, Flags]]] = {}
    for begin, end in months:
        risk = PromiseRisk(FACTS).fit(orders, begin)
        placed = orders.select((pl.col("placed_at") >= begin) & (pl.col("placed_at") < end)).to_series().to_numpy()
        for milestone in MILESTONES:
            chosen = placed & (ledger.cancelled == NEVER) & (ledger.at_milestone(milestone) < NEVER)
            for name, probability in risk.at_milestone(orders, milestone, chosen).items():
                found.setdefault((milestone, name), []).append((probability, ledger.is_late[chosen]))
    for (milestone, name), parts in found.items():
        probability, late = (np.concatenate(part) for part in zip(*parts, strict=True))
        scores = {key: round(value, 4) for key, value in risk_scores(probability, late).items()}
        bins = reliability(probability, late).rows() if name == "served" else []
        yield {"milestone": milestone, "by": name, **scores, "reliability": bins}


def main() -> None:
    """Print one line of JSON per milestone and method."""
    asked = argparse.ArgumentParser(description=__doc__)
    shared = Path(os.environ.get("OMS_SHARED", "../shared"))
    asked.add_argument("folder", nargs="?", type=Path, default=shared / "data" / "olist")
    asked.add_argument("--monthly", action="store_true", help="train anew at the start of each month")
    asked.add_argument("--json", action="store_true", help="as it always is")
    given = asked.parse_args()
    starts = [datetime(2018, month, 1, tzinfo=UTC) for month in range(4, 10)]
    for line in judge(read_orders(given.folder), list(pairwise(starts)) if given.monthly else [TEST]):
        print(json.dumps(line), flush=True)


if __name__ == "__main__":
    main()
