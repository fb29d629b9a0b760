"""The seven files of the Olist set, read and checked row by row."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import polars as pl

from oms_core.errors import Invalid
from oms_core.workflow.models import Group
from pipelines.imports.checking import CheckedRows
from pipelines.imports.report import Rejections
from pipelines.imports.source import SourceFile, read_csv_file

TIME_ZONE = "America/Sao_Paulo"
STATUSES = {
    "created": Group.NEW,
    "approved": Group.CONFIRM,
    "invoiced": Group.SUPPLY,
    "processing": Group.SUPPLY,
    "shipped": Group.DELIVER,
    "delivered": Group.DONE,
    "canceled": Group.CANCELLED,
    "unavailable": Group.CANCELLED,
}
_STAMPS = {
    "order_purchase_timestamp": "placed_at",
    "order_approved_at": "confirmed_at",
    "order_delivered_carrier_date": "handed_over_at",
    "order_delivered_customer_date": "delivered_at",
}
_PROMISE = "order_estimated_delivery_date"
_FILES = {
    "customers": (
        "olist_customers_dataset",
        ["customer_id", "customer_unique_id", "customer_zip_code_prefix", "customer_city", "customer_state"],
    ),
    "products": ("olist_products_dataset", ["product_id", "product_category_name", "product_weight_g"]),
    "sellers": ("olist_sellers_dataset", ["seller_id", "seller_state"]),
    "categories": (
        "product_category_name_translation",
        ["product_category_name", "product_category_name_english"],
    ),
    "orders": ("olist_orders_dataset", ["order_id", "customer_id", "order_status", *_STAMPS, _PROMISE]),
    "items": (
        "olist_order_items_dataset",
        ["order_id", "order_item_id", "product_id", "seller_id", "price", "freight_value"],
    ),
    "payments": (
        "olist_order_payments_dataset",
        ["order_id", "payment_sequential", "payment_type", "payment_installments", "payment_value"],
    ),
}
_KEY_LENGTH = 100


@dataclass(frozen=True)
class OlistRows:
    """The sound rows of each file under the names of the source, except the stamps: those are UTC and named ours."""

    customers: pl.DataFrame
    products: pl.DataFrame
    sellers: pl.DataFrame
    categories: pl.DataFrame
    orders: pl.DataFrame
    items: pl.DataFrame
    payments: pl.DataFrame
    incomplete: pl.Series
    """Orders that lost a line: one of their items was rejected, and not as a duplicate."""


def read_folder(folder: Path, rejections: Rejections) -> dict[str, SourceFile]:
    """Read every file of the set; raises ``Invalid`` where one is missing or lacks a column."""
    paths = {name: _find(folder, stem) for name, (stem, _) in _FILES.items()}
    with ThreadPoolExecutor(max_workers=4) as pool:
        reads = {
            name: pool.submit(read_csv_file, path, needs=_FILES[name][1], rejections=rejections)
            for name, path in paths.items()
        }
        return {name: read.result() for name, read in reads.items()}


def _find(folder: Path, stem: str) -> Path:
    for ending in (".csv", ".csv.gz"):
        if (path := folder / f"{stem}{ending}").is_file():
            return path
    raise Invalid(
        f"{stem}.csv (or .csv.gz) is missing in {folder}.", code="missing_file", rows=[{"file": f"{stem}.csv"}]
    )


def check_rows(
    files: dict[str, SourceFile], rejections: Rejections, *, known_products: pl.Series, known_sellers: pl.Series
) -> OlistRows:
    """Check every file; rows may name products and sellers of the files or ones known from before."""
    customers = _check_customers(CheckedRows(files["customers"], rejections))
    products = _check_products(CheckedRows(files["products"], rejections))
    sellers = _check_sellers(CheckedRows(files["sellers"], rejections))
    categories = _check_categories(CheckedRows(files["categories"], rejections))
    orders = _check_orders(CheckedRows(files["orders"], rejections), customers["customer_id"])
    items = CheckedRows(files["items"], rejections)
    product_ids = pl.concat([products["product_id"], known_products.alias("product_id")])
    seller_ids = pl.concat([sellers["seller_id"], known_sellers.alias("seller_id")])
    incomplete = _check_items(items, orders["order_id"], product_ids, seller_ids)
    payments = _check_payments(CheckedRows(files["payments"], rejections), orders["order_id"])
    return OlistRows(customers, products, sellers, categories, orders, items.frame, payments, incomplete)


def _check_customers(rows: CheckedRows) -> pl.DataFrame:
    rows.require("customer_id", "customer_unique_id")
    rows.limit({"customer_id": _KEY_LENGTH, "customer_unique_id": _KEY_LENGTH, "customer_state": 60})
    rows.refuse_duplicates("customer_id")
    return rows.frame


def _check_products(rows: CheckedRows) -> pl.DataFrame:
    rows.require("product_id")
    rows.limit({"product_id": _KEY_LENGTH, "product_category_name": _KEY_LENGTH})
    rows.read_numbers("product_weight_g")
    rows.refuse_duplicates("product_id")
    return rows.frame


def _check_sellers(rows: CheckedRows) -> pl.DataFrame:
    rows.require("seller_id")
    rows.limit({"seller_id": _KEY_LENGTH, "seller_state": 60})
    rows.refuse_duplicates("seller_id")
    return rows.frame


def _check_categories(rows: CheckedRows) -> pl.DataFrame:
    rows.require("product_category_name", "product_category_name_english")
    rows.limit({"product_category_name_english": _KEY_LENGTH})
    rows.refuse_duplicates("product_category_name")
    return rows.frame


def _check_orders(rows: CheckedRows, customer_ids: pl.Series) -> pl.DataFrame:
    rows.require("order_id", "customer_id", "order_status", "order_purchase_timestamp")
    rows.limit({"order_id": _KEY_LENGTH})
    unknown_status = ~pl.col("order_status").is_in(list(STATUSES))
    rows.refuse(unknown_status, "order_status", "bad_status", pl.format("{} is no status", "order_status"))
    rows.read_instants(*_STAMPS, time_zone=TIME_ZONE)
    # The promise is a day: it is kept until that day ends, whichever way one compares.
    rows.read_instants(_PROMISE, time_zone=TIME_ZONE, day_end=True)
    rows.refuse_duplicates("order_id")
    rows.refuse_unknown("customer_id", customer_ids, "customer")
    return rows.frame.rename(_STAMPS | {_PROMISE: "promised_at"})


def _check_items(rows: CheckedRows, order_ids: pl.Series, products: pl.Series, sellers: pl.Series) -> pl.Series:
    known = rows.frame.filter(pl.col("order_id").is_in(order_ids.implode()))
    rows.require("order_id", "order_item_id", "product_id", "seller_id", "price", "freight_value")
    rows.read_numbers("price", "freight_value")
    rows.read_whole_numbers("order_item_id")
    rows.refuse_unknown("order_id", order_ids, "order")
    rows.refuse_unknown("product_id", products, "product")
    rows.refuse_unknown("seller_id", sellers, "seller")
    sound = rows.frame
    rows.refuse_duplicates("order_id", "order_item_id")
    return known.join(sound, on="_line", how="anti")["order_id"].unique()


def _check_payments(rows: CheckedRows, order_ids: pl.Series) -> pl.DataFrame:
    rows.require("order_id", "payment_sequential", "payment_value")
    rows.limit({"payment_type": 40})
    rows.read_numbers("payment_value")
    rows.read_whole_numbers("payment_sequential", "payment_installments")
    rows.refuse_unknown("order_id", order_ids, "order")
    rows.refuse_duplicates("order_id", "payment_sequential")
    return rows.frame
