"""An order as it is entered: the form as it was typed, right or wrong, and what is asked for by it. Pure."""

import re
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, fields, replace
from datetime import datetime
from decimal import Decimal
from typing import Any

from oms_core.customers.registration import CustomerRef
from oms_core.errors import Invalid
from oms_core.orders.placement_request import Fault, LineRequest, fault, refuse
from oms_core.workflow.models import DEFAULT_TYPE

_NUMBER = re.compile(r"-?\d{1,12}(?:[.,]\d{1,6})?")
_SPACES = re.compile(r"\s")
NO_NUMBER = "is no number"
NO_MOMENT = "is no date"


@dataclass(frozen=True, slots=True)
class EntryLine:
    """A product as it was typed; an empty ``unit_price`` asks for the price list's."""

    sku: str
    quantity: str = "1"
    unit_price: str = ""
    discount: str = ""


@dataclass(frozen=True, slots=True)
class EntryCustomer:
    """Who orders: somebody known by ``id``, or a new one; ``address`` is where this order goes."""

    id: int | None = None
    name: str = ""
    phone: str = ""
    email: str = ""
    address: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class EntryDocument:
    """What drafts, templates and copies hold, and what the form of a new order opens with: everything as text.

    ``requested_at`` is ISO 8601, ``template`` the name of what it began with, ``copied_from`` an order's number.
    """

    channel: str = "desk"
    order_type: str = DEFAULT_TYPE
    customer: EntryCustomer = field(default_factory=EntryCustomer)
    lines: tuple[EntryLine, ...] = ()
    delivery_method: str = ""
    shipping: str = ""
    warehouse: str = ""
    requested_at: str = ""
    comment: str = ""
    manager: str = ""
    hold_minutes: str = ""
    template: str = ""
    copied_from: str = ""

    def as_dict(self) -> dict[str, Any]:
        """As it is stored."""
        return asdict(self) | {"lines": [asdict(line) for line in self.lines]}

    @property
    def is_empty(self) -> bool:
        """Whether nothing was entered that would be missed."""
        who = self.customer
        return not (self.lines or self.comment or who.id or who.name or who.phone or who.email or who.address)


def entry_of(stored: Mapping[str, Any]) -> EntryDocument:
    """The document that was stored; what is not known or not of the kind is left out."""
    texts = {one.name for one in fields(EntryDocument)} - {"customer", "lines"}
    given = {name: value for name, value in stored.items() if name in texts and isinstance(value, str)}
    customer = stored.get("customer")
    lines = stored.get("lines")
    return EntryDocument(
        **given,
        customer=_customer(customer) if isinstance(customer, Mapping) else EntryCustomer(),
        lines=tuple(_line(line) for line in lines if isinstance(line, Mapping)) if isinstance(lines, list) else (),
    )


def number_of(typed: str) -> Decimal | None:
    """The number that was typed, with a point or a comma for its decimals; None where it is no number."""
    plain = _SPACES.sub("", typed)
    return Decimal(plain.replace(",", ".")) if _NUMBER.fullmatch(plain) else None


def moment_of(typed: str) -> datetime | None:
    """The moment that was typed, with its zone; None where it is none."""
    try:
        moment = datetime.fromisoformat(typed.strip())
    except ValueError:
        return None
    return moment if moment.tzinfo is not None else None


def line_of(line: EntryLine, index: int) -> tuple[LineRequest | None, list[Fault]]:
    """What a line asks for; None with its faults where its numbers are none."""
    typed = {"quantity": line.quantity, "unit_price": line.unit_price, "discount": line.discount}
    read = {name: number_of(text) for name, text in typed.items()}
    needed = {name for name, text in typed.items() if text.strip() or name == "quantity"}
    faults = [
        fault(f"lines[{index}].{name}", typed[name], NO_NUMBER)
        for name in typed
        if name in needed and read[name] is None
    ]
    if faults or read["quantity"] is None:
        return None, faults
    return LineRequest(line.sku.strip(), read["quantity"], read["unit_price"], read["discount"] or Decimal(0)), []


def placement_of(document: EntryDocument) -> dict[str, Any]:
    """What ``place_order`` is asked for by a document; raises ``Invalid`` for every number that is none.

    An address beside a known customer is that of this order.
    """
    faults: list[Fault] = []
    lines: list[LineRequest] = []
    for index, line in enumerate(document.lines):
        request, wrong = line_of(line, index)
        faults += wrong
        if request is not None:
            lines.append(request)
    shipping = _number("shipping", document.shipping, faults)
    hold = _number("hold_minutes", document.hold_minutes, faults)
    requested_at = _moment(document.requested_at, faults)
    if faults:
        refuse(faults)
    return {
        "channel": document.channel, "order_type": document.order_type or DEFAULT_TYPE, "lines": lines,
        "customer": customer_of(document.customer), "ship_to": ship_to_of(document.customer), "shipping": shipping,
        "delivery_method": document.delivery_method or None, "warehouse": document.warehouse or None,
        "requested_at": requested_at, "comment": document.comment, "manager": document.manager or None,
        "hold_minutes": None if hold is None else int(hold), "copied_from": document.copied_from or None,
    }  # fmt: skip


def customer_of(customer: EntryCustomer) -> CustomerRef:
    """The customer as the order service knows them."""
    if customer.id is not None:
        return CustomerRef(id=customer.id)
    return CustomerRef(
        name=customer.name.strip() or None, phone=customer.phone.strip() or None, email=customer.email.strip() or None,
        address=customer.address.strip() or None,
    )  # fmt: skip


def ship_to_of(customer: EntryCustomer) -> dict[str, str] | None:
    """Where an order of a known customer goes; a new customer's address is theirs."""
    return {"text": customer.address.strip()} if customer.id is not None and customer.address.strip() else None


def without_customer(document: EntryDocument) -> EntryDocument:
    """What many orders may begin with: nobody's, copied from none."""
    return replace(document, customer=EntryCustomer(), copied_from="", requested_at="")


def refuse_oversized(document: EntryDocument, *, most_lines: int, most_characters: int) -> None:
    """Raise ``Invalid`` for a document that nobody typed."""
    size = sum(len(value) for value in _texts(document.as_dict()))
    if len(document.lines) > most_lines or size > most_characters:
        rows = [fault("lines", len(document.lines), f"may hold at most {most_lines} lines")]
        raise Invalid("This is too much to be kept.", code="entry_too_large", rows=rows)


def _texts(value: Any) -> list[str]:  # noqa: ANN401 - whatever a document holds
    if isinstance(value, str):
        return [value]
    inner = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    return [text for one in inner for text in _texts(one)]


def _customer(stored: Mapping[str, Any]) -> EntryCustomer:
    texts = {name: str(stored.get(name) or "") for name in ("name", "phone", "email", "address")}
    known = stored.get("id")
    return EntryCustomer(id=known if isinstance(known, int) and not isinstance(known, bool) else None, **texts)


def _line(stored: Mapping[str, Any]) -> EntryLine:
    texts = {name: str(stored[name]) for name in ("sku", "quantity", "unit_price", "discount") if stored.get(name)}
    return EntryLine(**({"sku": ""} | texts))


def _number(name: str, typed: str, faults: list[Fault]) -> Decimal | None:
    if not typed.strip():
        return None
    number = number_of(typed)
    if number is None or (name == "hold_minutes" and number != int(number)):
        faults.append(fault(name, typed, NO_NUMBER))
    return number


def _moment(typed: str, faults: list[Fault]) -> datetime | None:
    moment = moment_of(typed)
    if moment is None and typed.strip():
        faults.append(fault("requested_at", typed[:40], NO_MOMENT))
    return moment
