"""Raw rows for mart tests: each builder gives one row, every column defaulted."""

from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path

import polars as pl

from pipelines.marts import ORDER_MARTS, dimensions
from pipelines.marts.headers import with_headers
from pipelines.marts.sources import ORDER_SOURCES, Sources
from pipelines.store import Manifest, Store, Watermark

_ZERO = Decimal(0)


def at(text: str) -> datetime:
    """Instant of a UTC stamp like ``2024-03-30 12:00``."""
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def order(order_id: int, **facts) -> dict:
    """An order of the shop in Warsaw, whose day begins at 5; net is the gross, without tax."""
    gross = Decimal(facts.pop("gross", "0"))
    shipping = Decimal(facts.pop("shipping", "0"))
    given = {
        "number": f"N{order_id}", "channel": "shop", "time_zone": "Europe/Warsaw", "day_start_seconds": 5 * 3600,
        "currency": "EUR", "type": "sale", "customer_id": 1, "customer_kind": "b2c", "region": "PL",
        "warehouse": "MAIN", "manager": "anna", "status": facts.get("status_group", "new"), "status_group": "new",
        "is_test": False, "is_duplicate": False, "net": gross, "tax": _ZERO, "gross": gross, "shipping": shipping,
        "total": gross + shipping, "paid": _ZERO, "refunded": _ZERO,
    }  # fmt: skip
    return {"order_id": order_id, **given, **facts}


def line(order_id: int, position: int = 1, **facts) -> dict:
    """A line of one bolt; its id is the order's and the position's."""
    net = Decimal(facts.pop("net", "0"))
    given = {
        "line_id": order_id * 10 + position, "product_id": 1, "sku": "BOLT", "category": "tools", "is_direct": False,
        "quantity": Decimal(1), "quantity_shipped": _ZERO, "quantity_cancelled": _ZERO, "quantity_returned": _ZERO,
        "unit_price": net, "net": net, "tax": _ZERO, "gross": net,
    }  # fmt: skip
    return {"order_id": order_id, "position": position, **given, **facts}


def sources(**rows: list[dict]) -> Sources:
    """Frames of every source from the rows given; what is not given is empty."""
    return with_headers(
        {
            name: pl.DataFrame(rows.get(name, []), schema=dict(source.schema), orient="row")
            for name, source in ORDER_SOURCES.items()
        }
    )


def one(frame: pl.LazyFrame, *columns: str) -> tuple:
    """The values of these columns in the only row."""
    return frame.select(columns).collect().row(0)


def published(folder: Path, *, read_at: str = "2024-01-20 12:00", **rows: list[dict]) -> Store:
    """A store with the marts of these raw rows, read at this moment."""
    store, raw = Store(str(folder)), sources(**rows)
    marts = {
        mart.MART.name: store.publish(mart.MART.name, mart.build(raw), check=mart.MART.check) for mart in ORDER_MARTS
    }
    named = pl.DataFrame(_channels(rows.get("orders", [])), schema=dict(dimensions.SCHEMA))
    marts["dimensions"] = store.publish("dimensions", named, check=dimensions.MART.check)
    read = at(read_at)
    store.commit(Manifest(marts=marts, watermark=Watermark(database="d", horizon=1, fresh_to=read, read_at=read)))
    return store


def _channels(orders: list[dict]) -> list[dict]:
    zones = {one["channel"]: one["time_zone"] for one in orders}
    return [
        {"kind": "channel", "id": code, "code": code, "label": code, "facts": f"{zone}|05:00:00|MAIN"}
        for code, zone in zones.items()
    ]
