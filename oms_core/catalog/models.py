"""Tables of the catalogue: channels, categories, products, prices, warehouses, suppliers and their terms."""

from datetime import time

from sqlalchemy import CheckConstraint, Float, SmallInteger, String, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from oms_core.db import Base, BigId, Instant, Money, Quantity, Rate, UnitCost, enum_type, foreign
from oms_core.money import RoundingRule


class Channel(Base):
    """Where orders come from: its zone defines the business day, its rules the money."""

    __tablename__ = "channels"

    id: Mapped[BigId]
    code: Mapped[str] = mapped_column(String(40), unique=True)
    name: Mapped[str] = mapped_column(String(100))
    time_zone: Mapped[str] = mapped_column(String(60))
    currency: Mapped[str] = mapped_column(String(3))
    rounding_rule: Mapped[RoundingRule] = mapped_column(enum_type(RoundingRule, "rounding_rule"))
    day_start: Mapped[time] = mapped_column(server_default=text("'00:00'"))
    prices_include_tax: Mapped[bool] = mapped_column(server_default=text("true"))
    promise_days: Mapped[int] = mapped_column(SmallInteger, server_default=text("3"))
    calendar_id: Mapped[int] = foreign("work_calendars.id")
    warehouse_id: Mapped[int | None] = foreign("warehouses.id")
    price_list_id: Mapped[int | None] = foreign("price_lists.id")
    is_simulated: Mapped[bool] = mapped_column(server_default=text("false"))


class Category(Base):
    """A node of the category tree."""

    __tablename__ = "categories"

    id: Mapped[BigId]
    code: Mapped[str] = mapped_column(String(100), unique=True)
    name: Mapped[str] = mapped_column(String(200))
    parent_id: Mapped[int | None] = foreign("categories.id")


class Product(Base):
    """A stock-keeping unit; ``tax_rate`` is a fraction (0.23 is 23 %), weight in kilograms."""

    __tablename__ = "products"

    id: Mapped[BigId]
    sku: Mapped[str] = mapped_column(String(100), unique=True)
    name: Mapped[str] = mapped_column(String(300))
    category_id: Mapped[int | None] = foreign("categories.id", index=True)
    uom: Mapped[str] = mapped_column(String(20), server_default="pcs")
    barcode: Mapped[str | None] = mapped_column(String(60), index=True)
    weight_kg: Mapped[Quantity | None]
    tax_rate: Mapped[Rate] = mapped_column(server_default=text("0"))
    is_active: Mapped[bool] = mapped_column(server_default=text("true"))


class PriceList(Base):
    """A named set of prices in one currency."""

    __tablename__ = "price_lists"

    id: Mapped[BigId]
    code: Mapped[str] = mapped_column(String(40), unique=True)
    currency: Mapped[str] = mapped_column(String(3))


class Price(Base):
    """A price valid from an instant until the next row of its list, product and minimum quantity begins.

    Periods therefore cannot overlap and leave no gap; the end of a promotion is a new row.
    """

    __tablename__ = "prices"
    __table_args__ = (
        CheckConstraint("unit_price >= 0", name="unit_price"),
        CheckConstraint("min_quantity > 0", name="min_quantity"),
    )

    price_list_id: Mapped[int] = foreign("price_lists.id", primary_key=True)
    product_id: Mapped[int] = foreign("products.id", primary_key=True)
    min_quantity: Mapped[Quantity] = mapped_column(primary_key=True, server_default=text("1"))
    valid_from: Mapped[Instant] = mapped_column(primary_key=True)
    unit_price: Mapped[Money]


class Warehouse(Base):
    """A place that keeps stock; ``is_virtual`` marks DIRECT, whose lines suppliers ship themselves."""

    __tablename__ = "warehouses"

    id: Mapped[BigId]
    code: Mapped[str] = mapped_column(String(40), unique=True)
    name: Mapped[str] = mapped_column(String(100))
    latitude: Mapped[float | None] = mapped_column(Float)
    longitude: Mapped[float | None] = mapped_column(Float)
    calendar_id: Mapped[int | None] = foreign("work_calendars.id")
    is_virtual: Mapped[bool] = mapped_column(server_default=text("false"))


class Supplier(Base):
    """Someone we buy from, or who ships to our customers directly (a seller of a marketplace)."""

    __tablename__ = "suppliers"

    id: Mapped[BigId]
    code: Mapped[str] = mapped_column(String(100), unique=True)
    name: Mapped[str] = mapped_column(String(200))
    region: Mapped[str | None] = mapped_column(String(60))
    ships_direct: Mapped[bool] = mapped_column(server_default=text("false"))


class SupplyTerm(Base):
    """On what terms a supplier supplies a product; the lowest ``priority`` is asked first."""

    __tablename__ = "supply_terms"
    __table_args__ = (
        UniqueConstraint("product_id", "supplier_id"),
        CheckConstraint(
            "unit_cost >= 0 AND minimum_order_quantity > 0 AND pack_size > 0 AND lead_time_days >= 0",
            name="terms",
        ),
    )

    supplier_id: Mapped[int] = foreign("suppliers.id", primary_key=True)
    product_id: Mapped[int] = foreign("products.id", primary_key=True)
    unit_cost: Mapped[UnitCost | None]
    minimum_order_quantity: Mapped[Quantity] = mapped_column(server_default=text("1"))
    pack_size: Mapped[Quantity] = mapped_column(server_default=text("1"))
    lead_time_days: Mapped[int | None] = mapped_column(SmallInteger)
    priority: Mapped[int] = mapped_column(SmallInteger, server_default=text("1"))
