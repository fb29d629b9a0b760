"""What is done to customers from their pages; each function is a button's callback or a form's end."""

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any

from dashboard import customer_reads, display
from dashboard.actions import attempt, attempt_form
from dashboard.translation import _
from oms_core.customers.editing import CustomerEdit, change_customer
from oms_core.customers.merging import merge_customers, undo_merge
from oms_core.customers.segments import remove_segment, save_segment
from oms_core.orders.locking import LineQuantity
from oms_core.orders.return_requests import request_return
from oms_core.tasks.agenda import add_task
from oms_core.tasks.contact import record_contact
from oms_core.tasks.progress import finish_task


def change(customer_id: int, version: int, edit: CustomerEdit) -> dict[str, str] | None:
    """Save a customer; returns what is wrong by field, None where it was saved."""
    return attempt_form(change_customer, _("Customer saved"), customer_id=customer_id, version=version, edit=edit)


def merge(kept_id: int, gone_id: int, kept_version: int, gone_version: int) -> None:
    """Give all that is one customer's to the other."""
    facts = {"kept_id": kept_id, "gone_id": gone_id, "kept_version": kept_version, "gone_version": gone_version}
    attempt(merge_customers, _("Merged. It can be undone on the customer's page."), **facts)
    customer_reads.forget_doubles()


def undo(merge_id: int) -> None:
    """Part two customers who were merged."""
    attempt(undo_merge, _("The merge was undone"), merge_id=merge_id)
    customer_reads.forget_doubles()


def keep_segment(name: str, conditions: Sequence[Mapping[str, Any]], **known: Any) -> int | None:  # noqa: ANN401
    """Save a segment; ``known`` are its id and version where it is changed. None when refused."""
    told = _("Segment “{name}” saved").format(name=display.plain(name))
    return attempt(save_segment, told, name=name, conditions=conditions, **known)


def forget_segment(segment_id: int, version: int) -> None:
    """Remove a segment."""
    attempt(remove_segment, _("Segment removed"), segment_id=segment_id, version=version)


def ask_return(number: str, quantities: Mapping[int, Decimal], reason: str, version: int) -> bool:
    """Note that goods are to come back; False when refused."""
    lines = [LineQuantity(position, quantity) for position, quantity in quantities.items() if quantity > 0]
    told = lambda back: _("Return {number} noted").format(number=back)  # noqa: E731
    return attempt(request_return, told, number=number, lines=lines, reason=reason, version=version) is not None


def add(customer_id: int, title: str, **terms: Any) -> bool:  # noqa: ANN401 - those of add_task
    """Add a task about a customer; False when refused."""
    return attempt(add_task, _("Task added"), customer_id=customer_id, title=title, **terms) is not None


def finish(task_id: int) -> None:
    """Say that a task is done."""
    attempt(finish_task, _("Task done"), task_id=task_id)


def contacted(customer_id: int, kind: str, outcome: str, note: str) -> bool:
    """Note an attempt to reach a customer; False when refused."""
    facts = {"customer_id": customer_id, "kind": kind, "outcome": outcome, "note": note}
    return attempt(record_contact, _("Noted"), **facts) is not None
