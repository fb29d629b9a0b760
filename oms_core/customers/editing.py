"""Editing a customer: all of it at once, against the version that was seen."""

from collections.abc import Mapping
from dataclasses import dataclass, fields, replace
from datetime import datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from oms_core.access.actors import Actor
from oms_core.access.models import User
from oms_core.access.permissions import Permission, requires
from oms_core.customers.edit_faults import edit_faults
from oms_core.customers.models import Address, Contact, ContactKind, Customer, CustomerKind
from oms_core.customers.privacy import HIDDEN, sees_personal_data
from oms_core.customers.profile import unknown_customer
from oms_core.customers.registration import normalised_contact
from oms_core.errors import Conflict, Invalid

_PERSONAL = ("name", "note", "phones", "emails", "messengers", "addresses")
_MONEY = Decimal("0.01")


@dataclass(frozen=True, slots=True)
class Place:
    """An address as it is edited: one that is there already by ``id``, a new one as text."""

    text: str
    region: str | None = None
    id: int | None = None


@dataclass(frozen=True, slots=True)
class CustomerEdit:
    """A customer as they are to be; ``manager`` is a login, ``terms_days`` how long after delivery they may pay."""

    name: str
    kind: str = "b2c"
    region: str | None = None
    language: str | None = None
    note: str = ""
    tags: tuple[str, ...] = ()
    manager: str | None = None
    credit_limit: Decimal | None = None
    terms_days: int = 0
    phones: tuple[str, ...] = ()
    emails: tuple[str, ...] = ()
    messengers: tuple[str, ...] = ()
    addresses: tuple[Place, ...] = ()


@requires(Permission.CUSTOMER_VIEW)
def read_edit(session: Session, *, actor: Actor, customer_id: int) -> tuple[CustomerEdit, int]:
    """The customer as an edit that changes nothing, and their version; what the actor may not see is left empty."""
    customer = session.get(Customer, customer_id)
    if customer is None:
        raise unknown_customer(customer_id)
    edit = _as_it_is(session, customer)
    return edit if sees_personal_data(actor) else _keeping(CustomerEdit(name=HIDDEN), edit), customer.version


@requires(Permission.CUSTOMER_EDIT)
def change_customer(
    session: Session, *, actor: Actor, now: datetime, customer_id: int, version: int, edit: CustomerEdit,  # noqa: ARG001
) -> int:  # fmt: skip
    """Change a customer to what the edit says and return their new version; nothing different is no new version.

    What the actor may not see they do not change. Raises ``Conflict`` (``stale_version``) with both values of every
    field that differs, ``customer_merged`` for one who is somebody else by now, ``Invalid`` naming fields.
    """
    customer = _locked(session, customer_id)
    present = _as_it_is(session, customer)
    wanted = edit if sees_personal_data(actor) else _keeping(present, edit)
    if customer.merged_into_id is not None:
        row = {"id": customer.merged_into_id}
        raise Conflict("This customer was merged into another.", code="customer_merged", rows=[row])
    if customer.version != version:
        raise _stale(customer, version, present, wanted, discloses=sees_personal_data(actor))
    wanted = _tidy(wanted)
    if faults := edit_faults(wanted):
        raise Invalid("The customer cannot be entered so.", code="invalid_customer", rows=faults)
    if wanted == present:
        return customer.version
    _write(session, customer, wanted)
    _write_contacts(session, customer.id, wanted)
    _write_addresses(session, customer.id, wanted.addresses)
    customer.version += 1
    session.flush()
    return customer.version


def _locked(session: Session, customer_id: int) -> Customer:
    query = select(Customer).where(Customer.id == customer_id).with_for_update(key_share=True)
    customer = session.scalars(query.execution_options(populate_existing=True)).one_or_none()
    if customer is None:
        raise unknown_customer(customer_id)
    return customer


def _as_it_is(session: Session, customer: Customer) -> CustomerEdit:
    contacts = session.execute(
        select(Contact.kind, Contact.value).where(Contact.customer_id == customer.id).order_by(Contact.id)
    ).all()
    places = session.scalars(select(Address).where(Address.customer_id == customer.id).order_by(Address.id))
    return CustomerEdit(
        name=customer.name, kind=customer.kind.value, region=customer.region, language=customer.language,
        note=customer.note, tags=tuple(customer.tags),
        manager=session.scalar(select(User.login).where(User.id == customer.manager_id)),
        credit_limit=customer.credit_limit, terms_days=customer.terms_days,
        phones=tuple(value for kind, value in contacts if kind is ContactKind.PHONE),
        emails=tuple(value for kind, value in contacts if kind is ContactKind.EMAIL),
        messengers=tuple(value for kind, value in contacts if kind is ContactKind.MESSENGER),
        addresses=tuple(Place(address_text(place.details), place.region, place.id) for place in places),
    )  # fmt: skip


