"""What an order would cost while it is entered: every line priced as placing prices it, with what is free where."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from sqlalchemy import text
from sqlalchemy.orm import Session

from oms_core.access.permissions import Permission, requires
from oms_core.money import LineTotal, OrderTotal, RoundingRule, order_total
from oms_core.orders.delivery_terms import delivery_of
from oms_core.orders.entry_document import EntryDocument, line_of, moment_of, number_of
from oms_core.orders.placement_links import charge_of
from oms_core.orders.placement_request import Fault, LineRequest, fault, is_money, is_number
from oms_core.orders.pricing import Offer, price_lines
from oms_core.workflow.models import Group

_CHANNEL = text("""
SELECT id, currency, rounding_rule, prices_include_tax, promise_days, calendar_id, time_zone
FROM channels WHERE code = :channel
""")
# The price is that of the channel's list for the quantity of the line, as in placing.
_OFFERS = text("""
SELECT a.place - 1 AS place, p.id, p.name, p.uom, p.is_active, p.tax_rate,
       (SELECT unit_price FROM prices
        WHERE price_list_id = c.price_list_id AND product_id = p.id
          AND min_quantity <= greatest(a.quantity, 1) AND valid_from <= :now
        ORDER BY min_quantity DESC, valid_from DESC LIMIT 1) AS unit_price,
       (SELECT unit_cost FROM supply_terms WHERE product_id = p.id ORDER BY priority LIMIT 1) AS unit_cost,
       (SELECT json_object_agg(w.code, f.free) FROM (
            SELECT o.warehouse_id, sum(l.on_hand - l.reserved) AS free
            FROM stock_levels l JOIN locations o ON o.id = l.location_id AND o.kind = 'stock'
            WHERE l.product_id = p.id GROUP BY 1) f JOIN warehouses w ON w.id = f.warehouse_id) AS free
