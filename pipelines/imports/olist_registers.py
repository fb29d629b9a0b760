"""What the Olist orders refer to: their channel, categories, products, sellers as suppliers, people as customers."""

from dataclasses import dataclass

import polars as pl

from pipelines.bulk import Cursor, copy_frame, read_frame
from pipelines.imports.olist_files import TIME_ZONE, OlistRows
from pipelines.imports.registers import ChannelFacts, find_or_make_channel, known_ids, register

CHANNEL, DIRECT = "olist", "DIRECT"
TABLES = ("categories", "products", "suppliers", "supply_terms", "customers", "addresses")
PLACE = {"city": "customer_city", "zip": "customer_zip_code_prefix", "state": "customer_state"}
_SHORT_ID = 8


@dataclass(frozen=True)
class Registers:
    """Ids (columns key, id) by the source's own keys, the virtual warehouse, and how many rows are new by table."""

    products: pl.DataFrame
    suppliers: pl.DataFrame
    customers: pl.DataFrame
    created: dict[str, int]


def put_channel(cursor: Cursor) -> ChannelFacts:
    """Find the channel, or make it with a calendar of its own and the virtual warehouse of direct shipments."""
    cursor.execute(
        "INSERT INTO warehouses (code, name, is_virtual) VALUES (%s, 'Shipped by suppliers', true)"
        " ON CONFLICT (code) DO NOTHING",
        (DIRECT,),
    )
    return find_or_make_channel(cursor, CHANNEL, name="Olist", time_zone=TIME_ZONE, currency="BRL", warehouse=DIRECT)


def put_registers(
    cursor: Cursor, rows: OlistRows, channel: ChannelFacts, *, products: pl.DataFrame, sellers: pl.DataFrame
) -> Registers:
    """Add what is not known yet; ``products`` and ``sellers`` are those known before."""
    created = {}
    categories, created["categories"] = _put_categories(cursor, rows)
    products, created["products"] = _put_products(cursor, rows, categories, products)
    suppliers, created["suppliers"] = _put_suppliers(cursor, rows, sellers)
    created["supply_terms"] = _put_supply_terms(cursor, rows, products, suppliers)
    known = known_ids(cursor, "customers", "external_ref", "channel_id = %s", (channel.id,))
    customers, created["customers"] = _put_customers(cursor, rows, channel, known)
    created["addresses"] = _put_addresses(cursor, rows, channel, customers)
    return Registers(products, suppliers, customers, created)


def _put_categories(cursor: Cursor, rows: OlistRows) -> tuple[pl.DataFrame, int]:
    """Categories bear the English name; one without a translation keeps its own."""
    named = rows.products.select("product_category_name").drop_nulls().unique().sort("product_category_name")
    named = named.join(rows.categories, on="product_category_name", how="left").select(
        "product_category_name", code=pl.coalesce("product_category_name_english", "product_category_name")
    )
    new = named.select("code", name=_words("code")).unique("code", maintain_order=True)
    ids, created = register(cursor, "categories", "code", new, known_ids(cursor, "categories", "code"))
    return named.join(ids, left_on="code", right_on="key").rename({"id": "category_id"}), created


def _put_products(
    cursor: Cursor, rows: OlistRows, categories: pl.DataFrame, known: pl.DataFrame
) -> tuple[pl.DataFrame, int]:
    named = rows.products.join(categories, on="product_category_name", how="left", maintain_order="left")
    kind = pl.when(pl.col("code").is_null()).then(pl.lit("Product")).otherwise(_words("code"))
    new = named.select(
        "category_id",
        sku="product_id",
        name=pl.format("{} {}", kind, pl.col("product_id").str.head(_SHORT_ID)),
        weight_kg=(pl.col("product_weight_g") / pl.lit(1000, pl.Decimal(14, 3))).cast(pl.Decimal(14, 3)),
    )
    return register(cursor, "products", "sku", new, known)