def address_text(details: Mapping[str, Any]) -> str:
    """An address in one line, its parts in the order an envelope has them."""
    order = ("text", "street", "postcode", "zip", "city", "state", "region", "country")
    parts = {name: str(part) for name, part in details.items() if part and name != "name"}
    known = [parts.pop(name) for name in order if name in parts]
    return ", ".join([*known, *parts.values()])


def _keeping(present: CustomerEdit, edit: CustomerEdit) -> CustomerEdit:
    return replace(edit, **{name: getattr(present, name) for name in _PERSONAL})


def _stale(
    customer: Customer, version: int, present: CustomerEdit, wanted: CustomerEdit, *, discloses: bool
) -> Conflict:
    differing = [
        {
            "field": field.name,
            "value": _told(getattr(wanted, field.name)),
            "current": _told(getattr(present, field.name)),
            "message": f"is meanwhile {_told(getattr(present, field.name)) or '—'}",
        }
        for field in fields(CustomerEdit)
        if getattr(wanted, field.name) != getattr(present, field.name) and (discloses or field.name not in _PERSONAL)
    ]
    head = {"field": "version", "given": version, "current": customer.version}
    return Conflict(
        f"The customer was changed meanwhile: you saw version {version}, it is now {customer.version}.",
        code="stale_version",
        rows=[head, *differing],
    )


def _told(value: object) -> str:
    if isinstance(value, tuple):
        return ", ".join(one.text if isinstance(one, Place) else str(one) for one in value)
    return "" if value is None else str(value)


def _tidy(edit: CustomerEdit) -> CustomerEdit:
    """The edit without what nobody meant: empty rows, spaces around, a word twice."""
    limit = edit.credit_limit
    return replace(
        edit,
        name=edit.name.strip(),
        region=(edit.region or "").strip() or None,
        phones=_once(edit.phones),
        emails=_once(edit.emails),
        messengers=_once(edit.messengers),
        tags=tuple(tag.lower() for tag in _once(edit.tags)),
        addresses=tuple(place for place in edit.addresses if place.id is not None or place.text.strip()),
        credit_limit=None if limit is None or not limit.is_finite() else limit.quantize(_MONEY),
    )


def _once(words: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(word.strip() for word in words if word.strip()))


def _write(session: Session, customer: Customer, edit: CustomerEdit) -> None:
    manager_id = None
    if edit.manager is not None:
        manager_id = session.scalar(select(User.id).where(User.login == edit.manager, User.is_active))
        kept = session.scalar(select(User.id).where(User.login == edit.manager, User.id == customer.manager_id))
        manager_id = manager_id or kept  # whose manager left keeps them until somebody else takes over
        if manager_id is None:
            rows = [{"field": "manager", "value": edit.manager, "message": "is no active user"}]
            raise Invalid(f"There is no active user '{edit.manager}'.", code="invalid_customer", rows=rows)
    customer.name, customer.kind, customer.region = edit.name, CustomerKind(edit.kind), edit.region
    customer.note, customer.language, customer.tags = edit.note, edit.language, list(edit.tags)
    customer.manager_id, customer.credit_limit, customer.terms_days = manager_id, edit.credit_limit, edit.terms_days


def _write_contacts(session: Session, customer_id: int, edit: CustomerEdit) -> None:
    wanted = {
        (kind, normalised_contact(kind, value)): value
        for kind, values in (
            (ContactKind.PHONE, edit.phones), (ContactKind.EMAIL, edit.emails), (ContactKind.MESSENGER, edit.messengers)
        )
        for value in values
    }  # fmt: skip
    present = session.scalars(select(Contact).where(Contact.customer_id == customer_id)).all()
    for contact in present:
        if (value := wanted.pop((contact.kind, contact.normalised), None)) is None:
            session.delete(contact)
        else:
            contact.value = value
    session.flush()
    session.add_all(
        Contact(customer_id=customer_id, kind=kind, value=value, normalised=normalised)
        for (kind, normalised), value in wanted.items()
    )


def _write_addresses(session: Session, customer_id: int, places: tuple[Place, ...]) -> None:
    kept = {place.id for place in places if place.id is not None}
    theirs = select(Address).where(Address.customer_id == customer_id)
    known = [address for address in session.scalars(theirs) if address.id in kept]
    texts = {address_text(address.details) for address in known}
    gone = delete(Address).where(Address.customer_id == customer_id, Address.id.not_in(kept))
    session.execute(gone.execution_options(synchronize_session=False))
    new = {place.text.strip(): place for place in places if place.id is None and place.text.strip() not in texts}
    session.add_all(
        Address(customer_id=customer_id, region=place.region, details={"text": said}) for said, place in new.items()
    )
