"""Registering customers: finding the one an order speaks of, or adding them."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Select, func, select, text
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session, aliased

from oms_core.customers.models import Address, Contact, ContactKind, Customer, CustomerKind
from oms_core.errors import Invalid

LONGEST_CONTACT = 200
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
    for field, value, kind in (("email", ref.email, ContactKind.EMAIL), ("phone", ref.phone, ContactKind.PHONE)):
        if value and (told := malformed_contact(kind, value)):
            faults.append(_fault(field, value, told))
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
        customer_id = session.scalar(_meant().where(Customer.id == ref.id))
        if customer_id is None:
            raise Invalid(f"There is no customer {ref.id}.", code="unknown_customer", rows=[unknown_customer(ref.id)])
        return customer_id
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


def malformed_contact(kind: ContactKind, value: str) -> str | None:
    """Say what is wrong with a way to reach somebody; None: nothing."""
    if kind is ContactKind.EMAIL and not re.fullmatch(r"[^@\s]+@[^@\s]+", value.strip()):
        return "is not an e-mail address"
    if kind is ContactKind.PHONE and not re.search(r"\d{3}", normalise_phone(value)):
        return "is not a phone number"
    return None


def contact_fault(kind: ContactKind, value: str) -> str | None:
    """Say what is wrong with a contact as it is to be kept; None: nothing."""
    if not 1 <= len(value) <= LONGEST_CONTACT or "\0" in value:
        return f"must be text of 1 to {LONGEST_CONTACT} characters"
    return malformed_contact(kind, value)


def normalised_contact(kind: ContactKind, value: str) -> str:
    """What contacts of a kind are compared by."""
    return normalise_phone(value) if kind is ContactKind.PHONE else value.strip().lower()


def _meant() -> Select[int]:
    """Who is meant by a customer: themselves, or the one they were merged into.

    The row is kept from being merged before the order is there: a merge locks it whole.
    """
    return select(func.coalesce(Customer.merged_into_id, Customer.id)).with_for_update(key_share=True, read=True)


def _contacts_of(ref: CustomerRef) -> list[tuple[ContactKind, str, str]]:
    return [
        (kind, value.strip(), normalised_contact(kind, value))
        for kind, value in ((ContactKind.EMAIL, ref.email), (ContactKind.PHONE, ref.phone))
        if value
    ]


def _plain_name(ref: CustomerRef) -> str:
    return str(ref.name).strip().lower()


def _find_by_contact(session: Session, ref: CustomerRef, contacts: list[tuple[ContactKind, str, str]]) -> int | None:
    """Find whose contact it is by their name, or by that of somebody who was merged into them."""
    was = aliased(Customer)
    once_called = select(was.id).where(was.merged_into_id == Customer.id, func.lower(was.name) == _plain_name(ref))
    for kind, _, normalised in contacts:
        query = (
            select(Customer.id)
            .join(Contact, Contact.customer_id == Customer.id)
            .where(Contact.normalised == normalised, Contact.kind == kind)
            .where((func.lower(Customer.name) == _plain_name(ref)) | once_called.exists())
            .order_by(Customer.id)
            .limit(1)
        )
        if (found := session.scalar(query)) is not None:
            return session.scalar(_meant().where(Customer.id == found))
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
