"""The examples of the manual on importing go in as they stand."""

import re
from pathlib import Path

from imported import broken_invariants, rows_of
from sqlalchemy import Engine

from oms_core.access.actors import Actor
from pipelines.imports.mapping import COLUMNS, Mapping, read_mapping
from pipelines.imports.orders import import_orders
from pipelines.imports.products import import_products
from pipelines.imports.stock import import_stock

MANUAL = Path(__file__).parents[2] / "docs" / "importing.md"
ORDERS = """Order No,Ordered,Article,Pieces,Price,Client,Mail,State
A-1,01.03.2026 12:30,MUG-BLUE,2,"19,90",Anna,anna@example.com,sent
A-2,01.03.2026 13:30,MUG-BLUE,1,"1 019,90",Jan,jan@example.com,void
"""


def examples(folder: Path) -> dict[str, Path]:
    """Write the manual's products, stock and mapping as files, and orders that the mapping fits."""
    blocks = re.findall(r"```(?:csv|toml)\n(.*?)```", MANUAL.read_text(), re.DOTALL)
    files = dict(zip(("products.csv", "stock.csv", "mapping.toml"), blocks, strict=True)) | {"orders.csv": ORDERS}
    for name, content in files.items():
        (folder / name).write_text(content)
    return {name: folder / name for name in files}


def test_the_files_of_the_manual_go_in(fresh_engine: Engine, admin: Actor, tmp_path: Path) -> None:
    files = examples(tmp_path)
    products = import_products(fresh_engine, files["products.csv"], actor=admin)
    stock = import_stock(fresh_engine, files["stock.csv"], actor=admin)
    mapping = read_mapping(files["mapping.toml"])
    orders = import_orders(fresh_engine, files["orders.csv"], channel="shop", mapping=mapping, actor=admin)

    assert [report.rejected.height for report in (products, stock, orders)] == [0, 0, 0]
    assert rows_of(fresh_engine, "SELECT external_ref, status, total::text FROM orders ORDER BY 1") == [
        ("A-1", "deliver", "39.80"),
        ("A-2", "cancelled", "1019.90"),
    ]
    assert rows_of(fresh_engine, "SELECT on_hand::int FROM stock_levels") == [(48,)]
    assert broken_invariants(fresh_engine) == []


def test_the_manual_names_every_column_and_option() -> None:
    told = set(re.findall(r"`([a-z_]+)`", MANUAL.read_text()))
    options = set(Mapping.__dataclass_fields__) - {"columns", "statuses"}
    assert (set(COLUMNS) | options) - told == set()
