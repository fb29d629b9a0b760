"""What the benchmark of promise risk reads of an order as known at its purchase is not told by any later stamp."""

from pathlib import Path

import polars as pl

from benchmarks.promise_risk import FACTS, read_orders
from forecasting.promise_risk_causes import KEYS

LATER = {
    "olist_orders_dataset": ("order_approved_at", "order_delivered_carrier_date", "order_delivered_customer_date"),
    "olist_order_items_dataset": ("shipping_limit_date",),
}
TABLES = {
    "olist_orders_dataset": (
        "order_id,customer_id,order_status,order_purchase_timestamp,order_approved_at,order_delivered_carrier_date,"
        "order_delivered_customer_date,order_estimated_delivery_date\n"
        "a,c1,delivered,2018-01-02 10:00:00,2018-01-04 10:00:00,2018-01-06 10:00:00,2018-01-09 10:00:00,"
        "2018-01-20 00:00:00\n"
        "b,c2,delivered,2018-01-03 10:00:00,2018-01-03 11:00:00,2018-01-05 10:00:00,2018-01-30 10:00:00,"
        "2018-01-21 00:00:00\n"
    ),
    "olist_customers_dataset": "customer_id,customer_zip_code_prefix,customer_state\nc1,X1234,SP\nc2,80000,PR\n",
    "olist_order_items_dataset": (
        "order_id,order_item_id,product_id,seller_id,shipping_limit_date,price,freight_value\n"
        "a,1,p1,s1,2018-01-10 10:00:00,10.0,2.0\nb,1,p1,s1,2018-01-07 11:00:00,20.0,3.0\n"
    ),
    "olist_products_dataset": (
        "product_id,product_category_name,product_weight_g,product_length_cm,product_height_cm,product_width_cm\n"
        "p1,toys,500,10,10,20\n"
    ),
    "olist_sellers_dataset": "seller_id,seller_zip_code_prefix,seller_state\ns1,02345,SP\n",
    "olist_order_payments_dataset": (
        "order_id,payment_type,payment_installments,payment_value\na,boleto,1,12.0\nb,credit_card,3,23.0\n"
    ),
}  # fmt: skip


def written(folder: Path, *, shifted_days: int) -> Path:
    """The files, every stamp of what came after the purchase moved by so many days."""
    folder.mkdir()
    for name, text in TABLES.items():
        table = pl.read_csv(text.encode(), try_parse_dates=True)
        later = pl.col(*LATER[name]) + pl.duration(days=shifted_days) if name in LATER else []
        table.with_columns(later).write_csv(folder / f"{name}.csv", datetime_format="%Y-%m-%d %H:%M:%S")
    return folder


def test_moving_every_later_stamp_moves_nothing_that_is_told_of_an_order_at_its_purchase(tmp_path: Path) -> None:
    as_it_was = read_orders(written(tmp_path / "was", shifted_days=0))
    another = read_orders(written(tmp_path / "another", shifted_days=3))
    told = ["order_id", "placed_at", "due_at", *FACTS, *[key for key in KEYS if key in as_it_was.columns]]
    assert as_it_was.select(told).equals(another.select(told))
    assert not as_it_was["cleared_at"].equals(another["cleared_at"])  # without this the test would see nothing
