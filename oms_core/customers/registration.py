"""Registering customers: finding the one an order speaks of, or adding them."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import func, select, text
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from oms_core.customers.models import Address, Contact, ContactKind, Customer, CustomerKind
from oms_core.errors import Invalid

# Nothing is there yet to lock: who adds a customer holds their name until the commit.
_ONE_OF_A_NAME_AT_A_TIME = text("SELECT pg_advisory_xact_lock(7203022, hashtext(:name))")


@dataclass(frozen=True, slots=True)
class CustomerRef:
    """A customer by ``id``, or by name and how to reach them; ``address`` is text or its parts by name."""

    id: int | None = None
    name: str | None = None
    phone: str | None = None
    email: str | None = None
    address: str | Mapping[str, Any] | None = None
    region: str | None = None
    kind: str = "b2c"

    @property
    def ship_to(self) -> dict[str, Any] | None:
        """The address as an order keeps it."""
        if not self.address:
            return None
        return {"text": self.address} if isinstance(self.address, str) else dict(self.address)


def customer_faults(ref: CustomerRef) -> list[dict[str, Any]]:
    """List the fields of a reference that are wrong in themselves (none: an empty list)."""
    if ref.id is not None:
        return []
    faults = [] if (ref.name or "").strip() else [_fault("name", ref.name, "is needed where no id is given")]
    for field, value, limit in (
        ("name", ref.name, 200), ("phone", ref.phone, 200), ("email", ref.email, 200), ("region", ref.region, 60),
    ):  # fmt: skip
        if value is not None and (len(value) > limit or "\0" in value):
            faults.append(_fault(field, value[:limit], f"must be text of at most {limit} characters"))
    if ref.email and "@" not in ref.email:
        faults.append(_fault("email", ref.email, "is not an e-mail address"))
    if ref.phone and not re.search(r"\d{3}", normalise_phone(ref.phone)):
        faults.append(_fault("phone", ref.phone, "is not a phone number"))
    if ref.kind not in set(CustomerKind):
        faults.append(_fault("kind", ref.kind, "must be b2b or b2c"))
    return faults


def resolve_customer(session: Session, ref: CustomerRef) -> int:
    """Return the id of the customer meant, adding them when nobody of that name has that e-mail or phone.

    Two people who share a phone stay two. Raises ``Invalid`` naming the field.
    """
    if faults := customer_faults(ref):
        raise Invalid("The customer is not valid.", code="invalid_customer", rows=faults)
    if ref.id is not None:
        if session.get(Customer, ref.id) is None:
            raise Invalid(f"There is no customer {ref.id}.", code="unknown_customer", rows=[unknown_customer(ref.id)])
        return ref.id
    contacts = _contacts_of(ref)
    customer_id = _find_by_contact(session, ref, contacts)
    if customer_id is None and contacts:
        session.execute(_ONE_OF_A_NAME_AT_A_TIME, {"name": _plain_name(ref)})
        customer_id = _find_by_contact(session, ref, contacts)  # added while we waited
    customer_id = customer_id or _add(session, ref)
    _add_ways_to_reach(session, customer_id, ref, contacts)
    return customer_id


def unknown_customer(customer_id: int) -> dict[str, Any]:
    """The row at fault where no customer has this id."""
    return _fault("id", customer_id, "is unknown")


def normalise_phone(phone: str) -> str:
    """Digits only, with the plus of the country code: what phones are compared by."""
    return ("+" if phone.strip().startswith("+") else "") + re.sub(r"\D", "", phone)


def _contacts_of(ref: CustomerRef) -> list[tuple[ContactKind, str, str]]:
    contacts = []
    if ref.email:
        contacts.append((ContactKind.EMAIL, ref.email.strip(), ref.email.strip().lower()))
    if ref.phone:
        contacts.append((ContactKind.PHONE, ref.phone.strip(), normalise_phone(ref.phone)))
    return contacts


def _plain_name(ref: CustomerRef) -> str:
    return str(ref.name).strip().lower()


def _find_by_contact(session: Session, ref: CustomerRef, contacts: list[tuple[ContactKind, str, str]]) -> int | None:
    for kind, _, normalised in contacts:
        query = (
            select(Customer.id)
            .join(Contact, Contact.customer_id == Customer.id)
            .where(Contact.normalised == normalised, Contact.kind == kind)
            .where(func.lower(Customer.name) == _plain_name(ref))
            .order_by(Customer.id)
            .limit(1)
        )
        if (found := session.scalar(query)) is not None:
            return found
    return None


def _add(session: Session, ref: CustomerRef) -> int:
    customer = Customer(name=str(ref.name).strip(), region=ref.region, kind=CustomerKind(ref.kind))
    session.add(customer)
    session.flush()
    return customer.id


def _add_ways_to_reach(
    session: Session, customer_id: int, ref: CustomerRef, contacts: list[tuple[ContactKind, str, str]]
) -> None:
    if contacts:
        rows = [
            {"customer_id": customer_id, "kind": kind, "value": value, "normalised": normalised}
            for kind, value, normalised in contacts
        ]
        session.execute(insert(Contact).values(rows).on_conflict_do_nothing())
    if ref.ship_to:
        row = {"customer_id": customer_id, "region": ref.region, "details": ref.ship_to}
        session.execute(insert(Address).values(row).on_conflict_do_nothing())


def _fault(field: str, value: object, message: str) -> dict[str, Any]:
    return {"field": f"customer.{field}", "value": value, "message": message}
