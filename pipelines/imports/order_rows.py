"""Rows of a file of one's own orders, under our names, checked; what the source does not say is defaulted."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import polars as pl

from oms_core.workflow.models import Group
from pipelines.imports.checking import CheckedRows
from pipelines.imports.mapping import COLUMNS, Mapping
from pipelines.imports.report import Rejections
from pipelines.imports.source import SourceFile, is_sheet, read_own_file

DATE_FORMATS = (
    "%Y-%m-%d %H:%M:%S", "%Y-%m-%dT%H:%M:%S", "%Y-%m-%d %H:%M", "%Y-%m-%dT%H:%M", "%Y-%m-%d",
)  # fmt: skip
_NUMBERS = ("quantity", "unit_price", "discount", "shipping")
_LIMITS = {
    "external_ref": 100, "sku": 100, "product_name": 300, "customer_ref": 100, "customer_name": 200, "phone": 200,
    "email": 200, "region": 60, "status": 60,
}  # fmt: skip


@dataclass(frozen=True)
class OrderFile:
    """A file of orders as read: ``present`` are those of our columns that it has."""

    source: SourceFile
    names: dict[str, str]

    @property
    def present(self) -> set[str]:
        return set(self.names)


def read_order_file(path: Path, mapping: Mapping, rejections: Rejections) -> OrderFile:
    """Read the file; raises ``Invalid`` where it lacks a column that the mapping names or an order needs."""
    needed = ["external_ref", "sku", "quantity", *(["placed_at", "unit_price"] if mapping.history else [])]
    needs = {mapping.columns.get(name, name) for name in needed} | set(mapping.columns.values())
    source = read_own_file(path, needs=sorted(needs), rejections=rejections, encoding=mapping.encoding)
    theirs = {ours: mapping.columns.get(ours, ours) for ours in COLUMNS}
    return OrderFile(source, {ours: name for ours, name in theirs.items() if name in source.frame.columns})


def check_order_rows(
    file: OrderFile, mapping: Mapping, rejections: Rejections, *, time_zone: str, warehouses: pl.Series, skus: pl.Series
) -> tuple[pl.DataFrame, pl.Series]:
    """Check every row; return the sound ones with all of COLUMNS (null where absent) and the orders that lost one."""
    rows = CheckedRows(file.source, rejections, names=file.names)
    absent = [pl.lit(None, pl.String).alias(name) for name in COLUMNS if name not in file.present]
    rows.frame = rows.frame.with_columns(absent)
    given = rows.frame.select("_line", "external_ref")
    rows.require("external_ref", "sku", "quantity", *(["placed_at", "unit_price"] if mapping.history else []))
    rows.limit(_LIMITS)
    _read_numbers(rows, mapping)
    formats = (mapping.date_format,) if mapping.date_format else DATE_FORMATS
    rows.read_instants("placed_at", "promised_at", "shipped_at", "delivered_at", time_zone=time_zone, formats=formats)
    _read_statuses(rows, mapping)
    rows.refuse_unknown("warehouse", warehouses, "warehouse")
    if not mapping.create_products:
        rows.refuse_unknown("sku", skus, "product")
    lost = given.join(rows.frame, on="_line", how="anti")["external_ref"].unique()
    return rows.frame, lost.filter(lost.is_in(rows.frame["external_ref"].implode()))


def orders_of(rows: pl.DataFrame, columns: Sequence[str]) -> tuple[pl.DataFrame, pl.Series]:
    """Fold rows into orders (the first value that is there, the earliest ``placed_at``) and tell where rows differ."""
    folded = rows.group_by("external_ref", maintain_order=True).agg(
        pl.col("placed_at").min(),
        *(pl.col(name).drop_nulls().first() for name in columns),
        rows_differ=pl.any_horizontal(pl.col(name).drop_nulls().n_unique() > 1 for name in columns),
    )
    return folded.drop("rows_differ"), folded.filter("rows_differ")["external_ref"]


def _read_numbers(rows: CheckedRows, mapping: Mapping) -> None:
    if mapping.decimal_comma and not is_sheet(rows.name):  # a sheet's numbers are numbers already
        plain = pl.col(*_NUMBERS).str.replace_all(r"[\s. ]", "").str.replace(",", ".", literal=True)
        rows.frame = rows.frame.with_columns(plain)
    rows.read_numbers("quantity", decimals=3, above=True)
    rows.read_numbers("unit_price", "discount", "shipping")
    more = pl.col("discount") > pl.col("unit_price") * pl.col("quantity")
    rows.refuse(more, "discount", "out_of_range", "is more than the line is worth")


def _read_statuses(rows: CheckedRows, mapping: Mapping) -> None:
    words = {group.value: group.value for group in Group} | dict(mapping.statuses)
    said = pl.col("status").str.strip_chars()
    known = pl.coalesce(
        said.replace_strict(words, default=None, return_dtype=pl.String),
        said.str.to_lowercase().replace_strict(words, default=None, return_dtype=pl.String),
    )
    rows.refuse(said.is_not_null() & known.is_null(), "status", "bad_status", pl.format("{} is no status", "status"))
    rows.frame = rows.frame.with_columns(external_status="status", status=known)
