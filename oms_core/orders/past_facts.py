"""What was known of an order right after one of its changes, in the plain facts that rules are told from. Pure."""

from bisect import bisect_left, bisect_right
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from oms_core.orders.past_orders import Act, PastLine, PastOrder
from oms_core.orders.rule_parts import Change, CustomerFacts, Facts, LineFacts, OrderFacts, PaymentFacts

_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class CustomersOrder:
    """An order of a customer, among all of theirs; ``money`` are payments less refunds, each with its moment."""

    id: int
    placed_at: datetime
    closed_at: datetime | None
    is_cancelled: bool
    total: float
    goods: Sequence[str] = ()
    money: Sequence[tuple[datetime, float]] = ()

    def was_closed(self, at: datetime) -> bool:
        """Whether nothing was to be done with it any more by then."""
        return self.closed_at is not None and self.closed_at <= at

    def was_cancelled(self, at: datetime) -> bool:
        """Whether it was cancelled by then."""
        return self.is_cancelled and self.was_closed(at)

    def owed(self, at: datetime) -> float:
        """What was still to be paid for it then; nothing once it was closed."""
        paid = sum(gross for moment, gross in self.money if moment <= at)
        return 0.0 if self.was_closed(at) else max(0.0, self.total - paid)


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What moments share: statuses and people as they are, and what else a rule asks about."""

    groups: Mapping[str, str]
    people: Mapping[int, tuple[str, list[str]]]
    customers: Mapping[int, Sequence[CustomersOrder]] = field(default_factory=dict)


def facts_at(order: PastOrder, at: datetime, around: Surroundings) -> Facts:
    """The facts of an order as it stood at ``at``."""
    lines = [_line(line) for line in order.lines.values()]
    payments = PaymentFacts(
        [method for _at, method in order.payments], order.payments[-1][0] if order.payments else None
    )
    customer, duplicates = _customer(order, at, around)
    return Facts(_order(order, around, duplicates=duplicates), lines, customer, payments)


def change_at(act: Act, around: Surroundings) -> Change:
    """What was done, as rules are told of it."""
    login, roles = around.people.get(act.actor_id, ("", []))
    told = {name: act.told[name] for name in act.told if name != "lines"}
    return Change(
        kind=act.kinds[0], from_status=act.from_status, to=act.to_status,
        from_group=around.groups.get(act.from_status, ""), to_group=around.groups.get(act.to_status, ""),
        actor=login, roles=roles, quantity=act.quantity, value=act.value, **told,
    )  # fmt: skip


def _order(order: PastOrder, around: Surroundings, *, duplicates: int) -> OrderFacts:
    kept = order.facts
    return OrderFacts(
        number=order.number, type=kept["type"], channel=kept["channel"], time_zone=kept["time_zone"],
        status=order.status, group=around.groups.get(order.status, ""), external_ref=kept["external_ref"],
        currency=kept["currency"], manager=order.manager or "", priority=order.priority, comment=kept["comment"],
        warehouse=kept["warehouse"], total=kept["total"], net=kept["net"], gross=kept["gross"], tax=kept["tax"],
        shipping=kept["shipping"], paid=round(order.paid, 2), refunded=round(order.refunded, 2),
        placed_at=kept["placed_at"], requested_at=kept["requested_at"], promised_at=kept["promised_at"],
        region=kept["region"], ship_to=kept["ship_to"], tags=sorted(order.tags),
        holds=[kind for kind, _reference in order.holds],
        duplicates=duplicates, shipped_at=order.shipped_at, delivered_at=order.delivered_at,
        warehouses=_places(order),
    )  # fmt: skip


def _places(order: PastOrder) -> int:
    return len(order.places) if any(line.reserved > 0 for line in order.lines.values()) else 0


def _line(line: PastLine) -> LineFacts:
    kept = line.facts
    return LineFacts(
        line.position, kept["sku"], kept["name"], kept["category"], line.quantity, kept["unit_price"],
        kept["list_price"], kept["discount"], kept["net"], kept["gross"], kept["unit_cost"], kept["tax_rate"],
        line.is_direct, line.shipped, line.cancelled, line.returned, line.reserved,
    )  # fmt: skip


def _customer(order: PastOrder, at: datetime, around: Surroundings) -> tuple[CustomerFacts, int]:
    """Who ordered with what they had ordered before, and how many orders just like it."""
    kept = order.facts
    found = CustomerFacts(
        kept["customer_id"], kept["customer_kind"], kept["customer_name"], kept["customer_region"],
        kept["customer_tags"], kept["credit_limit"], kept["terms_days"], kept["phone"], kept["email"],
    )  # fmt: skip
    known = around.customers.get(kept["customer_id"])
    if known is None:
        return found, 0
    place = bisect_left(known, (kept["placed_at"], order.id), key=lambda other: (other.placed_at, other.id))
    earlier, own = known[:place], known[place]
    then = known[: bisect_right(known, at, key=lambda other: other.placed_at)]
    found.orders_before = len(earlier)
    found.cancelled_before = sum(other.was_cancelled(at) for other in earlier)
    if earlier:
        found.hours_since_order = (own.placed_at - earlier[-1].placed_at).total_seconds() / 3600
    found.open_value = round(float(sum(other.owed(at) for other in then if other.id != order.id)), 2)
    duplicates = sum(
        other.goods == own.goods and bool(own.goods) and not other.was_cancelled(at)
        for other in earlier
        if own.placed_at - other.placed_at <= _DAY
    )
    return found, duplicates
