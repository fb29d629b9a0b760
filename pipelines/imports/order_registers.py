"""What one's own orders refer to: products that are not known yet, customers and how to reach them."""

import polars as pl

from oms_core.customers.registration import normalise_phone
from pipelines.bulk import Cursor, copy_frame
from pipelines.imports.registers import ChannelFacts, known_ids, register

TABLES = ("products", "customers", "contacts", "addresses")
_UNKNOWN = "(unknown)"


def put_products(cursor: Cursor, rows: pl.DataFrame, known: pl.DataFrame) -> tuple[pl.DataFrame, int]:
    """Add the products that rows name and nobody knows, under the name the first row gives."""
    named = rows.group_by("sku", maintain_order=True).agg(name=pl.col("product_name").drop_nulls().first())
    return register(cursor, "products", "sku", named.with_columns(pl.col("name").fill_null(pl.col("sku"))), known)


def customer_key() -> pl.Expr:
    """Name the customer of an order: the source's reference, else e-mail, phone or name, else the unknown one."""
    return pl.coalesce("customer_ref", "email", "phone", "customer_name", pl.lit(_UNKNOWN)).str.head(100)


def put_customers(cursor: Cursor, orders: pl.DataFrame, channel: ChannelFacts) -> tuple[pl.DataFrame, int]:
    """Add the customers of these orders (one row each) that the channel does not know; ``key`` is customer_key."""
    known = known_ids(cursor, "customers", "external_ref", "channel_id = %s", (channel.id,))
    people = orders.group_by(key=customer_key(), maintain_order=True).agg(
        pl.col("customer_name", "region", "phone", "email", "address").drop_nulls().first(),
        created_at=pl.col("placed_at").min(),
    )
    people = people.join(known, on="key", how="anti", maintain_order="left")
    unnamed = (
        pl.when(pl.col("key") == _UNKNOWN).then(pl.lit("Unknown customer")).otherwise(pl.format("Customer {}", "key"))
    )
    rows = people.select(
        "region",
        "created_at",
        external_ref="key",
        channel_id=channel.id,
        name=pl.coalesce("customer_name", unnamed),
    )
    ids, created = register(cursor, "customers", "external_ref", rows, known)
    _put_ways_to_reach(cursor, people.join(ids.rename({"id": "customer_id"}), on="key"))
    return ids, created


def as_place(address: str) -> pl.Expr:
    """Write an address of one text as JSON, null where there is none."""
    written = pl.struct(pl.col(address).alias("text")).struct.json_encode()
    return pl.when(pl.col(address).is_not_null()).then(written)


def _put_ways_to_reach(cursor: Cursor, people: pl.DataFrame) -> None:
    emails = people.filter(pl.col("email").is_not_null()).select(
        "customer_id",
        kind=pl.lit("email"),
        value="email",
        normalised=pl.col("email").str.strip_chars().str.to_lowercase(),
    )
    with_phone = people.filter(pl.col("phone").is_not_null())
    phones = with_phone.select(
        "customer_id",
        kind=pl.lit("phone"),
        value="phone",
        normalised=pl.Series([normalise_phone(phone) for phone in with_phone["phone"]], dtype=pl.String),
    )
    copy_frame(cursor, "contacts", pl.concat([emails, phones]))
    places = people.filter(pl.col("address").is_not_null())
    copy_frame(cursor, "addresses", places.select("customer_id", "region", details=as_place("address")))