def _put_suppliers(cursor: Cursor, rows: OlistRows, known: pl.DataFrame) -> tuple[pl.DataFrame, int]:
    new = rows.sellers.select(
        code="seller_id",
        name=pl.format("Seller {}", pl.col("seller_id").str.head(_SHORT_ID)),
        region="seller_state",
        ships_direct=pl.lit(value=True),
    )
    return register(cursor, "suppliers", "code", new, known)


def _put_supply_terms(cursor: Cursor, rows: OlistRows, products: pl.DataFrame, suppliers: pl.DataFrame) -> int:
    """Who sold a product supplies it; cost and lead time are not known."""
    known = read_frame(
        cursor, "SELECT supplier_id, product_id FROM supply_terms", {"supplier_id": pl.Int64, "product_id": pl.Int64}
    )
    sold = rows.items.select("seller_id", "product_id").unique(maintain_order=True)
    terms = sold.join(products.rename({"id": "product"}), left_on="product_id", right_on="key").join(
        suppliers.rename({"id": "supplier_id"}), left_on="seller_id", right_on="key"
    )
    terms = terms.select("supplier_id", product_id="product").join(known, on=["supplier_id", "product_id"], how="anti")
    return copy_frame(cursor, "supply_terms", terms.sort("supplier_id", "product_id"))


def _put_customers(
    cursor: Cursor, rows: OlistRows, channel: ChannelFacts, known: pl.DataFrame
) -> tuple[pl.DataFrame, int]:
    """People are known by ``customer_unique_id``; ``customer_id`` is a name for one order's customer."""
    first_orders = rows.orders.join(rows.customers.select("customer_id", "customer_unique_id"), on="customer_id")
    since = first_orders.group_by("customer_unique_id").agg(created_at=pl.col("placed_at").min())
    cursor.execute("SELECT now() AT TIME ZONE 'UTC'")
    (now,) = cursor.fetchone()
    people = rows.customers.unique("customer_unique_id", keep="first", maintain_order=True)
    new = people.join(since, on="customer_unique_id", how="left", maintain_order="left").select(
        external_ref="customer_unique_id",
        channel_id=channel.id,
        name=pl.format("Customer {}", pl.col("customer_unique_id").str.head(_SHORT_ID)),
        region="customer_state",
        created_at=pl.col("created_at").fill_null(pl.lit(now).dt.replace_time_zone("UTC")),
    )
    return register(cursor, "customers", "external_ref", new, known)


def _put_addresses(cursor: Cursor, rows: OlistRows, channel: ChannelFacts, customers: pl.DataFrame) -> int:
    known = read_frame(
        cursor,
        "SELECT a.customer_id, a.details->>'city', a.details->>'zip', a.details->>'state' FROM addresses a"
        " JOIN customers c ON c.id = a.customer_id WHERE c.channel_id = %s",
        {"customer_id": pl.Int64, "city": pl.String, "zip": pl.String, "state": pl.String},
        (channel.id,),
    )
    people = rows.customers.select("customer_unique_id", **PLACE)
    people = people.join(customers, left_on="customer_unique_id", right_on="key", maintain_order="left")
    new = people.select("city", "zip", "state", customer_id="id").unique(maintain_order=True)
    new = new.join(known, on=["customer_id", "city", "zip", "state"], how="anti", nulls_equal=True)
    return copy_frame(
        cursor,
        "addresses",
        new.select("customer_id", region="state", details=as_address(city="city", zip="zip", state="state")),
    )


def as_address(**parts: str) -> pl.Expr:
    """Write an address as JSON: each part by name from a column."""
    written: pl.Expr = pl.struct(pl.col(column).alias(part) for part, column in parts.items()).struct.json_encode()
    return written


def _words(code: str) -> pl.Expr:
    """Turn ``health_beauty`` into ``Health beauty``."""
    words = pl.col(code).str.replace_all("_", " ", literal=True)
    return words.str.head(1).str.to_uppercase() + words.str.slice(1)