FROM unnest(CAST(:skus AS text[]), CAST(:quantities AS numeric[])) WITH ORDINALITY AS a (sku, quantity, place)
JOIN channels c ON c.code = :channel
JOIN products p ON p.sku = a.sku
ORDER BY a.place
""")


@dataclass(frozen=True, slots=True)
class ChannelTerms:
    """How a channel prices and promises."""

    id: int
    currency: str
    rounding_rule: RoundingRule
    prices_include_tax: bool
    promise_days: int
    calendar_id: int
    time_zone: str


@dataclass(frozen=True, slots=True)
class Offered:
    """A product as it is offered now: ``offer`` for pricing, ``free`` by the code of the warehouse."""

    name: str
    uom: str
    is_active: bool
    offer: Offer
    free: Mapping[str, Decimal]


@dataclass(frozen=True, slots=True)
class EntryPrice:
    """A line of the form: priced where it can be, with what is wrong with it where it cannot.

    ``list_price`` is the price list's, ``unit_price`` what counts; ``short`` what free stock does not cover.
    """

    sku: str
    name: str = ""
    uom: str = ""
    quantity: Decimal | None = None
    list_price: Decimal | None = None
    unit_price: Decimal | None = None
    discount: Decimal = Decimal(0)
    total: LineTotal | None = None
    free: Mapping[str, Decimal] = field(default_factory=dict)
    short: Decimal = Decimal(0)
    faults: tuple[Fault, ...] = ()


@dataclass(frozen=True, slots=True)
class PricedEntry:
    """The form priced; ``promised_at`` is what placing it now would promise. Faulty lines count in no total."""

    lines: tuple[EntryPrice, ...]
    totals: OrderTotal
    discount: Decimal
    currency: str
    promised_at: datetime | None

    @property
    def faults(self) -> list[Fault]:
        """What keeps the lines from being placed."""
        return [one for line in self.lines for one in line.faults]


@requires(Permission.ORDER_PLACE)
def price_entry(session: Session, *, document: EntryDocument, now: datetime) -> PricedEntry:
    """Price a form as placing it now would; nothing is locked or written, and nothing refused: faults stand by lines.

    Three statements, four with a delivery method, however many lines there are.
    """
    terms = channel_terms(session, document.channel)
    if terms is None:
        return PricedEntry((), order_total([]), Decimal(0), "", None)
    read = [line_of(line, index) for index, line in enumerate(document.lines)]
    offered = offers_of(session, document.channel, [line for line, _ in read], now=now)
    taken: dict[int, Decimal] = {}
    lines = tuple(
        EntryPrice(document.lines[index].sku.strip(), faults=tuple(faults))
        if line is None
        else _priced(index, line, offered[index], terms, taken)
        for index, (line, faults) in enumerate(read)
    )
    delivery = (
        delivery_of(session, document.delivery_method, calendar_id=terms.calendar_id, group=Group.NEW, now=now)
        if document.delivery_method
        else None
    )
    earliest = delivery.promised_at if delivery else now + timedelta(days=terms.promise_days)
    promised_at = max(earliest, moment_of(document.requested_at) or earliest)
    shipping = charge_of(delivery, number_of(document.shipping))
    totals = order_total([line.total for line in lines if line.total is not None], shipping)
    discount = sum((line.discount for line in lines if line.total is not None), Decimal(0))
    return PricedEntry(lines, totals, discount, terms.currency, promised_at)


def channel_terms(session: Session, channel: str) -> ChannelTerms | None:
    """How a channel prices; None where there is no such channel."""
    row = session.execute(_CHANNEL, {"channel": channel}).one_or_none()
    return None if row is None else ChannelTerms(row[0], row[1], RoundingRule(row[2]), *row[3:])


def offers_of(
    session: Session, channel: str, lines: Sequence[LineRequest | None], *, now: datetime
) -> list[Offered | None]:
    """What the catalogue says now of each line; None where the line or its SKU is not known. One statement."""
    facts: dict[str, Any] = {
        "channel": channel,
        "now": now,
        "skus": [line.sku if line and "\0" not in line.sku else None for line in lines],
        "quantities": [line.quantity if line else None for line in lines],
    }
    found: list[Offered | None] = [None] * len(lines)
    for row in session.execute(_OFFERS, facts) if lines else ():
        free = {code: Decimal(str(quantity)) for code, quantity in (row.free or {}).items()}
        offer = Offer(row.id, row.tax_rate, row.unit_price, row.unit_cost)
        found[row.place] = Offered(row.name, row.uom, row.is_active, offer, free)
    return found


def _priced(
    index: int, line: LineRequest, offered: Offered | None, terms: ChannelTerms, taken: dict[int, Decimal]
) -> EntryPrice:  # fmt: skip
    sku = line.sku
    if offered is None:
        return EntryPrice(sku, quantity=line.quantity, faults=(fault(f"lines[{index}].sku", sku, "is unknown"),))
    faults = tuple(line_faults(index, line, offered))
    offer = offered.offer
    known = EntryPrice(
        sku, offered.name, offered.uom, line.quantity, offer.unit_price, line.unit_price, line.discount,
        None, offered.free, faults=faults,
    )  # fmt: skip
    if faults:
        return known
    [priced] = price_lines(
        [line], [offer], prices_include_tax=terms.prices_include_tax, rule=terms.rounding_rule
    )  # fmt: skip
    before = taken.get(offer.product_id, Decimal(0))
    taken[offer.product_id] = before + line.quantity
    left = max(sum(offered.free.values(), Decimal(0)) - before, Decimal(0))
    return EntryPrice(
        sku, offered.name, offered.uom, line.quantity, offer.unit_price, priced.unit_price, line.discount,
        priced.total, offered.free, max(line.quantity - left, Decimal(0)),
    )  # fmt: skip


def line_faults(index: int, line: LineRequest, offered: Offered) -> list[Fault]:
    """What placing would refuse of a line whose product is known."""
    name, offer, faults = f"lines[{index}]", offered.offer, []
    if not offered.is_active:
        faults.append(fault(f"{name}.sku", line.sku, "is no longer sold"))
    if not is_number(line.quantity, decimals=3) or line.quantity <= 0:
        told = "must be above 0, with at most three decimals"
        faults.append(fault(f"{name}.quantity", line.quantity, told))
    price = line.unit_price if line.unit_price is not None else offer.unit_price
    money = "must be money of at least 0 with at most two decimals"
    if price is None:
        faults.append(fault(f"{name}.unit_price", None, "is needed, the price list has none"))
    elif not is_money(price):
        faults.append(fault(f"{name}.unit_price", line.unit_price, money))
    if not is_money(line.discount):
        faults.append(fault(f"{name}.discount", line.discount, money))
    elif price is not None and line.discount > price * line.quantity:
        faults.append(fault(f"{name}.discount", line.discount, "is more than the line is worth"))
    return faults
