"""What is done from the form of a new order: keeping its draft, placing, offering, keeping a template."""

from collections.abc import Mapping
from typing import Any

from dashboard.actions import attempt, attempt_quietly
from dashboard.display import day
from dashboard.submissions import submission_key
from dashboard.translation import _
from oms_core.orders.drafts import remove_draft, save_draft
from oms_core.orders.entry import place_entered, quote_entered
from oms_core.orders.entry_document import EntryDocument
from oms_core.orders.placement import PlacedOrder
from oms_core.orders.quotations import MadeQuotation
from oms_core.orders.templates import TemplateView, remove_template, save_template


def keep_draft(document: Mapping[str, Any], draft_id: int | None) -> int | None:
    """Keep what is typed; None when it was refused."""
    return attempt_quietly(save_draft, document=document, draft_id=draft_id)


def drop_draft(draft_id: int) -> None:
    """Drop a draft of one's own."""
    attempt(remove_draft, _("Draft dropped"), draft_id=draft_id)


def place(document: EntryDocument, *, allow_backorder: bool, draft_id: int | None) -> PlacedOrder | None:
    """Place the order in the form; None when it was refused. A second click of the same form places nothing more."""
    told = lambda placed: _("Order {number} placed").format(number=placed.number)  # noqa: E731
    key = submission_key("order", (document, allow_backorder))
    return attempt(
        place_entered, told, document=document, allow_backorder=allow_backorder, draft_id=draft_id, idempotency_key=key
    )


def offer(document: EntryDocument, *, draft_id: int | None) -> MadeQuotation | None:
    """Keep the form as a quotation; None when it was refused."""
    told = lambda made: _("Quotation {number} made, valid until {day}").format(  # noqa: E731
        number=made.number, day=day(made.valid_until)
    )
    return attempt(quote_entered, told, document=document, draft_id=draft_id)


def keep_template(
    name: str, document: EntryDocument, *, is_shared: bool, version: int | None
) -> TemplateView | None:  # fmt: skip
    """Keep the form as a template; None when it was refused."""
    told = lambda kept: _("Template {name} saved").format(name=kept.name)  # noqa: E731
    facts = {"name": name, "document": document.as_dict(), "is_shared": is_shared, "version": version}
    return attempt(save_template, told, **facts)


def drop_template(template_id: int, version: int) -> None:
    """Remove a template."""
    attempt(remove_template, _("Template removed"), template_id=template_id, version=version)
