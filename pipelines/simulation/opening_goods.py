"""Writes the demo shop's assortment: categories, products, prices with their promotions, suppliers and terms."""

import re
import unicodedata

import numpy as np
import polars as pl

from pipelines.bulk import Cursor, copy_frame
from pipelines.simulation.assortment import leaf_codes
from pipelines.simulation.clock import Ints
from pipelines.simulation.columns import instant, money
from pipelines.simulation.keys import ids_of
from pipelines.simulation.story import Story
from pipelines.simulation.words import DEPARTMENTS


def add_assortment(cursor: Cursor, story: Story, price_list: int, tax_percent: int) -> tuple[Ints, Ints, Ints]:
    """Write the goods; return the ids of leaf categories, products and suppliers."""
    categories = _add_categories(cursor)
    goods = story.goods
    products = ids_of(cursor, "products", len(goods.skus))
    copy_frame(cursor, "products", pl.DataFrame({
        "id": products, "sku": goods.skus, "name": goods.names, "category_id": categories[goods.leaves],
        "barcode": [_barcode(number) for number in range(len(goods.skus))],
        "weight_kg": goods.grams / 1000, "tax_rate": np.full(len(products), tax_percent / 100),
        "is_active": goods.last_day >= story.horizon.days,
    }))  # fmt: skip
    _add_prices(cursor, story, products, price_list)
    return categories, products, _add_suppliers(cursor, story, products)


def _add_categories(cursor: Cursor) -> Ints:
    ids: dict[str, int] = {}
    rows = [(code, name, None) for code, name, _, _, _ in DEPARTMENTS] + leaf_codes()
    for code, name, parent in rows:
        path = _slug(name) if parent is None else f"{_slug(_department(parent))}/{_slug(name)}"
        cursor.execute(
            "INSERT INTO categories (code, name, parent_id) VALUES (%s, %s, %s) ON CONFLICT (code) DO UPDATE"
            " SET name = excluded.name RETURNING id",
            (path, name, ids.get(parent or "")),
        )
        ids[code] = int(cursor.fetchone()[0])
    return np.array([ids[code] for code, _, _ in leaf_codes()], dtype=np.int64)


def _barcode(number: int) -> str:
    """EAN-13: the last digit makes the weighted sum a multiple of ten."""
    digits = f"590{number:09d}"
    weighted = sum(int(digit) * (1 + 2 * (place % 2)) for place, digit in enumerate(digits))
    return f"{digits}{-weighted % 10}"


def _department(code: str) -> str:
    return next(name for known, name, _, _, _ in DEPARTMENTS if known == code)


def _slug(name: str) -> str:
    plain = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode().lower()
    return re.sub(r"[^a-z0-9]+", "_", plain).strip("_")


def _add_prices(cursor: Cursor, story: Story, products: Ints, price_list: int) -> None:
    """One row per change of price, planned ones too; the first holds from before the shop opened."""
    price = story.goods.listed_cents
    changed = np.concatenate([np.ones((len(price), 1), dtype=np.bool_), np.diff(price, axis=1) != 0], axis=1)
    product, day = np.nonzero(changed)
    begins = story.horizon.midnight(np.where(day == 0, -1, day))
    copy_frame(cursor, "prices", pl.DataFrame({
        "price_list_id": np.full(len(product), price_list), "product_id": products[product], "valid_from": begins,
        "unit_price": price[product, day],
    }).with_columns(instant("valid_from"), money("unit_price")))  # fmt: skip


def _add_suppliers(cursor: Cursor, story: Story, products: Ints) -> Ints:
    goods, terms = story.goods, story.goods.suppliers
    ids = ids_of(cursor, "suppliers", len(terms.names))
    codes = [f"demo-{number:02d}" for number in range(1, len(ids) + 1)]
    copy_frame(cursor, "suppliers", pl.DataFrame({"id": ids, "code": codes, "name": terms.names}))
    copy_frame(cursor, "supply_terms", pl.DataFrame({
        "supplier_id": ids[goods.supplier], "product_id": products, "unit_cost": goods.cost_cents,
        "minimum_order_quantity": goods.minimum, "pack_size": goods.pack, "lead_time_days": goods.lead_days,
    }).with_columns(money("unit_cost")))  # fmt: skip
    return ids
