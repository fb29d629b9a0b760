"""The plain facts that rules are told of an order: its lines, customer, payments and what is being done to it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any


@dataclass(slots=True)
class LineFacts:
    """A line as it would be; ``tax_rate`` is a fraction, ``discount`` money off the whole line."""

    position: int
    sku: str
    name: str
    category: str
    quantity: float
    unit_price: float
    list_price: float | None
    discount: float
    net: float
    gross: float
    unit_cost: float | None
    tax_rate: float
    is_direct: bool
    shipped: float
    cancelled: float
    returned: float
    reserved: float


@dataclass(slots=True)
class OrderFacts:
    """An order as it would be; ``warehouses`` is in how many something is reserved for it."""

    number: str
    type: str
    channel: str
    time_zone: str
    status: str
    group: str
    external_ref: str
    currency: str
    manager: str
    priority: int
    comment: str
    warehouse: str
    total: float
    net: float
    gross: float
    tax: float
    shipping: float
    paid: float
    refunded: float
    placed_at: datetime
    requested_at: datetime | None
    promised_at: datetime | None
    region: str
    ship_to: Mapping[str, Any] | None
    tags: Sequence[str] = ()
    holds: Sequence[str] = ()
    duplicates: int = 0
    shipped_at: datetime | None = None
    delivered_at: datetime | None = None
    warehouses: int = 0


@dataclass(slots=True)
class CustomerFacts:
    """Who ordered, and what they ordered before; ``open_value`` is owed for their other open orders."""

    id: int = 0
    kind: str = ""
    name: str = ""
    region: str = ""
    tags: Sequence[str] = ()
    credit_limit: float | None = None
    terms_days: int = 0
    phone: str = ""
    email: str = ""
    orders_before: int = 0
    cancelled_before: int = 0
    hours_since_order: float | None = None
    open_value: float = 0.0


@dataclass(slots=True)
class PaymentFacts:
    """What came in for the order; ``methods`` from the first to the last."""

    methods: Sequence[str] = ()
    last_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Change:
    """What is being done to an order; ``to`` is empty where its status stays."""

    kind: str
    from_status: str = ""
    to: str = ""
    from_group: str = ""
    to_group: str = ""
    reason: str = ""
    text: str = ""
    actor: str = ""
    roles: Sequence[str] = ()
    quantity: float = 0.0
    value: float = 0.0
    method: str = ""
    manager: str = ""
    carrier: str = ""
    tracking: str = ""
    hold: str = ""
    days: float = 0.0
    outcome: str = ""
    direction: str = ""
    misses: float = 0.0

    def part(self) -> dict[str, Any]:
        """As the part ``change`` of a context."""
        return {
            "kind": self.kind, "from": self.from_status, "to": self.to, "from_group": self.from_group,
            "to_group": self.to_group, "reason": self.reason, "text": self.text, "actor": self.actor,
            "roles": list(self.roles), "quantity": self.quantity, "value": self.value, "method": self.method,
            "manager": self.manager, "carrier": self.carrier, "tracking": self.tracking, "hold": self.hold,
            "days": self.days, "outcome": self.outcome, "direction": self.direction, "misses": self.misses,
        }  # fmt: skip


@dataclass(slots=True)
class Facts:
    """All that is known of an order when a rule is asked."""

    order: OrderFacts
    lines: Sequence[LineFacts]
    customer: CustomerFacts = field(default_factory=CustomerFacts)
    payments: PaymentFacts = field(default_factory=PaymentFacts)
