"""What is wrong with a customer as somebody entered them. Pure."""

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from oms_core.customers.models import ContactKind, CustomerKind
from oms_core.customers.registration import contact_fault

if TYPE_CHECKING:
    from oms_core.customers.editing import CustomerEdit

LONGEST_NOTE, LONGEST_TAG, MOST_OF_A_KIND, LONGEST_TERMS = 2_000, 40, 20, 365
MOST_MONEY = 10**12


def edit_faults(edit: "CustomerEdit") -> list[dict[str, Any]]:
    """List every field at fault (none: an empty list)."""
    return [*_text_faults(edit), *_contact_faults(edit), *_term_faults(edit)]


def _text_faults(edit: "CustomerEdit") -> Iterator[dict[str, Any]]:
    if not 1 <= len(edit.name) <= 200 or "\0" in edit.name:
        yield _fault("name", edit.name, "must be text of 1 to 200 characters")
    for field, value, most in (
        ("region", edit.region, 60), ("language", edit.language, 10), ("note", edit.note, LONGEST_NOTE),
        *(("tags", tag, LONGEST_TAG) for tag in edit.tags),
        *(("addresses", place.text, LONGEST_NOTE) for place in edit.addresses),
    ):  # fmt: skip
        if value is not None and (len(value) > most or "\0" in value):
            yield _fault(field, value, f"must be text of at most {most} characters")
    if edit.kind not in set(CustomerKind):
        yield _fault("kind", edit.kind, "must be b2b or b2c")


def _contact_faults(edit: "CustomerEdit") -> Iterator[dict[str, Any]]:
    for field, kind, values in (
        ("phones", ContactKind.PHONE, edit.phones), ("emails", ContactKind.EMAIL, edit.emails),
        ("messengers", ContactKind.MESSENGER, edit.messengers),
    ):  # fmt: skip
        if len(values) > MOST_OF_A_KIND:
            yield _fault(field, None, f"may be at most {MOST_OF_A_KIND}")
        for value in values:
            if told := contact_fault(kind, value):
                yield _fault(field, value, told)


def _term_faults(edit: "CustomerEdit") -> Iterator[dict[str, Any]]:
    if edit.credit_limit is not None and not 0 <= edit.credit_limit < MOST_MONEY:
        yield _fault("credit_limit", str(edit.credit_limit), "must be money of at least 0 with at most two decimals")
    if not 0 <= edit.terms_days <= LONGEST_TERMS:
        yield _fault("terms_days", edit.terms_days, f"must be from 0 to {LONGEST_TERMS}")


def _fault(field: str, value: object, message: str) -> dict[str, Any]:
    return {"field": field, "value": value[:100] if isinstance(value, str) else value, "message": message}
