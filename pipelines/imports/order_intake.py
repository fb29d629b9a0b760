"""One file of orders on its way in: what was read, what it finds in the database, what came of it."""

from dataclasses import dataclass, field
from datetime import datetime

import polars as pl

from oms_core.access.actors import Actor
from oms_core.errors import Conflict
from pipelines.bulk import Cursor
from pipelines.imports.batches import FILE_ALREADY_IMPORTED, BatchKind, find_imported, open_batch, record_rows
from pipelines.imports.mapping import Mapping
from pipelines.imports.order_rows import OrderFile, check_order_rows
from pipelines.imports.registers import ChannelFacts, find_or_make_channel, known_ids, shop_currency
from pipelines.imports.report import DEFAULTED, Rejections, Warnings

_HOME = "MAIN"  # the warehouse every shop is seeded with
# What is said of a column that the file does not have.
_DEFAULTS = {
    "customer_ref": "customer_ref: the e-mail, phone or name, else one unknown customer",
    "discount": "discount: 0",
    "shipping": "shipping: 0",
    "warehouse": "warehouse: the channel's",
}
_PAST_DEFAULTS = {
    "status": "status: done",
    "shipped_at": "shipped_at: placed_at, where the status says it left",
    "delivered_at": "delivered_at: unknown",
    "promised_at": "promised_at: none",
}
_TODAY_DEFAULTS = {"unit_price": "unit_price: the price list's", "placed_at": "placed_at: now"}


@dataclass(frozen=True)
class Ground:
    """What the file finds in the database, and its sound rows of orders that are not there yet."""

    channel: ChannelFacts
    warehouses: pl.DataFrame
    products: pl.DataFrame
    rows: pl.DataFrame


@dataclass
class OrderIntake:
    """What was read and what came of it; the two ways of taking orders in fill in the rest."""

    file: OrderFile
    mapping: Mapping
    channel_code: str
    actor: Actor
    now: datetime
    rejections: Rejections
    warnings: Warnings = field(default_factory=Warnings)
    created: dict[str, int] = field(default_factory=lambda: {"orders": 0})
    unchanged: int = 0
    batch_id: int | None = None

    def find_ground(self, cursor: Cursor) -> Ground:
        """Check the rows against the database, leave out known orders, and open a batch where any is new."""
        channel = self._channel(cursor)
        warehouses = known_ids(cursor, "warehouses", "code", "NOT is_virtual")
        products = known_ids(cursor, "products", "sku")
        rows, incomplete = check_order_rows(
            self.file,
            self.mapping,
            self.rejections,
            time_zone=self.mapping.time_zone or channel.time_zone,
            warehouses=warehouses["key"],
            skus=products["key"],
        )
        known = known_ids(cursor, "orders", "external_ref", "channel_id = %s", (channel.id,))["key"]
        is_known = pl.col("external_ref").is_in(known.implode())
        self.unchanged = rows.filter(is_known)["external_ref"].n_unique()
        new = rows.filter(~is_known)
        self.warnings.add("order_incomplete", incomplete.filter(~incomplete.is_in(known.implode())))
        self._open_batch(cursor, channel, is_needed=not new.is_empty())
        return Ground(channel, warehouses, products, new)

    def record(self, cursor: Cursor) -> None:
        """Record what was rejected and what was untidy, where there is a batch."""
        if self.created["orders"] and self.batch_id is not None:
            record_rows(cursor, self.batch_id, self.rejections, self.warnings)

    def _channel(self, cursor: Cursor) -> ChannelFacts:
        mapping, code = self.mapping, self.channel_code
        channel = find_or_make_channel(
            cursor,
            code,
            name=code,
            time_zone=mapping.time_zone or "UTC",
            currency=mapping.currency or shop_currency(cursor),
            warehouse=_HOME,
        )
        if not mapping.history and mapping.currency not in {None, channel.currency}:
            raise Conflict(
                f"The channel {code} sells in {channel.currency}, the mapping says {mapping.currency}.",
                code="other_currency",
                rows=[{"channel": code, "currency": channel.currency}],
            )
        return channel

    def _open_batch(self, cursor: Cursor, channel: ChannelFacts, *, is_needed: bool) -> None:
        kind = BatchKind("orders", channel.id, self.mapping.fingerprint())
        imported = find_imported(cursor, kind, [self.file.source])
        self.warnings.add(FILE_ALREADY_IMPORTED, list(imported))
        self.batch_id = max(imported.values(), default=None)
        if is_needed:
            self.batch_id = open_batch(cursor, kind, [self.file.source], self.actor)
            said = _DEFAULTS | (_PAST_DEFAULTS if self.mapping.history else _TODAY_DEFAULTS)
            self.warnings.add(DEFAULTED, [told for name, told in said.items() if name not in self.file.present])
